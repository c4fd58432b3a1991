"""Whole local dates: periods, months counted from an anchor, and an instant's date in a zone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_FAR = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """From ``first`` to ``last``, both days included; ``last`` None means open."""

    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def covering(periods: Iterable[Period], day: date) -> Period | None:
    """The first period that covers ``day``."""
    for period in periods:
        if period.first <= day and (period.last is None or day <= period.last):
            return period
    return None


def add_months(anchor: date, months: int) -> date:
    """``months`` after ``anchor``, always from the anchor; a day that does not exist rolls forward."""
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    month = month0 + 1
    if anchor.day <= 28 or anchor.day <= monthrange(year, month)[1]:
        return date(year, month, anchor.day)
    return date(year + month // 12, month % 12 + 1, 1)


def last_valid_day(done: date, months: int) -> date:
    """Done on 12 Feb 2023 for 12 months: valid to 11 Feb 2024 inclusive."""
    return add_months(done, months) - DAY


def local_date(instant: datetime, zone: str) -> date:
    """The calendar date of an aware instant where the person is."""
    return instant.astimezone(ZoneInfo(zone)).date()


def bridged(periods: Sequence[Period], gap_days: int) -> list[Period]:
    """Periods in order, those at most ``gap_days`` apart (or overlapping) joined into one."""
    if len(periods) < 2:
        return list(periods)
    joined: list[Period] = []
    for period in sorted(periods, key=lambda p: p.first):
        before = joined[-1] if joined else None
        if before and (before.last is None or (period.first - before.last).days - 1 <= gap_days):
            last = None if before.last is None or period.last is None else max(before.last, period.last)
            joined[-1] = Period(before.first, last)
        else:
            joined.append(period)
    return joined


def is_endless(day: date) -> bool:
    """Systems write "no end" as 9999-12-31."""
    return day > _FAR


def plus_days(day: date, days: int) -> date:
    """``days`` later, held at the end of the calendar."""
    return date.max if day > _FAR else day + timedelta(days)


def stretches(days: Iterable[date], last: date | None) -> list[Period]:
    """From each day to the day before the next one, the last of them to ``last``."""
    firsts = sorted(set(days))
    ends = [*(day - DAY for day in firsts[1:]), last]
    return [Period(first, end) for first, end in zip(firsts, ends, strict=True)]


def overlap(one: Period, other: Period) -> Period | None:
    """The days that both cover."""
    first = max(one.first, other.first)
    last = other.last if one.last is None else one.last if other.last is None else min(one.last, other.last)
    return Period(first, last) if last is None or first <= last else None


def intersection(ones: Iterable[Period], others: Sequence[Period]) -> list[Period]:
    """The stretches covered by a period of each side."""
    return [shared for one in ones for other in others if (shared := overlap(one, other)) is not None]
