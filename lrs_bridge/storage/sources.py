"""Sources that statements are pulled from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.outbox import pull_source
from lrs_bridge.storage.schema.statements import quarantine


def sources(connection: sa.Connection) -> list[sa.Row[Any]]:
    return list(connection.execute(sa.select(pull_source).order_by(pull_source.c.name)))


def source_named(connection: sa.Connection, name: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(pull_source).where(pull_source.c.name == name)).one_or_none()


def add_source(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    """False where there is one of that name already."""
    insert = insert_new(connection, pull_source).values(**values).on_conflict_do_nothing()
    return connection.execute(insert.returning(pull_source.c.id)).one_or_none() is not None


def change_source(connection: sa.Connection, source_id: UUID, **values: Any) -> None:
    connection.execute(sa.update(pull_source).where(pull_source.c.id == source_id).values(**values))


def remove_source(connection: sa.Connection, source_id: UUID) -> None:
    connection.execute(sa.delete(pull_source).where(pull_source.c.id == source_id))


def held_among(connection: sa.Connection, source_id: UUID, raws: Collection[str]) -> set[str]:
    """Those of ``raws`` that this source has in quarantine, settled or not."""
    query = sa.select(quarantine.c.raw).where(quarantine.c.credential_id == source_id, quarantine.c.raw.in_(raws))
    return set(connection.scalars(query))
