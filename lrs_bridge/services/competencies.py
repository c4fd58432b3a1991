"""Competencies that requirements name: who holds them on a day, and by which evidence (for performance reviews)."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.competencies import CompetencyReport, named_by, report_competencies
from lrs_bridge.domain.programmes import Programme
from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.listings import Listed, Page, Slice, page_of
from lrs_bridge.services.refresh_compliance import programme_at, today
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import PersonDetail, chunks, people_details, person_key, person_records
from lrs_bridge.storage.survivors import surviving_id

COLUMNS = ("employee_id", "name", "competency", "held", "until", "asked_by", "shown_by", "evidence")
EVERYTHING = Slice(limit=sys.maxsize)


@dataclass(frozen=True, slots=True)
class CompetencyQuery:
    """Of one person everything that is asked of them or held; by ``requirement`` only what that one names, of
    everybody to whom it applies or who holds it. One of the two is needed.

    Without ``as_of`` each is judged on today's date where they are.
    """

    person: str = ""
    requirement: str = ""
    is_not_held: bool = False
    as_of: date | None = None
    known_at: datetime | None = None

    def keeps(self, report: CompetencyReport, names: Collection[str]) -> bool:
        if self.is_not_held and report.held:
            return False
        return not self.requirement or (
            report.name in names and (self.requirement in report.asked_by or report.held is not None)
        )


def competencies(bridge: Bridge, query: CompetencyQuery, part: Slice = EVERYTHING) -> Page:
    """NotFound for a person or requirement that there is not. ``until`` None: for ever, where it is held."""
    if not query.person and not query.requirement:
        raise RequestRefused("Neither a person nor a requirement is named", remedy="Name one of them, or both.")
    with bridge.database.reading() as connection:
        programme = programme_at(connection, query.known_at)
        names = _names_of(programme, query.requirement) if query.requirement else ()
        meant = surviving_id(connection, query.person, known_at=query.known_at) if query.person else ""
        wanted = [person_key(meant)] if meant else None
        people = people_details(connection, wanted, known_at=query.known_at)
        if query.person and not people:
            raise NotFound(f"Nobody has the employee id {query.person!r}")
        rows = [
            _row(people[person_id], report)
            for person_id, reports in _reports(connection, programme, people, query)
            for report in reports
            if query.keeps(report, names)
        ]
    return page_of(rows, part, COLUMNS)


def _names_of(programme: Programme, requirement_id: str) -> set[str]:
    for history in programme.histories:
        if history.newest.id == requirement_id:
            return set(named_by(history.newest))
    raise NotFound(f"There is no requirement {requirement_id!r}", remedy="lrs-bridge requirements list")


def _reports(
    connection: sa.Connection, programme: Programme, people: Iterable[UUID], query: CompetencyQuery
) -> Iterator[tuple[UUID, list[CompetencyReport]]]:
    instant = query.known_at or now()
    for part in chunks(sorted(people)):
        facts = facts_of_people(connection, part)
        for person_id, record in person_records(connection, part, known_at=query.known_at).items():
            day = query.as_of or today(record.zone, instant)
            judged = programme.evaluate(record, facts.get(person_id, ()), as_of=day, known_at=query.known_at)
            yield person_id, report_competencies(judged)


def _row(person: PersonDetail, report: CompetencyReport) -> Listed:
    held = report.held
    return {
        "employee_id": person.employee_id,
        "name": person.name,
        "competency": report.name,
        "held": held is not None,
        "until": held.until if held else None,
        "asked_by": report.asked_by,
        "shown_by": held.requirements if held else (),
        "evidence": held.evidence if held else (),
    }
