"""The tree of managers on a date: whole where the lines hold, cut and named where they do not."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.domain.people import EmploymentSpell, JobAssignment, PersonRecord
from lrs_bridge.domain.periods import Period
from lrs_bridge.roster.organisation import managers_on, organisation_problems, tree

SOUND = {"top": "", "a": "top", "b": "top", "a1": "a", "a2": "a", "a11": "a1"}


def test_a_sound_tree() -> None:
    found = tree(SOUND)
    assert (found.tops, found.unowned) == (("top",), {})
    assert found.team_of("top") == ("a", "b")
    assert found.subtree_of("a") == ("a1", "a11", "a2")
    assert found.subtree_of("top") == ("a", "a1", "a11", "a2", "b")
    assert found.team_of("a11") == found.subtree_of("nobody") == ()


@pytest.mark.parametrize(
    ("managers", "unowned"),
    [
        ({"a": "a"}, {"a": "a is their own manager"}),
        ({"a": "b", "b": "a"}, dict.fromkeys("ab", "the managers form a loop: a → b → a")),
        ({"c": "a", "a": "b", "b": "c", "d": "c"}, dict.fromkeys("abc", "the managers form a loop: a → b → c → a")),
        ({"a": "x"}, {"a": "the manager x is not employed on this date or in no roster"}),
        (
            {"00012": "", "7": "12"},
            {"7": "the manager 12 is not employed on this date or in no roster; 00012 may be meant"},
        ),
    ],
)
def test_broken_lines_are_unowned_with_the_reason(managers: dict[str, str], unowned: dict[str, str]) -> None:
    assert tree(managers).unowned == unowned


def test_who_hangs_below_a_loop_keeps_their_manager() -> None:
    found = tree({"a": "b", "b": "a", "c": "a", "d": "c"})
    assert found.subtree_of("a") == ("c", "d")
    assert found.subtree_of("b") == ()


def test_a_long_loop_is_told_in_short() -> None:
    ring = {f"{one:02}": f"{(one + 1) % 40:02}" for one in range(40)}
    assert tree(ring).unowned["07"].endswith("10 → 11 → … → 00")


def test_wide_spans_and_unowned_people_are_warned_of() -> None:
    team = {f"{one:02}": "boss" for one in range(13)} | {"boss": "", "lost": "nobody"}
    lost, wide = organisation_problems(tree(team), {"boss": "r.csv:2:manager_id"})
    assert (lost.place, lost.severity) == ("person lost", "warning")
    assert (wide.place, wide.reason) == ("r.csv:2:manager_id", "boss has 13 direct reports, more than 12")


def test_the_lines_are_those_of_the_date() -> None:
    old = JobAssignment(Period(date(2020, 1, 1), date(2026, 3, 31)), manager_id="x")
    new = JobAssignment(Period(date(2026, 4, 1)), manager_id="y")
    spell = EmploymentSpell(Period(date(2020, 1, 1), date(2026, 6, 30)))
    person = PersonRecord(UUID(int=1), "1", "UTC", spells=(spell,), jobs=(old, new))
    seen = [managers_on([person], day) for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 7, 1))]
    assert seen == [{"1": "x"}, {"1": "y"}, {}]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", *"abcdefx"])))
def test_everybody_is_somewhere_exactly_once(managers: dict[str, str]) -> None:
    found = tree(managers)
    owned = [person for team in found.reports.values() for person in team]
    assert sorted([*owned, *found.tops, *found.unowned]) == sorted(managers)
    assert all(boss not in found.subtree_of(boss) for boss in managers)
