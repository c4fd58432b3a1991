"""Who waits to be matched with a person, by actor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.statements import unmatched


@dataclass(frozen=True, slots=True)
class WaitingActor:
    """``actor`` is the JSON of one statement's; ``first`` and ``last`` are when their statements came."""

    actor_key: UUID
    actor: str
    statements: int
    first: datetime
    last: datetime


SORTS = ("statements", "first", "last")


def waiting_actors(
    connection: sa.Connection, *, sort: str = "-statements", limit: int | None, offset: int = 0
) -> list[WaitingActor]:
    """``sort``: one of SORTS, descending with a leading ``-``."""
    count = sa.func.count().label("statements")
    recorded, ordered = unmatched.c.recorded, sort.removeprefix("-")
    query = (
        sa.select(
            unmatched.c.actor_key,
            sa.func.max(unmatched.c.actor).label("actor"),
            count,
            sa.func.min(recorded, type_=recorded.type).label("first"),
            sa.func.max(recorded, type_=recorded.type).label("last"),
        )
        .group_by(unmatched.c.actor_key)
        .order_by(sa.desc(ordered) if sort.startswith("-") else sa.asc(ordered), unmatched.c.actor_key)
        .limit(limit)
        .offset(offset)
    )
    return [WaitingActor(*row) for row in connection.execute(query)]


def count_waiting(connection: sa.Connection) -> tuple[int, int]:
    """How many actors wait, and how many statements of theirs."""
    query = sa.select(sa.func.count(unmatched.c.actor_key.distinct()), sa.func.count())
    actors, statements = connection.execute(query).one()
    return actors, statements


def newest_waiting(connection: sa.Connection, keys: Iterable[UUID], *, each: int) -> dict[UUID, list[UUID]]:
    """At most ``each`` waiting statements of every actor, the newest."""
    place = sa.func.row_number().over(partition_by=unmatched.c.actor_key, order_by=unmatched.c.recorded.desc())
    found: dict[UUID, list[UUID]] = {}
    for part in chunks(keys):
        ranked = sa.select(unmatched.c.actor_key, unmatched.c.statement_id, place.label("place"))
        chosen = ranked.where(unmatched.c.actor_key.in_(part)).subquery()
        for row in connection.execute(sa.select(chosen).where(chosen.c.place <= each)):
            found.setdefault(row.actor_key, []).append(row.statement_id)
    return found
