"""What people decided about identities: recorded, and withdrawn when it is undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.people import identity, identity_decision, job_assignment, person

SORTS = {name: identity_decision.c[name] for name in ("recorded", "action", "who")}


@dataclass(frozen=True, slots=True)
class WantedDecisions:
    """Empty fields do not filter. ``standing``: without those that were undone."""

    people: Collection[UUID] = ()
    action: str = ""
    standing: bool = False


def insert_decision(connection: sa.Connection, values: Mapping[str, Any], *, at: datetime) -> UUID:
    """``subject_id``, ``who`` and what the action has of ``actor_key, actor, other_id, since, because``."""
    decision_id = uuid4()
    blank = {"actor_key": None, "actor": None, "other_id": None, "since": None, "because": ""}
    fixed = {"id": decision_id, "undone_by": "", "undone_because": "", "recorded": at, "withdrawn": None}
    connection.execute(sa.insert(identity_decision), blank | dict(values) | fixed)
    return decision_id


def find_decision(connection: sa.Connection, decision_id: UUID) -> Any:
    return connection.execute(_named().where(identity_decision.c.id == decision_id)).one_or_none()


def standing_decision(
    connection: sa.Connection, action: str, subject_id: UUID, actor_keys: Collection[UUID] = ()
) -> Any:
    """The newest of this kind about the person (and one of these actors) that was not undone, or None."""
    table = identity_decision
    query = _named().where(table.c.action == action, table.c.subject_id == subject_id, table.c.withdrawn.is_(None))
    query = query.where(table.c.actor_key.in_(actor_keys)) if actor_keys else query
    return connection.execute(query.order_by(table.c.recorded.desc()).limit(1)).one_or_none()


def withdraw_decision(connection: sa.Connection, decision_id: UUID, *, at: datetime, who: str, because: str) -> None:
    """It and the identities that it made are believed no longer."""
    table = identity_decision
    values = {"withdrawn": at, "undone_by": who, "undone_because": because}
    connection.execute(sa.update(table).where(table.c.id == decision_id).values(values))
    made = (identity.c.decision_id == decision_id) & identity.c.withdrawn.is_(None)
    connection.execute(sa.update(identity).where(made).values(withdrawn=at))


def reports_of(connection: sa.Connection, people: Collection[UUID]) -> set[UUID]:
    """Whose job names one of these people as the manager."""
    found: set[UUID] = set()
    for part in chunks(people):
        named = sa.select(person.c.employee_id).where(person.c.id.in_(part))
        job = job_assignment.c
        found |= set(
            connection.scalars(sa.select(job.person_id).where(job.manager_id.in_(named), job.withdrawn.is_(None)))
        )
    return found


def insert_identities(connection: sa.Connection, rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
    fixed = {"source": "hand", "recorded": at, "withdrawn": None}
    connection.execute(sa.insert(identity), [{"id": uuid4()} | fixed | row for row in rows])


def keys_of_decision(connection: sa.Connection, decision_id: UUID) -> set[UUID]:
    """The actors whose identities it made."""
    return set(connection.scalars(sa.select(identity.c.actor_key).where(identity.c.decision_id == decision_id)))


def decisions(
    connection: sa.Connection, wanted: WantedDecisions, *, sort: str, limit: int, offset: int
) -> tuple[list[Any], int]:
    """One page, with the number of all. ``sort``: one of SORTS, descending with a leading ``-``."""
    query = _filtered(_named(), wanted)
    total = connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    column = SORTS[sort.removeprefix("-")]
    ordered = query.order_by(column.desc() if sort.startswith("-") else column.asc(), identity_decision.c.id)
    return list(connection.execute(ordered.limit(limit).offset(offset))), total


def rejected_pairs(connection: sa.Connection, actor_keys: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """``(actor key, person)`` that somebody said are not the same."""
    table = identity_decision
    found: set[tuple[UUID, UUID]] = set()
    for part in chunks(actor_keys):
        query = sa.select(table.c.actor_key, table.c.subject_id).where(
            table.c.action == "reject", table.c.withdrawn.is_(None), table.c.actor_key.in_(part)
        )
        found |= {(row.actor_key, row.subject_id) for row in connection.execute(query)}
    return found


def employee_ids(connection: sa.Connection, people: Iterable[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for part in chunks(people):
        query = sa.select(person.c.id, person.c.employee_id).where(person.c.id.in_(part))
        found |= {row.id: row.employee_id for row in connection.execute(query)}
    return found


def _named() -> sa.Select[Any]:
    """With the employee ids of both people."""
    table, subject, other = identity_decision, person.alias("subject"), person.alias("other")
    joined = table.join(subject, subject.c.id == table.c.subject_id).outerjoin(other, other.c.id == table.c.other_id)
    columns = (subject.c.employee_id.label("employee_id"), other.c.employee_id.label("other_employee_id"))
    return sa.select(table, *columns).select_from(joined)


def _filtered(query: sa.Select[Any], wanted: WantedDecisions) -> sa.Select[Any]:
    table = identity_decision
    if wanted.people:
        query = query.where(table.c.subject_id.in_(wanted.people) | table.c.other_id.in_(wanted.people))
    if wanted.action:
        query = query.where(table.c.action == wanted.action)
    return query.where(table.c.withdrawn.is_(None)) if wanted.standing else query
