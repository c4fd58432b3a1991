"""A push of one person to a roster entry: what employment an identity provider means when it says active or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lrs_bridge.domain.people import EmploymentSpell
from lrs_bridge.domain.periods import Period
from lrs_bridge.roster.entries import COLUMNS, RosterEntry
from lrs_bridge.roster.plan import KnownPerson, RosterChange, RosterPlan, Swap

DATES = ("hire_date", "termination_date")


@dataclass(frozen=True, slots=True)
class Push:
    """``columns`` is the person after the push, ``changed`` what it changed of that; both are columns of a roster.

    ``active`` None: the provider does not say. ``was_active`` is what held before.
    """

    employee_id: str
    columns: Mapping[str, str]
    changed: frozenset[str]
    hire_date: date | None
    termination_date: date | None
    active: bool | None
    was_active: bool | None
    today: date
    place: str = ""

    @property
    def ends(self) -> bool:
        return self.active is False and self.was_active is not False

    @property
    def begins(self) -> bool:
        return self.active is not False and self.was_active is False


def entry_of(push: Push, known: KnownPerson | None) -> RosterEntry | None:
    """None for who was never employed and is not yet: an account made before the first day, without that day."""
    spell = known.spell if known else None
    period = _changed_period(push, spell) if spell else _first_period(push)
    if period is None:
        return None
    given = frozenset(COLUMNS) if spell is None else push.changed | {"employee_id", *DATES}
    return RosterEntry(
        employee_id=push.employee_id,
        hire_date=period.first,
        termination_date=period.last,
        given=given,
        place=push.place,
        **{column: push.columns.get(column, "") for column in COLUMNS if column not in {"employee_id", *DATES}},
    )


def _first_period(push: Push) -> Period | None:
    """Somebody inactive whose first day is still to come is expected; of another, only a closed past is known."""
    hired, ended = push.hire_date, push.termination_date
    if push.active is not False:
        return Period(hired or push.today, ended)
    if hired and (ended or hired > push.today):
        return Period(hired, ended)
    return None


def _changed_period(push: Push, spell: EmploymentSpell) -> Period:
    current = spell.period
    first = push.hire_date if "hire_date" in push.changed and push.hire_date else current.first
    last = push.termination_date if "termination_date" in push.changed else current.last
    if push.ends and "termination_date" not in push.changed:
        last = push.today if last is None or last > push.today else last
    if push.begins:
        return _again(push, current, first)
    return Period(first, last)


def _again(push: Push, current: Period, first: date) -> Period:
    """On the day that it ended, an employment goes on as if nothing had been; later, it is another one."""
    if current.last is not None and current.last < push.today and first <= current.last:
        first = push.today
    end = push.termination_date if push.termination_date and push.termination_date >= max(first, push.today) else None
    return Period(first, end)


def cancelled(push: Push, known: KnownPerson | None) -> RosterPlan | None:
    """The plan for somebody who ends before their first day: they never worked here. None for anybody else."""
    spell = known.spell if known else None
    if known is None or spell is None or not push.ends or spell.period.first <= push.today:
        return None
    change = RosterChange(
        known.employee_id,
        known.name,
        "leaver",
        f"employed from {spell.period.first}",
        "never employed",
        spells=(Swap(spell, None),),
        place=push.place,
    )
    return RosterPlan(kind="delta", as_of=push.today, changes=(change,))
