"""The difference that a roster makes to what is known, as a plan: nothing is written here, and time is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import Problem
from lrs_bridge.roster.cells import without_zeros
from lrs_bridge.roster.employment import employment_change, joiner, unlisted_change
from lrs_bridge.roster.entries import BLANK, COLUMNS, RosterEntry
from lrs_bridge.roster.identities import KINDS, Claims, claims, identity_change
from lrs_bridge.roster.jobs import job_change
from lrs_bridge.roster.organisation import organisation_problems, tree
from lrs_bridge.roster.plan import ChangeKind, KnownPerson, RosterChange, RosterKind, RosterPlan


@dataclass(frozen=True, slots=True)
class _Row:
    """One row beside what is known of its person; what the row leaves open is filled already."""

    entry: RosterEntry
    known: KnownPerson | None


def reconcile(
    current: Mapping[str, KnownPerson],
    entries: Sequence[RosterEntry],
    *,
    kind: RosterKind,
    as_of: date,
    leaver_after_days: int,
) -> RosterPlan:
    """``leaver_after_days``: how long a person may be unlisted in snapshots before they are held to have left."""
    by_id = {entry.employee_id: entry for entry in sorted(entries, key=lambda entry: entry.employee_id)}
    claimed = claims(current.values(), list(by_id.values()), as_of)
    rows = [_Row(_completed(entry, current.get(id_)), current.get(id_)) for id_, entry in by_id.items()]
    absent = [person for id_, person in sorted(current.items()) if id_ not in by_id]
    missing = [person for person in absent if _expected(person)] if kind == "snapshot" else []
    changes = [
        *(change for row in rows for change in _row_changes(row, claimed)),
        *(change for person in absent for change in _lost(person, claimed)),
        *(change for person in missing for change in _missed(person, as_of, leaver_after_days)),
    ]
    changed = {change.employee_id for change in changes}
    left = {change.employee_id for change in changes if change.kind == "leaver"}
    return RosterPlan(
        kind=kind,
        as_of=as_of,
        changes=tuple(sorted(changes, key=lambda change: change.employee_id)),
        unchanged=tuple(id_ for id_ in by_id if id_ not in changed),
        unlisted=tuple(person.employee_id for person in missing if person.employee_id not in left),
        employed_before=sum(person.employed_on(as_of) for person in current.values()),
        problems=(
            *_spell_problems(rows, by_id),
            *_zero_problems(rows, missing),
            *_organisation(rows, [person for person in absent if person.employee_id not in left], current, as_of),
        ),
    )


def _completed(entry: RosterEntry, known: KnownPerson | None) -> RosterEntry:
    """The row with its gaps filled from what is known, as BLANK says per column."""
    if known is None or known.spell is None:
        return entry
    if _names_earlier_spell(entry, known):
        entry = _of_current_spell(entry, known.spell.period)
    # accounts and addresses are kept or lost by rules of their own (identities.py): others may claim them
    kept = [column for column in COLUMNS if column not in KINDS and _is_kept(entry, column)]
    return replace(entry, **{column: _known_value(known, entry, column) for column in kept})


def _is_kept(entry: RosterEntry, column: str) -> bool:
    return column not in entry.given or (BLANK[column] == "keep" and not getattr(entry, column))


def _known_value(known: KnownPerson, entry: RosterEntry, column: str) -> Any:
    if column == "termination_date":
        return _kept_end(known, entry)
    return getattr(known, column, getattr(known.job, column, ""))


def _kept_end(known: KnownPerson, entry: RosterEntry) -> date | None:
    """Without a column for it the end stands, but neither for who is hired again nor where we only presumed it."""
    last = known.spells[-1].period.last
    return None if last is None or known.unlisted_since or entry.hire_date > last else last


def _names_earlier_spell(entry: RosterEntry, known: KnownPerson) -> bool:
    """Many HR systems go on sending the first hire date after a rehire; the current spell then keeps its own."""
    earlier = known.spells[-2].period.last if len(known.spells) > 1 else None
    return earlier is not None and entry.hire_date <= earlier


def _of_current_spell(entry: RosterEntry, current: Period) -> RosterEntry:
    """An end before the current spell began belongs to the earlier one too."""
    ended = entry.termination_date
    last = current.last if ended and ended < current.first else ended
    return replace(entry, hire_date=current.first, termination_date=last)


def _row_changes(row: _Row, claimed: Claims) -> Iterator[RosterChange]:
    known, entry = row.known, row.entry
    if known is None or known.spell is None:
        yield joiner(known, entry, claimed)
        return
    employment = employment_change(known, known.spell, entry)
    job = known.job
    if employment:
        yield employment
        job = employment.jobs[-1].new if employment.jobs else job
    found = job_change(known, job, entry, claimed.as_of)
    yield from [found] if found else []
    yield from _value_changes(known, entry)
    yield from _identity_changes(known, entry, claimed)


def _value_changes(known: KnownPerson, entry: RosterEntry) -> Iterator[RosterChange]:
    if known.name != entry.name or known.given_name != entry.given_name:
        names = {"given_name": entry.given_name, "family_name": entry.family_name}
        yield _value_change(known, entry, "name", (known.name, entry.name), names)
    if known.time_zone != entry.time_zone:
        words = (known.time_zone or "none", entry.time_zone or "none")
        yield _value_change(known, entry, "zone", words, {"time_zone": entry.time_zone})


def _value_change(
    known: KnownPerson, entry: RosterEntry, kind: ChangeKind, words: tuple[str, str], values: Mapping[str, str]
) -> RosterChange:
    return RosterChange(known.employee_id, entry.name, kind, *words, values=values, place=entry.place)


def _identity_changes(known: KnownPerson, entry: RosterEntry, claimed: Claims) -> Iterator[RosterChange]:
    for kind in KINDS:
        if change := identity_change(known, entry, kind, claimed, entry.hire_date):
            yield change


def _lost(person: KnownPerson, claimed: Claims) -> Iterator[RosterChange]:
    """An account or address of somebody whom the file does not list, but gives to another."""
    for kind in KINDS:
        if change := identity_change(person, None, kind, claimed, claimed.as_of):
            yield change


def _expected(person: KnownPerson) -> bool:
    """A snapshot should list everybody whose employment has no end yet."""
    return person.spell is not None and person.spell.period.last is None


def _missed(person: KnownPerson, as_of: date, after_days: int) -> Iterator[RosterChange]:
    change = unlisted_change(person, person.spell, as_of, after_days) if person.spell else None
    yield from [change] if change else []


def _spell_problems(rows: Iterable[_Row], by_id: Mapping[str, RosterEntry]) -> Iterator[Problem]:
    for row in rows:
        given, used = by_id[row.entry.employee_id].hire_date, row.entry.hire_date
        if given != used:
            words = f"hire_date {given} belongs to an earlier employment; the current one began on {used} and stays so"
            remedy = "Send the first day of the current employment."
            yield Problem(f"{row.entry.place}:hire_date", words, remedy, severity="warning")


def _zero_problems(rows: Iterable[_Row], missing: Sequence[KnownPerson]) -> Iterator[Problem]:
    bare = {without_zeros(person.employee_id): person.employee_id for person in missing}
    for row in rows:
        id_ = row.entry.employee_id
        if row.known is None and (lost := bare.get(without_zeros(id_))):
            words = f"{id_} is new while {lost} is no longer listed: the same person with other leading zeros?"
            remedy = "Export the ids as text."
            yield Problem(f"{row.entry.place}:employee_id", words, remedy, severity="warning")


def _organisation(
    rows: Sequence[_Row], absent: Iterable[KnownPerson], current: Mapping[str, KnownPerson], as_of: date
) -> list[Problem]:
    """The reporting lines once the plan is applied. Who manages themselves has been told of on reading."""
    managers = {
        row.entry.employee_id: "" if row.entry.manager_id == row.entry.employee_id else row.entry.manager_id
        for row in rows
        if row.entry.employed_on(as_of)
    }
    managers |= {
        person.employee_id: person.job.manager_id if person.job else ""
        for person in absent
        if person.employed_on(as_of)
    }
    places = {row.entry.employee_id: f"{row.entry.place}:manager_id" for row in rows}
    gone = {row.entry.employee_id: row.entry.manager_id for row in rows}
    gone |= {id_: person.job.manager_id for id_, person in current.items() if person.job}
    above = {id_: manager for id_, manager in gone.items() if id_ not in managers}
    return organisation_problems(tree(managers, above), places)
