"""The contents that came with statements: rows beside the statement, files in the data folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.content import ContentStore
from lrs_bridge.storage.schema.statements import statement_attachment

FOLDER = "attachments"


@dataclass(frozen=True, slots=True)
class KeptAttachment:
    """A content that the LRS holds. ``sha2`` is how statements name it, ``digest`` how the store does."""

    sha2: str
    digest: str
    size: int
    content_type: str


def attachment_store(data_dir: Path) -> ContentStore:
    """Apart from the files of courses: what nobody refers to any more is told by other tables."""
    return ContentStore(data_dir / FOLDER)


def insert_attachments(connection: sa.Connection, kept: Iterable[tuple[UUID, KeptAttachment]]) -> None:
    values = [
        {
            "statement_id": statement_id,
            "sha2": attachment.sha2,
            "digest": attachment.digest,
            "size": attachment.size,
            "content_type": attachment.content_type,
        }
        for statement_id, attachment in kept
    ]
    if values:
        connection.execute(sa.insert(statement_attachment), values)


def attachments_of(connection: sa.Connection, ids: Collection[UUID]) -> list[KeptAttachment]:
    """What is held for these statements, each content once however many of them declare it."""
    table = statement_attachment
    query = (
        sa.select(table.c.sha2, table.c.digest, table.c.size, sa.func.min(table.c.content_type).label("content_type"))
        .where(table.c.statement_id.in_(ids))
        .group_by(table.c.sha2, table.c.digest, table.c.size)
        .order_by(table.c.sha2)
    )
    return [KeptAttachment(*row) for row in connection.execute(query)]


def live_digests(connection: sa.Connection) -> set[str]:
    """For ``ContentStore.remove_unreferenced``: what some statement still has."""
    return set(connection.scalars(sa.select(statement_attachment.c.digest).distinct()))
