"""Deliveries of statements to other LRSs and to webhooks: each once, in order, whatever dies in between.

A target has a place in the order of statements. What lies before it was delivered, was not wanted, or is a dead
letter. The place moves after the other side has answered, so a crash sends a batch again, under the same ids.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.errors import SettingInvalid
from lrs_bridge.outbound import webhooks
from lrs_bridge.outbound.deliveries import Declined, Postponed
from lrs_bridge.outbound.remote_lrs import Attachment, RemoteLrs
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.sealing import unseal
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.storage import outbox
from lrs_bridge.storage.attachments import attachment_store, attachments_of
from lrs_bridge.storage.database import now
from lrs_bridge.storage.outbox import Waiting
from lrs_bridge.storage.statements import Cursor, raw_statements
from lrs_bridge.storage.watermark import consistent_through
from lrs_bridge.xapi.equivalence import equivalent
from lrs_bridge.xapi.verbs import VOIDED

READ = 200
"""Statements looked at in one go."""
SENT = 50
"""Statements in one call."""
TURNS = 20
"""So often one target is served before the next one has its turn."""
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 3600.0
LONGEST_WISH = 24 * 3600.0

StillOurs = Callable[[], bool]


class Refusal(NamedTuple):
    statement_id: UUID
    reason: str


@dataclass
class Delivery:
    """One run of statements on its way to one target: what arrived, and what was refused for good."""

    bridge: Bridge
    target: Any
    still_ours: StillOurs
    delivered: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def send(self, items: Sequence[Waiting]) -> None:
        """Deliver each or add it to ``refused``; a batch that is refused is halved until the culprit is alone."""
        if not items:
            return
        if not self.still_ours():
            raise Postponed("Another process has taken over")
        try:
            self._post(items)
        except Declined as refusal:
            self._divide(items, refusal)
        else:
            self.delivered += len(items)

    def _divide(self, items: Sequence[Waiting], refusal: Declined) -> None:
        if len(items) > 1:
            middle = len(items) // 2
            self.send(items[:middle])
            self.send(items[middle:])
        elif refusal.status == 409 and self._has(items[0]):
            self.delivered += 1
        else:
            self.refused.append(Refusal(items[0].cursor.id, refusal.reason))

    def _has(self, item: Waiting) -> bool:
        """An LRS may answer 409 to a mere repeat; only another statement under the same id is a conflict."""
        if self.target.kind != "lrs":
            return False
        theirs = self._lrs().statement(item.cursor.id)
        return theirs is not None and equivalent(theirs, orjson.loads(item.raw))

    def _post(self, items: Sequence[Waiting]) -> None:
        raws = [item.raw for item in items]
        if self.target.kind == "lrs":
            self._lrs(_version(raws)).post(raws, self._attachments(items))
        else:
            secret = unseal(self.bridge, self.target.sealed_secret)
            ids = [item.cursor.id for item in items]
            webhooks.post(self.target.url, secret, self.target.name, raws, ids, now())

    def _lrs(self, version: str = "1.0.3") -> RemoteLrs:
        secret = unseal(self.bridge, self.target.sealed_secret)
        return RemoteLrs(self.target.url, self.target.key, secret, version)

    def _attachments(self, items: Sequence[Waiting]) -> list[Attachment]:
        store = attachment_store(self.bridge.settings.data_dir)
        with self.bridge.database.reading() as connection:
            kept = attachments_of(connection, [item.cursor.id for item in items])
        return [Attachment(one.sha2, one.content_type, store.path(one.digest)) for one in kept]


def _version(raws: Sequence[str]) -> str:
    return "2.0.0" if any('"version":"2.0' in raw for raw in raws) else "1.0.3"


def deliver_all(bridge: Bridge, kind: str, *, at: datetime | None = None, still_ours: StillOurs = lambda: True) -> int:
    """Serve every target of a kind whose time has come; returns how many statements were delivered."""
    instant = at or now()
    with bridge.database.reading() as connection:
        due = [row for row in outbox.targets(connection, kind) if not row.paused and _is_due(row, instant)]
    return sum(deliver(bridge, row.id, still_ours=still_ours) for row in due)


def _is_due(row: Any, at: datetime) -> bool:
    return row.next_attempt is None or row.next_attempt <= at


def deliver(bridge: Bridge, target_id: UUID, *, still_ours: StillOurs = lambda: True) -> int:
    """Deliver what waits for one target, as far as it takes it; a failure is recorded and tried again later."""
    delivered = 0
    try:
        delivered += _again(bridge, target_id, still_ours)
        for _ in range(TURNS):
            step = _step(bridge, target_id, still_ours)
            if step is None:
                break
            delivered += step
    except (Postponed, SettingInvalid) as error:
        _postpone(bridge, target_id, error.reason, getattr(error, "seconds", 0.0))
    return delivered


def _step(bridge: Bridge, target_id: UUID, still_ours: StillOurs) -> int | None:
    """The next run of statements; None where there is none, or the target is gone, paused or served elsewhere."""
    with bridge.database.reading() as connection:
        target = outbox.target_of_id(connection, target_id)
        if target is None or target.paused:
            return None
        here = Cursor(target.stored, target.statement_id)
        through = consistent_through(connection)
        run = outbox.statements_after(connection, here, through=through, limit=READ)
        wanted = _wanted(connection, StatementFilter.of_json(target.filter), run)
    if not run:
        return None
    delivery, delivered = Delivery(bridge, target, still_ours), 0
    for start in range(0, max(len(wanted), 1), SENT):
        part = wanted[start : start + SENT]
        delivery.delivered, delivery.refused = 0, []
        delivery.send(part)
        is_last = start + SENT >= len(wanted)
        to = run[-1].cursor if is_last else part[-1].cursor
        if not _keep(delivery, here, to):
            return None
        delivered, here = delivered + delivery.delivered, to
    return delivered


def _keep(delivery: Delivery, here: Cursor, to: Cursor) -> bool:
    """The place and the dead letters in one transaction: a statement is in one of the two."""
    target_id, at = delivery.target.id, now()
    with delivery.bridge.database.writing() as connection:
        moved = outbox.move_on(connection, target_id, since=here, to=to, delivered=delivery.delivered, at=at)
        if moved:
            outbox.bury(connection, target_id, delivery.refused, at=at)
    return moved


def _wanted(connection: sa.Connection, wanted: StatementFilter, run: Sequence[Waiting]) -> list[Waiting]:
    """What the filter keeps, and what voids something that it keeps: else that would stay valid over there."""
    if not wanted.as_json():
        return list(run)
    statements = [orjson.loads(item.raw) for item in run]
    targets = {UUID(one["object"]["id"]) for one in statements if _voids(one)}
    voided = {key: orjson.loads(raw) for key, raw in raw_statements(connection, targets).items()}
    return [item for item, one in zip(run, statements, strict=True) if wanted.keeps(_subject(one, voided))]


def _voids(statement: dict[str, Any]) -> bool:
    return bool(statement["verb"]["id"] == VOIDED and statement["object"].get("objectType") == "StatementRef")


def _subject(statement: dict[str, Any], voided: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    return voided.get(UUID(statement["object"]["id"]), statement) if _voids(statement) else statement


def _again(bridge: Bridge, target_id: UUID, still_ours: StillOurs) -> int:
    """Dead letters that somebody asked to try again; what is no longer stored cannot be, and goes."""
    with bridge.database.reading() as connection:
        target = outbox.target_of_id(connection, target_id)
        letters = outbox.dead_letters(connection, target_id, again=True, limit=READ)
    if target is None or target.paused or not letters:
        return 0
    delivery = Delivery(bridge, target, still_ours)
    items = [Waiting(Cursor(row.stored, row.statement_id), row.raw) for row in letters if row.raw]
    for start in range(0, len(items), SENT):
        delivery.send(items[start : start + SENT])
    refused = {refusal.statement_id for refusal in delivery.refused}
    with bridge.database.writing() as connection:
        outbox.drop_dead_letters(connection, target_id, {row.statement_id for row in letters} - refused)
        outbox.bury(connection, target_id, delivery.refused, at=now())
        outbox.change_target(connection, target_id, delivered=target.delivered + delivery.delivered)
    return delivery.delivered


def _postpone(bridge: Bridge, target_id: UUID, reason: str, seconds: float) -> None:
    with bridge.database.writing() as connection:
        target = outbox.target_of_id(connection, target_id)
        if target is not None:
            failures = target.failures + 1
            later = now() + pause_after(failures, seconds)
            outbox.change_target(connection, target_id, failures=failures, next_attempt=later, last_error=reason)


def pause_after(failures: int, wished: float = 0.0) -> timedelta:
    """Twice as long each time, with jitter so that many senders do not come back at once; never sooner than wished."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 20))
    jittered = longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret hangs on it
    return timedelta(seconds=max(jittered, min(wished, LONGEST_WISH)))
