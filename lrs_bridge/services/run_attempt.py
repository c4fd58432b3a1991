"""An attempt as it runs: each commit of the player becomes statements by the one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware.runtime_wire import CommitMessage, happened
from lrs_bridge.errors import LaunchRefused
from lrs_bridge.services import course_sequencing
from lrs_bridge.services.attempt_contexts import attempt_context, runtime_recorder
from lrs_bridge.services.attempt_documents import record_documents
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.launches import LaunchKey, open_launch_token
from lrs_bridge.services.record_statements import record_within
from lrs_bridge.services.running_launches import RunningLaunch, initial_cmi, running_launch
from lrs_bridge.storage import attempts
from lrs_bridge.storage.database import now
from lrs_bridge.xapi.drafts import draft


@dataclass(frozen=True, slots=True)
class CommitOutcome:
    """``superseded``: the attempt was opened elsewhere since; what the commit proved is kept all the same."""

    cmi: dict[str, str]
    sequencing: dict[str, Any]
    superseded: bool = False


def record_commit(bridge: Bridge, token: str, message: CommitMessage) -> CommitOutcome:
    """Apply one commit and store its statements, in one transaction; a repeated one changes nothing.

    Who acts is the token's learner; the body is never asked. Raises LaunchRefused.
    """
    key = open_launch_token(bridge, token)
    received = now()
    outcome = bridge.commits.run(lambda connection: _commit(bridge, connection, key, message, received))
    bridge.meters.commits.inc()
    return outcome


def _commit(
    bridge: Bridge, connection: sa.Connection, key: LaunchKey, message: CommitMessage, received: datetime
) -> CommitOutcome:
    running = running_launch(connection, key.registration, _launch_id(message), lock=True)
    own = attempts.find_launch(connection, key.registration, key.launch_id)
    if own is None or own.unit_id != running.launch.unit_id:
        raise LaunchRefused("This commit belongs to another attempt", remedy="Start the course again from the LMS")
    session = _session_of(connection, running)
    is_late = session is not None and session.started > running.launch.started
    if message.sequence > running.launch.last_sequence:
        _take(bridge, connection, running, message, received, is_late=is_late)
        running = running_launch(connection, key.registration, running.launch.id)
    sequencing = course_sequencing.player_terms(connection, running.attempt, running.package) if message.replay else {}
    return CommitOutcome(initial_cmi(connection, running), sequencing, superseded=is_late and not message.replay)


def _take(
    bridge: Bridge,
    connection: sa.Connection,
    running: RunningLaunch,
    message: CommitMessage,
    received: datetime,
    *,
    is_late: bool,
) -> None:
    """One commit that was not taken before. A session that is over does not say where the sequencer stands."""
    ids, notes = (
        _apply(bridge, connection, running, message, received, is_late=is_late) if message.session else ([], ())
    )
    if message.sequencing and not is_late:
        course_sequencing.keep(connection, running.attempt, running.package, message.sequencing, at=received)
    attempts.advance_launch(
        connection, running.launch.registration, running.launch.id, message.sequence,
        ended=received if message.final else None,
    )  # fmt: skip
    attempts.insert_commit(connection, _commit_row(running, message, received, ids, notes))


def _apply(
    bridge: Bridge,
    connection: sa.Connection,
    running: RunningLaunch,
    message: CommitMessage,
    received: datetime,
    *,
    is_late: bool,
) -> tuple[list[UUID], tuple[str, ...]]:
    """The ids of the statements that the commit made, and the runtime's words about it."""
    before, runtime = running.state, running.runtime
    launch_id = before.launch if is_late else str(running.launch.id)
    # counted here, not by the browser: a late commit takes a place in the newer session without using up its numbers
    sequence = before.sequence + 1 if before.launch == launch_id else 1
    after, events = runtime.commit(
        before,
        runtime.proof_only(message.cmi) if is_late else message.cmi,
        final=message.final and not is_late,
        at=happened(message, launched=running.launch.started, received=received),
        unit=running.unit,
        launch=launch_id,
        sequence=sequence,
    )
    context = attempt_context(bridge, running.attempt, running.unit_row, running.package, launch_id, sequence)
    ids = record_within(connection, [draft(event, context) for event in events], by=runtime_recorder(bridge))
    attempts.save_attempt(connection, running.launch.registration, running.launch.unit_id, after.as_json(), at=received)
    record_documents(connection, before, after, context, at=received)
    return ids, after.notes


def _commit_row(
    running: RunningLaunch,
    message: CommitMessage,
    received: datetime,
    statement_ids: list[UUID],
    notes: tuple[str, ...],
) -> Mapping[str, Any]:
    return {
        "registration": running.launch.registration,
        "launch_id": running.launch.id,
        "sequence": message.sequence,
        "received": received,
        "final": message.final,
        "cmi": dict(message.cmi),
        "statement_ids": [str(statement_id) for statement_id in statement_ids],
        "notes": list(notes),
    }


def _session_of(connection: sa.Connection, running: RunningLaunch) -> Any:
    """The launch whose session the attempt is in, or was in last."""
    latest = running.state.launch
    return attempts.find_launch(connection, running.launch.registration, UUID(latest)) if latest else None


def _launch_id(message: CommitMessage) -> UUID:
    try:
        return UUID(message.launch)
    except ValueError as error:
        raise LaunchRefused("The commit names no launch of ours", remedy="Start the course again") from error
