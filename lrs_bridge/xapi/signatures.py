"""Signed statements: a JSON Web Signature over the statement, sent as an attachment of it (xAPI Data 2.6, RFC 7515).

The check catches mistakes, it authenticates nobody: Data 2.6 leaves trust in the certificate to the reader.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509 import load_der_x509_certificate

from lrs_bridge.errors import Problem, RequestRefused, StatementRefused
from lrs_bridge.xapi.attachments import declared
from lrs_bridge.xapi.contexts import SIGNATURE, SIGNATURE_USAGE
from lrs_bridge.xapi.equivalence import equivalent
from lrs_bridge.xapi.faults import shown
from lrs_bridge.xapi.parsing import parse_json
from lrs_bridge.xapi.validation import validate_statement

LARGEST_SIGNATURE = 16 * 1024 * 1024
_HASH_OF: dict[str, HashAlgorithm] = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")


def signatures_of(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The pointer and ``sha2`` of each signature of a valid statement; what a SubStatement carries signs nothing."""
    for place, attachment in declared(statement):
        if attachment["usageType"] == SIGNATURE_USAGE and place.startswith("/attachments"):
            yield place, attachment["sha2"].lower()


def signed_digests(statements: Iterable[Any]) -> set[str]:
    """The ``sha2`` of everything that the statements, valid or not, declare to be a signature."""
    return {
        attachment["sha2"].lower()
        for statement in statements
        for _, attachment in declared(statement)
        if attachment.get("usageType") == SIGNATURE_USAGE and type(attachment.get("sha2")) is str
    }


def signature_problems(statement: dict[str, Any], jws: bytes, *, place: str, version: str) -> list[Problem]:
    """What is wrong with a signature of a valid ``statement``, as it was received; none: an empty list."""
    try:
        _check(statement, jws, version)
    except StatementRefused as refused:
        return [Problem(place, refused.reason, refused.remedy, SIGNATURE)]
    return []


def _check(statement: dict[str, Any], jws: bytes, version: str) -> None:
    segments = jws.strip().split(b".")
    if len(segments) != 3:
        raise StatementRefused(
            "the attachment is no JSON Web Signature in compact serialization",
            remedy="It has three parts with dots between them: header.payload.signature",
        )
    header, signed = _json_object(segments[0], "header"), _json_object(segments[1], "payload")
    signature = _decoded(segments[2], "signature")
    hash_algorithm = _hash_of(header)
    _compare(statement, signed, version)
    if "x5c" in header:
        key = _certified_key(header["x5c"])
        _verify(key, signature, segments[0] + b"." + segments[1], hash_algorithm)


def _decoded(segment: bytes, name: str) -> bytes:
    if not _BASE64URL.fullmatch(segment) or len(segment) % 4 == 1:
        raise StatementRefused(f"the {name} of the JWS is not base64url (RFC 7515 2)")
    return urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


def _json_object(segment: bytes, name: str) -> dict[str, Any]:
    try:
        value = parse_json(_decoded(segment, name))
    except RequestRefused as error:
        words = "; ".join(map(str, error.problems))
        raise StatementRefused(f"the {name} of the JWS is no JSON: {words}") from error
    if type(value) is not dict:
        raise StatementRefused(f"the {name} of the JWS must be a JSON object")
    return value


def _hash_of(header: dict[str, Any]) -> HashAlgorithm:
    algorithm = header.get("alg")
    found = _HASH_OF.get(algorithm) if type(algorithm) is str else None
    if found is None:
        words = shown(algorithm) if type(algorithm) is str else "missing"
        raise StatementRefused(
            f"the algorithm of the JWS must be RS256, RS384 or RS512, but is {words}",
            remedy="Sign with an RSA key and PKCS #1 v1.5",
        )
    if "crit" in header:  # RFC 7515 4.1.11: what must be understood, and is not, makes a signature invalid
        raise StatementRefused("the JWS has critical header parameters that are not understood here")
    return found


def _compare(statement: dict[str, Any], signed: dict[str, Any], version: str) -> None:
    if problems := validate_statement(signed, version=version):
        words = "; ".join(map(str, problems))
        raise StatementRefused(f"the signed payload is no valid statement: {words}")
    ids = [one["id"].lower() for one in (statement, signed) if "id" in one]
    if len(set(ids)) > 1 or not equivalent(signed, statement):
        raise StatementRefused(
            "the signed payload is another statement than the one that was sent",
            remedy="Sign the complete statement as it is before the signature is attached, and change nothing then",
        )


def _certified_key(chain: Any) -> RSAPublicKey:
    """RFC 7515 4.1.6: the first certificate is that of the signer; base64, not base64url, of its DER."""
    try:
        key = load_der_x509_certificate(b64decode(chain[0], validate=True)).public_key()
    except (ValueError, TypeError, LookupError, NotBase64) as error:
        raise StatementRefused(
            "x5c in the header of the JWS does not begin with an X.509 certificate",
            remedy="List certificates as base64 of their DER, the signer's first",
        ) from error
    if not isinstance(key, RSAPublicKey):
        raise StatementRefused("the certificate in x5c is not for an RSA key, so it cannot have made this signature")
    return key


def _verify(key: RSAPublicKey, signature: bytes, signed: bytes, hash_algorithm: HashAlgorithm) -> None:
    try:
        key.verify(signature, signed, PKCS1v15(), hash_algorithm)
    except InvalidSignature as error:
        raise StatementRefused(
            "the signature was not made with the key of the certificate in x5c",
            remedy="Send the certificate that belongs to the private key, or none",
        ) from error
