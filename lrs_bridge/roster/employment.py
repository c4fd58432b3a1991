"""Employment spells: who joins, leaves, comes back, and who is missing from a snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lrs_bridge.domain.people import EmploymentSpell
from lrs_bridge.domain.periods import DAY, Period
from lrs_bridge.roster.entries import PERSON_COLUMNS, RosterEntry
from lrs_bridge.roster.identities import KINDS, Claims, identity_swaps, value_after
from lrs_bridge.roster.jobs import first_jobs, moved_first, told_job
from lrs_bridge.roster.plan import ChangeKind, KnownPerson, RosterChange, Swap


def joiner(known: KnownPerson | None, entry: RosterEntry, claimed: Claims) -> RosterChange:
    """Somebody new; or, as a rehire, somebody known whose only spell was withdrawn because they never started."""
    person = known or KnownPerson(entry.employee_id)
    held = {kind: value_after(person, entry, kind, claimed) for kind in KINDS}
    listed = {column: value for column in PERSON_COLUMNS if (value := getattr(entry, column))} | held
    return RosterChange(
        employee_id=entry.employee_id,
        name=entry.name,
        kind="rehire" if known else "joiner",
        before="never employed" if known else "",
        after=f"{told_period(_wanted(entry))}, {told_job(entry, ['department', 'manager_id'])}",
        values={column: value for column, value in listed.items() if value != getattr(person, column)},
        spells=(Swap(None, EmploymentSpell(_wanted(entry), entry.worker_type)),),
        jobs=first_jobs(person, entry),
        identities=tuple(
            swap
            for kind, value in held.items()
            for swap in identity_swaps(person, value, kind, claimed, entry.hire_date)
        ),
        unlisted=_listed_again(person),
        place=entry.place,
    )


def employment_change(known: KnownPerson, spell: EmploymentSpell, entry: RosterEntry) -> RosterChange | None:
    wanted = _wanted(entry)
    ended = spell.period.last
    if ended is not None and entry.hire_date > ended:
        return _rehire(known, spell, entry)
    if wanted == spell.period and known.unlisted_since is None:
        return None
    change = _change(known, entry, "employment", spell.period)
    if wanted == spell.period:
        return replace(change, kind="relisted", before=f"unlisted since {known.unlisted_since}", after="listed")
    swap = Swap(spell, replace(spell, period=wanted))
    kind = _kind_of_end(known, ended, wanted.last)
    return replace(change, kind=kind, spells=(swap,), jobs=moved_first(known, entry.hire_date))


def _kind_of_end(known: KnownPerson, before: date | None, after: date | None) -> ChangeKind:
    if before is None and after is not None:
        return "leaver"
    return "relisted" if known.unlisted_since and after is None else "employment"


def _rehire(known: KnownPerson, spell: EmploymentSpell, entry: RosterEntry) -> RosterChange:
    change = _change(known, entry, "rehire", spell.period)
    begun = EmploymentSpell(_wanted(entry), entry.worker_type)
    return replace(change, spells=(Swap(None, begun),), jobs=first_jobs(known, entry))


def _change(known: KnownPerson, entry: RosterEntry, kind: ChangeKind, before: Period) -> RosterChange:
    return RosterChange(
        employee_id=known.employee_id,
        name=entry.name,
        kind=kind,
        before=told_period(before),
        after=told_period(_wanted(entry)),
        unlisted=_listed_again(known),
        place=entry.place,
    )


def unlisted_change(known: KnownPerson, spell: EmploymentSpell, as_of: date, after_days: int) -> RosterChange | None:
    """Once unlisted long enough, the day before the first snapshot without them was the last."""
    since = known.unlisted_since or as_of
    marked = None if known.unlisted_since else Swap(None, since)
    if (as_of - since).days >= after_days:
        return _presumed_leaver(known, spell, since, marked)
    if marked is None:
        return None
    return RosterChange(known.employee_id, known.name, "unlisted", "listed", f"unlisted since {since}", unlisted=marked)


def _presumed_leaver(
    known: KnownPerson, spell: EmploymentSpell, since: date, marked: Swap[date] | None
) -> RosterChange:
    first = spell.period.first
    ended = replace(spell, period=Period(first, since - DAY)) if first < since else None
    words = f"{told_period(ended.period) if ended else 'never employed'} (in no snapshot since {since})"
    swaps = (Swap(spell, ended),)
    return RosterChange(
        known.employee_id, known.name, "leaver", told_period(spell.period), words, spells=swaps, unlisted=marked
    )


def _listed_again(known: KnownPerson) -> Swap[date] | None:
    return Swap(known.unlisted_since, None) if known.unlisted_since else None


def _wanted(entry: RosterEntry) -> Period:
    return Period(entry.hire_date, entry.termination_date)


def told_period(period: Period) -> str:
    return f"employed from {period.first}" + (f" to {period.last}" if period.last else "")
