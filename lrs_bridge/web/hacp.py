"""HACP: the one address that AICC units post to. The wire is described in courseware/hacp_wire.py."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from lrs_bridge.courseware.hacp_wire import BODY_LIMIT, INVALID_COMMAND, answer, read_request
from lrs_bridge.services.hacp_sessions import answer_message
from lrs_bridge.web.access import bridge
from lrs_bridge.web.play import runtime

BLUEPRINTS = {"runtime": runtime}


@runtime.post("/hacp")
def hacp() -> Response:
    """Always text with an error number, as units expect it. The session id alone says who acts, so a unit on another
    server may ask, too: no cookie counts here."""
    request.max_content_length = BODY_LIMIT
    try:
        text, status = answer_message(bridge(), read_request(request.get_data())), 200
    except RequestEntityTooLarge:
        text, status = answer(INVALID_COMMAND), 413
    response = Response(text, status, mimetype="text/plain")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response
