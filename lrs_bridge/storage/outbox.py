"""Targets, sources and dead letters in the database; a target's place moves only where it was when it was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.base import EPOCH
from lrs_bridge.storage.schema.outbox import dead_letter, outbound_target
from lrs_bridge.storage.schema.statements import statement
from lrs_bridge.storage.statements import Cursor

START = Cursor(EPOCH, UUID(int=0))


class Waiting(NamedTuple):
    """A statement on its way: its place and its JSON text."""

    cursor: Cursor
    raw: str


def statements_after(connection: sa.Connection, after: Cursor, *, through: datetime, limit: int) -> list[Waiting]:
    """The next statements in the order of ``(stored, id)``, voided ones too: what voids them follows them."""
    place = sa.tuple_(statement.c.stored, statement.c.id)
    mark = sa.tuple_(sa.literal(after.stored, statement.c.stored.type), sa.literal(after.id, sa.Uuid))
    query = (
        sa.select(statement.c.stored, statement.c.id, statement.c.raw)
        .where(place > mark, statement.c.stored <= through)
        .order_by(statement.c.stored, statement.c.id)
        .limit(limit)
    )
    return [Waiting(Cursor(row.stored, row.id), row.raw) for row in connection.execute(query)]


def lag_after(connection: sa.Connection, after: Cursor, *, most: int | None = None) -> tuple[int, datetime | None]:
    """How many statements lie behind a place (counted up to ``most``), and when the first of them was stored."""
    behind = (
        sa.select(statement.c.stored)
        .where(
            (statement.c.stored > after.stored) | ((statement.c.stored == after.stored) & (statement.c.id > after.id))
        )
        .order_by(statement.c.stored, statement.c.id)
        .limit(most)
        .subquery()
    )
    count, first = connection.execute(sa.select(sa.func.count(), sa.func.min(behind.c.stored))).one()
    return count, first


def targets(connection: sa.Connection, kind: str | None = None) -> list[sa.Row[Any]]:
    query = sa.select(outbound_target).order_by(outbound_target.c.name)
    if kind is not None:
        query = query.where(outbound_target.c.kind == kind)
    return list(connection.execute(query))


def target_named(connection: sa.Connection, kind: str, name: str) -> sa.Row[Any] | None:
    query = sa.select(outbound_target).where(outbound_target.c.kind == kind, outbound_target.c.name == name)
    return connection.execute(query).one_or_none()


def target_of_id(connection: sa.Connection, target_id: UUID) -> sa.Row[Any] | None:
    return connection.execute(sa.select(outbound_target).where(outbound_target.c.id == target_id)).one_or_none()


def add_target(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    """False where the kind has a target of that name already."""
    insert = insert_new(connection, outbound_target).values(**values).on_conflict_do_nothing()
    return connection.execute(insert.returning(outbound_target.c.id)).one_or_none() is not None


def change_target(connection: sa.Connection, target_id: UUID, **values: Any) -> None:
    connection.execute(sa.update(outbound_target).where(outbound_target.c.id == target_id).values(**values))


def remove_target(connection: sa.Connection, target_id: UUID) -> None:
    connection.execute(sa.delete(dead_letter).where(dead_letter.c.target_id == target_id))
    connection.execute(sa.delete(outbound_target).where(outbound_target.c.id == target_id))


def move_on(
    connection: sa.Connection, target_id: UUID, *, since: Cursor, to: Cursor, delivered: int, at: datetime
) -> bool:
    """Move a target's place from where it was read to where it is now; False where somebody else moved it."""
    here = (outbound_target.c.stored == since.stored) & (outbound_target.c.statement_id == since.id)
    update = sa.update(outbound_target).where(outbound_target.c.id == target_id, here)
    changed = update.values(
        stored=to.stored, statement_id=to.id, delivered=outbound_target.c.delivered + delivered, **success_at(at)
    )
    return connection.execute(changed).rowcount == 1


def success_at(at: datetime) -> dict[str, Any]:
    return {"failures": 0, "next_attempt": None, "last_success": at, "last_error": ""}


def bury(connection: sa.Connection, target_id: UUID, refused: Iterable[tuple[UUID, str]], *, at: datetime) -> None:
    """Keep what a target refused; what was tried again and refused again gets its newer reason."""
    values = [
        {"target_id": target_id, "statement_id": statement_id, "reason": reason, "again": False, "recorded": at}
        for statement_id, reason in refused
    ]
    if values:
        insert = insert_new(connection, dead_letter)
        newer = {name: insert.excluded[name] for name in ("reason", "again", "recorded")}
        keys = [dead_letter.c.target_id, dead_letter.c.statement_id]
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=newer), values)


def dead_letters(
    connection: sa.Connection, target_id: UUID, *, again: bool | None = None, limit: int | None = None
) -> Sequence[sa.Row[Any]]:
    """Oldest first, each with its statement (empty where it is no longer stored)."""
    query = (
        sa.select(dead_letter, statement.c.stored, statement.c.raw)
        .join_from(dead_letter, statement, dead_letter.c.statement_id == statement.c.id, isouter=True)
        .where(dead_letter.c.target_id == target_id)
        .order_by(dead_letter.c.recorded, dead_letter.c.statement_id)
        .limit(limit)
    )
    if again is not None:
        query = query.where(dead_letter.c.again == again)
    return connection.execute(query).all()


def dead_letter_count(connection: sa.Connection, target_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(dead_letter).where(dead_letter.c.target_id == target_id)
    return connection.scalar(query) or 0


def ask_again(connection: sa.Connection, target_id: UUID, statement_id: UUID | None) -> int:
    """Mark one dead letter, or all of a target; returns how many."""
    update = sa.update(dead_letter).where(dead_letter.c.target_id == target_id)
    if statement_id is not None:
        update = update.where(dead_letter.c.statement_id == statement_id)
    return connection.execute(update.values(again=True)).rowcount


def drop_dead_letters(connection: sa.Connection, target_id: UUID, ids: Collection[UUID]) -> None:
    if ids:
        condition = dead_letter.c.statement_id.in_(ids)
        connection.execute(sa.delete(dead_letter).where(dead_letter.c.target_id == target_id, condition))
