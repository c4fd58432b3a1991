"""What some people's own statements tell of some activities, each with the person whose it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.identities import person_of
from lrs_bridge.storage.identities import identities_of, keys_of
from lrs_bridge.storage.learning_statements import statements_about
from lrs_bridge.storage.merges import merged_people, records_of
from lrs_bridge.xapi.places import happened

PLAUSIBLE_YEARS = range(1900, 9000)
"""A clock outside these was never set, and calendars end near them."""
Told = tuple[UUID, datetime, dict[str, Any]]
"""The person, when it happened, and the statement."""


def told_statements(
    connection: sa.Connection,
    people: Collection[UUID],
    activities: Collection[str],
    *,
    since: datetime,
    known_at: datetime | None,
) -> Iterator[Told]:
    """Stored from ``since`` on and by ``known_at``, about ``activities`` or their parts. Whose they are is as is known
    now: a statement that is nobody's, or more than one person's, tells nothing of anybody."""
    keys = keys_of(connection, records_of(people, merged_people(connection, None)))
    identities = identities_of(connection, keys)
    for actor_key, raw in statements_about(connection, keys, activities, since=since, known_at=known_at):
        statement = orjson.loads(raw)
        at = happened(statement)
        if at is None or at.year not in PLAUSIBLE_YEARS:
            continue
        person_id = person_of(identities.get(actor_key, []), at)
        if person_id and person_id in people:
            yield person_id, at, statement
