"""People as they were believed to be at a moment: records for the rules, rows for the feeds, teams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.actors import digest_key
from lrs_bridge.domain.merges import beside, united
from lrs_bridge.domain.people import Absence, EmploymentSpell, Extension, JobAssignment, PersonRecord, Waiver
from lrs_bridge.domain.periods import Period
from lrs_bridge.storage.merges import merged_people, parts_of, records_of, surviving_ids
from lrs_bridge.storage.schema import people as tables
from lrs_bridge.storage.schema.base import believed

CHUNK = 500
PENDING = "pending"
"""An absence that a leader reported and HR has not confirmed: it excuses from nothing."""
T = TypeVar("T")


def person_key(employee_id: str) -> UUID:
    """The id of the person with this employee id: ``000123`` and ``123`` are two people."""
    return digest_key(f"employee\n{employee_id}")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Runs of at most ``size``: a database limits the parameters of one statement."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """What a reader of a feed sees of a person beside the status."""

    person_id: UUID
    employee_id: str
    given_name: str
    family_name: str
    email: str
    lms_account: str
    time_zone: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


def people_details(
    connection: sa.Connection, people: Collection[UUID] | None = None, *, known_at: datetime | None = None
) -> dict[UUID, PersonDetail]:
    """Names and addresses of ``people``, or of everybody; of nobody whose record counts for another's."""
    found, merged = own_details(connection, people, known_at=known_at), merged_people(connection, known_at)
    return {person_id: detail for person_id, detail in found.items() if person_id not in merged}


def own_details(
    connection: sa.Connection, people: Collection[UUID] | None = None, *, known_at: datetime | None = None
) -> dict[UUID, PersonDetail]:
    """The same of every record, as HR's files know them."""
    columns = [tables.person_detail.c[name] for name in PersonDetail.__slots__ if name != "employee_id"]
    query = sa.select(tables.person.c.employee_id, *columns).join_from(
        tables.person, tables.person_detail, tables.person.c.id == tables.person_detail.c.person_id
    )
    query = query.where(believed(tables.person_detail, known_at))
    found = _rows_of(connection, query, tables.person_detail, people)
    return {row.person_id: PersonDetail(**row._mapping) for row in found}


def person_records(
    connection: sa.Connection, people: Collection[UUID], *, known_at: datetime | None = None
) -> dict[UUID, PersonRecord]:
    """All that the rules need of these people, as believed at ``known_at``; people unknown then are left out.

    What was merged into one of them is part of them, and nobody of their own.
    """
    merged = merged_people(connection, known_at)
    found = own_records(connection, records_of(people, merged), known_at=known_at)
    return {
        person_id: united(record, [found[other] for other in parts_of(person_id, merged) if other in found])
        for person_id, record in found.items()
        if person_id not in merged
    }


def own_records(
    connection: sa.Connection, people: Collection[UUID], *, known_at: datetime | None = None
) -> dict[UUID, PersonRecord]:
    """The same of every record by itself, as HR's files know them."""

    def rows(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> dict[UUID, list[Any]]:
        grouped: dict[UUID, list[Any]] = {}
        query = sa.select(table).where(believed(table, known_at), *conditions)
        for row in _rows_of(connection, query, table, people):
            grouped.setdefault(row.person_id, []).append(row)
        return grouped

    spells, jobs = rows(tables.employment_spell), rows(tables.job_assignment)
    absences = rows(tables.absence, tables.absence.c.state != PENDING)
    waivers, extensions = rows(tables.waiver), rows(tables.extension)
    return {
        person_id: PersonRecord(
            person_id=person_id,
            employee_id=detail.employee_id,
            zone=detail.time_zone or "UTC",
            spells=tuple(EmploymentSpell(_period(row), row.worker_type) for row in _in_time(spells, person_id)),
            jobs=tuple(_job(row, row.manager_id) for row in _in_time(jobs, person_id)),
            absences=tuple(Absence(_period(row), row.kind) for row in _in_time(absences, person_id)),
            waivers=tuple(
                Waiver(_period(row), row.requirement_id, row.reason, row.approver)
                for row in _in_time(waivers, person_id)
            ),
            extensions=tuple(Extension(row.requirement_id, row.due) for row in extensions.get(person_id, ())),
        )
        for person_id, detail in own_details(connection, people, known_at=known_at).items()
    }


def jobs_on(
    connection: sa.Connection,
    people: Collection[UUID] | None,
    day: date,
    *,
    known_at: datetime | None = None,
) -> dict[UUID, JobAssignment]:
    """The job of each person on ``day``; of who has none then, the last one before, else the first one to come.

    A manager whose record was merged is the one for whom it counts.
    """
    job = tables.job_assignment
    query = sa.select(job).where(believed(job, known_at)).order_by(job.c.first_day)
    merged = merged_people(connection, known_at)
    wanted = None if people is None else records_of(people, merged)
    held: dict[UUID, list[JobAssignment]] = {}
    meant = surviving_ids(connection, merged)
    for row in _rows_of(connection, query, job, wanted):
        held.setdefault(row.person_id, []).append(_job(row, meant.get(row.manager_id, row.manager_id)))
    for given_up in sorted(merged.keys() & held.keys()):
        held[merged[given_up]] = list(beside(held.get(merged[given_up], ()), held.pop(given_up)))
    return {person_id: _job_of(jobs, day) for person_id, jobs in held.items()}


def _job_of(jobs: list[JobAssignment], day: date) -> JobAssignment:
    begun = [job for job in jobs if job.period.first <= day]
    return begun[-1] if begun else jobs[0]


def all_people(connection: sa.Connection) -> list[UUID]:
    return list(connection.scalars(sa.select(tables.person.c.id).order_by(tables.person.c.employee_id)))


def all_employee_ids(connection: sa.Connection) -> set[str]:
    return set(connection.scalars(sa.select(tables.person.c.employee_id)))


def _rows_of(
    connection: sa.Connection, query: sa.Select[Any], table: sa.Table, people: Collection[UUID] | None
) -> Iterator[Any]:
    if people is None:
        yield from connection.execute(query)
        return
    for part in chunks(people):
        yield from connection.execute(query.where(table.c.person_id.in_(part)))


def _period(row: Any) -> Period:
    return Period(row.first_day, row.last_day)


def _in_time(rows: dict[UUID, list[Any]], person_id: UUID) -> list[Any]:
    return sorted(rows.get(person_id, ()), key=lambda row: (row.first_day, row.last_day or date.max))


def _job(row: Any, manager_id: str) -> JobAssignment:
    return JobAssignment(
        period=_period(row),
        manager_id=manager_id,
        department=row.department,
        job_code=row.job_code,
        job_title=row.job_title,
        location=row.location,
        country=row.country,
        worker_type=row.worker_type,
    )
