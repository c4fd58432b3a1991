"""Who learns, who saw it and what it is about: the same for every runtime that the bridge hears itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware.attempt_state import Learner
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.install_package import course_activity
from lrs_bridge.services.record_statements import Recorder
from lrs_bridge.storage.people import people_details
from lrs_bridge.xapi.drafts import AttemptContext, NamedActivity

RUNTIME_CREDENTIAL = UUID(int=0)


def learner_of(connection: sa.Connection, attempt: Any) -> Learner:
    """As HR names the person; an actor that is nobody's yet, by the actor itself."""
    if attempt.person_id is not None:
        detail = people_details(connection, [attempt.person_id]).get(attempt.person_id)
        if detail is not None:
            return Learner(detail.employee_id, detail.family_name, detail.given_name)
    key = ActorKey.of_actor(attempt.actor)
    given, _, family = str(attempt.actor.get("name", "")).rpartition(" ")
    return Learner(key.value if key else "", family, given)


def runtime_recorder(bridge: Bridge) -> Recorder:
    """The bridge itself, as the authority of what it saw."""
    authority = ActorKey.of_account(bridge.settings.public_url, "lrs-bridge").as_actor("LRS Bridge")
    return Recorder(RUNTIME_CREDENTIAL, authority, defines=True)


def attempt_context(
    bridge: Bridge, attempt: Any, unit_row: Any, package: Any, launch_id: str, sequence: int
) -> AttemptContext:
    return AttemptContext(
        actor=attempt.actor,
        registration=attempt.registration,
        launch=launch_id,
        sequence=sequence,
        unit=NamedActivity(unit_row.activity, unit_row.title),
        course=NamedActivity(course_activity(bridge.settings.public_url, package.identifier), package.title),
        language=package.language or "en",
        platform="LRS Bridge",
    )
