"""Which person an actor is: identities by ActorKey, and registrations bound by our own launches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.identities import Identity
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.raw_sql import select_by_keys
from lrs_bridge.storage.schema.base import believed
from lrs_bridge.storage.schema.courseware import attempt
from lrs_bridge.storage.schema.people import identity, merged_person

_MERGED = "LEFT JOIN merged_person ON merged_person.person_id = {}.person_id AND merged_person.withdrawn IS NULL"
_COLUMNS = (
    identity.c.actor_key,
    identity.c.person_id,
    identity.c.tier,
    identity.c.since,
    identity.c.until,
    merged_person.c.counts_for,
    identity.c.instead_of,
)


def identities_of(connection: sa.Connection, keys: Collection[UUID]) -> dict[UUID, list[Identity]]:
    """The identities now believed, for each of ``keys``."""
    found: dict[UUID, list[Identity]] = {}
    beside, where = _MERGED.format("identity"), "identity.withdrawn IS NULL"
    for row in select_by_keys(connection, _COLUMNS, identity.c.actor_key, keys, where, beside=beside):
        found.setdefault(row[0], []).append(Identity(*row))
    return found


def bound_registrations(connection: sa.Connection, registrations: Collection[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    """``(registration, actor key) → person`` for launches that the bridge made itself (tier B)."""
    columns = (attempt.c.registration, attempt.c.actor_key, attempt.c.person_id, merged_person.c.counts_for)
    beside, where = _MERGED.format("attempt"), "attempt.person_id IS NOT NULL"
    rows = select_by_keys(connection, columns, attempt.c.registration, registrations, where, beside=beside)
    return {(registration, key): merged or person_id for registration, key, person_id, merged in rows}


def identity_rows_of(
    connection: sa.Connection,
    *,
    keys: Iterable[UUID] = (),
    people: Iterable[UUID] = (),
    known_at: datetime | None = None,
) -> Iterator[Any]:
    """The rows believed at ``known_at`` (None: now) of these actors and of these people, each once."""
    seen: set[UUID] = set()
    for column, wanted in ((identity.c.actor_key, keys), (identity.c.person_id, people)):
        for part in chunks(wanted):
            query = sa.select(identity).where(column.in_(part), believed(identity, known_at))
            for row in connection.execute(query.order_by(identity.c.since, identity.c.ifi, identity.c.id)):
                if row.id not in seen:
                    seen.add(row.id)
                    yield row


def keys_of(connection: sa.Connection, people: Collection[UUID]) -> set[UUID]:
    """Every actor that was ever thought to be one of ``people``."""
    found: set[UUID] = set()
    for part in chunks(people):
        found |= set(connection.scalars(sa.select(identity.c.actor_key).where(identity.c.person_id.in_(part))))
    return found


def keys_changed_since(connection: sa.Connection, since: datetime) -> set[UUID]:
    """Every actor of whom something else was believed after ``since``, or of whose person."""
    found: set[UUID] = set()
    for moment in (identity.c.recorded, identity.c.withdrawn):
        found |= set(connection.scalars(sa.select(identity.c.actor_key).where(moment >= since)))
    merges = sa.select(merged_person.c.person_id, merged_person.c.counts_for)
    moments = (merged_person.c.recorded >= since) | (merged_person.c.withdrawn >= since)
    people = {person_id for row in connection.execute(merges.where(moments)) for person_id in row}
    return found | keys_of(connection, people)


def people_of_keys(connection: sa.Connection, keys: Iterable[UUID], *, before: datetime) -> set[UUID]:
    """Under whom facts of these actors may stand: who had an identity by ``before``, or was launched."""
    found: set[UUID] = set()
    known = identity.c.recorded < before
    for part in chunks(keys):
        held = sa.select(identity.c.person_id, identity.c.instead_of).where(identity.c.actor_key.in_(part), known)
        found |= {person_id for row in connection.execute(held.distinct()) for person_id in row if person_id}
        launched = sa.select(attempt.c.person_id).where(attempt.c.actor_key.in_(part), attempt.c.person_id.is_not(None))
        found |= set(connection.scalars(launched.distinct()))
    return found


def ifis_of(connection: sa.Connection, keys: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """How each of these actors is written, as far as an identity of theirs was ever known."""
    found: dict[UUID | None, str] = {}
    for part in chunks(key for key in keys if key):
        query = sa.select(identity.c.actor_key, identity.c.ifi).where(identity.c.actor_key.in_(part))
        found |= {row.actor_key: row.ifi for row in connection.execute(query)}
    return found


def roster_identities(connection: sa.Connection) -> Iterator[Any]:
    """Every account and address that HR gave to somebody, for any time, as believed now."""
    columns = (identity.c.person_id, identity.c.kind, identity.c.value, identity.c.since, identity.c.until)
    said = identity.c.withdrawn.is_(None) & identity.c.kind.in_(("email", "lms_account"))
    yield from connection.execute(sa.select(*columns).where(said).distinct().order_by(*columns))
