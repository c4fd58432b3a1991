"""A status over many days: found once for each stretch on which it stays the same, backwards or ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal, NamedTuple

from lrs_bridge.domain.compliance import ComplianceStatus, Reason, Status
from lrs_bridge.domain.periods import DAY, Period, add_months, plus_days
from lrs_bridge.domain.tallies import LATE, NOT_ASKED, Counts

Span = Literal["week", "month"]
Verdict = tuple[Status, Reason]


class Stretch(NamedTuple):
    """Both days included."""

    first: date
    last: date
    verdict: Verdict

    @property
    def is_asked(self) -> bool:
        return self.verdict[1] not in NOT_ASKED


def timeline(judge: Callable[[date], ComplianceStatus], first: date, last: date) -> Iterator[Stretch]:
    """From ``first`` to ``last``, asking ``judge`` again only on the days that its ``next_change`` names."""
    day = first
    while day <= last:
        status = judge(day)
        change = status.next_change
        end = change - DAY if change and change <= last else last
        yield Stretch(day, end, (status.status, status.reason))
        day = plus_days(end, 1)


class DayCounts(NamedTuple):
    day: date
    counts: Counts


def trend(timelines: Iterable[Iterable[Stretch]], first: date, last: date) -> list[DayCounts]:
    """How many people stood how on each day; one timeline is one person's."""
    changes: dict[date, Counter[Verdict]] = {}
    for one in timelines:
        for stretch in one:
            changes.setdefault(stretch.first, Counter())[stretch.verdict] += 1
            changes.setdefault(plus_days(stretch.last, 1), Counter())[stretch.verdict] -= 1
    standing: Counter[Verdict] = Counter()
    days = []
    for number in range((last - first).days + 1):
        day = plus_days(first, number)
        for verdict, change in changes.get(day, Counter()).items():
            standing[verdict] += change
        days.append(DayCounts(day, {verdict: count for verdict, count in standing.items() if count}))
    return days


@dataclass(frozen=True, slots=True)
class Ahead:
    """What happens to whom in a period with no further action, and how things stand on its last day.

    ``renewable``: the window to renew opens. ``expiring``: evidence that held no longer does, on that day, while the
    requirement applies. ``becoming_overdue``: the due date and its grace pass, or the evidence lapsed past grace.
    """

    period: Period
    renewable: int
    expiring: int
    becoming_overdue: int
    counts: Counts


def forecast(timelines: Sequence[Sequence[Stretch]], periods: Sequence[Period]) -> list[Ahead]:
    """Each timeline begins on the day before the first period, so that a change on its first day is seen."""
    events: Counter[tuple[date, str]] = Counter()
    for one in timelines:
        for before, after in pairwise(one):
            events.update((after.first, name) for name in _events(before, after))
    lasts = [period.last or period.first for period in periods]
    counts = {day.day: day.counts for day in trend(timelines, periods[0].first - DAY, lasts[-1])} if periods else {}

    def happening(period: Period, name: str) -> int:
        return sum(number for (day, found), number in events.items() if found == name and period.covers(day))

    return [
        Ahead(
            period=period,
            renewable=happening(period, "renewable"),
            expiring=happening(period, "expiring"),
            becoming_overdue=happening(period, "becoming_overdue"),
            counts=counts[last],
        )
        for period, last in zip(periods, lasts, strict=True)
    ]


def _events(before: Stretch, after: Stretch) -> Iterator[str]:
    if not after.is_asked:
        return
    if after.verdict[1] is Reason.DUE_FOR_RENEWAL and before.verdict[1] is Reason.CURRENT:
        yield "renewable"
    if before.verdict[0] is Status.COMPLIANT and after.verdict[0] is not Status.COMPLIANT:
        yield "expiring"
    if after.verdict[1] in LATE and before.verdict[1] not in LATE:
        yield "becoming_overdue"


def periods_ahead(today: date, span: Span, count: int) -> list[Period]:
    """Calendar weeks (to Sunday) or months. The first begins tomorrow and is what is left of its week or month."""
    first = plus_days(today, 1)
    periods = []
    for _ in range(count):
        last = plus_days(first, 6 - first.weekday()) if span == "week" else add_months(first.replace(day=1), 1) - DAY
        periods.append(Period(first, last))
        first = plus_days(last, 1)
    return periods
