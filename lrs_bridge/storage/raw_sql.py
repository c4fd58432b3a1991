"""SQL for the hot path, on the driver itself: SQLAlchemy's own cost per row is several times the driver's.

The SQL is made once per table and dialect from the same table objects. SQLite takes row after row; PostgreSQL takes
one array a column, so that any number of rows is one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import Instant

Row = Sequence[Any]
"""The values of a table's columns, in their order."""
LONGEST_LIST = 500
"""Keys in one query."""


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
            cursor.executemany(_sqlite_insert(table), _encoded(table, rows))
        else:
            cursor.execute(_postgresql_insert(table), _columns(rows))


def insert_new_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> set[UUID]:
    """Insert the rows whose id, the first column, is not there yet; returns the ids that were new."""
    if not rows:
        return set()
    key = next(iter(table.c)).name
    with raw_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            insert = f"{_sqlite_insert(table)} ON CONFLICT DO NOTHING"
            return {
                row[0]
                for row, encoded in zip(rows, _encoded(table, rows), strict=True)
                if cursor.execute(insert, encoded).rowcount == 1
            }
        cursor.execute(f"{_postgresql_insert(table)} ON CONFLICT DO NOTHING RETURNING {key}", _columns(rows))
        return {row[0] for row in cursor.fetchall()}


def select_by_keys(
    connection: sa.Connection,
    columns: Sequence[sa.Column[Any]],
    key: sa.Column[UUID],
    keys: Collection[UUID],
    where: str,
) -> list[tuple[Any, ...]]:
    """The ``columns`` (UUIDs, dates, texts) of the rows whose ``key`` is one of ``keys``, as far as ``where`` holds."""
    found: list[tuple[Any, ...]] = []
    is_sqlite = connection.dialect.name == "sqlite"
    wanted = list(keys)
    with raw_cursor(connection) as cursor:
        for start in range(0, len(wanted), LONGEST_LIST):
            part = wanted[start : start + LONGEST_LIST]
            if is_sqlite:
                cursor.execute(_sqlite_select(tuple(columns), key, where, len(part)), [one.hex for one in part])
                found += (_decoded(columns, row) for row in cursor.fetchall())
            else:
                cursor.execute(_postgresql_select(tuple(columns), key, where), [part])
                found += cursor.fetchall()
    return found


@lru_cache
def _sqlite_select(columns: tuple[sa.Column[Any], ...], key: sa.Column[UUID], where: str, count: int) -> str:
    marks = ", ".join("?" * count)
    return f"{_select(columns, key)} IN ({marks}) AND {where}"


@lru_cache
def _postgresql_select(columns: tuple[sa.Column[Any], ...], key: sa.Column[UUID], where: str) -> str:
    return f"{_select(columns, key)} = ANY(%s) AND {where}"


def _select(columns: tuple[sa.Column[Any], ...], key: sa.Column[UUID]) -> str:
    names = ", ".join(column.name for column in columns)
    return f"SELECT {names} FROM {key.table} WHERE {key.name}"  # noqa: S608 - names of our own tables


def _decoded(columns: Sequence[sa.Column[Any]], row: Row) -> tuple[Any, ...]:
    """From SQLite, which keeps UUIDs and dates as text."""
    return tuple(
        value if value is None else _DECODERS.get(type(column.type), _as_is)(value)
        for column, value in zip(columns, row, strict=True)
    )


def _as_is(value: Any) -> Any:
    return value


_DECODERS: dict[type[Any], Callable[[Any], Any]] = {sa.Uuid: UUID, sa.Date: date.fromisoformat}


@lru_cache
def _sqlite_insert(table: sa.Table) -> str:
    marks = ", ".join("?" for _ in table.c)
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})"  # noqa: S608 - names of our own tables


@lru_cache
def _postgresql_insert(table: sa.Table) -> str:
    arrays = ", ".join(f"%s::{_postgresql_type(column)}[]" for column in table.c)
    return f"INSERT INTO {table.name} ({_names(table)}) SELECT * FROM unnest({arrays})"  # noqa: S608


def _names(table: sa.Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.c)


def _postgresql_type(column: sa.Column[Any]) -> str:
    names = ((sa.Uuid, "uuid"), (Instant, "bigint"), (sa.SmallInteger, "smallint"), (sa.BigInteger, "bigint"),
             (sa.Boolean, "boolean"), (sa.Text, "text"))  # fmt: skip
    return next(name for kind, name in names if isinstance(column.type, kind))


@lru_cache
def _uuid_places(table: sa.Table) -> tuple[int, ...]:
    return tuple(place for place, column in enumerate(table.c) if isinstance(column.type, sa.Uuid))


def _encoded(table: sa.Table, rows: Iterable[Row]) -> Iterable[Row]:
    """For SQLite, which keeps a UUID as its 32 hexadecimal digits."""
    places = _uuid_places(table)
    for row in rows:
        encoded = list(row)
        for place in places:
            if (value := encoded[place]) is not None:
                encoded[place] = value.hex
        yield encoded


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
