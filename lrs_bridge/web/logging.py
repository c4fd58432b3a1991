"""What a request leaves behind: one line of JSON on stderr, its id in the answer, its place in the counters.

No secret, token or content of a statement is ever written. So a line has the rule of the route and not the path, which
may hold a launch's token; no query; no header; and of an unexpected error the places in our code, but its words only
where they come from the machine: those of a KeyError or a ValueError are often the very thing that somebody sent.
"""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import perf_counter
from traceback import walk_tb
from typing import Any, BinaryIO, cast
from uuid import uuid4

import orjson
import structlog
from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError
from structlog.typing import EventDict

from lrs_bridge.errors import LrsBridgeError, ManifestInvalid, SettingInvalid, Unavailable
from lrs_bridge.web.access import bridge

HEADER = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
WITHOUT_ROUTE = "(none)"
log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def install(app: Flask) -> None:
    """Before everything else that is installed: Flask runs what is last to see the answer first-come, last-served."""
    configure()
    app.before_request(begin)
    app.after_request(finish)


def configure() -> None:
    """All of this process's log becomes JSON on stderr: ours from INFO on, that of libraries from WARNING on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _tell_error,
            structlog.processors.JSONRenderer(serializer=orjson.dumps, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.BytesLogger(STDERR),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    if not any(isinstance(known, _ToStructlog) for known in root.handlers):
        root.addHandler(_ToStructlog())
    logging.getLogger("lrs_bridge").setLevel(logging.INFO)


def begin() -> None:
    g.began = perf_counter()
    given = request.headers.get(HEADER, "")
    g.request_id = given if SANE.fullmatch(given) else uuid4().hex
    structlog.contextvars.clear_contextvars()  # threads are used again
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def finish(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else WITHOUT_ROUTE
    seconds = perf_counter() - g.began
    bridge().meters.request(request.method, route, response.status_code, seconds)
    response.headers[HEADER] = g.request_id
    log.info(
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        credential=g.get("credential_key"),
        remote=request.remote_addr,
    )
    return response


class _WhatFits(io.RawIOBase):
    """stderr, where it is a file on a full disk too: a line may be lost, the request that it tells of must not be."""

    def write(self, line: Any) -> int:
        with suppress(OSError):
            sys.stderr.buffer.write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.buffer.flush()


STDERR = cast(BinaryIO, _WhatFits())


class _ToStructlog(logging.Handler):
    """Records of the standard library's logging, ours and those of libraries, by the same way out."""

    def emit(self, record: logging.LogRecord) -> None:
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _tell_error(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """``exc_info`` as plain values: each error of the chain with its type and the lines it passed, innermost last."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = [_told(link) for link in _chain(error)]
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> dict[str, Any]:
    frames = [
        f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}" for frame, line in walk_tb(error.__traceback__)
    ]
    return {"type": f"{type(error).__module__}.{type(error).__qualname__}", "words": _words(error), "stack": frames}


def _words(error: BaseException) -> str:
    """Only what the machine itself says, never what was sent."""
    match error:
        case Unavailable() | SettingInvalid() | ManifestInvalid():
            return error.reason
        case LrsBridgeError():
            return ""
        case OSError():
            return error.strerror or ""
        case DBAPIError():
            return f"{type(error.orig).__name__} {getattr(error.orig, 'sqlstate', '') or ''}".strip()
        case _:
            return ""
