"""The gate: bodies are awaited on an event loop, and only a request that is all here takes one of the threads.

Flask reads a body where it needs it, in a thread that waits as long as the client pleases: as many slow clients as
there are threads would stop the server, and a body that was cut off looks like one that ended. So this stands before
it, as ASGI towards the network (which alone has a time-out to offer) and as WSGI (PEP 3333) towards Flask.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from time import monotonic
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import ClientDisconnected, RequestTimeout

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PATIENCE = 20.0
"""Seconds for a whole body, and one more for each ``SLOWEST`` bytes that have come."""
SLOWEST = 4 * 1024
AHEAD = 256 * 1024
"""What must be here, if the body is no shorter, before a thread begins with it."""
AT_ONCE = 256 * 1024
"""An answer up to this size is one message."""
log = logging.getLogger(__name__)
CUT_OFF = b'{"error":"The body was cut off","remedy":"Send it again, whole"}'
TOO_SLOW = b'{"error":"The body came too slowly","remedy":"Send it again over a better connection"}'


class Gate:
    """An ASGI application around a WSGI one, which runs in ``threads``."""

    def __init__(self, app: Wsgi, *, threads: int) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = _environ_names(scope)
        body = _Body(receive, asyncio.get_running_loop())
        if "HTTP_CONTENT_LENGTH" in headers or "HTTP_TRANSFER_ENCODING" in headers:
            try:
                await body.begin(_length(headers))
            except ClientDisconnected:  # half a document must not replace a whole one
                await _refuse(send, 400, CUT_OFF)
                return
            except RequestTimeout:
                await _refuse(send, 408, TOO_SLOW)
                return
        else:
            body.ended = True
        environ = _environ(scope, headers, body)
        try:
            await body.loop.run_in_executor(self._threads, _call, self._app, environ, body, send)
        except TimeoutError:
            log.info("a client did not take its answer; its connection is dropped")


class _Body(io.RawIOBase):
    """The body of one request. ``begin`` runs on the loop; ``readinto`` in a thread, which waits for the loop."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.ended = False
        self._receive = receive
        self._here = bytearray()
        self._came = 0
        self._since = monotonic()

    async def begin(self, length: int) -> None:
        """Until all of it is here, or enough to believe in the rest. ``length`` is what its sender says of it."""
        try:
            async with asyncio.timeout(PATIENCE + min(length, AHEAD) / SLOWEST):
                while not self.ended and len(self._here) < AHEAD:
                    await self._take()
        except TimeoutError as error:
            raise RequestTimeout from error

    async def _more(self) -> None:
        left = self._since + PATIENCE + self._came / SLOWEST - monotonic()
        try:
            async with asyncio.timeout(left):
                await self._take()
        except TimeoutError as error:
            raise RequestTimeout from error

    async def _take(self) -> None:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk = message.get("body", b"")
        self._came += len(chunk)
        self._here += chunk
        self.ended = not message.get("more_body", False)

    def stream(self) -> io.IOBase:
        return io.BytesIO(self._here) if self.ended else self

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._here and not self.ended:
            asyncio.run_coroutine_threadsafe(self._more(), self.loop).result()
        size = min(len(target), len(self._here))
        target[:size] = self._here[:size]
        del self._here[:size]
        return size


def _length(headers: dict[str, str]) -> int:
    told = headers.get("HTTP_CONTENT_LENGTH", "")
    return int(told) if told.isdigit() and told.isascii() else AHEAD


def _call(app: Wsgi, environ: dict[str, Any], body: _Body, send: Send) -> None:
    """Run the application and send what it answers, in this thread."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:  # noqa: ARG001
        started.append((status, headers))

    pieces = app(environ, start)
    try:
        rest = iter(pieces)
        first = _first(rest)
        status, headers = started[-1]
        head = _head(int(status[:3]), headers)
        if len(first) < AT_ONCE:
            # a whole answer is taken when ``send`` is called; only one that must wait for room needs the loop
            send(head)
            send(_piece(first))
        else:
            _stream([head, _piece(first, more=True)], rest, body.loop, send)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


def _first(pieces: Iterator[bytes]) -> bytes:
    taken = bytearray()
    for piece in pieces:
        taken += piece
        if len(taken) >= AT_ONCE:
            break
    return bytes(taken)


def _stream(begun: list[Message], rest: Iterator[bytes], loop: asyncio.AbstractEventLoop, send: Send) -> None:
    """Raises TimeoutError for a client that does not take what it asked for."""

    async def send_in_time(message: Message) -> None:
        async with asyncio.timeout(PATIENCE):
            await send(message)

    for message in chain(begun, (_piece(piece, more=True) for piece in rest), [_piece(b"")]):
        asyncio.run_coroutine_threadsafe(send_in_time(message), loop).result()


def _head(status: int, headers: list[tuple[str, str]]) -> Message:
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": fields}


def _piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _refuse(send: Send, status: int, body: bytes) -> None:
    await send(_head(status, [("Content-Type", "application/json"), ("Connection", "close")]))
    await send(_piece(body))


def _environ_names(scope: Message) -> dict[str, str]:
    """The headers as CGI names them; what comes more than once is joined (RFC 9110 5.3)."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if b"_" in name:
            continue  # would be taken for the one with a hyphen
        key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        found[key] = f"{found[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in found else text
    return found


def _environ(scope: Message, headers: dict[str, str], body: _Body) -> dict[str, Any]:
    host, port = scope["server"] or ("", 0)
    path = scope.get("raw_path") or scope["path"].encode()
    environ = headers | {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope["client"] or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body.stream(),
        "wsgi.input_terminated": True,  # not in PEP 3333: werkzeug's word for a body that ends by itself
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{name}" in headers:
            environ[name] = environ.pop(f"HTTP_{name}")
    return environ
