"""What waits to be done, as the database knows it: for metrics and for the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lrs_bridge.storage import outbox
from lrs_bridge.storage.database import Database, now
from lrs_bridge.storage.schema.compliance import dirty_person
from lrs_bridge.storage.schema.statements import quarantine, unmatched
from lrs_bridge.storage.statements import Cursor
from lrs_bridge.storage.watermark import consistent_through, latest_stored

MOST_COUNTED = 100_000
"""Statements that wait for one target are counted up to here: this is asked for at every scrape."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What waits for one target, another LRS or a webhook."""

    kind: str
    name: str
    paused: bool
    pending: int
    """Statements behind its place; those that its filter does not want count until they are passed."""
    oldest: float
    """Seconds since the first of them was stored."""
    dead_letters: int
    last_error: str


@dataclass(frozen=True, slots=True)
class Backlog:
    dirty_people: int
    refresh_lag: float
    """Seconds since the oldest mark that was not evaluated yet."""
    watermark_lag: float
    """Seconds by which the newest statement is ahead of what readers may rely on: an open writer holds them back."""
    quarantined: int
    unmatched: int
    outgoing: tuple[Outgoing, ...]


def read_backlog(database: Database, *, at: datetime | None = None) -> Backlog:
    with database.reading() as connection:
        through = consistent_through(connection)
        newest = latest_stored(connection)
        dirty, oldest = connection.execute(sa.select(sa.func.count(), sa.func.min(dirty_person.c.marked))).one()
        open_cases = sa.select(sa.func.count()).select_from(quarantine).where(quarantine.c.settled.is_(None))
        return Backlog(
            dirty_people=dirty,
            refresh_lag=max(0.0, ((at or now()) - oldest).total_seconds()) if oldest else 0.0,
            watermark_lag=max(0.0, (newest - through).total_seconds()),
            quarantined=connection.scalar(open_cases) or 0,
            unmatched=connection.scalar(sa.select(sa.func.count()).select_from(unmatched)) or 0,
            outgoing=tuple(_outgoing(connection, row, at or now()) for row in outbox.targets(connection)),
        )


def _outgoing(connection: sa.Connection, row: Any, at: datetime) -> Outgoing:
    pending, first = outbox.lag_after(connection, Cursor(row.stored, row.statement_id), most=MOST_COUNTED)
    return Outgoing(
        kind=row.kind,
        name=row.name,
        paused=row.paused,
        pending=pending,
        oldest=max(0.0, (at - first).total_seconds()) if first else 0.0,
        dead_letters=outbox.dead_letter_count(connection, row.id),
        last_error=row.last_error,
    )
