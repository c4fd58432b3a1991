"""/evidence: record, list and withdraw what was learned beside statements (JSON)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.roster.evidence import COLUMNS
from lrs_bridge.services.evidence_records import (
    EvidenceQuery,
    list_evidence,
    may_record,
    refuse_outside_scope,
    show_evidence,
    withdraw_evidence,
)
from lrs_bridge.services.readers import Reader
from lrs_bridge.services.record_evidence import record_one
from lrs_bridge.storage.schema.base import as_utc
from lrs_bridge.web.access import basic_credential, bridge, json_object
from lrs_bridge.web.feeds import bearer

bp = Blueprint("evidence", __name__)
SCOPE = "evidence"
STRUCTURED = {"criteria", "score", "duration_minutes"}


@bp.post("")
def post_evidence() -> tuple[Response, int]:
    """201 with the record; 200 where the same was recorded before."""
    who = _who()
    may_record(who)
    values = _values(json_object())
    refuse_outside_scope(bridge(), who, values.get("employee_id", ""))
    if who.employee_id:
        values = {"assessor": who.employee_id} | {name: text for name, text in values.items() if text}
    report = record_one(bridge(), values, source="API", by=who.name)
    if report.left_out:
        raise RequestRefused("This record was withdrawn, and is not recorded again", problems=report.problems)
    record = show_evidence(bridge(), who, report.ids[0])
    body = record.as_plain() | {"problems": [problem.as_dict() for problem in report.problems]}
    return jsonify(body), 201 if report.added or report.changed else 200


@bp.get("")
def get_evidence() -> Response:
    """One page of the records of the caller's own people."""
    page = list_evidence(bridge(), _who(), _query())
    return jsonify({"total": page.total, "items": [record.as_plain() for record in page.items]})


@bp.get("/<uuid:record_id>")
def get_record(record_id: UUID) -> Response:
    return jsonify(show_evidence(bridge(), _who(), record_id).as_plain())


@bp.post("/<uuid:record_id>/withdrawal")
def post_withdrawal(record_id: UUID) -> Response:
    """The record as it stands then; the body says why: ``{"because": "…"}``."""
    who = _who()
    body = json_object()
    because = body.get("because", "")
    if set(body) - {"because"} or not isinstance(because, str):
        problem = Problem("", "is not a reason alone", 'Write {"because": "wrong person"}')
        raise RequestRefused("Evidence is withdrawn for a reason", problems=[problem])
    return jsonify(withdraw_evidence(bridge(), who, record_id, because=because).as_plain())


def _who() -> Reader:
    """A reader by their token, or a machine of HR by a credential with the scope."""
    given = request.authorization
    if given is not None and given.type == "bearer":
        return bearer()
    credential = basic_credential()
    credential.require(SCOPE)
    return Reader(credential.id, credential.name, "hr", "", credential.created)


def _values(body: dict[str, Any]) -> dict[str, str]:
    """The members as the cells of a file; RequestRefused with every one that is none."""
    problems = [
        Problem(f"/{name}", "is not a member of evidence", f"Choose among {', '.join(COLUMNS)}")
        for name in body
        if name not in COLUMNS
    ]
    problems += [
        Problem(f"/{name}", "must be text", 'Write "text" or null')
        for name, value in body.items()
        if name in COLUMNS and name not in STRUCTURED and not (value is None or isinstance(value, str))
    ]
    if problems:
        raise RequestRefused("The evidence cannot be recorded", problems=problems)
    return {name: _cell(value) for name, value in body.items()}


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return " ".join(text.split())


def _query() -> EvidenceQuery:
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, texts in request.args.lists():
        if name not in EvidenceQuery.__slots__:
            known = ", ".join(EvidenceQuery.__slots__)
            problems.append(Problem(name, "is not a parameter of evidence", f"Choose among {known}"))
            continue
        try:
            values[name] = READ.get(name, str)(texts[0])
        except ValueError:
            problems.append(Problem(name, f"is {texts[0]!r}", f"Write {EXAMPLES[name]}"))
    query = EvidenceQuery(**values)
    if problems := [*problems, *query.problems()]:
        raise RequestRefused("Evidence cannot be asked for like this", problems=problems)
    return query


def _instant(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError(text)
    return int(text)


READ: dict[str, Callable[[str], Any]] = {
    "since": date.fromisoformat,
    "until": date.fromisoformat,
    "known_at": _instant,
    "withdrawn": _flag,
    "limit": _count,
    "offset": _count,
}
EXAMPLES = {
    "since": "a date: 2026-03-31",
    "until": "a date: 2026-03-31",
    "known_at": "an instant: 2026-03-31T12:00:00Z",
    "withdrawn": "true or false",
    "limit": "a whole number",
    "offset": "a whole number",
}
