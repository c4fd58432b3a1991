"""A session of an AICC unit: each HACP message is applied and becomes statements by the one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware import aicc
from lrs_bridge.courseware.hacp_groups import Taken, given, leaving, taken
from lrs_bridge.courseware.hacp_tables import taken_interactions, taken_objectives
from lrs_bridge.courseware.hacp_wire import COMMANDS, INVALID_COMMAND, INVALID_SESSION, HacpRequest, answer
from lrs_bridge.courseware.scorm12_runtime import EXIT, commit, proof_only
from lrs_bridge.errors import LaunchRefused
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
class _Session:
    """``is_late``: the attempt was opened elsewhere since; what is proven here is kept all the same."""

    running: RunningLaunch
    is_late: bool

    @property
    def has_begun(self) -> bool:
        state = self.running.state
        return state.open and state.launch == str(self.running.launch.id)

    @property
    def own_cmi(self) -> Mapping[str, str]:
        """Without the exit of the session before, which says nothing about this one."""
        cmi = self.running.state.cmi
        return cmi if self.has_begun else {name: value for name, value in cmi.items() if name != EXIT}


def answer_message(bridge: Bridge, request: HacpRequest) -> str:
    """Who acts is the session's learner; nothing in the message is asked. What was answered without error is kept."""
    if request.command not in COMMANDS:
        return answer(INVALID_COMMAND)
    received = now()
    try:
        key = open_launch_token(bridge, request.session)
        answered = bridge.commits.run(lambda connection: _answer(bridge, connection, key, request, received))
    except LaunchRefused:
        return answer(INVALID_SESSION)
    bridge.meters.commits.inc()
    return answered


def _answer(bridge: Bridge, connection: sa.Connection, key: LaunchKey, request: HacpRequest, received: datetime) -> str:
    session = _session(connection, key)
    if session.running.launch.ended:  # an answer may be lost: what ended stays ended, and says so as before
        return answer() if request.command == "exitau" else answer(INVALID_SESSION)
    if request.command == "getparam":
        return _start(bridge, connection, session, request, received)
    final = request.command == "exitau"
    told = Taken(leaving(session.own_cmi)) if final else _meaning(request, session)
    _apply(bridge, connection, session, request, told, received)
    return answer() if final or not session.is_late else answer(INVALID_SESSION)


def _start(
    bridge: Bridge, connection: sa.Connection, session: _Session, request: HacpRequest, received: datetime
) -> str:
    if session.is_late:
        return answer(INVALID_SESSION)
    cmi = initial_cmi(connection, session.running)
    if not session.has_begun:
        _apply(bridge, connection, session, request, Taken(), received)
    return answer(text=given(cmi, session.running.unit, session.running.package.identifier))


def _meaning(request: HacpRequest, session: _Session) -> Taken:
    known = session.running.state.cmi
    match request.command:
        case "putparam":
            return taken(request.text, session.running.unit, known)
        case "putinteractions":
            return taken_interactions(request.text, known)
        case "putobjectives":
            return taken_objectives(request.text, known)
        case _:  # comments, the path and the performance of a learner prove nothing; they are kept as they came
            return Taken()


def _apply(
    bridge: Bridge,
    connection: sa.Connection,
    session: _Session,
    request: HacpRequest,
    told: Taken,
    received: datetime,
) -> None:
    before, final = session.running.state, request.command == "exitau"
    launch_id = before.launch if session.is_late else str(session.running.launch.id)
    sequence = before.sequence + 1 if before.launch == launch_id else 1
    after, events = commit(
        before,
        proof_only(told.cmi) if session.is_late else told.cmi,
        final=final and not session.is_late,
        at=max(session.running.launch.started, received),
        unit=session.running.unit,
        launch=launch_id,
        sequence=sequence,
    )
    context = attempt_context(
        bridge, session.running.attempt, session.running.unit_row, session.running.package, launch_id, sequence
    )
    ids = record_within(connection, [draft(event, context) for event in events], by=runtime_recorder(bridge))
    place = (session.running.launch.registration, session.running.launch.unit_id)
    attempts.save_attempt(connection, *place, after.as_json(), at=received)
    record_documents(connection, before, after, context, at=received)
    row = _commit_row(session, request, told, received) | {
        "statement_ids": [str(statement_id) for statement_id in ids],
        "notes": [*told.notes, *after.notes],
    }
    attempts.insert_commit(connection, row)
    attempts.advance_launch(
        connection,
        session.running.launch.registration,
        session.running.launch.id,
        row["sequence"],
        ended=received if final else None,
    )


def _commit_row(session: _Session, request: HacpRequest, told: Taken, received: datetime) -> dict[str, Any]:
    """HACP counts nothing: messages are numbered as they come, in the transaction that holds the attempt."""
    came: Mapping[str, str] = {"hacp.command": request.command, "hacp.aicc_data": request.text}
    return {
        "registration": session.running.launch.registration,
        "launch_id": session.running.launch.id,
        "sequence": session.running.launch.last_sequence + 1,
        "received": received,
        "final": request.command == "exitau",
        "cmi": {name: value for name, value in came.items() if value} | told.cmi,
    }


def _session(connection: sa.Connection, key: LaunchKey) -> _Session:
    running = running_launch(connection, key.registration, key.launch_id, lock=True)
    if running.package.standard != aicc.STANDARD:
        raise LaunchRefused("This launch is not of an AICC course", remedy="Start the course again from the LMS")
    latest = running.state.launch
    newest = attempts.find_launch(connection, key.registration, UUID(latest)) if latest else None
    return _Session(running, is_late=newest is not None and newest.started > running.launch.started)
