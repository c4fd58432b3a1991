"""/absences: leaders report who of their people is away, HR confirms or refuses (JSON, under a reader's token)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MultiDict

from lrs_bridge.errors import NotAllowed, Problem, RequestRefused
from lrs_bridge.roster.absences import ABSENCES
from lrs_bridge.services import absences as service
from lrs_bridge.services.absence_list import AbsenceQuery, list_absences
from lrs_bridge.services.hr_scope import Asker
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.readers import Reader
from lrs_bridge.web.access import bridge, json_object
from lrs_bridge.web.feeds import bearer

bp = Blueprint("absences", __name__)
MOST = 1000
PARAMETERS = ("employee_id", "manager", "pending", "on", "sort", "limit", "offset")


@bp.get("")
def get_absences() -> Response:
    """Of the reader's own people; long or short is told to HR only."""
    query, part = _read(request.args)
    page = list_absences(bridge(), query, part, by=_asker(bearer()))
    return jsonify({"total": page.total, "absences": [_plain(row) for row in page.items]})


@bp.post("")
def post_absence() -> tuple[Response, int]:
    asker = _asker(bearer())
    made = service.report_absence(bridge(), _texts(ABSENCES.columns), asker)
    return jsonify({"id": str(made.id), "state": made.state}), 201


@bp.post("/<uuid:absence_id>/confirm")
def confirm_absence(absence_id: UUID) -> Response:
    confirmed = service.confirm_absence(bridge(), absence_id, who=_hr().name)
    return jsonify({"id": str(confirmed.id), "state": confirmed.state})


@bp.post("/<uuid:absence_id>/refuse")
def refuse_absence(absence_id: UUID) -> Response:
    who = _hr().name
    service.refuse_absence(bridge(), absence_id, who=who, because=_texts(("because",)).get("because", ""))
    return Response(status=204)


def _asker(reader: Reader) -> Asker:
    """A leader signs with the employee id: names of readers are anybody's choice."""
    if not (reader.sees_everybody or reader.employee_id):
        raise NotAllowed("This reader sees nobody's absences", remedy="Ask with the token of a leader or of HR")
    name = reader.employee_id or reader.name
    return Asker(name, reader.employee_id, sees_everybody=reader.sees_everybody, is_hr=reader.role == "hr")


def _hr() -> Asker:
    asker = _asker(bearer())
    if not asker.is_hr:
        raise NotAllowed("Only HR confirms or refuses an absence", remedy="A reader with the role hr can")
    return asker


def _texts(names: tuple[str, ...]) -> dict[str, str]:
    """The members of the body, which are texts; raises RequestRefused with every one that is not."""
    body = json_object()
    problems = [
        Problem(name, "is not known here", f"Choose among {', '.join(names)}") for name in body if name not in names
    ]
    problems += [
        Problem(name, "is not a text", "Write it in quotes")
        for name in names
        if not isinstance(body.get(name, ""), str)
    ]
    if problems:
        raise RequestRefused("The absence was refused; nothing was changed", problems=problems)
    return body


def _read(params: MultiDict[str, str]) -> tuple[AbsenceQuery, Slice]:
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, texts in params.lists():
        if name not in PARAMETERS or len(texts) > 1:
            problems.append(Problem(name, "is not a parameter here, or is given twice", f"{', '.join(PARAMETERS)}"))
            continue
        try:
            values[name] = READ.get(name, str)(texts[0])
        except ValueError:
            problems.append(Problem(name, f"is {texts[0]!r}", f"Write {EXAMPLES[name]}"))
    if problems:
        raise RequestRefused("The absences cannot be asked for like this", problems=problems)
    part = Slice(values.pop("sort", "employee_id"), values.pop("limit", 100), values.pop("offset", 0))
    return AbsenceQuery(waiting=values.pop("pending", False), **values), part


def _limit(text: str) -> int:
    if not 1 <= _count(text) <= MOST:
        raise ValueError(text)
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _pending(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


READ = {"on": date.fromisoformat, "limit": _limit, "offset": _count, "pending": _pending}
EXAMPLES = {
    "on": "a date: 2026-03-31",
    "limit": f"a whole number from 1 to {MOST}",
    "offset": "a whole number",
    "pending": "true or false",
}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    dates = {name: row[name].isoformat() if row[name] else None for name in ("first_day", "last_day", "recorded")}
    return {name: value for name, value in row.items() if name != "withdrawn"} | dates | {"id": str(row["id"])}
