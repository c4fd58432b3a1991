"""What HR says of people is changed by withdrawing the old belief and recording the new, and who did so is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.people import hr_change, person

Row = Mapping[str, Any]
OF_THE_BELIEF = frozenset({"id", "recorded", "withdrawn"})


@dataclass(frozen=True, slots=True)
class BeliefChange:
    """``old`` (with its id) is no longer believed, ``new`` is from now on; either may be None. ``action`` in a word."""

    action: str
    old: Row | None
    new: Row | None

    @property
    def person_id(self) -> UUID:
        row = self.new or self.old or {}
        found: UUID = row["person_id"]
        return found


def lock_people(connection: sa.Connection, people: Collection[UUID]) -> None:
    """Nobody else changes what is believed of them until this transaction ends."""
    for part in chunks(sorted(people)):
        connection.execute(
            sa.select(person.c.id).where(person.c.id.in_(part)).order_by(person.c.id).with_for_update()
        ).all()


def beliefs(connection: sa.Connection, table: sa.Table, people: Collection[UUID] | None) -> Iterator[dict[str, Any]]:
    """The rows held true now of ``people``, or of everybody, with their ids."""
    columns = [column for column in table.c if column.name not in OF_THE_BELIEF - {"id"}]
    query = sa.select(*columns).where(table.c.withdrawn.is_(None)).order_by(table.c.person_id, table.c.id)
    parts = [None] if people is None else list(chunks(people))
    for part in parts:
        restricted = query if part is None else query.where(table.c.person_id.in_(part))
        for row in connection.execute(restricted):
            yield dict(row._mapping)


def belief(connection: sa.Connection, table: sa.Table, belief_id: UUID) -> dict[str, Any] | None:
    """One row by its id, withdrawn ones too; its person is locked."""
    owner = connection.scalar(sa.select(table.c.person_id).where(table.c.id == belief_id))
    if owner is None:
        return None
    lock_people(connection, [owner])
    same = (table.c.person_id == owner, table.c.id == belief_id)
    return dict(connection.execute(sa.select(table).where(*same)).one()._mapping)


def says(row: Row) -> dict[str, Any]:
    """What a row claims, without when it was believed."""
    return {name: value for name, value in row.items() if name not in OF_THE_BELIEF}


def change_beliefs(
    connection: sa.Connection,
    table: sa.Table,
    changes: Sequence[BeliefChange],
    *,
    who: str,
    at: datetime,
    because: str = "",
) -> list[UUID]:
    """Apply them and keep who did; returns the id of each new belief, or of the one that ended."""
    ids = [uuid4() if change.new is not None else (change.old or {})["id"] for change in changes]
    ended = [{"owner": change.person_id, "key": change.old["id"]} for change in changes if change.old is not None]
    begun = [
        says(change.new) | {"id": key, "recorded": at, "withdrawn": None}
        for key, change in zip(ids, changes, strict=True)
        if change.new is not None
    ]
    same = (table.c.person_id == sa.bindparam("owner"), table.c.id == sa.bindparam("key"))
    if ended:
        connection.execute(sa.update(table).where(*same, table.c.withdrawn.is_(None)).values(withdrawn=at), ended)
    if begun:
        connection.execute(sa.insert(table), begun)
    if changes:
        connection.execute(
            sa.insert(hr_change),
            [
                {
                    "person_id": change.person_id,
                    "id": uuid4(),
                    "subject": table.name,
                    "subject_id": key,
                    "action": change.action,
                    "who": who,
                    "because": because,
                    "before": _plain(change.old),
                    "after": _plain(change.new),
                    "recorded": at,
                }
                for key, change in zip(ids, changes, strict=True)
            ],
        )
    return ids


def changes_of(connection: sa.Connection, person_id: UUID, subjects: Collection[str]) -> list[Any]:
    """Every change of these kinds of belief, the oldest first."""
    query = sa.select(hr_change).where(hr_change.c.person_id == person_id, hr_change.c.subject.in_(list(subjects)))
    return list(connection.execute(query.order_by(hr_change.c.recorded, hr_change.c.id)))


def _plain(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in says(row).items()
        if name != "person_id"
    }
