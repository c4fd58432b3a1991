"""SCORM 2004 run time: what a commit changes, what the statuses are worth, and what the next session starts with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lrs_bridge.courseware.attempt_state import AttemptState, Learner
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.scorm2004_runtime import (
    close_stale,
    commit,
    first_cmi,
    proof_only,
    status_of,
)
from lrs_bridge.courseware.scorm2004_values import as_duration, believed, duration
from lrs_bridge.domain.runtime_events import Event, Score

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ZOE = Learner("000123", "Ångström", "Zoë")
PLAIN = LaunchableUnit("u1", "Passwords", "index.html")
PASSING = replace(PLAIN, mastery_score=0.8, mastery_raw="0.8")
THRESHOLD = replace(PLAIN, completion_threshold=0.5)
BY_CONTENT = replace(PLAIN, content_completes=True)
BOTH = replace(PASSING, completion_threshold=0.5)


def cmi(
    completion: str = "", success: str = "", scaled: str = "", progress: str = "", leaving: str = ""
) -> dict[str, str]:
    named = {
        "completion_status": completion,
        "success_status": success,
        "score.scaled": scaled,
        "progress_measure": progress,
        "exit": leaving,
    }
    return {f"cmi.{name}": value for name, value in named.items() if value}


def sent(
    state: AttemptState,
    elements: Mapping[str, Any],
    *,
    unit: LaunchableUnit = PLAIN,
    final: bool = False,
    launch: str = "a",
) -> tuple[AttemptState, list[Event]]:
    sequence = state.sequence + 1 if state.launch == launch else 1
    return commit(state, elements, final=final, at=AT, unit=unit, launch=launch, sequence=sequence)


def kinds(events: list[Event]) -> list[str]:
    return [str(event.kind) for event in events]


VERDICTS = [
    # unit, said, then: completed, success, kinds of events after initialized
    (PLAIN, cmi("completed"), True, None, ["completed", "terminated"]),
    (PLAIN, cmi("completed", "passed"), True, True, ["completed", "passed", "terminated"]),
    (PLAIN, cmi("completed", "failed"), True, False, ["completed", "failed", "terminated"]),
    (PLAIN, cmi("incomplete", "passed"), False, True, ["passed", "terminated"]),
    (PLAIN, cmi("incomplete"), False, None, ["terminated"]),
    (PLAIN, cmi("not attempted"), False, None, ["terminated"]),
    (PLAIN, {}, True, None, ["completed", "terminated"]),
    (PLAIN, cmi(leaving="suspend"), False, None, ["suspended"]),
    (PLAIN, {"adl.nav.request": "suspendAll"}, False, None, ["suspended"]),
    (PLAIN, cmi("incomplete", leaving="suspend"), False, None, ["suspended"]),
    (BY_CONTENT, {}, False, None, ["terminated"]),
    (PLAIN, cmi("completed", scaled="0.9"), True, None, ["scored", "completed", "terminated"]),
    # the passing score decides, whatever the course said
    (PASSING, cmi("completed", scaled="0.8"), True, True, ["scored", "completed", "passed", "terminated"]),
    (PASSING, cmi("completed", "passed", "0.5"), True, False, ["scored", "completed", "failed", "terminated"]),
    (PASSING, cmi("completed", "failed", "0.9"), True, True, ["scored", "completed", "passed", "terminated"]),
    (PASSING, cmi("completed", "passed"), True, None, ["completed", "terminated"]),
    (PASSING, cmi("incomplete", scaled="0.2", leaving="suspend"), False, None, ["scored", "suspended"]),
    (PASSING, cmi("completed", scaled="0.2", leaving="suspend"), True, False,
     ["scored", "completed", "failed", "suspended"]),
    # the measure decides, whatever the course said
    (THRESHOLD, cmi("incomplete", progress="0.5"), True, None, ["progressed", "completed", "terminated"]),
    (THRESHOLD, cmi("completed", progress="0.4"), False, None, ["progressed", "terminated"]),
    (THRESHOLD, cmi("completed"), False, None, ["terminated"]),
    (BOTH, cmi(scaled="1", progress="1"), True, True,
     ["scored", "progressed", "completed", "passed", "terminated"]),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "said", "completed", "success", "expected"), VERDICTS)
def test_verdict_at_the_end(
    unit: LaunchableUnit, said: dict[str, str], completed: bool, success: bool | None, expected: list[str]
) -> None:
    state, events = sent(AttemptState(), said, unit=unit, final=True)
    assert (state.completed, state.success) == (completed, success)
    assert kinds(events) == ["initialized", *expected]
    assert (events[-1].completion, events[-1].success) == (completed, success)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (cmi(scaled="1"), ["scored"]),  # all of the first question of five
        (cmi(scaled="0.2"), ["scored"]),
        (cmi(success="passed", scaled="0.2"), ["scored"]),
        (cmi(success="passed"), []),
        (cmi(success="passed", scaled="0.9"), ["scored", "passed"]),
        (cmi(success="failed", scaled="0.2"), ["scored", "failed"]),
    ],
)
def test_before_the_end_score_and_course_must_agree(said: dict[str, str], expected: list[str]) -> None:
    _, events = sent(AttemptState(), said, unit=PASSING)
    assert kinds(events) == ["initialized", *expected]


def test_no_verdict_is_taken_back() -> None:
    state, _ = sent(AttemptState(), cmi("completed", "passed", "0.9"), unit=PASSING)
    state, events = sent(state, cmi("incomplete", "failed", "0.3"), unit=PASSING, final=True)
    assert (state.completed, state.success) == (True, True)
    assert kinds(events) == ["scored", "terminated"]
    assert "stays passed" in " ".join(state.notes)
    assert "stays completed" in " ".join(state.notes)


def test_a_better_score_is_said_again() -> None:
    state, _ = sent(AttemptState(), cmi("completed", "passed", "0.8"), unit=PASSING)
    state, events = sent(state, cmi(scaled="0.95"), unit=PASSING)
    assert kinds(events) == ["scored", "passed"]
    assert state.verdict_raw == 0.95


def test_a_commit_again_changes_nothing() -> None:
    state, _ = sent(AttemptState(), cmi("completed"))
    again = commit(state, cmi("completed", "passed"), final=False, at=AT, unit=PLAIN, launch="a", sequence=1)
    assert again == (replace(state, notes=()), [])


def test_a_suspended_session_goes_on() -> None:
    left = cmi("incomplete", leaving="suspend") | {
        "cmi.location": "p4", "cmi.suspend_data": "x=1", "cmi.session_time": "PT10M5.5S",
        "cmi.interactions.0.id": "q1", "cmi.interactions.0.learner_response": "a", "cmi.objectives.0.id": "o",
    }  # fmt: skip
    state, _ = sent(AttemptState(), left, final=True)
    state = AttemptState.from_json(json.loads(json.dumps(state.as_json())))
    assert (state.suspended, state.goes_on, state.total_seconds) == (True, True, 605.5)
    assert first_cmi(PASSING, ZOE, state) == {
        "cmi.learner_id": "000123",
        "cmi.learner_name": "Ångström, Zoë",
        "cmi.credit": "credit",
        "cmi.mode": "normal",
        "cmi.entry": "resume",
        "cmi.total_time": "PT0H10M5.5S",
        "cmi.scaled_passing_score": "0.8",
        "cmi.completion_status": "incomplete",
        "cmi.location": "p4",
        "cmi.suspend_data": "x=1",
        "cmi.interactions.0.id": "q1",
        "cmi.interactions.0.learner_response": "a",
        "cmi.objectives.0.id": "o",
    }
    _, events = sent(state, {}, launch="b")
    assert kinds(events) == ["resumed"]


def test_a_session_that_ended_is_a_new_attempt() -> None:
    state, _ = sent(AttemptState(), cmi("incomplete", leaving="normal") | {"cmi.location": "p4"}, final=True)
    assert (state.goes_on, status_of(state)) == (False, "incomplete")
    begins = first_cmi(PLAIN, ZOE, state)
    assert begins["cmi.entry"] == "ab-initio"
    assert not {"cmi.location", "cmi.completion_status"} & set(begins)


def test_a_lost_window_is_suspended_at_its_last_commit() -> None:
    state, _ = sent(AttemptState(), {"cmi.suspend_data": "x=1", "cmi.session_time": "PT1M"})
    closed, events = close_stale(state, PLAIN)
    assert kinds(events) == ["suspended"]
    assert events[0].key == "closed:a"
    assert (closed.open, closed.suspended, closed.total_seconds) == (False, True, 60)
    assert first_cmi(PLAIN, ZOE, state)["cmi.entry"] == "resume"
    _, events = sent(state, {}, launch="b")
    assert kinds(events) == ["suspended", "resumed"]


def test_answers_in_the_formats_of_xapi() -> None:
    row = {
        "id": "q1", "type": "matching", "learner_response": "a[.]1[,]b[.]2", "result": "incorrect",
        "correct_responses.0.pattern": "a[.]2[,]b[.]1", "latency": "PT12.5S", "description": "{lang=en}Which?",
        "weighting": "1", "timestamp": "2026-03-02T09:30:00",
    }  # fmt: skip
    _, events = sent(AttemptState(), {f"cmi.interactions.0.{name}": value for name, value in row.items()})
    found = events[-1].interaction
    assert found is not None
    assert (found.id, found.type, found.response) == ("q1", "matching", "a[.]1[,]b[.]2")
    assert (found.correct, found.success) == (("a[.]2[,]b[.]1",), False)
    assert (found.latency, found.description) == (timedelta(seconds=12.5), "Which?")


def test_objectives_have_events_of_their_own() -> None:
    row = {"id": "o1", "success_status": "passed", "completion_status": "completed", "score.scaled": "0.7"}
    state, events = sent(AttemptState(), {f"cmi.objectives.0.{name}": value for name, value in row.items()})
    assert [(str(event.kind), event.objective) for event in events[1:]] == [
        ("scored", "o1"),
        ("completed", "o1"),
        ("passed", "o1"),
    ]
    _, events = sent(state, {"cmi.objectives.0.id": "o1", "cmi.objectives.0.success_status": "failed"})
    assert events == [], "a passed objective stays passed"


def test_a_comment_is_told_once() -> None:
    row = {"cmi.comments_from_learner.0.comment": "{lang=de}Gut!", "cmi.comments_from_learner.0.location": "p4"}
    state, events = sent(AttemptState(), row)
    assert [(str(event.kind), event.comment) for event in events[1:]] == [("commented", "Gut!")]
    assert sent(state, row)[1] == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"scaled": "0.5"}, Score(scaled=0.5)),
        ({"raw": "8", "min": "0", "max": "10"}, Score(raw=8, min=0, max=10)),
        ({"scaled": "0.8", "raw": "8", "max": "10"}, Score(scaled=0.8, raw=8, max=10)),
        ({"scaled": "0.8", "raw": "12", "max": "10"}, Score(scaled=0.8, raw=12)),
        ({"raw": "8", "min": "9", "max": "3"}, Score(raw=8)),
    ],
)
def test_scores(parts: dict[str, str], expected: Score) -> None:
    _, events = sent(AttemptState(), {f"cmi.score.{name}": value for name, value in parts.items()})
    assert events[-1].score == expected


@pytest.mark.parametrize(
    ("element", "value", "believable"),
    [
        ("cmi.completion_status", "completed", True),
        ("cmi.completion_status", "passed", False),
        ("cmi.score.scaled", "1.2", False),
        ("cmi.score.scaled", "-1", True),
        ("cmi.score.raw", "1200", True),
        ("cmi.progress_measure", "1.01", False),
        ("cmi.session_time", "PT1H", True),
        ("cmi.session_time", "01:00:00", False),
        ("cmi.suspend_data", "x" * 256 * 1024, True),
        ("cmi.suspend_data", "x" * (256 * 1024 + 1), False),
        ("cmi.interactions.0.type", "long-fill-in", True),
        ("cmi.interactions.0.timestamp", "2026-03-02T09:30:00.5+01:00", True),
        ("cmi.interactions.0.timestamp", "yesterday", False),
        ("cmi.interactions.9999.id", "q", False),
        ("cmi.learner_preference.audio_level", "1", True),
        ("cmi.core.lesson_status", "passed", False),
        ("cmi.location", "a\0b", False),
        ("adl.nav.request", "{target=B}choice", True),
        ("adl.nav.request", "explode", False),
    ],
)
def test_what_is_believed(element: str, value: str, believable: bool) -> None:
    taken, problems = believed({element: value})
    assert (element in taken) is believable
    assert bool(problems) is (not believable or len(value) > 64_000)


@pytest.mark.parametrize(
    "element", ["cmi.learner_id", "cmi.scaled_passing_score", "cmi.entry", "cmi.objectives._count"]
)
def test_what_the_launch_says_is_not_the_courses(element: str) -> None:
    assert believed({element: "x"}) == ({}, ())


def test_late_work_proves_but_moves_no_bookmark() -> None:
    late = cmi("completed", "passed", "0.9", leaving="suspend") | {"cmi.suspend_data": "old", "cmi.location": "p1"}
    assert proof_only(late) == cmi("completed", "passed", "0.9")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT0S", 0), ("PT1H30M", 5400), ("P1DT1S", 86_401), ("PT0.05S", 0.05), ("P1Y", 365 * 86_400),
        ("", None), ("P", None), ("PT", None), ("1H", None), ("PT1.234S", None), ("-PT1S", None), ("P1W", None),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    found = duration(text)
    assert (found.total_seconds() if found is not None else None) == seconds


@pytest.mark.parametrize(("seconds", "text"), [(0, "PT0H0M0S"), (3723.45, "PT1H2M3.45S"), (59.999, "PT0H1M0S")])
def test_as_duration(seconds: float, text: str) -> None:
    assert as_duration(seconds) == text
    assert duration(text) is not None


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({}, "incomplete"),
        (cmi("completed"), "completed"),
        (cmi("completed", "passed"), "passed"),
        (cmi("completed", "failed"), "failed"),
    ],
)
def test_one_word_for_the_contents(said: dict[str, str], word: str) -> None:
    assert status_of(sent(AttemptState(), said)[0]) == word
    assert status_of(AttemptState()) == "not attempted"
