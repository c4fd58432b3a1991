"""Waivers and individual due dates to be read and taken back; they come in by a file (services.import_absences)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.absence_list import history_of
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.hr_scope import HR, people_wanted, require_words
from lrs_bridge.services.listings import Page, Slice, page_of
from lrs_bridge.storage.beliefs import BeliefChange, belief, change_beliefs
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.listings import Wanted, exemption_rows
from lrs_bridge.storage.schema.people import extension, waiver

KINDS = ("waiver", "extension")
SORTS = (
    "employee_id", "requirement_id", "first_day", "last_day", "due", "kind", "name", "approver", "who", "recorded",
    "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExemptionQuery:
    """Empty fields do not filter. ``on``: waivers in force that day; ``withdrawn``: what is no longer held, instead."""

    employee_id: str = ""
    manager: str = ""
    requirement: str = ""
    kind: str = ""
    approver: str = ""
    on: date | None = None
    known_at: datetime | None = None
    withdrawn: bool = False

    def keeps(self, row: dict[str, Any]) -> bool:
        # a waiver without a requirement waives them all
        asked = not self.requirement or row["requirement_id"] in ("", self.requirement)
        wanted = (("kind", self.kind), ("approver", self.approver))
        in_force = self.on is None or row["kind"] == "waiver"
        return asked and in_force and all(not value or row[name] == value for name, value in wanted)


def list_exemptions(bridge: Bridge, query: ExemptionQuery, part: Slice) -> Page:
    day = query.on or now().date()
    people = people_wanted(
        bridge, HR, employee_id=query.employee_id, manager=query.manager, on=day, known_at=query.known_at
    )
    with bridge.database.reading() as connection:
        rows = list(exemption_rows(connection, Wanted(people, query.on, query.known_at, query.withdrawn)))
    return page_of(filter(query.keeps, rows), part, SORTS)


def withdraw_exemption(bridge: Bridge, exemption_id: UUID, *, who: str, because: str) -> None:
    """Hold it no longer, for no day of it. One that ends early is imported again with an earlier last day."""
    require_words(who=who, because=because)
    with bridge.database.writing() as connection:
        table, row = _believed(connection, exemption_id)
        at = now()
        change_beliefs(connection, table, [BeliefChange("withdrawn", row, None)], who=who, because=because, at=at)
        mark_dirty(connection, {row["person_id"]}, at=at)


def exemption_history(bridge: Bridge, employee_id: str) -> list[dict[str, Any]]:
    return history_of(bridge, employee_id, *KINDS)


def _believed(connection: sa.Connection, exemption_id: UUID) -> tuple[sa.Table, dict[str, Any]]:
    for table in (waiver, extension):
        row = belief(connection, table, exemption_id)
        if row is not None and row["withdrawn"] is not None:
            raise RequestRefused(
                f"The exemption {exemption_id} was withdrawn or replaced, at {row['withdrawn']:%Y-%m-%d %H:%M} UTC",
                remedy="lrs-bridge exemptions history EMPLOYEE_ID tells by whom",
            )
        if row is not None:
            return table, row
    raise NotFound(f"No exemption has the id {exemption_id}", remedy="lrs-bridge exemptions list")
