"""Launches of units that speak to the server themselves, xAPI and AICC: where they start, and what they are told."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware import aicc, tincan_packages
from lrs_bridge.courseware.attempt_state import AttemptState
from lrs_bridge.courseware.launch_addresses import launch_address
from lrs_bridge.courseware.scorm12_runtime import status_of
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import LaunchRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import create_within
from lrs_bridge.services.launches import LAUNCH_LIFETIME, open_launch_token
from lrs_bridge.services.running_launches import RunningLaunch, running_launch
from lrs_bridge.storage import attempts, packages
from lrs_bridge.xapi.bounds import Bounds

FRAMED: Final = frozenset({aicc.STANDARD, tincan_packages.STANDARD})
CONTENT_SCOPES: Final = ("statements/write", "statements/read/mine", "state", "profile", "define")
AGAIN: Final = "Start the course again from the LMS"


@dataclass(frozen=True, slots=True)
class FramedUnit:
    """A line of the table of contents; ``state`` is one word, empty where only the statements know it."""

    id: UUID
    title: str
    is_current: bool
    state: str


@dataclass(frozen=True, slots=True)
class OpenedFrame:
    """``address`` is relative to the root of the package, whole where the unit is on another server, and empty once the
    unit has said that it was left."""

    course_title: str
    unit_title: str
    language: str
    units: tuple[FramedUnit, ...]
    address: str
    return_url: str


def is_framed(bridge: Bridge, token: str) -> bool:
    """Whether the launch is of a unit that needs no runtime in its page."""
    key = open_launch_token(bridge, token)
    with bridge.database.reading() as connection:
        launch = attempts.find_launch(connection, key.registration, key.launch_id)
        unit = packages.find_unit(connection, launch.unit_id) if launch else None
        return unit is not None and packages.find_package(connection, unit.package_id).standard in FRAMED


def open_frame(bridge: Bridge, token: str) -> OpenedFrame:
    """What the page around a running unit is made of; raises LaunchRefused."""
    key = open_launch_token(bridge, token)
    with bridge.database.writing() as connection:
        running = running_launch(connection, key.registration, key.launch_id)
        package, row, launch = running.package, running.unit_row, running.launch
        if package.standard not in FRAMED:  # else a course of another kind would be handed a credential
            raise LaunchRefused("This launch is of another kind of course", remedy=AGAIN)
        told = _told(bridge, connection, running, token) if launch.ended is None else {}
        return OpenedFrame(
            course_title=package.title,
            unit_title=row.title,
            language=package.language,
            units=tuple(_contents(connection, package, row, key.registration)),
            address=launch_address(running.unit, told) if told else "",
            return_url=launch.return_url,
        )


def _contents(connection: sa.Connection, package: Any, current: Any, registration: UUID) -> list[FramedUnit]:
    known = attempts.attempts_of_registration(connection, registration) if package.standard == aicc.STANDARD else {}
    states = {unit_id: status_of(AttemptState.from_json(row.state)) for unit_id, row in known.items()}
    default = "not attempted" if package.standard == aicc.STANDARD else ""
    return [
        FramedUnit(unit.id, unit.title, unit.id == current.id, states.get(unit.id, default))
        for unit in packages.units_of(connection, package.id)
    ]


def _told(bridge: Bridge, connection: sa.Connection, running: RunningLaunch, token: str) -> dict[str, str]:
    """The parameters of the launch. Whoever holds them is the learner in this attempt, and nobody anywhere else."""
    unit, attempt = running.unit_row, running.attempt
    if running.package.standard == aicc.STANDARD:
        runtime = bridge.manifest.endpoint("runtime")
        path = runtime.path if runtime else ""
        return {"AICC_SID": token, "AICC_URL": f"{bridge.settings.content_url}{path}/hacp"}
    return {
        "endpoint": _lrs(bridge),
        "auth": _credential(bridge, connection, unit, attempt),
        "actor": json.dumps({"objectType": "Agent"} | dict(attempt.actor), ensure_ascii=False),
        "registration": str(attempt.registration),
        "activity_id": unit.activity,
    }


def _lrs(bridge: Bridge) -> str:
    if bridge.manifest.xapi is None:
        raise LaunchRefused("This server offers no LRS, which an xAPI course reports to",
                            remedy="Declare xapi in plugin_manifest.xml")  # fmt: skip
    return f"{bridge.settings.public_url}{bridge.manifest.xapi.path}/"


def _credential(bridge: Bridge, connection: sa.Connection, unit: Any, attempt: Any) -> str:
    """For this learner, attempt and activity, as long as a launch lasts. Its secret is nowhere but in the address, so
    a page that is loaded anew gets another.

    ``compat``, because a course is no program that could be mended: what it says wrongly is set aside, not lost.
    """
    bounds = Bounds(ActorKey.of_actor(attempt.actor), attempt.registration, unit.activity)
    made, secret = create_within(
        connection, bridge, unit.title, CONTENT_SCOPES, compat=True, bounds=bounds, lifetime=LAUNCH_LIFETIME
    )
    return "Basic " + base64.b64encode(f"{made.key}:{secret}".encode()).decode()
