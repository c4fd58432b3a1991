"""/cmi5: courses, registrations, launches and sessions of cmi5 for an LMS (JSON), and the fetch URL of a launch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from lrs_bridge.errors import LaunchRefused, Problem, RequestRefused, Unavailable
from lrs_bridge.services import cmi5_listings as listings
from lrs_bridge.services.cmi5_endings import abandon_session, waive_unit
from lrs_bridge.services.cmi5_launch import Cmi5LaunchRequest, exchange, make_cmi5_launch
from lrs_bridge.services.cmi5_registrations import RegistrationRequest, register
from lrs_bridge.services.listings import PAGE, Slice
from lrs_bridge.web.access import basic_credential, bridge, json_object
from lrs_bridge.web.launches import is_web_address
from lrs_bridge.xapi.lexical import is_uuid
from lrs_bridge.xapi.parsing import parse_json

bp = Blueprint("cmi5", __name__)
FETCH = "/fetch"
LARGEST_PAGE = 1000
LEARNER: dict[str, type] = {"course": str, "employee_id": str, "actor": dict, "registration": str}
OUTCOMES = {"running": "", "terminated": "terminated", "abandoned": "abandoned"}
LAUNCH = LEARNER | {"unit": str, "mode": str, "return_url": str}


@bp.get("/courses")
def get_courses() -> Response:
    basic_credential().require("packages", "launches")
    return _page(listings.courses(bridge(), _slice("title"), title=_given("title")))


@bp.get("/courses/<uuid:package_id>/units")
def get_units(package_id: UUID) -> Response:
    basic_credential().require("packages", "launches")
    return _page(listings.units(bridge(), package_id, _slice("position"), move_on=_given("move_on")))


@bp.get("/registrations")
def get_registrations() -> Response:
    basic_credential().require("launches")
    found = listings.registrations(
        bridge(),
        _slice("-created"),
        course=_uuid("course"),
        actor=_actor(),
        satisfied=_chosen("satisfied", {"true": True, "false": False}),
    )
    return _page(found)


@bp.post("/registrations")
def post_registration() -> tuple[Response, int]:
    """201 for a new one, 200 for one that is there; what asks for nothing is satisfied at once."""
    basic_credential().require("launches")
    body = _body(LEARNER, needed=("course",))
    registration, is_new = register(bridge(), RegistrationRequest(**body))
    return jsonify(listings.registration(bridge(), registration)), 201 if is_new else 200


@bp.get("/registrations/<uuid:registration>")
def get_registration(registration: UUID) -> Response:
    basic_credential().require("launches")
    return jsonify(listings.registration(bridge(), registration))


@bp.post("/registrations/<uuid:registration>/waivers")
def post_waiver(registration: UUID) -> tuple[Response, int]:
    """201 when it is new, 200 where the unit was waived before."""
    basic_credential().require("launches")
    body = _body({"unit": str, "reason": str}, needed=("unit", "reason"))
    is_new = waive_unit(bridge(), registration, body["unit"], body["reason"])
    return jsonify(listings.registration(bridge(), registration)), 201 if is_new else 200


@bp.post("/launches")
def post_launch() -> tuple[Response, int]:
    """201 with the URL to open in the learner's browser, and the session that it starts."""
    credential = basic_credential()
    credential.require("launches")
    asked = Cmi5LaunchRequest(**_body(LAUNCH, needed=("course",)))
    made, method = make_cmi5_launch(bridge(), asked, requested_by=f"credential {credential.key}")
    body = {
        "launch_url": made.url,
        "registration": str(made.registration),
        "session": str(made.launch_id),
        "unit": made.unit,
        "activity": made.activity,
        "actor": made.actor,
        "launch_method": method,
    }
    return jsonify(body), 201


@bp.get("/sessions")
def get_sessions() -> Response:
    basic_credential().require("launches")
    outcome = _chosen("outcome", OUTCOMES)
    found = listings.sessions(
        bridge(), _slice("-launched"), course=_uuid("course"), registration=_uuid("registration"), outcome=outcome
    )
    return _page(found)


@bp.post("/registrations/<uuid:registration>/sessions/<uuid:session_id>/abandonment")
def post_abandonment(registration: UUID, session_id: UUID) -> tuple[Response, int]:
    """201 when it was still running, 200 where it had ended."""
    basic_credential().require("launches")
    ended_now = abandon_session(bridge(), registration, session_id)
    return jsonify(listings.session(bridge(), registration, session_id)), 201 if ended_now else 200


@bp.post(f"{FETCH}/<token>")
def post_fetch(token: str) -> Response:
    """The unit's credential, once. Every answer is a 200 with JSON, what went wrong too (cmi5 8.2.1, 8.2.3)."""
    try:
        answer = {"auth-token": exchange(bridge(), token)}
    except LaunchRefused as error:
        answer = {"error-code": "1", "error-text": error.reason}
    except RequestRefused as error:
        answer = {"error-code": "2", "error-text": error.reason}
    except Unavailable as error:
        answer = {"error-code": "3", "error-text": error.reason}
    response = jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(page: listings.Page) -> Response:
    return jsonify({"total": page.total, "items": page.items})


def _body(members: dict[str, type], *, needed: tuple[str, ...]) -> dict[str, Any]:
    """The members of the body, of their types; RequestRefused with every fault."""
    body = json_object()
    problems = [Problem(f"/{name}", "is missing") for name in needed if not body.get(name)]
    for name, value in body.items():
        if name not in members:
            problems.append(Problem(f"/{name}", "has no place here", f"Choose among {', '.join(members)}"))
        elif not isinstance(value, members[name]) or "\0" in str(value):
            problems.append(Problem(f"/{name}", f"must be {'an object' if members[name] is dict else 'text'}"))
    if not problems:
        problems += _unreadable(body)
    if problems:
        raise RequestRefused("The request cannot be understood", problems=problems)
    if "registration" in body:
        body["registration"] = UUID(body["registration"])
    return body


def _unreadable(body: dict[str, Any]) -> list[Problem]:
    problems = []
    if "registration" in body and not is_uuid(body["registration"]):
        problems.append(Problem("/registration", "is no UUID", "Leave it out to get one", "cmi5 8.1.4"))
    if not is_web_address(body.get("return_url", "")):
        problems.append(Problem("/return_url", "is not a web address", "Write it whole: https://lms.example.com/…"))
    return problems


def _given(name: str) -> str:
    return request.args.get(name, "").replace("\0", "")


def _read(name: str, read: Callable[[str], Any], example: str) -> Any:
    text = _given(name)
    try:
        return read(text) if text else None
    except ValueError as error:
        raise RequestRefused(
            "The list cannot be asked for like this", problems=[Problem(name, f"is {text!r}", f"Write {example}")]
        ) from error


def _chosen(name: str, values: dict[str, Any]) -> Any:
    """None where the parameter is not given."""

    def value(text: str) -> Any:
        if text not in values:
            raise ValueError(text)
        return values[text]

    return _read(name, value, f"one of {', '.join(values)}")


def _uuid(name: str) -> UUID | None:
    found: UUID | None = _read(name, UUID, "a UUID")
    return found


def _actor() -> dict[str, Any] | None:
    text = _given("actor")
    return parse_json(text.encode()) if text else None


def _slice(order: str) -> Slice:
    limit = _read("limit", _count, "a whole number") or PAGE
    offset = _read("offset", _count, "a whole number") or 0
    return Slice(_given("sort") or order, min(limit, LARGEST_PAGE), offset)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)
