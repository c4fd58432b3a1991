"""Who reports to whom on a date. Broken lines are cut and their people named: nobody is lost, nothing runs for ever."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from lrs_bridge.domain.people import JobAssignment, PersonRecord
from lrs_bridge.domain.periods import covering
from lrs_bridge.errors import Problem
from lrs_bridge.roster.cells import meant_with_zeros, without_zeros

NOBODY: Mapping[str, str] = MappingProxyType({})
WIDE_SPAN = 12
"""More direct reports than one person can look after; shown, never refused."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """``tops`` report to nobody by intent; ``unowned`` (id → why) report to nobody by fault.

    ``acting`` (id → the manager named for them, who is not employed): their reports are among those of the next
    manager above, who acts for the one that lacks.
    """

    reports: Mapping[str, tuple[str, ...]]
    tops: tuple[str, ...]
    unowned: Mapping[str, str]
    acting: Mapping[str, str] = field(default_factory=dict)
    employed: frozenset[str] = frozenset()

    def employs(self, person: str) -> bool:
        return person in self.employed

    def team_of(self, manager_id: str) -> tuple[str, ...]:
        """Direct reports, sorted."""
        return self.reports.get(manager_id, ())

    def subtree_of(self, manager_id: str) -> tuple[str, ...]:
        """Everybody below, sorted, without the manager."""
        return tuple(sorted(self.with_all_below(self.team_of(manager_id)) - {manager_id}))

    def with_all_below(self, team: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(team)
        while waiting:
            person = waiting.pop()
            if person not in found:
                found.add(person)
                waiting += self.team_of(person)
        return found

    def vacant_team_of(self, manager_id: str) -> tuple[str, ...]:
        """Whom a manager who is not employed would have as direct reports, sorted."""
        return tuple(sorted(person for person, named in self.acting.items() if named == manager_id))

    def wide_spans(self) -> dict[str, int]:
        return {boss: len(team) for boss, team in sorted(self.reports.items()) if len(team) > WIDE_SPAN}


def tree(managers: Mapping[str, str], above: Mapping[str, str] = NOBODY) -> Organisation:
    """From ``employee_id → manager_id`` (empty at the top) of everybody employed on the date.

    ``above`` is the same of people who are known and not employed: their reports roll up to the next manager who is.
    """
    acting = {person: boss for person, boss in managers.items() if boss and boss not in managers and boss in above}
    rolled = {**managers, **{person: _next_above(boss, managers, above) for person, boss in acting.items()}}
    unowned = _unknown(rolled) | _vacant_to_the_top(acting, rolled) | _loops(rolled)
    reports: dict[str, list[str]] = {}
    for person, manager in sorted(rolled.items()):
        if manager and person not in unowned:
            reports.setdefault(manager, []).append(person)
    return Organisation(
        reports={boss: tuple(team) for boss, team in sorted(reports.items())},
        tops=tuple(sorted(person for person, manager in managers.items() if not manager)),
        unowned=dict(sorted(unowned.items())),
        acting={person: boss for person, boss in sorted(acting.items()) if person not in unowned},
        employed=frozenset(managers),
    )


def _next_above(boss: str, managers: Mapping[str, str], above: Mapping[str, str]) -> str:
    """The first manager from ``boss`` upwards who is employed or unknown; nobody above the top, or out of a ring."""
    passed: set[str] = set()
    while boss in above and boss not in managers:
        if boss in passed:
            return ""
        passed.add(boss)
        boss = above[boss]
    return boss


def _vacant_to_the_top(acting: Mapping[str, str], rolled: Mapping[str, str]) -> dict[str, str]:
    return {
        person: f"the manager {boss} is not employed on this date, and nobody above is"
        for person, boss in acting.items()
        if not rolled[person]
    }


def managers_on(people: Iterable[PersonRecord], day: date) -> dict[str, str]:
    """``employee_id → manager_id`` of those who are employed on the day, by their job of that day."""
    return {
        person.employee_id: job.manager_id if (job := _job_on(person, day)) else ""
        for person in people
        if covering((spell.period for spell in person.spells), day)
    }


def last_managers(people: Iterable[PersonRecord], day: date) -> dict[str, str]:
    """``employee_id → manager_id`` of those not employed on the day, by the last job, else the first to come."""
    return {
        person.employee_id: _nearest_job(person.jobs, day).manager_id
        for person in people
        if person.jobs and not covering((spell.period for spell in person.spells), day)
    }


def _nearest_job(jobs: Sequence[JobAssignment], day: date) -> JobAssignment:
    begun = [job for job in jobs if job.period.first <= day]
    return max(begun, key=lambda job: job.period.first) if begun else min(jobs, key=lambda job: job.period.first)


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
    return found + wide_span_problems(organisation, places)


def wide_span_problems(
    organisation: Organisation, places: Mapping[str, str], among: Container[str] | None = None
) -> list[Problem]:
    return [
        Problem(
            places.get(boss, f"person {boss}"),
            f"{boss} has {count} direct reports, more than {WIDE_SPAN}",
            "Check that no level between is missing.",
            severity="warning",
        )
        for boss, count in organisation.wide_spans().items()
        if among is None or boss in among
    ]


_REMEDY = "Correct manager_id in the HR system; until then nobody is asked to act for this person."
