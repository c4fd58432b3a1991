"""Sessions of cmi5 while they run: what their unit may record, and what follows from it at once (cmi5 9.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.errors import NotAllowed, Problem
from lrs_bridge.services.admit_statements import Admitted, Batch, Recorder, admit
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_courses import course_of_package
from lrs_bridge.services.cmi5_satisfaction import settle
from lrs_bridge.services.receive_attachments import NOTHING_RECEIVED, Received
from lrs_bridge.services.store_statements import Stored, store_batches
from lrs_bridge.storage import cmi5 as store
from lrs_bridge.storage import packages
from lrs_bridge.storage.database import now
from lrs_bridge.storage.watermark import announce_committed
from lrs_bridge.xapi.bounds import Bounds
from lrs_bridge.xapi.cmi5_rules import ONCE, Said, judge
from lrs_bridge.xapi.cmi5_terms import LAUNCH_DATA, SessionTerms

LATE = timedelta(seconds=30)
"""How long after terminated a statement from before it may still arrive (cmi5 9.3.8 lets the LMS say)."""
ENDED = "The session of this launch has ended: nothing more is recorded in it"
AGAIN = "Launch the unit again to go on"


def record_in_session(
    bridge: Bridge, statements: Sequence[Any], *, by: Recorder, received: Received = NOTHING_RECEIVED
) -> list[UUID]:
    """The door of a launched unit: as `record_statements`, and NotAllowed for what cmi5 rejects, the whole batch.

    What follows (the end of the session, satisfied) is recorded in the same transaction.
    """
    batch = admit(statements, by, bridge.remembered, received)
    if not batch.admitted:
        return []
    stored = bridge.commits.run(lambda connection: _record(bridge, connection, batch))
    announce_committed(bridge.database, stored.last)
    bridge.meters.statements.inc(len(stored.fresh))
    return [item.id for item in batch.admitted]


def require_running(bridge: Bridge, bounds: Bounds) -> None:
    """NotAllowed for a unit whose session has ended; a moment later than the end, for what was under way."""
    if bounds.session is None or bounds.registration is None:
        return
    with bridge.database.reading() as connection:
        session = store.find_session(connection, bounds.registration, bounds.session)
    _refuse_after_the_end(session)


def refuse_launch_data(bounds: Bounds, document_id: str | None) -> None:
    """NotAllowed for a unit that would change what it was launched with; None is all documents (cmi5 10.2.1)."""
    if bounds.session is not None and document_id in (None, LAUNCH_DATA):
        reason = f"{LAUNCH_DATA} is the LMS's: a unit reads it, and neither changes nor deletes it"
        problem = Problem("stateId", reason, "Name one document of your own", "cmi5 10.2.1")
        raise NotAllowed(reason, problems=[problem])


def terms_of(connection: sa.Connection, enrolled: Any, session: Any) -> SessionTerms:
    unit = packages.find_unit(connection, session.unit_id)
    return SessionTerms(
        session_id=session.id,
        registration=session.registration,
        actor=enrolled.actor,
        activity=unit.activity,
        publisher=unit.identifier,
        mode=session.mode,
        mastery=session.mastery,
    )


def _record(bridge: Bridge, connection: sa.Connection, batch: Batch) -> Stored:
    bounds = batch.by.bounds
    assert bounds.registration is not None and bounds.session is not None  # noqa: PT018, S101 - a session has both
    enrolled = store.find_registration(connection, bounds.registration, lock=True)
    session = store.find_session(connection, bounds.registration, bounds.session)
    known = store.known_statements(connection, [item.id for item in batch.admitted])
    # what was stored before is sent again because its answer was lost: it breaks no rule a second time
    fresh = [item for item in batch.admitted if item.id not in known]
    terms = terms_of(connection, enrolled, session)
    before = _said(connection, session)
    after = _judged(session, terms, before, fresh) if fresh else before
    (stored,) = store_batches(connection, [batch])
    if fresh:
        _keep(bridge, connection, session, terms, before, after)
    return stored


def _judged(session: Any, terms: SessionTerms, before: Said, fresh: Sequence[Admitted]) -> Said:
    _refuse_after_the_end(session)
    after, problems = judge(terms, before, [item.statement for item in fresh])
    if problems:
        raise NotAllowed("The statements break the rules of cmi5; none was stored", problems=problems)
    return after


def _refuse_after_the_end(session: Any) -> None:
    if session.ended is None or (session.outcome == "terminated" and now() <= session.ended + LATE):
        return
    clause = "cmi5 9.3.8" if session.outcome == "terminated" else "cmi5 9.3.6"
    raise NotAllowed(ENDED, remedy=AGAIN, problems=[Problem("", f"the session was {session.outcome}", AGAIN, clause)])


def _said(connection: sa.Connection, session: Any) -> Said:
    unit = store.find_unit(connection, session.registration, session.unit_id)
    once = {name: at for name in ONCE if unit is not None and (at := getattr(unit, name)) is not None}
    said = {name: datetime.fromisoformat(at) for name, at in session.said.items()}
    return Said(said, once, session.latest)


def _keep(
    bridge: Bridge, connection: sa.Connection, session: Any, terms: SessionTerms, before: Said, after: Said
) -> None:
    new = {name: at for name, at in after.session.items() if name not in before.session}
    said = {name: at.isoformat() for name, at in after.session.items()}
    store.update_session(connection, session.registration, session.id, said=said, latest=after.latest)
    if outcomes := {name: at for name, at in new.items() if name in {*ONCE, "failed"}}:
        store.save_unit(connection, session.registration, session.unit_id, **outcomes)
    if ONCE & new.keys():
        settle(bridge, connection, course_of_package(bridge, connection, session.package_id), terms)
    if "terminated" in new:
        store.end_session(connection, session.registration, session.id, outcome="terminated", at=now())
