"""Which rows of the relation a reader asks for, in which order, and which page of them."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from lrs_bridge.domain.compliance import Progress, Reason, Status
from lrs_bridge.errors import Problem
from lrs_bridge.feeds.relation import COLUMNS, FeedRow

DATE_COLUMNS = {"due", "last_valid_day", "next_change"}
CHOICES: dict[str, tuple[str, ...]] = {
    "status": tuple(status.value for status in Status),
    "reason": tuple(reason.value for reason in Reason),
    "progress": tuple(progress.value for progress in Progress),
    "sort": (*COLUMNS, *(f"-{name}" for name in COLUMNS)),
}
EQUAL = ("requirement", "status", "reason", "progress", "department", "country", "location")
WHOLE = ("as_of", "known_at", "limit", "page", "after")
"""What has no place beside ``delta``: it tells everything until now, and in one answer."""
EXPORT_SORT = "employee_id"
Mark = tuple[Any, str, str]


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What a reader asks for; empty fields do not filter. ``sort`` is a column, descending with a leading ``-``.

    ``page`` counts from 1; ``after`` is the place of a row, as an earlier page named it: who follows it misses no row
    by rows that come or go in between.
    """

    requirement: str = ""
    manager: str = ""
    employee: str = ""
    status: str = ""
    reason: str = ""
    progress: str = ""
    department: str = ""
    country: str = ""
    location: str = ""
    due_from: date | None = None
    due_until: date | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    sort: str = EXPORT_SORT
    limit: int | None = None
    page: int | None = None
    after: str = ""
    delta: str = ""

    @property
    def asks_for_the_past(self) -> bool:
        return bool(self.as_of or self.known_at)

    @property
    def is_export(self) -> bool:
        """Everything of the filter in the order in which it is read: needs no row in memory beside another."""
        return self.limit is None and not self.after and self.sort == EXPORT_SORT

    def problems(self) -> list[Problem]:
        """Everything that is wrong with the values, whatever the database holds."""
        return [*self._wrong_choices(), *self._wrong_window(), *self._wrong_page(), *self._beside_delta()]

    def _wrong_choices(self) -> Iterator[Problem]:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices and (value or name == "sort"):
                yield Problem(name, f"is {value!r}", f"Choose among {', '.join(choices)}")

    def _wrong_window(self) -> Iterator[Problem]:
        if self.due_from and self.due_until and self.due_from > self.due_until:
            yield Problem("due_from", f"is after due_until, {self.due_until}", "Give the earlier day first")

    def _wrong_page(self) -> Iterator[Problem]:
        if self.page is not None and self.page < 1:
            yield Problem("page", "is 0", "Count pages from 1")
        if self.page is not None and self.limit is None:
            yield Problem("page", "is given without limit", "Say how many rows a page has: limit=100")
        if self.after and self.page is not None:
            yield Problem("page", "is given beside after", "Follow the link as it was given, or count pages")
        if self.after and self.sort in CHOICES["sort"] and read_mark(self.after, self.sort) is None:
            yield Problem("after", "is no place in this order", "Follow the link as it was given, or leave it out")

    def _beside_delta(self) -> Iterator[Problem]:
        given = [name for name in WHOLE if self.delta and getattr(self, name) not in (None, "")]
        for name in given:
            yield Problem(name, "has no place beside delta, which tells all changes until now", "Leave one of them out")

    @property
    def keeps_all(self) -> bool:
        """Whether no column is asked for, so that no row need be looked at."""
        return not any(getattr(self, name) for name in ("employee", "due_from", "due_until", *EQUAL))

    def keeps(self, row: FeedRow) -> bool:
        if self.due_from or self.due_until:
            due = row.due
            if due is None or (self.due_from and due < self.due_from) or (self.due_until and due > self.due_until):
                return False
        if self.employee and row.employee_id != self.employee:
            return False
        return all(getattr(row, name) == value for name in EQUAL if (value := getattr(self, name)))

    def ordered(self, rows: Iterable[FeedRow]) -> list[FeedRow]:
        """By the column; equals by person and requirement. Rows without a date come last in either direction."""
        column, descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        found = sorted(rows, key=lambda row: (row.employee_id, row.requirement))
        valued = [row for row in found if getattr(row, column) is not None]
        valued.sort(key=lambda row: getattr(row, column), reverse=descending)
        return valued + [row for row in found if getattr(row, column) is None]

    def page_of(self, rows: Sequence[FeedRow]) -> tuple[Sequence[FeedRow], str]:
        """The page of ordered rows, and the mark of its last one where others follow."""
        rest = [row for row in rows if self._follows(row)] if self.after else rows
        if self.limit is None:
            return rest, ""
        first = self.limit * ((self.page or 1) - 1)
        page = rest[first : first + self.limit]
        return page, write_mark(page[-1], self.sort) if page and len(rest) > first + self.limit else ""

    def _follows(self, row: FeedRow) -> bool:
        mark = read_mark(self.after, self.sort)
        if mark is None:
            return True
        value, key = getattr(row, self.sort.removeprefix("-")), (row.employee_id, row.requirement)
        if value == mark[0]:
            return key > mark[1:]
        if value is None or mark[0] is None:
            return value is None
        return bool(value < mark[0] if self.sort.startswith("-") else value > mark[0])


def write_mark(row: FeedRow, sort: str) -> str:
    """The place of ``row`` in the order, to go on after it."""
    plain = [getattr(row, sort.removeprefix("-")), row.employee_id, row.requirement]
    return urlsafe_b64encode(orjson.dumps(plain)).rstrip(b"=").decode()


def read_mark(text: str, sort: str) -> Mark | None:
    """The place that ``write_mark`` wrote, or None for any other text."""
    column = sort.removeprefix("-")
    try:
        value, employee_id, requirement = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if column in DATE_COLUMNS and value is not None:
            value = date.fromisoformat(value)
    except (binascii.Error, ValueError, TypeError):
        return None
    if column == "evidence" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = tuple(value)
    whole = isinstance(employee_id, str) and isinstance(requirement, str)
    return (value, employee_id, requirement) if whole and isinstance(value, _types_of(column)) else None


def _types_of(column: str) -> tuple[type, ...]:
    if column in DATE_COLUMNS:
        return (date, type(None))
    if column == "evidence":
        return (tuple,)
    return (
        (int,)
        if column in {"requirement_version", "modules_met", "modules_total", "overdue_before_absence"}
        else (str,)
    )
