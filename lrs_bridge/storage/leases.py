"""Leases: of several processes, one does a periodic job."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from lrs_bridge.storage.database import Database, insert_new, now
from lrs_bridge.storage.schema.compliance import lease


def take_lease(database: Database, name: str, holder: str, span: timedelta) -> bool:
    """True where ``holder`` has the lease now: it was free, had run out, or is renewed.

    A lease with more than half of its span left is renewed without writing.
    """
    at = now()
    with database.reading() as connection:
        row = connection.execute(sa.select(lease).where(lease.c.name == name)).one_or_none()
    if row and row.until > at + (span / 2 if row.holder == holder else timedelta()):
        return bool(row.holder == holder)
    return _claim(database, name, holder, at, at + span)


def release_lease(database: Database, name: str, holder: str) -> None:
    """Let others have it before it runs out."""
    with database.writing() as connection:
        connection.execute(sa.delete(lease).where(lease.c.name == name, lease.c.holder == holder))


def _claim(database: Database, name: str, holder: str, at: datetime, until: datetime) -> bool:
    with database.writing() as connection:
        insert = insert_new(connection, lease).values(name=name, holder=holder, until=until)
        claim = insert.on_conflict_do_update(
            index_elements=[lease.c.name],
            set_={"holder": holder, "until": insert.excluded.until},
            where=(lease.c.holder == holder) | (lease.c.until <= at),
        )
        return connection.execute(claim.returning(lease.c.name)).one_or_none() is not None
