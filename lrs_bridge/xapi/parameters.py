"""Query parameters, judged by the same standards as the values of statements (xAPI Data 2.2).

One table a resource: name → reader. A reader gives the value, or raises Refused with its problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import Problem, Refused, RequestRefused
from lrs_bridge.xapi.actors import filter_actor
from lrs_bridge.xapi.faults import shown
from lrs_bridge.xapi.instants import is_rfc3339, parse_timestamp
from lrs_bridge.xapi.lexical import is_iri, is_uuid
from lrs_bridge.xapi.parsing import parse_json

Reader = Callable[[str], Any]
Pairs = Mapping[str, str] | Iterable[tuple[str, str]]

UNKNOWN = "xAPI Communication 3.2"
VALUES = "xAPI Data 2.2"
MOST = 10**9


def _refuse(reason: str, remedy: str = "") -> NoReturn:
    raise RequestRefused(reason, problems=[Problem("", reason, remedy, VALUES)])


def uuid(text: str) -> UUID:
    return UUID(text) if is_uuid(text) else _refuse(f"must be a UUID, but is {shown(text)}")


def iri(text: str) -> str:
    if is_iri(text):
        return text
    return _refuse(f"must be an IRI with a scheme, but is {shown(text)}", "Percent-encode it once, not twice")


def boolean(text: str) -> bool:
    if text in ("true", "false"):
        return text == "true"
    return _refuse(f"must be true or false, but is {shown(text)}")


def count(text: str) -> int:
    if text.isascii() and text.isdigit():
        return min(int(text[:4000]), MOST)
    return _refuse(f"must be a whole number from 0, but is {shown(text)}")


def timestamp(text: str) -> datetime:
    return _instant(text, "ISO 8601")


def timestamp_2_0(text: str) -> datetime:
    """xAPI 2.0 asks of parameters what it asks of statements: RFC 3339, with a zone (IEEE 9274.1.1 4.1.6)."""
    return _instant(text if is_rfc3339(text) else "", "RFC 3339", text)


def _instant(text: str, standard: str, sent: str = "") -> datetime:
    instant = parse_timestamp(text)
    if instant is not None:
        return instant
    sent = sent or text
    remedy = "In a query + means a blank: write %2B" if " " in sent else "Write it as 2026-03-31T09:30:00.000Z"
    return _refuse(f"must be a timestamp of {standard}, but is {shown(sent)}", remedy)


def actor(text: str) -> ActorKey:
    """An Agent or identified Group as JSON."""
    value = parse_json(text.encode(errors="surrogatepass"))
    if faults := filter_actor(value):
        raise RequestRefused("is no Agent or identified Group", problems=faults)
    key = ActorKey.of_actor(value)
    return key if key is not None else _refuse("names nobody")


def choice(*values: str) -> Reader:
    def read(text: str) -> str:
        return text if text in values else _refuse(f"must be one of {', '.join(values)}, but is {shown(text)}")

    return read


def read_parameters(pairs: Pairs, readers: Mapping[str, Reader], problems: list[Problem]) -> dict[str, Any]:
    """The values by name; what is unknown, repeated or wrong is added to ``problems``."""
    values: dict[str, Any] = {}
    seen: set[str] = set()
    for name, text in pairs.items() if isinstance(pairs, Mapping) else pairs:
        if name in seen:
            problems.append(Problem(name, "is given more than once", "Give it once", UNKNOWN))
        elif name not in readers:
            problems.append(_unknown(name, readers))
        else:
            try:
                values[name] = readers[name](text)
            except Refused as refused:
                problems += (_within(name, problem) for problem in refused.problems)
        seen.add(name)
    return values


def _within(name: str, problem: Problem) -> Problem:
    """``agent`` itself, ``agent/mbox`` of its JSON, or ``agent, line 1, column 7`` of its text."""
    between = "" if problem.place.startswith("/") or not problem.place else ", "
    return replace(problem, place=f"{name}{between}{problem.place}")


def _unknown(name: str, readers: Mapping[str, Reader]) -> Problem:
    near = next((known for known in readers if known.lower() == name.lower()), "")
    remedy = f"Upper and lower case matter: write {near}" if near else f"Known are {', '.join(readers)}"
    return Problem(name, "is no parameter of this resource", remedy, UNKNOWN)
