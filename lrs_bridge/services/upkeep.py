"""What is due now and then, and hurries nobody: old changes are forgotten, and matches that were cut off are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.delta_tokens import LIFETIME
from lrs_bridge.services.forwarding import StillOurs
from lrs_bridge.services.rematch import match_stragglers
from lrs_bridge.storage.database import now
from lrs_bridge.storage.identities import keys_changed_since
from lrs_bridge.storage.old_changes import forget_changes, people_with_old_changes
from lrs_bridge.storage.people import chunks

KEPT = 2 * LIFETIME
"""Every delta that is still answered goes on from a later instant."""
LOOK_BACK = timedelta(days=7)
"""Before a process started: another may have died between the commit of an identity and what follows it."""
OVERLAP = timedelta(hours=1)
"""Longer than a transaction: an identity may be recorded as of before the last look and committed after it."""
FORGET_SECONDS, SWEEP_SECONDS = 86_400.0, 900.0


@dataclass
class Upkeep:
    """The job: each of the two at its own interval."""

    _next_forgetting: float = 0.0
    _next_sweep: float = 0.0
    _swept: datetime | None = None

    def turn(self, bridge: Bridge, still_ours: StillOurs) -> None:
        if monotonic() >= self._next_sweep:
            at = now()
            sweep_stragglers(bridge, since=self._swept - OVERLAP if self._swept else at - LOOK_BACK, still=still_ours)
            self._swept, self._next_sweep = at, monotonic() + SWEEP_SECONDS
        if monotonic() >= self._next_forgetting:
            forget_old_changes(bridge, before=now() - KEPT, still=still_ours)
            self._next_forgetting = monotonic() + FORGET_SECONDS


def sweep_stragglers(bridge: Bridge, *, since: datetime, still: StillOurs = lambda: True) -> int:
    """`match_stragglers` for every identity that changed after ``since``; returns how many results found their person.

    Few at a time: recording waits while they are looked at.
    """
    if bridge.database.is_sqlite:
        return 0
    with bridge.database.reading() as connection:
        changed = sorted(keys_changed_since(connection, since))
    found = 0
    for part in chunks(changed):
        if not still():
            break
        found += match_stragglers(bridge.database, set(part))
    return found


def forget_old_changes(bridge: Bridge, *, before: datetime, still: StillOurs = lambda: True) -> int:
    """Remove changes of statuses from before then, but the newest of each; returns how many went."""
    forgotten = 0
    last: UUID | None = None
    while still():
        with bridge.database.reading() as connection:
            people = people_with_old_changes(connection, before, last)
        if not people:
            break
        with bridge.database.writing() as connection:
            forgotten += forget_changes(connection, people, before)
        last = people[-1]
    return forgotten
