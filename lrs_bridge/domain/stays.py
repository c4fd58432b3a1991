"""On which days a requirement asks something of a person, by the version in force on each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from lrs_bridge.domain.histories import Edition
from lrs_bridge.domain.people import JobAssignment, PersonRecord
from lrs_bridge.domain.periods import DAY, Period, bridged, intersection, plus_days
from lrs_bridge.domain.requirements import Requirement


def audience_of(
    edition: Edition, person: PersonRecord, held: Mapping[str, Sequence[Period]] | None = None
) -> list[Period]:
    """Each version covers the days of its own reign, so a new one starts nobody's clock who was asked already."""
    if edition.before is None:
        return _covered(edition.requirement, person, held or {})
    covered: list[Period] = []
    until: date | None = None
    for one in edition.line:
        reign = Period(one.first, until)
        covered += intersection(_covered(one.requirement, person, held or {}), [reign])
        until = plus_days(one.first, -1) if one.before else None
    return bridged(covered, 0)


def _covered(requirement: Requirement, person: PersonRecord, held: Mapping[str, Sequence[Period]]) -> list[Period]:
    """Days on which a job is covered; without an audience every day employed, whether or not a job is recorded."""
    if requirement.audience:
        jobs = [job.period for job in person.jobs if requirement.covers(job)]
        covered = bridged(jobs, 0) if len(jobs) > 1 else jobs
    else:
        covered = [spell.period for spell in person.spells]
    first = _first_day(requirement, held)
    return covered if first == date.min else intersection(covered, [Period(first)] if first else [])


def _first_day(requirement: Requirement, held: Mapping[str, Sequence[Period]]) -> date | None:
    """`date.min`: since ever; None: never, because what this one follows up was never met."""
    first = requirement.in_force_from or date.min
    if requirement.follow_up is None:
        return first
    met = held.get(requirement.follow_up.of)
    return max(first, plus_days(met[0].first, requirement.follow_up.days)) if met else None


def role_starts(jobs: Iterable[JobAssignment]) -> Iterable[date]:
    """A new manager, place or contract is no new role; a new department, code or title is."""
    before: tuple[str, str, str] | None = None
    last: date | None = None
    for job in sorted(jobs, key=lambda job: job.period.first):
        role = (job.department, job.job_code, job.job_title)
        if role != before or last is None or job.period.first > last + DAY:
            yield job.period.first
        before, last = role, job.period.last
