"""From the actor of a statement to a person, by the automatic tiers A, B and C (DESIGN 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.identities import person_of
from lrs_bridge.storage import facts as stored_facts
from lrs_bridge.storage.evidence import people_of_records
from lrs_bridge.storage.facts import OwnedFact
from lrs_bridge.storage.identities import bound_registrations, identities_of
from lrs_bridge.storage.merges import merged_people
from lrs_bridge.xapi.facts import facts_of

Claim = tuple[LearningFact, UUID | None]
"""A fact and the key of the actor whose it is."""


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
    return ActorFact(fact, statement["actor"], key.folded().digest) if fact and key else None


def record_facts(connection: sa.Connection, found: Sequence[ActorFact], *, at: datetime) -> list[UUID]:
    """Store each fact with its person, or queue it as unmatched; returns the statement ids that were matched."""
    if not found:
        return []
    people = whose(connection, [(item.fact, item.actor_key) for item in found])
    matched = []
    queued = []
    for item, person_id in zip(found, people, strict=True):
        if person_id is None:
            queued.append(item)
        else:
            matched.append(OwnedFact(person_id, item.actor_key, item.fact))
    stored_facts.insert_facts(connection, matched, matched=at)
    stored_facts.insert_unmatched(connection, [_queue_row(item, at) for item in queued])
    return [owned.fact.statement_id for owned in matched]


def whose(connection: sa.Connection, claims: Sequence[Claim]) -> list[UUID | None]:
    """The person of each fact, by what is believed now; what somebody recorded of a person is that person's."""
    identities = identities_of(connection, {key for _, key in claims if key})
    launches = bound_registrations(connection, {fact.registration for fact, _ in claims if fact.registration})
    recorded_for = _recorded_for(connection, {fact.statement_id for fact, _ in claims if fact.kind})
    people = []
    for fact, key in claims:
        person_id = recorded_for.get(fact.statement_id)
        if person_id is None and key is not None:
            launched_for = launches.get((fact.registration, key)) if fact.registration else None
            person_id = person_of(identities.get(key, ()), fact.happened, launched_for)
        people.append(person_id)
    return people


def _recorded_for(connection: sa.Connection, record_ids: set[UUID]) -> dict[UUID, UUID]:
    found = people_of_records(connection, record_ids)
    merged = merged_people(connection) if found else {}
    return {record_id: merged.get(person_id, person_id) for record_id, person_id in found.items()}


def _queue_row(item: ActorFact, at: datetime) -> dict[str, Any]:
    return {
        "statement_id": item.fact.statement_id,
        "actor_key": item.actor_key,
        "actor": orjson.dumps(item.actor).decode(),
        "recorded": at,
    }
