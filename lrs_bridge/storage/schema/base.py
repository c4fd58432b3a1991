"""One schema from SQLite to a cluster.

Every table says in ``info`` how it would be distributed: ``distributed_by`` a column that every unique constraint
contains, or ``reference`` for a small table that every node holds whole. A test reads this and holds us to it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

REFERENCE: dict[str, Any] = {"reference": True}


def by(column: str) -> dict[str, Any]:
    return {"distributed_by": column}


def as_utc(instant: datetime) -> datetime:
    """An instant that came without a zone is UTC: the bridge's own clock."""
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as whole microseconds since 1970 UTC: it sorts and compares alike everywhere."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else EPOCH + value * MICROSECOND


def belief_columns() -> list[sa.Column[Any]]:
    """Bitemporal rows are never changed: a correction withdraws the old row and records a new one."""
    return [sa.Column("recorded", Instant, nullable=False), sa.Column("withdrawn", Instant)]


def period_columns() -> list[sa.Column[Any]]:
    """Whole local dates of the person, both included; an empty ``last_day`` is open."""
    return [sa.Column("first_day", sa.Date, nullable=False), sa.Column("last_day", sa.Date)]


def believed(table: sa.Table, known_at: datetime | None) -> sa.ColumnElement[bool]:
    """The rows of a bitemporal table that were held true at ``known_at`` (None: now)."""
    if known_at is None:
        return table.c.withdrawn.is_(None)
    still_held = table.c.withdrawn.is_(None) | (table.c.withdrawn > known_at)
    return (table.c.recorded <= known_at) & still_held
