"""The reporting lines of everybody, read whole: an organisation is only right when nobody of it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.merges import united
from lrs_bridge.domain.people import EmploymentSpell, JobAssignment, PersonRecord
from lrs_bridge.domain.periods import Period
from lrs_bridge.roster.reporting_lines import Delegation, ReportingLines
from lrs_bridge.storage.merges import merged_people, surviving_ids
from lrs_bridge.storage.schema import people as tables
from lrs_bridge.storage.schema.base import believed

Stamp = tuple[int, ...]
SOURCES = (tables.employment_spell, tables.job_assignment, tables.delegation, tables.merged_person)


def lines_stamp(connection: sa.Connection) -> Stamp:
    """Another one after every change: beliefs are only ever added or withdrawn, so these numbers only grow."""
    counts = [
        sa.select(number).select_from(table).scalar_subquery()
        for table in SOURCES
        for number in (sa.func.count(), sa.func.count(table.c.withdrawn))
    ]
    return tuple(connection.execute(sa.select(*counts)).one())


def read_lines(connection: sa.Connection, *, known_at: datetime | None = None) -> ReportingLines:
    """As believed at ``known_at`` (None: now). Of merged records everything belongs to the person they count for."""
    names = {row.id: row.employee_id for row in connection.execute(sa.select(tables.person))}
    merged = merged_people(connection, known_at)
    meant = surviving_ids(connection, merged)
    spells: dict[UUID, list[EmploymentSpell]] = {}
    jobs: dict[UUID, list[JobAssignment]] = {}
    for row in _believed(connection, tables.employment_spell, (), known_at):
        spells.setdefault(row.person_id, []).append(EmploymentSpell(Period(row.first_day, row.last_day)))
    for row in _believed(connection, tables.job_assignment, ("manager_id",), known_at):
        manager = meant.get(row.manager_id, row.manager_id)
        jobs.setdefault(row.person_id, []).append(JobAssignment(Period(row.first_day, row.last_day), manager))
    records = {
        key: PersonRecord(key, name, "UTC", tuple(spells.get(key, ())), tuple(jobs.get(key, ())))
        for key, name in names.items()
        if key in spells or key in jobs
    }
    delegations = (
        Delegation(
            meant.get(names[row.person_id], names[row.person_id]),
            meant.get(row.delegate_id, row.delegate_id),
            Period(row.first_day, row.last_day),
        )
        for row in _believed(connection, tables.delegation, ("delegate_id",), known_at)
    )
    return ReportingLines(_joined(records, merged), tuple(delegations), meant)


def _joined(records: Mapping[UUID, PersonRecord], merged: Mapping[UUID, UUID]) -> tuple[PersonRecord, ...]:
    parts: dict[UUID, list[PersonRecord]] = {}
    for given_up in sorted(merged.keys() & records.keys()):
        parts.setdefault(merged[given_up], []).append(records[given_up])
    return tuple(united(record, parts.get(key, ())) for key, record in records.items() if key not in merged)


def _believed(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], known_at: datetime | None
) -> Iterator[Any]:
    wanted = [table.c[name] for name in ("person_id", "first_day", "last_day", *columns)]
    query = sa.select(*wanted).where(believed(table, known_at)).order_by(table.c.first_day, table.c.id)
    yield from connection.execute(query)
