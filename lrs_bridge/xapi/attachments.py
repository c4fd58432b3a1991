"""Attachments: what statements declare, and the parts of a request that carry it (Data 2.4.11, Communication 1.5.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lrs_bridge.errors import Problem, StatementRefused
from lrs_bridge.xapi.contexts import ATTACHMENT
from lrs_bridge.xapi.faults import pointer, shown
from lrs_bridge.xapi.lexical import is_sha2
from lrs_bridge.xapi.multipart import MULTIPART, Part

HASH = "X-Experience-API-Hash"
_ALGORITHM_OF = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""By the length of a digest in hexadecimal: ``sha2`` does not name its algorithm."""


def declared(statement: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The attachments of a statement, valid or not, and of its SubStatement, each with its pointer."""
    for place, holder in (("", statement), ("/object", statement.get("object") if type(statement) is dict else None)):
        listed = holder.get("attachments") if type(holder) is dict else None
        for index, attachment in enumerate(listed if type(listed) is list else ()):
            if type(attachment) is dict:
                yield place + pointer("attachments", index), attachment


def described(statements: Collection[Any]) -> dict[str, set[str]]:
    """The media types of every ``sha2`` that the statements, valid or not, declare."""
    types: dict[str, set[str]] = {}
    for statement in statements:
        for _, attachment in declared(statement):
            digest, media_type = attachment.get("sha2"), attachment.get("contentType")
            if type(digest) is str and type(media_type) is str:
                types.setdefault(digest.lower(), set()).add(media_type)
    return types


def without_content(statement: dict[str, Any], received: Collection[str]) -> list[Problem]:
    """Attachments of a valid statement that neither came along nor say where they are."""
    return [
        Problem(
            place,
            f"the content with the sha2 {shown(attachment['sha2'])} is not in this request, and there is no fileUrl",
            "Send it as a part of multipart/mixed, or give a fileUrl",
            MULTIPART,
        )
        for place, attachment in declared(statement)
        if "fileUrl" not in attachment and attachment["sha2"].lower() not in received
    ]


def digest_of_part(part: Part, types_of: Mapping[str, set[str]]) -> str:
    """The ``sha2`` that a part says it has; StatementRefused with all that is wrong with its headers.

    A part without Content-Type passes: that SHOULD be there, but what is there MUST match.
    """
    digest = part.header(HASH).lower()
    problems = [*_encoding_problems(part), *_hash_problems(part, digest, types_of)]
    if digest in types_of:
        problems += _type_problems(part, types_of[digest])
    if problems:
        raise StatementRefused("An attachment is not sent as it has to be; nothing was stored", problems=problems)
    return digest


def _encoding_problems(part: Part) -> Iterator[Problem]:
    encoding = part.header("Content-Transfer-Encoding")
    if encoding.lower() != "binary":
        reason = f"must be binary, but is {shown(encoding)}" if encoding else "is missing"
        yield Problem(f"{part.place}, Content-Transfer-Encoding", reason, "Send the bytes as they are", MULTIPART)


def _hash_problems(part: Part, digest: str, types_of: Mapping[str, set[str]]) -> Iterator[Problem]:
    place = f"{part.place}, {HASH}"
    if not digest:
        yield Problem(place, "is missing", "Give the SHA-2 digest of the content", MULTIPART)
    elif not is_sha2(digest):
        yield Problem(place, f"must be a SHA-2 digest in hexadecimal, but is {shown(digest)}", "", ATTACHMENT)
    elif digest not in types_of:
        reason = f"no attachment of these statements has the sha2 {shown(digest)}"
        yield Problem(place, reason, "Send only what the statements declare", MULTIPART)


def _type_problems(part: Part, types: Collection[str]) -> Iterator[Problem]:
    given = part.header("Content-Type")
    if given and _normal(given) not in map(_normal, types):
        reason = f"is {shown(given)}, but the statement's contentType is {' or '.join(map(shown, sorted(types)))}"
        yield Problem(f"{part.place}, Content-Type", reason, "Write both alike", MULTIPART)


def _normal(media_type: str) -> tuple[str, ...]:
    """RFC 9110 8.3.1: neither the case of names nor blanks and quotes make a difference."""
    first, *parameters = (piece.strip().lower().replace('"', "") for piece in media_type.split(";"))
    return first, *sorted("=".join(map(str.strip, piece.split("="))) for piece in parameters if piece)


class VerifiedContent:
    """A part's content while it streams: refuses at its end when it does not have the digest that it claims."""

    def __init__(self, part: Part, digest: str) -> None:
        self._part = part
        self._digest = digest
        self._hash = hashlib.new(_ALGORITHM_OF[len(digest)])

    def read(self, size: int) -> bytes:
        chunk = self._part.read(size)
        self._hash.update(chunk)
        if not chunk and self._hash.hexdigest() != self._digest:
            reason = f"the content has the digest {self._hash.hexdigest()}, not {self._digest}"
            problem = Problem(f"{self._part.place}, {HASH}", reason, "Hash the bytes that you send", ATTACHMENT)
            raise StatementRefused("An attachment did not arrive as it was sent", problems=[problem])
        return chunk
