"""Storing admitted batches inside one transaction: statements, links, facts, and whatever must be held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.errors import Problem, StatementConflict
from lrs_bridge.services.activities import learn
from lrs_bridge.services.admit_statements import Admitted, Batch, Recorder, Statement
from lrs_bridge.services.match_facts import actor_fact, record_facts
from lrs_bridge.services.receive_attachments import Received
from lrs_bridge.storage import quarantine
from lrs_bridge.storage.attachments import hold_attachments, insert_attachments
from lrs_bridge.storage.evidence import withdraw_voided
from lrs_bridge.storage.facts import withdraw_facts
from lrs_bridge.storage.schema.base import MICROSECOND
from lrs_bridge.storage.statements import StatementRow, insert_statements, raw_statements, void
from lrs_bridge.storage.watermark import open_writer
from lrs_bridge.xapi.equivalence import equivalent
from lrs_bridge.xapi.instants import parse_timestamp
from lrs_bridge.xapi.links import links_of
from lrs_bridge.xapi.stamping import stamp

IMMUTABLE = "Statements are immutable: send the change as a new statement, and void the old one"


class Stored(NamedTuple):
    """The ids that were new, and those under which another statement is stored (of a ``compat`` recorder only).

    ``last`` is the latest ``stored`` that was given out.
    """

    fresh: set[UUID]
    conflicting: set[UUID]
    last: datetime


class NotTogether(Exception):
    """Some of the statements are there already: the batches must be stored one by one, to see what becomes of each."""


def store_batches(connection: sa.Connection, batches: Sequence[Batch]) -> list[Stored]:
    """Store what is new of each batch, all of it or nothing. Raises StatementConflict, or NotTogether for several."""
    first = open_writer(connection)
    rows, stamped = _rows(batches, first)
    fresh = insert_statements(connection, rows)
    if len(batches) > 1 and len(fresh) < len(rows):
        raise NotTogether
    conflicting = _conflicting(connection, batches[0], fresh) if len(fresh) < len(rows) else set()
    new_rows = [row for row in rows if row.id in fresh]
    _prove(connection, new_rows, stamped, first)
    for batch in batches:
        _keep_beside(connection, batch, fresh, conflicting, stamped, first)
    learn(connection, [item.news for batch in batches for item in batch.admitted if item.id in fresh], at=first)
    last = new_rows[-1].stored if new_rows else first
    return [Stored({item.id for item in batch.admitted} & fresh, conflicting, last) for batch in batches]


def _rows(batches: Sequence[Batch], first: datetime) -> tuple[list[StatementRow], dict[UUID, Statement]]:
    """A microsecond apart, so that the order of a batch is the order of ``stored``."""
    positions = count()
    rows: list[StatementRow] = []
    stamped: dict[UUID, Statement] = {}
    for batch in batches:
        for item in batch.admitted:
            stored = first + next(positions) * MICROSECOND
            stamped[item.id] = _stamped(item, batch.by, stored)
            rows.append(_row(stamped[item.id], item.id, stored))
    return rows, stamped


def _conflicting(connection: sa.Connection, batch: Batch, fresh: set[UUID]) -> set[UUID]:
    # as they were sent: what we stamp on a repeat (its timestamp, if it had none) is no difference
    found = _conflicts(connection, {item.id: item.statement for item in batch.admitted if item.id not in fresh})
    if found and not batch.by.compat:
        raise conflict_error(found)
    return found


def _prove(
    connection: sa.Connection, new_rows: Sequence[StatementRow], stamped: dict[UUID, Statement], at: datetime
) -> None:
    """The facts of what is new, and the end of those that it voids."""
    voided = void(connection, new_rows)
    record_facts(connection, [item for row in new_rows if (item := actor_fact(stamped[row.id]))], at=at)
    withdraw_facts(connection, voided, at=at)
    withdraw_voided(connection, voided, at=at)


def _keep_beside(
    connection: sa.Connection,
    batch: Batch,
    fresh: set[UUID],
    conflicting: set[UUID],
    stamped: dict[UUID, Statement],
    at: datetime,
) -> None:
    """Attachments, repairs, and what is quarantined."""
    if batch.received.contents:
        own = [item.id for item in batch.admitted if item.id in fresh]
        insert_attachments(
            connection, [(key, came) for key in own for came in batch.received.of_statement(stamped[key])]
        )
    repaired = [(item.id, item.repairs) for item in batch.admitted if item.repairs and item.id in fresh]
    quarantine.record_repairs(connection, repaired, credential_id=batch.by.credential_id, at=at)
    held = [(item.statement, item.problems) for item in batch.refused]
    held += [(item.statement, (_conflict(item.id),)) for item in batch.admitted if item.id in conflicting]
    if held:
        _hold(connection, held, batch.by, at, batch.received)


def _hold(
    connection: sa.Connection,
    held: list[tuple[Statement, tuple[Problem, ...]]],
    by: Recorder,
    at: datetime,
    received: Received,
) -> None:
    ids = quarantine.hold(connection, held, credential_id=by.credential_id, at=at, version=by.version)
    came = zip(ids, (received.of_held(given) for given, _ in held), strict=True)
    hold_attachments(connection, [(key, item) for key, items in came for item in items])


def _stamped(item: Admitted, by: Recorder, cursor: datetime) -> Statement:
    """As it will be answered. The row's ``stored`` is the cursor all the same, also where the JSON keeps another."""
    kept = by.keeps_stamps and item.statement
    return stamp(
        item.statement,
        statement_id=item.id,
        stored=(kept and parse_timestamp(kept.get("stored", ""))) or cursor,
        authority=(kept and kept.get("authority")) or by.authority,
        version=by.version,
    )


def _row(statement: Statement, statement_id: UUID, stored: datetime) -> StatementRow:
    links = links_of(statement)
    return StatementRow(
        id=statement_id,
        stored=stored,
        raw=orjson.dumps(statement).decode(),
        verb_key=links.verb_key,
        registration=links.registration,
        agents=links.agents,
        activities=links.activities,
        references=links.references,
        voiding=any(voiding for _, voiding in links.references),
    )


def _conflicts(connection: sa.Connection, repeats: dict[UUID, Statement]) -> set[UUID]:
    """xAPI Communication 2.1.1/2.1.2: the same statement again is fine, another one under its id is a conflict."""
    if not repeats:
        return set()
    known = raw_statements(connection, repeats)
    return {key for key, statement in repeats.items() if not equivalent(orjson.loads(known[key]), statement)}


def conflict_error(ids: set[UUID]) -> StatementConflict:
    named = ", ".join(sorted(map(str, ids)))
    return StatementConflict(f"A different statement is stored under this id: {named}", remedy=IMMUTABLE)


def _conflict(statement_id: UUID) -> Problem:
    return Problem(
        "/id", f"a different statement is stored under {statement_id}", IMMUTABLE, "xAPI Communication 2.1.2"
    )
