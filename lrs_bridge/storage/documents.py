"""Documents: read, listed, and written under the lock of their row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.actors import digest_key
from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.base import MICROSECOND
from lrs_bridge.storage.schema.documents import document


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents of one scope, with what is kept in the open about it."""

    key: UUID
    resource: str
    activity: str
    agent_key: UUID | None
    registration: UUID | None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    content_type: str
    body: bytes
    etag: str
    updated: datetime


Content = tuple[str, bytes, str]
"""Content type, body and entity tag of what shall be stored."""
Make = Callable[[StoredDocument | None], Content]


def find_document(connection: sa.Connection, shelf: Shelf, document_id: str) -> StoredDocument | None:
    row = connection.execute(_one(shelf, document_id)).one_or_none()
    return StoredDocument(*row) if row else None


def list_documents(
    connection: sa.Connection, shelf: Shelf, *, since: datetime | None = None
) -> list[tuple[str, datetime]]:
    """Ids and times of the last change, in the order of the ids."""
    query = sa.select(document.c.document_id, document.c.updated).where(document.c.scope_key == shelf.key)
    if since is not None:
        query = query.where(document.c.updated > since)
    return sorted((row.document_id, row.updated) for row in connection.execute(query))


def write_document(
    connection: sa.Connection,
    shelf: Shelf,
    document_id: str,
    make: Make,
    *,
    at: datetime,
) -> None:
    """Store what ``make`` makes of the document that is there, which nobody else changes meanwhile.

    PostgreSQL cannot lock a row that is not there yet. Where another writer inserts it first, our INSERT waits for
    that commit and then does nothing, and we begin again with the row that is there now.
    """
    while True:
        known = connection.execute(_one(shelf, document_id).with_for_update()).one_or_none()
        stored = StoredDocument(*known) if known else None
        content = make(stored)
        if stored is not None:
            _update(connection, shelf, document_id, content, max(at, stored.updated + MICROSECOND))
            return
        if _insert(connection, shelf, document_id, content, at):
            return


def delete_document(
    connection: sa.Connection, shelf: Shelf, document_id: str, allow: Callable[[StoredDocument | None], None]
) -> None:
    """``allow`` sees what is there, and raises to keep it."""
    known = connection.execute(_one(shelf, document_id).with_for_update()).one_or_none()
    allow(StoredDocument(*known) if known else None)
    connection.execute(sa.delete(document).where(*_place(shelf, document_id)))


def delete_all(connection: sa.Connection, shelf: Shelf, allow: Callable[[list[str]], None]) -> None:
    """All documents of a scope. ``allow`` sees their ids, and raises to keep them."""
    mine = document.c.scope_key == shelf.key
    query = sa.select(document.c.document_id).where(mine).order_by(document.c.document_key).with_for_update()
    allow(sorted(connection.scalars(query)))
    connection.execute(sa.delete(document).where(mine))


def _place(shelf: Shelf, document_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return document.c.scope_key == shelf.key, document.c.document_key == digest_key(document_id)


def _one(shelf: Shelf, document_id: str) -> sa.Select[Any]:
    columns = (document.c.content_type, document.c.body, document.c.etag, document.c.updated)
    return sa.select(*columns).where(*_place(shelf, document_id))


def _values(content: Content, at: datetime) -> dict[str, Any]:
    content_type, body, etag = content
    return {"content_type": content_type, "body": body, "etag": etag, "updated": at}


def _update(connection: sa.Connection, shelf: Shelf, document_id: str, content: Content, at: datetime) -> None:
    connection.execute(sa.update(document).where(*_place(shelf, document_id)).values(_values(content, at)))


def _insert(connection: sa.Connection, shelf: Shelf, document_id: str, content: Content, at: datetime) -> bool:
    values = _values(content, at) | {
        "scope_key": shelf.key,
        "document_key": digest_key(document_id),
        "document_id": document_id,
        "resource": shelf.resource,
        "activity": shelf.activity,
        "agent_key": shelf.agent_key,
        "registration": shelf.registration,
    }
    insert = insert_new(connection, document).values(values).on_conflict_do_nothing()
    return connection.execute(insert.returning(document.c.scope_key)).one_or_none() is not None
