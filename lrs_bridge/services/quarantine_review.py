"""Quarantine as an administrator goes through it: pages of what was found, one entry with its history, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.quarantine import Held, Replayed, replay_held, seen, show_held
from lrs_bridge.storage import quarantine_search as search
from lrs_bridge.storage.quarantine_search import HeldEvent, HeldFilter

PAGE_SIZE = 50
AT_ONCE = 200
"""Entries that one request replays: each is a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Review:
    """One page of what matches, and what it can be filtered by."""

    items: list[Held]
    total: int
    page: int
    pages: int
    senders: dict[UUID, str]


def review(bridge: Bridge, wanted: HeldFilter, *, sort: str = "received", page: int = 1) -> Review:
    """``sort`` is one of ``SORTS`` of the storage. A page beyond the last is the last."""
    with bridge.database.reading() as connection:
        total = search.count_held(connection, wanted)
        pages = max(1, -(-total // PAGE_SIZE))
        page = min(page, pages)
        rows = search.find_held(connection, wanted, sort=sort, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        items = [seen(bridge, connection, row) for row in rows]
        return Review(items, total, page, pages, search.senders(connection))


def entry(bridge: Bridge, held_id: UUID) -> tuple[Held, list[HeldEvent]]:
    """One, and what was done with it; NotFound."""
    held = show_held(bridge, held_id)
    with bridge.database.reading() as connection:
        return held, search.history(connection, held_id)


def replay_chosen(bridge: Bridge, ids: Sequence[UUID], *, who: str) -> list[Replayed]:
    """Those that still wait; somebody else may have settled one meanwhile."""
    with bridge.database.reading() as connection:
        waiting = search.ids_among(connection, ids[:AT_ONCE])
    return replay_held(bridge, waiting, who=who)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What came of one stretch of a filter; ``passed`` of it still wait, and ``left`` come after them."""

    outcome: list[Replayed]
    passed: int
    left: int


def replay_matching(bridge: Bridge, wanted: HeldFilter, *, passed: int = 0, who: str) -> Stretch:
    """The next of what matches, the oldest first, behind ``passed`` that were tried before and still wait."""
    with bridge.database.reading() as connection:
        rows = search.find_held(connection, wanted, offset=passed, limit=AT_ONCE)
    outcome = replay_held(bridge, [row.id for row in rows], who=who)
    passed += sum(one.statement_id is None for one in outcome)
    with bridge.database.reading() as connection:
        left = search.count_held(connection, wanted) - passed
    return Stretch(outcome, passed, max(0, left))
