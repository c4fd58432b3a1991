"""An attempt as it runs: the player's page is opened, and each commit becomes statements by the one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.runtime_wire import CommitMessage, happened
from lrs_bridge.courseware.scorm12_runtime import AttemptState, Learner, commit, first_cmi, proof_only
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import LaunchRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.install_package import course_activity
from lrs_bridge.services.launches import LaunchKey, MadeLaunch, launch_unit, open_launch_token
from lrs_bridge.services.record_statements import Recorder, record_within
from lrs_bridge.storage import attempts, packages
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import PersonDetail, people_details
from lrs_bridge.xapi.drafts import AttemptContext, NamedActivity, draft

RUNTIME_CREDENTIAL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class UnitState:
    """A line of the player's table of contents."""

    id: UUID
    title: str
    is_current: bool
    state: AttemptState | None


@dataclass(frozen=True, slots=True)
class OpenedPlayer:
    """What the player's page is made of."""

    launch_id: UUID
    registration: UUID
    last_sequence: int
    unit: LaunchableUnit
    course_title: str
    language: str
    units: tuple[UnitState, ...]
    cmi: dict[str, str]
    return_url: str


@dataclass(frozen=True, slots=True)
class CommitOutcome:
    """``superseded``: the attempt was opened elsewhere since; what the commit proved is kept all the same."""

    cmi: dict[str, str]
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class _Running:
    """One launch with its attempt and unit, inside a transaction."""

    launch: Any
    attempt: Any
    unit_row: Any
    unit: LaunchableUnit = field(repr=False)

    @property
    def state(self) -> AttemptState:
        return AttemptState.from_json(self.attempt.state)


def open_player(bridge: Bridge, token: str) -> OpenedPlayer:
    """The page of a running launch; raises LaunchRefused."""
    key = open_launch_token(bridge, token)
    with bridge.database.reading() as connection:
        running = _running(connection, key.registration, key.launch_id)
        package = packages.find_package(connection, running.unit_row.package_id)
        states = attempts.attempts_of_registration(connection, key.registration)
        units = tuple(
            UnitState(
                id=row.id,
                title=row.title,
                is_current=row.id == running.unit_row.id,
                state=AttemptState.from_json(states[row.id].state) if row.id in states else None,
            )
            for row in packages.units_of(connection, package.id)
        )
        cmi = first_cmi(running.unit, _learner(connection, running.attempt), running.state)
    return OpenedPlayer(
        launch_id=key.launch_id,
        registration=key.registration,
        last_sequence=running.launch.last_sequence,
        unit=running.unit,
        course_title=package.title,
        language=package.language,
        units=units,
        cmi=cmi,
        return_url=running.launch.return_url,
    )


def switch_unit(bridge: Bridge, token: str, unit_id: UUID) -> MadeLaunch:
    """A launch of another unit of the same course for the same learner, by the learner's own choice."""
    key = open_launch_token(bridge, token)
    with bridge.database.writing() as connection:
        running = _running(connection, key.registration, key.launch_id)
        unit = packages.find_unit(connection, unit_id)
        if unit is None or unit.package_id != running.unit_row.package_id:
            raise LaunchRefused("This unit is not part of the course", remedy="Choose one from the list")
        attempt = running.attempt
        return launch_unit(
            bridge, connection, unit, attempt.actor, attempt.actor_key, attempt.person_id,
            requested_by=running.launch.requested_by, return_url=running.launch.return_url,
        )  # fmt: skip


def content_file(bridge: Bridge, token: str, path: str) -> Any:
    """The stored file of the launched package under ``path`` (``digest``, ``size``), or None."""
    key = open_launch_token(bridge, token)
    with bridge.database.reading() as connection:
        running = attempts.find_launch(connection, key.registration, key.launch_id)
        unit = packages.find_unit(connection, running.unit_id) if running else None
        return packages.file_of(connection, unit.package_id, path) if unit else None


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
    running = _running(connection, key.registration, _launch_id(message), lock=True)
    own = attempts.find_launch(connection, key.registration, key.launch_id)
    if own is None or own.unit_id != running.launch.unit_id:
        raise LaunchRefused("This commit belongs to another attempt", remedy="Start the course again from the LMS")
    session = _session_of(connection, running)
    is_late = session is not None and session.started > running.launch.started
    if message.sequence > running.launch.last_sequence:
        _apply(bridge, connection, running, message, received, is_late=is_late)
        running = _running(connection, key.registration, running.launch.id)
    cmi = first_cmi(running.unit, _learner(connection, running.attempt), running.state)
    return CommitOutcome(cmi, superseded=is_late and not message.replay)


def _apply(
    bridge: Bridge,
    connection: sa.Connection,
    running: _Running,
    message: CommitMessage,
    received: datetime,
    *,
    is_late: bool,
) -> None:
    before = running.state
    launch_id = before.launch if is_late else str(running.launch.id)
    # counted here, not by the browser: a late commit takes a place in the newer session without using up its numbers
    sequence = before.sequence + 1 if before.launch == launch_id else 1
    after, events = commit(
        before,
        proof_only(message.cmi) if is_late else message.cmi,
        final=message.final and not is_late,
        at=happened(message, launched=running.launch.started, received=received),
        unit=running.unit,
        launch=launch_id,
        sequence=sequence,
    )
    package = packages.find_package(connection, running.unit_row.package_id)
    context = _context(bridge, running, package, launch_id, sequence)
    statements = [draft(event, context) for event in events]
    ids = record_within(connection, statements, by=_runtime(bridge))
    place = (running.launch.registration, running.launch.unit_id)
    attempts.save_attempt(connection, *place, after.as_json(), at=received)
    attempts.advance_launch(
        connection, running.launch.registration, running.launch.id, message.sequence,
        ended=received if message.final else None,
    )  # fmt: skip
    attempts.insert_commit(connection, _commit_row(running, message, received, ids, after.notes))


def _commit_row(
    running: _Running,
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


def _running(connection: sa.Connection, registration: UUID, launch_id: UUID, *, lock: bool = False) -> _Running:
    launch = attempts.find_launch(connection, registration, launch_id)
    if launch is None or launch.started is None:
        raise LaunchRefused("There is no such launch", remedy="Start the course again from the LMS")
    attempt = attempts.find_attempt(connection, registration, launch.unit_id, lock=lock)
    if lock:  # what another commit wrote while this one waited
        launch = attempts.find_launch(connection, registration, launch_id)
    unit = packages.find_unit(connection, launch.unit_id)
    return _Running(launch, attempt, unit, LaunchableUnit(**(unit.body | {"files": tuple(unit.body["files"])})))


def _session_of(connection: sa.Connection, running: _Running) -> Any:
    """The launch whose session the attempt is in, or was in last."""
    latest = running.state.launch
    return attempts.find_launch(connection, running.launch.registration, UUID(latest)) if latest else None


def _launch_id(message: CommitMessage) -> UUID:
    try:
        return UUID(message.launch)
    except ValueError as error:
        raise LaunchRefused("The commit names no launch of ours", remedy="Start the course again") from error


def _learner(connection: sa.Connection, attempt: Any) -> Learner:
    """As HR names the person; an actor that is nobody's yet, by the actor itself."""
    detail: PersonDetail | None = None
    if attempt.person_id is not None:
        detail = people_details(connection, [attempt.person_id]).get(attempt.person_id)
    if detail is not None:
        return Learner(detail.employee_id, detail.family_name, detail.given_name)
    key = ActorKey.of_actor(attempt.actor)
    given, _, family = str(attempt.actor.get("name", "")).rpartition(" ")
    return Learner(key.value if key else "", family, given)


def _runtime(bridge: Bridge) -> Recorder:
    """The bridge itself, as the authority of what it saw."""
    authority = ActorKey.of_account(bridge.settings.public_url, "lrs-bridge").as_actor("LRS Bridge")
    return Recorder(RUNTIME_CREDENTIAL, authority, defines=True)


def _context(bridge: Bridge, running: _Running, package: Any, launch_id: str, sequence: int) -> AttemptContext:
    return AttemptContext(
        actor=running.attempt.actor,
        registration=running.launch.registration,
        launch=launch_id,
        sequence=sequence,
        unit=NamedActivity(running.unit_row.activity, running.unit_row.title),
        course=NamedActivity(course_activity(bridge.settings.public_url, package.identifier), package.title),
        language=package.language or "en",
        platform="LRS Bridge",
    )
