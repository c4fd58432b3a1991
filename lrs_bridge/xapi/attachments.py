"""Attachments: what statements declare, and the parts of a request that carry it (Data 2.4.11, Communication 1.5.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lrs_bridge.errors import Problem
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
    """Every ``sha2`` that the statements, valid or not, declare, with its media types: none where they forgot it."""
    types: dict[str, set[str]] = {}
    for statement in statements:
        for _, attachment in declared(statement):
            digest, media_type = attachment.get("sha2"), attachment.get("contentType")
            if type(digest) is str:
                types.setdefault(digest.lower(), set()).update([media_type] if type(media_type) is str else [])
    return types


def lacking(statement: Any, received: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Attachments of a statement, valid or not, that neither came along nor say where they are."""
    for place, attachment in declared(statement):
        digest = attachment.get("sha2")
        if "fileUrl" not in attachment and not (type(digest) is str and digest.lower() in received):
            yield place, attachment


def without_content(statement: dict[str, Any], received: Collection[str]) -> list[Problem]:
    """Of a valid statement: a problem for each attachment that is lacking."""
    return [
        Problem(
            place,
            f"the content with the sha2 {shown(attachment['sha2'])} is not in this request, and there is no fileUrl",
            "Send it as a part of multipart/mixed, or give a fileUrl",
            MULTIPART,
        )
        for place, attachment in lacking(statement, received)
    ]


def claimed_digest(part: Part) -> str:
    """The ``sha2`` that a part says it has, in lower case; empty where it says none."""
    return part.header(HASH).lower()


def header_problems(part: Part, types_of: Mapping[str, set[str]]) -> list[Problem]:
    """All that is wrong with a part's headers.

    A part without Content-Type passes: that SHOULD be there, but what is there MUST match.
    """
    digest = claimed_digest(part)
    problems = [*_encoding_problems(part), *_hash_problems(part, digest, types_of)]
    if digest in types_of:
        problems += _type_problems(part, types_of[digest])
    return problems


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
    if given and types and _normal(given) not in map(_normal, types):
        reason = f"is {shown(given)}, but the statement's contentType is {' or '.join(map(shown, sorted(types)))}"
        yield Problem(f"{part.place}, Content-Type", reason, "Write both alike", MULTIPART)


def _normal(media_type: str) -> tuple[str, ...]:
    """RFC 9110 8.3.1: neither the case of names nor blanks and quotes make a difference."""
    first, *parameters = (piece.strip().lower().replace('"', "") for piece in media_type.split(";"))
    return first, *sorted("=".join(map(str.strip, piece.split("="))) for piece in parameters if piece)


class HashedContent:
    """A part's content while it streams, with its digests in the algorithms that the statements and the part name."""

    def __init__(self, part: Part, types_of: Collection[str]) -> None:
        self._part = part
        self._claimed = claimed_digest(part)
        named = {len(digest) for digest in (*types_of, self._claimed)} & _ALGORITHM_OF.keys()
        self._hashes = [hashlib.new(_ALGORITHM_OF[length]) for length in named]

    def read(self, size: int) -> bytes:
        chunk = self._part.read(size)
        for each in self._hashes:
            each.update(chunk)
        return chunk

    @property
    def digests(self) -> set[str]:
        """Of what was read so far."""
        return {each.hexdigest() for each in self._hashes}

    def problems(self) -> list[Problem]:
        """Whether it is, read to its end, what its header says; a header that is no digest is told elsewhere."""
        digests = {len(digest): digest for digest in self.digests}
        if not is_sha2(self._claimed) or self._claimed in digests.values():
            return []
        reason = f"the content has the digest {digests[len(self._claimed)]}, not {self._claimed}"
        return [Problem(f"{self._part.place}, {HASH}", reason, "Hash the bytes that you send", ATTACHMENT)]
