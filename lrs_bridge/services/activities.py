"""Activities and agents as the LRS knows them: learnt from statements, answered by /activities and /agents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.courseware.course import DescribedActivity
from lrs_bridge.domain.actors import LONGEST_REMEMBERED, ActorKey, digest_key
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage import activities as store
from lrs_bridge.storage.activities import Definition, Remembered, Told
from lrs_bridge.xapi.definitions import (
    activity_object,
    defined_activities,
    merge_definition,
    named_actors,
    person_object,
)

MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class News:
    """What one statement tells of activities and agents and this process does not remember."""

    definitions: tuple[tuple[Told, int], ...] = ()
    names: tuple[tuple[UUID, UUID, str], ...] = ()


NOTHING_NEW = News()


def news_of(statement: dict[str, Any], remembered: Remembered) -> News:
    """Of a valid statement. Done before the transaction, since most statements tell nothing new."""
    definitions = tuple(
        (told, digest)
        for told in defined_activities(statement)
        if not remembered.holds(told[0], digest := _digest(told[1]))
    )
    names = tuple(
        (agent.digest, digest_key(name), name)
        for actor, name in named_actors(statement)
        if (agent := ActorKey.of_actor(actor)) and not remembered.holds((agent.digest, digest_key(name)), 0)
    )
    return News(definitions, names) if definitions or names else NOTHING_NEW


def learn(connection: sa.Connection, news: Iterable[News], *, at: datetime) -> None:
    """Store what is new, in the order of the statements; concurrent writers of one activity lose nothing."""
    told: dict[UUID, list[Told]] = {}
    names: dict[tuple[UUID, UUID], str] = {}
    for one in news:
        for telling, _ in one.definitions:
            told.setdefault(digest_key(telling[0]), []).append(telling)
        names |= {(agent_key, name_key): name for agent_key, name_key, name in one.names}
    if told:
        store.define_activities(connection, told, merge_definition, at=at)
    if names:
        store.name_agents(connection, names, at=at)


def describe(connection: sa.Connection, described: Iterable[DescribedActivity], *, at: datetime) -> None:
    """What an installed package says of its activities, as if a statement had told it."""
    told: dict[UUID, list[Told]] = {}
    for activity in described:
        parts = {"type": activity.type, "name": dict(activity.names), "description": dict(activity.descriptions)}
        if definition := {name: part for name, part in parts.items() if part}:
            told.setdefault(digest_key(activity.id), []).append((activity.id, definition))
    if told:
        store.define_activities(connection, told, merge_definition, at=at)


def remember(remembered: Remembered, news: Iterable[News]) -> None:
    """After the commit that holds it."""
    for one in news:
        remembered.add(
            (activity, digest) for (activity, _), digest in one.definitions if len(activity) <= LONGEST_REMEMBERED
        )
        remembered.add(((agent_key, name_key), 0) for agent_key, name_key, _ in one.names)


def full_activity(bridge: Bridge, activity: str) -> dict[str, Any]:
    """The Activity Object with all that statements told of it (xAPI Communication 2.5)."""
    key = digest_key(activity)
    with bridge.database.reading() as connection:
        return activity_object(activity, store.definitions_of(connection, [key]).get(key))


def person(bridge: Bridge, agent: dict[str, Any]) -> dict[str, Any]:
    """The Person of one Agent (xAPI Communication 2.4). Identifiers of other Agents are not told: they are HR's."""
    key = ActorKey.of_actor(agent)
    with bridge.database.reading() as connection:
        names = store.names_of(connection, key.digest, most=MOST_NAMES) if key else []
    return person_object(agent, names)


def _digest(definition: Definition) -> int:
    """Python's own, of a text: keyed anew in each process, so that nobody can make two definitions look alike."""
    return hash(orjson.dumps(definition))
