"""/xapi/statements and /xapi/about (xAPI Communication 2.1, 2.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import MethodNotAllowed

from lrs_bridge.errors import Problem, RequestRefused, StatementRefused, Unavailable
from lrs_bridge.services.cmi5_sessions import record_in_session
from lrs_bridge.services.credentials import Credential
from lrs_bridge.services.query_statements import Page, Place, Reader, find_statement, statement_page, watermark
from lrs_bridge.services.receive_attachments import NOTHING_RECEIVED, Received, receive
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.web.access import bridge, lrs_credential
from lrs_bridge.web.xapi_attachments import MULTIPART_MIXED, multipart_answer, request_parts
from lrs_bridge.web.xapi_version import speak_versions
from lrs_bridge.xapi.about import about
from lrs_bridge.xapi.instants import render_instant
from lrs_bridge.xapi.lexical import is_uuid
from lrs_bridge.xapi.parsing import parse_json, statements_in
from lrs_bridge.xapi.parsing_apart import Faulty, parse_apart
from lrs_bridge.xapi.query import parse_put_query, parse_query

bp = Blueprint("xapi", __name__)
speak_versions(bp)


@bp.after_request
def stamp_answer(response: Response) -> Response:
    if request.path.endswith("/statements") and (through := _through()):  # every answer, a refusal too
        response.headers["X-Experience-API-Consistent-Through"] = render_instant(through)
    return response


def _through() -> datetime | None:
    """None where the database does not answer: then this is the 503 that says so, and must stay it."""
    try:
        through: datetime = g.get("through") or watermark(bridge())
    except Unavailable:
        return None
    return through


@bp.get("/about")
def get_about() -> Response:
    declared = bridge().manifest.xapi
    return jsonify(about(declared.versions if declared else ()))


@bp.post("/statements")
def post_statements() -> Response:
    recorder = _recorder(lrs_credential())
    _refuse_parameters()
    given, received = _given(recorder)
    statements = [given] if isinstance(given, Faulty) else statements_in(given)
    ids = _record(statements, recorder, received)
    return Response(orjson.dumps([str(statement_id) for statement_id in ids]), mimetype="application/json")


@bp.put("/statements")
def put_statement() -> Response:
    recorder = _recorder(lrs_credential())
    statement_id = parse_put_query(request.args.items(multi=True), g.xapi_version)
    given, received = _given(recorder)
    _record([_with_id(given, statement_id, recorder)], recorder, received)
    return Response(status=204)


@bp.get("/statements")
def get_statements() -> Response:
    credential = lrs_credential()
    credential.require("statements/read", "statements/read/mine")
    mine = None if credential.allows("statements/read") else credential.authority
    bounds = credential.bounds
    own = bounds.registration if bounds.session else None
    reader = Reader(mine, g.xapi_version, request.headers.get("Accept-Language", ""), own)
    if token := request.args.get("more"):
        return _statement_answer(_page(Place.of_token(token), reader))
    query = parse_query(request.args.items(multi=True), g.xapi_version)
    if query.statement_id or query.voided_statement_id:
        return _statement_answer(find_statement(bridge(), query, reader=reader))
    return _statement_answer(_page(Place(request.args.to_dict()), reader))


@bp.route("/statements", methods=["DELETE", "PATCH"])
def refuse_method() -> Response:
    raise MethodNotAllowed(["GET", "HEAD", "POST", "PUT"])  # here, so that the refusal carries what every answer must


def _page(place: Place, reader: Reader) -> Page:
    return statement_page(bridge(), place, more_path=request.path, reader=reader)


def _recorder(credential: Credential) -> Recorder:
    credential.require("statements/write")
    return Recorder(
        credential_id=credential.id,
        authority=credential.authority,
        compat=credential.compat,
        version=g.xapi_version,
        defines=credential.allows("define"),
        bounds=credential.bounds,
    )


def _record(statements: list[Any], recorder: Recorder, received: Received) -> list[UUID]:
    """A launched unit of cmi5 has a door of its own, with the rules of its session."""
    record = record_in_session if recorder.bounds.session else record_statements
    return record(bridge(), statements, by=recorder, received=received)


def _statement_answer(page: Page) -> Response:
    g.through = page.through
    if page.attachments is None:
        response = Response(page.body, mimetype="application/json")
    else:
        response = multipart_answer(page.body, page.attachments)
    response.last_modified = page.stored
    # with a Last-Modified and nothing else, a browser would guess how long it may answer from its cache
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _refuse_parameters() -> None:
    if request.args:
        remedy = "Statement ids go into the body; to name one by parameter, use PUT"
        clause = "xAPI Communication 2.1.2"
        problems = [Problem(name, "is no parameter of POST", remedy, clause) for name in request.args]
        raise RequestRefused("POST of statements takes no parameter", remedy=remedy, problems=problems)


def _given(recorder: Recorder) -> tuple[Any, Received]:
    """The JSON value of the body, and the contents that came with it."""
    if request.mimetype == MULTIPART_MIXED:
        return receive(bridge(), request_parts(), compat=recorder.compat)
    if request.mimetype != "application/json":
        reason = f"The body is {request.mimetype or 'of no stated type'}"
        remedy = "Send statements as application/json, or as multipart/mixed with attachments"
        problem = Problem("Content-Type", reason, remedy, "xAPI Communication 1.5")
        raise RequestRefused(reason, remedy=remedy, problems=[problem])
    parse = parse_apart if recorder.compat else parse_json
    return parse(request.get_data()), NOTHING_RECEIVED


def _with_id(statement: Any, statement_id: UUID, recorder: Recorder) -> Any:
    if not isinstance(statement, dict):
        return statement
    inner = statement.setdefault("id", str(statement_id))
    if is_uuid(inner) and UUID(inner) != statement_id:
        problem = Problem("/id", f"is {inner}, but statementId is {statement_id}", "", "xAPI Communication 2.1.1")
        if recorder.compat:
            return Faulty(statement, (problem,))
        raise StatementRefused("The statement and the parameter name different ids", problems=[problem])
    return statement
