"""Quarantine: what compat credentials sent that no repair made valid. Seen, explained, corrected, replayed or dropped.

Nothing is ever deleted: what was replayed or dropped is settled, and can be read as it came with what became of it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import NotFound, Problem, RequestRefused, StatementConflict, StatementRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import Credential, credential_of_id
from lrs_bridge.services.receive_attachments import NOTHING_RECEIVED, Received, received_before
from lrs_bridge.services.record_statements import Recorder, record_within
from lrs_bridge.storage import quarantine
from lrs_bridge.storage.attachments import KeptAttachment, held_attachments
from lrs_bridge.storage.database import now
from lrs_bridge.storage.quarantine import HeldPlace, HeldRow
from lrs_bridge.storage.quarantine_search import note
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.xapi.faults import kind_of
from lrs_bridge.xapi.parsing import parse_json
from lrs_bridge.xapi.parsing_apart import source_problems
from lrs_bridge.xapi.repairs import repair_statement
from lrs_bridge.xapi.validation import validate_statement

PAGE = 100
State = Literal["waiting", "replayed", "dropped"]


@dataclass(frozen=True, slots=True)
class Held:
    """One statement in quarantine. ``problems`` are those it has now, their places within the statement itself;
    ``arrived_with`` those it was held for, their places in the batch that it came in. ``sender`` is the credential,
    ``contents`` what came attached and is kept with it.
    """

    id: UUID
    received: datetime
    sender: str
    state: State
    statement: Any
    problems: tuple[Problem, ...]
    arrived_with: tuple[Problem, ...]
    corrected: Any = None
    because: str = ""
    settled: datetime | None = None
    statement_id: UUID | None = None
    contents: tuple[KeptAttachment, ...] = ()

    @property
    def arrived_with_besides(self) -> tuple[Problem, ...]:
        """What it was held for that cannot be seen in the statement: a part that came with it, a correction since."""
        told = {problem.reason for problem in self.problems}
        return tuple(problem for problem in self.arrived_with if problem.reason not in told)


@dataclass(frozen=True, slots=True)
class HeldPage:
    """``more`` goes on where this page ends; it is empty on the last one. ``total`` counts all pages."""

    items: list[Held]
    total: int
    more: str = ""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one replay: the id it is stored under, or the problems that still hold it."""

    id: UUID
    statement_id: UUID | None
    problems: tuple[Problem, ...] = ()


def list_held(bridge: Bridge, *, settled: bool = False, more: str = "", limit: int = PAGE) -> HeldPage:
    """What waits, the oldest first; or, ``settled``, what was replayed or dropped."""
    after = _place_of(more) if more else None
    with bridge.database.reading() as connection:
        rows = quarantine.held_rows(connection, settled=settled, after=after, limit=limit + 1)
        page = rows[:limit]
        items = [seen(bridge, connection, row) for row in page]
        total = quarantine.count_held(connection, settled=settled)
    return HeldPage(items, total, _token_of(page[-1]) if len(rows) > limit else "")


def show_held(bridge: Bridge, held_id: UUID) -> Held:
    with bridge.database.reading() as connection:
        return seen(bridge, connection, _row(connection, held_id))


def fix_held(bridge: Bridge, held_id: UUID, body: bytes, *, who: str) -> Held:
    """Put a corrected statement beside what came, to be replayed; raises StatementRefused while it is not valid."""
    corrected = _correction(body)

    def correct(connection: sa.Connection) -> Held:
        row = _waiting(connection, held_id)
        if problems := _problems_of(corrected, row.version, _came_with(bridge, connection, held_id, corrected)):
            raise StatementRefused("The correction is not valid either; nothing was changed", problems=problems)
        quarantine.set_correction(connection, held_id, orjson.dumps(corrected).decode(), row.problems)
        note(connection, held_id, at=now(), who=who, what="corrected")
        return seen(bridge, connection, _row(connection, held_id))

    return bridge.commits.run(correct)


def check_correction(bridge: Bridge, held_id: UUID, body: bytes) -> list[Problem]:
    """What is wrong with a correction; nothing is kept of it."""
    corrected = _correction(body)
    with bridge.database.reading() as connection:
        row = _row(connection, held_id)
        return _problems_of(corrected, row.version, _came_with(bridge, connection, held_id, corrected))


def _correction(body: bytes) -> dict[str, Any]:
    corrected = parse_json(body)
    if not isinstance(corrected, dict):
        raise RequestRefused(f"The correction is {kind_of(corrected)}", remedy="Give one statement, a JSON object")
    return corrected


def replay_held(bridge: Bridge, ids: Sequence[UUID], *, who: str) -> list[Replayed]:
    """Record each in the name of the credential that sent it, as if it came now; what is still wrong goes on waiting.

    Each in its own transaction, together with its settlement: a crash in between neither loses nor doubles one.
    """
    return [_replay(bridge, held_id, who) for held_id in ids]


def replay_all(bridge: Bridge, *, who: str) -> list[Replayed]:
    """Every one that waits, the oldest first."""
    found: list[Replayed] = []
    page = list_held(bridge)
    while True:
        found += replay_held(bridge, [item.id for item in page.items], who=who)
        if not page.more:
            return found
        page = list_held(bridge, more=page.more)


def drop_held(bridge: Bridge, held_id: UUID, *, because: str, who: str) -> None:
    """Give one up, with the reason. It stays readable, and is never replayed again."""
    if not because.strip():
        raise RequestRefused("A reason is missing", remedy="Say why this statement is given up")

    def drop(connection: sa.Connection) -> None:
        _waiting(connection, held_id)
        quarantine.settle(connection, held_id, outcome="dropped", at=now(), because=because.strip())
        note(connection, held_id, at=now(), who=who, what="dropped", words=because.strip())

    bridge.commits.run(drop)


def _replay(bridge: Bridge, held_id: UUID, who: str) -> Replayed:
    def record(connection: sa.Connection) -> Replayed:
        row = _waiting(connection, held_id)
        statement = orjson.loads(row.current)
        received = _came_with(bridge, connection, held_id, statement)
        if problems := _problems_of(statement, row.version, received):
            return Replayed(held_id, None, tuple(problems))
        by = _recorder(bridge, row, credential_of_id(bridge, connection, row.credential_id))
        (statement_id,) = record_within(connection, [statement], by=by, received=received) or (None,)
        if statement_id is None:  # held anew, for what only the storing finds out
            raise StatementRefused("It cannot be stored as it is")
        quarantine.settle(connection, held_id, outcome="replayed", at=now(), statement_id=statement_id)
        note(connection, held_id, at=now(), who=who, what="replayed", words=str(statement_id))
        return Replayed(held_id, statement_id)

    try:
        return bridge.commits.run(record)
    except (StatementConflict, StatementRefused) as error:
        return Replayed(held_id, None, error.problems or (Problem("/id", error.reason, error.remedy),))


def _recorder(bridge: Bridge, row: HeldRow, sender: Credential | None) -> Recorder:
    """The one who sent it, also if revoked since."""
    if sender is None:  # the row came from a restored or merged database
        unknown = ActorKey.of_account(bridge.settings.public_url, str(row.credential_id))
        return Recorder(row.credential_id, unknown.as_actor(), compat=True, version=row.version)
    return Recorder(sender.id, sender.authority, compat=True, version=row.version, defines=sender.allows("define"))


def _problems_of(statement: Any, version: str, received: Received) -> list[Problem]:
    """What is wrong after the repairs that a compat credential is granted."""
    if isinstance(statement, str) and (faults := source_problems(statement)):
        return faults
    repaired = repair_statement(statement)[0] if isinstance(statement, dict) else statement
    return validate_statement(repaired, version=version) or received.problems(repaired, version=version)


def _came_with(bridge: Bridge, connection: sa.Connection, held_id: UUID, statement: Any) -> Received:
    kept = held_attachments(connection, [held_id]).get(held_id, [])
    return received_before(bridge, statement, kept) if kept else NOTHING_RECEIVED


def seen(bridge: Bridge, connection: sa.Connection, row: HeldRow) -> Held:
    """A row in quarantine as it is shown."""
    received = _came_with(bridge, connection, row.id, orjson.loads(row.current))
    return _held(row, credential_of_id(bridge, connection, row.credential_id), received)


def _held(row: HeldRow, sender: Credential | None, received: Received) -> Held:
    return Held(
        id=row.id,
        received=row.received,
        sender=sender.name if sender else str(row.credential_id),
        state="waiting" if row.settled is None else "dropped" if row.outcome == "dropped" else "replayed",
        statement=orjson.loads(row.raw),
        problems=tuple(_problems_of(orjson.loads(row.current), row.version, received)) if row.settled is None else (),
        arrived_with=row.problems,
        corrected=orjson.loads(row.fixed) if row.fixed else None,
        because=row.because or "",
        settled=row.settled,
        statement_id=row.statement_id,
        contents=tuple(received.contents.values()),
    )


def _row(connection: sa.Connection, held_id: UUID, *, lock: bool = False) -> HeldRow:
    row = quarantine.held_row(connection, held_id, lock=lock)
    if row is None:
        raise NotFound(f"Nothing in quarantine has the id {held_id}", remedy="lrs-bridge statements quarantine list")
    return row


def _waiting(connection: sa.Connection, held_id: UUID) -> HeldRow:
    """Locked until the end of the transaction, so that two replays never store it twice."""
    row = _row(connection, held_id, lock=True)
    if row.settled is not None:
        raise RequestRefused(f"{held_id} was {row.outcome} already", remedy="lrs-bridge statements quarantine show ID")
    return row


def _token_of(row: HeldRow) -> str:
    stored = (row.received - EPOCH) // MICROSECOND
    return urlsafe_b64encode(stored.to_bytes(8, "big") + row.id.bytes).decode()


def _place_of(token: str) -> HeldPlace:
    try:
        raw = urlsafe_b64decode(token)
        return HeldPlace(EPOCH + int.from_bytes(raw[:8], "big") * MICROSECOND, UUID(bytes=raw[8:]))
    except (ValueError, OverflowError) as error:
        raise RequestRefused("The page mark is damaged", remedy="Use it exactly as it was given") from error
