"""Versions of requirements: recorded, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lrs_bridge.storage.schema.compliance import requirement


def newest_versions(connection: sa.Connection, *, known_at: datetime | None = None) -> dict[str, dict[str, Any]]:
    """The body of each requirement's newest version at ``known_at``, by id; the body holds its version."""
    query = sa.select(requirement.c.id, requirement.c.body).order_by(requirement.c.id, requirement.c.version)
    if known_at is not None:
        query = query.where(requirement.c.recorded <= known_at)
    return {row.id: row.body for row in connection.execute(query)}


def version_of(connection: sa.Connection, requirement_id: str, version: int) -> dict[str, Any] | None:
    query = sa.select(requirement.c.body).where(requirement.c.id == requirement_id, requirement.c.version == version)
    body: dict[str, Any] | None = connection.scalar(query)
    return body


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
