"""Registrations: a learner's enrolment in a cmi5 course, in which each unit is passed once (cmi5 9.3, 9.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.courseware.attempt_state import AttemptState
from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_courses import InstalledCourse, UnitOfCourse, course_named
from lrs_bridge.services.cmi5_satisfaction import settle
from lrs_bridge.services.launches import LaunchRequest, Learner, learner_of
from lrs_bridge.storage import attempts
from lrs_bridge.storage import cmi5 as store
from lrs_bridge.storage.database import now
from lrs_bridge.xapi.cmi5_drafts import actor_text
from lrs_bridge.xapi.cmi5_terms import SessionTerms


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """Who is enrolled in what: either ``employee_id`` or ``actor``. ``registration`` None: found, or made."""

    course: str
    employee_id: str = ""
    actor: dict[str, Any] | None = None
    registration: UUID | None = None


def register(bridge: Bridge, request: RegistrationRequest) -> tuple[UUID, bool]:
    """The registration, and whether it is new. What asks for nothing is satisfied at once (cmi5 9.6.1)."""
    with bridge.database.writing() as connection:
        course = course_named(bridge, connection, request.course)
        learner = account_learner(bridge, connection, request)
        wanted = request.registration or _standing(connection, course, learner) or uuid4()
        is_new = store.find_registration(connection, wanted) is None
        return registered(bridge, connection, course, learner, wanted).registration, is_new


def _standing(connection: sa.Connection, course: InstalledCourse, learner: Learner) -> UUID | None:
    newest = store.newest_registration(connection, learner.key, course.package_id)
    return newest.registration if newest else None


def account_learner(bridge: Bridge, connection: sa.Connection, request: RegistrationRequest) -> Learner:
    """One person, named by an account and nothing else that tells who that is (cmi5 8.1.3, 9.2)."""
    asked = LaunchRequest(request.course, employee_id=request.employee_id, actor=request.actor)
    learner = learner_of(bridge, connection, asked)
    if "account" not in learner.actor:
        problem = Problem("/actor/account", "is missing", "Name the learner by an account of your LMS", "cmi5 9.2")
        raise RequestRefused("cmi5 knows learners by an account only", problems=[problem])
    return Learner(dict(actor_text(learner.actor)), learner.person_id)


def registered(
    bridge: Bridge, connection: sa.Connection, course: InstalledCourse, learner: Learner, registration: UUID
) -> Any:
    """The row of the registration, locked; made where there is none. RequestRefused where it is somebody else's."""
    values = {
        "registration": registration, "package_id": course.package_id, "actor_key": learner.key,
        "actor": learner.actor, "person_id": learner.person_id, "created": now(), "satisfied": None,
    }  # fmt: skip
    is_new = store.insert_registration(connection, values)
    row = store.find_registration(connection, registration, lock=True)
    if row.package_id != course.package_id or row.actor_key != learner.key:
        problem = Problem(
            "/registration", f"{registration} is another learner's, or of another course", "Leave it out to get one"
        )
        raise RequestRefused("The registration is taken", problems=[problem])
    if is_new:
        settle(bridge, connection, course, SessionTerms(uuid4(), registration, row.actor, "", ""))
    return row


def registration_for_launch(
    connection: sa.Connection, course: InstalledCourse, unit: UnitOfCourse, learner: Learner, mode: str
) -> UUID:
    """The newest; a new one for whoever takes a unit again in a course that is satisfied and was left.

    Completed and passed may be said once in a registration: next year's training needs one of its own.
    """
    newest = store.newest_registration(connection, learner.key, course.package_id)
    if newest is None:
        return uuid4()
    said = store.find_unit(connection, newest.registration, unit.id)
    is_done = newest.satisfied is not None and said is not None and (said.completed or said.passed)
    is_over = is_done and not store.running_sessions(connection, newest.registration)
    fresh: UUID = uuid4() if mode == "Normal" and is_over else newest.registration
    return fresh


def keep_attempt(connection: sa.Connection, registration: Any, unit: UnitOfCourse) -> None:
    """So that results under this registration are the learner's (tier B), and others find who took what."""
    at = now()
    attempts.insert_attempt(connection, {
        "registration": registration.registration, "unit_id": unit.id, "package_id": registration.package_id,
        "actor_key": registration.actor_key, "actor": registration.actor, "person_id": registration.person_id,
        "state": AttemptState().as_json(), "opened": at, "updated": at,
    })  # fmt: skip
