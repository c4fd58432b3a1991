"""The list of people on a leader's page: what a link asks for, and which rows it shows in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.team_picture import NOT_ASKED, is_asked
from lrs_bridge.web.status_words import REASONS, STATUSES

PAGE_SIZE = 50
URGENCY = {"missing": 0, "exempt": 1, "compliant": 2}
MOST_HELP_FIRST = {"failed": 0, "not_started": 1, "in_progress": 2, "": 3}

SORTS: dict[str, Callable[[FeedRow], Any]] = {
    "status": lambda row: (
        (not is_asked(row), URGENCY[row.status], row.due or date.max, MOST_HELP_FIRST[row.progress])
    ),
    "name": lambda row: row.name.casefold(),
    "department": lambda row: row.department.casefold() or None,
    "due": lambda row: row.due,
    "progress": lambda row: (row.modules_met, row.modules_total),
}
"""What each sort goes by; rows without a value come last in either direction."""


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One address of the page. Empty fields do not filter; ``everybody`` adds those who are not asked."""

    requirement: str = ""
    manager: str = ""
    status: str = ""
    reason: str = ""
    department: str = ""
    name: str = ""
    everybody: str = ""
    sort: str = "status"
    page: int = 1

    def parameters(self, **changes: Any) -> dict[str, Any]:
        """The parameters of the address with these changes; what is as by default is left out."""
        changed = replace(self, **changes)
        return {
            field.name: value for field in fields(PageQuery) if (value := getattr(changed, field.name)) != field.default
        }

    def sort_link(self, column: str) -> dict[str, Any]:
        """Sorted by ``column``, or the other way round where it is already."""
        return self.parameters(sort=f"-{column}" if self.sort == column else column, page=1)

    def direction(self, column: str) -> str:
        """As aria-sort says it."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")

    @property
    def filters(self) -> bool:
        return bool(self.status or self.reason or self.department or self.name or self.everybody)

    def keeps(self, row: FeedRow) -> bool:
        wanted = {"status": self.status, "reason": self.reason, "department": self.department}
        asked = bool(self.everybody) or self.reason in NOT_ASKED or is_asked(row)
        named = self.name.casefold() in f"{row.name} {row.employee_id}".casefold()
        return asked and named and all(not value or getattr(row, column) == value for column, value in wanted.items())


def read_page_query(params: Mapping[str, str]) -> PageQuery:
    """RequestRefused with every wrong parameter."""
    allowed = {"status": set(STATUSES), "reason": set(REASONS), "everybody": {"1"}}
    allowed["sort"] = set(SORTS) | {f"-{name}" for name in SORTS}
    values = {name: text.strip() for name, text in params.items() if text.strip()}
    problems = [
        Problem(name, f"is {values[name]!r}", f"Choose among {', '.join(sorted(choices))}")
        for name, choices in allowed.items()
        if name in values and values[name] not in choices
    ]
    page = values.pop("page", "1")
    if not (page.isascii() and page.isdigit() and 0 < int(page) < 10**6):
        problems.append(Problem("page", f"is {page!r}", "Write a whole number from 1"))
    unknown = sorted(set(values) - set(PageQuery.__slots__))
    problems += [Problem(name, "is not a parameter of this page", "Take it out of the address") for name in unknown]
    if problems:
        raise RequestRefused("The page cannot be asked like this", problems=problems)
    return PageQuery(**values, page=int(page))


def chosen(rows: Sequence[FeedRow], query: PageQuery) -> list[FeedRow]:
    """The rows that ``query`` keeps, in its order; those alike are in the order of their names."""
    key = SORTS[query.sort.removeprefix("-")]
    kept = sorted(filter(query.keeps, rows), key=lambda row: (row.name.casefold(), row.employee_id))
    valued = [row for row in kept if key(row) is not None]
    valued.sort(key=key, reverse=query.sort.startswith("-"))
    return valued + [row for row in kept if key(row) is None]


def page_count(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


def on_page(rows: Sequence[FeedRow], page: int) -> Sequence[FeedRow]:
    return rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
