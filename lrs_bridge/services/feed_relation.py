"""The rows of the relation for some people: as they stand, or evaluated anew for another day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from lrs_bridge.domain.people import JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.evaluate_people import programme_at, statuses_on
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import PersonDetail, chunks, jobs_on, people_details, person_records
from lrs_bridge.storage.statuses import Shown, standing

AT_ONCE = 200
"""People: their rows stay in the processor's cache while they are rendered."""
NOWHERE = JobAssignment(period=Period(date.min))


def rows_now(bridge: Bridge, people: Sequence[UUID], day: date) -> Iterator[FeedRow]:
    """The statuses that stand, person by person in the order of ``people``; whoever is dirty was refreshed before."""
    for part in chunks(people, AT_ONCE):
        with bridge.database.reading() as connection:
            details = people_details(connection, part)
            jobs = jobs_on(connection, part, day)
            statuses = standing(connection, part)
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
        statuses = {
            person_id: sorted(statuses_on(programme, record, facts.get(person_id, ()), day, known_at))
            for person_id, record in records.items()
        }
        yield from _in_order(part, statuses, details, jobs)


def _in_order(
    people: Sequence[UUID],
    statuses: Mapping[UUID, Sequence[Shown]],
    details: Mapping[UUID, PersonDetail],
    jobs: Mapping[UUID, JobAssignment],
) -> Iterator[FeedRow]:
    for person_id in people:
        if detail := details.get(person_id):
            job = jobs.get(person_id, NOWHERE)
            said = (detail.employee_id, detail.name, job.manager_id, job.department, job.location, job.country)
            yield from (FeedRow(*said, *status) for status in statuses.get(person_id, ()))
