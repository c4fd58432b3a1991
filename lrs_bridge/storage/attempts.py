"""Attempts, launches and commits: what the runtime keeps, by registration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.courseware import attempt, launch, runtime_commit


def attempts_of_actor(connection: sa.Connection, actor_key: UUID, package_id: UUID) -> list[Any]:
    """All attempts of one actor in one package, newest registration first."""
    query = sa.select(attempt).where(attempt.c.actor_key == actor_key, attempt.c.package_id == package_id)
    return list(connection.execute(query.order_by(attempt.c.opened.desc())))


def attempts_of_registration(connection: sa.Connection, registration: UUID) -> dict[UUID, Any]:
    """The attempts under one registration, by unit."""
    query = sa.select(attempt).where(attempt.c.registration == registration)
    return {row.unit_id: row for row in connection.execute(query)}


def insert_attempt(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert_new(connection, attempt).on_conflict_do_nothing(), values)


def insert_launch(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(launch), values)


def find_launch(connection: sa.Connection, registration: UUID, launch_id: UUID) -> Any:
    query = sa.select(launch).where(launch.c.registration == registration, launch.c.id == launch_id)
    return connection.execute(query).one_or_none()


def mark_started(connection: sa.Connection, registration: UUID, launch_id: UUID, *, at: datetime) -> bool:
    """False where the launch was started before: the database decides which of two clicks was first."""
    update = sa.update(launch).where(
        launch.c.registration == registration, launch.c.id == launch_id, launch.c.started.is_(None)
    )
    return connection.execute(update.values(started=at)).rowcount == 1


def find_attempt(connection: sa.Connection, registration: UUID, unit_id: UUID, *, lock: bool = False) -> Any:
    """The attempt; with ``lock`` it is held against other commits until this transaction ends."""
    query = sa.select(attempt).where(attempt.c.registration == registration, attempt.c.unit_id == unit_id)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def save_attempt(
    connection: sa.Connection, registration: UUID, unit_id: UUID, state: Mapping[str, Any], *, at: datetime
) -> None:
    update = sa.update(attempt).where(attempt.c.registration == registration, attempt.c.unit_id == unit_id)
    connection.execute(update.values(state=state, updated=at))


def advance_launch(
    connection: sa.Connection, registration: UUID, launch_id: UUID, sequence: int, *, ended: datetime | None
) -> None:
    update = sa.update(launch).where(launch.c.registration == registration, launch.c.id == launch_id)
    values: dict[str, Any] = {"last_sequence": sequence} | ({"ended": ended} if ended else {})
    connection.execute(update.values(values))


def insert_commit(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(runtime_commit), values)
