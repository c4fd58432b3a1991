"""Absences and exemptions from HR: recorded beside what was believed before, never over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.people import Waiver
from lrs_bridge.errors import Problem, RosterRefused
from lrs_bridge.roster.absences import AbsenceEntry, read_absences, unknown_people
from lrs_bridge.roster.exemptions import ExemptionEntry, read_exemptions
from lrs_bridge.roster.plan import RosterKind
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import all_employee_ids, chunks, person_key
from lrs_bridge.storage.requirements import newest_versions
from lrs_bridge.storage.rosters import insert_beliefs, withdraw_belief
from lrs_bridge.storage.schema import people as tables

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BeliefReport:
    """How many rows are new, replaced an older belief, ended, or said nothing new; and the file's warnings."""

    added: int
    changed: int
    ended: int
    unchanged: int
    problems: tuple[Problem, ...]


def import_absences(bridge: Bridge, raw: bytes, *, source: str, kind: RosterKind = "delta") -> BeliefReport:
    """``delta``: a row replaces what was known of the same first day; ``snapshot``: what is not listed ends, too."""
    file = read_absences(raw, source=source)
    _refuse_unknown(bridge, source, file.entries)
    rows = [_absence_row(entry) for entry in file.entries]
    return _record(bridge, tables.absence, rows, key=("first_day",), kind=kind, problems=file.problems)


def import_exemptions(bridge: Bridge, raw: bytes, *, source: str, kind: RosterKind = "delta") -> BeliefReport:
    """Waivers and individual due dates; ``kind`` as for absences."""
    file = read_exemptions(raw, source=source)
    _refuse_unknown(bridge, source, file.entries)
    unknown = _unknown_requirements(bridge, file.entries)
    waivers = [_waiver_row(entry, entry.grant) for entry in file.entries if isinstance(entry.grant, Waiver)]
    extensions = [_extension_row(entry) for entry in file.entries if not isinstance(entry.grant, Waiver)]
    waived = _record(
        bridge,
        tables.waiver,
        waivers,
        key=("requirement_id", "first_day"),
        kind=kind,
    )
    extended = _record(bridge, tables.extension, extensions, key=("requirement_id",), kind=kind)
    return BeliefReport(
        waived.added + extended.added,
        waived.changed + extended.changed,
        waived.ended + extended.ended,
        waived.unchanged + extended.unchanged,
        (*file.problems, *unknown),
    )


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


def _record(
    bridge: Bridge,
    table: sa.Table,
    rows: Sequence[Row],
    *,
    key: tuple[str, ...],
    kind: RosterKind,
    problems: tuple[Problem, ...] = (),
) -> BeliefReport:
    at = now()
    with bridge.database.writing() as connection:
        people = None if kind == "snapshot" else {row["person_id"] for row in rows}
        before = {_key(row, key): row for row in _beliefs(connection, table, people)}
        wanted = {_key(row, key): row for row in rows}
        new = [row for place, row in wanted.items() if before.get(place) != row]
        replaced = [before[place] for place in wanted if place in before and before[place] != wanted[place]]
        ended = [row for place, row in before.items() if place not in wanted] if kind == "snapshot" else []
        for row in replaced + ended:
            withdraw_belief(connection, table, row, at=at)
        insert_beliefs(connection, table, new, at=at)
        mark_dirty(connection, {row["person_id"] for row in new + replaced + ended}, at=at)
    return BeliefReport(
        added=len(new) - len(replaced),
        changed=len(replaced),
        ended=len(ended),
        unchanged=len(wanted) - len(new),
        problems=problems,
    )


def _beliefs(connection: sa.Connection, table: sa.Table, people: set[UUID] | None) -> Iterable[Row]:
    columns = [column for column in table.c if column.name not in {"id", "recorded", "withdrawn"}]
    query = sa.select(*columns).where(table.c.withdrawn.is_(None))
    parts = [None] if people is None else list(chunks(people))
    for part in parts:
        restricted = query if part is None else query.where(table.c.person_id.in_(part))
        for row in connection.execute(restricted):
            yield dict(row._mapping)


def _key(row: Row, names: tuple[str, ...]) -> tuple[Any, ...]:
    return (row["person_id"], *(row[name] for name in names))


def _absence_row(entry: AbsenceEntry) -> Row:
    period = entry.absence.period
    return {
        "person_id": person_key(entry.employee_id),
        "first_day": period.first,
        "last_day": period.last,
        "kind": entry.absence.kind,
    }


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
