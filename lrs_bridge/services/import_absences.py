"""Absences and exemptions from HR's files: recorded beside what was believed before, never over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.people import Waiver
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import Problem, RosterRefused
from lrs_bridge.roster.absences import AbsenceEntry, overlap_problems, read_absences, unknown_people
from lrs_bridge.roster.exemptions import ExemptionEntry, read_exemptions
from lrs_bridge.roster.plan import RosterKind
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.beliefs import BeliefChange, beliefs, change_beliefs, lock_people, says
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import all_employee_ids, person_key
from lrs_bridge.storage.requirements import newest_versions
from lrs_bridge.storage.schema import people as tables

Row = dict[str, Any]
CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class BeliefReport:
    """How many rows are new, replaced an older belief, ended, or said nothing new; and the file's warnings."""

    added: int
    changed: int
    ended: int
    unchanged: int
    problems: tuple[Problem, ...]


def import_absences(
    bridge: Bridge, raw: bytes, *, source: str, kind: RosterKind = "delta", who: str = "HR"
) -> BeliefReport:
    """``delta``: a row replaces what was known of the same first day; ``snapshot``: what is not listed ends, too.

    A row confirms a leader's report of the same first day. What leaders reported and HR does not list goes on waiting.
    """
    file = read_absences(raw, source=source)
    _refuse_unknown(bridge, source, file.entries)
    rows = [absence_row(entry) for entry in file.entries]
    with bridge.database.writing() as connection:
        plan = _planned(connection, tables.absence, rows, key=("first_day",), kind=kind)
        _refuse_overlaps(source, file.entries, plan.kept)
        _apply(connection, [plan], who=who, source=source)
    return _report([plan], file.problems)


def import_exemptions(
    bridge: Bridge, raw: bytes, *, source: str, kind: RosterKind = "delta", who: str = "HR"
) -> BeliefReport:
    """Waivers and individual due dates; ``kind`` as for absences."""
    file = read_exemptions(raw, source=source)
    _refuse_unknown(bridge, source, file.entries)
    unknown = _unknown_requirements(bridge, file.entries)
    waivers = [_waiver_row(entry, entry.grant) for entry in file.entries if isinstance(entry.grant, Waiver)]
    extensions = [_extension_row(entry) for entry in file.entries if not isinstance(entry.grant, Waiver)]
    with bridge.database.writing() as connection:
        plans = [
            _planned(connection, tables.waiver, waivers, key=("requirement_id", "first_day"), kind=kind),
            _planned(connection, tables.extension, extensions, key=("requirement_id",), kind=kind),
        ]
        _apply(connection, plans, who=who, source=source)
    return _report(plans, (*file.problems, *unknown))


def absence_row(entry: AbsenceEntry, state: str = CONFIRMED) -> Row:
    period = entry.absence.period
    return {
        "person_id": person_key(entry.employee_id),
        "first_day": period.first,
        "last_day": period.last,
        "kind": entry.absence.kind,
        "state": state,
    }


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one table is to hold. ``kept``: rows of these people that the file leaves as they are."""

    table: sa.Table
    changes: Sequence[BeliefChange]
    unchanged: int
    kept: Sequence[Row]

    def count(self, *actions: str) -> int:
        return sum(change.action in actions for change in self.changes)


def _planned(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, key: tuple[str, ...], kind: RosterKind
) -> _Plan:
    people = {row["person_id"] for row in rows}
    lock_people(connection, people)
    before = {_key(row, key): row for row in beliefs(connection, table, None if kind == "snapshot" else people)}
    wanted = {_key(row, key): row for row in rows}
    unlisted = [row for place, row in before.items() if place not in wanted]
    ended = [row for row in unlisted if kind == "snapshot" and row.get("state", CONFIRMED) == CONFIRMED]
    changes = [
        _change(before.get(place), row)
        for place, row in wanted.items()
        if place not in before or says(before[place]) != row
    ]
    over = [BeliefChange("ended", row, None) for row in ended]
    return _Plan(table, [*changes, *over], len(wanted) - len(changes), [row for row in unlisted if row not in ended])


def _change(old: Row | None, new: Row) -> BeliefChange:
    if old is None:
        return BeliefChange("recorded", None, new)
    is_report = old.get("state", CONFIRMED) != CONFIRMED
    return BeliefChange("confirmed" if is_report else "corrected", old, new)


def _apply(connection: sa.Connection, plans: Sequence[_Plan], *, who: str, source: str) -> None:
    at = now()
    for plan in plans:
        change_beliefs(connection, plan.table, plan.changes, who=who, because=f"the file {source}", at=at)
        mark_dirty(connection, {change.person_id for change in plan.changes}, at=at)


def _report(plans: Sequence[_Plan], problems: tuple[Problem, ...]) -> BeliefReport:
    return BeliefReport(
        added=sum(plan.count("recorded") for plan in plans),
        changed=sum(plan.count("corrected", "confirmed") for plan in plans),
        ended=sum(plan.count("ended") for plan in plans),
        unchanged=sum(plan.unchanged for plan in plans),
        problems=problems,
    )


def _refuse_overlaps(source: str, entries: Sequence[AbsenceEntry], kept: Sequence[Row]) -> None:
    """Leaders' reports give way: HR confirms or refuses those by themselves."""
    held: dict[UUID, list[Period]] = {}
    for row in kept:
        if row["state"] == CONFIRMED:
            held.setdefault(row["person_id"], []).append(Period(row["first_day"], row["last_day"]))
    by_name = {entry.employee_id: held.get(person_key(entry.employee_id), []) for entry in entries}
    if problems := overlap_problems(entries, by_name):
        raise RosterRefused(f"{source} has absences that overlap; nothing of it was applied", problems=problems)


def _unknown_requirements(bridge: Bridge, entries: Sequence[ExemptionEntry]) -> list[Problem]:
    """A warning, not a refusal: HR may decide an exemption before the requirement is imported."""
    with bridge.database.reading() as connection:
        known = set(newest_versions(connection))
    return [
        Problem(
            f"{entry.place}:requirement_id",
            f"no requirement is called {entry.grant.requirement_id!r}: this exempts from nothing until one is",
            f"Known are {', '.join(sorted(known)) or 'none yet'}.",
            severity="warning",
        )
        for entry in entries
        if entry.grant.requirement_id and entry.grant.requirement_id not in known
    ]


def _refuse_unknown(bridge: Bridge, source: str, entries: Sequence[AbsenceEntry | ExemptionEntry]) -> None:
    with bridge.database.reading() as connection:
        known = all_employee_ids(connection)
    if problems := unknown_people([(entry.employee_id, entry.place) for entry in entries], known):
        raise RosterRefused(f"{source} names people whom no roster has; nothing was changed", problems=problems)


def _key(row: Row, names: tuple[str, ...]) -> tuple[Any, ...]:
    return (row["person_id"], *(row[name] for name in names))


def _waiver_row(entry: ExemptionEntry, waiver: Waiver) -> Row:
    return {
        "person_id": person_key(entry.employee_id),
        "first_day": waiver.period.first,
        "last_day": waiver.period.last,
        "requirement_id": waiver.requirement_id,
        "reason": waiver.reason,
        "approver": waiver.approver,
    }


def _extension_row(entry: ExemptionEntry) -> Row:
    return {
        "person_id": person_key(entry.employee_id),
        "requirement_id": entry.grant.requirement_id,
        "due": entry.grant.due if not isinstance(entry.grant, Waiver) else None,
        "reason": entry.reason,
        "approver": entry.approver,
    }
