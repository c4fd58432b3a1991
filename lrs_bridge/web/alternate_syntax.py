"""The alternate request syntax of xAPI 1.0.3 (Communication 1.3): any request as a POST of a form.

For browsers and proxies that pass nothing else: ``POST …?method=PUT``, the headers, the parameters and the content as
fields of the form. It is unfolded into the request that is meant before anything else looks at it. xAPI 2.0.0 no
longer has it, and refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Flask, request

from lrs_bridge.errors import Problem, RequestRefused

CLAUSE = "xAPI Communication 1.3"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
SENDING = ("PUT", "POST")
CONTENT = "content"
FORM = "application/x-www-form-urlencoded"
# the fields that are headers, and where WSGI keeps those
HEADER_FIELDS = {
    "authorization": "HTTP_AUTHORIZATION",
    "x-experience-api-version": "HTTP_X_EXPERIENCE_API_VERSION",
    "content-type": "CONTENT_TYPE",
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
    "content-length": "",  # that of the content, which is counted anyway
}
REFUSAL = "lrs_bridge.alternate_syntax_refusal"

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Unfold:
    """Middleware: an alternate request below ``path`` goes on as the request that is meant."""

    def __init__(self, application: Application, path: str, largest_body: int) -> None:
        self._application = application
        self._below = f"{path}/"
        self._largest_body = largest_body

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if self._is_alternate(environ):
            try:
                environ = unfolded(environ)
            except RequestRefused as refusal:
                # raised where it is answered like every other refusal
                environ = environ | {REFUSAL: refusal, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}
        return self._application(environ, start_response)

    def _is_alternate(self, environ: Environ) -> bool:
        length = environ.get("CONTENT_LENGTH") or "0"
        return (
            environ["REQUEST_METHOD"] == "POST"
            and "method=" in environ.get("QUERY_STRING", "")
            and environ.get("PATH_INFO", "").startswith(self._below)
            and length.isdigit()
            and int(length) <= self._largest_body  # what is larger is refused as it is
        )


def install(app: Flask, path: str) -> None:
    app.wsgi_app = Unfold(app.wsgi_app, path, app.config["MAX_CONTENT_LENGTH"])  # type: ignore[method-assign]

    @app.before_request
    def refuse() -> None:
        refusal = request.environ.get(REFUSAL)
        if refusal is not None:
            raise refusal


def unfolded(environ: Environ) -> Environ:
    """The environment of the request that is meant; raises RequestRefused."""
    method = _method(environ.get("QUERY_STRING", ""))
    fields = _fields(environ)
    headers = {name.lower(): value for name, value in fields if name.lower() in HEADER_FIELDS}
    meant = environ | {HEADER_FIELDS[name]: value for name, value in headers.items() if HEADER_FIELDS[name]}
    _refuse_in_2(meant.get("HTTP_X_EXPERIENCE_API_VERSION", ""))
    content = [value for name, value in fields if name == CONTENT]
    if method in SENDING and not content:
        raise _refused("content", f"is missing, but a {method} sends content", "Send it as the field `content`")
    if len(content) > 1:
        raise _refused("content", "comes more than once", "Send one field `content`")
    if "content-type" not in headers:
        meant["CONTENT_TYPE"] = "application/json" if content else ""
    body = content[0].encode() if content else b""
    parameters = [(name, value) for name, value in fields if name != CONTENT and name.lower() not in HEADER_FIELDS]
    return meant | {
        "REQUEST_METHOD": method,
        "QUERY_STRING": urlencode(parameters),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
    }


def _method(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    if extra := sorted({name for name, _ in pairs if name != "method"}):
        raise _refused(", ".join(extra), "stands in the query beside method", "Move it into the form")
    if len(pairs) != 1 or pairs[0][1].upper() not in METHODS:
        raise _refused("method", f"must be one of {', '.join(METHODS)}, once", "POST …/statements?method=PUT")
    return pairs[0][1].upper()


def _fields(environ: Environ) -> list[tuple[str, str]]:
    media_type = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if media_type not in ("", FORM):
        raise _refused("Content-Type", f"is {media_type}, but the request is a form", f"Send {FORM}")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:  # no UTF-8, or too many fields
        raise _refused("", "the form cannot be read as UTF-8 fields", "Encode each field by percent signs") from error
    for name, value in fields:
        if name.lower() in HEADER_FIELDS and not _is_header_value(value):
            raise _refused(name, "holds what no header may hold", "Send printable characters only")
    return fields


def _is_header_value(value: str) -> bool:
    return value.isprintable() and value.isascii()


def _refuse_in_2(version: str) -> None:
    if version.strip().startswith("2."):
        remedy = "Send the request itself: browsers allow it across origins (CORS)"
        raise _refused("method", "the alternate request syntax is not part of xAPI 2.0", remedy)


def _refused(place: str, reason: str, remedy: str) -> RequestRefused:
    words = f"{place} {reason}" if place else reason
    problem = Problem(place, reason, remedy, CLAUSE)
    return RequestRefused(f"As an alternate request to the one meant: {words}", remedy=remedy, problems=[problem])
