"""Statements: inserted once, voided, found by the filters of xAPI Communication 2.1.3."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
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


Found = tuple[Cursor, str]
"""A statement's place, and its JSON text."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a statement must be about. Agents and activities come with the usages that count for this query.

    ``authorities``: a reader of its own statements sees those whose authority names all of these, and no others.
    """

    agent: tuple[UUID, frozenset[int]] | None = None
    activity: tuple[UUID, frozenset[int]] | None = None
    verb: UUID | None = None
    registration: UUID | None = None
    authorities: tuple[tuple[UUID, frozenset[int]], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether every statement that the reader may see matches."""
        return not (self.agent or self.activity or self.verb or self.registration)


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of ``(stored, id)`` to look at, and its direction; nothing in it is later than ``through``.

    ``since`` itself is not included, ``until`` is (xAPI Communication 2.1.3).
    """

    through: datetime
    since: datetime | None = None
    until: datetime | None = None
    after: Cursor | None = None
    ascending: bool = False

    def conditions(self, stored: sa.Column[datetime], key: sa.Column[UUID]) -> Iterator[sa.ColumnElement[bool]]:
        yield stored <= (self.through if self.until is None else min(self.until, self.through))
        if self.since is not None:
            yield stored > self.since
        if self.after is not None:
            place = sa.tuple_(stored, key)
            mark = sa.tuple_(sa.literal(self.after.stored, stored.type), sa.literal(self.after.id, sa.Uuid))
            yield place > mark if self.ascending else place < mark

    def order(self, *columns: sa.Column[Any]) -> list[sa.ColumnElement[Any]]:
        return [column.asc() if self.ascending else column.desc() for column in columns]

    def ending_at(self, last: Cursor) -> Window:
        """The part of it that ends with a place, seen in its direction."""
        if self.ascending:
            return replace(self, until=last.stored if self.until is None else min(self.until, last.stored))
        before = last.stored - MICROSECOND
        return replace(self, since=before if self.since is None else max(self.since, before))


def insert_statements(connection: sa.Connection, rows: Sequence[StatementRow]) -> set[UUID]:
    """Insert what is new with its links; returns the ids that were new. The rest is for the caller to compare."""
    # in the order of the ids, so that two writers of the same batch never wait for each other in a circle
    ordered = sorted(rows, key=lambda row: row.id)
    values = [(row.id, _micros(row), row.verb_key, row.registration, False, row.voiding, row.raw) for row in ordered]
    fresh = insert_new_rows(connection, statement, values)
    _insert_links(connection, [row for row in rows if row.id in fresh])
    return fresh


def _insert_links(connection: sa.Connection, rows: Sequence[StatementRow]) -> None:
    agents = [(row.id, key, int(usage), _micros(row)) for row in rows for key, usage in row.agents]
    activities = [(row.id, key, int(usage), _micros(row)) for row in rows for key, usage in row.activities]
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


def find_one(
    connection: sa.Connection,
    statement_id: UUID,
    *,
    voided: bool,
    authorities: tuple[tuple[UUID, frozenset[int]], ...] = (),
) -> Found | None:
    """The statement, if it is there, is (not) voided as asked, and was written by the ``authorities`` where given."""
    query = sa.select(statement.c.stored, statement.c.id, statement.c.raw).where(
        statement.c.id == statement_id, statement.c.voided == voided, *_conditions(Filters(authorities=authorities))
    )
    row = connection.execute(query).one_or_none()
    return (Cursor(row.stored, row.id), row.raw) if row else None


def find_statements(connection: sa.Connection, filters: Filters, window: Window, *, limit: int) -> list[Found]:
    """At most ``limit`` statements of ``window`` that match ``filters`` themselves."""
    return _read(connection, window, limit, *_conditions(filters))


def read_statements(
    connection: sa.Connection, ids: Collection[UUID], visible: Filters, window: Window, *, limit: int
) -> list[Found]:
    """Those of ``ids`` that lie in ``window`` and match ``visible``."""
    return _read(connection, window, limit, statement.c.id.in_(ids), *_conditions(visible))


def matching(connection: sa.Connection, filters: Filters, ids: Collection[UUID]) -> set[UUID]:
    """Those of ``ids`` that match ``filters``, voided ones included."""
    query = sa.select(statement.c.id).where(statement.c.id.in_(ids), *_conditions(filters))
    return set(connection.scalars(query))


def some_matching(connection: sa.Connection, filters: Filters, *, limit: int) -> set[UUID]:
    """At most ``limit`` statements that match ``filters``, in no order, voided ones included."""
    return set(connection.scalars(sa.select(statement.c.id).where(*_conditions(filters)).limit(limit)))


def _read(connection: sa.Connection, window: Window, limit: int, *conditions: sa.ColumnElement[bool]) -> list[Found]:
    query = sa.select(statement.c.stored, statement.c.id, statement.c.raw).where(
        ~statement.c.voided, *window.conditions(statement.c.stored, statement.c.id), *conditions
    )
    query = query.order_by(*window.order(statement.c.stored, statement.c.id)).limit(limit)
    return [(Cursor(row.stored, row.id), row.raw) for row in connection.execute(query)]


def _conditions(filters: Filters) -> Iterable[sa.ColumnElement[bool]]:
    for key in (filters.agent, *filters.authorities):
        if key is not None:
            yield _linked(statement_agent, statement_agent.c.agent_key, *key)
    if filters.activity is not None:
        yield _linked(statement_activity, statement_activity.c.activity_key, *filters.activity)
    if filters.verb is not None:
        yield statement.c.verb_key == filters.verb
    if filters.registration is not None:
        yield statement.c.registration == filters.registration


def _linked(table: sa.Table, column: sa.Column[UUID], key: UUID, usages: frozenset[int]) -> sa.ColumnElement[bool]:
    links = sa.select(table.c.statement_id).where(column == key)
    if usages:
        links = links.where(table.c.usage.in_(sorted(usages)))
    return statement.c.id.in_(links)
