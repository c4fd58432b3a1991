"""Statements in bulk, in the order of the cursor: for export, and to tell what an import brings anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import Database
from lrs_bridge.storage.schema.statements import statement
from lrs_bridge.storage.statements import Cursor
from lrs_bridge.storage.watermark import consistent_through

PAGE = 500


def every_statement(database: Database, *, since: datetime | None = None) -> Iterator[tuple[str, bool]]:
    """The JSON text of each and whether it is voided, oldest first, up to the watermark at the start.

    A page is held at a time, and no transaction between pages: an export of hours keeps no writer waiting.
    """
    with database.reading() as connection:
        through = consistent_through(connection)
    after: Cursor | None = None
    while True:
        with database.reading() as connection:
            rows = connection.execute(_page(through, since, after)).all()
        for row in rows:
            yield row.raw, row.voided
        if len(rows) < PAGE:
            return
        after = Cursor(rows[-1].stored, rows[-1].id)


def count_statements(database: Database, *, since: datetime | None = None) -> int:
    query = sa.select(sa.func.count()).select_from(statement)
    if since is not None:
        query = query.where(statement.c.stored > since)
    with database.reading() as connection:
        return connection.scalar(query) or 0


def known_ids(connection: sa.Connection, ids: Collection[UUID]) -> set[UUID]:
    return set(connection.scalars(sa.select(statement.c.id).where(statement.c.id.in_(list(ids)))))


def _page(
    through: datetime, since: datetime | None, after: Cursor | None
) -> sa.Select[tuple[UUID, datetime, str, bool]]:
    columns = (statement.c.id, statement.c.stored, statement.c.raw, statement.c.voided)
    query = sa.select(*columns).where(statement.c.stored <= through)
    if since is not None:
        query = query.where(statement.c.stored > since)
    if after is not None:
        mark = sa.tuple_(sa.literal(after.stored, statement.c.stored.type), sa.literal(after.id, sa.Uuid))
        query = query.where(sa.tuple_(statement.c.stored, statement.c.id) > mark)
    return query.order_by(statement.c.stored, statement.c.id).limit(PAGE)
