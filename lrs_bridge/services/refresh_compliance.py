"""Statuses are derived: evaluate who is dirty, and whose ``next_change`` has come (DESIGN 4.5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from lrs_bridge.domain.compliance import ComplianceStatus
from lrs_bridge.domain.histories import RequirementHistory, history_of
from lrs_bridge.domain.programmes import Programme
from lrs_bridge.domain.requirement_json import requirement_from_json
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import facts_of_people, mark_dirty
from lrs_bridge.storage.people import person_records
from lrs_bridge.storage.requirements import versions
from lrs_bridge.storage.statuses import dirty_marks, people_whose_day_has_come, replace_statuses

BATCH = 500
EARLIEST_ZONE = timedelta(hours=14)
"""Somewhere it is already tomorrow: Kiribati is fourteen hours ahead of UTC."""


def refresh(bridge: Bridge, people: Collection[UUID] | None = None, *, at: datetime | None = None) -> int:
    """Evaluate every dirty person among ``people`` (None: all); returns how many statuses' people were renewed."""
    count = 0
    while True:
        marks, rows = _evaluated(bridge, people, at or now())
        if not marks:
            return count
        with bridge.database.writing() as connection:
            count += replace_statuses(connection, marks, rows)


def mark_whose_day_has_come(bridge: Bridge, *, at: datetime | None = None) -> int:
    """Mark the people of whom some status changes today in their own zone, with no event at all."""
    instant = at or now()
    with bridge.database.reading() as connection:
        rows = people_whose_day_has_come(connection, (instant + EARLIEST_ZONE).date())
        due = {person_id for person_id, zone, day in rows if day <= today(zone, instant)}
    if due:
        with bridge.database.writing() as connection:
            mark_dirty(connection, due, at=now())
    return len(due)


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


def _evaluated(
    bridge: Bridge, people: Collection[UUID] | None, at: datetime
) -> tuple[dict[UUID, datetime], dict[UUID, list[dict[str, Any]]]]:
    """Marks first, then what they depend on: what changes in between has a newer mark and is evaluated again."""
    with bridge.database.reading() as connection:
        marks = dirty_marks(connection, people, limit=BATCH)
        if not marks:
            return {}, {}
        programme = programme_at(connection)
        facts = facts_of_people(connection, marks)
        records = person_records(connection, marks)
    rows = {}
    for person_id, record in records.items():
        as_of = today(record.zone, at)
        judged = programme.evaluate(record, facts.get(person_id, ()), as_of=as_of)
        rows[person_id] = [status_row(person_id, requirement, status, as_of) for requirement, status in judged]
    return marks, rows


def status_row(person_id: UUID, requirement: Requirement, status: ComplianceStatus, as_of: date) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "requirement_id": requirement.id,
        "requirement_version": requirement.version,
        "status": status.status.value,
        "reason": status.reason.value,
        "progress": status.progress.value if status.progress else "",
        "due": status.due,
        "last_valid_day": status.last_valid_day,
        "next_change": status.next_change,
        "overdue_before_absence": status.overdue_before_absence,
        "modules_met": status.modules_met,
        "modules_total": status.modules_total,
        "evidence": [str(statement_id) for statement_id in status.evidence],
        "evaluated_for": as_of,
    }
