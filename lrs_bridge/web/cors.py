"""Content on other origins may talk to the LRS from a browser (Fetch standard, CORS protocol).

A page there holds a credential of its own and sends it in Authorization; a browser's cookies never count here, so any
origin may ask, and credentials mode is not allowed. Only the LRS is opened: no other path answers to other origins.
"""

from __future__ import annotations

from flask import Flask, Response, request

METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
# Authorization must stand here by name: a browser does not take it from "*"
REQUEST_HEADERS = (
    "Authorization, Content-Type, X-Experience-API-Version, If-Match, If-None-Match, Accept, Accept-Language, "
    "X-Requested-With, X-Request-ID"
)
EXPOSED_HEADERS = (
    "ETag, Last-Modified, Content-Length, Cache-Control, Retry-After, WWW-Authenticate, X-Request-ID, "
    "X-Experience-API-Version, X-Experience-API-Consistent-Through, X-Experience-API-Hash"
)
PREFLIGHT_SECONDS = "7200"


def install(app: Flask, path: str) -> None:
    """Open what is served under ``path`` to pages of every origin."""

    @app.before_request
    def answer_preflight() -> Response | None:
        # a browser sends it without credentials and without the version header: nothing is looked at
        if request.method != "OPTIONS" or not _below(path):
            return None
        response = Response(status=204, headers={"Allow": METHODS})
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
        return response

    @app.after_request
    def open_to_origins(response: Response) -> Response:
        if _below(path):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        return response


def _below(path: str) -> bool:
    return request.path == path or request.path.startswith(f"{path}/")
