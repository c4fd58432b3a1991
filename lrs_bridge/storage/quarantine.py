"""What a compat credential sent that was wrong: the repairs made, and what is held because no repair was possible.

No row is ever deleted. A statement that was replayed or dropped is settled: what came, what was wrong with it, how it
was corrected and why it was given up stay to be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import sqlalchemy as sa

from lrs_bridge.errors import Problem
from lrs_bridge.storage.schema.statements import quarantine, statement_repair


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One statement as it came, and what became of it. ``fixed`` is a correction by hand."""

    id: UUID
    credential_id: UUID
    raw: str
    problems: tuple[Problem, ...]
    received: datetime
    version: str
    fixed: str | None = None
    statement_id: UUID | None = None
    outcome: str | None = None
    because: str | None = None
    settled: datetime | None = None

    @property
    def current(self) -> str:
        return self.fixed or self.raw


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A place in the order of arrival, from which a listing goes on."""

    received: datetime
    id: UUID


def record_repairs(
    connection: sa.Connection,
    repaired: Iterable[tuple[UUID, Sequence[Problem]]],
    *,
    credential_id: UUID,
    at: datetime,
) -> None:
    values = [
        {
            "statement_id": statement_id,
            "credential_id": credential_id,
            "problems": _as_json(problems),
            "recorded": at,
        }
        for statement_id, problems in repaired
    ]
    if values:
        connection.execute(sa.insert(statement_repair), values)


def hold(
    connection: sa.Connection,
    held: Iterable[tuple[Any, Sequence[Problem]]],
    *,
    credential_id: UUID,
    at: datetime,
    version: str = "1.0.3",
) -> list[UUID]:
    """Keep statements as they came, with what is wrong with each; returns the ids they have here, in their order."""
    values: list[dict[str, Any]] = [
        {
            "id": uuid4(),
            "credential_id": credential_id,
            "raw": orjson.dumps(statement).decode(),
            "problems": _as_json(problems),
            "received": at,
            "version": version,
        }
        for statement, problems in held
    ]
    if values:
        connection.execute(sa.insert(quarantine), values)
    return [row["id"] for row in values]


def held_rows(
    connection: sa.Connection, *, settled: bool = False, after: HeldPlace | None = None, limit: int = 100
) -> list[HeldRow]:
    """A page of what waits (or, ``settled``, of what no longer does), the oldest first."""
    query = sa.select(quarantine).where(_settled(settled))
    if after is not None:
        place = sa.tuple_(quarantine.c.received, quarantine.c.id)
        mark = sa.tuple_(sa.literal(after.received, quarantine.c.received.type), sa.literal(after.id, sa.Uuid))
        query = query.where(place > mark)
    query = query.order_by(quarantine.c.received, quarantine.c.id).limit(limit)
    return [row_of(row) for row in connection.execute(query)]


def count_held(connection: sa.Connection, *, settled: bool = False) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(quarantine).where(_settled(settled))) or 0


def held_row(connection: sa.Connection, held_id: UUID, *, lock: bool = False) -> HeldRow | None:
    """One by its id; ``lock`` keeps another replay of it waiting until this transaction ends."""
    query = sa.select(quarantine).where(quarantine.c.id == held_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return row_of(row) if row else None


def set_correction(connection: sa.Connection, held_id: UUID, fixed: str, problems: Sequence[Problem]) -> None:
    values = {"fixed": fixed, "problems": _as_json(problems)}
    connection.execute(sa.update(quarantine).where(quarantine.c.id == held_id).values(values))


def set_problems(connection: sa.Connection, held_id: UUID, problems: Sequence[Problem]) -> None:
    values = {"problems": _as_json(problems)}
    connection.execute(sa.update(quarantine).where(quarantine.c.id == held_id).values(values))


def settle(
    connection: sa.Connection,
    held_id: UUID,
    *,
    outcome: str,
    at: datetime,
    statement_id: UUID | None = None,
    because: str | None = None,
) -> None:
    """Take it from what waits: it was ``replayed`` as ``statement_id``, or ``dropped`` with a reason."""
    values = {"outcome": outcome, "settled": at, "statement_id": statement_id, "because": because}
    connection.execute(sa.update(quarantine).where(quarantine.c.id == held_id).values(values))


def _settled(settled: bool) -> sa.ColumnElement[bool]:
    return quarantine.c.settled.is_not(None) if settled else quarantine.c.settled.is_(None)


def _as_json(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [problem.as_dict() for problem in problems]


def row_of(row: Any) -> HeldRow:
    problems = tuple(Problem(**({"place": ""} | problem)) for problem in row.problems)
    return HeldRow(**(dict(row._mapping) | {"problems": problems}))
