"""Derived statuses, and the marks that say which of them are stale."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.feed_revisions import note_people, open_revision, with_revisions
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.compliance import compliance_change, compliance_status, dirty_person
from lrs_bridge.storage.schema.people import person_detail


def dirty_marks(connection: sa.Connection, people: Collection[UUID] | None, *, limit: int) -> dict[UUID, datetime]:
    """At most ``limit`` people whose statuses are stale, oldest mark first, with their marks."""
    query = sa.select(dirty_person).order_by(dirty_person.c.marked).limit(limit)
    if people is None:
        return {row.person_id: row.marked for row in connection.execute(query)}
    marks: dict[UUID, datetime] = {}
    for part in chunks(people):
        found = connection.execute(query.where(dirty_person.c.person_id.in_(part)))
        marks |= {row.person_id: row.marked for row in found}
    return marks


def replace_statuses(
    connection: sa.Connection, marks: Mapping[UUID, datetime], rows: Mapping[UUID, Sequence[dict[str, Any]]]
) -> int:
    """Write the statuses of people whose mark is still the one evaluated; the others will be evaluated again.

    So two refreshers never put an older picture over a newer one, and no lock is held while evaluating. Each status or
    reason that becomes another is kept as a change.
    """
    clear = sa.delete(dirty_person).returning(dirty_person.c.person_id)
    done: set[UUID] = set()
    for part in chunks(sorted(marks)):
        pairs = [(person_id, marks[person_id]) for person_id in part]
        same = sa.tuple_(dirty_person.c.person_id, dirty_person.c.marked).in_(pairs)
        done |= set(connection.scalars(clear.where(same)))
    values = [row for person_id in sorted(done) for row in rows.get(person_id, ())]
    recorded = open_revision(connection)
    before = {(row.person_id, row.requirement_id): row._mapping for row in statuses_of(connection, done)}
    values = list(with_revisions(before, values, at=recorded))
    changes = list(_changes(before, values, recorded))
    note_people(connection, done, at=recorded)
    for part in chunks(sorted(done)):
        connection.execute(sa.delete(compliance_status).where(compliance_status.c.person_id.in_(part)))
    if changes:
        connection.execute(sa.insert(compliance_change), changes)
    if values:
        connection.execute(insert_new(connection, compliance_status), values)
    return len(done)


def _changes(
    standing: Mapping[tuple[UUID, str], Mapping[str, Any]], values: Sequence[dict[str, Any]], recorded: datetime
) -> Iterator[dict[str, Any]]:
    """The difference between the statuses that stand and those that replace them."""
    nothing = ("", "")
    before = {key: (row["status"], row["reason"]) for key, row in standing.items()}
    after = {(row["person_id"], row["requirement_id"]): (row["status"], row["reason"]) for row in values}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, nothing), after.get(key, nothing)
        if old != new:
            yield {
                "person_id": key[0],
                "requirement_id": key[1],
                "recorded": recorded,
                "from_status": old[0],
                "from_reason": old[1],
                "to_status": new[0],
                "to_reason": new[1],
            }


def newest_changes(connection: sa.Connection, people: Collection[UUID]) -> Iterator[Any]:
    """The newest change of each requirement of ``people``."""
    table = compliance_change
    for part in chunks(people):
        latest = (
            sa.select(table.c.person_id, table.c.requirement_id, sa.func.max(table.c.recorded).label("recorded"))
            .where(table.c.person_id.in_(part))
            .group_by(table.c.person_id, table.c.requirement_id)
            .subquery()
        )
        same = [table.c[name] == latest.c[name] for name in ("person_id", "requirement_id", "recorded")]
        yield from connection.execute(sa.select(table).join(latest, sa.and_(*same)))


def people_whose_day_has_come(connection: sa.Connection, latest: date) -> Iterator[tuple[UUID, str, date]]:
    """Person, zone and ``next_change`` of every status that changes by ``latest`` with no event at all."""
    query = (
        sa.select(compliance_status.c.person_id, person_detail.c.time_zone, compliance_status.c.next_change)
        .join_from(compliance_status, person_detail, compliance_status.c.person_id == person_detail.c.person_id)
        .where(compliance_status.c.next_change <= latest, person_detail.c.withdrawn.is_(None))
    )
    for row in connection.execute(query):
        yield row.person_id, row.time_zone, row.next_change


def statuses_of(connection: sa.Connection, people: Collection[UUID] | None) -> Iterator[Any]:
    """The current status rows of ``people``, or all."""
    query = sa.select(compliance_status)
    if people is None:
        yield from connection.execute(query)
        return
    for part in chunks(people):
        yield from connection.execute(query.where(compliance_status.c.person_id.in_(part)))
