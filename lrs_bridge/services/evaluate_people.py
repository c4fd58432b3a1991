"""Judge people by all that is recorded of them: what of their statuses is another than what stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from lrs_bridge.domain.compliance import ComplianceStatus
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.histories import RequirementHistory, history_of
from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.programmes import Programme
from lrs_bridge.domain.requirement_json import requirement_from_json
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import person_records
from lrs_bridge.storage.requirements import Stamp, versions, versions_stamp
from lrs_bridge.storage.statuses import SHOWN, Difference, Marks, Shown, differences, stored, stored_statuses

Judged = tuple[Marks, dict[UUID, list[Difference]]]


def today(zone: str, at: datetime) -> date:
    """The calendar date at ``at`` where the person is."""
    return at.astimezone(ZoneInfo(zone or "UTC")).date()


def programme_at(connection: sa.Connection, known_at: datetime | None = None) -> Programme:
    """Every requirement, by the versions that were recorded by ``known_at``."""
    return Programme.of(histories_at(connection, known_at))


def histories_at(connection: sa.Connection, known_at: datetime | None = None) -> list[RequirementHistory]:
    found: dict[str, list[tuple[Requirement, datetime | None]]] = {}
    for row in versions(connection, known_at=known_at):
        found.setdefault(row.id, []).append((requirement_from_json(row.body), row.recorded))
    return [history_of(recorded) for recorded in found.values()]


def statuses_on(
    programme: Programme,
    person: PersonRecord,
    facts: Iterable[LearningFact],
    day: date,
    known_at: datetime | None = None,
) -> list[Shown]:
    """As a feed shows them, in the order in which the programme judges."""
    judged = programme.evaluate(person, facts, as_of=day, known_at=known_at)
    return [_shown(requirement, status) for requirement, status in judged]


@dataclass(slots=True)
class Evaluator:
    """Judges on today's date in each person's zone, by requirements that are read again only when there are others."""

    database: Database
    at: datetime
    _programmes: dict[Stamp, Programme] = field(default_factory=dict)

    def judge(self, marks: Marks) -> Judged:
        """The marks were read before this: what changes from here on has a newer mark and is judged again."""
        with self.database.reading() as connection:
            programme = self._programme(connection)
            facts = facts_of_people(connection, marks, programme.activities)
            records = person_records(connection, marks)
            before = stored_statuses(connection, marks)
        after = {
            person_id: map(stored, self._now(programme, record, facts.get(person_id, ())))
            for person_id, record in records.items()
        }
        # nothing is left of a record that counts for another
        return marks, {key: differences(before.get(key, ()), after.get(key, ())) for key in marks}

    def _now(self, programme: Programme, person: PersonRecord, facts: Iterable[LearningFact]) -> list[Shown]:
        return statuses_on(programme, person, facts, today(person.zone, self.at))

    def _programme(self, connection: sa.Connection) -> Programme:
        stamp = versions_stamp(connection)
        if stamp not in self._programmes:
            self._programmes = {stamp: programme_at(connection)}
        return self._programmes[stamp]


def status_row(requirement: Requirement, status: ComplianceStatus) -> dict[str, Any]:
    """The same, by the names of the columns."""
    return {column.name: value for column, value in zip(SHOWN, _shown(requirement, status), strict=True)}


def _shown(requirement: Requirement, status: ComplianceStatus) -> Shown:
    return (
        requirement.id,
        requirement.version,
        status.status.value,
        status.reason.value,
        status.progress.value if status.progress else "",
        status.due,
        status.last_valid_day,
        status.next_change,
        status.overdue_before_absence,
        status.modules_met,
        status.modules_total,
        tuple(map(str, status.evidence)) if status.held else (),
    )
