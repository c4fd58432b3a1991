"""One page of a listing of what HR says: filtered, sorted, with the number of all that were found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lrs_bridge.errors import Problem, RequestRefused

PAGE = 100
Listed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """``sort`` is a column, descending with a leading ``-``; where a row says nothing there it comes last."""

    sort: str = "employee_id"
    limit: int = PAGE
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Listed]
    total: int


def page_of(rows: Iterable[Listed], part: Slice, columns: Sequence[str]) -> Page:
    """``columns`` are those to sort by; where two rows are equal, the others decide in their order."""
    name = part.sort.removeprefix("-")
    if name not in columns:
        problem = Problem("sort", f"is {part.sort!r}", f"Choose among {', '.join(columns)}")
        raise RequestRefused("The list cannot be sorted like this", problems=[problem])
    found = sorted(rows, key=lambda row: tuple(_comparable(row[column]) for column in columns))
    known = [row for row in found if row[name] is not None]
    known.sort(key=lambda row: _comparable(row[name]), reverse=part.sort.startswith("-"))
    found = known + [row for row in found if row[name] is None]
    return Page(found[part.offset : part.offset + part.limit], len(found))


def _comparable(value: Any) -> tuple[bool, Any]:
    return (value is None, "" if value is None else value if not hasattr(value, "bytes") else str(value))
