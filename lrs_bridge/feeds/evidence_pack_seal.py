"""The signature of an evidence pack: a detached JWS (RFC 7515, appendix F) by an Ed25519 key (RFC 9864)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from lrs_bridge.errors import Refused

ALGORITHM: Literal["Ed25519"] = "Ed25519"
PEM_START = b"-----BEGIN"
SIGNATURE_LENGTH = 86
_DETACHED = re.compile(rb"[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{%d}\n" % SIGNATURE_LENGTH)
GIVE_PUBLIC = "Give a public Ed25519 key as PEM, or a JWKS: lrs-bridge evidence key"


def seal(manifest: bytes, key: OKPKey) -> bytes:
    """``header..signature`` in one line; the same manifest and key give the same bytes."""
    header = {"alg": ALGORITHM, "kid": key.thumbprint()}
    whole = jws.serialize_compact(header, manifest, key, algorithms=[ALGORITHM])
    return jws.detach_content(whole).encode() + b"\n"


def signer_named(sealed: bytes) -> str:
    """The key that the signature says it is by; raises ValueError where that is no signature of a pack."""
    if not _DETACHED.fullmatch(sealed) or not _is_canonical(sealed[-SIGNATURE_LENGTH - 1 : -1]):
        raise ValueError("it is not a detached JWS in one line: header..signature")
    header = _header(sealed)
    if header.keys() != {"alg", "kid"} or header["alg"] != ALGORITHM or not isinstance(header["kid"], str):
        raise ValueError(f"it is not a signature by {ALGORITHM} with the id of a key, and nothing else")
    return header["kid"]


def is_signed_by(key: OKPKey, manifest: bytes, sealed: bytes) -> bool:
    try:
        jws.deserialize_compact(sealed.strip(), key, algorithms=[ALGORITHM], payload=manifest)
    except (JoseError, ValueError):
        return False
    return True


def _is_canonical(signature: bytes) -> bool:
    """The last letter has bits to spare: of the letters that mean the same, only one is right."""
    return urlsafe_b64encode(urlsafe_b64decode(signature + b"==")).rstrip(b"=") == signature


def _header(sealed: bytes) -> dict[str, Any]:
    try:
        header = jws.extract_compact(sealed.strip(), b"").headers()
    except (JoseError, ValueError) as error:
        raise ValueError("it is not a JWS that can be read") from error
    return dict(header)


def as_jwks(keys: Sequence[OKPKey]) -> dict[str, Any]:
    """The public halves, each by its thumbprint (RFC 7638)."""
    more = {"use": "sig", "alg": ALGORITHM}
    return {"keys": [key.as_dict(private=False) | more | {"kid": key.thumbprint()} for key in keys]}


def public_keys(text: bytes) -> list[OKPKey]:
    """The keys of a PEM file, a JWK or a JWKS; Refused for anything else, and for a private key."""
    try:
        keys = [OKPKey.import_key(_known(one)) for one in _written(text)]
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise Refused("This is no public key", remedy=GIVE_PUBLIC) from error
    if not keys or any(key.curve_name != ALGORITHM for key in keys):
        raise Refused("This is no public key of the kind that signs evidence packs", remedy=GIVE_PUBLIC)
    if any(key.is_private for key in keys):
        raise Refused("This is a private key: whoever has it can sign packs", remedy=GIVE_PUBLIC)
    return keys


def _written(text: bytes) -> list[Any]:
    if text.lstrip().startswith(PEM_START):
        return [text]
    plain = orjson.loads(text)
    return list(plain["keys"]) if "keys" in plain else [plain]


def _known(written: Any) -> Any:
    """A JWK by what makes it one; the rest says how to use it."""
    if not isinstance(written, Mapping):
        return written
    return {name: written[name] for name in ("kty", "crv", "x", "d") if name in written}
