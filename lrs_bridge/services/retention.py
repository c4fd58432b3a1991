"""Retention: old statements that a rule names go, unless something rests on them.

Kept whatever the rules say: evidence of a current status; what a legal hold covers; what a target has not got yet;
and voiding statements, for without them what they void could come back as valid. The learning fact of a deleted
statement stays: who, which activity, which outcome and score, when. So reports about the past do not change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import sqlalchemy as sa

from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.legal_holds import what_is_held
from lrs_bridge.services.refresh_compliance import mark_whose_day_has_come, refresh
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.services.targets import check_name
from lrs_bridge.services.unused_attachments import remove_unused
from lrs_bridge.storage import retention as storage
from lrs_bridge.storage.database import now
from lrs_bridge.storage.outbox import START, Waiting, statements_after
from lrs_bridge.storage.schema.base import MICROSECOND

CHUNK = 500
SHOWN = 5
REASONS = ("evidence", "legal hold", "not forwarded", "voiding")


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    days: int
    wanted: StatementFilter

    def covers(self, item: Waiting, statement: dict[str, Any], at: datetime) -> bool:
        return item.cursor.stored < at - timedelta(days=self.days) and self.wanted.keeps(statement)


@dataclass
class RetentionRun:
    """``kept`` counts by reason what a rule names and something protects; ``examples`` are of what goes."""

    id: UUID
    outcome: str
    who: str
    began: datetime
    ended: datetime | None = None
    rules: list[str] = field(default_factory=list)
    deleted: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, str]] = field(default_factory=list)


def add_rule(bridge: Bridge, name: str, days: int, wanted: StatementFilter) -> None:
    check_name(name)
    if days < 1:
        raise RequestRefused("A rule keeps statements for a day at least", remedy="Give --days 1 or more")
    values = {"id": uuid4(), "name": name, "days": days, "filter": wanted.check().as_json(), "created": now()}
    with bridge.database.writing() as connection:
        if not storage.add_rule(connection, values):
            raise RequestRefused(f"There is a rule {name!r} already", remedy="Remove it first")


def remove_rule(bridge: Bridge, name: str) -> None:
    with bridge.database.writing() as connection:
        if not storage.remove_rule(connection, name):
            raise NotFound(f"No rule is called {name!r}", remedy="lrs-bridge retention rules")


def list_rules(bridge: Bridge) -> list[Rule]:
    with bridge.database.reading() as connection:
        return [Rule(row.name, row.days, StatementFilter.of_json(row.filter)) for row in storage.rules(connection)]


def history(bridge: Bridge) -> list[RetentionRun]:
    with bridge.database.reading() as connection:
        return [RetentionRun(**(dict(row._mapping) | {"kept": Counter(row.kept)})) for row in storage.runs(connection)]


def run_retention(bridge: Bridge, *, apply: bool, who: str, at: datetime | None = None) -> RetentionRun:
    """Count what the rules name; with ``apply`` delete it, chunk by chunk. Every run is recorded, dry ones too."""
    rules, instant = list_rules(bridge), at or now()
    if not rules:
        raise RequestRefused("There are no rules", remedy="lrs-bridge retention add NAME --days N …")
    mark_whose_day_has_come(bridge, at=instant)
    refresh(bridge, at=instant)
    run = RetentionRun(
        uuid4(), "running" if apply else "dry run", who, instant, rules=[f"{r.name}: {r.days} days" for r in rules]
    )
    _walk(bridge, run, rules)
    run.outcome, run.ended = "applied" if apply else "dry run", now()
    _save(bridge, run)
    if apply:
        remove_unused(bridge)
    return run


def _walk(bridge: Bridge, run: RetentionRun, rules: Sequence[Rule]) -> None:
    youngest = run.began - timedelta(days=min(rule.days for rule in rules)) - MICROSECOND
    here = START
    while True:
        with bridge.database.reading() as connection:
            chunk = statements_after(connection, here, through=youngest, limit=CHUNK)
        if not chunk:
            return
        here = chunk[-1].cursor
        named = [item for item in chunk if _is_named(item, rules, run.began)]
        if named and run.outcome == "running":
            with bridge.database.writing() as connection:
                _delete(connection, run, named)
        elif named:
            with bridge.database.reading() as connection:
                _going(connection, run, named)


def _is_named(item: Waiting, rules: Sequence[Rule], at: datetime) -> bool:
    statement = orjson.loads(item.raw)
    return any(rule.covers(item, statement, at) for rule in rules)


def _delete(connection: sa.Connection, run: RetentionRun, named: Sequence[Waiting]) -> None:
    """What protects is read in the transaction that deletes; the record of the run goes along with it."""
    going = _going(connection, run, named)
    storage.delete_statements(connection, [item.cursor.id for item in going])
    _save_within(connection, run)


def _going(connection: sa.Connection, run: RetentionRun, named: Sequence[Waiting]) -> list[Waiting]:
    """Those that nothing protects, counted; of the others, the first reason of each."""
    why = _protected(connection, named)
    going = [item for item in named if item.cursor.id not in why]
    run.kept.update(why.values())
    run.deleted += len(going)
    run.examples += [_example(item) for item in going[: max(0, SHOWN - len(run.examples))]]
    return going


def _protected(connection: sa.Connection, named: Sequence[Waiting]) -> dict[UUID, str]:
    ids = [item.cursor.id for item in named]
    place = storage.oldest_place(connection)
    behind = set()
    if place is not None:
        behind = {i.cursor.id for i in named if (i.cursor.stored, i.cursor.id) > (place.stored, place.id)}
    found = (
        storage.evidence_among(connection, ids),
        storage.held_among(connection, ids, what_is_held(connection)),
        behind,
        storage.voiding_among(connection, ids),
    )
    why: dict[UUID, str] = {}
    for reason, keys in zip(REASONS, found, strict=True):
        why = dict.fromkeys(keys, reason) | why
    return why


def _example(item: Waiting) -> dict[str, str]:
    statement = orjson.loads(item.raw)
    subject = statement["object"]
    return {
        "id": str(item.cursor.id),
        "stored": item.cursor.stored.isoformat(),
        "verb": statement["verb"]["id"],
        "object": subject.get("id", subject.get("objectType", "")),
    }


def _save(bridge: Bridge, run: RetentionRun) -> None:
    with bridge.database.writing() as connection:
        _save_within(connection, run)


def _save_within(connection: sa.Connection, run: RetentionRun) -> None:
    values = {name: getattr(run, name) for name in RetentionRun.__dataclass_fields__}
    storage.save_run(connection, values | {"kept": dict(run.kept)})
