"""The statements of some people about some activities and their parts, and where their attempts stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.actors import digest_key
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.courseware import attempt, launchable_unit
from lrs_bridge.storage.schema.statements import statement, statement_activity, statement_agent

_ACTOR = 1
"""Of xapi.links.AgentUsage, whose numbers are stored and never change."""


def statements_about(
    connection: sa.Connection,
    actors: Collection[UUID],
    activities: Collection[str],
    *,
    since: datetime,
    known_at: datetime | None = None,
) -> Iterator[tuple[UUID, str]]:
    """Actor key and JSON text of each statement that names one of ``activities`` in any place, stored from ``since``
    on and by ``known_at``; voided ones are left out."""
    keys = [digest_key(activity) for activity in activities]
    about = sa.select(sa.literal(1)).where(
        statement_activity.c.activity_key.in_(keys),
        statement_activity.c.stored == statement_agent.c.stored,
        statement_activity.c.statement_id == statement_agent.c.statement_id,
    )
    query = (
        sa.select(statement_agent.c.agent_key, statement.c.raw)
        .join_from(statement_agent, statement, statement_agent.c.statement_id == statement.c.id)
        .where(
            statement_agent.c.usage == _ACTOR, statement_agent.c.stored >= since, ~statement.c.voided, sa.exists(about)
        )
    )
    if known_at is not None:
        query = query.where(statement_agent.c.stored <= known_at)
    for part in chunks(sorted(actors)):
        for row in connection.execute(query.where(statement_agent.c.agent_key.in_(part))):
            yield row.agent_key, row.raw


def attempts_at(connection: sa.Connection, people: Collection[UUID], activities: Collection[str]) -> Iterator[Any]:
    """Rows of ``person_id, activity, state, updated``: what the runtime keeps of attempts at these units."""
    columns = (attempt.c.person_id, launchable_unit.c.activity, attempt.c.state, attempt.c.updated)
    units = sa.select(launchable_unit.c.id).where(launchable_unit.c.activity.in_(activities))
    query = sa.select(*columns).join_from(attempt, launchable_unit, attempt.c.unit_id == launchable_unit.c.id)
    for part in chunks(people):
        yield from connection.execute(query.where(attempt.c.unit_id.in_(units), attempt.c.person_id.in_(part)))
