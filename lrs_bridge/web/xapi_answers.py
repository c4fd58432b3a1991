"""How documents and objects are answered: with their ETag and time, and as the request's conditions ask."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from lrs_bridge.errors import PreconditionFailed, Problem
from lrs_bridge.storage.documents import StoredDocument
from lrs_bridge.xapi.concurrency import CLAUSE, Precondition, etag_of


def precondition() -> Precondition:
    return Precondition.of_headers(request.headers.get("If-Match"), request.headers.get("If-None-Match"))


def document_answer(document: StoredDocument) -> Response:
    """The bytes as they came, and as inert as a browser can be told to take them: anybody may have written them."""
    response = Response(document.body, content_type=document.content_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return _tagged(response, document.etag, document.updated)


def json_answer(body: bytes, updated: datetime | None = None) -> Response:
    return _tagged(Response(body, mimetype="application/json"), etag_of(body), updated)


def conditional(response: Response) -> Response:
    """304 for a reader who has it (RFC 9110 13.1.2); by ETag only, since Last-Modified knows whole seconds only."""
    etag, _ = response.get_etag()
    asked = precondition()
    if not asked.matches(etag):
        reason = "If-Match does not hold: this has another ETag now"
        raise PreconditionFailed(reason, problems=[Problem("If-Match", reason, "Leave it out to read", CLAUSE)])
    if not asked.none_matches(etag):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Type"]
    return response


def _tagged(response: Response, etag: str, updated: datetime | None) -> Response:
    response.set_etag(etag)
    response.last_modified = updated
    # with a Last-Modified and nothing else, a browser would guess how long it may answer from its cache
    response.headers["Cache-Control"] = "private, no-cache"
    return response
