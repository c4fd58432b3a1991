"""Learning facts, those that wait for a person, and the marks that make a status stale."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.storage.merges import merged_people
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.raw_sql import Row, insert_new_rows, insert_rows, raw_cursor, select_by_keys
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.storage.schema.compliance import learning_fact
from lrs_bridge.storage.schema.statements import unmatched


@dataclass(frozen=True, slots=True)
class OwnedFact:
    """A fact, whose it is, and the actor under which it came (None where somebody named the person)."""

    person_id: UUID
    actor_key: UUID | None
    fact: LearningFact


def insert_facts(connection: sa.Connection, facts: Sequence[OwnedFact], *, matched: datetime) -> None:
    """Record what belongs to a person, and mark each person dirty in the same transaction (DESIGN 4.5)."""
    if not facts:
        return
    insert_rows(connection, learning_fact, [_fact_row(owned, matched) for owned in facts])
    _mark(connection, {owned.person_id for owned in facts}, at=matched)


def _fact_row(owned: OwnedFact, matched: datetime) -> Row:
    """In the order of the columns, as the driver takes them."""
    fact = owned.fact
    return (
        owned.person_id,
        fact.statement_id,
        _micros(matched),
        fact.activity,
        fact.outcome.value,
        _micros(fact.happened),
        fact.score_scaled,
        _micros(fact.recorded or matched),
        _micros(fact.withdrawn) if fact.withdrawn else None,
        fact.registration,
        fact.launched_mastery,
        fact.never_evidence,
        fact.waived_reason,
        fact.kind,
        fact.expires.isoformat() if fact.expires else None,
        owned.actor_key,
    )


def _micros(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND


def insert_unmatched(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Queue facts whose actor is nobody we know yet: ``statement_id, actor_key, actor, recorded``."""
    values = [(row["statement_id"], row["actor_key"], row["actor"], _micros(row["recorded"])) for row in rows]
    insert_new_rows(connection, unmatched, values)


def unmatched_of(connection: sa.Connection, keys: Collection[UUID]) -> list[UUID]:
    """The queued statements of these actors."""
    found: list[UUID] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), 500):
        chunk = ordered[start : start + 500]
        found += connection.scalars(sa.select(unmatched.c.statement_id).where(unmatched.c.actor_key.in_(chunk)))
    return found


def drop_unmatched(connection: sa.Connection, statement_ids: Collection[UUID]) -> None:
    ids = list(statement_ids)
    for start in range(0, len(ids), 500):
        connection.execute(sa.delete(unmatched).where(unmatched.c.statement_id.in_(ids[start : start + 500])))


def withdraw_facts(connection: sa.Connection, statement_ids: Collection[UUID], *, at: datetime) -> None:
    """A voided statement withdraws its fact; the row stays, for what was known before."""
    if not statement_ids:
        return
    update = (
        sa.update(learning_fact)
        .where(learning_fact.c.statement_id.in_(list(statement_ids)), learning_fact.c.withdrawn.is_(None))
        .values(withdrawn=at)
        .returning(learning_fact.c.person_id)
    )
    _mark(connection, set(connection.scalars(update)), at=at)
    drop_unmatched(connection, statement_ids)


def mark_dirty(connection: sa.Connection, people: Iterable[UUID], *, at: datetime) -> None:
    """Of a record that was merged, whom it counts for too."""
    if marked := set(people):
        merged = merged_people(connection)
        _mark(connection, marked | {merged[person_id] for person_id in marked & merged.keys()}, at=at)


def _mark(connection: sa.Connection, people: Iterable[UUID], *, at: datetime) -> None:
    """Of people whom nothing was merged with: facts are matched with nobody else. In the order of the ids, so that two
    writers never wait for each other in a circle."""
    if not (ordered := sorted(people)):
        return
    with raw_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            cursor.execute(_MARK_SQLITE, [_micros(at), orjson.dumps([key.hex for key in ordered]).decode()])
        else:
            cursor.execute(_MARK_POSTGRESQL, [_micros(at), ordered])


_MARK_SQLITE = """
INSERT INTO dirty_person (marked, person_id) SELECT ?, value FROM json_each(?) WHERE true
ON CONFLICT (person_id) DO UPDATE SET marked = excluded.marked
"""
_MARK_POSTGRESQL = """
INSERT INTO dirty_person (marked, person_id) SELECT %s, unnest(%s::uuid[])
ON CONFLICT (person_id) DO UPDATE SET marked = excluded.marked
"""


def facts_of_people(
    connection: sa.Connection, people: Collection[UUID], activities: Collection[str] | None = None
) -> dict[UUID, list[LearningFact]]:
    """Every fact of these people (about ``activities``, where given), withdrawn ones too: whoever asks says what was
    known when."""
    facts: dict[UUID, list[LearningFact]] = {}
    key = learning_fact.c.person_id
    among = None if activities is None else (learning_fact.c.activity, activities)
    for row in select_by_keys(connection, (key, *_FACT_COLUMNS), key, people, "true", among=among):
        facts.setdefault(row[0], []).append(_fact_of(row[1:]))
    return facts


_FACT_COLUMNS = tuple(
    learning_fact.c[name]
    for name in (
        "statement_id", "activity", "outcome", "happened", "score_scaled", "recorded", "matched", "withdrawn",
        "registration", "launched_mastery", "never_evidence", "waived_reason", "kind", "expires",
    )
)  # fmt: skip
"""In the order of a LearningFact's fields."""


def _fact_of(values: Row) -> LearningFact:
    """Of these columns; the instants are microseconds, as the driver gives them."""
    statement_id, activity, outcome, happened, score, recorded, matched, withdrawn, *more = values
    return LearningFact(
        statement_id,
        activity,
        _OUTCOMES[outcome],
        EPOCH + happened * MICROSECOND,
        score,
        EPOCH + recorded * MICROSECOND,
        EPOCH + matched * MICROSECOND,
        None if withdrawn is None else EPOCH + withdrawn * MICROSECOND,
        *more,
    )


_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def is_done(connection: sa.Connection, person_id: UUID, registration: UUID, activity: str) -> bool:
    """Whether a statement of this attempt says that the person passed or completed the activity."""
    query = sa.select(sa.literal(1)).where(
        learning_fact.c.person_id == person_id,
        learning_fact.c.registration == registration,
        learning_fact.c.activity == activity,
        learning_fact.c.outcome.in_([Outcome.PASSED.value, Outcome.COMPLETED.value]),
        learning_fact.c.withdrawn.is_(None),
    )
    return connection.execute(query.limit(1)).first() is not None


def standing_facts(
    connection: sa.Connection, people: Collection[UUID], keys: Collection[UUID] | None = None
) -> Iterator[OwnedFact]:
    """The facts that stand now under these people, of these actors or of all."""
    for part in chunks(sorted(people)):
        query = sa.select(learning_fact).where(learning_fact.c.person_id.in_(part), learning_fact.c.withdrawn.is_(None))
        for row in connection.execute(query):
            if keys is None or row.actor_key in keys:
                yield OwnedFact(row.person_id, row.actor_key, _fact(row))


def last_facts(connection: sa.Connection, statement_ids: Collection[UUID]) -> Iterator[OwnedFact]:
    """What was last held of statements that wait again, and may be there no longer (retention)."""
    newest: dict[UUID, Any] = {}
    for part in chunks(statement_ids):
        query = sa.select(learning_fact).where(learning_fact.c.statement_id.in_(part))
        newest |= {row.statement_id: row for row in connection.execute(query.order_by(learning_fact.c.matched))}
    for row in newest.values():
        yield OwnedFact(row.person_id, row.actor_key, replace(_fact(row), matched=None, withdrawn=None))


def take_facts(connection: sa.Connection, facts: Sequence[OwnedFact], *, at: datetime) -> None:
    """These are not theirs any more from ``at`` on; the rows stay, for what was known before."""
    if not facts:
        return
    live = [learning_fact.c[name] == sa.bindparam(f"of_{name}") for name in ("person_id", "statement_id")]
    update = sa.update(learning_fact).where(*live, learning_fact.c.withdrawn.is_(None)).values(withdrawn=at)
    values = [{"of_person_id": owned.person_id, "of_statement_id": owned.fact.statement_id} for owned in facts]
    connection.execute(update, values)
    _mark(connection, {owned.person_id for owned in facts}, at=at)


def _fact(row: Any) -> LearningFact:
    return LearningFact(
        statement_id=row.statement_id,
        activity=row.activity,
        outcome=Outcome(row.outcome),
        happened=row.happened,
        score_scaled=row.score_scaled,
        recorded=row.recorded,
        matched=row.matched,
        withdrawn=row.withdrawn,
        registration=row.registration,
        launched_mastery=row.launched_mastery,
        never_evidence=row.never_evidence,
        waived_reason=row.waived_reason,
        kind=row.kind,
        expires=row.expires,
    )
