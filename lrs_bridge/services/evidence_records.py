"""Evidence records read, listed and withdrawn by those who may."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.evidence import EvidenceKind
from lrs_bridge.errors import NotAllowed, NotFound, Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.organisation import records_seen
from lrs_bridge.services.readers import Reader, people_seen
from lrs_bridge.services.record_evidence import withdraw_within
from lrs_bridge.storage import evidence as storage
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import person_key

PAGE = 100
LARGEST_PAGE = 1000
CHOICES = {"kind": tuple(EvidenceKind), "sort": tuple(storage.SORTS)}
_ELSEWHERE = "Nobody in your scope has the employee id {!r}"


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One record. ``id`` is its statement's too; ``withdrawn`` None: it stands."""

    id: UUID
    employee_id: str
    kind: str
    activity: str
    title: str
    day: date
    happened: datetime
    outcome: str
    score_scaled: float | None
    grades: list[dict[str, Any]]
    assessor: str
    issuer: str
    number: str
    valid_until: date | None
    location: str
    duration_minutes: int | None
    note: str
    external_id: str
    source: str
    entered_by: str
    recorded: datetime
    withdrawn: datetime | None
    withdrawn_by: str
    because: str
    replaced_by: UUID | None

    def as_plain(self) -> dict[str, Any]:
        """By the columns of a file, as far as they are among them."""
        names = {"day": "date", "score_scaled": "score", "number": "certificate_number", "grades": "criteria"}
        return {names.get(field.name, field.name): _plain(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """``total`` counts all pages."""

    items: list[EvidenceRecord]
    total: int


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """Empty fields do not filter. ``since`` and ``until`` are days on which it happened, both included; ``sort`` is
    descending with a leading ``-``."""

    employee_id: str = ""
    activity: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    known_at: datetime | None = None
    withdrawn: bool = False
    sort: str = "-day"
    limit: int = PAGE
    offset: int = 0

    def problems(self) -> list[Problem]:
        chosen = (("kind", self.kind), ("sort", self.sort.removeprefix("-")))
        wrong = [
            Problem(name, f"is {value!r}", f"Choose among {', '.join(CHOICES[name])}")
            for name, value in chosen
            if value not in CHOICES[name] and (value or name == "sort")
        ]
        if not 0 < self.limit <= LARGEST_PAGE:
            wrong.append(Problem("limit", f"is {self.limit}", f"Write a whole number from 1 to {LARGEST_PAGE}"))
        if not 0 <= self.offset < 2**62:
            wrong.append(Problem("offset", f"is {self.offset}", "Write a whole number from 0"))
        return wrong


def list_evidence(bridge: Bridge, who: Reader, query: EvidenceQuery) -> EvidencePage:
    """Records of the reader's own people; RequestRefused with everything that is wrong with the query."""
    if problems := query.problems():
        raise RequestRefused("Evidence cannot be asked for like this", problems=problems)
    scope = _scope(bridge, who)
    with bridge.database.reading() as connection:
        wanted = storage.Wanted(
            people=scope,
            **{name: getattr(query, name) for name in storage.Wanted.__slots__ if name != "people"},
        )
        rows, total = storage.find_records(connection, wanted, sort=query.sort, limit=query.limit, offset=query.offset)
        return EvidencePage([_of_row(row) for row in rows], total)


def show_evidence(bridge: Bridge, who: Reader, record_id: UUID) -> EvidenceRecord:
    """One record, withdrawn or not; NotFound outside the reader's scope."""
    scope = _scope(bridge, who)
    with bridge.database.reading() as connection:
        return _record(connection, scope, record_id)


def withdraw_evidence(bridge: Bridge, who: Reader, record_id: UUID, *, because: str, by: str = "") -> EvidenceRecord:
    """Void its statement and keep the record with the reason: for what was known before it still stood.

    NotFound outside the reader's scope; RequestRefused without a reason, or where it is withdrawn already.
    """
    may_record(who)
    if not because.strip():
        problem = Problem("/because", "is empty", "Say why: it stays with the record")
        raise RequestRefused("Evidence is withdrawn for a reason", problems=[problem])
    scope = _scope(bridge, who)
    with bridge.database.writing() as connection:
        storage.lock_records(connection)
        found = _record(connection, scope, record_id)
        if found.withdrawn is not None:
            raise RequestRefused(
                f"{record_id} is withdrawn already: {found.because}", remedy="What stands is in the list of evidence"
            )
        withdraw_within(bridge, connection, {record_id: None}, by=by or who.name, because=because.strip())
        return _record(connection, scope, record_id)


def may_record(who: Reader) -> None:
    """An auditor looks and changes nothing."""
    if who.role == "auditor":
        raise NotAllowed("An auditor reads evidence, and records none", remedy="Ask HR or the person's leader")


def refuse_outside_scope(bridge: Bridge, who: Reader, employee_id: str) -> None:
    """NotFound for whom the reader does not see, and for whom nobody is."""
    scope = _scope(bridge, who)
    if scope is not None and person_key(employee_id) not in scope:
        raise NotFound(_ELSEWHERE.format(employee_id), remedy="A leader records for those who answer to them")


def _scope(bridge: Bridge, who: Reader) -> set[UUID] | None:
    return records_seen(bridge, people_seen(bridge, who, now().date()))


def _record(connection: sa.Connection, scope: set[UUID] | None, record_id: UUID) -> EvidenceRecord:
    row = storage.record_of_id(connection, record_id)
    if row is None or (scope is not None and row.person_id not in scope):
        raise NotFound(f"No evidence in your scope has the id {record_id}", remedy="lrs-bridge evidence list")
    return _of_row(row)


def _of_row(row: Any) -> EvidenceRecord:
    return EvidenceRecord(**{field.name: getattr(row, field.name) for field in fields(EvidenceRecord)})


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
