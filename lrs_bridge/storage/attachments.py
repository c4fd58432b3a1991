"""The contents that came with statements: rows beside the statement, files in the data folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.content import ContentStore
from lrs_bridge.storage.schema.statements import quarantine, quarantine_attachment, statement_attachment

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
    values = [{"statement_id": statement_id, **asdict(attachment)} for statement_id, attachment in kept]
    if values:
        connection.execute(sa.insert(statement_attachment), values)


def hold_attachments(connection: sa.Connection, kept: Iterable[tuple[UUID, KeptAttachment]]) -> None:
    """What came with a statement in quarantine, by its id there."""
    values = [{"quarantine_id": held_id, **asdict(attachment)} for held_id, attachment in kept]
    if values:
        connection.execute(sa.insert(quarantine_attachment), values)


def held_attachments(connection: sa.Connection, held_ids: Collection[UUID]) -> dict[UUID, list[KeptAttachment]]:
    """What came with each, where anything did."""
    table = quarantine_attachment
    query = sa.select(table).where(table.c.quarantine_id.in_(held_ids)).order_by(table.c.sha2)
    found: dict[UUID, list[KeptAttachment]] = {}
    for row in connection.execute(query):
        kept = KeptAttachment(row.sha2, row.digest, row.size, row.content_type)
        found.setdefault(row.quarantine_id, []).append(kept)
    return found


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
    """For ``ContentStore.remove_unreferenced``: what some statement has, stored or waiting in quarantine.

    What came with a statement that was given up goes; with one that was replayed, it is the statement's own.
    """
    stored = sa.select(statement_attachment.c.digest)
    held = sa.select(quarantine_attachment.c.digest).join(
        quarantine, quarantine.c.id == quarantine_attachment.c.quarantine_id
    )
    return set(connection.scalars(sa.union(stored, held.where(quarantine.c.settled.is_(None)))))
