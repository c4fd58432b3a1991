"""The words of cmi5, by their IRIs, and what a session of one assignable unit is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey

_ADL, _W3ID = "http://adlnet.gov/expapi/verbs/", "https://w3id.org/xapi/adl/verbs/"
_CMI5 = "https://w3id.org/xapi/cmi5/"

VERBS: Final[Mapping[str, str]] = {
    **{name: _ADL + name for name in ("launched", "initialized", "completed", "passed", "failed", "terminated")},
    **{name: _W3ID + name for name in ("abandoned", "waived", "satisfied")},
}
NAME_OF: Final[Mapping[str, str]] = {iri: name for name, iri in VERBS.items()}
VERBS_OF_UNITS = frozenset({"initialized", "completed", "passed", "failed", "terminated"})

CMI5_CATEGORY = f"{_CMI5}context/categories/cmi5"
MOVE_ON_CATEGORY = f"{_CMI5}context/categories/moveon"
_EXTENSIONS = f"{_CMI5}context/extensions/"
SESSION_ID = f"{_EXTENSIONS}sessionid"
MASTERY_SCORE = f"{_EXTENSIONS}masteryscore"
LAUNCH_MODE = f"{_EXTENSIONS}launchmode"
LAUNCH_URL = f"{_EXTENSIONS}launchurl"
MOVE_ON = f"{_EXTENSIONS}moveon"
LAUNCH_PARAMETERS = f"{_EXTENSIONS}launchparameters"
PROGRESS = f"{_CMI5}result/extensions/progress"
REASON = f"{_CMI5}result/extensions/reason"
BLOCK_TYPE = f"{_CMI5}activitytype/block"
COURSE_TYPE = f"{_CMI5}activitytype/course"

LAUNCH_DATA = "LMS.LaunchData"
LEARNER_PREFERENCES = "cmi5LearnerPreferences"
MODES = ("Normal", "Browse", "Review")


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What every statement of a session has to fit. ``publisher`` is the unit's id in the course structure."""

    session_id: UUID
    registration: UUID
    actor: Mapping[str, Any]
    activity: str
    publisher: str
    mode: str = "Normal"
    mastery: float | None = None

    @property
    def actor_key(self) -> ActorKey | None:
        return ActorKey.of_actor(self.actor)


def ids_in(context: Mapping[str, Any], list_name: str) -> frozenset[str]:
    """The ids of one list of a valid statement's contextActivities; a single Activity may stand for a list."""
    found = context.get("contextActivities", {}).get(list_name, ())
    return frozenset(one["id"] for one in (found if type(found) is list else (found,)) if found)


def is_allowed_only(context: Mapping[str, Any]) -> bool:
    """Of a session, but not "cmi5 defined" (7.1.3): such a statement counts for nothing but reading."""
    return SESSION_ID in context.get("extensions", ()) and CMI5_CATEGORY not in ids_in(context, "category")
