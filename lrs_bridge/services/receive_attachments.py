"""Attachments on their way in: each content goes to disk as it arrives, and is judged with its statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any, cast

from lrs_bridge.errors import Problem, StatementRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.attachments import KeptAttachment, attachment_store
from lrs_bridge.xapi.attachments import (
    HashedContent,
    claimed_digest,
    described,
    header_problems,
    lacking,
    without_content,
)
from lrs_bridge.xapi.contexts import SIGNATURE
from lrs_bridge.xapi.multipart import MULTIPART, Multipart, Part, refuse
from lrs_bridge.xapi.parsing import parse_json
from lrs_bridge.xapi.parsing_apart import parse_apart
from lrs_bridge.xapi.signatures import LARGEST_SIGNATURE, signature_problems, signatures_of, signed_digests

LARGEST_STATEMENTS = 64 * 1024 * 1024
NO_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A part that is not sent as it has to be, kept as it came.

    ``declared``: by which ``sha2`` statements mean it; none: it is for whichever lack a content, if any do.
    """

    declared: frozenset[str]
    kept: KeptAttachment
    problems: tuple[Problem, ...]

    def concerns(self, statement: Any, received: Collection[str]) -> bool:
        if self.declared:
            return not self.declared.isdisjoint(described([statement]))
        return any(lacking(statement, received))


@dataclass(frozen=True, slots=True)
class Received:
    """What came with the statements of one request, by its ``sha2`` in lower case; of signatures the bytes too."""

    contents: Mapping[str, KeptAttachment] = field(default_factory=dict)
    signatures: Mapping[str, bytes] = field(default_factory=dict)
    misfits: Sequence[Misfit] = ()

    def problems(self, statement: dict[str, Any], *, version: str) -> list[Problem]:
        """What is wrong with the attachments of a valid statement, as it was received."""
        if "attachments" not in statement and "attachments" not in statement["object"]:
            return []
        problems = without_content(statement, self.contents)
        for place, sha2 in signatures_of(statement):
            if sha2 in self.signatures:  # one that has a fileUrl only cannot be looked at
                problems += signature_problems(statement, self.signatures[sha2], place=place, version=version)
            elif sha2 in self.contents:
                problems.append(_too_large(self.contents[sha2], place))
        return problems

    def part_problems(self, statement: Any) -> list[Problem]:
        """What is wrong with the parts that concern it: their places are in the request, not in the statement."""
        return [problem for misfit in self._misfits_of(statement) for problem in misfit.problems]

    def of_statement(self, statement: Any) -> list[KeptAttachment]:
        return [self.contents[sha2] for sha2 in described([statement]) if sha2 in self.contents]

    def of_held(self, statement: Any) -> list[KeptAttachment]:
        """What must be kept with a statement in quarantine: also what is not as the statement says."""
        kept = [*self.of_statement(statement), *(misfit.kept for misfit in self._misfits_of(statement))]
        return list({attachment.sha2: attachment for attachment in kept}.values())

    def strays(self, statements: Sequence[Any]) -> list[Misfit]:
        """The parts that concern none of the statements."""
        return [
            misfit for misfit in self.misfits if not any(misfit.concerns(each, self.contents) for each in statements)
        ]

    def _misfits_of(self, statement: Any) -> list[Misfit]:
        return [misfit for misfit in self.misfits if misfit.concerns(statement, self.contents)]


NOTHING_RECEIVED = Received()


def draft_of(strays: Sequence[Misfit]) -> dict[str, Any]:
    """What a statement would say of the parts that belong to none: the beginning of one, for quarantine."""
    kept = {each.kept.sha2: each.kept for each in strays}
    return {
        "attachments": [
            {"contentType": each.content_type, "length": each.size, "sha2": sha2} for sha2, each in kept.items()
        ]
    }


def receive(bridge: Bridge, body: Multipart, *, compat: bool = False) -> tuple[Any, Received]:
    """The JSON value of the first part, and the contents of the others, which are kept when this returns.

    Raises StatementRefused for a part that no statement declares, that lacks a header or that is not what its hash
    says; for a ``compat`` sender, such a part is kept and told to the statements that it concerns. Raises
    RequestRefused for a body that cannot be read. A content that is kept and then not recorded goes with the next
    clean-up of the store.
    """
    parts = iter(body)
    given = _statements_of(next(parts), parse_apart if compat else parse_json)
    listed = given if type(given) is list else [given]
    types_of = described(listed)
    contents: dict[str, KeptAttachment] = {}
    misfits: list[Misfit] = []
    for part in parts:
        misfit = _kept(bridge, part, types_of, compat=compat)
        if misfit.kept.sha2 in types_of:
            contents[misfit.kept.sha2] = misfit.kept
        if misfit.problems:
            misfits.append(misfit)
    return given, _received(bridge, contents, signed_digests(listed), misfits)


def received_before(bridge: Bridge, statement: Any, kept: Iterable[KeptAttachment]) -> Received:
    """What came with a statement when it was put into quarantine, for its replay; its types as it says them now."""
    types_of = described([statement])
    contents = {
        each.sha2: replace(each, content_type=min(types_of.get(each.sha2) or {each.content_type})) for each in kept
    }
    return _received(bridge, contents, signed_digests([statement]))


def _received(
    bridge: Bridge, contents: dict[str, KeptAttachment], signed: Iterable[str], misfits: Sequence[Misfit] = ()
) -> Received:
    came = [contents[sha2] for sha2 in signed if sha2 in contents]
    store = attachment_store(bridge.settings.data_dir)
    signatures = {each.sha2: store.path(each.digest).read_bytes() for each in came if each.size <= LARGEST_SIGNATURE}
    return Received(contents, signatures, misfits)


def _statements_of(part: Part, parse: Callable[[bytes], Any]) -> Any:
    if part.media_type != "application/json":
        reason = f"must be application/json, but is {part.media_type or 'of no stated type'}"
        refuse(reason, "Send the statements first", place=f"{part.place}, Content-Type")
    return parse(part.read_all(LARGEST_STATEMENTS))


def _kept(bridge: Bridge, part: Part, types_of: Mapping[str, set[str]], *, compat: bool) -> Misfit:
    """A part's content, kept, with all that is wrong with the part; raises unless the sender is ``compat``."""
    problems = header_problems(part, types_of)
    _refuse(problems, compat=compat)  # before anything is read
    content = HashedContent(part, types_of)
    stored = attachment_store(bridge.settings.data_dir).put(cast(IO[bytes], content))  # the store only reads
    problems += content.problems()
    _refuse(problems, compat=compat)
    claimed = claimed_digest(part)
    sha2 = claimed if claimed in content.digests else min(content.digests & types_of.keys(), default=stored.digest)
    content_type = min(types_of.get(sha2) or {part.header("Content-Type") or NO_TYPE})
    kept = KeptAttachment(sha2, stored.digest, stored.size, content_type)
    return Misfit(frozenset({claimed, sha2} & types_of.keys()), kept, tuple(problems))


def _refuse(problems: Sequence[Problem], *, compat: bool) -> None:
    if problems and not compat:
        raise StatementRefused("An attachment is not sent as it has to be; nothing was stored", problems=problems)


def _too_large(attachment: KeptAttachment, place: str) -> Problem:
    reason = f"a signature of {attachment.size} bytes is larger than any statement"
    return Problem(place, reason, "Sign the statement only", f"{SIGNATURE}; {MULTIPART}")
