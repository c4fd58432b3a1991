"""The picture of a team, from the rows of one requirement: shares by team, and completions against the due date.

Pure: what it needs beside the rows comes as arguments (services.team_records reads it). Everywhere here, people
who are not asked (out of scope, not employed) count for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lrs_bridge.domain.compliance import Reason, Status
from lrs_bridge.domain.periods import DAY
from lrs_bridge.domain.rates import Rate, rate
from lrs_bridge.feeds.relation import FeedRow

NOT_ASKED = {Reason.OUT_OF_SCOPE.value, Reason.NOT_EMPLOYED.value}
DAYS_BACK = timedelta(days=90)
DAYS_AHEAD = timedelta(days=60)
SHORTEST = timedelta(days=14)


def is_asked(row: FeedRow) -> bool:
    """Whether the requirement means this person at all; the away and the waived are meant, and excused."""
    return row.reason not in NOT_ASKED


def share(rows: Iterable[FeedRow]) -> Rate:
    return rate(Counter((Status(row.status), Reason(row.reason)) for row in rows if is_asked(row)))


@dataclass(frozen=True, slots=True)
class TeamShare:
    """Everybody under one leader, directly or through others; without a leader, those at the top themselves."""

    leader_id: str
    leader: str
    share: Rate


def share_by_team(rows: Sequence[FeedRow], top: str = "") -> list[TeamShare]:
    """Each person once: under the direct report of ``top`` through whom they answer, who needs help first.

    ``top`` is not among the rows. Without one (the whole company) the top is the only leader who has no leader
    here; where there are several, each has a team. The last share holds those at the top.
    """
    leaders = {row.employee_id: row.manager_id for row in rows}
    top = top or _only_top(leaders)
    names = {row.employee_id: row.name for row in rows}
    teams: dict[str, list[FeedRow]] = {}
    for row in rows:
        teams.setdefault(_branch(row.employee_id, leaders, top), []).append(row)
    direct = teams.pop("", [])
    shares = [TeamShare(leader_id, names[leader_id], share(team)) for leader_id, team in teams.items()]
    shares.append(TeamShare("", "", share(direct)))
    return sorted((team for team in shares if _size(team.share)), key=_help_needed)


def _only_top(leaders: Mapping[str, str]) -> str:
    tops = set(leaders.values()) & {person for person, leader in leaders.items() if leader not in leaders}
    return tops.pop() if len(tops) == 1 else ""


def _branch(person: str, leaders: Mapping[str, str], top: str) -> str:
    """The direct report of ``top`` under whom ``person`` works, or empty for a direct report; loops end."""
    if person == top:
        return ""
    seen = [person]
    while (leader := leaders.get(seen[-1], "")) in leaders and leader != top and leader not in seen:
        seen.append(leader)
    return seen[-1] if len(seen) > 1 else ""


def _size(counts: Rate) -> int:
    return counts.compliant + counts.missing + counts.exempt


def _help_needed(team: TeamShare) -> tuple[bool, int, int, str]:
    return (not team.leader_id, -team.share.overdue, -team.share.missing, team.leader)


@dataclass(frozen=True, slots=True)
class Step:
    """``new`` people became complete on ``day``; ``done`` is the number after it."""

    day: date
    new: int
    done: int


@dataclass(frozen=True, slots=True)
class BurnUp:
    """Completions of those who count today, day by day, against when the missing are due.

    ``before`` were complete before ``first``, or on a day that is not known. ``due`` is the day on which at least
    half of the missing (``due_then``) are due, where there is one; ``due_days`` are all their days within the picture.
    """

    first: date
    today: date
    last: date
    before: int
    steps: tuple[Step, ...]
    done: int
    missing: int
    due: date | None
    due_then: int
    due_days: tuple[date, ...]

    @property
    def asked(self) -> int:
        return self.done + self.missing


def burn_up(rows: Sequence[FeedRow], completed: Mapping[str, date], today: date) -> BurnUp:
    """``completed``: the local day on which the evidence of each compliant person was whole, by employee id."""
    done = [row for row in rows if row.status == Status.COMPLIANT]
    missing = [row for row in rows if row.status == Status.MISSING]
    by_day = Counter(completed[row.employee_id] for row in done if row.employee_id in completed)
    dues = Counter(row.due for row in missing if row.due)
    due, due_then = _common(dues, len(missing))
    last = max([today, *(day for day in (*by_day, due) if day and day <= today + DAYS_AHEAD)])
    first = _first_day([*by_day, *([due] if due else [])], today, last)
    steps = _steps(by_day, first, len(done))
    return BurnUp(
        first=first,
        today=today,
        last=last,
        before=len(done) - sum(step.new for step in steps),
        steps=steps,
        done=len(done),
        missing=len(missing),
        due=due,
        due_then=due_then,
        due_days=tuple(sorted(day for day in dues if first <= day <= last)),
    )


def _common(dues: Counter[date], missing: int) -> tuple[date | None, int]:
    day, count = max(dues.items(), key=lambda item: (item[1], item[0]), default=(None, 0))
    return (day, count) if 2 * count >= missing else (None, 0)


def _first_day(days: Sequence[date], today: date, last: date) -> date:
    """A day before the first thing to see, and no further back than ``DAYS_BACK``."""
    earliest = min((day - DAY for day in days if day >= today - DAYS_BACK), default=today)
    return min(max(earliest, today - DAYS_BACK), last - SHORTEST)


def _steps(by_day: Counter[date], first: date, total: int) -> tuple[Step, ...]:
    days = sorted(day for day in by_day if day >= first)
    done = total - sum(by_day[day] for day in days)
    steps = []
    for day in days:
        done += by_day[day]
        steps.append(Step(day, by_day[day], done))
    return tuple(steps)
