"""What holds a roster back, with its numbers, and what a human may accept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

import pytest

from lrs_bridge.domain.people import EmploymentSpell, JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import Problem
from lrs_bridge.roster.gates import ACCEPTABLE, held_by
from lrs_bridge.roster.plan import KnownPerson, RosterKind, RosterPlan
from lrs_bridge.roster.reading import read_roster
from lrs_bridge.roster.reconcile import reconcile

HIRED = date(2020, 1, 1)
LAST = date(2026, 11, 2)
NEXT = date(2026, 11, 9)


def world(people: int) -> dict[str, KnownPerson]:
    spell, job = EmploymentSpell(Period(HIRED)), JobAssignment(Period(HIRED), manager_id="0")
    ids = [str(number) for number in range(people)]
    return {one: KnownPerson(one, "P", one, spells=(spell,), job=job) for one in ids}


def plan_of(people: int, *, gone: int = 0, moved: int = 0, kind: RosterKind = "snapshot") -> RosterPlan:
    """A file that lacks the last ``gone`` people and moves the first ``moved`` to another manager."""
    rows = [f"{one},P,{one},{HIRED},{'1' if one < moved else '0'}" for one in range(people - gone)]
    raw = "\n".join(["employee_id,given_name,family_name,hire_date,manager_id", *rows, ""])
    entries = read_roster(raw.encode(), source="r.csv").entries
    return reconcile(world(people), entries, kind=kind, as_of=NEXT, leaver_after_days=0)


def names(plan: RosterPlan, rows: int, last_rows: int | None, accepted: Collection[str] = ()) -> list[str]:
    return [gate.name for gate in held_by(plan, rows=rows, last_rows=last_rows, accepted=accepted)]


@pytest.mark.parametrize(
    ("people", "gone", "expected"),
    [
        (100, 5, []),
        (100, 6, ["leavers"]),
        (60, 5, []),
        (200, 10, []),
        (200, 11, ["leavers"]),
        (100, 10, ["leavers"]),
        (100, 11, ["shrunk", "leavers"]),
        (10, 2, ["shrunk"]),
        (3, 3, ["empty", "shrunk"]),
    ],
)
def test_leavers_and_lost_rows(people: int, gone: int, expected: list[str]) -> None:
    plan = plan_of(people, gone=gone)
    assert names(plan, people - gone, people) == expected
    assert names(plan, people - gone, people, accepted=expected) == []


@pytest.mark.parametrize(("moved", "expected"), [(0, []), (20, []), (21, ["managers"])])
def test_changes_of_manager(moved: int, expected: list[str]) -> None:
    assert names(plan_of(100, moved=moved), 100, 100) == expected


def test_a_gate_tells_its_numbers_and_the_way_through() -> None:
    (gate,) = held_by(plan_of(100, gone=6), rows=94, last_rows=100)
    assert (gate.name, gate.numbers) == ("leavers", (6, 100))
    assert gate.reason == "6 of 100 people would leave; up to 5 pass unasked"
    assert str(gate.as_problem("r.csv")) == (
        'r.csv: held by the gate "leavers": 6 of 100 people would leave; up to 5 pass unasked. '
        "Check the file; if it is right, import it again with --accept leavers."
    )


def test_a_gate_that_is_accepted_lifts_no_other() -> None:
    assert names(plan_of(100, gone=11), 89, 100, accepted=["leavers"]) == ["shrunk"]


def test_a_delta_is_small_by_nature() -> None:
    assert names(plan_of(100, gone=99, kind="delta"), 1, 100) == []


def test_the_first_import_has_nothing_to_compare_with() -> None:
    plan = replace(plan_of(10), employed_before=0)
    assert held_by(plan, rows=10) == []


@pytest.mark.parametrize(("days", "expected"), [(-1, []), (0, []), (1, ["older"])])
def test_an_older_file_after_a_newer(days: int, expected: list[str]) -> None:
    gates = held_by(plan_of(5), rows=5, last_rows=5, last_as_of=NEXT + timedelta(days))
    assert [gate.name for gate in gates] == expected
    if gates:
        assert gates[0].reason == "it is as of 2026-11-09, but one as of 2026-11-10 has been applied already"


def test_contradicting_rows_hold_the_file_and_are_shown() -> None:
    conflict = Problem("r.csv:3:employee_id", "1 stands in line 2 already")
    (gate,) = held_by(plan_of(5), rows=5, conflicts=[conflict])
    assert (gate.name, gate.problems) == ("duplicates", (conflict,))
    assert held_by(plan_of(5), rows=5, conflicts=[conflict], accepted=["duplicates"]) == []


def test_an_unknown_header_can_never_be_accepted() -> None:
    assert "header" not in ACCEPTABLE


def test_three_thousand_new_rows_are_three_thousand_joiners() -> None:
    columns = "employee_id,given_name,family_name,email,lms_account,manager_id,department,country,time_zone,hire_date\n"
    rows = [
        f"{one:06},Given{one},Family{one},p{one}@Example.COM,acc{one},{one // 8:06},D{one % 40},"
        "GB,Europe/London,2020-01-01\n"
        for one in range(1, 3001)
    ]
    roster = read_roster((columns + "".join(rows)).encode(), source="r.csv")
    plan = reconcile({}, roster.entries, kind="snapshot", as_of=NEXT, leaver_after_days=0)
    assert len(plan.of_kind("joiner")) == 3000
