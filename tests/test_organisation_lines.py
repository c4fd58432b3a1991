"""Who sees whom on a date: vacancies roll up, delegates come and go, broken lines belong to nobody."""

from __future__ import annotations

from datetime import date
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.domain.people import EmploymentSpell, JobAssignment, PersonRecord
from lrs_bridge.domain.periods import Period
from lrs_bridge.roster.chart import chart
from lrs_bridge.roster.organisation import tree
from lrs_bridge.roster.reporting_lines import Delegation, ReportingLines, tree_of

START, DAY = date(2020, 1, 1), date(2026, 6, 15)


def person(name: str, manager: str, *, until: date | None = None, since: date = START) -> PersonRecord:
    """HR systems leave the last job of a leaver open."""
    return PersonRecord(
        uuid5(NAMESPACE_OID, name),
        name,
        "UTC",
        spells=(EmploymentSpell(Period(since, until)),),
        jobs=(JobAssignment(Period(since), manager),),
    )


def company(*leavers: str, delegations: tuple[Delegation, ...] = (), last: date = date(2026, 3, 31)) -> ReportingLines:
    """top > (a > (a1 > a11, a2), b > b1)."""
    lines = {"top": "", "a": "top", "b": "top", "a1": "a", "a2": "a", "a11": "a1", "b1": "b"}
    people = [person(name, manager, until=last if name in leavers else None) for name, manager in lines.items()]
    return ReportingLines(tuple(people), delegations)


def seen(lines: ReportingLines, manager: str, on: date = DAY) -> str:
    return " ".join(sorted(tree_of(lines, manager, on)))


# --- vacancies


@pytest.mark.parametrize(
    ("leavers", "manager", "expected"),
    [
        ((), "top", "a a1 a11 a2 b b1"),
        ((), "a", "a1 a11 a2"),
        ((), "a11", ""),
        ((), "nobody", ""),
        (("a",), "top", "a1 a11 a2 b b1"),
        (("a",), "a", ""),  # who left sees nobody
        (("a", "a1"), "top", "a11 a2 b b1"),  # through two vacancies
        (("a1",), "a", "a11 a2"),
        (("top",), "a", "a1 a11 a2"),
        (("top",), "top", ""),
    ],
)
def test_a_vacancy_rolls_up_to_the_next_manager_above(leavers: tuple[str, ...], manager: str, expected: str) -> None:
    assert seen(company(*leavers), manager) == expected


def test_the_next_manager_is_marked_acting() -> None:
    today = company("a").on(DAY)
    assert today.acting == {"a1": "a", "a2": "a"}
    assert today.team_of("top") == ("a1", "a2", "b")
    assert today.vacant_team_of("a") == ("a1", "a2")
    assert today.unowned == {}
    assert company("a").on(date(2026, 3, 31)).acting == {}  # the last day is worked


def test_a_vacancy_at_the_top_has_nobody_above() -> None:
    words = "the manager top is not employed on this date, and nobody above is"
    assert company("top").on(DAY).unowned == {"a": words, "b": words}


def test_vacancies_in_a_ring_end() -> None:
    gone = {"x": "y", "y": "x"}
    words = "the manager x is not employed on this date, and nobody above is"
    assert tree({"a": "x"}, gone).unowned == {"a": words}


def test_a_vacancy_whose_own_manager_is_unknown() -> None:
    words = "the manager nobody is not employed on this date or in no roster"
    found = tree({"a": "x"}, {"x": "nobody"})
    assert (found.unowned, found.acting) == ({"a": words}, {})


def test_who_reported_to_their_own_report_is_unowned_when_that_one_leaves() -> None:
    assert tree({"a": "x"}, {"x": "a"}).unowned == {"a": "a is their own manager"}


def test_a_manager_who_has_not_begun_is_a_vacancy_until_then() -> None:
    begins = date(2026, 7, 1)
    people = (person("top", ""), person("new", "top", since=begins), person("a", "new"))
    lines = ReportingLines(people)
    assert (seen(lines, "new"), seen(lines, "top")) == ("", "a")
    assert (seen(lines, "new", begins), seen(lines, "top", begins)) == ("a", "a new")


# --- delegates

JULY = Period(date(2026, 7, 1), date(2026, 7, 31))


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 6, 30), "b1"), (date(2026, 7, 1), "a1 a11 a2 b1"), (date(2026, 7, 31), "a1 a11 a2 b1"),
     (date(2026, 8, 1), "b1")],
)  # fmt: skip
def test_a_delegate_sees_the_team_from_the_first_day_until_the_last(day: date, expected: str) -> None:
    lines = company(delegations=(Delegation("a", "b", JULY),))
    assert seen(lines, "b", day) == expected
    assert seen(lines, "a", day) == "a1 a11 a2"


def test_a_delegate_of_their_own_team_does_not_see_themselves() -> None:
    lines = company(delegations=(Delegation("a", "a1", JULY),))
    assert seen(lines, "a1", JULY.first) == "a11 a2"


def test_a_delegation_is_not_passed_on() -> None:
    lines = company(delegations=(Delegation("a", "b", JULY), Delegation("b", "a11", JULY)))
    assert seen(lines, "a11", JULY.first) == "b1"


def test_the_delegate_of_a_manager_who_left_keeps_the_team_until_the_end() -> None:
    lines = company("a", delegations=(Delegation("a", "b", JULY),))
    assert seen(lines, "b", JULY.first) == "a1 a11 a2 b1"
    assert seen(lines, "top", JULY.first) == "a1 a11 a2 b b1"  # and the next above answers for it, too


def test_a_delegate_who_left_sees_nobody() -> None:
    assert seen(company("b", delegations=(Delegation("a", "b", JULY),)), "b", JULY.first) == ""


# --- the chart


def test_the_chart_has_each_leader_before_their_team() -> None:
    today = company("a1").on(DAY)
    told = [(line.level, line.employee_id, line.acting_for, line.span, line.below) for line in chart(today, today.tops)]
    assert told == [
        (0, "top", "", 2, 5),
        (1, "a", "", 2, 2),
        (2, "a11", "a1", 0, 0),
        (2, "a2", "", 0, 0),
        (1, "b", "", 1, 1),
        (2, "b1", "", 0, 0),
    ]


def test_a_chart_may_be_deeper_than_the_stack() -> None:
    deep = {f"{number:05}": f"{number - 1:05}" if number else "" for number in range(5_000)}
    found = tree(deep)
    assert chart(found, found.tops)[0].below == 4_999


# --- whatever HR sends

NAMES = "abcdef"


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["", *NAMES, "x", "y"])),
    st.dictionaries(st.sampled_from(["x", "y", "z"]), st.sampled_from(["", *NAMES, "x", "y"])),
)
def test_everybody_is_somewhere_once_with_vacancies_too(managers: dict[str, str], above: dict[str, str]) -> None:
    found = tree(managers, above)
    owned = [one for team in found.reports.values() for one in team]
    assert sorted([*owned, *found.tops, *found.unowned]) == sorted(managers)
    assert all(found.employs(boss) and boss not in found.subtree_of(boss) for boss in found.reports)
    assert set(found.acting) <= set(owned)
    assert all(named in above for named in found.acting.values())
