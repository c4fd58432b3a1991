"""multipart/mixed (RFC 2046 5.1, xAPI Communication 1.5.2), read part by part in constant memory.

Nothing is looked ahead but one chunk: a part's content is handed on as it arrives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from lrs_bridge.errors import Problem, RequestRefused

MULTIPART = "xAPI Communication 1.5.2"
RFC_2046 = "RFC 2046 5.1.1"

CHUNK = 64 * 1024
LONGEST_HEADERS = 16 * 1024
LONGEST_LINE_END = 1024
"""Blanks that a gateway may add behind a boundary, before we call it content."""

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_AFTER = re.compile(rb"(?P<close>--)|[ \t]*(?P<line>\r\n)")
_FOLD = re.compile(r"\r\n[ \t]+")

Read = Callable[[int], bytes]


def refuse(reason: str, remedy: str = "", *, place: str = "", clause: str = MULTIPART) -> NoReturn:
    """The whole body is refused: what is told of it can no longer be trusted."""
    problems = [Problem(place, reason, remedy, clause)]
    raise RequestRefused("The multipart/mixed body cannot be read", remedy=remedy, problems=problems)


class Part:
    """One part: its headers, and its content as a stream that is read once."""

    def __init__(self, number: int, headers: Mapping[str, str], read: Read) -> None:
        self.number = number
        self._headers = headers
        self.read = read

    @property
    def place(self) -> str:
        """Parts are counted from 1, the statements."""
        return f"part {self.number}"

    def header(self, name: str) -> str:
        """The header's value without its blanks; empty where there is none."""
        return self._headers.get(name.lower(), "")

    @property
    def media_type(self) -> str:
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def read_all(self, most: int) -> bytes:
        """The whole content, refused beyond ``most`` bytes."""
        content = bytearray()
        while chunk := self.read(CHUNK):
            content += chunk
            if len(content) > most:
                refuse(f"is larger than {most} bytes", "Send fewer statements at once", place=self.place)
        return bytes(content)


class Multipart:
    """The parts of one body. Taking the next part skips what was not read of the one before it."""

    def __init__(self, read: Read, boundary: str) -> None:
        if not _BOUNDARY.fullmatch(boundary):
            remedy = "Name it in the header: Content-Type: multipart/mixed; boundary=…"
            refuse(f"The boundary {boundary!r} is none" if boundary else "The boundary is missing", remedy)
        self._read_more = read
        self._delimiter = b"\r\n--" + boundary.encode()
        self._buffer = bytearray(b"\r\n")  # the first delimiter may stand at the very beginning
        self._ended = False  # of the input
        self._parts = self._each()

    def __iter__(self) -> Iterator[Part]:
        return self._parts

    def _each(self) -> Iterator[Part]:
        number = 0
        self._skip()  # the preamble
        while not self._closed():
            number += 1
            yield Part(number, self._headers(number), self._content)
            self._skip()
        if not number:
            refuse("holds no part", "Send the statements as the first part")

    def _skip(self) -> None:
        while self._content(CHUNK):
            pass

    def _fill(self) -> None:
        chunk = self._read_more(CHUNK)
        self._ended = not chunk
        self._buffer += chunk

    def _content(self, size: int) -> bytes:
        """At most ``size`` bytes of the content before the next delimiter; none when that is reached."""
        if size <= 0:
            return b""
        while (plain := self._plain()) == 0:
            if self._ended:
                reason = "ends before its closing boundary"
                refuse(reason, "Send every part whole, and --boundary-- behind the last", clause=RFC_2046)
            self._fill()
        taken = bytes(self._buffer[: min(size, max(0, plain))])
        del self._buffer[: len(taken)]
        return taken

    def _plain(self) -> int:
        """How many bytes of the buffer are surely content; negative at a delimiter, 0 if more must be read to tell."""
        found = self._buffer.find(self._delimiter)
        if found > 0:
            return found
        if found < 0:  # the delimiter may have begun
            return max(0, len(self._buffer) - len(self._delimiter) + 1)
        after = bytes(self._buffer[len(self._delimiter) : len(self._delimiter) + LONGEST_LINE_END])
        if _AFTER.match(after):
            return -1
        undecided = len(after) < LONGEST_LINE_END and not after.strip(b" \t").rstrip(b"\r-")
        return 0 if undecided and not self._ended else len(self._delimiter)

    def _closed(self) -> bool:
        """Whether the delimiter that was reached closes the body; steps behind it."""
        match = _AFTER.match(self._buffer, len(self._delimiter))
        closed = match is None or match["close"] is not None
        if match is not None and not closed:
            del self._buffer[: match.start("line")]  # the headers may be empty: their end begins here
        return closed

    def _headers(self, number: int) -> dict[str, str]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > LONGEST_HEADERS or self._ended:
                reason = "has headers without end" if not self._ended else "ends within its headers"
                refuse(reason, "Put an empty line behind the headers", place=f"part {number}", clause=RFC_2046)
            self._fill()
        lines = _FOLD.sub(" ", self._buffer[:end].decode("latin-1")).split("\r\n")
        del self._buffer[: end + 4]
        self._keep_line_break()
        return _named(lines[1:], number)

    def _keep_line_break(self) -> None:
        # the delimiter of an empty part begins with the line break that ended its headers
        while len(self._buffer) < len(self._delimiter) and not self._ended:
            self._fill()
        if self._buffer.startswith(self._delimiter[2:]):
            self._buffer[:0] = b"\r\n"


def _named(lines: list[str], number: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            reason = f"has the line {line[:80]!r} among its headers, which is none"
            refuse(reason, "Write Name: value", place=f"part {number}", clause=RFC_2046)
        headers.setdefault(name.lower(), value.strip())
    return headers
