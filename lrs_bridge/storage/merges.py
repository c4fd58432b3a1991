"""Records of people that were merged: whom each counts for, at any known_at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.domain.merges import counts_for
from lrs_bridge.storage.schema.base import believed
from lrs_bridge.storage.schema.people import identity_decision, merged_person, person

CHUNK = 500


def merged_people(connection: sa.Connection, known_at: datetime | None = None) -> dict[UUID, UUID]:
    """Each record that was given up → whom it counts for, as believed at ``known_at``."""
    query = sa.select(merged_person.c.person_id, merged_person.c.counts_for).where(believed(merged_person, known_at))
    return {row.person_id: row.counts_for for row in connection.execute(query)}


def surviving_ids(connection: sa.Connection, merged: Mapping[UUID, UUID]) -> dict[str, str]:
    """The employee id of each record in ``merged`` → that of the person it counts for."""
    wanted = sorted({*merged, *merged.values()})
    query = sa.select(person.c.id, person.c.employee_id)
    parts = (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))
    names = {
        row.id: row.employee_id for part in parts for row in connection.execute(query.where(person.c.id.in_(part)))
    }
    return {names[given_up]: names[into] for given_up, into in merged.items() if {given_up, into} <= names.keys()}


def records_of(people: Iterable[UUID], merged: Mapping[UUID, UUID]) -> set[UUID]:
    """``people`` with every record that counts for one of them."""
    wanted = set(people)
    return wanted | {given_up for given_up, into in merged.items() if into in wanted}


def parts_of(person_id: UUID, merged: Mapping[UUID, UUID]) -> list[UUID]:
    """The records that count for this one, in an order that is always the same."""
    return sorted(given_up for given_up, into in merged.items() if into == person_id)


def standing_merges(connection: sa.Connection) -> dict[UUID, UUID]:
    """The merges as they were decided: each record → the one that it was merged into."""
    table = identity_decision
    standing = (table.c.action == "merge") & table.c.withdrawn.is_(None)
    rows = connection.execute(sa.select(table.c.subject_id, table.c.other_id).where(standing))
    return {row.subject_id: row.other_id for row in rows}


def follow_merges(connection: sa.Connection, *, at: datetime) -> set[UUID]:
    """Bring `merged_person` up to the merges that stand; returns everybody whose records count for another now."""
    before, after = merged_people(connection), counts_for(standing_merges(connection))
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    _withdraw(connection, changed & before.keys(), at)
    rows = [{"person_id": key, "id": uuid4(), "counts_for": after[key]} for key in sorted(changed & after.keys())]
    if rows:
        connection.execute(sa.insert(merged_person).values(recorded=at, withdrawn=None), rows)
    return changed | {side[key] for side in (before, after) for key in changed if key in side}


def _withdraw(connection: sa.Connection, people: Collection[UUID], at: datetime) -> None:
    live = merged_person.c.person_id.in_(people) & merged_person.c.withdrawn.is_(None)
    connection.execute(sa.update(merged_person).where(live).values(withdrawn=at))
