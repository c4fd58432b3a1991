"""What a server does in the background: named jobs, each in its own thread, of all processes in one at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import uuid4

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_endings import abandon_stale
from lrs_bridge.services.forwarding import StillOurs, deliver_all
from lrs_bridge.services.pulling import pull_all
from lrs_bridge.services.refresh_compliance import mark_whose_day_has_come, refresh
from lrs_bridge.services.roster_pulling import pull_due
from lrs_bridge.services.unused_attachments import Cleaning
from lrs_bridge.services.upkeep import Upkeep
from lrs_bridge.storage.leases import take_lease

PAUSE_SECONDS = 1.0
DAY_CHECK_SECONDS = 900.0
LEASE = timedelta(seconds=30)
"""Longer than the longest outgoing call: a job asks whether the lease is still its own before each."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """``turn`` does what there is to do and returns; it asks its second argument before it goes on for long."""

    name: str
    turn: Callable[[Bridge, StillOurs], object]


class Jobs:
    """A thread a job, so that a slow target delays no status; a lease in the database for each."""

    def __init__(self, bridge: Bridge, jobs: tuple[Job, ...]) -> None:
        self._bridge = bridge
        self._stopping = threading.Event()
        self._holder = uuid4().hex
        self._threads = [threading.Thread(target=self._run, args=(job,), name=job.name, daemon=True) for job in jobs]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _run(self, job: Job) -> None:
        while not self._stopping.wait(PAUSE_SECONDS):
            try:
                if self._ours(job):
                    job.turn(self._bridge, lambda: not self._stopping.is_set() and self._ours(job))
            except Exception:
                # A job runner's edge: what was to be done is still to be done, and the next turn tries again.
                log.exception("the job %r failed; it will be tried again", job.name)

    def _ours(self, job: Job) -> bool:
        return take_lease(self._bridge.database, job.name, self._holder, LEASE)


def background_jobs() -> tuple[Job, ...]:
    return (
        Job("refresher", _Refreshing().turn),
        Job("forwarding", lambda bridge, still_ours: deliver_all(bridge, "lrs", still_ours=still_ours)),
        Job("webhooks", lambda bridge, still_ours: deliver_all(bridge, "webhook", still_ours=still_ours)),
        Job("attachments", Cleaning().turn),
        Job("pulling", lambda bridge, still_ours: pull_all(bridge, still_ours=still_ours)),
        Job("cmi5", lambda bridge, _: abandon_stale(bridge)),
        Job("rosters", lambda bridge, still_ours: pull_due(bridge, still_ours=still_ours)),
        Job("upkeep", Upkeep().turn),
    )


class _Refreshing:
    """Dirty people at once, whose day has come every quarter of an hour."""

    def __init__(self) -> None:
        self._next_day_check = 0.0

    def turn(self, bridge: Bridge, still_ours: StillOurs) -> None:
        if monotonic() >= self._next_day_check:
            mark_whose_day_has_come(bridge)
            self._next_day_check = monotonic() + DAY_CHECK_SECONDS
        refresh(bridge, tell=lambda done, most: still_ours())  # noqa: ARG005
