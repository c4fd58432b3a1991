"""Finding what is in quarantine: by what became of it, who sent it and what is written in it; and its history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.storage.quarantine import HeldRow, row_of
from lrs_bridge.storage.schema.statements import credential, quarantine, quarantine_event

SORTS: Mapping[str, sa.ColumnElement[Any]] = {
    "received": quarantine.c.received,
    "sender": sa.func.lower(sa.func.coalesce(credential.c.name, "")),
    "settled": quarantine.c.settled,
}


@dataclass(frozen=True, slots=True)
class HeldFilter:
    """``state`` is waiting, replayed or dropped; ``text`` stands in the statement or in what is wrong with it."""

    state: str = "waiting"
    sender: UUID | None = None
    text: str = ""

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        waits = quarantine.c.settled.is_(None)
        found = [waits if self.state == "waiting" else quarantine.c.outcome == self.state]
        if self.sender is not None:
            found.append(quarantine.c.credential_id == self.sender)
        if self.text:
            written = (quarantine.c.raw, quarantine.c.fixed, sa.cast(quarantine.c.problems, sa.Text))
            found.append(sa.or_(*(column.icontains(self.text, autoescape=True) for column in written)))
        return found


@dataclass(frozen=True, slots=True)
class HeldEvent:
    recorded: datetime
    who: str
    what: str
    words: str


def find_held(
    connection: sa.Connection, wanted: HeldFilter, *, sort: str = "received", offset: int = 0, limit: int
) -> list[HeldRow]:
    """``sort`` is one of ``SORTS``, with a hyphen before it the other way round."""
    column = SORTS[sort.removeprefix("-")]
    order = [column, quarantine.c.received, quarantine.c.id]
    query = (
        sa.select(quarantine)
        .join(credential, credential.c.id == quarantine.c.credential_id, isouter=True)
        .where(*wanted.conditions())
        .order_by(*(one.desc() if sort.startswith("-") else one for one in order))
        .offset(offset)
        .limit(limit)
    )
    return [row_of(row) for row in connection.execute(query)]


def count_held(connection: sa.Connection, wanted: HeldFilter) -> int:
    query = sa.select(sa.func.count()).select_from(quarantine).where(*wanted.conditions())
    return connection.scalar(query) or 0


def senders(connection: sa.Connection) -> dict[UUID, str]:
    """Of everything that ever was in quarantine: the credential, and its name where it is known."""
    used = sa.select(quarantine.c.credential_id).distinct().subquery()
    query = sa.select(used.c.credential_id, credential.c.name).join(
        credential, credential.c.id == used.c.credential_id, isouter=True
    )
    return {key: name or str(key) for key, name in connection.execute(query)}


def ids_among(connection: sa.Connection, ids: Collection[UUID]) -> list[UUID]:
    """Those that wait, the oldest first."""
    waits = quarantine.c.id.in_(ids) & quarantine.c.settled.is_(None)
    return list(connection.scalars(sa.select(quarantine.c.id).where(waits).order_by(quarantine.c.received)))


def note(connection: sa.Connection, held_id: UUID, *, at: datetime, who: str, what: str, words: str = "") -> None:
    """Add to the history of one."""
    values = {"quarantine_id": held_id, "id": uuid4(), "recorded": at, "who": who, "what": what, "words": words}
    connection.execute(sa.insert(quarantine_event), values)


def history(connection: sa.Connection, held_id: UUID) -> list[HeldEvent]:
    """The oldest first."""
    table = quarantine_event
    query = sa.select(table).where(table.c.quarantine_id == held_id).order_by(table.c.recorded, table.c.id)
    return [HeldEvent(row.recorded, row.who, row.what, row.words) for row in connection.execute(query)]
