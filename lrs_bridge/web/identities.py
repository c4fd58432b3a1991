"""/identities: the review queue, and accept, reject, merge, split and undo (JSON)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from lrs_bridge.domain.actors import actor_key_of
from lrs_bridge.errors import NotAllowed, Problem, RequestRefused
from lrs_bridge.services import identity_decisions as decisions
from lrs_bridge.services.identity_decisions import Decided
from lrs_bridge.services.identity_history import history, identities_of_person
from lrs_bridge.services.identity_review import review
from lrs_bridge.storage.schema.base import as_utc
from lrs_bridge.web.access import basic_credential, bridge, json_object
from lrs_bridge.web.feeds import bearer

bp = Blueprint("identities", __name__)
SCOPE = "identities"
LARGEST_PAGE = 1000


@bp.get("/review")
def get_review() -> Response:
    _who()
    page = review(bridge(), **_query("sort", "limit", "offset"))
    items = [_plain(asdict(item) | {"score": item.score}) for item in page.items]
    return jsonify({"actors": page.actors, "statements": page.statements, "items": items})


@bp.get("/history")
def get_history() -> Response:
    _who()
    page = history(bridge(), **_query("person", "action", "standing", "sort", "limit", "offset"))
    return jsonify({"total": page.total, "items": [_plain(asdict(item)) for item in page.items]})


@bp.get("/people/<employee_id>")
def get_person(employee_id: str) -> Response:
    _who()
    return jsonify(_plain(asdict(identities_of_person(bridge(), employee_id, **_query("known_at")))))


@bp.post("/accept")
def post_accept() -> tuple[Response, int]:
    who, body = _who(), _body(("actor", "employee_id"), ("since",))
    actor, since = actor_key_of(body["actor"]), _day(body)
    return _decided(decisions.accept(bridge(), actor, body["employee_id"], by=who, since=since))


@bp.post("/reject")
def post_reject() -> tuple[Response, int]:
    who, body = _who(), _body(("actor", "employee_id", "because"))
    actor = actor_key_of(body["actor"])
    return _decided(decisions.reject(bridge(), actor, body["employee_id"], by=who, because=body["because"]))


@bp.post("/merge")
def post_merge() -> tuple[Response, int]:
    who, body = _who(), _body(("from", "into", "because"))
    return _decided(decisions.merge(bridge(), body["from"], body["into"], by=who, because=body["because"]))


@bp.post("/split")
def post_split() -> tuple[Response, int]:
    who, body = _who(), _body(("employee_id", "actor", "because"), ("into", "since"))
    made = decisions.split(
        bridge(),
        body["employee_id"],
        actor_key_of(body["actor"]),
        into=body.get("into", ""),
        since=_day(body),
        by=who,
        because=body["because"],
    )
    return _decided(made)


@bp.post("/history/<uuid:decision_id>/undo")
def post_undo(decision_id: UUID) -> tuple[Response, int]:
    who, body = _who(), _body((), ("because",))
    return _decided(decisions.undo(bridge(), decision_id, by=who, because=body.get("because", "")))


def _who() -> str:
    """The name of the reader of HR, or of the machine with the scope; raises NotAllowed for others."""
    given = request.authorization
    if given is not None and given.type == "bearer":
        reader = bearer()
        if reader.role != "hr":
            raise NotAllowed("Identities are for HR", remedy="Use the token of a reader with the role hr")
        return reader.name
    credential = basic_credential()
    credential.require(SCOPE)
    return credential.name


def _decided(made: Decided) -> tuple[Response, int]:
    return jsonify({"id": str(made.id)} | asdict(made.results)), 201


def _body(needed: Sequence[str], more: Sequence[str] = ()) -> dict[str, str]:
    """The members, all of them texts; RequestRefused with every fault."""
    body = json_object()
    problems = [Problem(f"/{name}", "is missing", "Give it as text") for name in needed if name not in body]
    for name, value in body.items():
        if name not in (*needed, *more):
            problems.append(Problem(f"/{name}", "has no place here", f"Choose among {', '.join((*needed, *more))}"))
        elif not isinstance(value, str) or "\0" in value:
            problems.append(Problem(f"/{name}", "must be text", 'Write "text"'))
    if problems:
        raise RequestRefused("This cannot be decided", problems=problems)
    return body


def _day(body: dict[str, str]) -> date | None:
    if not body.get("since"):
        return None
    try:
        return date.fromisoformat(body["since"])
    except ValueError as error:
        problem = Problem("/since", f"is {body['since']!r}", "Write a date: 2026-03-31")
        raise RequestRefused("This cannot be decided", problems=[problem]) from error


def _query(*names: str) -> dict[str, Any]:
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, text in request.args.items():
        if name not in names:
            problems.append(Problem(name, "is no parameter of this", f"Choose among {', '.join(names) or 'none'}"))
            continue
        read, example = READ.get(name, (str, "text"))
        try:
            values[name] = read(text)
        except ValueError:
            problems.append(Problem(name, f"is {text!r}", f"Write {example}"))
    if problems:
        raise RequestRefused("Identities cannot be asked for like this", problems=problems)
    return values


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def _limit(text: str) -> int:
    if not 1 <= (limit := _count(text)) <= LARGEST_PAGE:
        raise ValueError(text)
    return limit


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


READ: dict[str, tuple[Callable[[str], Any], str]] = {
    "limit": (_limit, f"a whole number from 1 to {LARGEST_PAGE}"),
    "offset": (_count, "a whole number"),
    "standing": (_flag, "true or false"),
    "known_at": (lambda text: as_utc(datetime.fromisoformat(text)), "an instant: 2026-03-31T12:00:00Z"),
}


def _plain(value: Any) -> Any:
    """Dates and instants as ISO 8601, and ids as text."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
