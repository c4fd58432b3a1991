"""Accept, reject, merge, split, and undo: what people decide about identities, each reversible exactly.

A decision only ever adds rows. Undoing it withdraws these rows, and everything that follows from identities (whose the
results are, whose records count for whom) is found anew, as of now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.merges import is_circular
from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.identity_claims import (
    ACCEPTED,
    accepted_row,
    checked,
    claims_of,
    free_stretch_of,
    records_of_person,
    spellings_of,
    split_row,
    written,
)
from lrs_bridge.services.rematch import Rematched, match_stragglers, rematch
from lrs_bridge.storage import identity_decisions as stored
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.identities import identity_rows_of, keys_of
from lrs_bridge.storage.merges import follow_merges, standing_merges
from lrs_bridge.storage.people import own_details, person_key
from lrs_bridge.storage.rosters import one_at_a_time


@dataclass(frozen=True, slots=True)
class Decided:
    """Which decision it is, to undo it by, and what became of the results."""

    id: UUID
    results: Rematched


@dataclass
class _Deciding:
    """One decision while it is made: its instant, and what is to be looked at again."""

    connection: sa.Connection
    at: datetime
    keys: set[UUID] = field(default_factory=set)
    people: set[UUID] = field(default_factory=set)
    results: Rematched = field(default_factory=Rematched)


@contextmanager
def _deciding(bridge: Bridge, who: str) -> Iterator[_Deciding]:
    """A transaction at the end of which whose results are whose is found anew. No roster is applied beside it."""
    if not who.strip():
        raise RequestRefused("Nobody is named who decides this", remedy="Say who: --by NAME")
    with bridge.database.writing() as connection:
        one_at_a_time(connection)
        deciding = _Deciding(connection, now())
        yield deciding
        deciding.results = rematch(connection, deciding.keys, deciding.people, at=deciding.at)
        mark_dirty(connection, deciding.people | stored.reports_of(connection, deciding.people), at=deciding.at)
    match_stragglers(bridge.database, deciding.keys)


def accept(bridge: Bridge, actor: ActorKey, employee_id: str, *, by: str, since: date | None = None) -> Decided:
    """The actor is this person while nobody else is: from ``since`` on; without it before all others, or after them if
    they all have an end. What waits is matched."""
    with _deciding(bridge, by) as deciding:
        connection = deciding.connection
        person_id = _known(connection, employee_id)
        spellings = spellings_of(checked(actor))
        deciding.keys = {key.digest for key in spellings}
        _refuse_accepted(connection, person_id, deciding.keys)
        _refuse_standing(connection, "reject", person_id, deciding.keys, "was rejected as this person")
        first, last = free_stretch_of(connection, deciding.keys, person_id, since)
        decision_id = stored.insert_decision(
            connection, _about(actor, person_id, by) | {"action": "accept", "since": first}, at=deciding.at
        )
        rows = [accepted_row(key, person_id, first, last) | {"decision_id": decision_id} for key in spellings]
        stored.insert_identities(connection, rows, at=deciding.at)
    return Decided(decision_id, deciding.results)


def reject(bridge: Bridge, actor: ActorKey, employee_id: str, *, by: str, because: str) -> Decided:
    """The actor is not this person, and is not suggested as such again."""
    with _deciding(bridge, by) as deciding:
        person_id = _known(deciding.connection, employee_id)
        keys = {key.digest for key in spellings_of(checked(actor))}
        _refuse_accepted(deciding.connection, person_id, keys)
        _refuse_standing(deciding.connection, "reject", person_id, keys, "was rejected as this person already")
        values = _about(actor, person_id, by) | {"action": "reject", "because": _reason(because)}
        decision_id = stored.insert_decision(deciding.connection, values, at=deciding.at)
    return Decided(decision_id, deciding.results)


def merge(bridge: Bridge, given_up: str, into: str, *, by: str, because: str) -> Decided:
    """Two records are one person: everything of the first counts for the second, and the first is nobody's own."""
    with _deciding(bridge, by) as deciding:
        connection = deciding.connection
        subject, other = _known(connection, given_up), _known(connection, into)
        merges = standing_merges(connection)
        if subject in merges:
            _refuse_standing(connection, "merge", subject, (), "was merged already")
        if is_circular(merges, subject, other):
            raise RequestRefused(
                f"{into} counts for {given_up} as it is", remedy="lrs-bridge identities history --person shows by what"
            )
        values = {"action": "merge", "subject_id": subject, "other_id": other, "who": by, "because": _reason(because)}
        decision_id = stored.insert_decision(connection, values, at=deciding.at)
        _follow(deciding)
    return Decided(decision_id, deciding.results)


def split(
    bridge: Bridge,
    employee_id: str,
    actor: ActorKey,
    *,
    by: str,
    because: str,
    into: str = "",
    since: date | None = None,
) -> Decided:
    """What the actor did (from ``since`` on) is not this person's, but ``into``'s, or nobody's where that is empty."""
    with _deciding(bridge, by) as deciding:
        connection = deciding.connection
        person_id, other = _known(connection, employee_id), _known(connection, into) if into else None
        claims = claims_of(connection, person_id, actor)
        if not claims:
            raise NotFound(
                f"{written(actor)} does not belong to {employee_id}",
                remedy=f"What does: lrs-bridge identities list --person {employee_id}",
            )
        if other in records_of_person(connection, person_id):
            raise RequestRefused(f"{employee_id} and {into} are one person", remedy="Name another, or undo the merge")
        deciding.keys = {row.actor_key for row in claims}
        for record in {row.person_id for row in claims}:
            _refuse_standing(connection, "split", record, deciding.keys, "was split from this person already")
        values = _about(actor, claims[0].person_id, by) | {"action": "split", "other_id": other, "since": since}
        decision_id = stored.insert_decision(connection, values | {"because": _reason(because)}, at=deciding.at)
        pairs = {(row.actor_key, row.person_id): row for row in claims}
        rows = [split_row(row, other, since) | {"decision_id": decision_id} for row in pairs.values()]
        stored.insert_identities(connection, rows, at=deciding.at)
    return Decided(decision_id, deciding.results)


def undo(bridge: Bridge, decision_id: UUID, *, by: str, because: str = "") -> Decided:
    """As if it had never been decided, from now on; what was reported in between stays as it was reported."""
    with _deciding(bridge, by) as deciding:
        found = stored.find_decision(deciding.connection, decision_id)
        if found is None:
            raise NotFound(f"There is no decision {decision_id}", remedy="lrs-bridge identities history")
        if found.withdrawn is not None:
            raise RequestRefused(
                f"It was undone on {found.withdrawn:%Y-%m-%d} by {found.undone_by}", remedy="Decide it anew"
            )
        deciding.keys = stored.keys_of_decision(deciding.connection, decision_id)
        stored.withdraw_decision(deciding.connection, decision_id, at=deciding.at, who=by, because=because)
        if found.action == "merge":
            _follow(deciding)
    return Decided(decision_id, deciding.results)


def _follow(deciding: _Deciding) -> None:
    deciding.people = follow_merges(deciding.connection, at=deciding.at)
    deciding.keys |= keys_of(deciding.connection, deciding.people)


def _known(connection: sa.Connection, employee_id: str) -> UUID:
    person_id = person_key(employee_id)
    if person_id not in own_details(connection, [person_id]):
        raise NotFound(f"Nobody has the employee id {employee_id!r}", remedy="Ids are text: 000123 is not 123")
    return person_id


def _reason(because: str) -> str:
    if not because.strip():
        raise RequestRefused("No reason is given", remedy="Say why: --because TEXT")
    return because


def _about(actor: ActorKey, person_id: UUID, by: str) -> dict[str, Any]:
    return {"actor_key": actor.folded().digest, "actor": actor.as_actor(), "subject_id": person_id, "who": by}


def _refuse_standing(
    connection: sa.Connection, action: str, person_id: UUID, keys: Collection[UUID], words: str
) -> None:
    if found := stored.standing_decision(connection, action, person_id, keys):
        raise _contradiction(found, words)


def _refuse_accepted(connection: sa.Connection, person_id: UUID, keys: Collection[UUID]) -> None:
    """Under another spelling too, and as another record of the same person."""
    mine = records_of_person(connection, person_id)
    for row in identity_rows_of(connection, keys=keys):
        if row.kind == ACCEPTED and row.person_id in mine:
            found = stored.find_decision(connection, row.decision_id)
            raise _contradiction(found, "is accepted as this person already")


def _contradiction(found: Any, words: str) -> RequestRefused:
    return RequestRefused(
        f"This {words}, on {found.recorded:%Y-%m-%d} by {found.who}",
        remedy=f"Undo that first: lrs-bridge identities undo {found.id}",
    )
