"""The status relation: one row per person and requirement, the same for every format and page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple


class FeedRow(NamedTuple):
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


COLUMNS = FeedRow._fields
OF_THE_PERSON = COLUMNS.index("requirement")
"""So many columns say who it is; the others are the status."""


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
class RemovedRow:
    """A row that a reader may have had and that is no more: it left the relation, the scope or the filter."""

    employee_id: str
    requirement: str


@dataclass(slots=True)
class Tally:
    """Rows by status, and how many of the missing are overdue or expired; of all rows of the filter, not the page."""

    total: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"compliant": 0, "missing": 0, "exempt": 0, "overdue": 0})

    def passing(self, rows: Iterable[FeedRow]) -> Iterator[FeedRow]:
        """The same rows, counted as they pass."""
        for row in rows:
            self.total += 1
            self.counts[row.status] += 1
            self.counts["overdue"] += row.status == "missing" and row.reason in {"overdue", "expired"}
            yield row

    @classmethod
    def of(cls, rows: Iterable[FeedRow]) -> Tally:
        tally = cls()
        for _ in tally.passing(rows):
            pass
        return tally


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """Absolute addresses, empty where there is none: of the page after this one, and of what changes from here on."""

    next_page: str = ""
    delta: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """What one reader is told. ``rows`` is the page; of an export it can be read once, and counts as it is read."""

    as_of: date
    known_at: datetime
    roster: RosterAge | None
    rows: Iterable[FeedRow]
    tally: Tally
    titles: Mapping[str, str]
    """The title of each requirement."""
    modified: datetime | None = None
    """When a status or a roster last changed at all."""
    changes: Sequence[StatusChange] = ()
    removed: Sequence[RemovedRow] | None = None
    """Of a delta only: None where the rows are all there are."""
    following: Mapping[str, str] = field(default_factory=dict)
    """The parameters that ask for the page after this one, where there is one."""
    token: str = ""
    """From which a delta goes on."""
    links: FeedLinks = FeedLinks()

    @property
    def total(self) -> int:
        return self.tally.total

    @property
    def counts(self) -> Mapping[str, int]:
        return self.tally.counts


def as_plain(row: FeedRow) -> dict[str, Any]:
    """The row with its dates as ISO text."""
    plain: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
    for name, value in plain.items():
        if isinstance(value, date):
            plain[name] = value.isoformat()
    return plain | {"evidence": list(row.evidence)}
