"""A roster file: read, compared, held by gates or applied in one transaction (DESIGN 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.errors import RosterHeld
from lrs_bridge.roster.column_names import OURS, ColumnNames
from lrs_bridge.roster.gates import Gate, held_by
from lrs_bridge.roster.plan import KnownPerson, PlanSummary, RosterChange, RosterKind, RosterPlan
from lrs_bridge.roster.reading import RosterFile, read_roster
from lrs_bridge.roster.reconcile import reconcile
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.match_facts import replay_unmatched
from lrs_bridge.storage import rosters
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.schema import people as tables


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an applied file did, in words for HR. ``replayed``: waiting statements that now belong to somebody."""

    summary: PlanSummary
    file: RosterFile
    replayed: int


def import_roster(
    bridge: Bridge,
    raw: bytes,
    *,
    source: str,
    kind: RosterKind = "snapshot",
    as_of: date | None = None,
    accept: Collection[str] = (),
    names: ColumnNames = OURS,
) -> ImportReport:
    """Apply a roster whole, or raise: RosterRefused for what cannot be read, RosterHeld with the gates that hold it.

    ``accept`` names the gates that a human overrides; both the gate and the override are recorded.
    """
    file = read_roster(raw, source=source, names=names, kind=kind)
    at = now()
    day = as_of or at.date()
    with bridge.database.writing() as connection:
        known = rosters.known_people(connection)
        plan = reconcile(known, file.entries, kind=kind, as_of=day, leaver_after_days=bridge.settings.leaver_after_days)
        gates = _gates(connection, plan, file)
        holding = [gate for gate in gates if gate.name not in accept]
        record = _import_record(raw, file, plan, gates, sorted(accept), at) | {
            "outcome": "held" if holding else "applied"
        }
        connection.execute(sa.insert(tables.roster_import), record)
        replayed = 0 if holding else _apply(bridge, connection, plan, known, record["id"], at)
    if holding:
        raise _held(source, holding, plan)
    return ImportReport(plan.summary(), file, replayed)


def roster_history(bridge: Bridge) -> list[Any]:
    """Every file that was applied or held, newest first."""
    with bridge.database.reading() as connection:
        return rosters.imports(connection)


def _gates(connection: sa.Connection, plan: RosterPlan, file: RosterFile) -> list[Gate]:
    last_snapshot = rosters.last_applied(connection, kind="snapshot")
    return held_by(
        plan,
        rows=file.rows,
        last_rows=last_snapshot.rows if last_snapshot else None,
        last_as_of=rosters.newest_day(connection),
        conflicts=file.conflicts,
    )


def _held(source: str, gates: list[Gate], plan: RosterPlan) -> RosterHeld:
    problems = [problem for gate in gates for problem in (gate.as_problem(source), *gate.problems)]
    return RosterHeld(
        f"The roster was held whole; nothing was changed. {plan.summary().lines[0]}",
        remedy="Correct the file, or accept by name what is meant",
        problems=problems,
    )


def _import_record(
    raw: bytes, file: RosterFile, plan: RosterPlan, gates: list[Gate], accepted: list[str], at: datetime
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "source": file.source,
        "sha256": sha256(raw).hexdigest(),
        "kind": plan.kind,
        "as_of": plan.as_of,
        "rows": file.rows,
        "gates": [gate.name for gate in gates],
        "accepted": accepted,
        "summary": dict(plan.summary().counts),
        "recorded": at,
    }


def _apply(
    bridge: Bridge,
    connection: sa.Connection,
    plan: RosterPlan,
    known: Mapping[str, KnownPerson],
    import_id: UUID,
    at: datetime,
) -> int:
    joiners = [change for change in plan.changes if change.kind == "joiner"]
    _write_joiners(connection, joiners, at)
    current = dict(known)
    for change in plan.changes:
        if change.kind != "joiner":
            current[change.employee_id] = _write_change(connection, change, current[change.employee_id], at)
    keys = _write_identities(bridge, connection, plan, at) | _complete_accounts(bridge, connection, at)
    _write_history(connection, plan.changes, import_id)
    mark_dirty(connection, {person_key(change.employee_id) for change in plan.changes}, at=at)
    return replay_unmatched(connection, keys, at=at)


def _write_joiners(connection: sa.Connection, joiners: list[RosterChange], at: datetime) -> None:
    rosters.insert_people(connection, [change.employee_id for change in joiners], at=at)
    details = [rosters.detail_row(None, change.employee_id, dict(change.values)) for change in joiners]
    spells = [
        rosters.spell_row(person_key(change.employee_id), swap.new)
        for change in joiners
        for swap in change.spells
        if swap.new
    ]
    jobs = [
        rosters.job_row(person_key(change.employee_id), swap.new)
        for change in joiners
        for swap in change.jobs
        if swap.new
    ]
    rosters.insert_beliefs(connection, tables.person_detail, details, at=at)
    rosters.insert_beliefs(connection, tables.employment_spell, spells, at=at)
    rosters.insert_beliefs(connection, tables.job_assignment, jobs, at=at)


def _write_change(connection: sa.Connection, change: RosterChange, person: KnownPerson, at: datetime) -> KnownPerson:
    """Write one change of somebody known; returns the person's columns after it, for the next change."""
    person_id = person_key(change.employee_id)
    for spell in change.spells:
        old, new = (rosters.spell_row(person_id, fact) if fact else None for fact in (spell.old, spell.new))
        _swap(connection, tables.employment_spell, old, new, at)
    for job in change.jobs:
        old, new = (rosters.job_row(person_id, fact) if fact else None for fact in (job.old, job.new))
        _swap(connection, tables.job_assignment, old, new, at)
    if change.unlisted is not None:
        rosters.set_unlisted(connection, person_id, change.unlisted.new)
    if not change.values:
        return person
    before = rosters.detail_row(person, change.employee_id, {})
    _swap(connection, tables.person_detail, before, before | dict(change.values), at)
    values: dict[str, Any] = dict(change.values)
    return replace(person, **values)


def _swap(
    connection: sa.Connection, table: sa.Table, old: dict[str, Any] | None, new: dict[str, Any] | None, at: datetime
) -> None:
    if old is not None:
        rosters.withdraw_belief(connection, table, old, at=at)
    if new is not None:
        rosters.insert_beliefs(connection, table, [new], at=at)


def _write_identities(bridge: Bridge, connection: sa.Connection, plan: RosterPlan, at: datetime) -> set[UUID]:
    """Write all identity swaps; returns the actor keys under which waiting statements may now be matched."""
    home_pages = _home_pages(bridge)
    rows: list[dict[str, Any]] = []
    for employee_id, swap in plan.identity_swaps():
        person_id = person_key(employee_id)
        if swap.old is not None:
            rosters.withdraw_identity(connection, person_id, swap.old, at=at)
        if swap.new is not None:
            rows += rosters.identity_rows(person_id, swap.new, home_pages)
    rosters.insert_beliefs(connection, tables.identity, rows, at=at)
    return {row["actor_key"] for row in rows}


def _complete_accounts(bridge: Bridge, connection: sa.Connection, at: datetime) -> set[UUID]:
    """Accounts at an LMS that the settings name since the last roster; returns their actor keys."""
    home_pages = _home_pages(bridge)
    known = rosters.account_keys(connection)
    rows = [
        row
        for person_id, held in rosters.live_accounts(connection)
        for row in rosters.identity_rows(person_id, held, home_pages)
        if row["actor_key"] not in known
    ]
    rosters.insert_beliefs(connection, tables.identity, rows, at=at)
    return {row["actor_key"] for row in rows}


def _home_pages(bridge: Bridge) -> tuple[str, ...]:
    return bridge.settings.lms_home_pages or (bridge.settings.public_url,)


def _write_history(connection: sa.Connection, changes: tuple[RosterChange, ...], import_id: UUID) -> None:
    values = [
        {
            "person_id": person_key(change.employee_id),
            "import_id": import_id,
            "position": position,
            "kind": change.kind,
            "words": str(change),
        }
        for position, change in enumerate(changes)
    ]
    if values:
        connection.execute(sa.insert(tables.roster_change), values)
