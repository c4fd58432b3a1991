"""Versions of requirements: recorded, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lrs_bridge.domain.actors import digest_key
from lrs_bridge.storage.schema.compliance import requirement
from lrs_bridge.storage.schema.courseware import launchable_unit
from lrs_bridge.storage.schema.statements import statement_activity

Stamp = tuple[int, datetime | None]


def versions(
    connection: sa.Connection, *, known_at: datetime | None = None, requirement_id: str | None = None
) -> Iterator[Any]:
    """Every version recorded by ``known_at``, of all requirements or of one, in order."""
    query = sa.select(requirement).order_by(requirement.c.id, requirement.c.version)
    if known_at is not None:
        query = query.where(requirement.c.recorded <= known_at)
    if requirement_id is not None:
        query = query.where(requirement.c.id == requirement_id)
    yield from connection.execute(query)


def versions_stamp(connection: sa.Connection) -> Stamp:
    """How many versions there are, and when the last was recorded: another one as soon as there is one more."""
    number, last = connection.execute(sa.select(sa.func.count(), sa.func.max(requirement.c.recorded))).one()
    return number, last


def newest_versions(connection: sa.Connection, *, known_at: datetime | None = None) -> dict[str, dict[str, Any]]:
    """The body of each requirement's newest version at ``known_at``, by id; the body holds its version."""
    return {row.id: row.body for row in versions(connection, known_at=known_at)}


def insert_version(
    connection: sa.Connection, requirement_id: str, body: dict[str, Any], *, source: str, at: datetime
) -> None:
    values = {
        "id": requirement_id,
        "version": body["version"],
        "title": body["title"],
        "body": body,
        "source": source,
        "recorded": at,
    }
    connection.execute(sa.insert(requirement), values)


def activities_named(connection: sa.Connection, activities: Collection[str]) -> set[str]:
    """Those of ``activities`` that a unit of a package, installed or removed since, or a statement ever named."""
    return {activity for activity in activities if _is_named(connection, activity)}


def _is_named(connection: sa.Connection, activity: str) -> bool:
    by_unit = sa.exists().where(launchable_unit.c.activity == activity)
    by_statement = sa.exists().where(statement_activity.c.activity_key == digest_key(activity))
    return bool(connection.scalar(sa.select(sa.or_(by_unit, by_statement))))
