"""SCORM 1.2 run time: sequences of commits to events and state, and the CMI that each session starts with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lrs_bridge.courseware.attempt_state import AttemptState, Learner
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.runtime_wire import acknowledged, happened, read_commit
from lrs_bridge.courseware.scorm12_rows import as_xapi_response
from lrs_bridge.courseware.scorm12_runtime import close_stale, commit, first_cmi, proof_only
from lrs_bridge.courseware.scorm12_values import as_timespan, believed, timespan
from lrs_bridge.domain.runtime_events import Event
from lrs_bridge.errors import RequestRefused

SAMPLES = sorted((Path(__file__).parent / "samples" / "scorm12_commits").glob("*.json"))
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEARNER = Learner("000123", "Ångström", "Zoë")
PLAIN = LaunchableUnit("u1", "Passwords", "index.html")
MASTERY = LaunchableUnit("u1", "Passwords", "index.html", mastery_score=0.8, mastery_raw="80")


def kinds(events: list[Event]) -> list[str]:
    return [f"{event.kind} {event.objective}".strip() for event in events]


def sent(
    state: AttemptState, cmi: Mapping[str, Any], *, unit: LaunchableUnit = PLAIN, final: bool = False, launch: str = "a"
) -> tuple[AttemptState, list[Event]]:
    return commit(state, cmi, final=final, at=NINE, unit=unit, launch=launch, sequence=state.sequence + 1)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_an_attempt_commit_by_commit(sample: Path) -> None:
    attempt = json.loads(sample.read_text())
    unit = LaunchableUnit("u1", "Passwords", "index.html", **attempt["unit"])
    state = AttemptState()
    for number, one in enumerate(attempt["commits"]):
        message = read_commit({"final": False} | one)
        state, events = commit(
            AttemptState.from_json(json.loads(json.dumps(state.as_json()))),
            message.cmi,
            final=message.final,
            at=NINE + timedelta(minutes=number),
            unit=unit,
            launch=message.launch,
            sequence=message.sequence,
        )
        assert kinds(events) == one["events"], number
        assert {name: getattr(state, name) for name in one["state"]} == one["state"], number


def core(status: str, raw: str = "", leaving: str = "") -> dict[str, str]:
    named = {"cmi.core.lesson_status": status, "cmi.core.score.raw": raw, "cmi.core.exit": leaving}
    return {name: value for name, value in named.items() if value}


# unit, what the course says at LMSFinish: completed, success, and the kinds of events
AT_FINISH = [
    (PLAIN, core(""), True, None, ["completed", "terminated"]),
    (PLAIN, core("", leaving="suspend"), False, None, ["suspended"]),
    (PLAIN, core("", leaving="time-out"), False, None, ["terminated"]),
    (PLAIN, core("incomplete"), False, None, ["terminated"]),
    (PLAIN, core("browsed"), False, None, ["terminated"]),
    (PLAIN, core("completed", leaving="logout"), True, None, ["completed", "terminated"]),
    (PLAIN, core("passed"), True, True, ["completed", "passed", "terminated"]),
    (PLAIN, core("failed", "10"), False, False, ["scored", "failed", "terminated"]),
    (MASTERY, core("", "80"), True, True, ["scored", "completed", "passed", "terminated"]),
    (MASTERY, core("", "79.9"), False, False, ["scored", "failed", "terminated"]),
    (MASTERY, core("completed", "90"), True, True, ["scored", "completed", "passed", "terminated"]),
    (MASTERY, core("completed", "40"), True, False, ["scored", "completed", "failed", "terminated"]),
    (MASTERY, core("incomplete", "95", "suspend"), True, True, ["scored", "completed", "passed", "suspended"]),
    (MASTERY, core("incomplete", "40", "suspend"), False, None, ["scored", "suspended"]),
    (MASTERY, core("passed", "40"), False, False, ["scored", "failed", "terminated"]),
    (MASTERY, core("failed", "90"), True, True, ["scored", "completed", "passed", "terminated"]),
    (MASTERY, core("passed"), True, True, ["completed", "passed", "terminated"]),
]


@pytest.mark.parametrize(("unit", "cmi", "completed", "success", "expected"), AT_FINISH)
def test_the_verdict_at_the_end(
    unit: LaunchableUnit, cmi: dict[str, str], completed: bool, success: bool | None, expected: list[str]
) -> None:
    state, events = sent(AttemptState(), cmi, unit=unit, final=True)
    assert (state.completed, state.success) == (completed, success)
    # "completed" said by a course below mastery is the course's own word and stands; the verdict is failed
    assert kinds(events) == ["initialized", *expected]


BEFORE_THE_END = [
    (MASTERY, core("passed", "40"), []),
    (MASTERY, core("passed"), []),
    (MASTERY, core("failed", "90"), []),
    (MASTERY, core("passed", "90"), ["completed", "passed"]),
    (MASTERY, core("failed", "40"), ["failed"]),
    (MASTERY, core("completed", "40"), ["completed"]),
    (PLAIN, core("passed", "40"), ["completed", "passed"]),
    (PLAIN, core(""), []),
]


@pytest.mark.parametrize(("unit", "cmi", "expected"), BEFORE_THE_END)
def test_a_verdict_before_the_end_needs_the_score_to_bear_it_out(
    unit: LaunchableUnit, cmi: dict[str, str], expected: list[str]
) -> None:
    _, events = sent(AttemptState(), cmi, unit=unit)
    assert [kind for kind in kinds(events) if kind not in {"initialized", "scored"}] == expected


def test_a_held_verdict_comes_with_the_end() -> None:
    held, _ = sent(AttemptState(), core("passed"), unit=MASTERY)
    assert kinds(sent(held, {}, unit=MASTERY, final=True)[1]) == ["completed", "passed", "terminated"]
    assert kinds(close_stale(held, MASTERY)[1]) == ["completed", "passed", "suspended"]


DOWNGRADES = ["failed", "incomplete", "browsed", "not attempted", "completed"]


@pytest.mark.parametrize("word", DOWNGRADES)
@pytest.mark.parametrize("verdict", ["passed", "completed"])
@pytest.mark.parametrize("final", [True, False])
def test_a_verdict_is_never_taken_back(verdict: str, word: str, final: bool) -> None:
    first, _ = sent(AttemptState(), core(verdict, "90"))
    state, events = sent(first, core(word, "10"), final=final)
    assert state.completed
    assert state.success is (True if verdict == "passed" else False if word == "failed" else None)
    assert not {"completed", "passed"} & set(kinds(events))
    again = first_cmi(PLAIN, LEARNER, state)["cmi.core.lesson_status"]
    assert again == ("passed" if verdict == "passed" else "failed" if word == "failed" else "completed")


def test_a_better_score_says_the_verdict_again_and_a_worse_one_does_not() -> None:
    state, _ = sent(AttemptState(), core("passed", "80"))
    state, events = sent(state, {"cmi.core.score.raw": "95"})
    assert kinds(events) == ["scored", "passed"]
    assert events[-1].score is not None
    assert events[-1].score.scaled == 0.95
    assert kinds(sent(state, {"cmi.core.score.raw": "60"})[1]) == ["scored"]


def test_a_replay_changes_nothing() -> None:
    state, _ = sent(AttemptState(), core("passed", "80"))
    for sequence in (1, 0):
        again, events = commit(state, core("failed"), final=True, at=NINE, unit=PLAIN, launch="a", sequence=sequence)
        assert (again, events) == (state, [])


SUSPENDED = {"cmi.suspend_data": "s", "cmi.core.lesson_location": "7", "cmi.core.session_time": "00:01:00.5"}
NEXT_START = [
    # what the course said, LMSFinish or not; entry and whether the bookmarks are given back
    (core("incomplete", leaving="suspend"), True, "resume", True),
    (core("passed", leaving="suspend"), True, "resume", True),
    (core("passed"), False, "resume", True),
    (core("incomplete"), True, "", True),
    (core("completed"), True, "", False),
    (core("passed", leaving="logout"), True, "", False),
]


@pytest.mark.parametrize(("cmi", "final", "entry", "given_back"), NEXT_START)
def test_what_the_next_session_starts_with(cmi: dict[str, str], final: bool, entry: str, given_back: bool) -> None:
    state, _ = sent(AttemptState(), cmi | SUSPENDED, final=final)
    start = first_cmi(PLAIN, LEARNER, state)
    assert start["cmi.core.entry"] == entry
    assert ("cmi.suspend_data" in start, "cmi.core.lesson_location" in start) == (given_back, given_back)
    assert start["cmi.core.lesson_status"] == cmi["cmi.core.lesson_status"]
    assert start["cmi.core.total_time"] == "0000:01:00.50"
    assert not {"cmi.core.exit", "cmi.core.session_time"} & set(start)
    # and the session that follows begins where the state says it does
    following, _ = sent(state, {}, launch="b")
    assert following.cmi.get("cmi.suspend_data") == start.get("cmi.suspend_data")


def test_the_first_start() -> None:
    unit = LaunchableUnit(
        "u",
        "t",
        "h",
        mastery_raw="80",
        max_time_allowed="00:30:00",
        time_limit_action="exit,message",
        launch_data="x=1",
    )
    assert first_cmi(unit, LEARNER) == {
        "cmi.core.student_id": "000123",
        "cmi.core.student_name": "Ångström, Zoë",
        "cmi.core.credit": "credit",
        "cmi.core.lesson_mode": "normal",
        "cmi.core.entry": "ab-initio",
        "cmi.core.lesson_status": "not attempted",
        "cmi.core.total_time": "0000:00:00.00",
        "cmi.launch_data": "x=1",
        "cmi.student_data.mastery_score": "80",
        "cmi.student_data.max_time_allowed": "00:30:00",
        "cmi.student_data.time_limit_action": "exit,message",
    }


def test_session_time_counts_once_and_a_reload_begins_to_count_again() -> None:
    state, _ = sent(AttemptState(), {"cmi.core.session_time": "00:05:00"})
    state, _ = sent(state, {"cmi.core.session_time": "00:06:00"})
    state, _ = sent(state, {"cmi.core.session_time": "00:01:00"})
    state, events = sent(state, {"cmi.core.exit": "suspend"}, final=True)
    assert state.total_seconds == 420
    assert events[-1].duration == timedelta(minutes=1)


# element, value: the note that says why it was not taken, or "" when no word is needed
NOT_TAKEN = [
    ("cmi.core.lesson_status", "done", "expected a status of SCORM 1.2, found 'done'"),
    ("cmi.core.score.raw", "101", "expected a number from 0 to 100"),
    ("cmi.core.score.raw", "NaN", "expected a number from 0 to 100"),
    ("cmi.core.score.raw", "٩٠", "expected a number from 0 to 100"),
    ("cmi.core.session_time", "PT5M", "expected HHHH:MM:SS.SS"),
    ("cmi.core.exit", "normal", "expected suspend, logout, time-out or empty"),
    ("cmi.suspend_data", "x" * 65537, "expected at most 64 KiB"),
    ("cmi.suspend_data", "a\x00b", "expected at most 64 KiB"),
    ("cmi.interactions.5000.id", "q", "more than 2000 rows"),
    ("cmi.interactions.123456.id", "q", "is not an element"),
    ("cmi.core.lesson_status", True, "expected a status"),
    ("cmi.completion_status", "completed", "is not an element of SCORM 1.2"),
    ("cmi.core.student_id", "somebody else", ""),
    ("cmi.core.credit", "no-credit", ""),
    ("cmi.student_data.mastery_score", "1", ""),
    ("cmi.core.total_time", "99:00:00", ""),
    ("cmi.interactions._count", "3", ""),
    ("cmi.core.session_time", "", ""),
]


@pytest.mark.parametrize(("element", "value", "reason"), NOT_TAKEN)
def test_what_is_not_believed(element: str, value: Any, reason: str) -> None:
    taken, problems = believed({element: value, "cmi.comments": "kept"})
    assert taken == {"cmi.comments": "kept"}
    assert [reason in str(problem) for problem in problems] == ([True] if reason else [])
    state, _ = sent(AttemptState(), {element: value})
    assert bool(state.notes) is bool(reason)


def test_long_suspend_data_is_kept_with_a_word() -> None:
    taken, problems = believed({"cmi.suspend_data": "x" * 65536})
    assert len(taken["cmi.suspend_data"]) == 65536
    assert "longer than the 4096 characters" in str(problems[0])


def test_notes_say_why_a_status_did_not_count() -> None:
    first, _ = sent(AttemptState(), core("passed", "90"))
    assert sent(first, core("failed"))[0].notes == (
        "The course said failed; the attempt was passed before, and stays passed",
    )
    judged, _ = sent(AttemptState(), core("completed", "40"), unit=MASTERY, final=True)
    assert judged.notes == ("The course said completed with a score of 40; the mastery score is 80: failed",)


def test_a_late_commit_can_prove_and_not_move_the_bookmark() -> None:
    late = proof_only(core("passed", "90", "suspend") | SUSPENDED | {"cmi.interactions.0.id": "q1"})
    assert late == core("passed", "90") | {"cmi.interactions.0.id": "q1"}


RESPONSES = [
    ("true-false", "t", "true"),
    ("true-false", "0", "false"),
    ("choice", "{a,b}", "a[,]b"),
    ("choice", "a", "a"),
    ("matching", "{1.a,2.b}", "1[.]a[,]2[.]b"),
    ("sequencing", "c,a,b", "c[,]a[,]b"),
    ("numeric", "3.5", "3.5"),
    ("fill-in", "one, two", "one, two"),
    ("likert", "4", "4"),
]


@pytest.mark.parametrize(("kind", "text", "expected"), RESPONSES)
def test_responses_in_the_formats_of_xapi(kind: str, text: str, expected: str) -> None:
    assert as_xapi_response(kind, text) == expected


@pytest.mark.parametrize(("text", "seconds"), [("0000:00:00.00", 0), ("01:02:03.4", 3723.4), ("99:99:99", 362439)])
def test_timespans(text: str, seconds: float) -> None:
    span = timespan(text)
    assert span == timedelta(seconds=seconds)
    assert timespan(as_timespan(timedelta(seconds=seconds))) == span


UNREADABLE: list[tuple[Any, list[str]]] = [
    ([], [""]),
    ({}, ["/launch", "/sequence", "/final", "/cmi"]),
    ({"launch": "a", "sequence": 0, "final": False, "cmi": {}}, ["/sequence"]),
    ({"launch": "a", "sequence": True, "final": 1, "cmi": []}, ["/sequence", "/final", "/cmi"]),
]


@pytest.mark.parametrize(("body", "places"), UNREADABLE)
def test_a_commit_that_cannot_be_read_says_everything(body: Any, places: list[str]) -> None:
    with pytest.raises(RequestRefused) as caught:
        read_commit(body)
    assert [problem.place for problem in caught.value.problems] == places


GOOD = {"launch": "a", "sequence": 2, "final": False, "cmi": {}}
AGES = [
    ({"client_time": "2031-01-01T00:00:00Z", "sent_at": "2031-01-01T00:10:00Z"}, NINE - timedelta(minutes=10)),
    ({"client_time": "2031-01-01T00:00:00Z", "sent_at": "2031-03-01T00:00:00Z"}, NINE - timedelta(hours=1)),
    ({"client_time": "2031-01-02T00:00:00Z", "sent_at": "2031-01-01T00:00:00Z"}, NINE),
    ({"client_time": "yesterday", "sent_at": 4}, NINE),
    ({}, NINE),
]


@pytest.mark.parametrize(("times", "expected"), AGES)
def test_when_it_happened_by_the_server_s_clock(times: dict[str, Any], expected: datetime) -> None:
    message = read_commit(GOOD | times)
    assert happened(message, launched=NINE - timedelta(hours=1), received=NINE) == expected


def test_acknowledgements() -> None:
    plain, replay = read_commit(GOOD), read_commit(GOOD | {"replay": True})
    assert acknowledged(plain, cmi={"a": "b"}) == {"acknowledged": 2}
    assert acknowledged(replay, cmi={"a": "b"}, commit_url="/r") == {
        "acknowledged": 2,
        "cmi": {"a": "b"},
        "commit_url": "/r",
    }


def test_each_comment_is_told_once() -> None:
    state, events = sent(AttemptState(), {"cmi.comments": "Good. "})
    assert [(str(event.kind), event.comment) for event in events[1:]] == [("commented", "Good. ")]
    state, events = sent(state, {"cmi.comments": "Good. Too long."})
    assert [event.comment for event in events] == ["Too long."]
    assert sent(state, {"cmi.comments": "Good. Too long."})[1] == []
