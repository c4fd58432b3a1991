"""Statements: inserted once, with the links they can be found by, and voided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.raw_sql import insert_new_rows, insert_rows, select_by_keys
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.storage.schema.statements import (
    statement,
    statement_activity,
    statement_agent,
    statement_reference,
)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement as it will be answered, with the keys it can be found by."""

    id: UUID
    stored: datetime
    raw: str
    verb_key: UUID
    registration: UUID | None
    agents: Sequence[tuple[UUID, int]]
    activities: Sequence[tuple[UUID, int]]
    references: Sequence[tuple[UUID, bool]]
    voiding: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the order of ``(stored, id)``."""

    stored: datetime
    id: UUID


def insert_statements(connection: sa.Connection, rows: Sequence[StatementRow]) -> set[UUID]:
    """Insert what is new with its links; returns the ids that were new. The rest is for the caller to compare."""
    # in the order of the ids, so that two writers of the same batch never wait for each other in a circle
    ordered = sorted(rows, key=lambda row: row.id)
    values = [(row.id, _micros(row), row.verb_key, row.registration, False, row.voiding, row.raw) for row in ordered]
    fresh = insert_new_rows(connection, statement, values)
    _insert_links(connection, [row for row in rows if row.id in fresh])
    return fresh


def _insert_links(connection: sa.Connection, rows: Sequence[StatementRow]) -> None:
    agents = [(key, _micros(row), row.id, int(usage)) for row in rows for key, usage in row.agents]
    activities = [(key, _micros(row), row.id, int(usage)) for row in rows for key, usage in row.activities]
    references = [(row.id, target, voiding, _micros(row)) for row in rows for target, voiding in row.references]
    insert_rows(connection, statement_agent, agents)
    insert_rows(connection, statement_activity, activities)
    insert_rows(connection, statement_reference, references)


def _micros(row: StatementRow) -> int:
    return (row.stored - EPOCH) // MICROSECOND


def raw_statements(connection: sa.Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    query = sa.select(statement.c.id, statement.c.raw).where(statement.c.id.in_(list(ids)))
    return {row.id: row.raw for row in connection.execute(query)}


def void(connection: sa.Connection, rows: Sequence[StatementRow]) -> set[UUID]:
    """Mark what the new rows void, and new rows that an earlier statement voids; returns the ids newly voided.

    xAPI Data 2.3.2: a voiding statement cannot itself be voided, and may arrive before what it voids.
    """
    targets = {target for row in rows for target, voiding in row.references if voiding}
    target = statement_reference.c.target_id
    early = select_by_keys(connection, (target,), target, [row.id for row in rows], "voiding")
    targets |= {found for (found,) in early}
    if not targets:
        return set()
    update = (
        sa.update(statement)
        .where(statement.c.id.in_(targets), ~statement.c.voiding, ~statement.c.voided)
        .values(voided=True)
        .returning(statement.c.id)
    )
    return set(connection.scalars(update))
