"""SQL for the hot path, on the driver itself: SQLAlchemy's own cost per row is several times the driver's.

The SQL is made once per table and dialect from the same table objects. PostgreSQL takes one array a column, so that any
number of rows is one round trip. SQLite takes many rows a statement: around each step its driver lets other threads
run, and under load it waits for them to let it go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.storage.schema.base import Instant

Row = Sequence[Any]
"""The values of a table's columns, in their order."""
Decoders = tuple[tuple[int, Callable[[Any], Any]], ...]
"""The places of the values that the driver gives as others than they are, and what makes them right."""
Among = tuple[sa.Column[Any], Collection[str]]
LONGEST_LIST = 500
"""Keys in one query."""
ROWS_AT_ONCE = (64, 16, 4, 1)
"""Rows in one INSERT into SQLite: few different statements, which stay prepared."""


@contextmanager
def raw_cursor(connection: sa.Connection) -> Iterator[Any]:
    """The driver's cursor, inside the transaction of ``connection``; its errors are SQLAlchemy's all the same."""
    dbapi: Any = connection.dialect.dbapi
    try:
        yield connection.connection.cursor()
    except dbapi.Error as error:  # a full disk, a database that went away
        raise sa.exc.DBAPIError.instance("", (), error, dbapi.Error) from error


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows that are new for certain."""
    if not rows:
        return
    with raw_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            _insert_on_sqlite(cursor, table, rows)
        else:
            cursor.execute(_postgresql_insert(table), _columns(rows))


def write_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert the rows; where one of the same key is there, this one replaces it."""
    if not rows:
        return
    with raw_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            _insert_on_sqlite(cursor, table, rows, _over(table))
        else:
            cursor.execute(_postgresql_insert(table) + _over(table), _columns(rows))


def insert_new_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> set[UUID]:
    """Insert the rows whose id, the first column, is not there yet; returns the ids that were new."""
    if not rows:
        return set()
    key = next(iter(table.c)).name
    with raw_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            return _insert_new_on_sqlite(cursor, table, rows)
        cursor.execute(f"{_postgresql_insert(table)} ON CONFLICT DO NOTHING RETURNING {key}", _columns(rows))
        return {row[0] for row in cursor.fetchall()}


def _insert_on_sqlite(cursor: Any, table: sa.Table, rows: Sequence[Row], conflict: str = "") -> int:
    """Returns how many were inserted."""
    start = inserted = 0
    for size in ROWS_AT_ONCE:
        while len(rows) - start >= size:
            values = _encoded(table, rows[start : start + size])
            inserted += cursor.execute(_sqlite_insert(table, size, conflict), values).rowcount
            start += size
    return inserted


def _insert_new_on_sqlite(cursor: Any, table: sa.Table, rows: Sequence[Row]) -> set[UUID]:
    """All at once as a rule. Only where some were there already, one after the other, to see which."""
    skip = " ON CONFLICT DO NOTHING"
    if len(rows) > 1:
        cursor.execute("SAVEPOINT rows")
        if _insert_on_sqlite(cursor, table, rows, skip) == len(rows):
            cursor.execute("RELEASE rows")
            return {row[0] for row in rows}
        cursor.execute("ROLLBACK TO rows")
        cursor.execute("RELEASE rows")
    return {row[0] for row in rows if _insert_on_sqlite(cursor, table, [row], skip)}


def select_by_keys(
    connection: sa.Connection,
    columns: Sequence[sa.ColumnElement[Any]],
    key: sa.Column[UUID],
    keys: Collection[UUID],
    where: str,
    *,
    beside: str = "",
    among: Among | None = None,
) -> list[tuple[Any, ...]]:
    """The ``columns`` of the rows whose ``key`` is one of ``keys``, as far as ``where`` holds.

    Instants are whole microseconds, as they are kept.

    ``beside`` is the join that brings columns of another table; ``among`` a column of texts, and those to be found.
    """
    found: list[tuple[Any, ...]] = []
    is_sqlite = connection.dialect.name == "sqlite"
    wanted = list(keys)
    texts: list[Any] = []
    if among is not None:
        found_in = "IN (SELECT value FROM json_each(?))" if is_sqlite else "= ANY(%s)"
        where = f"{where} AND {among[0]} {found_in}"
        texts = [orjson.dumps(list(among[1])).decode() if is_sqlite else list(among[1])]
    with raw_cursor(connection) as cursor:
        for start in range(0, len(wanted), LONGEST_LIST):
            part = wanted[start : start + LONGEST_LIST]
            if is_sqlite:
                cursor.execute(_sqlite_select(tuple(columns), key, where, beside), [_as_list(part), *texts])
                found += _all_decoded(_decoders(tuple(columns)), cursor.fetchall())
            else:
                cursor.execute(_postgresql_select(tuple(columns), key, where, beside), [part, *texts])
                found += cursor.fetchall()
    return found


@lru_cache
def _sqlite_select(columns: tuple[sa.ColumnElement[Any], ...], key: sa.Column[UUID], where: str, beside: str) -> str:
    return f"{_select(columns, key, beside)} IN (SELECT value FROM json_each(?)) AND {where}"  # noqa: S608


def _as_list(keys: Iterable[UUID]) -> str:
    return orjson.dumps([key.hex for key in keys]).decode()


@lru_cache
def _postgresql_select(
    columns: tuple[sa.ColumnElement[Any], ...], key: sa.Column[UUID], where: str, beside: str
) -> str:
    return f"{_select(columns, key, beside)} = ANY(%s) AND {where}"


def _select(columns: tuple[sa.ColumnElement[Any], ...], key: sa.Column[UUID], beside: str) -> str:
    names = ", ".join(map(str, columns))
    return f"SELECT {names} FROM {key.table} {beside} WHERE {key}"  # noqa: S608 - names of our own tables


def _all_decoded(decoders: Decoders, rows: list[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
    """From SQLite, which keeps UUIDs, dates and JSON as text, and truth as a number."""
    return (_decoded(decoders, row) for row in rows) if decoders else rows


def _decoded(decoders: Decoders, row: Row) -> tuple[Any, ...]:
    values = list(row)
    for place, decode in decoders:
        if (value := values[place]) is not None:
            values[place] = decode(value)
    return tuple(values)


@lru_cache
def _decoders(columns: tuple[sa.ColumnElement[Any], ...]) -> Decoders:
    kinds = ((place, type(column.type)) for place, column in enumerate(columns))
    return tuple((place, _DECODERS[kind]) for place, kind in kinds if kind in _DECODERS)


_DECODERS: dict[type[Any], Callable[[Any], Any]] = {
    sa.Uuid: lru_cache(LONGEST_LIST)(UUID),  # the rows of one person follow each other
    sa.Date: date.fromisoformat,
    sa.Boolean: bool,
    sa.JSON: orjson.loads,
}


@lru_cache
def _sqlite_insert(table: sa.Table, count: int, conflict: str) -> str:
    marks = f"({', '.join('?' for _ in table.c)})"
    values = ", ".join([marks] * count)
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES {values}{conflict}"  # noqa: S608 - names of our own tables


@lru_cache
def _postgresql_insert(table: sa.Table) -> str:
    arrays = ", ".join(f"%s::{_postgresql_type(column)}[]" for column in table.c)
    return f"INSERT INTO {table.name} ({_names(table)}) SELECT * FROM unnest({arrays})"  # noqa: S608


@lru_cache
def _over(table: sa.Table) -> str:
    """What becomes of a row whose key is there."""
    keys = ", ".join(column.name for column in table.primary_key)
    others = ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in table.c if not c.primary_key)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {others}"


def _names(table: sa.Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.c)


def _postgresql_type(column: sa.Column[Any]) -> str:
    names = ((sa.Uuid, "uuid"), (Instant, "bigint"), (sa.SmallInteger, "smallint"), (sa.BigInteger, "bigint"),
             (sa.Integer, "integer"), (sa.JSON, "json"), (sa.LargeBinary, "bytea"),
             (sa.Boolean, "boolean"), (sa.Text, "text"), (sa.Float, "double precision"), (sa.Date, "date"))  # fmt: skip
    return next(name for kind, name in names if isinstance(column.type, kind))


@lru_cache
def _uuids(table: sa.Table) -> tuple[int, ...]:
    """Their places among the columns."""
    return tuple(place for place, column in enumerate(table.c) if isinstance(column.type, sa.Uuid))


def _encoded(table: sa.Table, rows: Iterable[Row]) -> list[Any]:
    """The values of all rows, for SQLite, which keeps a UUID as its 32 hexadecimal digits."""
    places = _uuids(table)
    values: list[Any] = []
    for row in rows:
        start = len(values)
        values += row
        for place in places:
            if (value := values[start + place]) is not None:
                values[start + place] = value.hex
    return values


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
