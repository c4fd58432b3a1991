"""What HR says, to be read by people: absences, exemptions and delegations with names, and who recorded each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema import people as tables
from lrs_bridge.storage.schema.base import believed

Listed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty fields do not filter; ``people`` None is everybody. ``withdrawn``: what is no longer believed, instead."""

    people: Collection[UUID] | None = None
    on: date | None = None
    known_at: datetime | None = None
    withdrawn: bool = False

    def of(self, table: sa.Table) -> list[sa.ColumnElement[bool]]:
        conditions = [table.c.withdrawn.is_not(None) if self.withdrawn else believed(table, self.known_at)]
        if self.on is not None and "first_day" in table.c:
            conditions.append(table.c.first_day <= self.on)
            conditions.append(table.c.last_day.is_(None) | (table.c.last_day >= self.on))
        return conditions


def absence_rows(connection: sa.Connection, wanted: Wanted) -> Iterator[Listed]:
    yield from _rows(connection, tables.absence, ("first_day", "last_day", "kind", "state"), wanted)


def exemption_rows(connection: sa.Connection, wanted: Wanted) -> Iterator[Listed]:
    """Waivers, then extensions: these have a ``due`` and no days."""
    said = ("requirement_id", "reason", "approver")
    for row in _rows(connection, tables.waiver, ("first_day", "last_day", *said), wanted):
        yield {"kind": "waiver", "due": None} | row
    for row in _rows(connection, tables.extension, ("due", *said), wanted):
        yield {"kind": "extension", "first_day": None, "last_day": None} | row


def delegation_rows(connection: sa.Connection, wanted: Wanted) -> Iterator[Listed]:
    yield from _rows(connection, tables.delegation, ("delegate_id", "first_day", "last_day"), wanted)


def _rows(connection: sa.Connection, table: sa.Table, columns: Sequence[str], wanted: Wanted) -> Iterator[Listed]:
    query = _with_names(table, columns).where(*wanted.of(table))
    parts = [None] if wanted.people is None else list(chunks(sorted(wanted.people)))
    for part in parts:
        restricted = query if part is None else query.where(table.c.person_id.in_(part))
        for row in connection.execute(restricted):
            yield {str(column): value for column, value in row._mapping.items()}


def _with_names(table: sa.Table, columns: Sequence[str]) -> sa.Select[Any]:
    change, detail = tables.hr_change, tables.person_detail
    begun = (
        (change.c.person_id == table.c.person_id) & (change.c.subject_id == table.c.id) & change.c.action.not_in(OVER)
    )
    joined = (
        table.join(tables.person, tables.person.c.id == table.c.person_id)
        .outerjoin(detail, (detail.c.person_id == table.c.person_id) & detail.c.withdrawn.is_(None))
        .outerjoin(change, begun)
    )
    name = sa.func.coalesce(detail.c.given_name + " " + detail.c.family_name, "")
    return sa.select(
        table.c.id,
        tables.person.c.employee_id,
        sa.func.trim(name).label("name"),
        *(table.c[column] for column in columns),
        sa.func.coalesce(change.c.who, "").label("who"),
        table.c.recorded,
        table.c.withdrawn,
    ).select_from(joined)


OVER = ("ended", "refused", "withdrawn")
"""Changes that leave no belief; the others record one."""
