"""What an LMS rejects of a unit's statements, clause by clause (cmi5 7.1, 9, 10.2), and when units are satisfied."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from lrs_bridge.domain.move_on import Group, UnitStanding, is_met, newly_satisfied
from lrs_bridge.xapi.cmi5_drafts import launch_url
from lrs_bridge.xapi.cmi5_rules import Said, judge
from lrs_bridge.xapi.cmi5_terms import (
    CMI5_CATEGORY,
    MASTERY_SCORE,
    MOVE_ON_CATEGORY,
    PROGRESS,
    SESSION_ID,
    VERBS,
    VERBS_OF_UNITS,
    SessionTerms,
)
from lrs_bridge.xapi.facts import facts_of

Statement = dict[str, Any]
ACTOR = {"objectType": "Agent", "account": {"homePage": "https://lms.example.com", "name": "7"}}
TERMS = SessionTerms(
    UUID(int=1), UUID(int=2), ACTOR, "https://lms.example.com/activities/1", "https://publisher.example.com/1",
    "Normal", 0.8,
)  # fmt: skip
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
RUNNING = Said({"initialized": BEGAN}, {}, BEGAN)
EXPERIENCED = "http://adlnet.gov/expapi/verbs/experienced"
GOOD_RESULTS: dict[str, Statement] = {
    "initialized": {},
    "completed": {"completion": True, "duration": "PT1M"},
    "passed": {"success": True, "duration": "PT1M", "score": {"scaled": 0.8}},
    "failed": {"success": False, "duration": "PT1M", "score": {"scaled": 0.79}},
    "terminated": {"duration": "PT1M"},
}


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def statement(verb: str, seconds: float = 10, *, defined: bool = True) -> Statement:
    result = GOOD_RESULTS.get(verb, {})
    counts = "success" in result or "completion" in result
    categories = [CMI5_CATEGORY] * defined + [MOVE_ON_CATEGORY] * (defined and counts)
    made: Statement = {
        "id": str(uuid4()),
        "actor": ACTOR,
        "verb": {"id": VERBS.get(verb, verb)},
        "object": {"id": TERMS.activity},
        "timestamp": after(seconds).isoformat().replace("+00:00", "Z"),
        "context": {
            "registration": str(TERMS.registration),
            "contextActivities": {
                "grouping": [{"id": TERMS.publisher}],
                "category": [{"id": one} for one in categories],
            },
            "extensions": {SESSION_ID: str(TERMS.session_id)} | ({MASTERY_SCORE: 0.8} if "score" in result else {}),
        },
    }
    return made | ({"result": deepcopy(result)} if result and defined else {})


def clauses(said: Said, *statements: Statement, terms: SessionTerms = TERMS) -> set[str]:
    return {problem.clause for problem in judge(terms, said, statements)[1]}


@pytest.mark.parametrize("verb", ["completed", "passed", "failed", "terminated", EXPERIENCED])
def test_what_is_right(verb: str) -> None:
    assert clauses(RUNNING, statement(verb, defined=verb in VERBS)) == set()
    assert clauses(RUNNING, statement(verb, defined=False)) == set()


def test_a_whole_session_at_once() -> None:
    verbs = ["terminated", "completed", "initialized", "passed"]  # in any order: the timestamps tell
    seconds = {"initialized": 0, "completed": 1, "passed": 1, "terminated": 2}
    said, problems = judge(TERMS, Said(), [statement(verb, seconds[verb]) for verb in verbs])
    assert problems == []
    assert said.session == {verb: after(seconds[verb]) for verb in verbs}
    assert said.registration == {"completed": after(1), "passed": after(1)}
    assert said.latest == after(2)


def change(path: str, value: Any = None) -> Callable[[Statement], None]:
    """Set what ``path`` names (slashes between steps), or without a value take it out."""

    def apply(made: Statement) -> None:
        *steps, last = path.split("|")
        place: Any = made
        for step in steps:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(last)
        else:
            place[last] = value

    return apply


def swap(kind: str, *iris: str) -> Callable[[Statement], None]:
    return change(f"context|contextActivities|{kind}", [{"id": iri} for iri in iris])


ALONE = [
    # verb, what is wrong, the clause that forbids it
    ("completed", change("id"), "cmi5 9.1"),
    ("completed", change("actor", {"mbox": "mailto:a@example.com"}), "cmi5 9.2"),
    ("completed", change("actor", {"account": {"homePage": "https://lms.example.com", "name": "8"}}), "cmi5 9.2"),
    ("completed", change("actor", ACTOR | {"objectType": "Group"}), "cmi5 9.2"),
    (EXPERIENCED, change("verb", {"id": "http://adlnet.gov/expapi/verbs/voided"}), "cmi5 6.3"),
    (EXPERIENCED, change("actor", {"mbox": "mailto:a@example.com"}), "cmi5 9.2"),
    (EXPERIENCED, change("context|extensions|" + SESSION_ID, "other"), "cmi5 9.6.3.1"),
    (EXPERIENCED, swap("grouping", "https://elsewhere.example.com"), "cmi5 9.6.2"),
    (EXPERIENCED, change("context|registration", str(UUID(int=9))), "cmi5 9.6.1"),
    (EXPERIENCED, swap("category", MOVE_ON_CATEGORY), "cmi5 9.6.2.2"),
    (EXPERIENCED, swap("category", CMI5_CATEGORY), "cmi5 7.1.3"),
    *((verb, swap("category", CMI5_CATEGORY), "cmi5 7.1.3") for verb in sorted(VERBS.keys() - VERBS_OF_UNITS)),
    ("completed", change("context|registration"), "cmi5 9.6.1"),
    ("completed", change("context|extensions|" + SESSION_ID), "cmi5 9.6.3.1"),
    ("completed", change("context|contextActivities|grouping"), "cmi5 9.6.2"),
    ("completed", change("object", {"id": TERMS.publisher}), "cmi5 9.4"),
    ("completed", change("object", {"objectType": "Agent", **ACTOR}), "cmi5 9.4"),
    ("completed", change("timestamp"), "cmi5 9.7"),
    ("completed", change("timestamp", "2026-03-02T10:00:10+01:00"), "cmi5 9.7"),
    ("completed", change("timestamp", "2026-03-02T09:00:10"), "cmi5 9.7"),
    ("completed", change("result|score", {"scaled": 1}), "cmi5 9.5.1"),
    ("terminated", change("result|score", {"scaled": 1}), "cmi5 9.5.1"),
    ("passed", change("result|score", {"raw": 5}), "cmi5 9.5.1"),
    ("passed", change("result|score", {"raw": 5, "min": 0}), "cmi5 9.5.1"),
    ("failed", change("result|score", {"scaled": -0.5}), "cmi5 9.5.1"),
    ("completed", change("result|success", value=True), "cmi5 9.5.2"),
    ("passed", change("result|success"), "cmi5 9.5.2"),
    ("passed", change("result|success", value=False), "cmi5 9.5.2"),
    ("failed", change("result|success", value=True), "cmi5 9.5.2"),
    ("terminated", change("result|success", value=True), "cmi5 9.5.2"),
    ("completed", change("result|completion"), "cmi5 9.5.3"),
    ("completed", change("result|completion", value=False), "cmi5 9.5.3"),
    ("passed", change("result|completion", value=True), "cmi5 9.5.3"),
    ("terminated", change("result|completion", value=True), "cmi5 9.5.3"),
    *((verb, change("result|duration"), "cmi5 9.5.4.1") for verb in ("completed", "passed", "failed", "terminated")),
    ("terminated", change("result|extensions", {PROGRESS: 101}), "cmi5 9.5.5.1"),
    ("terminated", change("result|extensions", {PROGRESS: "50"}), "cmi5 9.5.5.1"),
    ("terminated", change("result|extensions", {PROGRESS: 0.5}), "cmi5 9.5.5.1"),
    ("completed", swap("category", CMI5_CATEGORY), "cmi5 9.6.2.2"),
    ("terminated", swap("category", CMI5_CATEGORY, MOVE_ON_CATEGORY), "cmi5 9.6.2.2"),
    ("passed", change("result|score", {"scaled": 0.79}), "cmi5 9.3.4"),
    ("failed", change("result|score", {"scaled": 0.8}), "cmi5 9.3.5"),
    ("passed", change("context|extensions|" + MASTERY_SCORE), "cmi5 9.6.3.2"),
    ("failed", change("context|extensions|" + MASTERY_SCORE, 0.5), "cmi5 9.6.3.2"),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "spoil", "clause"), ALONE)
def test_what_one_statement_breaks(verb: str, spoil: Callable[[Statement], None], clause: str) -> None:
    made = statement(verb, defined=verb in VERBS)
    spoil(made)
    # the moveOn category has to fit success and completion: it is wrong along with them
    assert {clause} <= clauses(RUNNING, made) <= {clause, "cmi5 9.6.2.2"}


AFTER_PASSED = Said({"initialized": BEGAN}, {"passed": after(-99), "completed": after(-99)}, BEGAN)
OVER = Said({"initialized": BEGAN, "terminated": after(20)}, {}, after(20))
PASSED_HERE = Said({"initialized": BEGAN, "passed": after(5)}, {"passed": after(5)}, after(5))
ORDER = [
    # what is known, then what comes: the verb, its time, and whether it is "cmi5 defined"
    (Said(), ("completed", 1, True), {"cmi5 9.3.2"}),
    (Said(), ("terminated", 1, True), {"cmi5 9.3.2"}),
    (Said(), (EXPERIENCED, 1, False), {"cmi5 9.3.2"}),
    (Said(), ("initialized", 1, False), {"cmi5 9.3.2"}),
    (Said(), ("initialized", 1, True), set()),
    (RUNNING, ("initialized", 1, True), {"cmi5 9.3"}),
    (RUNNING, ("completed", -1, True), {"cmi5 9.3"}),
    (RUNNING, (EXPERIENCED, -1, False), {"cmi5 9.3"}),
    (RUNNING, (EXPERIENCED, 0, False), set()),
    (PASSED_HERE, ("passed", 6, True), {"cmi5 9.3"}),
    (PASSED_HERE, ("failed", 6, True), {"cmi5 9.3"}),
    (PASSED_HERE, ("passed", 6, False), set()),
    (PASSED_HERE, ("terminated", 4, True), {"cmi5 9.3.8"}),
    (PASSED_HERE, ("terminated", 5, True), set()),
    (Said({"initialized": BEGAN, "failed": after(5)}, {}, after(5)), ("passed", 6, True), {"cmi5 9.3"}),
    (AFTER_PASSED, ("passed", 1, True), {"cmi5 9.3.4"}),
    (AFTER_PASSED, ("completed", 1, True), {"cmi5 9.3.3"}),
    (AFTER_PASSED, ("failed", 1, True), {"cmi5 9.3"}),
    (OVER, (EXPERIENCED, 20, False), {"cmi5 9.3.8"}),
    (OVER, (EXPERIENCED, 21, False), {"cmi5 9.3.8"}),
    (OVER, (EXPERIENCED, 19, False), set()),
    (OVER, ("completed", 30, True), {"cmi5 9.3.8"}),
    (OVER, ("terminated", 20, True), {"cmi5 9.3", "cmi5 9.3.8"}),
]


@pytest.mark.parametrize(("said", "comes", "expected"), ORDER)
def test_what_the_order_forbids(said: Said, comes: tuple[str, float, bool], expected: set[str]) -> None:
    verb, seconds, defined = comes
    assert clauses(said, statement(verb, seconds, defined=defined)) == expected


@pytest.mark.parametrize("mode", ["Browse", "Review"])
@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("completed", {"cmi5 10.2.2"}),
        ("passed", {"cmi5 10.2.2"}),
        ("failed", {"cmi5 10.2.2"}),
        ("terminated", set()),
        (EXPERIENCED, set()),
    ],
)
def test_what_a_mode_forbids(mode: str, verb: str, expected: set[str]) -> None:
    terms = SessionTerms(**{name: getattr(TERMS, name) for name in TERMS.__slots__} | {"mode": mode})
    assert clauses(RUNNING, statement(verb, defined=verb in VERBS), terms=terms) == expected


@pytest.mark.parametrize("scaled", [0.1, 0.9])
def test_without_a_mastery_the_unit_judges(scaled: float) -> None:
    terms = SessionTerms(**{name: getattr(TERMS, name) for name in TERMS.__slots__} | {"mastery": None})
    made = statement("passed")
    made["result"]["score"] = {"scaled": scaled}
    assert clauses(RUNNING, made, terms=terms) == {"cmi5 9.6.3.2"}
    del made["context"]["extensions"][MASTERY_SCORE]
    assert clauses(RUNNING, made, terms=terms) == set()


def test_a_verdict_without_a_score_was_judged_by_none() -> None:
    made = statement("passed")
    del made["result"]["score"]
    assert clauses(RUNNING, made) == set()
    del made["context"]["extensions"][MASTERY_SCORE]
    assert clauses(RUNNING, made) == set()


def test_a_raw_score_may_have_decimals() -> None:
    made = statement("passed")
    made["result"]["score"] |= {"raw": 66.5, "min": 0, "max": 100}
    assert clauses(RUNNING, made) == set()


def test_a_single_activity_stands_for_a_list() -> None:
    made = statement("terminated")
    activities = made["context"]["contextActivities"]
    made["context"]["contextActivities"] = {name: listed[0] for name, listed in activities.items()}
    assert clauses(RUNNING, made) == set()


def test_every_fault_is_named_at_its_place() -> None:
    good, bad = statement("completed", 1), statement("passed", 2)
    del bad["result"]["duration"]
    bad["object"]["id"] = TERMS.publisher
    _, problems = judge(TERMS, RUNNING, [bad, good])
    assert [problem.place for problem in problems] == ["/0/object/id", "/0/result/duration"]


@pytest.mark.parametrize(("defined", "counts"), [(True, True), (False, False)])
def test_only_what_is_cmi5_defined_proves_anything(defined: bool, counts: bool) -> None:
    made = statement("passed", defined=defined) | {"stored": "2026-03-02T09:00:11Z"}
    assert (facts_of(made) is not None) is counts


@pytest.mark.parametrize(
    ("move_on", "expected"),
    [
        # nothing, completed, passed, both, waived
        ("Completed", (False, True, False, True, True)),
        ("Passed", (False, False, True, True, True)),
        ("CompletedAndPassed", (False, False, False, True, True)),
        ("CompletedOrPassed", (False, True, True, True, True)),
        ("NotApplicable", (True, True, True, True, True)),
    ],
)
def test_move_on(move_on: str, expected: tuple[bool, ...]) -> None:
    standings = (
        UnitStanding(),
        UnitStanding(completed=True),
        UnitStanding(passed=True),
        UnitStanding(completed=True, passed=True),
        UnitStanding(waived=True),
    )
    assert tuple(is_met(move_on, standing) for standing in standings) == expected


GROUPS = [Group("inner", ["a"]), Group("outer", ["a", "b"]), Group("course", ["a", "b", "c"])]


@pytest.mark.parametrize(
    ("met", "known", "expected"),
    [
        (set(), set(), []),
        ({"b"}, set(), []),
        ({"a"}, set(), ["inner"]),
        ({"a"}, {"inner"}, []),
        ({"a", "b"}, {"inner"}, ["outer"]),
        ({"a", "b", "c"}, set(), ["inner", "outer", "course"]),
        ({"a", "b", "c"}, {"inner", "outer", "course"}, []),
    ],
)
def test_what_becomes_satisfied(met: set[str], known: set[str], expected: list[str]) -> None:
    assert [group.identifier for group in newly_satisfied(GROUPS, met, known)] == expected


@pytest.mark.parametrize(
    ("url", "begins", "ends"),
    [
        (
            "https://a.example/x",
            "https://a.example/x?endpoint=https%3A%2F%2Flrs%2F&fetch=https%3A%2F%2Ff&actor=%7B%7D&",
            "",
        ),
        ("https://a.example/x?b=1", "https://a.example/x?b=1&endpoint=", ""),
        ("https://a.example/x?", "https://a.example/x?endpoint=", ""),
        ("https://a.example/x?b=1#/page", "https://a.example/x?b=1&endpoint=", "#/page"),
        ("https://a.example/x#?b=1", "https://a.example/x?endpoint=", "#?b=1"),
    ],
)
def test_the_launch_url(url: str, begins: str, ends: str) -> None:
    made = launch_url(TERMS, url, endpoint="https://lrs/", fetch="https://f", actor="{}")
    assert made.startswith(begins)
    assert made.endswith(f"activityId=https%3A%2F%2Flms.example.com%2Factivities%2F1{ends}")
