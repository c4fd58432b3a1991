"""What an actor is written as, whose it is claimed to be, and the rows by which a decision says otherwise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.identities import Identity, after_splits, free_stretch
from lrs_bridge.errors import RequestRefused
from lrs_bridge.roster.cells import EARLIEST
from lrs_bridge.storage.identities import identities_of, identity_rows_of
from lrs_bridge.storage.identity_decisions import employee_ids
from lrs_bridge.storage.merges import merged_people, records_of
from lrs_bridge.xapi.actors import filter_actor
from lrs_bridge.xapi.faults import under

ACCEPTED, SPLIT = "accepted", "split"
"""Kinds of identity that no roster speaks of, so that none ends them either."""


def records_of_person(connection: sa.Connection, person_id: UUID) -> set[UUID]:
    """Theirs and all that count for the same person."""
    merged = merged_people(connection)
    return records_of([merged.get(person_id, person_id)], merged)


def written(actor: ActorKey) -> str:
    return f"{actor.home_page} {actor.value}".strip()


def checked(actor: ActorKey) -> ActorKey:
    if problems := under("/actor", filter_actor(actor.as_actor())):
        remedy = "Write mailto:ada@example.com, homePage|account name, or the SHA-1 of an address"
        raise RequestRefused(f"{written(actor)!r} names no actor", remedy=remedy, problems=problems)
    return actor


def spellings_of(actor: ActorKey) -> list[ActorKey]:
    """Every key that says the same: of an address its SHA-1 too, as statements may send it instead."""
    plain = dict.fromkeys((actor.folded(), actor))
    return [key for one in plain for key in (one, one.sha1_equivalent()) if key]


def free_stretch_of(
    connection: sa.Connection, keys: Collection[UUID], person_id: UUID, since: date | None
) -> tuple[date | None, date | None]:
    """The days on which the actor is nobody else's, from ``since`` on if that is given; raises RequestRefused."""
    mine = merged_people(connection).get(person_id, person_id)
    claims = [one for held in identities_of(connection, keys).values() for one in after_splits(held)]
    others = [replace(one, since=_if_known(one.since)) for one in claims if one.whose not in (mine, None)]
    found = free_stretch(others, since)
    if isinstance(found, tuple):
        return found
    names = employee_ids(connection, [found.whose] if found.whose else [])
    raise RequestRefused(
        f"It belongs to {', '.join(names.values())} {_told(found)}",
        remedy="Give --since another day; or, if it is not theirs: lrs-bridge identities split",
    )


def _if_known(since: date | None) -> date | None:
    return None if since == EARLIEST else since


def _told(identity: Identity) -> str:
    until = f"until {identity.until}" if identity.until else "until today"
    return f"from {identity.since} {until}" if identity.since else until


def claims_of(connection: sa.Connection, person_id: UUID, actor: ActorKey) -> Sequence[Any]:
    """The identities by which the actor is this person's, with all others that say the same account or address."""
    rows = identity_rows_of(connection, people=records_of_person(connection, person_id))
    claims = [row for row in rows if row.instead_of is None]
    wanted = {key.digest for key in spellings_of(actor)}
    if actor.kind == "account":  # the same name at another LMS is another account
        return [row for row in claims if row.actor_key in wanted]
    said = {(row.kind, row.value) for row in claims if row.actor_key in wanted}
    return [row for row in claims if (row.kind, row.value) in said]


def accepted_row(key: ActorKey, person_id: UUID, since: date | None, until: date | None) -> dict[str, Any]:
    return {
        "actor_key": key.digest,
        "person_id": person_id,
        "instead_of": None,
        "tier": "D",
        "kind": ACCEPTED,
        "value": key.value,
        "ifi": written(key),
        "since": since,
        "until": until,
    }


def split_row(claim: Any, other: UUID | None, since: date | None) -> dict[str, Any]:
    return {
        "actor_key": claim.actor_key,
        "person_id": other,
        "instead_of": claim.person_id,
        "tier": "D",
        "kind": SPLIT,
        "value": claim.value,
        "ifi": claim.ifi,
        "since": since,
        "until": None,
    }
