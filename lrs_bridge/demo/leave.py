"""Who of the invented company is away or excused: about 4 % absent, a dozen waivers and extensions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from lrs_bridge.demo.population import Member, population
from lrs_bridge.demo.units import dice

# kind, how many, days from today to the first and to the last day away: (soonest, latest)
_KINDS = (
    ("maternity", 20, (-150, -10), (20, 200)),
    ("parental", 14, (-120, -5), (15, 150)),
    ("long-term sick", 18, (-80, -15), (10, 60)),
    ("sabbatical", 6, (-100, -20), (12, 90)),
    ("parental", 10, (-200, -120), (-12, -1)),  # back at work since a few days
    ("sick", 50, (-25, 1), (0, 3)),
)
_WAIVED = (
    ("security-essentials", "Holds a current certificate as information security auditor"),
    ("security-essentials", "Works off-line on the night shift of the data centre until the move is done"),
    ("security-essentials", "Seconded to the regulator"),
    ("aml-2026", "Holds the ACAMS certification"),
    ("aml-2026", "Wrote the course"),
    ("aml-2026", "Seconded to the regulator"),
)


@dataclass(frozen=True, slots=True)
class Leave:
    """``last`` None: nobody knows yet."""

    employee_id: str
    first: date
    last: date | None
    kind: str

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Excuse:
    """A waiver for a period, or more time until ``due``."""

    employee_id: str
    requirement_id: str
    first_day: date | None
    last_day: date | None
    reason: str
    approver: str
    due: date | None = None


def absences_csv(today: date) -> bytes:
    rows = [(leave.employee_id, leave.first, leave.last or "", leave.kind) for leave in leaves(today)]
    return _csv(("employee_id", "first_day", "last_day", "kind"), rows)


def exemptions_csv(today: date) -> bytes:
    columns = ("employee_id", "requirement_id", "first_day", "last_day", "reason", "approver", "due")
    rows = [[getattr(excuse, column) or "" for column in columns] for excuse in excuses(today)]
    return _csv(columns, rows)


@lru_cache(maxsize=4)
def leaves(today: date) -> tuple[Leave, ...]:
    """Two of the captured learners, too, from ``today`` on: what they did before was captured."""
    chance = dice("leave")
    staff = iter(chance.sample(_settled(today), sum(number for _, number, _, _ in _KINDS)))
    drawn = [
        _leave(chance, next(staff).employee_id, kind, today, begins, ends)
        for kind, number, begins, ends in _KINDS
        for _ in range(number)
    ]
    captured = [
        Leave("EMP1008", today, today + timedelta(120), "parental"),
        Leave("EMP1015", today, today + timedelta(2), "sick"),
    ]
    return (*captured, *drawn)


@lru_cache(maxsize=4)
def excuses(today: date) -> tuple[Excuse, ...]:
    chance = dice("excuses")
    away = {leave.employee_id for leave in leaves(today)}
    able = [member for member in _settled(today) if member.employee_id not in away]
    approver = next(m.employee_id for m in population(today) if m.job_title == "Chief Risk Officer")
    drawn = [
        (requirement_id, reason, member)
        for requirement_id, reason in _WAIVED
        for member in chance.sample(_in_scope(able, requirement_id), 2)
    ]
    waivers = [
        Excuse(
            member.employee_id,
            requirement_id,
            today - timedelta(chance.randint(20, 90)),
            today + timedelta(chance.randint(40, 300)),
            reason,
            approver,
        )
        for requirement_id, reason, member in drawn
    ]
    taken = {waiver.employee_id for waiver in waivers}
    late = chance.sample([member for member in able if member.employee_id not in taken], 4)
    return (*waivers, *(_more_time(member, approver, today) for member in late))


def _settled(today: date) -> list[Member]:
    """Staff long enough here to be away for months, without a date of leaving; the captured learners are apart."""
    cut = today - timedelta(210)
    return [
        member
        for member in population(today)
        if member.hire_date < cut and member.termination_date is None and not member.employee_id.startswith("EMP")
    ]


def _in_scope(members: Sequence[Member], requirement_id: str) -> list[Member]:
    if requirement_id == "security-essentials":
        return list(members)
    return [member for member in members if member.department in {"Finance", "Risk and Compliance"}]


def _leave(
    chance: Random, employee_id: str, kind: str, today: date, begins: tuple[int, int], ends: tuple[int, int]
) -> Leave:
    first = today + timedelta(chance.randint(*begins))
    if kind == "sick":
        return Leave(employee_id, first, first + timedelta(chance.randint(*ends)), kind)
    open_ended = kind == "long-term sick" and chance.random() < 0.5
    return Leave(employee_id, first, None if open_ended else today + timedelta(chance.randint(*ends)), kind)


def _more_time(member: Member, approver: str, today: date) -> Excuse:
    reason = "Moves to another country this month"
    return Excuse(member.employee_id, "security-essentials", None, None, reason, approver, today + timedelta(30))


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
