"""The parameters of a feed's address, read once and refused together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from werkzeug.datastructures import MultiDict

from lrs_bridge.errors import Problem
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.storage.schema.base import as_utc

PARAMETERS = tuple(FeedQuery.__slots__)


def read_query(params: MultiDict[str, str]) -> tuple[FeedQuery, list[Problem]]:
    """The query of a feed's parameters as far as they can be read, and what is wrong with the others."""
    problems: list[Problem] = []
    values: dict[str, object] = {}
    for name, texts in params.lists():
        if name not in PARAMETERS:
            problems.append(Problem(name, "is not a parameter of this feed", f"Choose among {', '.join(PARAMETERS)}"))
        elif len(texts) > 1:
            problems.append(Problem(name, "is given more than once", "Give it once"))
        else:
            try:
                values[name] = READ.get(name, str)(texts[0])
            except ValueError:
                problems.append(Problem(name, f"is {texts[0]!r}", f"Write {EXAMPLES[name]}"))
    return FeedQuery(**values), problems  # type: ignore[arg-type]  # each value was read by the table below


def _instant(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


READ: dict[str, Callable[[str], object]] = {
    "due_from": date.fromisoformat,
    "due_until": date.fromisoformat,
    "as_of": date.fromisoformat,
    "known_at": _instant,
    "limit": _count,
    "page": _count,
}
DAY = "a date: 2026-03-31"
EXAMPLES = {
    "due_from": DAY,
    "due_until": DAY,
    "as_of": DAY,
    "known_at": "an instant: 2026-03-31T12:00:00Z",
    "limit": "a whole number",
    "page": "a whole number from 1",
}
