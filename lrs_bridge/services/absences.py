"""Absences one by one: a leader reports, HR confirms or refuses, either takes back; nothing is ever written over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.people import Absence
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import NotAllowed, NotFound, RequestRefused, RosterRefused
from lrs_bridge.roster.absences import ABSENCES, AbsenceEntry, absences_of, overlap_problems
from lrs_bridge.roster.sheets import Findings, Sheet, SheetRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.hr_scope import Asker, require_seen, require_words
from lrs_bridge.services.import_absences import CONFIRMED, absence_row
from lrs_bridge.storage.beliefs import BeliefChange, belief, beliefs, change_beliefs, lock_people, says
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import PENDING
from lrs_bridge.storage.schema.people import absence, person

STANDING = "standing"
"""Reported, not confirmed, and excusing all the same: the setting said so when it was reported."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An absence as it stands after a change."""

    id: UUID
    state: str


def report_absence(bridge: Bridge, said: Mapping[str, str], by: Asker) -> Recorded:
    """Record what HR's file would say in one row: ``employee_id, first_day, last_day, kind``.

    A leader's word waits for HR's, unless the setting lets it stand; somebody outside their tree is NotFound.
    """
    if not (by.is_hr or by.employee_id):
        raise NotAllowed("Only leaders and HR report absences", remedy="Ask one of them")
    entry = _entry(said)
    require_seen(bridge, entry.employee_id, by)
    row = absence_row(entry, _state(bridge, by))
    with bridge.database.writing() as connection:
        lock_people(connection, [row["person_id"]])
        _refuse_overlap(entry, list(beliefs(connection, absence, [row["person_id"]])))
        action = "recorded" if by.is_hr else "reported"
        return Recorded(_change(connection, BeliefChange(action, None, row), who=by.name), row["state"])


def confirm_absence(bridge: Bridge, absence_id: UUID, *, who: str) -> Recorded:
    """HR's word on a reported absence, which is recorded anew as a confirmed one."""
    require_words(who=who)
    with bridge.database.writing() as connection:
        row = _waiting(connection, absence_id)
        others = [
            other
            for other in beliefs(connection, absence, [row["person_id"]])
            if other["id"] != absence_id and other["state"] == CONFIRMED
        ]
        _refuse_overlap(_entry_of(connection, row), others)
        confirmed = says(row) | {"state": CONFIRMED}
        return Recorded(_change(connection, BeliefChange("confirmed", row, confirmed), who=who), CONFIRMED)


def refuse_absence(bridge: Bridge, absence_id: UUID, *, who: str, because: str) -> None:
    require_words(who=who, because=because)
    with bridge.database.writing() as connection:
        row = _waiting(connection, absence_id)
        _change(connection, BeliefChange("refused", row, None), who=who, because=because)


def withdraw_absence(bridge: Bridge, absence_id: UUID, *, who: str, because: str) -> None:
    """An absence that never was, whoever recorded it; it stays readable in the history."""
    require_words(who=who, because=because)
    with bridge.database.writing() as connection:
        row = _believed(connection, absence_id)
        _change(connection, BeliefChange("withdrawn", row, None), who=who, because=because)


def _entry(said: Mapping[str, str]) -> AbsenceEntry:
    """Through the same door as a file's row, so in the same words."""
    row = SheetRow(0, {name: " ".join(said.get(name, "").split()) for name in ABSENCES.columns})
    try:
        return absences_of(Sheet("", ABSENCES.columns, (row,)), Findings("")).entries[0]
    except RosterRefused as error:
        raise RequestRefused("The absence was refused; nothing was changed", problems=error.problems) from error


def _state(bridge: Bridge, by: Asker) -> str:
    if by.is_hr:
        return CONFIRMED
    return STANDING if bridge.settings.reported_absences_stand else PENDING


def _believed(connection: sa.Connection, absence_id: UUID) -> dict[str, Any]:
    row = belief(connection, absence, absence_id)
    if row is None:
        raise NotFound(f"No absence has the id {absence_id}", remedy="lrs-bridge absences list")
    if row["withdrawn"] is not None:
        raise RequestRefused(
            f"The absence {absence_id} was settled before, at {row['withdrawn']:%Y-%m-%d %H:%M} UTC",
            remedy="lrs-bridge absences history EMPLOYEE_ID tells by whom",
        )
    return row


def _waiting(connection: sa.Connection, absence_id: UUID) -> dict[str, Any]:
    row = _believed(connection, absence_id)
    if row["state"] == CONFIRMED:
        remedy = "If it is wrong, take it back: lrs-bridge absences withdraw ID --by … --because …"
        raise RequestRefused(f"The absence {absence_id} is confirmed already", remedy=remedy)
    return row


def _entry_of(connection: sa.Connection, row: Mapping[str, Any]) -> AbsenceEntry:
    employee_id = connection.scalar(sa.select(person.c.employee_id).where(person.c.id == row["person_id"]))
    return AbsenceEntry(employee_id or "", Absence(Period(row["first_day"], row["last_day"]), row["kind"]))


def _refuse_overlap(entry: AbsenceEntry, others: Sequence[Mapping[str, Any]]) -> None:
    held = {entry.employee_id: [Period(row["first_day"], row["last_day"]) for row in others]}
    if problems := overlap_problems([entry], held):
        raise RequestRefused("The absence was refused; nothing was changed", problems=problems)


def _change(connection: sa.Connection, change: BeliefChange, *, who: str, because: str = "") -> UUID:
    at = now()
    (changed,) = change_beliefs(connection, absence, [change], who=who, because=because, at=at)
    mark_dirty(connection, {change.person_id}, at=at)
    return changed
