"""Launches: one-time addresses for learners, exchanged for a token that is good for one attempt only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from lrs_bridge.courseware.attempt_state import AttemptState
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import LaunchRefused, NotFound, Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage import attempts, packages
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import is_done
from lrs_bridge.storage.identities import identities_of
from lrs_bridge.storage.people import PersonDetail, people_details, person_key
from lrs_bridge.storage.survivors import surviving_id
from lrs_bridge.xapi.actors import filter_actor
from lrs_bridge.xapi.faults import under

START_WITHIN = timedelta(minutes=10)
LAUNCH_LIFETIME = timedelta(hours=12)
"""Longer than any session of an LMS: what a learner does must be saved even when the LMS has forgotten them."""


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """Who is to be launched into what. Either ``employee_id`` or ``actor`` (an xAPI Agent); ``unit`` may be empty."""

    package: str
    unit: str = ""
    employee_id: str = ""
    actor: dict[str, Any] | None = None
    return_url: str = ""


@dataclass(frozen=True, slots=True)
class MadeLaunch:
    url: str
    registration: UUID
    launch_id: UUID
    unit: str
    activity: str
    actor: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LaunchKey:
    """What a launch token names."""

    registration: UUID
    launch_id: UUID


@dataclass(frozen=True, slots=True)
class Learner:
    actor: dict[str, Any]
    person_id: UUID | None

    @property
    def key(self) -> UUID:
        key = ActorKey.of_actor(self.actor)
        if key is None:
            raise RequestRefused("A launch needs one Agent with an identifier", remedy="Name the learner, not a Group")
        return key.digest


def make_launch(bridge: Bridge, request: LaunchRequest, *, requested_by: str) -> MadeLaunch:
    """A one-time address on the content origin. An attempt that is not finished is gone on with."""
    with bridge.database.writing() as connection:
        found = installed_package(connection, request.package)
        unit = _unit(connection, found, request.unit)
        learner = learner_of(bridge, connection, request)
        return launch_unit(bridge, connection, unit, learner.actor, learner.key, learner.person_id,
                           requested_by=requested_by, return_url=request.return_url)  # fmt: skip


def launch_unit(  # noqa: PLR0913 - the row of a launch
    bridge: Bridge,
    connection: sa.Connection,
    unit: Any,
    actor: dict[str, Any],
    actor_key: UUID,
    person_id: UUID | None,
    *,
    requested_by: str,
    return_url: str,
) -> MadeLaunch:
    at = now()
    registration = _registration(connection, actor_key, unit)
    attempts.insert_attempt(connection, {
        "registration": registration, "unit_id": unit.id, "package_id": unit.package_id, "actor_key": actor_key,
        "actor": actor, "person_id": person_id, "state": AttemptState().as_json(), "opened": at, "updated": at,
    })  # fmt: skip
    launch_id = uuid4()
    bridge.meters.launches.inc()
    attempts.insert_launch(connection, {
        "registration": registration, "id": launch_id, "unit_id": unit.id, "requested_by": requested_by,
        "return_url": return_url, "created": at, "started": None, "ended": None, "last_sequence": 0,
    })  # fmt: skip
    token = _signer(bridge, "launch once").dumps([registration.hex, launch_id.hex])
    endpoint = bridge.manifest.endpoint("player")
    url = f"{bridge.settings.content_url}{endpoint.path if endpoint else ''}/start/{token}"
    return MadeLaunch(url, registration, launch_id, unit.identifier, unit.activity, actor)


def start_launch(bridge: Bridge, token: str) -> str:
    """Exchange a one-time token, once, for the launch's own; raises LaunchRefused."""
    key = _opened(bridge, "launch once", token, START_WITHIN, "Start the course again from the LMS")
    with bridge.database.writing() as connection:
        if not attempts.mark_started(connection, key.registration, key.launch_id, at=now()):
            raise LaunchRefused(
                "This launch address was used already", remedy="Each is good once: start the course again from the LMS"
            )
    return _signer(bridge, "launch").dumps([key.registration.hex, key.launch_id.hex])


def open_launch_token(bridge: Bridge, token: str) -> LaunchKey:
    """The launch that a launch-scoped token names; raises LaunchRefused."""
    return _opened(
        bridge, "launch", token, LAUNCH_LIFETIME, "Start the course again from the LMS; nothing saved is lost"
    )


def _opened(bridge: Bridge, purpose: str, token: str, lifetime: timedelta, remedy: str) -> LaunchKey:
    try:
        registration, launch_id = _signer(bridge, purpose).loads(token, max_age=int(lifetime.total_seconds()))
    except SignatureExpired as error:
        raise LaunchRefused("This launch has expired", remedy=remedy) from error
    except BadSignature as error:
        raise LaunchRefused("This launch address is damaged or not ours", remedy=remedy) from error
    return LaunchKey(UUID(registration), UUID(launch_id))


def _signer(bridge: Bridge, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(bridge.signing_key, salt=purpose)


def installed_package(connection: sa.Connection, name: str) -> Any:
    """By our id, or by the manifest's identifier, of which the newest counts."""
    try:
        found = packages.find_package(connection, UUID(name))
    except ValueError:
        found = packages.newest_package(connection, name)
    if found is None or found.removed is not None:
        raise NotFound(f"No package {name!r} is installed", remedy="lrs-bridge packages list")
    return found


def _unit(connection: sa.Connection, package: Any, identifier: str) -> Any:
    units = packages.units_of(connection, package.id)
    chosen = next((unit for unit in units if identifier in ("", unit.identifier)), None)
    if chosen is None:
        named = ", ".join(unit.identifier for unit in units)
        raise NotFound(f"The package has no unit {identifier!r}", remedy=f"It has {named}")
    return chosen


def learner_of(bridge: Bridge, connection: sa.Connection, request: LaunchRequest) -> Learner:
    if bool(request.employee_id) == bool(request.actor):
        raise RequestRefused("A launch needs a learner", remedy="Give either employee_id or actor, an xAPI Agent")
    if request.employee_id:
        person_id = person_key(surviving_id(connection, request.employee_id))
        detail = people_details(connection, [person_id]).get(person_id)
        if detail is None:
            raise NotFound(
                f"Nobody has the employee id {request.employee_id!r}", remedy="Ids are text: 000123 is not 123"
            )
        return Learner(actor_of_person(bridge, detail), person_id)
    actor = request.actor or {}
    if problems := under("/actor", filter_actor(actor)):
        raise RequestRefused("The actor is not an xAPI Agent", problems=problems)
    if actor.get("objectType") == "Group":  # what a Group did is nobody's evidence
        problem = Problem("/actor/objectType", "is Group, but one person learns", "Name the learner: an Agent")
        raise RequestRefused("The actor is not an xAPI Agent", problems=[problem])
    learner = Learner(actor, None)
    today = now().date()
    known = identities_of(connection, {learner.key}).get(learner.key, [])
    people = {identity.person_id for identity in known if identity.covers(today)}
    return Learner(actor, people.pop() if len(people) == 1 else None)


def actor_of_person(bridge: Bridge, detail: PersonDetail) -> dict[str, Any]:
    """The LMS's own account of the person where there is one, so that all statements name one actor."""
    settings = bridge.settings
    if detail.lms_account and settings.lms_home_pages:
        return ActorKey.of_account(settings.lms_home_pages[0], detail.lms_account).as_actor(detail.name)
    return ActorKey.of_account(settings.public_url, detail.employee_id).as_actor(detail.name)


def _registration(connection: sa.Connection, actor_key: UUID, unit: Any) -> UUID:
    """Registration = attempt: the unit's unfinished one; else the course's newest without this unit; else a new one."""
    known = attempts.attempts_of_actor(connection, actor_key, unit.package_id)
    for row in known:
        if row.unit_id == unit.id and not _is_over(connection, row, unit):
            return UUID(str(row.registration))
    with_unit = {row.registration for row in known if row.unit_id == unit.id}
    fresh: UUID = next((row.registration for row in known if row.registration not in with_unit), uuid4())
    return fresh


def _is_over(connection: sa.Connection, attempt: Any, unit: Any) -> bool:
    """By what the runtime keeps; of content with an activity of its own (xAPI), by what it told the LRS alone."""
    if not unit.body.get("activity"):
        return is_finished(AttemptState.from_json(attempt.state))
    person_id = attempt.person_id
    return person_id is not None and is_done(connection, person_id, attempt.registration, unit.activity)


def is_finished(state: AttemptState) -> bool:
    """Begun, judged and left for good: the next launch is a new attempt."""
    return state.begun and not state.goes_on
