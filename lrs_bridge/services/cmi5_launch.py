"""Launching an assignable unit: its session, what it is told, and its credential, fetched once (cmi5 8, 10)."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
import sqlalchemy as sa
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from lrs_bridge.courseware import cmi5
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import LaunchRefused, Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_courses import InstalledCourse, UnitOfCourse, course_named, lms
from lrs_bridge.services.cmi5_endings import abandon
from lrs_bridge.services.cmi5_registrations import (
    RegistrationRequest,
    account_learner,
    keep_attempt,
    registered,
    registration_for_launch,
)
from lrs_bridge.services.cmi5_sessions import terms_of
from lrs_bridge.services.credentials import create_within
from lrs_bridge.services.launches import (
    LAUNCH_LIFETIME,
    LaunchRequest,
    MadeLaunch,
    installed_package,
    make_launch,
)
from lrs_bridge.services.record_statements import record_within
from lrs_bridge.storage import attempts, documents, packages
from lrs_bridge.storage import cmi5 as store
from lrs_bridge.storage.database import now
from lrs_bridge.storage.documents import Content, Shelf, StoredDocument
from lrs_bridge.xapi import cmi5_drafts as drafts
from lrs_bridge.xapi.bounds import Bounds
from lrs_bridge.xapi.cmi5_drafts import LaunchTerms
from lrs_bridge.xapi.cmi5_terms import LAUNCH_DATA, LEARNER_PREFERENCES, MODES, SessionTerms
from lrs_bridge.xapi.concurrency import etag_of
from lrs_bridge.xapi.documents import Scope

UNIT_SCOPES = ("statements/write", "statements/read", "state", "profile")
CONTENT_FOLDER = "cmi5"
RESTART = "Start the course again from the LMS"


@dataclass(frozen=True, slots=True)
class Cmi5LaunchRequest:
    """``unit`` empty: the first. ``registration`` None: the learner's own, or a new one."""

    course: str
    unit: str = ""
    employee_id: str = ""
    actor: dict[str, Any] | None = None
    registration: UUID | None = None
    mode: str = "Normal"
    return_url: str = ""


class MadeCmi5Launch(NamedTuple):
    """``method`` is OwnWindow or AnyWindow (cmi5 8.1), for whoever opens the address."""

    launch: MadeLaunch
    method: str


@dataclass(frozen=True, slots=True)
class _Opening:
    """One session about to begin; ``enrolled`` is the row of its registration."""

    course: InstalledCourse
    unit: UnitOfCourse
    enrolled: Any
    terms: SessionTerms


def launch_by_standard(bridge: Bridge, request: LaunchRequest, *, requested_by: str) -> MadeLaunch:
    """A launch of whatever the package is: a unit of cmi5 is opened itself, every other in the player."""
    with bridge.database.reading() as connection:
        standard = installed_package(connection, request.package).standard
    if standard != cmi5.STANDARD:
        return make_launch(bridge, request, requested_by=requested_by)
    asked = Cmi5LaunchRequest(
        request.package, request.unit, request.employee_id, request.actor, return_url=request.return_url
    )
    return make_cmi5_launch(bridge, asked, requested_by=requested_by).launch


def make_cmi5_launch(bridge: Bridge, request: Cmi5LaunchRequest, *, requested_by: str) -> MadeCmi5Launch:
    """A new session and the URL that starts it. A session that still runs in the registration is abandoned (9.3.6)."""
    if request.mode not in MODES:
        problem = Problem("/mode", f"is {request.mode!r}", f"Choose among {', '.join(MODES)}", "cmi5 10.2.2")
        raise RequestRefused("The unit cannot be launched", problems=[problem])
    with bridge.database.writing() as connection:
        course = course_named(bridge, connection, request.course)
        unit = course.unit_of(request.unit)
        asked = RegistrationRequest(request.course, request.employee_id, request.actor)
        learner = account_learner(bridge, connection, asked)
        wanted = request.registration or registration_for_launch(connection, course, unit, learner, request.mode)
        enrolled = registered(bridge, connection, course, learner, wanted)
        for running in store.running_sessions(connection, wanted):
            abandon(bridge, connection, course, enrolled, running)
        opening = _Opening(course, unit, enrolled, _new_terms(enrolled, unit, request.mode))
        made = _launch(bridge, connection, opening, return_url=request.return_url, requested_by=requested_by)
    return MadeCmi5Launch(made, unit.unit.launch_method)


def _new_terms(enrolled: Any, unit: UnitOfCourse, mode: str) -> SessionTerms:
    return SessionTerms(
        session_id=uuid4(),
        registration=enrolled.registration,
        actor=enrolled.actor,
        activity=unit.activity,
        publisher=unit.unit.identifier,
        mode=mode,
        mastery=unit.unit.mastery_score,
    )


def _launch(
    bridge: Bridge, connection: sa.Connection, opening: _Opening, *, return_url: str, requested_by: str
) -> MadeLaunch:
    at = now()
    terms, unit = opening.terms, opening.unit
    launch = LaunchTerms(
        _url(bridge, unit, terms), unit.unit.move_on, unit.unit.launch_parameters, unit.unit.entitlement_key, return_url
    )
    keep_attempt(connection, opening.enrolled, unit)
    _keep_session(connection, opening, at, return_url=return_url, requested_by=requested_by)
    _keep_documents(connection, opening, launch, at)
    record_within(connection, [drafts.launched(terms, unit.described, launch, at)], by=lms(bridge))
    bridge.meters.launches.inc()
    url = drafts.launch_url(
        terms, launch.url, endpoint=_endpoint(bridge), fetch=_fetch_url(bridge, terms), actor=json.dumps(terms.actor)
    )
    return MadeLaunch(url, terms.registration, terms.session_id, unit.unit.identifier, unit.activity, dict(terms.actor))


def _keep_session(
    connection: sa.Connection, opening: _Opening, at: datetime, *, return_url: str, requested_by: str
) -> None:
    terms = opening.terms
    place = {"registration": terms.registration, "id": terms.session_id, "unit_id": opening.unit.id}
    attempts.insert_launch(connection, place | {
        "requested_by": requested_by, "return_url": return_url, "created": at, "started": None, "ended": None,
        "last_sequence": 0,
    })  # fmt: skip
    store.insert_session(connection, place | {
        "package_id": opening.course.package_id, "mode": terms.mode, "mastery": terms.mastery, "launched": at,
        "fetched": None, "said": {}, "latest": None, "ended": None, "outcome": "",
    })  # fmt: skip


def _keep_documents(connection: sa.Connection, opening: _Opening, launch: LaunchTerms, at: datetime) -> None:
    """LMS.LaunchData anew at each launch; the learner's preferences where nobody said any."""
    terms = opening.terms
    agent = ActorKey.of_actor(terms.actor)
    state = Scope("state", terms.activity, agent, terms.registration)
    data = orjson.dumps(drafts.launch_document(terms, launch))
    documents.write_document(connection, _shelf(state), LAUNCH_DATA, lambda _: _json(data), at=at)
    languages = ",".join(language for language in opening.course.tree.titles if language != "und") or "en"
    first = orjson.dumps(drafts.preferences(languages))
    profile = _shelf(Scope("agent_profile", agent=agent))
    if documents.find_document(connection, profile, LEARNER_PREFERENCES) is None:
        documents.write_document(connection, profile, LEARNER_PREFERENCES, lambda known: _kept(known, first), at=at)


def _kept(stored: StoredDocument | None, first: bytes) -> Content:
    return (stored.content_type, stored.body, stored.etag) if stored else _json(first)


def _json(body: bytes) -> Content:
    return "application/json", body, etag_of(body)


def _shelf(scope: Scope) -> Shelf:
    agent_key = scope.agent.digest if scope.agent else None
    return Shelf(scope.key, scope.resource, scope.activity, agent_key, scope.registration)


def exchange(bridge: Bridge, token: str) -> str:
    """The auth-token of a fetch URL, once (cmi5 8.2); LaunchRefused where it was used, or its session has ended."""
    registration, session_id = _opened(bridge, "cmi5 fetch", token)
    with bridge.database.writing() as connection:
        at = now()
        if not store.mark_fetched(connection, registration, session_id, at=at):
            raise LaunchRefused("The authorization token has already been returned, or the session has ended",
                                remedy=RESTART)  # fmt: skip
        attempts.mark_started(connection, registration, session_id, at=at)
        session = store.find_session(connection, registration, session_id)
        terms = terms_of(connection, store.find_registration(connection, registration), session)
        bounds = Bounds(terms.actor_key, registration, terms.activity, session_id)
        made, secret = create_within(
            connection, bridge, f"cmi5 session {session_id}", UNIT_SCOPES, bounds=bounds,
            lifetime=session.launched + LAUNCH_LIFETIME - at,
        )  # fmt: skip
    return b64encode(f"{made.key}:{secret}".encode()).decode()


def file_of_session(bridge: Bridge, token: str, path: str) -> Any:
    """The stored file of the launched package under ``path`` (``digest``, ``size``), or None; raises LaunchRefused."""
    registration, session_id = _opened(bridge, "cmi5 content", token)
    with bridge.database.reading() as connection:
        session = store.find_session(connection, registration, session_id)
        return packages.file_of(connection, session.package_id, path) if session else None


def _url(bridge: Bridge, unit: UnitOfCourse, terms: SessionTerms) -> str:
    """Where the unit starts, without the parameters of the launch."""
    if unit.unit.address:
        return unit.unit.address
    content = bridge.manifest.endpoint("content")
    token = _signed(bridge, "cmi5 content", terms)
    return f"{bridge.settings.content_url}{content.path if content else ''}/{CONTENT_FOLDER}/{token}/{unit.unit.url}"


def _endpoint(bridge: Bridge) -> str:
    declared = bridge.manifest.xapi
    return f"{bridge.settings.public_url}{declared.path if declared else ''}/"


def _fetch_url(bridge: Bridge, terms: SessionTerms) -> str:
    declared = bridge.manifest.endpoint("cmi5")
    path = declared.path if declared else ""
    return f"{bridge.settings.public_url}{path}/fetch/{_signed(bridge, 'cmi5 fetch', terms)}"


def _signed(bridge: Bridge, purpose: str, terms: SessionTerms) -> str:
    return _signer(bridge, purpose).dumps([terms.registration.hex, terms.session_id.hex])


def _opened(bridge: Bridge, purpose: str, token: str) -> tuple[UUID, UUID]:
    try:
        registration, session_id = _signer(bridge, purpose).loads(token, max_age=int(LAUNCH_LIFETIME.total_seconds()))
    except SignatureExpired as error:
        raise LaunchRefused("The session has expired", remedy=RESTART) from error
    except BadSignature as error:
        raise RequestRefused("This address is damaged or not ours", remedy=RESTART) from error
    return UUID(registration), UUID(session_id)


def _signer(bridge: Bridge, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(bridge.signing_key, salt=purpose)
