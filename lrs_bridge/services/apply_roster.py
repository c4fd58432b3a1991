"""What a roster changes about people, written beside what was believed before, never over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.roster.plan import KnownPerson, RosterChange, RosterPlan
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage import rosters
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import chunks, person_key
from lrs_bridge.storage.schema import people as tables

Tell = Callable[[int, int], object]


def apply_plan(
    bridge: Bridge,
    connection: sa.Connection,
    plan: RosterPlan,
    known: Mapping[str, KnownPerson],
    import_id: UUID,
    *,
    at: datetime,
    tell: Tell | None = None,
) -> set[UUID]:
    """Write every change; returns the actor keys whose statements may now be another person's.

    ``tell`` is told how many changes are written and how many there are.
    """
    done = 0
    for joiners in chunks(change for change in plan.changes if change.kind == "joiner"):
        _write_joiners(connection, joiners, at)
        done += len(joiners)
        _told(tell, done, len(plan.changes))
    current = dict(known)
    for others in chunks(change for change in plan.changes if change.kind != "joiner"):
        for change in others:
            current[change.employee_id] = _write_change(connection, change, current[change.employee_id], at)
        done += len(others)
        _told(tell, done, len(plan.changes))
    keys = _write_identities(bridge, connection, plan, at)
    _write_history(connection, plan.changes, import_id)
    mark_dirty(connection, {person_key(change.employee_id) for change in plan.changes}, at=at)
    return keys


def _told(tell: Tell | None, done: int, most: int) -> None:
    if tell:
        tell(done, most)


def complete_accounts(bridge: Bridge, connection: sa.Connection, *, at: datetime) -> set[UUID]:
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
    """Write all identity swaps; returns the actor keys whose statements may now be another person's."""
    home_pages = _home_pages(bridge)
    rows: list[dict[str, Any]] = []
    keys: set[UUID] = set()
    for employee_id, swap in plan.identity_swaps():
        person_id = person_key(employee_id)
        if swap.old is not None:
            keys |= rosters.withdraw_identity(connection, person_id, swap.old, at=at)
        if swap.new is not None:
            rows += rosters.identity_rows(person_id, swap.new, home_pages)
    rosters.insert_beliefs(connection, tables.identity, rows, at=at)
    return keys | {row["actor_key"] for row in rows}


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
