"""Whose results are whose, found anew wherever an identity changed (DESIGN 6: kept, and replayed on match).

What was matched otherwise before is withdrawn there and recorded here, as of now: a report of what was known
earlier does not change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.actors import actor_key_of
from lrs_bridge.services.match_facts import actor_fact, whose
from lrs_bridge.storage import facts as stored_facts
from lrs_bridge.storage.database import Database, now
from lrs_bridge.storage.facts import OwnedFact
from lrs_bridge.storage.identities import ifis_of, people_of_keys
from lrs_bridge.storage.merges import merged_people
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.statements import raw_statements
from lrs_bridge.storage.watermark import WRITER_LOCK


@dataclass(frozen=True, slots=True)
class Rematched:
    """How many statements that waited belong to somebody now, and how many have another person, or wait again."""

    replayed: int = 0
    moved: int = 0
    waiting_again: int = 0


def rematch(
    connection: sa.Connection, keys: Collection[UUID], people: Collection[UUID] = (), *, at: datetime
) -> Rematched:
    """Look again at everything of these actors, and at all that stands under these people."""
    moved, waiting_again = _move(connection, _standing(connection, keys, people, at), at)
    return Rematched(_replay(connection, keys, at), moved, waiting_again)


def match_stragglers(database: Database, keys: Collection[UUID]) -> int:
    """Match what others recorded while the identities of ``keys`` were being written, and could not see them yet.

    Call it after the commit. SQLite has one writer at a time, so there is nobody to wait for.
    """
    if database.is_sqlite or not keys:
        return 0
    with database.writing() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
        found = rematch(connection, keys, at=now())
        return found.replayed + found.moved


def _standing(
    connection: sa.Connection, keys: Collection[UUID], people: Collection[UUID], at: datetime
) -> Iterable[OwnedFact]:
    yield from stored_facts.standing_facts(connection, people)
    holders = people_of_keys(connection, keys, before=at)
    merged = merged_people(connection) if holders else {}
    others = {merged.get(person_id, person_id) for person_id in holders} - set(people)
    yield from stored_facts.standing_facts(connection, others, set(keys))


def _move(connection: sa.Connection, standing: Iterable[OwnedFact], at: datetime) -> tuple[int, int]:
    moved = waiting = 0
    for part in chunks(list(standing)):
        found = whose(connection, [(owned.fact, owned.actor_key) for owned in part])
        changed = [(owned, person) for owned, person in zip(part, found, strict=True) if person != owned.person_id]
        stored_facts.take_facts(connection, [owned for owned, _ in changed], at=at)
        given = [OwnedFact(person, owned.actor_key, owned.fact) for owned, person in changed if person]
        stored_facts.insert_facts(connection, given, matched=at)
        lost = [owned for owned, person in changed if person is None]
        stored_facts.insert_unmatched(connection, list(_queue_rows(connection, lost, at)))
        moved += len(given)
        waiting += len(lost)
    return moved, waiting


def _queue_rows(connection: sa.Connection, lost: Sequence[OwnedFact], at: datetime) -> Iterable[dict[str, Any]]:
    raws = raw_statements(connection, [owned.fact.statement_id for owned in lost])
    ifis = ifis_of(connection, {owned.actor_key for owned in lost if owned.fact.statement_id not in raws})
    for owned in lost:
        raw = raws.get(owned.fact.statement_id)
        actor = orjson.loads(raw)["actor"] if raw else actor_key_of(ifis.get(owned.actor_key, "")).as_actor()
        yield {
            "statement_id": owned.fact.statement_id,
            "actor_key": owned.actor_key,
            "actor": orjson.dumps(actor).decode(),
            "recorded": owned.fact.recorded or at,
        }


def _replay(connection: sa.Connection, keys: Collection[UUID], at: datetime) -> int:
    """Try again what waits for these actors; the instant of the match is when we learned whose it is."""
    count = 0
    for part in chunks(stored_facts.unmatched_of(connection, keys)):
        claims = list(_claims(connection, part))
        people = whose(connection, claims)
        matched = [OwnedFact(who, key, fact) for (fact, key), who in zip(claims, people, strict=True) if who]
        stored_facts.insert_facts(connection, matched, matched=at)
        stored_facts.drop_unmatched(connection, [owned.fact.statement_id for owned in matched])
        count += len(matched)
    return count


def _claims(connection: sa.Connection, statement_ids: Sequence[UUID]) -> Iterable[Any]:
    raws = raw_statements(connection, statement_ids)
    for raw in raws.values():
        if item := actor_fact(orjson.loads(raw)):
            yield item.fact, item.actor_key
    for owned in stored_facts.last_facts(connection, [key for key in statement_ids if key not in raws]):
        yield owned.fact, owned.actor_key
