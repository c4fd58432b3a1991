"""Learning facts, those that wait for a person, and the marks that make a status stale."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.raw_sql import insert_new_rows
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.storage.schema.compliance import dirty_person, learning_fact
from lrs_bridge.storage.schema.statements import unmatched


def insert_facts(connection: sa.Connection, facts: Sequence[tuple[UUID, LearningFact]], *, matched: datetime) -> None:
    """Record what belongs to a person, and mark each person dirty in the same transaction (DESIGN 4.5)."""
    if not facts:
        return
    values = [_fact_values(person_id, fact, matched) for person_id, fact in facts]
    connection.execute(insert_new(connection, learning_fact).on_conflict_do_nothing(), values)
    mark_dirty(connection, {person_id for person_id, _ in facts}, at=matched)


def _fact_values(person_id: UUID, fact: LearningFact, matched: datetime) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "statement_id": fact.statement_id,
        "activity": fact.activity,
        "outcome": fact.outcome.value,
        "happened": fact.happened,
        "score_scaled": fact.score_scaled,
        "recorded": fact.recorded or matched,
        "matched": matched,
        "withdrawn": fact.withdrawn,
        "registration": fact.registration,
        "launched_mastery": fact.launched_mastery,
        "never_evidence": fact.never_evidence,
    }


def insert_unmatched(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Queue facts whose actor is nobody we know yet: ``statement_id, actor_key, actor, recorded``."""
    values = [
        (row["statement_id"], row["actor_key"], row["actor"], (row["recorded"] - EPOCH) // MICROSECOND) for row in rows
    ]
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
    mark_dirty(connection, set(connection.scalars(update)), at=at)
    drop_unmatched(connection, statement_ids)


def mark_dirty(connection: sa.Connection, people: Iterable[UUID], *, at: datetime) -> None:
    values = [{"person_id": person_id, "marked": at} for person_id in sorted(people)]
    if not values:
        return
    insert = insert_new(connection, dirty_person)
    later = insert.on_conflict_do_update(
        index_elements=[dirty_person.c.person_id], set_={"marked": insert.excluded.marked}
    )
    connection.execute(later, values)


def facts_of_people(connection: sa.Connection, people: Collection[UUID]) -> dict[UUID, list[LearningFact]]:
    """Every fact of these people, withdrawn ones too: whoever asks says what was known when."""
    facts: dict[UUID, list[LearningFact]] = {}
    query = sa.select(learning_fact).where(learning_fact.c.person_id.in_(list(people)))
    for row in connection.execute(query):
        fact = LearningFact(
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
        )
        facts.setdefault(row.person_id, []).append(fact)
    return facts
