"""From the actor of a statement to a person, by the automatic tiers A, B and C (DESIGN 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.periods import DAY
from lrs_bridge.storage import facts as stored_facts
from lrs_bridge.storage.identities import KnownIdentity, bound_registrations, identities_of
from lrs_bridge.storage.statements import raw_statements
from lrs_bridge.xapi.facts import facts_of


@dataclass(frozen=True, slots=True)
class ActorFact:
    """A fact and the actor whose it is, before anybody knows which person that is."""

    fact: LearningFact
    actor: dict[str, Any]
    actor_key: UUID


def actor_fact(statement: dict[str, Any]) -> ActorFact | None:
    """What a stamped statement proves, if anything, about an actor that can be named."""
    fact = facts_of(statement)
    key = ActorKey.of_actor(statement["actor"])
    return ActorFact(fact, statement["actor"], key.digest) if fact and key else None


def record_facts(connection: sa.Connection, found: Sequence[ActorFact], *, at: datetime) -> list[UUID]:
    """Store each fact with its person, or queue it as unmatched; returns the statement ids that were matched."""
    if not found:
        return []
    identities = identities_of(connection, {item.actor_key for item in found})
    launches = bound_registrations(connection, {item.fact.registration for item in found if item.fact.registration})
    matched = []
    queued = []
    for item in found:
        person_id = _person_of(item, identities.get(item.actor_key, []), launches)
        if person_id is None:
            queued.append(item)
        else:
            matched.append((person_id, item.fact))
    stored_facts.insert_facts(connection, matched, matched=at)
    stored_facts.insert_unmatched(connection, [_queue_row(item, at) for item in queued])
    return [fact.statement_id for _, fact in matched]


def replay_unmatched(connection: sa.Connection, keys: set[UUID], *, at: datetime) -> int:
    """Try again what waited for these actors; the day of the match is when we learned whose it is."""
    waiting = stored_facts.unmatched_of(connection, keys)
    count = 0
    for start in range(0, len(waiting), 500):
        raws = raw_statements(connection, waiting[start : start + 500])
        found = [item for raw in raws.values() if (item := actor_fact(orjson.loads(raw)))]
        matched = record_facts(connection, found, at=at)
        stored_facts.drop_unmatched(connection, matched)
        count += len(matched)
    return count


def _person_of(
    item: ActorFact, identities: list[KnownIdentity], launches: dict[tuple[UUID, UUID], UUID]
) -> UUID | None:
    at_the_time = _held_at(identities, item.fact.happened)
    accounts = {identity.person_id for identity in at_the_time if identity.tier == "A"}
    if len(accounts) == 1:
        return accounts.pop()
    if item.fact.registration and (bound := launches.get((item.fact.registration, item.actor_key))):
        return bound
    addresses = {identity.person_id for identity in at_the_time}
    return addresses.pop() if len(addresses) == 1 else None  # nobody's, or more than one person's


def _held_at(identities: list[KnownIdentity], happened: datetime) -> list[KnownIdentity]:
    """Those of the statement's day. The day is that of UTC, so where none is, those of the day before and after:
    a Monday morning in Tokyo, somebody's first, is Sunday in UTC."""
    day = happened.astimezone(UTC).date()
    exact = [identity for identity in identities if identity.covers(day)]
    return exact or [identity for identity in identities if identity.covers(day - DAY) or identity.covers(day + DAY)]


def _queue_row(item: ActorFact, at: datetime) -> dict[str, Any]:
    return {
        "statement_id": item.fact.statement_id,
        "actor_key": item.actor_key,
        "actor": orjson.dumps(item.actor).decode(),
        "recorded": at,
    }
