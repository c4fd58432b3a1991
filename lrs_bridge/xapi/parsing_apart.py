"""A batch of a ``compat`` sender element by element, where one of them is no JSON that can be kept as it is.

A name that comes twice, half a surrogate pair, NaN or a broken byte are faults of the statement that they stand in. A
body whose brackets do not close cannot be told apart, and is refused like anybody's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.xapi.parsing import parse_json

_BLANKS = re.compile(r"[ \t\r\n]*")
_BROKEN = "surrogateescape"


@dataclass(frozen=True, slots=True)
class Faulty:
    """An element that is wrong before it can be validated: what is kept of it, its source text or a value, and why."""

    kept: Any
    problems: tuple[Problem, ...]


def parse_apart(body: bytes) -> Any:
    """As ``parse_json``, with a ``Faulty`` for each element that it refuses; a refusal where they cannot be told."""
    try:
        return parse_json(body)
    except RequestRefused:
        source = body.decode(errors=_BROKEN)
        try:
            elements = list(_elements(source))
        except (ValueError, RecursionError):
            elements = []
        if not elements:
            raise
    found = [_element(each) for each in elements]
    return found if _after_blanks(source, 0, "[") else found[0]


def source_problems(kept: str) -> list[Problem]:
    """Why the source text of an object or array could be kept as text only; of any other text, nothing."""
    if kept.startswith(("{", "[")):
        try:
            parse_json(kept.encode())
        except RequestRefused as refused:
            return list(refused.problems)
    return []


def _elements(source: str) -> Iterator[str]:
    """The text of each element of an array, or of the only value; ValueError where it is neither."""
    reader = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)
    array = _after_blanks(source, 0, "[")
    at, end = array, 0
    while True:
        start = _after_blanks(source, at)
        _, end = reader.raw_decode(source, start)
        yield source[start:end]
        at = _after_blanks(source, end, ",") if array else 0
        if not at:
            break
    closed = _after_blanks(source, end, "]") if array else end
    if not closed or _after_blanks(source, closed) != len(source):
        raise ValueError(source[end : end + 1])


def _after_blanks(source: str, at: int, sign: str = "") -> int:
    """The place behind the blanks and the sign; 0 where the sign is not there."""
    found = _BLANKS.match(source, at)
    place = found.end() if found else at
    return place + len(sign) if source.startswith(sign, place) else 0


def _element(source: str) -> Any:
    raw = source.encode(errors=_BROKEN)
    try:
        return parse_json(raw)
    except RequestRefused as refused:
        problems = tuple(_within(problem) for problem in refused.problems)
        return Faulty(raw.decode(errors="backslashreplace"), problems)


def _within(problem: Problem) -> Problem:
    """A line and column are no pointer, so nothing can be put in front of them."""
    if not problem.place or problem.place.startswith("/"):
        return problem
    return replace(problem, place="", reason=f"{problem.place}: {problem.reason}")
