"""Which statements of a session may be recorded: each by itself, and in the order of their timestamps (cmi5 9.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from lrs_bridge.errors import Problem
from lrs_bridge.xapi.cmi5_shape import JUDGED, is_defined, shape_problems, verb_name
from lrs_bridge.xapi.cmi5_terms import SessionTerms
from lrs_bridge.xapi.faults import under
from lrs_bridge.xapi.instants import parse_timestamp

ORDER = "cmi5 9.3"
ONCE = frozenset({"completed", "passed"})
FIRST = "Send initialized first, and wait for its answer"


@dataclass(frozen=True, slots=True)
class Said:
    """What was recorded of a unit, each verb with its own timestamp.

    ``session`` holds the cmi5 defined verbs of the session, ``registration`` what may be said once in it
    (completed, passed). ``latest`` is the last timestamp of any statement of the session.
    """

    session: Mapping[str, datetime] = field(default_factory=dict)
    registration: Mapping[str, datetime] = field(default_factory=dict)
    latest: datetime | None = None

    def after(self, name: str, at: datetime) -> Said:
        """``name`` is empty where the statement is "cmi5 allowed"."""
        known = replace(self, latest=max(at, self.latest or at))
        if name:
            known = replace(known, session={**self.session, name: at})
        if name in ONCE:
            known = replace(known, registration={**self.registration, name: at})
        return known


def judge(terms: SessionTerms, said: Said, statements: Sequence[dict[str, Any]]) -> tuple[Said, list[Problem]]:
    """What is known after valid ``statements``, and every reason for which they must be refused."""
    problems: list[Problem] = []
    ordered = sorted(enumerate(statements), key=lambda item: _happened(item[1]))
    for position, statement in ordered:
        pointer = f"/{position}" if len(statements) > 1 else ""
        name, at = verb_name(statement) if is_defined(statement) else "", _happened(statement)
        found = [*shape_problems(statement, terms), *_order_problems(name, at, said)]
        problems += under(pointer, tuple(found)) if pointer else found
        said = said.after(name, at)
    return said, problems


def _happened(statement: dict[str, Any]) -> datetime:
    at = parse_timestamp(statement.get("timestamp", ""))
    return at if at is not None else datetime.max.replace(tzinfo=UTC)


def _order_problems(name: str, at: datetime, said: Said) -> Iterator[Problem]:
    began, ended = said.session.get("initialized"), said.session.get("terminated")
    if ended is not None and at >= ended:
        reason = "is not before terminated, which ends the session"
        yield Problem("/timestamp", reason, "Send terminated last; launch the unit again to go on", "cmi5 9.3.8")
    if name in said.session:
        yield Problem("/verb/id", f"is {name} for the second time in the session", "Say it once", ORDER)
    elif began is None and name != "initialized":
        yield Problem("/verb/id", "comes before initialized, which must be the first", FIRST, "cmi5 9.3.2")
    elif began is not None and at < began:
        yield Problem("/timestamp", "is before that of initialized, which must be the first", FIRST, ORDER)
    if name == "terminated" and said.latest is not None and at < said.latest:
        yield Problem("/timestamp", "is before that of another statement", "Send terminated last", "cmi5 9.3.8")
    yield from _verdict_problems(name, at, said)


def _verdict_problems(name: str, at: datetime, said: Said) -> Iterator[Problem]:
    if name in JUDGED and JUDGED & said.session.keys() - {name}:
        yield Problem("/verb/id", "judges the session a second time: passed or failed, not both", "Judge once", ORDER)
    if name in ONCE and name in said.registration and name not in said.session:
        clause = "cmi5 9.3.3" if name == "completed" else "cmi5 9.3.4"
        yield Problem("/verb/id", f"is {name} for the second time in the registration", "Say it once", clause)
    passed = said.registration.get("passed")
    if name == "failed" and passed is not None and at >= passed:
        yield Problem("/verb/id", "is failed after passed in the registration", "What was passed stays so", ORDER)
