"""What statements have told of activities and agents: definitions merged, names collected."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.documents import activity_definition, agent_name

Definition = dict[str, Any]
Told = tuple[str, Definition]
"""The IRI of an activity, and a definition that came with it."""
Merge = Callable[[Definition, Definition], Definition]

MOST_REMEMBERED = 8192


class Remembered:
    """What this process knows to be stored: per key, the digest of what was stored last.

    The same few courses and people come again and again; what is remembered costs the database nothing.
    """

    def __init__(self) -> None:
        self._digests: OrderedDict[Hashable, int] = OrderedDict()
        self._lock = threading.Lock()

    def holds(self, key: Hashable, digest: int) -> bool:
        return self._digests.get(key) == digest

    def add(self, stored: Iterable[tuple[Hashable, int]]) -> None:
        """Only what a commit has made true."""
        with self._lock:
            for key, digest in stored:
                self._digests[key] = digest
                self._digests.move_to_end(key)
            while len(self._digests) > MOST_REMEMBERED:
                self._digests.popitem(last=False)


def definitions_of(connection: sa.Connection, keys: Collection[UUID], *, lock: bool = False) -> dict[UUID, Definition]:
    """The canonical definitions of activities, by their keys; what was never defined is left out."""
    table = activity_definition
    query = sa.select(table.c.activity_key, table.c.definition).where(table.c.activity_key.in_(keys))
    if lock:  # in the order of the keys, so that no two writers wait for each other in a circle
        query = query.order_by(table.c.activity_key).with_for_update()
    return {row.activity_key: orjson.loads(row.definition) for row in connection.execute(query)}


def define_activities(
    connection: sa.Connection, told: Mapping[UUID, Sequence[Told]], merge: Merge, *, at: datetime
) -> None:
    """Merge what was told, in its order, into what is held; concurrent writers lose nothing."""
    held = definitions_of(connection, told)
    changed = {key: told[key] for key in sorted(told) if _merged(held.get(key, {}), told[key], merge) != held.get(key)}
    if not changed:
        return
    unknown = [
        {"activity_key": key, "activity": tellings[0][0], "definition": "{}", "updated": at}
        for key, tellings in changed.items()
        if key not in held
    ]
    if unknown:  # a row to lock, whoever inserts it first
        connection.execute(insert_new(connection, activity_definition).on_conflict_do_nothing(), unknown)
    locked = definitions_of(connection, changed, lock=True)
    update = (
        sa.update(activity_definition)
        .where(activity_definition.c.activity_key == sa.bindparam("key"))
        .values(definition=sa.bindparam("merged"), updated=at)
    )
    rows = [
        {"key": key, "merged": orjson.dumps(_merged(locked[key], tellings, merge)).decode()}
        for key, tellings in changed.items()
    ]
    connection.execute(update, rows)


def _merged(definition: Definition, tellings: Sequence[Told], merge: Merge) -> Definition:
    for _, told in tellings:
        definition = merge(definition, told)
    return definition


def name_agents(connection: sa.Connection, names: Mapping[tuple[UUID, UUID], str], *, at: datetime) -> None:
    """Keep names by (agent key, name key); those that are known stay as they are."""
    values = [
        {
            "agent_key": agent_key,
            "name_key": name_key,
            "name": orjson.dumps(names[agent_key, name_key]).decode(),
            "seen": at,
        }
        for agent_key, name_key in sorted(names)
    ]
    if values:
        connection.execute(insert_new(connection, agent_name).on_conflict_do_nothing(), values)


def names_of(connection: sa.Connection, agent_key: UUID, *, most: int) -> list[str]:
    """The names of an agent that were told last, the oldest of them first."""
    table = agent_name
    query = (
        sa.select(table.c.name).where(table.c.agent_key == agent_key).order_by(table.c.seen.desc(), table.c.name_key)
    )
    return [orjson.loads(name) for name in reversed(connection.scalars(query.limit(most)).all())]
