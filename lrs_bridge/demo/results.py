"""A month of results of the invented company, as an LMS would have sent them.

Expected shape on ``today``, of those who are neither away nor waived: security (due in a week) about two thirds done,
1 in 13 with a failed test last, 1 in 10 begun, the rest not begun; anti-money laundering (due three days ago) about
two thirds done, the others overdue. Uneven on purpose: risk and legal are ahead, sales and the contact centre behind,
some teams far behind. Completions grow towards the due date, in working hours of each person's zone, never in an
absence, before the hire date or after the last day. Who holds a waiver has no results, nor has ``BROWSER_LEARNER``.
The captured learners have their own for anti-money laundering, so that nothing of it is invented here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from lrs_bridge.demo.leave import Leave, excuses, leaves
from lrs_bridge.demo.population import LMS_HOME_PAGE, Member, population
from lrs_bridge.demo.requirements import AML, AML_DEPARTMENTS, AML_PAGE, AML_QUIZ, SECURITY, UNITS
from lrs_bridge.demo.units import dice

BATCH = 50
BROWSER_LEARNER = "EMP1010"
"""John Smith, account 57, of Tess Teacher's team: kept free of results, to take the course in a browser."""

Ending = Literal["done", "failed", "begun", "untouched"]

_MONTH = 28
_VERBS = "http://adlnet.gov/expapi/verbs/"
_PACE = {
    "Contact Centre": 0.58,
    "Sales": 0.55,
    "Marketing": 0.62,
    "Payments Operations": 0.70,
    "Information Technology": 0.74,
    "Human Resources": 0.84,
    "Risk and Compliance": 0.93,
    "Legal": 0.88,
}
_COUNTRY_PACE = {"US": -0.08, "BR": -0.12, "ZA": -0.06, "SE": 0.08, "JP": 0.12, "SG": 0.07}


@dataclass(frozen=True, slots=True)
class _Learner:
    """Somebody with the working days on which they could learn, and their team's pace."""

    member: Member
    days: Sequence[date]
    pace: float
    chance: Random


@dataclass(frozen=True, slots=True)
class _Event:
    """One statement to be: what happened, when, to which activity."""

    when: datetime
    verb: str
    activity: str
    title: str
    result: Mapping[str, Any] | None = None


def statements(today: date, unit_activity: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
    """Batches of 50 statements of xAPI 1.0.3 in the order of time; ids are made from what they say.

    ``unit_activity``: for each unit of the sample course, the activity IRI under which it was installed.
    """
    found: list[dict[str, Any]] = []
    for learner in _learners(today):
        found += _told(learner.member, SECURITY, today, _security(learner, unit_activity))
        if learner.member.department in AML_DEPARTMENTS and not _is_captured(learner.member):
            found += _told(learner.member, AML, today, _money_laundering(learner))
    found.sort(key=lambda statement: (statement["timestamp"], statement["id"]))
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]


def _is_captured(member: Member) -> bool:
    return member.employee_id.startswith("EMP")


def _learners(today: date) -> Iterator[_Learner]:
    away: dict[str, list[Leave]] = {}
    for leave in leaves(today):
        away.setdefault(leave.employee_id, []).append(leave)
    waived = {excuse.employee_id for excuse in excuses(today) if excuse.due is None} | {BROWSER_LEARNER}
    noise: dict[str, float] = {}
    for member in population(today):
        chance = dice(f"results of {member.employee_id}")
        of_team = noise.setdefault(member.manager_id, dice(f"team of {member.manager_id}").uniform(-0.22, 0.16))
        days = _working_days(member, away.get(member.employee_id, ()), today)
        if days and member.employee_id not in waived:
            pace = _PACE.get(member.department, 0.72) + _COUNTRY_PACE.get(member.country, 0.0) + of_team
            yield _Learner(member, days, min(max(pace, 0.12), 0.98), chance)


def _working_days(member: Member, away: Sequence[Leave], today: date) -> list[date]:
    """Monday to Friday of the month before ``today``; yesterday is the last, so that nothing lies in the future."""
    month = (today - timedelta(days) for days in range(_MONTH, 0, -1))
    return [
        day
        for day in month
        if day.weekday() < 5 and member.employed_on(day) and not any(leave.covers(day) for leave in away)
    ]


def _ending(learner: _Learner) -> Ending:
    """A month off, or a start in the middle of it, makes it likelier that nothing is done yet."""
    chance = learner.chance
    share = min(1.0, len(learner.days) / 20 + 0.2)
    if chance.random() < learner.pace * share:
        return "done"
    rest = chance.random()
    return "failed" if rest < 0.2 else "begun" if rest < 0.53 else "untouched"


def _security(learner: _Learner, unit_activity: Mapping[str, str]) -> Iterator[_Event]:
    """Three modules in their order, in one sitting or over some days."""
    ending = _ending(learner)
    if ending == "untouched":
        return
    units = [(unit_activity[unit], title) for unit, title in UNITS.items()]
    last = len(units) - 1 if ending == "done" else learner.chance.randrange(len(units))
    at = _first_day(learner)
    clock = _start(learner, at)
    for number, (activity, title) in enumerate(units[: last + 1]):
        outcome = "done" if number < last else ending
        for event in _module(learner, activity, title, clock, outcome):
            clock = event.when + timedelta(minutes=learner.chance.randint(1, 4))
            yield event
        if learner.chance.random() < 0.4 and at + 1 < len(learner.days):
            at += 1
            clock = _start(learner, at)


def _module(learner: _Learner, activity: str, title: str, clock: datetime, ending: Ending) -> Iterator[_Event]:
    chance = learner.chance
    yield _Event(clock, "initialized", activity, title)
    if ending == "begun":
        return
    minutes = chance.randint(8, 19)
    clock += timedelta(minutes=minutes)
    if ending == "failed" or chance.random() < 0.11:
        yield _Event(clock, "failed", activity, title, _verdict(chance.randint(3, 7), minutes))
        if ending == "failed":
            return
        minutes = chance.randint(4, 9)
        clock += timedelta(minutes=minutes)
    if chance.random() < 0.05:
        yield _Event(clock - timedelta(minutes=1), "answered", f"{activity}#question-1", title, {"success": True})
    yield _Event(clock, "passed", activity, title, _verdict(chance.choice((8, 8, 9, 9, 10)), minutes))
    if chance.random() < 0.3:  # not every author reports both
        yield _Event(clock + timedelta(seconds=1), "completed", activity, title, {"completion": True})


def _verdict(right: int, minutes: int) -> dict[str, Any]:
    score = {"scaled": right / 10, "raw": right, "min": 0, "max": 10}
    return {"score": score, "success": right >= 8, "completion": right >= 8, "duration": f"PT{minutes}M"}


def _money_laundering(learner: _Learner) -> Iterator[_Event]:
    """As the captured Moodle tells it: ``completed`` for the page and for the quiz, the verdict in ``success``."""
    ending = _ending(learner)
    if ending == "untouched" and learner.chance.random() < 0.7:
        return
    clock = _start(learner, _first_day(learner))
    yield _Event(clock, "completed", AML_PAGE, "AML policy (read me)", {"completion": True})
    if ending in {"done", "failed"}:
        clock += timedelta(minutes=learner.chance.randint(10, 35))
        result = {"completion": True, "success": ending == "done"}
        yield _Event(clock, "completed", AML_QUIZ, "AML final test", result)


def _first_day(learner: _Learner) -> int:
    """More and more towards the end of the month."""
    return int(len(learner.days) * learner.chance.random() ** 0.55)


def _start(learner: _Learner, at: int) -> datetime:
    """Some time between 8:30 and 15:30, local."""
    minute = 510 + learner.chance.randrange(420)
    local = time(minute // 60, minute % 60, learner.chance.randrange(60))
    return datetime.combine(learner.days[at], local, ZoneInfo(learner.member.time_zone)).astimezone(UTC)


def _told(member: Member, requirement_id: str, today: date, events: Iterator[_Event]) -> Iterator[dict[str, Any]]:
    registration = uuid5(NAMESPACE_URL, f"{LMS_HOME_PAGE}/{requirement_id}/{member.employee_id}/{today}")
    for number, event in enumerate(events):
        yield _statement(member, event, registration, uuid5(registration, f"{number} {event.verb} {event.activity}"))


def _statement(member: Member, event: _Event, registration: UUID, statement_id: UUID) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "id": str(statement_id),
        "timestamp": event.when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "actor": _actor(member),
        "verb": {"id": _VERBS + event.verb, "display": {"en": event.verb}},
        "object": {"objectType": "Activity", "id": event.activity, "definition": {"name": {"en": event.title}}},
        "context": {"registration": str(registration), "platform": "Moodle"},
    }
    if event.result:
        statement["result"] = event.result
    return statement


def _actor(member: Member) -> dict[str, Any]:
    """By account, or by address for those who have none."""
    name = f"{member.given_name} {member.family_name}"
    if member.lms_account:
        return {"name": name, "account": {"homePage": LMS_HOME_PAGE, "name": member.lms_account}}
    return {"name": name, "mbox": f"mailto:{member.email}"}
