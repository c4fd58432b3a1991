"""A launch that runs: with its attempt, its unit and the run time of its standard, inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware.attempt_state import AttemptState
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.runtimes import Runtime, runtime_of
from lrs_bridge.errors import LaunchRefused
from lrs_bridge.services.attempt_contexts import learner_of
from lrs_bridge.storage import attempts, packages


@dataclass(frozen=True, slots=True)
class RunningLaunch:
    """One launch with its attempt and unit, inside a transaction."""

    launch: Any
    attempt: Any
    unit_row: Any
    package: Any
    unit: LaunchableUnit = field(repr=False)

    @property
    def state(self) -> AttemptState:
        return AttemptState.from_json(self.attempt.state)

    @property
    def runtime(self) -> Runtime:
        return runtime_of(self.package.standard)


def running_launch(
    connection: sa.Connection, registration: UUID, launch_id: UUID, *, lock: bool = False
) -> RunningLaunch:
    launch = attempts.find_launch(connection, registration, launch_id)
    if launch is None or launch.started is None:
        raise LaunchRefused("There is no such launch", remedy="Start the course again from the LMS")
    attempt = attempts.find_attempt(connection, registration, launch.unit_id, lock=lock)
    if lock:  # what another commit wrote while this one waited
        launch = attempts.find_launch(connection, registration, launch_id)
    unit = packages.find_unit(connection, launch.unit_id)
    package = packages.find_package(connection, unit.package_id)
    return RunningLaunch(
        launch, attempt, unit, package, LaunchableUnit(**(unit.body | {"files": tuple(unit.body["files"])}))
    )


def initial_cmi(connection: sa.Connection, running: RunningLaunch) -> dict[str, str]:
    return running.runtime.first_cmi(running.unit, learner_of(connection, running.attempt), running.state)
