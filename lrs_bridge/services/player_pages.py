"""What the player's page is made of, and the way from it to another unit of the course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware.attempt_state import AttemptState
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.errors import LaunchRefused
from lrs_bridge.services import course_sequencing
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.launches import MadeLaunch, launch_unit, open_launch_token
from lrs_bridge.services.running_launches import RunningLaunch, initial_cmi, running_launch
from lrs_bridge.storage import attempts, packages


@dataclass(frozen=True, slots=True)
class UnitState:
    """A line of the player's table of contents; ``state`` is one word."""

    id: UUID
    identifier: str
    title: str
    is_current: bool
    state: str


@dataclass(frozen=True, slots=True)
class OpenedPlayer:
    """What the player's page is made of. ``sequencing`` is empty where units are free to choose."""

    launch_id: UUID
    registration: UUID
    last_sequence: int
    standard: str
    unit: LaunchableUnit
    course_title: str
    language: str
    units: tuple[UnitState, ...]
    cmi: dict[str, str]
    sequencing: dict[str, Any]
    return_url: str


def open_player(bridge: Bridge, token: str) -> OpenedPlayer:
    """The page of a running launch; raises LaunchRefused."""
    key = open_launch_token(bridge, token)
    with bridge.database.reading() as connection:
        running = running_launch(connection, key.registration, key.launch_id)
        package = running.package
        return OpenedPlayer(
            launch_id=key.launch_id,
            registration=key.registration,
            last_sequence=running.launch.last_sequence,
            standard=package.standard,
            unit=running.unit,
            course_title=package.title,
            language=package.language,
            units=_units(connection, running),
            cmi=initial_cmi(connection, running),
            sequencing=course_sequencing.player_terms(connection, running.attempt, package),
            return_url=running.launch.return_url,
        )


def _units(connection: sa.Connection, running: RunningLaunch) -> tuple[UnitState, ...]:
    known = attempts.attempts_of_registration(connection, running.launch.registration)
    states = {unit_id: AttemptState.from_json(row.state) for unit_id, row in known.items()}
    word = running.runtime.status_of
    return tuple(
        UnitState(
            id=row.id,
            identifier=row.identifier,
            title=row.title,
            is_current=row.id == running.unit_row.id,
            state=word(states.get(row.id, AttemptState())),
        )
        for row in packages.units_of(connection, running.package.id)
    )


def switch_unit(bridge: Bridge, token: str, unit_id: UUID) -> MadeLaunch:
    """A launch of another unit of the same course for the same learner, by the learner's own choice."""
    key = open_launch_token(bridge, token)
    with bridge.database.writing() as connection:
        running = running_launch(connection, key.registration, key.launch_id)
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
