"""JSON, strictly: what is accepted means one thing only, and is kept as that (xAPI Data 2.2, RFC 8259).

orjson refuses NaN, Infinity, numbers beyond a double, broken UTF-8, byte order marks and lone surrogates, but of a
name that comes twice it keeps the last without a word. A reader that sees every pair costs many times as much, so the
value is written again and the quotes in both are counted. As long as the body spells a quote inside a text as ``\\"``,
what was kept has the same number in both, and a member that was dropped leaves its own out. Only where they differ, or
the body spells quotes otherwise, the exact reader looks.

Whole numbers beyond 64 bits become doubles, which is twice the precision that Data 2.2 asks for; to refuse them would
refuse extensions for their values, which Data 4.1 forbids.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from lrs_bridge.errors import Problem, RequestRefused, StatementRefused
from lrs_bridge.xapi.faults import MOST, capped, fault, kind_of, pointer, shown

DEEPEST = 254
"""Levels of nesting. Real statements have about eight; what orjson cannot write again must not be read."""

JSON_CLAUSE = "xAPI Communication 1.5.1"
_QUOTE = b'"'
_QUOTE_OTHERWISE = b"\\u0022"


class _Members(list[tuple[str, Any]]):
    """An object as the list of its members, to tell it from an array."""


def parse_json(body: bytes) -> Any:
    """The value of a JSON text, or RequestRefused with the line and column, or the pointer, of the fault."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _refused(_syntax_problem(body, error)) from error
    if not _is_whole(body, value) and (repeats := _repeated_names(body)):
        raise _refused(*repeats)
    return value


def _is_whole(body: bytes, value: Any) -> bool:
    """Whether no member was dropped for certain."""
    try:
        again = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise _refused(_too_deep()) from error
    return _QUOTE_OTHERWISE not in body and body.count(_QUOTE) == again.count(_QUOTE)


def parse_statements(body: bytes) -> list[Any]:
    """The statements of a body that holds one statement or a list of them, in order, not yet validated.

    An element that is no object is left to ``validate_statement``, so that it is refused (or put into quarantine)
    beside the others.
    """
    return statements_in(parse_json(body))


def statements_in(value: Any) -> list[Any]:
    """The same of a JSON value that was parsed before."""
    if type(value) is list:
        return value
    if type(value) is dict:
        return [value]
    reason = f"The body must be a statement or a list of statements, not {kind_of(value)}"
    problems = fault(reason, "xAPI Communication 2.1.2")
    raise StatementRefused(reason, problems=problems)


def _refused(*problems: Problem) -> RequestRefused:
    return RequestRefused("The body is no JSON that can be kept as it is", problems=capped(problems))


def _too_deep() -> Problem:
    return Problem("", f"nested deeper than {DEEPEST} levels", "Flatten it", JSON_CLAUSE)


def _syntax_problem(body: bytes, error: json.JSONDecodeError) -> Problem:
    try:
        body.decode()
    except UnicodeDecodeError as broken:
        before = body[: broken.start]
        line, column = before.count(b"\n") + 1, broken.start - before.rfind(b"\n")
        reason = f"byte {broken.start} ({body[broken.start]:#04x}) is no UTF-8"
        return Problem(f"line {line}, byte {column}", reason, "Send UTF-8", "xAPI Communication 1.4")
    remedy = "Send the text without a byte order mark" if body.startswith(b"\xef\xbb\xbf") else ""
    return Problem(f"line {error.lineno}, column {error.colno}", error.msg, remedy, JSON_CLAUSE)


def _repeated_names(body: bytes) -> list[Problem]:
    """Exactly which names come twice, and where. Numbers stay text: only names matter here."""
    try:
        exact = json.loads(body, object_pairs_hook=_Members, parse_int=str, parse_float=str)
        return list(islice(_repeats_in(exact, ""), MOST + 1))
    except RecursionError:  # the depth may hide in a member that was dropped
        return [_too_deep()]


def _repeats_in(value: Any, place: str) -> Iterator[Problem]:
    if type(value) is _Members:
        seen: set[str] = set()
        for name, child in value:
            if name in seen:
                reason = f"the property {shown(name)} comes twice in one object"
                yield from fault(reason, "xAPI Data 2.2", remedy="Keep one of them", place=place + pointer(name))
            seen.add(name)
            yield from _repeats_within(child, place, name)
    elif type(value) is list:
        for index, child in enumerate(value):
            yield from _repeats_within(child, place, index)


def _repeats_within(child: Any, place: str, key: str | int) -> Iterator[Problem]:
    if type(child) is _Members or type(child) is list:  # most are neither, and need no place
        yield from _repeats_in(child, place + pointer(key))
