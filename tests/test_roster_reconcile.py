"""What a roster changes: each case in the words of HR, and the law that a file applied once changes nothing again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.domain.people import EmploymentSpell, JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.roster.entries import COLUMNS, RosterEntry
from lrs_bridge.roster.plan import HeldIdentity, KnownPerson, RosterKind, RosterPlan, Swap
from lrs_bridge.roster.reading import read_roster
from lrs_bridge.roster.reconcile import reconcile

Fact = TypeVar("Fact")
World = Mapping[str, KnownPerson]

SAMPLES = Path(__file__).parent / "samples" / "roster"
HIRED = date(2020, 1, 1)
FIRST = date(2026, 11, 2)
NEXT = date(2026, 11, 9)
ADA = RosterEntry("1", "Ada", "Lovelace", HIRED, email="ada@x.org", lms_account="ada", department="HQ")
BOB = RosterEntry("2", "Bob", "Noyce", HIRED, email="bob@x.org", lms_account="bob", manager_id="1", department="Ops")
CYD = RosterEntry("3", "Cyd", "Okafor", HIRED, email="cyd@x.org", lms_account="cyd", manager_id="2", department="Ops")


def swapped(facts: Iterable[Fact], swaps: Iterable[Swap[Fact]]) -> list[Fact]:
    held = list(facts)
    for swap in swaps:
        if swap.old is not None:
            held.remove(swap.old)
        if swap.new is not None:
            held.append(swap.new)
    return held


def applied(world: World, plan: RosterPlan) -> dict[str, KnownPerson]:
    """What the service writes, in memory; a swap whose old fact is not there fails."""
    after = dict(world)
    for change in plan.changes:
        person = after.get(change.employee_id, KnownPerson(change.employee_id))
        jobs = swapped([person.job] if person.job else [], change.jobs)
        identities = swapped(person.identities, change.identities)
        after[change.employee_id] = replace(
            person,
            **change.values,
            spells=tuple(sorted(swapped(person.spells, change.spells), key=lambda spell: spell.period.first)),
            job=max(jobs, key=lambda job: job.period.first, default=None),
            identities=tuple(sorted(identities, key=lambda held: (held.kind, held.period.first, held.value))),
            unlisted_since=change.unlisted.new if change.unlisted else person.unlisted_since,
        )
    return after


def plan_of(
    world: World, *entries: RosterEntry, kind: RosterKind = "snapshot", as_of: date = NEXT, after_days: int = 0
) -> RosterPlan:
    return reconcile(world, entries, kind=kind, as_of=as_of, leaver_after_days=after_days)


def known(*entries: RosterEntry) -> dict[str, KnownPerson]:
    return applied({}, plan_of({}, *entries, as_of=FIRST))


def told(plan: RosterPlan) -> list[str]:
    return [f"{change.kind} {change.employee_id}: {change.before} → {change.after}" for change in plan.changes]


def held(person: KnownPerson) -> list[tuple[str, str, date, date | None]]:
    return [(one.tier, one.value, one.period.first, one.period.last) for one in person.identities]


def test_the_first_import_begins_everything_on_the_day_of_hiring() -> None:
    ada = known(ADA)["1"]
    assert ada.spells == (EmploymentSpell(Period(HIRED)),)
    assert ada.job == JobAssignment(Period(HIRED), department="HQ")
    assert held(ada) == [("C", "ada@x.org", HIRED, None), ("A", "ada", date(1900, 1, 1), None)]
    assert (ada.name, ada.email, ada.lms_account) == ("Ada Lovelace", "ada@x.org", "ada")


ONE_CHANGE = [
    ("nothing", replace(BOB), []),
    ("name", replace(BOB, family_name="Moore"), ["name 2: Bob Noyce → Bob Moore"]),
    ("zone", replace(BOB, time_zone="Asia/Tokyo"), ["zone 2: none → Asia/Tokyo"]),
    (
        "job",
        replace(BOB, manager_id="3", department="Sales"),
        ["job 2: manager 1, department Ops → manager 3, department Sales (from 2026-11-09)"],
    ),
    ("blank that erases", replace(BOB, department=""), ["job 2: department Ops → department none (from 2026-11-09)"]),
    ("blank that keeps", replace(BOB, email="", lms_account="", given_name=""), []),
    (
        "column that the file lacks",
        replace(BOB, department="", given=frozenset(COLUMNS) - {"department"}),
        [],
    ),
    (
        "leaver",
        replace(BOB, termination_date=date(2026, 12, 31)),
        ["leaver 2: employed from 2020-01-01 → employed from 2020-01-01 to 2026-12-31"],
    ),
    (
        "hire date corrected",
        replace(BOB, hire_date=date(2020, 2, 1)),
        ["employment 2: employed from 2020-01-01 → employed from 2020-02-01"],
    ),
    ("e-mail", replace(BOB, email="b@x.org"), ["email 2: bob@x.org → b@x.org from 2026-11-09"]),
    ("account", replace(BOB, lms_account="b"), ["account 2: bob → b from 2026-11-09"]),
    (
        "job of a leaver is not read",
        replace(BOB, termination_date=FIRST, department="Left"),
        ["leaver 2: employed from 2020-01-01 → employed from 2020-01-01 to 2026-11-02"],
    ),
]


@pytest.mark.parametrize(("entry", "expected"), [case[1:] for case in ONE_CHANGE], ids=[case[0] for case in ONE_CHANGE])
def test_one_change(entry: RosterEntry, expected: list[str]) -> None:
    world = known(ADA, BOB)
    plan = plan_of(world, ADA, entry)
    assert told(plan) == expected
    assert plan.unchanged == (("1",) if expected else ("1", "2"))
    assert not plan_of(applied(world, plan), ADA, entry).changes


def test_a_job_change_ends_the_old_job_the_day_before() -> None:
    (change,) = plan_of(known(ADA, BOB), ADA, replace(BOB, manager_id="")).changes
    old = JobAssignment(Period(HIRED), manager_id="1", department="Ops")
    assert change.jobs == (
        Swap(old, replace(old, period=Period(HIRED, date(2026, 11, 8)))),
        Swap(None, JobAssignment(Period(NEXT), department="Ops")),
    )
    assert change.moves_manager


def test_a_person_without_any_job_gets_one_from_the_date_of_the_file() -> None:
    world = known(BOB)
    world["2"] = replace(world["2"], job=None)
    (change,) = plan_of(world, BOB).changes
    assert change.jobs == (Swap(None, JobAssignment(Period(NEXT), manager_id="1", department="Ops")),)
    assert not change.moves_manager


def test_a_second_file_of_the_same_day_corrects_in_place() -> None:
    world = known(ADA, BOB)
    world = applied(world, plan_of(world, ADA, replace(BOB, department="Sales")))
    plan = plan_of(world, ADA, replace(BOB, department="Legal"))
    assert told(plan) == ["correction 2: department Sales → department Legal (from 2026-11-09)"]
    (swap,) = plan.changes[0].jobs
    assert swap.new
    assert swap.new.period == Period(NEXT)


def test_a_corrected_hire_date_takes_the_first_job_along() -> None:
    earlier = date(2019, 6, 1)
    world = known(BOB)
    after = applied(world, plan_of(world, replace(BOB, hire_date=earlier)))["2"]
    assert after.job
    assert (after.spells[0].period.first, after.job.period.first) == (earlier, earlier)


def test_a_rehire_is_a_new_spell_and_a_new_job() -> None:
    left = replace(BOB, termination_date=date(2026, 6, 30))
    world = known(left)
    plan = plan_of(world, replace(BOB, hire_date=date(2026, 11, 9), department="Sales"))
    assert told(plan) == ["rehire 2: employed from 2020-01-01 to 2026-06-30 → employed from 2026-11-09"]
    bob = applied(world, plan)["2"]
    assert [spell.period for spell in bob.spells] == [Period(HIRED, date(2026, 6, 30)), Period(date(2026, 11, 9))]
    assert bob.job == JobAssignment(Period(date(2026, 11, 9)), manager_id="1", department="Sales")
    assert [swap.new.period.last for swap in plan.changes[0].jobs if swap.new] == [date(2026, 6, 30), None]


def test_after_a_rehire_the_first_hire_date_moves_nothing_and_is_pointed_at() -> None:
    world = known(replace(BOB, termination_date=date(2026, 6, 30)))
    world = applied(world, plan_of(world, replace(BOB, hire_date=NEXT)))
    plan = plan_of(world, replace(BOB, place="r.csv:2"))
    assert not plan.changes
    assert plan.problems[0].place == "r.csv:2:hire_date"
    assert plan.problems[0].reason.startswith("hire_date 2020-01-01 belongs to an earlier employment")


def test_a_termination_withdrawn_reopens_the_spell() -> None:
    world = known(replace(BOB, termination_date=date(2026, 12, 31)))
    plan = plan_of(world, BOB)
    assert told(plan) == ["employment 2: employed from 2020-01-01 to 2026-12-31 → employed from 2020-01-01"]
    assert applied(world, plan)["2"].spells == (EmploymentSpell(Period(HIRED)),)


def test_an_unlisted_person_leaves_at_once_when_the_setting_says_so() -> None:
    world = known(ADA, BOB)
    plan = plan_of(world, ADA)
    assert told(plan) == [
        "leaver 2: employed from 2020-01-01 → employed from 2020-01-01 to 2026-11-08 (in no snapshot since 2026-11-09)"
    ]
    assert plan.unlisted == ()


def test_an_unlisted_person_waits_then_leaves_as_of_the_first_file_without_them() -> None:
    world = known(ADA, BOB)
    marked = plan_of(world, ADA, after_days=30)
    assert told(marked) == ["unlisted 2: listed → unlisted since 2026-11-09"]
    assert marked.unlisted == ("2",)
    world = applied(world, marked)
    waiting = plan_of(world, ADA, as_of=NEXT + timedelta(29), after_days=30)
    assert (waiting.changes, waiting.unlisted) == ((), ("2",))
    gone = plan_of(world, ADA, as_of=NEXT + timedelta(30), after_days=30)
    assert applied(world, gone)["2"].spells[0].period == Period(HIRED, date(2026, 11, 8))
    back = plan_of(world, ADA, BOB, as_of=NEXT + timedelta(7), after_days=30)
    assert told(back) == ["relisted 2: unlisted since 2026-11-09 → listed"]


def test_a_presumed_leaver_who_is_listed_again_never_left() -> None:
    world = known(ADA, BOB)
    world = applied(world, plan_of(world, ADA))
    plan = plan_of(world, ADA, BOB, as_of=NEXT + timedelta(7))
    assert told(plan) == ["relisted 2: employed from 2020-01-01 to 2026-11-08 → employed from 2020-01-01"]
    bob = applied(world, plan)["2"]
    assert (bob.spells, bob.unlisted_since) == ((EmploymentSpell(Period(HIRED)),), None)


def test_a_delta_says_nothing_about_those_it_does_not_list() -> None:
    assert plan_of(known(ADA, BOB), ADA, kind="delta").changes == ()


def test_a_planned_leaver_need_not_be_listed() -> None:
    plan = plan_of(known(ADA, replace(BOB, termination_date=NEXT + timedelta(20))), ADA)
    assert (plan.changes, plan.unlisted) == ((), ())


@pytest.mark.parametrize("kind", ["snapshot", "delta"])
def test_an_address_that_moves_ends_for_the_first_as_of_the_date(kind: RosterKind) -> None:
    world = known(ADA, BOB)
    others = [replace(BOB, email="bob2@x.org")] if kind == "snapshot" else []
    plan = plan_of(world, ADA, *others, replace(CYD, email="bob@x.org"), kind=kind)
    after = applied(world, plan)
    assert ("C", "bob@x.org", HIRED, date(2026, 11, 8)) in held(after["2"])
    assert ("C", "bob@x.org", NEXT, None) in held(after["3"])
    assert after["2"].email == ("bob2@x.org" if others else "")
    ends = [swap.old is not None for _, swap in plan.identity_swaps()]
    assert ends == sorted(ends, reverse=True)


def test_an_address_of_a_leaver_who_is_still_listed_passes_on() -> None:
    left = replace(BOB, termination_date=date(2026, 6, 30))
    world = known(left)
    plan = plan_of(world, left, replace(CYD, email="bob@x.org", hire_date=date(2026, 10, 1)))
    assert told(plan)[0] == "email 2: bob@x.org → none from 2026-11-09 (it is now that of 3)"
    assert ("C", "bob@x.org", NEXT, None) in held(applied(world, plan)["3"])


def test_a_shared_address_identifies_nobody() -> None:
    world = known(ADA, BOB)
    plan = plan_of(world, ADA, BOB, replace(CYD, email="bob@x.org"))
    assert told(plan)[0] == "email 2: bob@x.org → bob@x.org from 2026-11-09 (shared by 2, 3: it identifies nobody)"
    after = applied(world, plan)
    assert [after[one].email for one in "23"] == ["bob@x.org", "bob@x.org"]
    assert not [one for person in after.values() for one in held(person) if one[1] == "bob@x.org" and one[3] is None]


def test_two_people_may_exchange_addresses() -> None:
    world = known(ADA, BOB)
    after = applied(world, plan_of(world, replace(ADA, email="bob@x.org"), replace(BOB, email="ada@x.org")))
    assert [(one.value, one.period) for one in after["1"].identities if one.kind == "email"] == [
        ("ada@x.org", Period(HIRED, date(2026, 11, 8))),
        ("bob@x.org", Period(NEXT)),
    ]


def test_an_identity_bound_by_hand_outlives_a_change_of_address_but_not_a_new_owner() -> None:
    alias = HeldIdentity("email", "robert@x.org", Period(HIRED), from_roster=False)
    world = known(ADA, BOB)
    world["2"] = replace(world["2"], identities=(*world["2"].identities, alias))
    assert told(plan_of(world, ADA, BOB)) == []
    plan = plan_of(world, ADA, BOB, replace(CYD, email="robert@x.org"))
    assert Swap(alias, replace(alias, period=Period(HIRED, date(2026, 11, 8)))) in plan.changes[0].identities


def test_who_never_started_and_is_listed_after_all_is_hired_again_without_an_address_that_went_to_another() -> None:
    soon = replace(CYD, hire_date=NEXT)
    world = applied(known(ADA), plan_of(known(ADA), ADA, soon))
    world = applied(world, plan_of(world, ADA))
    assert (world["3"].spells, world["3"].job is None) == ((), False)
    plan = plan_of(world, ADA, replace(BOB, email="cyd@x.org"), replace(soon, email=""))
    after = applied(world, plan)["3"]
    assert [change.kind for change in plan.changes] == ["joiner", "rehire"]
    assert plan.changes[1].before == "never employed"
    assert (after.email, after.spells) == ("", (EmploymentSpell(Period(NEXT)),))


def test_lost_leading_zeros_are_suspected() -> None:
    plan = plan_of(known(replace(BOB, employee_id="000123")), replace(BOB, employee_id="123", place="r.csv:2"))
    (problem,) = [one for one in plan.problems if "leading zeros" in one.reason]
    assert problem.place == "r.csv:2:employee_id"
    assert problem.reason.startswith("123 is new while 000123 is no longer listed")


def test_a_manager_loop_is_imported_and_named() -> None:
    roster = read_roster((SAMPLES / "manager_loop.csv").read_bytes(), source="loop.csv")
    plan = plan_of({}, *roster.entries)
    assert [(problem.place, problem.reason) for problem in plan.problems] == [
        (
            f"loop.csv:{line}:manager_id",
            f"{who} is unowned: the managers form a loop: 000100 → 000124 → 000123 → 000100",
        )
        for line, who in ((2, "000100"), (3, "000123"), (4, "000124"))
    ]
    assert len(plan.of_kind("joiner")) == 4


def test_the_summary_can_be_read_by_hr() -> None:
    plan = plan_of(known(ADA, BOB), ADA, replace(BOB, manager_id="3"), CYD)
    summary = plan.summary()
    assert summary.lines == (
        "Snapshot as of 2026-11-09: 1 joiners, 1 job changes, 1 with another manager, 1 unchanged.",
        "2 Bob Noyce changes job: manager 1 → manager 3 (from 2026-11-09)",
        "3 Cyd Okafor joins: employed from 2020-01-01, department Ops, manager 2",
        *map(str, plan.problems),
    )
    assert (summary.counts["joiner"], summary.counts["leaver"], summary.counts["unchanged"]) == (1, 0, 1)


DAYS = st.integers(0, 8).map(lambda weeks: date(2026, 1, 5) + timedelta(weeks=weeks))
IDS = st.sampled_from(["1", "2", "3", "4"])


@st.composite
def roster_entries(draw: st.DrawFn) -> RosterEntry:
    hired = draw(DAYS)
    return RosterEntry(
        employee_id=draw(IDS),
        given_name=draw(st.sampled_from(["Ada", ""])),
        family_name="L",
        hire_date=hired,
        email=draw(st.sampled_from(["", "a@x.org", "b@x.org", "c@x.org"])),
        lms_account=draw(st.sampled_from(["", "a", "b"])),
        manager_id=draw(st.sampled_from(["", "1", "2", "9"])),
        department=draw(st.sampled_from(["", "HQ", "Ops"])),
        time_zone=draw(st.sampled_from(["", "Asia/Tokyo"])),
        termination_date=draw(st.none() | st.integers(0, 40).map(lambda days: hired + timedelta(days))),
        given=draw(st.sampled_from([frozenset(COLUMNS), frozenset(COLUMNS) - {"termination_date", "email"}])),
    )


ROSTERS = st.lists(
    st.tuples(
        st.sampled_from(["snapshot", "delta"]),
        DAYS,
        st.sampled_from([0, 10]),
        st.lists(roster_entries(), max_size=4, unique_by=lambda entry: entry.employee_id),
    ),
    min_size=1,
    max_size=5,
)


def assert_sound(world: World) -> None:
    """No spell overlaps another, no key has two owners on one day, no period ends before it starts."""
    for person in world.values():
        periods = [spell.period for spell in person.spells]
        assert all(one.last and one.last < two.first for one, two in pairwise(periods))
    owned = [(one.key, one.period) for person in world.values() for one in person.identities]
    owned.sort(key=lambda pair: (pair[0], pair[1].first))
    for (key, one), (other, two) in pairwise(owned):
        assert key != other or (one.last and one.last < two.first)
    every = [*(period for _, period in owned), *(spell.period for who in world.values() for spell in who.spells)]
    assert all(period.last is None or period.first <= period.last for period in every)


@settings(max_examples=150, deadline=None)
@given(ROSTERS)
def test_a_roster_applied_changes_nothing_when_it_comes_again(
    rosters: Sequence[tuple[RosterKind, date, int, list[RosterEntry]]],
) -> None:
    world: dict[str, KnownPerson] = {}
    for kind, as_of, after_days, entries in rosters:
        plan = plan_of(world, *entries, kind=kind, as_of=as_of, after_days=after_days)
        turned = plan_of(world, *reversed(entries), kind=kind, as_of=as_of, after_days=after_days)
        assert plan == turned
        world = applied(world, plan)
        assert_sound(world)
        again = plan_of(world, *entries, kind=kind, as_of=as_of, after_days=after_days)
        assert told(again) == []
