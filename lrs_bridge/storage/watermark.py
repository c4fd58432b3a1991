"""The watermark: the instant up to which every statement that ever will be stored can already be read.

``more``, ``since`` and X-Experience-API-Consistent-Through rest on it. A writer takes ``stored`` after it has said
that it is open, and never at or below a ``stored`` that was committed; a reader stays below the oldest open writer.
So a poller that follows the cursor misses nothing, even when the clock steps back.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from lrs_bridge.storage.database import BUSY_TIMEOUT, Announced, Database, now
from lrs_bridge.storage.raw_sql import raw_cursor
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND

WRITER_LOCK = 712003
RECENT = timedelta(seconds=0.1)
"""So old may be what is told of the watermark."""

DATABASE_CLOCK = sa.text("SELECT greatest(now(), clock_timestamp())")
# the two views are read one after the other: a writer that connected in between is in the locks only, and counts
OLDEST_WRITER = sa.text(
    """
    SELECT count(*), min(coalesce(activity.xact_start, to_timestamp(0)))
    FROM pg_locks LEFT JOIN pg_stat_activity activity USING (pid)
    WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock AND granted
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
)


def open_writer(connection: sa.Connection) -> datetime:
    """Declare this transaction a writer of statements; returns the ``stored`` of its first statement."""
    if connection.dialect.name == "sqlite":
        clock = now()  # SQLite's one write lock is held already: nobody else is open
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": WRITER_LOCK})
        clock = connection.scalar(DATABASE_CLOCK) or now()
    latest = max(latest_stored(connection), Announced.beside(connection).through)
    return max(clock, latest + MICROSECOND)


def latest_stored(connection: sa.Connection) -> datetime:
    """The greatest ``stored`` there is; asked for by every write and every page."""
    with raw_cursor(connection) as cursor:
        (micros,) = cursor.execute("SELECT max(stored) FROM statement").fetchone()
    return EPOCH + (micros or 0) * MICROSECOND


def consistent_through(connection: sa.Connection) -> datetime:
    """The watermark now. On PostgreSQL ask for it before the statements themselves, in READ COMMITTED."""
    latest = latest_stored(connection)  # first: who opens after this takes a later one
    bound = None
    if connection.dialect.name != "sqlite":
        writers, oldest = connection.execute(OLDEST_WRITER, {"lock": WRITER_LOCK}).one()
        bound = oldest - MICROSECOND if writers else None
    return latest if bound is None else min(latest, bound)


def announced_through(database: Database) -> datetime:
    """The watermark for X-Experience-API-Consistent-Through: recent even when nothing was stored for long.

    Ask for it before the page that is answered with it, and let the page end there: a reader that goes on from it then
    sees each statement once. Whoever writes later takes a later ``stored``: in this process always, in another one
    unless the clock stepped back in between.
    """
    through = _sqlite_through(database) if database.is_sqlite else _postgresql_through(database)
    database.announced.raise_to(through)
    return database.announced.through


def told_through(database: Database) -> datetime:
    """The same for an answer without a page, such as that to a POST: on SQLite the last one told, if it is recent."""
    known = database.announced.through
    if database.is_sqlite and timedelta(0) <= now() - known < RECENT:
        return known  # not one that lies ahead, of a clock that has stepped back since
    return announced_through(database)


def announce_committed(database: Database, stored: datetime) -> None:
    """What a writer committed last. On SQLite nobody else was open before it, so nothing earlier can still come."""
    if database.is_sqlite:
        database.announced.raise_to(stored)


def _sqlite_through(database: Database) -> datetime:
    with database.reading() as connection:
        latest = latest_stored(connection)
    if now() - latest < RECENT:
        return latest
    return max(latest, _instant_without_writer(database) or latest)


def _postgresql_through(database: Database) -> datetime:
    with database.reading() as connection:
        clock = connection.scalar(DATABASE_CLOCK) or EPOCH  # both before the look at the writers
        latest = latest_stored(connection)
        writers, oldest = connection.execute(OLDEST_WRITER, {"lock": WRITER_LOCK}).one()
    return min(latest, oldest - MICROSECOND) if writers else max(latest, clock - MICROSECOND)


def _instant_without_writer(database: Database) -> datetime | None:
    """An instant at which SQLite's one write lock was free, or None while somebody writes. Never waits for it."""
    pooled = database.engine.raw_connection()
    try:
        connection = cast(sqlite3.Connection, pooled.driver_connection)
        connection.execute("PRAGMA busy_timeout=0")
        connection.execute("BEGIN IMMEDIATE")
        free_at = now() - MICROSECOND
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return None
    else:
        return free_at
    finally:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
        pooled.close()
