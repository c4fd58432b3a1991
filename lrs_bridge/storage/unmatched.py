"""Who waits to be matched with a person, by actor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.schema.statements import unmatched


@dataclass(frozen=True, slots=True)
class WaitingActor:
    """``actor`` is the JSON of one statement's; ``first`` and ``last`` are when their statements came."""

    actor_key: UUID
    actor: str
    statements: int
    first: datetime
    last: datetime


def waiting_actors(connection: sa.Connection, *, limit: int, offset: int = 0) -> list[WaitingActor]:
    """Those with the most statements first."""
    count = sa.func.count().label("statements")
    recorded = unmatched.c.recorded
    query = (
        sa.select(
            unmatched.c.actor_key,
            sa.func.max(unmatched.c.actor).label("actor"),
            count,
            sa.func.min(recorded, type_=recorded.type).label("first"),
            sa.func.max(recorded, type_=recorded.type).label("last"),
        )
        .group_by(unmatched.c.actor_key)
        .order_by(count.desc(), unmatched.c.actor_key)
        .limit(limit)
        .offset(offset)
    )
    return [WaitingActor(*row) for row in connection.execute(query)]


def count_waiting(connection: sa.Connection) -> tuple[int, int]:
    """How many actors wait, and how many statements of theirs."""
    query = sa.select(sa.func.count(unmatched.c.actor_key.distinct()), sa.func.count())
    actors, statements = connection.execute(query).one()
    return actors, statements
