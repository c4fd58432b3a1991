"""Which person an actor is: identities by ActorKey, and registrations bound by our own launches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.raw_sql import select_by_keys
from lrs_bridge.storage.schema.courseware import attempt
from lrs_bridge.storage.schema.people import identity


@dataclass(frozen=True, slots=True)
class KnownIdentity:
    """An ActorKey that belongs to a person, from ``since`` to ``until`` (both included; None is open)."""

    actor_key: UUID
    person_id: UUID
    tier: str
    since: date | None
    until: date | None

    def covers(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def identities_of(connection: sa.Connection, keys: Collection[UUID]) -> dict[UUID, list[KnownIdentity]]:
    """The identities now believed, for each of ``keys``."""
    found: dict[UUID, list[KnownIdentity]] = {}
    columns = (identity.c.actor_key, identity.c.person_id, identity.c.tier, identity.c.since, identity.c.until)
    for row in select_by_keys(connection, columns, identity.c.actor_key, keys, "withdrawn IS NULL"):
        found.setdefault(row[0], []).append(KnownIdentity(*row))
    return found


def bound_registrations(connection: sa.Connection, registrations: Collection[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    """``(registration, actor key) → person`` for launches that the bridge made itself (tier B)."""
    columns = (attempt.c.registration, attempt.c.actor_key, attempt.c.person_id)
    rows = select_by_keys(connection, columns, attempt.c.registration, registrations, "person_id IS NOT NULL")
    return {(registration, actor_key): person_id for registration, actor_key, person_id in rows}
