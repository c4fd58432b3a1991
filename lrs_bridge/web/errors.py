"""One table from error to HTTP answer, and one way to say it."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from lrs_bridge import errors
from lrs_bridge.xapi.clauses import cited

STATUS: dict[type[errors.LrsBridgeError], int] = {
    errors.SettingInvalid: 500,
    errors.ManifestInvalid: 500,
    errors.PackageRefused: 400,
    errors.StatementRefused: 400,
    errors.RosterRefused: 400,
    errors.RosterHeld: 409,
    errors.RequirementRefused: 400,
    errors.RequestRefused: 400,
    errors.StatementConflict: 409,
    errors.DocumentConflict: 409,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.NotAuthenticated: 401,
    errors.NotAllowed: 403,
    errors.LaunchRefused: 403,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.NotInstalled: 501,
    errors.Unavailable: 503,
}
READERS_CHALLENGE = 'Bearer realm="LRS Bridge"'
BASIC_CHALLENGE = 'Basic realm="LRS Bridge", charset="UTF-8"'


def install(app: Flask) -> None:
    app.register_error_handler(errors.LrsBridgeError, _answer)
    app.register_error_handler(HTTPException, _http_answer)
    app.register_error_handler(Exception, _unexpected)


def error_body(error: errors.LrsBridgeError) -> dict[str, Any]:
    body: dict[str, Any] = {"error": error.reason}
    if error.remedy:
        body["remedy"] = error.remedy
    if error.problems:
        # the checks that both versions of xAPI share name the clause of 1.0.3
        problems = cited(error.problems, g.get("xapi_version", "1.0.3"))
        body["problems"] = [problem.as_dict() for problem in problems]
    return body


def _answer(error: errors.LrsBridgeError) -> Response:
    status = STATUS[type(error)]
    response = _render(error_body(error), status)
    if status == 401:
        response.headers["WWW-Authenticate"] = _challenge()
        if (request.endpoint or "").startswith("feed.compliance."):
            response.headers.add("WWW-Authenticate", BASIC_CHALLENGE)
        if current_app.extensions["lrs_bridge"].issuer_keys is not None:  # RFC 6750 3
            response.headers.add("WWW-Authenticate", READERS_CHALLENGE)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _challenge() -> str:
    """Feeds and pages take a reader's token, everything else a credential."""
    if (request.endpoint or "").startswith(("feed.", "manage.", "admin.", "absences.", "evidence_packs.")):
        return READERS_CHALLENGE
    return BASIC_CHALLENGE


def _http_answer(error: HTTPException) -> Response:
    response = _render({"error": error.description or error.name}, error.code or 500)
    for name, value in error.get_headers():  # Allow of a 405, Location of a redirect
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    # not the path: it may hold a launch's token. The line of the request says which route it was
    current_app.logger.error("unexpected error", exc_info=error)
    return _render({"error": "Something went wrong on our side; it is in the server's log"}, 500)


def _render(body: dict[str, Any], status: int) -> Response:
    if _wants_json():
        response = jsonify(body)
        response.status_code = status
        return response
    return Response(render_template("error.html", status=status, **body), status)


def _wants_json() -> bool:
    """Pages for people say so in Accept; machines get JSON."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html"
