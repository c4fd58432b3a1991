"""Finding statements by the filters of xAPI Communication 2.1.3, a page at a time, in the order of the cursor.

Where the query names an agent or an activity, its links are walked in that order and the walk ends with the page: a
page of an agent with ten statements and one of an agent with ten million cost the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import MICROSECOND
from lrs_bridge.storage.schema.statements import statement, statement_activity, statement_agent
from lrs_bridge.storage.statements import Cursor

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
    links = [] if filters.registration else _links(filters)  # a registration is rarer than any of them
    if not links:
        return _read(connection, window, limit, *_conditions(filters))
    lead, *others = links
    rest = [*_columns(filters), *(_has(link) for link in others)]
    return _read_along(connection, lead, window, limit, *rest)


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


class Link(NamedTuple):
    """Links that a statement must have: those to ``key`` in one of the ``usages``, or in any where none is named."""

    table: sa.Table
    column: str
    key: UUID
    usages: frozenset[int]

    def chosen(self, links: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
        yield links.c[self.column] == self.key
        if self.usages:
            yield links.c.usage.in_(sorted(self.usages))

    def held_by(self, stored: sa.ColumnElement[Any], key: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether the statement has one: one place in the key of the links."""
        links = self.table.alias()
        return sa.exists().where(links.c.stored == stored, links.c.statement_id == key, *self.chosen(links))

    def repeated(self, link: sa.FromClause) -> sa.ColumnElement[bool]:
        """Whether the statement of ``link`` has an earlier one: linked twice, it is found once."""
        links = self.table.alias()
        same = links.c.stored == link.c.stored, links.c.statement_id == link.c.statement_id
        return sa.exists().where(*same, *self.chosen(links), links.c.usage < link.c.usage)


def _links(filters: Filters) -> list[Link]:
    """The one that the fewest statements have, as a rule, comes first."""
    found = [Link(statement_agent, "agent_key", *filters.agent)] if filters.agent else []
    if filters.activity:
        found.append(Link(statement_activity, "activity_key", *filters.activity))
    return found + [Link(statement_agent, "agent_key", *authority) for authority in filters.authorities]


def _columns(filters: Filters) -> Iterator[sa.ColumnElement[bool]]:
    if filters.verb is not None:
        yield statement.c.verb_key == filters.verb
    if filters.registration is not None:
        yield statement.c.registration == filters.registration


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    return [*_columns(filters), *(_has(link) for link in _links(filters))]


def _read(connection: sa.Connection, window: Window, limit: int, *conditions: sa.ColumnElement[bool]) -> list[Found]:
    """Along the statements themselves."""
    query = sa.select(statement.c.stored, statement.c.id, statement.c.raw).where(
        ~statement.c.voided, *window.conditions(statement.c.stored, statement.c.id), *conditions
    )
    query = query.order_by(*window.order(statement.c.stored, statement.c.id)).limit(limit)
    return _found(connection, query)


def _read_along(
    connection: sa.Connection, lead: Link, window: Window, limit: int, *conditions: sa.ColumnElement[bool]
) -> list[Found]:
    """Along the links of one agent or activity."""
    link = lead.table.alias("link")
    stored, key = link.c.stored, link.c.statement_id
    query = (
        sa.select(stored, key, statement.c.raw)
        .join_from(link, statement, statement.c.id == key)
        .where(*lead.chosen(link), *window.conditions(stored, key), ~statement.c.voided, *conditions)
        .order_by(*window.order(stored, key))
        .limit(limit)
    )
    if len(lead.usages) != 1:
        query = query.where(~lead.repeated(link))
    return _found(connection, query)


def _has(link: Link) -> sa.ColumnElement[bool]:
    return link.held_by(statement.c.stored, statement.c.id)


def _found(connection: sa.Connection, query: sa.Select[Any]) -> list[Found]:
    return [(Cursor(stored, key), raw) for stored, key, raw in connection.execute(query)]
