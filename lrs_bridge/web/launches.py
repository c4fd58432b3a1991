"""/launches: an LMS asks for the address under which a learner starts a unit (JSON)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.services.cmi5_launch import launch_by_standard
from lrs_bridge.services.launches import LaunchRequest
from lrs_bridge.web.access import basic_credential, bridge, json_object

bp = Blueprint("launches", __name__)
MEMBERS = {"package": str, "unit": str, "employee_id": str, "actor": dict, "return_url": str}


@bp.post("")
def post_launch() -> tuple[Response, int]:
    """201 with a one-time ``launch_url``, good for ten minutes, and the registration that the results will carry."""
    credential = basic_credential()
    credential.require("launches")
    made = launch_by_standard(bridge(), _request(json_object()), requested_by=f"credential {credential.key}")
    body = {
        "launch_url": made.url,
        "registration": str(made.registration),
        "launch": str(made.launch_id),
        "unit": made.unit,
        "activity": made.activity,
        "actor": made.actor,
    }
    return jsonify(body), 201


def _request(body: dict[str, object]) -> LaunchRequest:
    problems = [Problem(f"/{name}", "is not a member of a launch") for name in body if name not in MEMBERS]
    problems += [
        Problem(f"/{name}", f"must be {'an object' if kind is dict else 'text'}")
        for name, kind in MEMBERS.items()
        if name in body and not isinstance(body[name], kind)
    ]
    if not body.get("package"):
        problems.append(Problem("/package", "is missing", "Name the package by its id or its manifest's identifier"))
    if not is_web_address(str(body.get("return_url", ""))):
        problems.append(Problem("/return_url", "is not a web address", "Write it whole: https://lms.example.com/…"))
    if problems:
        raise RequestRefused("The launch cannot be made", problems=problems)
    return LaunchRequest(**body)  # type: ignore[arg-type]  # the members were checked above


def is_web_address(text: str) -> bool:
    """Whole, or nothing: the player would follow anything else to somewhere on its own host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return not text or (parts.scheme in {"http", "https"} and bool(parts.netloc))
