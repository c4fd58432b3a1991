"""The rows of the relation for some people: as they stand, or evaluated anew for another day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lrs_bridge.domain.people import JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.refresh_compliance import programme_at, status_row
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import PersonDetail, chunks, jobs_on, people_details, person_records
from lrs_bridge.storage.statuses import statuses_of

NOWHERE = JobAssignment(period=Period(date.min))


def rows_now(bridge: Bridge, people: Sequence[UUID], day: date) -> Iterator[FeedRow]:
    """The statuses that stand, person by person in the order of ``people``; whoever is dirty was refreshed before."""
    for part in chunks(people):
        with bridge.database.reading() as connection:
            details = people_details(connection, part)
            jobs = jobs_on(connection, part, day)
            statuses = [row._mapping for row in statuses_of(connection, part)]
        yield from _in_order(part, statuses, details, jobs)


def rows_then(bridge: Bridge, people: Sequence[UUID], day: date, known_at: datetime | None) -> Iterator[FeedRow]:
    """The same, evaluated for ``day`` from what had been recorded by ``known_at``."""
    with bridge.database.reading() as connection:
        programme = programme_at(connection, known_at)
    for part in chunks(people):
        with bridge.database.reading() as connection:
            details = people_details(connection, part, known_at=known_at)
            jobs = jobs_on(connection, part, day, known_at=known_at)
            facts = facts_of_people(connection, part)
            records = person_records(connection, part, known_at=known_at)
        statuses = [
            status_row(person_id, requirement, status, day)
            for person_id, record in records.items()
            for requirement, status in programme.evaluate(
                record, facts.get(person_id, ()), as_of=day, known_at=known_at
            )
        ]
        yield from _in_order(part, statuses, details, jobs)


def _in_order(
    people: Iterable[UUID],
    statuses: Iterable[Mapping[str, Any]],
    details: Mapping[UUID, PersonDetail],
    jobs: Mapping[UUID, JobAssignment],
) -> Iterator[FeedRow]:
    of_person: dict[UUID, list[Mapping[str, Any]]] = {}
    for status in statuses:
        of_person.setdefault(status["person_id"], []).append(status)
    for person_id in people:
        if detail := details.get(person_id):
            own = sorted(of_person.get(person_id, ()), key=lambda status: str(status["requirement_id"]))
            yield from (_row(detail, jobs.get(person_id, NOWHERE), status) for status in own)


def _row(detail: PersonDetail, job: JobAssignment, status: Mapping[str, Any]) -> FeedRow:
    return FeedRow(
        employee_id=detail.employee_id,
        name=detail.name,
        manager_id=job.manager_id,
        department=job.department,
        location=job.location,
        country=job.country,
        requirement=status["requirement_id"],
        requirement_version=status["requirement_version"],
        status=status["status"],
        reason=status["reason"],
        progress=status["progress"],
        due=status["due"],
        last_valid_day=status["last_valid_day"],
        next_change=status["next_change"],
        overdue_before_absence=status["overdue_before_absence"],
        modules_met=status["modules_met"],
        modules_total=status["modules_total"],
        evidence=tuple(status["evidence"]),
    )
