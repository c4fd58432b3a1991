"""The run times by standard. A new one is a module with the functions of ``Runtime``, and a line in ``runtime_of``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from lrs_bridge.courseware import scorm12_runtime, scorm2004, scorm2004_runtime
from lrs_bridge.courseware.attempt_state import AttemptState, Learner
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.domain.runtime_events import Event


class Runtime(Protocol):
    """What a module of a run time offers."""

    def first_cmi(
        self, unit: LaunchableUnit, learner: Learner, previous: AttemptState | None = None
    ) -> dict[str, str]: ...

    def commit(
        self,
        previous: AttemptState,
        cmi: Mapping[str, Any],
        *,
        final: bool,
        at: datetime,
        unit: LaunchableUnit,
        launch: str,
        sequence: int,
    ) -> tuple[AttemptState, list[Event]]: ...

    def close_stale(self, state: AttemptState, unit: LaunchableUnit) -> tuple[AttemptState, list[Event]]: ...

    def proof_only(self, cmi: Mapping[str, Any]) -> dict[str, str]: ...

    def status_of(self, state: AttemptState) -> str: ...


def runtime_of(standard: str) -> Runtime:
    """By the standard of the package; what is no SCORM 2004 speaks the words of SCORM 1.2."""
    return scorm2004_runtime if standard.startswith(scorm2004.STANDARD) else scorm12_runtime
