"""Job assignments: the first one, those that follow, and those that were wrong from the start."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lrs_bridge.domain.people import JobAssignment
from lrs_bridge.domain.periods import DAY, Period
from lrs_bridge.roster.entries import JOB_COLUMNS, RosterEntry
from lrs_bridge.roster.plan import KnownPerson, RosterChange, Swap

_WORDS = {"manager_id": "manager", "job_code": "job code", "job_title": "title", "worker_type": "worker type"}


def job_of(entry: RosterEntry, first: date) -> JobAssignment:
    return JobAssignment(Period(first), **{column: getattr(entry, column) for column in JOB_COLUMNS})


def first_jobs(known: KnownPerson, entry: RosterEntry) -> tuple[Swap[JobAssignment], ...]:
    """The job of a new spell runs from its first day: nothing earlier is known. A job of an old spell ends with it."""
    begun: Swap[JobAssignment] = Swap(None, job_of(entry, entry.hire_date))
    if known.job is None:
        return (begun,)
    last = known.spell.period.last if known.spell else None
    return (Swap(known.job, _ended(known.job, last)), begun)


def _ended(job: JobAssignment, last: date | None) -> JobAssignment | None:
    if last is None or last < job.period.first:
        return None
    return replace(job, period=Period(job.period.first, last))


def moved_first(known: KnownPerson, hired: date) -> tuple[Swap[JobAssignment], ...]:
    """When the first day of a spell is corrected, the job that began with it moves along."""
    job, spell = known.job, known.spell
    if job is None or spell is None or job.period.first == hired:
        return ()
    if job.period.first == spell.period.first or job.period.first < hired:
        return (Swap(job, replace(job, period=Period(hired, job.period.last))),)
    return ()


def job_change(known: KnownPerson, job: JobAssignment | None, entry: RosterEntry, as_of: date) -> RosterChange | None:
    """A job with other values from ``as_of``; the same day's again, or one not begun yet, is corrected in place.

    What is said of the job of somebody who has left is not read: HR systems go on moving such rows about.
    """
    if entry.termination_date is not None and entry.termination_date < as_of:
        return None
    if job is None:
        return _job(known, entry, None, (Swap(None, job_of(entry, max(entry.hire_date, as_of))),))
    if _values(job) == _values(entry):
        return None
    if job.period.first >= as_of:
        corrected = replace(job_of(entry, job.period.first), period=job.period)
        return replace(_job(known, entry, job, (Swap(job, corrected),)), kind="correction")
    left = replace(job, period=Period(job.period.first, as_of - DAY))
    return _job(known, entry, job, (Swap(job, left), Swap(None, job_of(entry, as_of))))


def _job(
    known: KnownPerson, entry: RosterEntry, old: JobAssignment | None, jobs: tuple[Swap[JobAssignment], ...]
) -> RosterChange:
    differing = [column for column in JOB_COLUMNS if not old or getattr(old, column) != getattr(entry, column)]
    first = next(swap.new.period.first for swap in reversed(jobs) if swap.new)
    return RosterChange(
        employee_id=known.employee_id,
        name=entry.name,
        kind="job",
        before=told_job(old, differing) if old else "",
        after=f"{told_job(entry, differing)} (from {first})",
        jobs=jobs,
        place=entry.place,
    )


def _values(job: JobAssignment | RosterEntry) -> tuple[str, ...]:
    return tuple(getattr(job, column) for column in JOB_COLUMNS)


def told_job(job: JobAssignment | RosterEntry, columns: list[str]) -> str:
    return ", ".join(f"{_WORDS.get(column, column)} {getattr(job, column) or 'none'}" for column in columns)
