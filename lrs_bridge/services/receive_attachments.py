"""Attachments on their way in: each content goes to disk as it arrives, and is judged with its statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, cast

from lrs_bridge.errors import Problem, StatementRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.attachments import KeptAttachment, attachment_store
from lrs_bridge.xapi.attachments import VerifiedContent, described, digest_of_part, without_content
from lrs_bridge.xapi.contexts import SIGNATURE
from lrs_bridge.xapi.multipart import MULTIPART, Multipart, Part, refuse
from lrs_bridge.xapi.parsing import parse_json
from lrs_bridge.xapi.signatures import LARGEST_SIGNATURE, signature_problems, signatures_of, signed_digests

LARGEST_STATEMENTS = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """What came with the statements of one request, by its ``sha2`` in lower case; of signatures the bytes too."""

    contents: Mapping[str, KeptAttachment] = field(default_factory=dict)
    signatures: Mapping[str, bytes] = field(default_factory=dict)

    def problems(self, statement: dict[str, Any], *, version: str) -> list[Problem]:
        """What is wrong with the attachments of a valid statement, as it was received."""
        if "attachments" not in statement and "attachments" not in statement["object"]:
            return []
        problems = without_content(statement, self.contents)
        for place, sha2 in signatures_of(statement):
            if sha2 in self.signatures:  # one that has a fileUrl only cannot be looked at
                problems += signature_problems(statement, self.signatures[sha2], place=place, version=version)
        return problems

    def of_statement(self, statement: dict[str, Any]) -> list[KeptAttachment]:
        return [self.contents[sha2] for sha2 in described([statement]) if sha2 in self.contents]


NOTHING_RECEIVED = Received()


def receive(bridge: Bridge, body: Multipart) -> tuple[Any, Received]:
    """The JSON value of the first part, and the contents of the others, which are kept when this returns.

    Raises RequestRefused or StatementRefused for a part that no statement declares, that lacks a header or that is
    not what its hash says. A content that is kept and then not recorded goes with the next clean-up of the store.
    """
    parts = iter(body)
    given = _statements_of(next(parts))
    listed = given if type(given) is list else [given]
    types_of, signed = described(listed), signed_digests(listed)
    contents: dict[str, KeptAttachment] = {}
    for part in parts:
        sha2 = digest_of_part(part, types_of)
        contents[sha2] = _keep(bridge, part, sha2, sorted(types_of[sha2])[0])
    return given, _received(bridge, contents, signed)


def received_before(bridge: Bridge, statement: Any, kept: Iterable[KeptAttachment]) -> Received:
    """What came with a statement when it was put into quarantine, for its replay."""
    return _received(bridge, {attachment.sha2: attachment for attachment in kept}, signed_digests([statement]))


def _received(bridge: Bridge, contents: dict[str, KeptAttachment], signed: Iterable[str]) -> Received:
    return Received(contents, {sha2: _signature(bridge, contents[sha2]) for sha2 in signed if sha2 in contents})


def _statements_of(part: Part) -> Any:
    if part.media_type != "application/json":
        reason = f"must be application/json, but is {part.media_type or 'of no stated type'}"
        refuse(reason, "Send the statements first", place=f"{part.place}, Content-Type")
    return parse_json(part.read_all(LARGEST_STATEMENTS))


def _keep(bridge: Bridge, part: Part, sha2: str, content_type: str) -> KeptAttachment:
    stream = cast(IO[bytes], VerifiedContent(part, sha2))  # the store only reads
    kept = attachment_store(bridge.settings.data_dir).put(stream)
    return KeptAttachment(sha2, kept.digest, kept.size, content_type)


def _signature(bridge: Bridge, attachment: KeptAttachment) -> bytes:
    if attachment.size > LARGEST_SIGNATURE:
        reason = f"a signature of {attachment.size} bytes is larger than any statement"
        problem = Problem(attachment.sha2, reason, "Sign the statement only", f"{SIGNATURE}; {MULTIPART}")
        raise StatementRefused("The signature cannot be verified", problems=[problem])
    return attachment_store(bridge.settings.data_dir).path(attachment.digest).read_bytes()
