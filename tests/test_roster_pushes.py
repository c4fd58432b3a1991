"""What a push of one person means for their employment: a table of days."""

from __future__ import annotations

from datetime import date

import pytest

from lrs_bridge.domain.people import EmploymentSpell
from lrs_bridge.domain.periods import Period
from lrs_bridge.roster.plan import KnownPerson
from lrs_bridge.roster.pushes import Push, cancelled, entry_of
from lrs_bridge.roster.reconcile import reconcile

TODAY = date(2026, 3, 10)
HIRED, LEFT, SOON, LATER = date(2020, 1, 6), date(2026, 2, 27), date(2026, 4, 1), date(2026, 12, 31)


def meant(
    active: bool | None,
    was: bool | None = None,
    *,
    hire: date | None = None,
    end: date | None = None,
    changed: tuple[str, ...] = (),
) -> Push:
    columns = {"given_name": "Ann", "family_name": "Able", "department": "Sales"}
    return Push("000123", columns, frozenset(changed), hire, end, active, was, TODAY)


def known(first: date, last: date | None = None) -> KnownPerson:
    return KnownPerson("000123", "Ann", "Able", spells=(EmploymentSpell(Period(first, last)),))


HIRE, END = ("hire_date",), ("termination_date",)
OPEN, OVER, TODAYS_END, EXPECTED = known(HIRED), known(HIRED, LEFT), known(HIRED, TODAY), known(SOON)
CASES = {
    # somebody new
    "no first day: today": (meant(True), None, (TODAY, None)),
    "a first day": (meant(True, hire=HIRED), None, (HIRED, None)),
    "provider does not say": (meant(None), None, (TODAY, None)),
    "an account before anybody is employed": (meant(False), None, None),
    "not active, since when unknown": (meant(False, hire=HIRED), None, None),
    "not active, has left": (meant(False, hire=HIRED, end=LEFT), None, (HIRED, LEFT)),
    "expected": (meant(False, hire=SOON), None, (SOON, None)),
    # somebody employed
    "nothing said of it": (meant(None, None), OPEN, (HIRED, None)),
    "still active": (meant(True, True), OPEN, (HIRED, None)),
    "ends today": (meant(False, True), OPEN, (HIRED, TODAY)),
    "ends today, first time that it is said": (meant(False, None), OPEN, (HIRED, TODAY)),
    "ends on the day given": (meant(False, True, end=LEFT, changed=END), OPEN, (HIRED, LEFT)),
    "an end to come": (meant(True, True, end=LATER, changed=END), OPEN, (HIRED, LATER)),
    "an end to come is brought forward": (meant(False, True, end=LATER), known(HIRED, LATER), (HIRED, TODAY)),
    "an end is taken back": (meant(True, True, changed=END), known(HIRED, LATER), (HIRED, None)),
    "another first day": (meant(True, True, hire=date(2020, 2, 3), changed=HIRE), OPEN, (date(2020, 2, 3), None)),
    # somebody who has left
    "is not active": (meant(False, False), OVER, (HIRED, LEFT)),
    "another name": (meant(None, None), OVER, (HIRED, LEFT)),
    "comes back": (meant(True, False), OVER, (TODAY, None)),
    "comes back on a day given": (meant(True, False, hire=SOON, changed=HIRE), OVER, (SOON, None)),
    "comes back with the first hire date": (meant(True, False, hire=HIRED, changed=HIRE), OVER, (TODAY, None)),
    "comes back with the old end": (meant(True, False, end=LEFT), OVER, (TODAY, None)),
    "comes back for a time": (meant(True, False, end=LATER), OVER, (TODAY, LATER)),
    "on the same day: nothing was": (meant(True, False), TODAYS_END, (HIRED, None)),
    "on the same day, with the end to come": (meant(True, False, end=LATER), TODAYS_END, (HIRED, LATER)),
}


@pytest.mark.parametrize(("push", "person", "expected"), CASES.values(), ids=CASES)
def test_employment(push: Push, person: KnownPerson | None, expected: tuple[date, date | None] | None) -> None:
    entry = entry_of(push, person)
    assert (entry and (entry.hire_date, entry.termination_date)) == expected


def test_who_comes_back_later_has_a_new_spell_and_the_old_one_stays() -> None:
    entry = entry_of(meant(True, False), OVER)
    assert entry is not None
    (change, *_) = reconcile({"000123": OVER}, [entry], kind="delta", as_of=TODAY, leaver_after_days=0).changes
    assert change.kind == "rehire"
    assert [(swap.old, swap.new) for swap in change.spells] == [(None, EmploymentSpell(Period(TODAY)))]


@pytest.mark.parametrize(
    ("push", "person", "is_cancelled"),
    [
        (meant(False, True), EXPECTED, True),
        (meant(False, False), EXPECTED, False),
        (meant(True, True), EXPECTED, False),
        (meant(False, True), OPEN, False),
        (meant(False, True), None, False),
    ],
)
def test_who_ends_before_the_first_day_never_worked_here(
    push: Push, person: KnownPerson | None, is_cancelled: bool
) -> None:
    plan = cancelled(push, person)
    assert (plan is not None) == is_cancelled
    if plan is not None:
        assert [swap.new for swap in plan.changes[0].spells] == [None]
