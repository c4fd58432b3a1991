"""What retention looks at and deletes: old statements, whatever forbids to delete them, and the record of each run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.compliance import compliance_status, dirty_person, learning_fact
from lrs_bridge.storage.schema.outbox import dead_letter, legal_hold, outbound_target, retention_rule, retention_run
from lrs_bridge.storage.schema.people import identity
from lrs_bridge.storage.schema.statements import (
    statement,
    statement_activity,
    statement_agent,
    statement_attachment,
    statement_reference,
    statement_repair,
    unmatched,
)
from lrs_bridge.storage.statements import Cursor
from lrs_bridge.xapi.links import StatementLinks, links_of

BESIDE = (
    statement_reference,
    statement_attachment,
    statement_repair,
    unmatched,
    dead_letter,
)
"""Tables that hold parts of a statement, beside its links. Its learning fact is none: that is the proof that stays."""


class Held(NamedTuple):
    """What legal holds cover, as keys of links, and the people themselves."""

    agents: frozenset[UUID]
    activities: frozenset[UUID]
    people: frozenset[UUID]


def rules(connection: sa.Connection) -> list[sa.Row[Any]]:
    return list(connection.execute(sa.select(retention_rule).order_by(retention_rule.c.name)))


def add_rule(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    insert = insert_new(connection, retention_rule).values(**values).on_conflict_do_nothing()
    return connection.execute(insert.returning(retention_rule.c.id)).one_or_none() is not None


def remove_rule(connection: sa.Connection, name: str) -> bool:
    return connection.execute(sa.delete(retention_rule).where(retention_rule.c.name == name)).rowcount == 1


def holds(connection: sa.Connection, *, released: bool = True) -> list[sa.Row[Any]]:
    query = sa.select(legal_hold).order_by(legal_hold.c.recorded)
    return list(connection.execute(query if released else query.where(legal_hold.c.released.is_(None))))


def add_hold(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(legal_hold), dict(values))


def release_hold(connection: sa.Connection, hold_id: UUID, *, at: datetime, by: str, because: str) -> bool:
    live = (legal_hold.c.id == hold_id) & legal_hold.c.released.is_(None)
    update = sa.update(legal_hold).where(live).values(released=at, released_by=by, released_because=because)
    return connection.execute(update).rowcount == 1


def save_run(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    insert = insert_new(connection, retention_run).values(**values)
    newer = {name: insert.excluded[name] for name in values if name != "id"}
    connection.execute(insert.on_conflict_do_update(index_elements=[retention_run.c.id], set_=newer))


def runs(connection: sa.Connection) -> list[sa.Row[Any]]:
    return list(connection.execute(sa.select(retention_run).order_by(retention_run.c.began.desc())))


def oldest_place(connection: sa.Connection) -> Cursor | None:
    """The place of the target that is furthest behind; None where there is no target."""
    columns = (outbound_target.c.stored, outbound_target.c.statement_id)
    row = connection.execute(sa.select(*columns).order_by(*columns).limit(1)).one_or_none()
    return Cursor(row.stored, row.statement_id) if row else None


def keys_of_people(connection: sa.Connection, people: Collection[UUID]) -> set[UUID]:
    """Every account and address that ever was theirs."""
    return set(connection.scalars(sa.select(identity.c.actor_key).where(identity.c.person_id.in_(people))))


def held_among(connection: sa.Connection, ids: Collection[UUID], held: Held) -> set[UUID]:
    """Those of ``ids`` that name a held agent or activity in any part, or prove something of a held person."""
    owner = sa.select(learning_fact.c.statement_id).where(
        learning_fact.c.statement_id.in_(ids), learning_fact.c.person_id.in_(held.people)
    )
    found = set(connection.scalars(owner)) if held.people else set()
    if held.agents or held.activities:
        found |= {key for key, _, links in _links(connection, ids) if _names_any(links, held)}
    return found


def _names_any(links: StatementLinks, held: Held) -> bool:
    return any(key in held.agents for key, _ in links.agents) or any(
        key in held.activities for key, _ in links.activities
    )


def _links(connection: sa.Connection, ids: Collection[UUID]) -> Iterator[tuple[UUID, datetime, StatementLinks]]:
    """With ``stored``: what each was linked under when it came."""
    query = sa.select(statement.c.id, statement.c.stored, statement.c.raw).where(statement.c.id.in_(ids))
    for row in connection.execute(query):
        yield row.id, row.stored, links_of(orjson.loads(row.raw))


def evidence_among(connection: sa.Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those of ``ids`` that a current status rests on, and those of people whose status is just being judged anew."""
    table = learning_fact
    standing = table.c.statement_id.in_(ids) & table.c.withdrawn.is_(None)
    facts = sa.select(table.c.statement_id, table.c.person_id).where(standing)
    owner = {row.statement_id: row.person_id for row in connection.execute(facts)}
    people = set(owner.values())
    stale = set(connection.scalars(sa.select(dirty_person.c.person_id).where(dirty_person.c.person_id.in_(people))))
    proofs = connection.scalars(
        sa.select(compliance_status.c.evidence).where(compliance_status.c.person_id.in_(people))
    )
    evidence = {UUID(text) for proof in proofs for text in proof}
    return {key for key, person_id in owner.items() if key in evidence or person_id in stale}


def delete_statements(connection: sa.Connection, ids: Collection[UUID]) -> int:
    found = list(_links(connection, ids))
    agents = [(key, stored, one) for one, stored, links in found for key, _ in links.agents]
    activities = [(key, stored, one) for one, stored, links in found for key, _ in links.activities]
    _delete_links(connection, statement_agent, statement_agent.c.agent_key, agents)
    _delete_links(connection, statement_activity, statement_activity.c.activity_key, activities)
    for table in BESIDE:
        connection.execute(sa.delete(table).where(table.c.statement_id.in_(ids)))
    return connection.execute(sa.delete(statement).where(statement.c.id.in_(ids))).rowcount


def _delete_links(
    connection: sa.Connection, table: sa.Table, key: sa.Column[UUID], links: Collection[tuple[UUID, datetime, UUID]]
) -> None:
    delete = sa.delete(table).where(
        key == sa.bindparam("link"),
        table.c.stored == sa.bindparam("at"),
        table.c.statement_id == sa.bindparam("of"),
    )
    if links:
        connection.execute(delete, [{"link": link, "at": stored, "of": one} for link, stored, one in links])


def voiding_among(connection: sa.Connection, ids: Iterable[UUID]) -> set[UUID]:
    return set(connection.scalars(sa.select(statement.c.id).where(statement.c.id.in_(list(ids)), statement.c.voiding)))
