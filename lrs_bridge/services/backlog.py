"""What waits to be done, as the database knows it: for metrics and for the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lrs_bridge.storage.database import Database, now
from lrs_bridge.storage.schema.compliance import dirty_person
from lrs_bridge.storage.schema.statements import quarantine, unmatched
from lrs_bridge.storage.watermark import LATEST, consistent_through


@dataclass(frozen=True, slots=True)
class Backlog:
    dirty_people: int
    refresh_lag: float
    """Seconds since the oldest mark that was not evaluated yet."""
    watermark_lag: float
    """Seconds by which the newest statement is ahead of what readers may rely on: an open writer holds them back."""
    quarantined: int
    unmatched: int


def read_backlog(database: Database, *, at: datetime | None = None) -> Backlog:
    with database.reading() as connection:
        through = consistent_through(connection)
        newest = connection.scalar(LATEST) or through
        dirty, oldest = connection.execute(sa.select(sa.func.count(), sa.func.min(dirty_person.c.marked))).one()
        open_cases = sa.select(sa.func.count()).select_from(quarantine).where(quarantine.c.settled.is_(None))
        return Backlog(
            dirty_people=dirty,
            refresh_lag=max(0.0, ((at or now()) - oldest).total_seconds()) if oldest else 0.0,
            watermark_lag=max(0.0, (newest - through).total_seconds()),
            quarantined=connection.scalar(open_cases) or 0,
            unmatched=connection.scalar(sa.select(sa.func.count()).select_from(unmatched)) or 0,
        )
