"""If-Match and If-None-Match on documents (xAPI Communication 3.1, IEEE 9274.1.1 4.1.4, RFC 9110 13.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha1
from typing import Literal

CLAUSE = "xAPI Communication 3.1"
ANY = "*"
_TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')

Verdict = Literal["go", "failed", "conflict", "missing"]
Demand = Literal["never", "to replace", "always"]
"""When a write must come with one of the headers."""


def etag_of(contents: bytes) -> str:
    """The SHA-1 digest in lower-case hexadecimal that 1.0.3 asks for; to 2.0 any tag is good."""
    return sha1(contents, usedforsecurity=False).hexdigest()


def quoted(etag: str) -> str:
    return f'"{etag}"'


@dataclass(frozen=True, slots=True)
class Precondition:
    """The tags that came in each header; None for a header that did not come.

    Two liberties. A tag without quotes is read as a tag: TinCanJS and its kin send it so. A weak tag counts as a
    strong one: we give out none, a proxy that compresses makes them, and the digest in it still names the same bytes.
    """

    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None

    @classmethod
    def of_headers(cls, if_match: str | None, if_none_match: str | None) -> Precondition:
        return cls(_tags(if_match), _tags(if_none_match))

    @property
    def given(self) -> bool:
        return self.if_match is not None or self.if_none_match is not None

    def matches(self, etag: str | None) -> bool:
        """If-Match holds for what is there; ``etag`` None: nothing is."""
        return self.if_match is None or _names(self.if_match, etag)

    def none_matches(self, etag: str | None) -> bool:
        return self.if_none_match is None or not _names(self.if_none_match, etag)

    def judge(self, etag: str | None, *, demand: Demand) -> Verdict:
        """Whether a write may go on; ``conflict`` and ``missing`` are for want of a header."""
        if not self.matches(etag) or not self.none_matches(etag):
            return "failed"
        if self.given or demand == "never":
            return "go"
        if etag is not None:
            return "conflict"
        return "missing" if demand == "always" else "go"


def put_demand(resource: str, version: str) -> Demand:
    """A client that puts a profile must send one of the headers, and nothing replaces a document unseen.

    1.0.3 lets state go without, "since state conflicts are unlikely"; IEEE 9274.1.1 4.1.4 makes no such difference
    once there is a document to lose.
    """
    if resource != "state":
        return "always"
    return "never" if version.startswith("1.") else "to replace"


def _tags(header: str | None) -> frozenset[str] | None:
    if header is None:
        return None
    return frozenset(quoted_tag or bare for quoted_tag, bare in _TAG.findall(header))


def _names(tags: frozenset[str], etag: str | None) -> bool:
    return etag is not None and (ANY in tags or etag in tags)
