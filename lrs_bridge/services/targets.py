"""Targets of deliveries, as an operator sees and changes them: other LRSs and webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
import sqlalchemy as sa

from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.sealing import seal
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.storage import outbox
from lrs_bridge.storage.database import now
from lrs_bridge.storage.statements import Cursor
from lrs_bridge.storage.watermark import consistent_through

Kind = Literal["lrs", "webhook"]
COMMAND = {"lrs": "forward", "webhook": "webhooks"}
LARGEST_ID = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class TargetView:
    """What may be shown of a target: everything but its secret."""

    name: str
    url: str
    filter: dict[str, Any]
    state: str
    delivered: int
    lag_statements: int
    lag_seconds: int
    dead_letters: int
    last_success: datetime | None
    next_attempt: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    statement_id: UUID
    recorded: datetime
    retrying: bool
    reason: str
    statement: Any


def add_target(  # noqa: PLR0913 - what a target is
    bridge: Bridge,
    kind: Kind,
    name: str,
    url: str,
    *,
    secret: str,
    key: str = "",
    wanted: StatementFilter | None = None,
    from_now: bool = False,
) -> None:
    """From the first statement on, or from now. Raises RequestRefused."""
    check_name(name)
    check_address(url)
    wanted = (wanted or StatementFilter()).check()
    with bridge.database.writing() as connection:
        start = Cursor(consistent_through(connection), LARGEST_ID) if from_now else outbox.START
        values = {
            "id": uuid4(),
            "kind": kind,
            "name": name,
            "url": url,
            "key": key,
            "sealed_secret": seal(bridge, secret),
            "filter": wanted.as_json(),
            "paused": False,
            "created": now(),
            "stored": start.stored,
            "statement_id": start.id,
            "delivered": 0,
            "failures": 0,
            "last_error": "",
        }
        if not outbox.add_target(connection, values):
            raise RequestRefused(f"There is a {COMMAND[kind]} target {name!r} already", remedy="Choose another name")


def check_name(name: str) -> None:
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise RequestRefused(f"{name!r} is no name", remedy="Use letters, digits, - and _")


def check_address(url: str) -> None:
    """http or https, and no key in it: addresses are listed and logged."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise RequestRefused(
            f"Not a web address to call: {parts.scheme}://{parts.hostname or ''}",
            remedy="Write https://host/path; give key and secret by their own options",
        )


def list_targets(bridge: Bridge, kind: Kind, *, at: datetime | None = None) -> list[TargetView]:
    with bridge.database.reading() as connection:
        return [_view(connection, row, at or now()) for row in outbox.targets(connection, kind)]


def _view(connection: sa.Connection, row: Any, at: datetime) -> TargetView:
    waiting, first = outbox.lag_after(connection, Cursor(row.stored, row.statement_id))
    state = "paused" if row.paused else "failing" if row.failures else "waiting" if waiting else "up to date"
    return TargetView(
        name=row.name,
        url=row.url,
        filter=row.filter,
        state=state,
        delivered=row.delivered,
        lag_statements=waiting,
        lag_seconds=max(0, int((at - first).total_seconds())) if first else 0,
        dead_letters=outbox.dead_letter_count(connection, row.id),
        last_success=row.last_success,
        next_attempt=row.next_attempt,
        last_error=row.last_error,
    )


def pause_target(bridge: Bridge, kind: Kind, name: str, *, paused: bool) -> None:
    """A resumed target is tried at once."""
    with bridge.database.writing() as connection:
        target = _target(connection, kind, name)
        outbox.change_target(connection, target.id, paused=paused, next_attempt=None)


def remove_target(bridge: Bridge, kind: Kind, name: str) -> None:
    with bridge.database.writing() as connection:
        outbox.remove_target(connection, _target(connection, kind, name).id)


def dead_letters(bridge: Bridge, kind: Kind, name: str) -> list[DeadLetter]:
    with bridge.database.reading() as connection:
        found = outbox.dead_letters(connection, _target(connection, kind, name).id)
    return [
        DeadLetter(row.statement_id, row.recorded, row.again, row.reason, orjson.loads(row.raw) if row.raw else None)
        for row in found
    ]


def retry_dead_letters(bridge: Bridge, kind: Kind, name: str, statement_id: UUID | None = None) -> int:
    """Have dead letters tried again at the next turn; returns how many."""
    with bridge.database.writing() as connection:
        target = _target(connection, kind, name)
        count = outbox.ask_again(connection, target.id, statement_id)
        outbox.change_target(connection, target.id, next_attempt=None)
    if statement_id and not count:
        raise NotFound(f"{name} has no dead letter {statement_id}")
    return count


def _target(connection: sa.Connection, kind: Kind, name: str) -> Any:
    target = outbox.target_named(connection, kind, name)
    if target is None:
        raise NotFound(f"No target is called {name!r}", remedy=f"lrs-bridge {COMMAND[kind]} list")
    return target
