"""Who reports to whom on a date. Broken lines are cut and their people named: nobody is lost, nothing runs for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lrs_bridge.domain.people import JobAssignment, PersonRecord
from lrs_bridge.domain.periods import covering
from lrs_bridge.errors import Problem
from lrs_bridge.roster.cells import meant_with_zeros, without_zeros

WIDE_SPAN = 12
"""More direct reports than one person can look after; shown, never refused."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """``tops`` report to nobody by intent; ``unowned`` (id → why) report to nobody by fault."""

    reports: Mapping[str, tuple[str, ...]]
    tops: tuple[str, ...]
    unowned: Mapping[str, str]

    def team_of(self, manager_id: str) -> tuple[str, ...]:
        """Direct reports, sorted."""
        return self.reports.get(manager_id, ())

    def subtree_of(self, manager_id: str) -> tuple[str, ...]:
        """Everybody below, sorted, without the manager."""
        below: set[str] = set()
        waiting = list(self.team_of(manager_id))
        while waiting:
            person = waiting.pop()
            if person not in below:
                below.add(person)
                waiting += self.team_of(person)
        return tuple(sorted(below - {manager_id}))

    def wide_spans(self) -> dict[str, int]:
        return {boss: len(team) for boss, team in sorted(self.reports.items()) if len(team) > WIDE_SPAN}


def tree(managers: Mapping[str, str]) -> Organisation:
    """From ``employee_id → manager_id`` (empty at the top) of everybody employed on the date."""
    unowned = _unknown(managers) | _loops(managers)
    reports: dict[str, list[str]] = {}
    for person, manager in sorted(managers.items()):
        if manager and person not in unowned:
            reports.setdefault(manager, []).append(person)
    return Organisation(
        reports={boss: tuple(team) for boss, team in sorted(reports.items())},
        tops=tuple(sorted(person for person, manager in managers.items() if not manager)),
        unowned=dict(sorted(unowned.items())),
    )


def managers_on(people: Iterable[PersonRecord], day: date) -> dict[str, str]:
    """``employee_id → manager_id`` of those who are employed on the day, by their job of that day."""
    return {
        person.employee_id: job.manager_id if (job := _job_on(person, day)) else ""
        for person in people
        if covering((spell.period for spell in person.spells), day)
    }


def _job_on(person: PersonRecord, day: date) -> JobAssignment | None:
    return next((job for job in person.jobs if job.period.covers(day)), None)


def _unknown(managers: Mapping[str, str]) -> dict[str, str]:
    bare = {without_zeros(person): person for person in sorted(managers)}
    return {
        person: f"the manager {manager} is not employed on this date or in no roster{meant_with_zeros(manager, bare)}"
        for person, manager in managers.items()
        if manager and manager not in managers
    }


def _loops(managers: Mapping[str, str]) -> dict[str, str]:
    """Everybody on a ring, with the ring in words. People who hang below a ring still have their manager."""
    seen: set[str] = set()
    found: dict[str, str] = {}
    for start in sorted(managers):
        path: dict[str, None] = {}
        person = start
        while person and person in managers and person not in seen:
            seen.add(person)
            path[person] = None
            person = managers[person]
        if person in path:
            ring = list(path)[list(path).index(person) :]
            found |= dict.fromkeys(ring, _told(ring))
    return found


def _told(ring: list[str]) -> str:
    if len(ring) == 1:
        return f"{ring[0]} is their own manager"
    first = ring.index(min(ring))
    turned = [*ring[first:], *ring[:first]]
    shown = turned if len(turned) <= WIDE_SPAN else [*turned[:WIDE_SPAN], "…"]
    return f"the managers form a loop: {' → '.join([*shown, turned[0]])}"


def organisation_problems(organisation: Organisation, places: Mapping[str, str]) -> list[Problem]:
    """Warnings for HR; ``places`` says where in the file a person stands."""
    found = [
        Problem(places.get(person, f"person {person}"), f"{person} is unowned: {why}", _REMEDY, severity="warning")
        for person, why in organisation.unowned.items()
    ]
    wide = [
        Problem(
            places.get(boss, f"person {boss}"),
            f"{boss} has {count} direct reports, more than {WIDE_SPAN}",
            "Check that no level between is missing.",
            severity="warning",
        )
        for boss, count in organisation.wide_spans().items()
    ]
    return found + wide


_REMEDY = "Correct manager_id in the HR system; until then nobody is asked to act for this person."
