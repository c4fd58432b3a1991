"""The status relation: one row per person and requirement, the same for every format and page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class FeedRow:
    """Dates are whole local dates of the person; ``evidence`` holds ids of statements or records."""

    employee_id: str
    name: str
    manager_id: str
    department: str
    location: str
    country: str
    requirement: str
    requirement_version: int
    status: str
    reason: str
    progress: str
    due: date | None
    last_valid_day: date | None
    next_change: date | None
    overdue_before_absence: bool
    modules_met: int
    modules_total: int
    evidence: tuple[str, ...]


COLUMNS = tuple(field.name for field in fields(FeedRow))


@dataclass(frozen=True, slots=True)
class RosterAge:
    """Which roster the people come from, and how many days old it was on the day asked about."""

    source: str
    as_of: date
    days: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The newest change of a row: what it was (empty: not asked before), what it became, and when."""

    row: FeedRow
    from_status: str
    from_reason: str
    to_status: str
    to_reason: str
    recorded: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """``total`` counts the rows before paging; ``rows`` is the page; ``changes`` are there where they were asked."""

    as_of: date
    known_at: datetime
    roster: RosterAge | None
    rows: Sequence[FeedRow]
    total: int
    counts: Mapping[str, int]
    titles: Mapping[str, str]
    """The title of each requirement."""
    changes: Sequence[StatusChange] = ()


def counts_by_status(rows: Sequence[FeedRow]) -> dict[str, int]:
    """Rows by status, and how many of the missing are overdue or expired."""
    counts = Counter({"compliant": 0, "missing": 0, "exempt": 0, "overdue": 0})
    counts.update(row.status for row in rows)
    counts["overdue"] = sum(row.status == "missing" and row.reason in {"overdue", "expired"} for row in rows)
    return dict(counts)


def as_plain(row: FeedRow) -> dict[str, Any]:
    """The row with its dates as ISO text."""
    plain: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
    for name, value in plain.items():
        if isinstance(value, date):
            plain[name] = value.isoformat()
    return plain | {"evidence": list(row.evidence)}
