"""What a reader asks of the figures, and the table that each of them answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from lrs_bridge.domain.people import JobAssignment
from lrs_bridge.domain.timelines import Span
from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.feeds.relation import FeedRow

RATES, TREND, FORECAST, UPTAKE, ABANDONED, WORKING_TIME = (
    "rates", "trend", "forecast", "uptake", "abandoned", "working_time",
)  # fmt: skip
FIGURES = (RATES, TREND, FORECAST, UPTAKE, ABANDONED, WORKING_TIME)
PLACES = ("team", "department", "country", "location")
"""Groupings by what a person's job says. A team is everybody with the same leader."""
GROUPINGS: Mapping[str, tuple[str, ...]] = {RATES: (*PLACES, "requirement"), WORKING_TIME: PLACES}
MOST_GROUPINGS = 2
DAYS_BACK = 90
MOST_DAYS = 400
MOST_PERIODS = 60
YEARS = range(1900, 8900)
"""In which a figure can be asked: its days before and after must have names too."""


@dataclass(frozen=True, slots=True)
class FiguresQuery:
    """Empty fields do not filter. ``group_by`` has one grouping or two; ``since`` is the first day of a trend or of the
    time spent; ``periods`` is how many weeks or months ahead; ``sort`` a column, descending with a leading ``-``."""

    figure: str = RATES
    group_by: tuple[str, ...] = ()
    requirement: str = ""
    manager: str = ""
    department: str = ""
    country: str = ""
    location: str = ""
    since: date | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    period: Span = "month"
    periods: int = 12
    sort: str = ""
    limit: int | None = None
    page: int = 1

    @property
    def groupings(self) -> tuple[str, ...]:
        return self.group_by or {RATES: ("requirement",), WORKING_TIME: ("team",)}.get(self.figure, ())

    def first_day(self, last: date) -> date:
        return self.since or last - timedelta(days=DAYS_BACK - 1)

    def keeps(self, place: FeedRow | JobAssignment) -> bool:
        """Whether a row or job is where the query asks; the leader is asked otherwise."""
        return all(
            not wanted or getattr(place, name) == wanted
            for name, wanted in (
                ("department", self.department),
                ("country", self.country),
                ("location", self.location),
            )
        )

    def problems(self) -> list[Problem]:
        problems = []
        for name, value, choices in (("figure", self.figure, FIGURES), ("period", self.period, ("week", "month"))):
            if value not in choices:
                problems.append(Problem(name, f"is {value!r}", f"Choose among {', '.join(choices)}"))
        for name in ("since", "as_of", "known_at"):
            day = getattr(self, name)
            if day and day.year not in YEARS:
                problems.append(Problem(name, f"is {day}", f"Name a year from {YEARS[0]} to {YEARS[-1]}"))
        problems += self._grouping_problems()
        if self.figure == TREND and not self.requirement:
            problems.append(Problem("requirement", "is not given", "A trend is of one requirement: name it"))
        if self.page < 1 or (self.page > 1 and self.limit is None):
            problems.append(Problem("page", f"is {self.page}", "Write a number from 1, and say a limit"))
        if not 0 < self.periods <= MOST_PERIODS:
            problems.append(Problem("periods", f"is {self.periods}", f"Write a number from 1 to {MOST_PERIODS}"))
        return problems

    def _grouping_problems(self) -> list[Problem]:
        allowed = GROUPINGS.get(self.figure, ())
        problems = [
            Problem("group_by", f"is {name!r}", f"Choose among {', '.join(allowed)}")
            if allowed
            else Problem("group_by", f"is {name!r}", f"The figure {self.figure} is not grouped: leave it out")
            for name in self.group_by
            if name not in allowed
        ]
        if len(set(self.group_by)) != len(self.group_by) or len(self.group_by) > MOST_GROUPINGS:
            problems.append(Problem("group_by", "has too many groupings", "Name one, or two different ones"))
        return problems

    def refuse_days(self, first: date, last: date) -> None:
        """RequestRefused where the days asked for are none, or too many to be drawn."""
        if not 0 <= (last - first).days < MOST_DAYS:
            problem = Problem("since", f"is {first}", f"Name a day at most {MOST_DAYS} days before as_of, {last}")
            raise RequestRefused("The figures cannot be asked like this", problems=[problem])


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` without the mark of what is kept back, which every figure has."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    whole: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class When:
    """When a figure is asked about: the date, what was known by when (None: all that is), and the clock now."""

    as_of: date
    known_at: datetime | None
    instant: datetime

    @classmethod
    def of(cls, query: FiguresQuery, instant: datetime) -> When:
        return cls(query.as_of or (query.known_at or instant).date(), query.known_at, instant)
