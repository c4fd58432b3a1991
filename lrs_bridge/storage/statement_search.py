"""Finding statements by the filters of xAPI Communication 2.1.3, a page at a time, in the order of the cursor.

Where the query names an agent or an activity, its links are walked in that order and the walk ends with the page: a
page of an agent with ten statements and one of an agent with ten million cost the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import MICROSECOND, Instant
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


class Shape(NamedTuple):
    """What a window looks like, whatever its values: one query, built once, serves all windows of one shape."""

    has_since: bool
    has_after: bool
    ascending: bool

    def conditions(self, stored: sa.ColumnElement[Any], key: sa.ColumnElement[Any]) -> Iterator[sa.ColumnElement[bool]]:
        yield stored <= _instant("through")
        if self.has_since:
            yield stored > _instant("since")
        if self.has_after:
            place, mark = sa.tuple_(stored, key), sa.tuple_(_instant("after_stored"), _key("after_id"))
            yield place > mark if self.ascending else place < mark

    def order(self, *columns: sa.ColumnElement[Any]) -> list[sa.ColumnElement[Any]]:
        return [column.asc() if self.ascending else column.desc() for column in columns]


def _instant(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=Instant())


def _key(name: str) -> sa.BindParameter[UUID]:
    return sa.bindparam(name, type_=sa.Uuid())


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

    @property
    def shape(self) -> Shape:
        return Shape(self.since is not None, self.after is not None, self.ascending)

    def values(self) -> dict[str, Any]:
        """What its shape leaves open in a query."""
        through = self.through if self.until is None else min(self.until, self.through)
        after = {"after_stored": self.after.stored, "after_id": self.after.id} if self.after else {}
        return {"through": through} | ({"since": self.since} if self.since else {}) | after

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
    links = _links(Filters(authorities=authorities))
    query = sa.select(statement.c.stored, statement.c.id, statement.c.raw).where(
        statement.c.id == statement_id, statement.c.voided == voided, *map(_has, links)
    )
    row = connection.execute(query, _keys(links)).one_or_none()
    return (Cursor(row.stored, row.id), row.raw) if row else None


def find_statements(connection: sa.Connection, filters: Filters, window: Window, *, limit: int) -> list[Found]:
    """At most ``limit`` statements of ``window`` that match ``filters`` themselves."""
    links = _links(filters)
    columns = tuple(name for name in COLUMNS if getattr(filters, name) is not None)
    query = _page_query(tuple(links), columns, window.shape)
    return _found(connection, query, window.values() | _values(filters, links) | {"most": limit})


def read_statements(
    connection: sa.Connection, ids: Collection[UUID], visible: Filters, window: Window, *, limit: int
) -> list[Found]:
    """Those of ``ids`` that lie in ``window`` and match ``visible``."""
    links = _links(visible)
    query = _along_statements(window.shape).where(statement.c.id.in_(ids), *map(_has, links))
    return _found(connection, query, window.values() | _keys(links) | {"most": limit})


def matching(connection: sa.Connection, filters: Filters, ids: Collection[UUID]) -> set[UUID]:
    """Those of ``ids`` that match ``filters``, voided ones included."""
    links = _links(filters)
    query = sa.select(statement.c.id).where(statement.c.id.in_(ids), *_conditions(filters, links))
    return set(connection.scalars(query, _values(filters, links)))


def some_matching(connection: sa.Connection, filters: Filters, *, limit: int) -> set[UUID]:
    """At most ``limit`` statements that match ``filters``, in no order, voided ones included."""
    links = _links(filters)
    query = sa.select(statement.c.id).where(*_conditions(filters, links)).limit(limit)
    return set(connection.scalars(query, _values(filters, links)))


COLUMNS = {"verb": statement.c.verb_key, "registration": statement.c.registration}
"""The filters that are columns of a statement."""


class Link(NamedTuple):
    """Links that a statement must have: to the key ``name``, in one of the ``usages``, or in any if none is named."""

    table: sa.Table
    column: str
    name: str
    usages: frozenset[int]

    def chosen(self, links: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
        yield links.c[self.column] == _key(self.name)
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


def _links(filters: Filters) -> dict[Link, UUID]:
    """With the key of each. The one that the fewest statements have, as a rule, comes first."""
    found: dict[Link, UUID] = {}
    if filters.agent:
        found[Link(statement_agent, "agent_key", "agent", filters.agent[1])] = filters.agent[0]
    if filters.activity:
        found[Link(statement_activity, "activity_key", "activity", filters.activity[1])] = filters.activity[0]
    for number, (key, usages) in enumerate(filters.authorities):
        found[Link(statement_agent, "agent_key", f"authority_{number}", usages)] = key
    return found


def _keys(links: dict[Link, UUID]) -> dict[str, Any]:
    return {link.name: key for link, key in links.items()}


def _values(filters: Filters, links: dict[Link, UUID]) -> dict[str, Any]:
    own = {name: getattr(filters, name) for name in COLUMNS}
    return {name: value for name, value in own.items() if value is not None} | _keys(links)


def _conditions(filters: Filters, links: Iterable[Link]) -> list[sa.ColumnElement[bool]]:
    columns = [column == _key(name) for name, column in COLUMNS.items() if getattr(filters, name) is not None]
    return [*columns, *map(_has, links)]


@lru_cache(256)
def _page_query(links: tuple[Link, ...], columns: tuple[str, ...], shape: Shape) -> sa.Select[Any]:
    """Building it costs more than asking it, and there are few kinds of questions."""
    wanted = [COLUMNS[name] == _key(name) for name in columns]
    if not links or "registration" in columns:  # a registration is rarer than any of them
        return _along_statements(shape).where(*wanted, *map(_has, links))
    return _along_links(links[0], shape).where(*wanted, *map(_has, links[1:]))


def _along_statements(shape: Shape) -> sa.Select[Any]:
    stored, key = statement.c.stored, statement.c.id
    query = sa.select(stored, key, statement.c.raw).where(~statement.c.voided, *shape.conditions(stored, key))
    return query.order_by(*shape.order(stored, key)).limit(sa.bindparam("most", type_=sa.Integer()))


def _along_links(lead: Link, shape: Shape) -> sa.Select[Any]:
    """Along the links of one agent or activity."""
    link = lead.table.alias("link")
    stored, key = link.c.stored, link.c.statement_id
    query = (
        sa.select(stored, key, statement.c.raw)
        .join_from(link, statement, statement.c.id == key)
        .where(*lead.chosen(link), *shape.conditions(stored, key), ~statement.c.voided)
        .order_by(*shape.order(stored, key))
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )
    return query if len(lead.usages) == 1 else query.where(~lead.repeated(link))


def _has(link: Link) -> sa.ColumnElement[bool]:
    return link.held_by(statement.c.stored, statement.c.id)


def _found(connection: sa.Connection, query: sa.Select[Any], values: dict[str, Any]) -> list[Found]:
    return [(Cursor(stored, key), raw) for stored, key, raw in connection.execute(query, values)]
