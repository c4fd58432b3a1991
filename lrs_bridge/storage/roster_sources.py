"""Sources of rosters, and whether a file of theirs was applied before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.people import roster_import
from lrs_bridge.storage.schema.roster_sources import roster_source


def sources(connection: sa.Connection) -> list[sa.Row[Any]]:
    return list(connection.execute(sa.select(roster_source).order_by(roster_source.c.name)))


def source_named(connection: sa.Connection, name: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(roster_source).where(roster_source.c.name == name)).one_or_none()


def add_source(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    """False where there is one of that name already."""
    insert = insert_new(connection, roster_source).values(**values).on_conflict_do_nothing()
    return connection.execute(insert.returning(roster_source.c.id)).one_or_none() is not None


def change_source(connection: sa.Connection, source_id: UUID, **values: Any) -> None:
    connection.execute(sa.update(roster_source).where(roster_source.c.id == source_id).values(**values))


def remove_source(connection: sa.Connection, source_id: UUID) -> None:
    connection.execute(sa.delete(roster_source).where(roster_source.c.id == source_id))


def applied_as_of(connection: sa.Connection, digest: str) -> date | None:
    """The latest day as of which this very file was applied, whoever gave it; None where it never was."""
    table = roster_import
    query = sa.select(sa.func.max(table.c.as_of)).where(table.c.outcome == "applied", table.c.sha256 == digest)
    day: date | None = connection.scalar(query)
    return day
