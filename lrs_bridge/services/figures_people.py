"""Whom the figures are about: the people a reader may see, where they work, and how they stood or will stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.compliance import ComplianceStatus
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.histories import RequirementHistory
from lrs_bridge.domain.people import JobAssignment, PersonRecord
from lrs_bridge.domain.periods import Period
from lrs_bridge.domain.programmes import Programme
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import compliance_feed, feed_problems, refuse
from lrs_bridge.services.feed_scope import people_asked
from lrs_bridge.services.figures_query import FiguresQuery, When
from lrs_bridge.services.readers import Reader
from lrs_bridge.services.refresh_compliance import histories_at
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import chunks, jobs_on, people_details, person_key, person_records

NO_JOB = JobAssignment(period=Period(date.min))


@dataclass(frozen=True, slots=True)
class Member:
    """Where somebody works on the day asked about, and by which clock."""

    employee_id: str
    zone: str
    job: JobAssignment


def members(bridge: Bridge, who: Reader, query: FiguresQuery, when: When) -> dict[UUID, Member]:
    """Those in the reader's scope whom the filters leave; a leader outside of it is NotFound, as in the feed."""
    asked = _feed_query(query)
    refuse(feed_problems(bridge, asked))
    people = people_asked(bridge, who, asked, when.instant)
    with bridge.database.reading() as connection:
        details = people_details(connection, people, known_at=when.known_at)
        jobs = jobs_on(connection, people, when.as_of, known_at=when.known_at)
    found = {
        person_id: Member(detail.employee_id, detail.time_zone or "UTC", jobs.get(person_id, NO_JOB))
        for person_id, detail in details.items()
    }
    return {person_id: member for person_id, member in found.items() if query.keeps(member.job)}


def rows_of(bridge: Bridge, who: Reader, query: FiguresQuery) -> list[FeedRow]:
    """The rows of the feed that the figures count, so that both always say the same."""
    return list(compliance_feed(bridge, who, _feed_query(query)).rows)


def _feed_query(query: FiguresQuery) -> FeedQuery:
    names = ("requirement", "manager", "department", "country", "location", "as_of", "known_at")
    return FeedQuery(**{name: getattr(query, name) for name in names})


def leader_names(bridge: Bridge, leaders: Iterable[str], when: When) -> dict[str, str]:
    keys = {person_key(leader) for leader in leaders if leader}
    with bridge.database.reading() as connection:
        details = people_details(connection, keys, known_at=when.known_at).values()
    return {detail.employee_id: detail.name for detail in details}


def programme_of(connection: sa.Connection, requirement_ids: Collection[str], known_at: datetime | None) -> Programme:
    """Those requirements and all on which they depend."""
    histories = {history.newest.id: history for history in histories_at(connection, known_at)}
    wanted = list(requirement_ids)
    for requirement_id in wanted:  # grows while it is read
        wanted += [
            other for other in _depends_on(histories[requirement_id]) if other in histories and other not in wanted
        ]
    return Programme.of(histories[requirement_id] for requirement_id in wanted)


def _depends_on(history: RequirementHistory) -> Iterator[str]:
    for version, _ in history.versions:
        yield from version.other_requirements


def records_of(
    connection: sa.Connection, people: Iterable[UUID], known_at: datetime | None
) -> Iterator[tuple[PersonRecord, Sequence[LearningFact]]]:
    """Person by person, with what they did; not everybody at once."""
    for part in chunks(sorted(people)):
        facts = facts_of_people(connection, part)
        for person_id, record in person_records(connection, part, known_at=known_at).items():
            yield record, facts.get(person_id, ())


def judge_of(
    programme: Programme, record: PersonRecord, facts: Sequence[LearningFact], known_at: datetime | None
) -> Callable[[date], Mapping[str, ComplianceStatus]]:
    """What every requirement of the programme says of the person on a day."""

    def judge(day: date) -> Mapping[str, ComplianceStatus]:
        judged = programme.evaluate(record, facts, as_of=day, known_at=known_at)
        return {requirement.id: status for requirement, status in judged}

    return judge
