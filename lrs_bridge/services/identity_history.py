"""What belongs to a person and how we know, at any known_at; and every decision about identities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.identities import HOW_WE_KNOW
from lrs_bridge.errors import NotFound, Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage import identity_decisions as stored
from lrs_bridge.storage.identities import identity_rows_of
from lrs_bridge.storage.identity_decisions import SORTS, WantedDecisions, employee_ids
from lrs_bridge.storage.merges import merged_people, records_of
from lrs_bridge.storage.people import own_details, person_key

PAGE = 100
ACTIONS = ("accept", "reject", "merge", "split")


@dataclass(frozen=True, slots=True)
class HeldIdentity:
    """``ifi`` is how statements write it; ``record`` the employee id under which it stands (another one after a merge).

    ``given_to``: a split took it from ``since`` on, and gave it to this person, or to nobody where that is empty.
    """

    ifi: str
    tier: str
    how: str
    since: date | None
    until: date | None
    record: str
    recorded: datetime
    decision: UUID | None
    is_split: bool = False
    given_to: str = ""


@dataclass(frozen=True, slots=True)
class PersonIdentities:
    """``counts_for`` is empty, or whom this record was merged into; ``records`` those that were merged into it."""

    employee_id: str
    name: str
    counts_for: str
    records: tuple[str, ...]
    identities: tuple[HeldIdentity, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """``employee_id`` is whom it is about: of a merge the record that was given up, for ``other``."""

    id: UUID
    action: str
    actor: dict[str, Any] | None
    employee_id: str
    other: str
    since: date | None
    who: str
    because: str
    recorded: datetime
    undone: datetime | None
    undone_by: str
    undone_because: str


@dataclass(frozen=True, slots=True)
class DecisionPage:
    items: list[Decision]
    total: int


def identities_of_person(bridge: Bridge, employee_id: str, *, known_at: datetime | None = None) -> PersonIdentities:
    person_id = person_key(employee_id)
    with bridge.database.reading() as connection:
        detail = own_details(connection, [person_id], known_at=known_at).get(person_id)
        if detail is None:
            raise NotFound(f"Nobody has the employee id {employee_id!r}", remedy="Ids are text: 000123 is not 123")
        merged = merged_people(connection, known_at)
        records = {person_id} if person_id in merged else records_of([person_id], merged)
        rows = list(identity_rows_of(connection, people=records, known_at=known_at))
        rows += _taken(connection, rows, records, known_at)
        names = employee_ids(
            connection, {*records, *merged.values(), *(row.person_id for row in rows if row.person_id)}
        )
        names |= employee_ids(connection, {row.instead_of for row in rows if row.instead_of})
    return PersonIdentities(
        employee_id=employee_id,
        name=detail.name,
        counts_for=names[merged[person_id]] if person_id in merged else "",
        records=tuple(sorted(names[key] for key in records - {person_id})),
        identities=tuple(_held(row, names, records) for row in rows),
    )


def history(
    bridge: Bridge,
    *,
    person: str = "",
    action: str = "",
    standing: bool = False,
    sort: str = "-recorded",
    limit: int = PAGE,
    offset: int = 0,
) -> DecisionPage:
    """Every decision, or those about one person, of one kind, or that were not undone."""
    for name, value, allowed in (("sort", sort.removeprefix("-"), tuple(SORTS)), ("action", action, ("", *ACTIONS))):
        if value not in allowed:
            problem = Problem(name, f"is {value!r}", f"Choose among {', '.join(filter(None, allowed))}")
            raise RequestRefused("The decisions cannot be listed like this", problems=[problem])
    wanted = WantedDecisions((person_key(person),) if person else (), action, standing)
    with bridge.database.reading() as connection:
        rows, total = stored.decisions(connection, wanted, sort=sort, limit=limit, offset=offset)
    return DecisionPage([_decision(row) for row in rows], total)


def _taken(connection: sa.Connection, rows: list[Any], records: set[UUID], known_at: datetime | None) -> list[Any]:
    """The splits that took something of these people."""
    found = identity_rows_of(connection, keys={row.actor_key for row in rows}, known_at=known_at)
    return [row for row in found if row.instead_of in records and row.person_id not in records]


def _held(row: Any, names: dict[UUID, str], records: set[UUID]) -> HeldIdentity:
    is_taken = row.instead_of in records
    how = HOW_WE_KNOW[row.tier] if row.instead_of is None else f"split from {names[row.instead_of]}"
    return HeldIdentity(
        ifi=row.ifi,
        tier=row.tier,
        how=how,
        since=row.since,
        until=row.until,
        record=names[row.instead_of if is_taken else row.person_id],
        recorded=row.recorded,
        decision=row.decision_id,
        is_split=row.instead_of is not None,
        given_to=names.get(row.person_id, "") if is_taken else "",
    )


def _decision(row: Any) -> Decision:
    return Decision(
        id=row.id,
        action=row.action,
        actor=row.actor,
        employee_id=row.employee_id,
        other=row.other_employee_id or "",
        since=row.since,
        who=row.who,
        because=row.because,
        recorded=row.recorded,
        undone=row.withdrawn,
        undone_by=row.undone_by,
        undone_because=row.undone_because,
    )
