"""Recording statements: the one door for POST, PUT and the bridge's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
import sqlalchemy as sa

from lrs_bridge.errors import Problem, StatementConflict, StatementRefused
from lrs_bridge.services.activities import NOTHING_NEW, News, learn, news_of, remember
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import UNBOUNDED, refuse_outside
from lrs_bridge.services.match_facts import actor_fact, record_facts
from lrs_bridge.services.receive_attachments import NOTHING_RECEIVED, Received
from lrs_bridge.storage import quarantine
from lrs_bridge.storage.activities import Remembered
from lrs_bridge.storage.attachments import insert_attachments
from lrs_bridge.storage.facts import withdraw_facts
from lrs_bridge.storage.schema.base import MICROSECOND
from lrs_bridge.storage.statements import StatementRow, insert_statements, raw_statements, void
from lrs_bridge.storage.watermark import open_writer
from lrs_bridge.xapi.bounds import Bounds
from lrs_bridge.xapi.equivalence import equivalent
from lrs_bridge.xapi.faults import under
from lrs_bridge.xapi.instants import parse_timestamp
from lrs_bridge.xapi.links import links_of
from lrs_bridge.xapi.repairs import repair_statement
from lrs_bridge.xapi.stamping import stamp
from lrs_bridge.xapi.validation import validate_statement

Statement = dict[str, Any]
IMMUTABLE = "Statements are immutable: send the change as a new statement, and void the old one"


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who records. ``compat``: repair or quarantine what is wrong, and store the rest.

    ``defines``: what the statements tell of activities and agents becomes the LRS's own view of them
    (the scope ``define``, xAPI Communication 4.2). ``bounds``: what a launch's credential may write about.
    ``keeps_stamps``: the statements come from another LRS, whose ``stored`` and ``authority`` they keep.
    """

    credential_id: UUID
    authority: dict[str, Any]
    compat: bool = False
    version: str = "1.0.3"
    defines: bool = False
    bounds: Bounds = UNBOUNDED
    keeps_stamps: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """A valid statement under its id, with the repairs that made it so."""

    id: UUID
    statement: Statement
    repairs: tuple[Problem, ...] = ()
    news: News = NOTHING_NEW


@dataclass(frozen=True, slots=True)
class Quarantined:
    statement: Any
    problems: tuple[Problem, ...]


class Stored(NamedTuple):
    """The ids that were new, and those under which another statement is stored (of a ``compat`` recorder only)."""

    fresh: set[UUID]
    conflicting: set[UUID]


def record_statements(
    bridge: Bridge, statements: Sequence[Any], *, by: Recorder, received: Received = NOTHING_RECEIVED
) -> list[UUID]:
    """Validate, stamp and store a batch whole; returns the ids in the batch's order, after the commit.

    ``received`` are the contents of its attachments: without one, each must say by fileUrl where it is.

    Raises StatementRefused with every fault of every statement (xAPI Communication 2.1.2: one bad statement
    refuses the batch), or StatementConflict. A ``compat`` recorder is never refused: what no repair makes valid,
    or what another statement's id was put on, is quarantined; the rest is stored, and its ids are returned.
    """
    admitted, refused = _admitted(statements, by, bridge.remembered, received)
    if not admitted and not refused:
        return []
    done = bridge.commits.run(lambda connection: _store(connection, admitted, refused, by, received))
    bridge.meters.statements.inc(len(done.fresh))
    remember(bridge.remembered, [item.news for item in admitted if item.id in done.fresh])
    return [item.id for item in admitted if item.id not in done.conflicting]


def record_within(connection: sa.Connection, statements: Sequence[Any], *, by: Recorder) -> list[UUID]:
    """The same door, inside a transaction that the caller has open: together with what the statements tell of."""
    # nothing is remembered of a transaction that may yet be rolled back
    admitted, refused = _admitted(statements, by, Remembered())
    if admitted or refused:
        done = _store(connection, admitted, refused, by)
        if done.conflicting:  # whoever holds the transaction decides what becomes of it
            raise _conflict_error(done.conflicting)
    return [item.id for item in admitted]


def _admitted(
    statements: Sequence[Any], by: Recorder, remembered: Remembered, received: Received = NOTHING_RECEIVED
) -> tuple[list[Admitted], list[Quarantined]]:
    admitted, refused = _admit(statements, by, remembered, received)
    if refused and not by.compat:
        problems = [problem for item in refused for problem in item.problems]
        raise StatementRefused("The statements are not valid xAPI; none was stored", problems=problems)
    refuse_outside([problem for item in admitted for problem in by.bounds.statement_problems(item.statement)])
    return admitted, refused


def _admit(
    statements: Sequence[Any], by: Recorder, remembered: Remembered, received: Received
) -> tuple[list[Admitted], list[Quarantined]]:
    admitted: dict[UUID, Admitted] = {}
    refused: list[Quarantined] = []
    for position, given in enumerate(statements):
        pointer = f"/{position}" if len(statements) > 1 else ""
        statement, repairs = repair_statement(given) if by.compat and isinstance(given, dict) else (given, [])
        problems = validate_statement(statement, version=by.version, pointer=pointer)
        if not problems:
            problems = list(under(pointer, tuple(received.problems(statement, version=by.version))))
        statement_id = uuid4() if problems else _id_of(statement)
        if statement_id in admitted:
            problems = [_repeat(statement_id, pointer)]
        if problems:
            refused.append(Quarantined(given, tuple(problems)))
        else:
            news = news_of(statement, remembered) if by.defines else NOTHING_NEW
            admitted[statement_id] = Admitted(statement_id, statement, tuple(repairs), news)
    return list(admitted.values()), refused


def _id_of(statement: Statement) -> UUID:
    return UUID(statement["id"]) if "id" in statement else uuid4()


def _repeat(statement_id: UUID, pointer: str) -> Problem:
    clause = "xAPI Communication 2.1.2"
    return Problem(
        f"{pointer}/id", f"{statement_id} stands more than once in the batch", "Send each statement once", clause
    )


def _store(
    connection: sa.Connection,
    admitted: list[Admitted],
    refused: list[Quarantined],
    by: Recorder,
    received: Received = NOTHING_RECEIVED,
) -> Stored:
    """Store what is new, all of it or nothing."""
    first = open_writer(connection)
    # a microsecond apart, so that the order of the batch is the order of ``stored``
    stamped = {item.id: _stamped(item, by, first + position * MICROSECOND) for position, item in enumerate(admitted)}
    rows = [
        _row(statement, statement_id, first + position * MICROSECOND)
        for position, (statement_id, statement) in enumerate(stamped.items())
    ]
    fresh = insert_statements(connection, rows)
    # as they were sent: what we stamp on a repeat (its timestamp, if it had none) is no difference
    conflicting = _conflicts(connection, {item.id: item.statement for item in admitted if item.id not in fresh})
    if conflicting and not by.compat:
        raise _conflict_error(conflicting)
    new_rows = [row for row in rows if row.id in fresh]
    if received.contents:
        came = [(key, item) for key in fresh for item in received.of_statement(stamped[key])]
        insert_attachments(connection, came)
    voided = void(connection, new_rows)
    found = [item for row in new_rows if (item := actor_fact(stamped[row.id]))]
    record_facts(connection, found, at=first)
    withdraw_facts(connection, voided, at=first)
    repaired = [(item.id, item.repairs) for item in admitted if item.repairs and item.id in fresh]
    quarantine.record_repairs(connection, repaired, credential_id=by.credential_id, at=first)
    held = [(item.statement, item.problems) for item in refused]
    held += [(item.statement, (_conflict(item.id),)) for item in admitted if item.id in conflicting]
    quarantine.hold(connection, held, credential_id=by.credential_id, at=first, version=by.version)
    learn(connection, [item.news for item in admitted if item.id in fresh], at=first)
    return Stored(fresh, conflicting)


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


def _conflict_error(ids: set[UUID]) -> StatementConflict:
    named = ", ".join(sorted(map(str, ids)))
    return StatementConflict(f"A different statement is stored under this id: {named}", remedy=IMMUTABLE)


def _conflict(statement_id: UUID) -> Problem:
    return Problem(
        "/id", f"a different statement is stored under {statement_id}", IMMUTABLE, "xAPI Communication 2.1.2"
    )
