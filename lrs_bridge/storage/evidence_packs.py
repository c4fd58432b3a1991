"""What an evidence pack reads beside statuses: launches with their commits, packages, rosters, all as of an instant."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import Database, now
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.base import MICROSECOND
from lrs_bridge.storage.schema.courseware import attempt, launch, launchable_unit, package, runtime_commit
from lrs_bridge.storage.schema.people import person, roster_change, roster_import

OLDEST_WRITER = sa.text(
    "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
)


def settled_through(database: Database) -> datetime:
    """An instant about which nothing more will be recorded: nobody who took an earlier one is still writing."""
    if database.is_sqlite:
        with database.writing():  # the one write lock: whoever had it before has committed
            return now()
    with database.reading() as connection:
        at = now()  # before the look at the writers
        oldest: datetime | None = connection.scalar(OLDEST_WRITER)
    return min(at, oldest - MICROSECOND) if oldest else at


def launches_of(
    connection: sa.Connection, people: Collection[UUID], registrations: Collection[UUID], known_at: datetime
) -> Iterator[Any]:
    """Launches of these people, or under these registrations, in their order; with attempt, unit and package."""
    columns = (
        launch.c.registration, launch.c.id, launch.c.requested_by, launch.c.created, launch.c.started,
        attempt.c.person_id, attempt.c.actor, launchable_unit.c.activity, launchable_unit.c.title,
        package.c.identifier, package.c.version, package.c.sha256,
    )  # fmt: skip
    same = (attempt.c.registration == launch.c.registration) & (attempt.c.unit_id == launch.c.unit_id)
    joined = (
        launch.join(attempt, same)
        .join(launchable_unit, launchable_unit.c.id == launch.c.unit_id)
        .join(package, package.c.id == launchable_unit.c.package_id)
    )
    query = sa.select(*columns).select_from(joined).where(launch.c.created <= known_at)
    found: dict[tuple[UUID, UUID], Any] = {}
    for column, keys in ((attempt.c.person_id, people), (launch.c.registration, registrations)):
        for part in chunks(sorted(keys)):
            found |= {(row.registration, row.id): row for row in connection.execute(query.where(column.in_(part)))}
    yield from sorted(found.values(), key=lambda row: (row.created, row.id))


def commits_of(
    connection: sa.Connection, registrations: Collection[UUID], known_at: datetime
) -> dict[tuple[UUID, UUID], list[Any]]:
    """What was received by ``known_at``, in order, by registration and launch."""
    table = runtime_commit
    found: dict[tuple[UUID, UUID], list[Any]] = {}
    for part in chunks(sorted(registrations)):
        query = sa.select(table).where(table.c.registration.in_(part), table.c.received <= known_at)
        for row in connection.execute(query.order_by(table.c.registration, table.c.launch_id, table.c.sequence)):
            found.setdefault((row.registration, row.launch_id), []).append(row)
    return found


def packages_with(
    connection: sa.Connection, activities: Collection[str], known_at: datetime
) -> list[tuple[Any, list[str]]]:
    """Every package that was installed by then with a unit of one of these activities, and which of them."""
    query = (
        sa.select(package, launchable_unit.c.activity)
        .join_from(package, launchable_unit, launchable_unit.c.package_id == package.c.id)
        .where(package.c.installed <= known_at)
    )
    found: dict[UUID, tuple[Any, list[str]]] = {}
    for part in chunks(sorted(activities)):
        for row in connection.execute(query.where(launchable_unit.c.activity.in_(part))):
            found.setdefault(row.id, (row, []))[1].append(row.activity)
    ordered = sorted(found.values(), key=lambda one: (one[0].identifier, one[0].installed, one[0].id))
    return [(row, sorted(named)) for row, named in ordered]


def rosters_about(connection: sa.Connection, people: Collection[UUID], known_at: datetime) -> dict[UUID, set[str]]:
    """Imports applied by ``known_at`` that said something new of these people, with the employee ids of whom."""
    applied = (roster_import.c.outcome == "applied") & (roster_import.c.recorded <= known_at)
    query = (
        sa.select(roster_change.c.import_id, person.c.employee_id)
        .join_from(roster_change, roster_import, roster_import.c.id == roster_change.c.import_id)
        .join(person, person.c.id == roster_change.c.person_id)
        .where(applied)
        .distinct()
    )
    found: dict[UUID, set[str]] = {}
    for part in chunks(sorted(people)):
        for row in connection.execute(query.where(roster_change.c.person_id.in_(part))):
            found.setdefault(row.import_id, set()).add(row.employee_id)
    return found


def rosters_of(connection: sa.Connection, import_ids: Collection[UUID]) -> list[Any]:
    """In the order in which they were received."""
    rows = [
        row
        for part in chunks(sorted(import_ids))
        for row in connection.execute(sa.select(roster_import).where(roster_import.c.id.in_(part)))
    ]
    return sorted(rows, key=lambda row: (row.recorded, row.id))
