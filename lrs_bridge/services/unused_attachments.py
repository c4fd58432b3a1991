"""Contents in the data folder that no statement has: what came with a request that was refused or cut off.

They go a day after they came. A request that is still under way has its first contents on disk long before its
statements are recorded, so nothing younger is touched; sending a content again makes it young again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic

import sqlalchemy as sa

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.forwarding import StillOurs
from lrs_bridge.storage.attachments import attachment_store, live_digests
from lrs_bridge.storage.content import Unreferenced

AGE = timedelta(days=1)
EVERY_SECONDS = 3600.0


def find_unused(connection: sa.Connection, data_dir: Path, *, age: timedelta = AGE) -> Unreferenced:
    """How much may go now."""
    return attachment_store(data_dir).unreferenced(live_digests(connection), grace=age)


def remove_unused(bridge: Bridge, *, age: timedelta = AGE) -> int:
    """Remove it; returns how many files went."""
    with bridge.database.reading() as connection:
        live = live_digests(connection)
    return attachment_store(bridge.settings.data_dir).remove_unreferenced(live, grace=age)


@dataclass
class Cleaning:
    """The job: once an hour."""

    _next: float = 0.0

    def turn(self, bridge: Bridge, still_ours: StillOurs) -> None:  # noqa: ARG002 - a minute at most
        if monotonic() >= self._next:
            self._next = monotonic() + EVERY_SECONDS
            remove_unused(bridge)
