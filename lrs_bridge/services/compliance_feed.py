"""The feed: the status relation, filtered for one reader, fresh for everybody it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.compliance import Reason
from lrs_bridge.domain.people import JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import NotFound, Problem, RequestRefused
from lrs_bridge.feeds.relation import COLUMNS, Feed, FeedRow, RosterAge, counts_by_status
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.readers import Reader, people_in_scope
from lrs_bridge.services.refresh_compliance import (
    evaluate_person,
    mark_whose_day_has_come,
    refresh,
    requirements_at,
    status_row,
)
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import (
    PersonDetail,
    chunks,
    jobs_on,
    people_details,
    person_key,
    person_records,
    subtree,
)
from lrs_bridge.storage.requirements import newest_versions
from lrs_bridge.storage.rosters import last_applied
from lrs_bridge.storage.statuses import statuses_of

STATUSES = ("compliant", "missing", "exempt")
CHOICES = {"status": STATUSES, "reason": tuple(reason.value for reason in Reason), "sort": COLUMNS}
UNSORTED_LAST = date.max
DATE_COLUMNS = {"due", "last_valid_day", "next_change"}
NO_PERIOD = Period(date.min)


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What a reader asks for; empty fields do not filter. ``sort`` is a column, descending with a leading ``-``."""

    requirement: str = ""
    manager: str = ""
    status: str = ""
    reason: str = ""
    department: str = ""
    country: str = ""
    due_by: date | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    sort: str = "employee_id"
    limit: int | None = None
    offset: int = 0

    def problems(self) -> list[Problem]:
        chosen = (("status", self.status), ("reason", self.reason), ("sort", self.sort.removeprefix("-")))
        return [
            Problem(name, f"is {value!r}", f"Choose among {', '.join(CHOICES[name])}")
            for name, value in chosen
            if value not in CHOICES[name] and (value or name == "sort")
        ]

    def keeps(self, row: FeedRow) -> bool:
        wanted = {
            "requirement": self.requirement,
            "status": self.status,
            "reason": self.reason,
            "department": self.department,
            "country": self.country,
        }
        in_time = self.due_by is None or (row.due is not None and row.due <= self.due_by)
        return in_time and all(not value or getattr(row, name) == value for name, value in wanted.items())


def compliance_feed(bridge: Bridge, who: Reader, query: FeedQuery) -> Feed:
    """Rows of the reader's own people only; a manager outside that scope is NotFound, as if not there.

    Without ``as_of`` and ``known_at`` each person is judged on today's date in their own zone, and whoever is
    dirty is evaluated first. With either, the past is evaluated anew from what was recorded by ``known_at``.
    """
    if problems := query.problems():
        raise RequestRefused("The feed cannot be asked like this", problems=problems)
    instant = now()
    if query.as_of or query.known_at:
        relation = _relation_then(bridge, who, query, instant)
    else:
        relation = _relation_now(bridge, who, query, instant)
    rows = sorted(filter(query.keeps, relation.rows), key=_sort_key(query.sort), reverse=query.sort.startswith("-"))
    end = None if query.limit is None else query.offset + query.limit
    return Feed(
        as_of=query.as_of or (query.known_at or instant).date(),
        known_at=query.known_at or instant,
        roster=relation.roster,
        rows=rows[query.offset : end],
        total=len(rows),
        counts=counts_by_status(rows),
        titles=relation.titles,
    )


@dataclass(frozen=True, slots=True)
class _Relation:
    rows: list[FeedRow]
    roster: RosterAge | None
    titles: Mapping[str, str]


def _relation_now(bridge: Bridge, who: Reader, query: FeedQuery, instant: datetime) -> _Relation:
    day = instant.date()
    with bridge.database.reading() as connection:
        people = _people(connection, who, query, day, None)
    mark_whose_day_has_come(bridge, at=instant)
    refresh(bridge, people, at=instant)
    with bridge.database.reading() as connection:
        details = people_details(connection, people)
        jobs = jobs_on(connection, people, day)
        statuses = (row._mapping for row in statuses_of(connection, people))
        rows = list(_rows(statuses, details, jobs))
        return _Relation(rows, _roster_age(connection, day, None), _titles(connection, None))


def _relation_then(bridge: Bridge, who: Reader, query: FeedQuery, instant: datetime) -> _Relation:
    day = query.as_of or (query.known_at or instant).date()
    known_at = query.known_at
    with bridge.database.reading() as connection:
        people = _people(connection, who, query, day, known_at)
        details = people_details(connection, people, known_at=known_at)
        jobs = jobs_on(connection, people, day, known_at=known_at)
        requirements = requirements_at(connection, known_at)
        rows: list[FeedRow] = []
        for part in chunks(sorted(details)):
            facts = facts_of_people(connection, part)
            for person_id, record in person_records(connection, part, known_at=known_at).items():
                judged = evaluate_person(record, requirements, facts.get(person_id, ()), as_of=day, known_at=known_at)
                statuses = [status_row(person_id, requirement, status, day) for requirement, status in judged]
                rows.extend(_rows(statuses, details, jobs))
        return _Relation(rows, _roster_age(connection, day, known_at), _titles(connection, known_at))


def _people(
    connection: sa.Connection, who: Reader, query: FeedQuery, day: date, known_at: datetime | None
) -> Collection[UUID] | None:
    scope = people_in_scope(connection, who, day)
    if not query.manager:
        return scope
    if query.manager != who.employee_id and not _is_in_scope(connection, person_key(query.manager), scope):
        raise NotFound(f"Nobody in your scope has the employee id {query.manager!r}")
    team = subtree(connection, query.manager, day, known_at=known_at)
    return team if scope is None else team & scope


def _is_in_scope(connection: sa.Connection, person_id: UUID, scope: Collection[UUID] | None) -> bool:
    return bool(people_details(connection, [person_id])) if scope is None else person_id in scope


def _rows(
    statuses: Iterable[Mapping[str, Any]], details: Mapping[UUID, PersonDetail], jobs: Mapping[UUID, JobAssignment]
) -> Iterable[FeedRow]:
    nowhere = JobAssignment(period=NO_PERIOD)
    for status in statuses:
        detail = details.get(status["person_id"])
        if detail is None:
            continue
        job = jobs.get(detail.person_id, nowhere)
        yield FeedRow(
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


def _sort_key(sort: str) -> Any:
    column = sort.removeprefix("-")

    def key(row: FeedRow) -> tuple[Any, ...]:
        value = getattr(row, column)
        return (value is None, value or UNSORTED_LAST if column in DATE_COLUMNS else value, row.employee_id)

    return key


def _titles(connection: sa.Connection, known_at: datetime | None) -> dict[str, str]:
    return {key: body["title"] for key, body in newest_versions(connection, known_at=known_at).items()}


def _roster_age(connection: sa.Connection, day: date, known_at: datetime | None) -> RosterAge | None:
    last = last_applied(connection, known_at=known_at)
    return RosterAge(last.source, last.as_of, max(0, (day - last.as_of).days)) if last else None
