"""How much of the time spent on training lies in working hours, by the clock and the calendar of the person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lrs_bridge.domain.periods import DAY

LONGEST = timedelta(hours=12)
"""A single duration beyond this is a window that was left open, or the sum of many days."""
PAUSE = timedelta(minutes=30)
"""Two statements of one attempt that are at most this far apart belong to one sitting."""
NOTHING = timedelta()


class Moment(NamedTuple):
    """One statement: when it happened, how long that took where it says so, and which attempt it belongs to."""

    at: datetime
    spent: timedelta | None
    attempt: str


class Sitting(NamedTuple):
    """Aware instants in UTC."""

    start: datetime
    end: datetime


def sittings(moments: Iterable[Moment]) -> list[Sitting]:
    """When somebody was at it: the time before each statement that says a duration, and the time between statements of
    one attempt. What overlaps counts once."""
    found: list[Sitting] = []
    by_attempt: dict[str, list[datetime]] = {}
    for at, spent, attempt in moments:
        moment = at.astimezone(UTC)
        by_attempt.setdefault(attempt, []).append(moment)
        if spent and NOTHING < spent <= LONGEST:
            found.append(Sitting(moment - spent, moment))
    for instants in by_attempt.values():
        between = pairwise(sorted(instants))
        found += [Sitting(start, end) for start, end in between if NOTHING < end - start <= PAUSE]
    return _joined(found)


def _joined(found: Iterable[Sitting]) -> list[Sitting]:
    joined: list[Sitting] = []
    for sitting in sorted(found):
        if joined and sitting.start <= joined[-1].end:
            joined[-1] = Sitting(joined[-1].start, max(joined[-1].end, sitting.end))
        else:
            joined.append(sitting)
    return joined


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The hours of every day but those in ``free``: weekends and public holidays."""

    opens: time
    closes: time
    free: frozenset[date] = frozenset()

    def working_time(self, sitting: Sitting, zone: str) -> timedelta:
        """How much of ``sitting`` lies in working hours where the person is."""
        return sum((_overlap(sitting, hours) for hours in self._hours(sitting, ZoneInfo(zone or "UTC"))), NOTHING)

    def _hours(self, sitting: Sitting, zone: ZoneInfo) -> Iterator[Sitting]:
        day, last = sitting.start.astimezone(zone).date(), sitting.end.astimezone(zone).date()
        while day <= last:
            if day not in self.free:
                yield Sitting(_instant(day, self.opens, zone), _instant(day, self.closes, zone))
            day += DAY


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """In UTC: two clock times of one zone are not as far apart as they look on the night that the clocks change."""
    return datetime.combine(day, hour, zone).astimezone(UTC)


def _overlap(one: Sitting, other: Sitting) -> timedelta:
    return max(NOTHING, min(one.end, other.end) - max(one.start, other.start))


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """``in_hours`` is a part of ``total``."""

    total: timedelta = NOTHING
    in_hours: timedelta = NOTHING

    def __add__(self, other: TimeSpent) -> TimeSpent:
        return TimeSpent(self.total + other.total, self.in_hours + other.in_hours)


def time_spent(moments: Iterable[Moment], calendar: WorkingCalendar, zone: str) -> TimeSpent:
    """Of one person."""
    found = sittings(moments)
    total = sum((sitting.end - sitting.start for sitting in found), NOTHING)
    return TimeSpent(total, sum((calendar.working_time(sitting, zone) for sitting in found), NOTHING))
