"""Recording statements: the one door for POST, PUT and the bridge's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.services.activities import remember
from lrs_bridge.services.admit_statements import Recorder, admit
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.receive_attachments import NOTHING_RECEIVED, Received
from lrs_bridge.services.store_statements import conflict_error, store_batches
from lrs_bridge.storage.activities import Remembered
from lrs_bridge.storage.watermark import announce_committed

__all__ = ["Recorder", "record_statements", "record_within"]


def record_statements(
    bridge: Bridge, statements: Sequence[Any], *, by: Recorder, received: Received = NOTHING_RECEIVED
) -> list[UUID]:
    """Validate, stamp and store a batch whole; returns the ids in the batch's order, after the commit.

    ``received`` are the contents of its attachments: without one, each must say by fileUrl where it is.

    Raises StatementRefused with every fault of every statement (xAPI Communication 2.1.2: one bad statement
    refuses the batch), or StatementConflict. A ``compat`` recorder is never refused: what no repair makes valid,
    or what another statement's id was put on, is quarantined; the rest is stored, and its ids are returned.
    """
    batch = admit(statements, by, bridge.remembered, received)
    if not batch.admitted and not batch.refused:
        return []
    done = bridge.commits.run_together(batch, store_batches)
    announce_committed(bridge.database, done.last)
    bridge.meters.statements.inc(len(done.fresh))
    remember(bridge.remembered, [item.news for item in batch.admitted if item.id in done.fresh])
    return [item.id for item in batch.admitted if item.id not in done.conflicting]


def record_within(
    connection: sa.Connection, statements: Sequence[Any], *, by: Recorder, received: Received = NOTHING_RECEIVED
) -> list[UUID]:
    """The same door, inside a transaction that the caller has open: together with what the statements tell of."""
    # nothing is remembered of a transaction that may yet be rolled back
    batch = admit(statements, by, Remembered(), received)
    if batch.admitted or batch.refused:
        (done,) = store_batches(connection, [batch])
        if done.conflicting:  # whoever holds the transaction decides what becomes of it
            raise conflict_error(done.conflicting)
    return [item.id for item in batch.admitted]
