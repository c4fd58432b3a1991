"""Absences to be read: those that wait for HR, those that hold, and how each came about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from lrs_bridge.services.absences import STANDING
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.hr_scope import HR, Asker, people_wanted, require_seen
from lrs_bridge.services.listings import Page, Slice, page_of
from lrs_bridge.storage.beliefs import changes_of
from lrs_bridge.storage.database import now
from lrs_bridge.storage.listings import Wanted, absence_rows
from lrs_bridge.storage.people import PENDING, person_key

WAITING = (PENDING, STANDING)
SORTS = ("employee_id", "first_day", "last_day", "name", "state", "who", "recorded", "id")


@dataclass(frozen=True, slots=True)
class AbsenceQuery:
    """Empty fields do not filter. ``waiting``: only what HR has not confirmed, what stands meanwhile included."""

    employee_id: str = ""
    manager: str = ""
    waiting: bool = False
    on: date | None = None
    known_at: datetime | None = None


def list_absences(bridge: Bridge, query: AbsenceQuery, part: Slice, *, by: Asker = HR) -> Page:
    """Those of the asker's own people. Long or short is for HR's eyes only (DESIGN 4.10)."""
    day = query.on or now().date()
    people = people_wanted(
        bridge, by, employee_id=query.employee_id, manager=query.manager, on=day, known_at=query.known_at
    )
    with bridge.database.reading() as connection:
        rows = list(absence_rows(connection, Wanted(people, query.on, query.known_at)))
    page = page_of((row for row in rows if not query.waiting or row["state"] in WAITING), part, SORTS)
    return page if by.is_hr else replace(page, items=[_without_reason(row) for row in page.items])


def absence_history(bridge: Bridge, employee_id: str) -> list[dict[str, Any]]:
    """Every change of every absence of a person, for HR: who, when, why, what it said before and after."""
    return history_of(bridge, employee_id, "absence")


def history_of(bridge: Bridge, employee_id: str, *subjects: str) -> list[dict[str, Any]]:
    require_seen(bridge, employee_id, HR)
    with bridge.database.reading() as connection:
        rows = changes_of(connection, person_key(employee_id), subjects)
    columns = ("recorded", "subject", "subject_id", "action", "who", "because", "before", "after")
    return [{name: getattr(row, name) for name in columns} for row in rows]


def _without_reason(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "kind"}
