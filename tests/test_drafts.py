"""Events as statements of the xAPI SCORM profile: their parts, valid by our own validation, the same id twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from lrs_bridge.domain.runtime_events import Event, EventKind, Interaction, Score
from lrs_bridge.xapi.drafts import AttemptContext, NamedActivity, draft
from lrs_bridge.xapi.validation import validate_statement

AT = datetime(2026, 3, 2, 10, 30, 0, 123456, timezone(timedelta(hours=1)))
ACTOR = {"name": "Zoë", "account": {"homePage": "https://lms.example.com", "name": "000123"}}
UNIT = "https://bridge.example.com/courses/security/1"
REGISTRATION = UUID("018f3c6e-1111-7abc-8def-0123456789ab")  # version 7, which tincan would refuse as text
ATTEMPT = AttemptContext(
    actor=ACTOR,
    registration=REGISTRATION,
    launch="launch-1",
    sequence=3,
    unit=NamedActivity(UNIT, "Passwords"),
    course=NamedActivity("https://bridge.example.com/courses/security", "Security", "What everybody must know"),
    language="en-GB",
    platform="Moodle",
)
VERB = "http://adlnet.gov/expapi/verbs/"
TYPE = "http://adlnet.gov/expapi/activities/"
SCORE = Score(0.9, 90.0, 0.0, 100.0)
SCORED = {"scaled": 0.9, "raw": 90.0, "min": 0.0, "max": 100.0}
CHOICE = Interaction("q 1/é", "choice", "a[,]b", ("a", "b[,]c"), False, None, timedelta(seconds=3.5))

# event, and the result that it must have (None: no result)
CASES: list[tuple[Event, dict[str, Any] | None]] = [
    (Event(EventKind.INITIALIZED, AT), None),
    (Event(EventKind.RESUMED, AT), None),
    (Event(EventKind.SCORED, AT, score=SCORE), {"score": SCORED}),
    (Event(EventKind.SCORED, AT, score=Score(0.5, 50.0)), {"score": {"scaled": 0.5, "raw": 50.0}}),
    (
        Event(EventKind.PASSED, AT, score=SCORE, completion=True, success=True),
        {"score": SCORED, "completion": True, "success": True},
    ),
    (
        Event(EventKind.FAILED, AT, score=Score(0.0, 0.0), success=False),
        {"score": {"scaled": 0.0, "raw": 0.0}, "success": False},
    ),
    (Event(EventKind.COMPLETED, AT, completion=True), {"completion": True}),
    (
        Event(EventKind.SUSPENDED, AT, completion=False, duration=timedelta(minutes=90)),
        {"completion": False, "duration": "PT1H30M"},
    ),
    (
        Event(EventKind.TERMINATED, AT, "", SCORE, True, True, timedelta(seconds=3723.45)),
        {"score": SCORED, "completion": True, "success": True, "duration": "PT1H2M3.45S"},
    ),
    (Event(EventKind.TERMINATED, AT, completion=True, duration=timedelta()), {"completion": True, "duration": "PT0S"}),
    (
        Event(EventKind.RESPONDED, AT, "0", interaction=CHOICE),
        {"response": "a[,]b", "success": False, "duration": "PT3.5S"},
    ),
    (
        Event(EventKind.RESPONDED, AT, "1", interaction=Interaction("q2", "numeric", "7", raw_result=3.5)),
        {"response": "7", "score": {"raw": 3.5}},
    ),
    (Event(EventKind.PASSED, AT, "0:o1", success=True, objective="o1"), {"success": True}),
    (Event(EventKind.SCORED, AT, "0:o1", score=SCORE, objective="o1"), {"score": SCORED}),
]


@pytest.mark.parametrize(("event", "result"), CASES, ids=lambda case: getattr(case, "kind", None))
def test_an_event_becomes_a_statement(event: Event, result: dict[str, Any] | None) -> None:
    statement = draft(event, ATTEMPT)
    assert validate_statement(statement) == []
    assert json.loads(json.dumps(statement)) == statement
    assert statement.get("result") == result
    assert set(statement) == {"id", "actor", "verb", "object", "context", "timestamp"} | (
        {"result"} if result else set()
    )
    assert statement["actor"] == {"objectType": "Agent"} | ACTOR
    assert statement["verb"] == {"id": VERB + event.kind, "display": {"en-US": str(event.kind)}}
    assert statement["timestamp"] == "2026-03-02T09:30:00.123Z"
    assert UUID(statement["id"]).version == 5


def test_the_context_is_the_profile_s() -> None:
    context = draft(CASES[0][0], ATTEMPT)["context"]
    assert context["registration"] == str(REGISTRATION)
    assert context["platform"] == "Moodle"
    activities = context["contextActivities"]
    assert [(a["id"], a["definition"]["type"]) for a in activities["grouping"]] == [
        ("https://bridge.example.com/courses/security", TYPE + "course"),
        (f"{UNIT}?attemptId={REGISTRATION}", TYPE + "attempt"),
    ]
    assert activities["grouping"][0]["definition"]["description"] == {"en-GB": "What everybody must know"}
    assert [(a["id"], a["definition"]["type"]) for a in activities["category"]] == [
        ("https://w3id.org/xapi/scorm", TYPE + "profile")
    ]
    assert "parent" not in activities


OBJECTS = [
    (CASES[0][0], UNIT, {"type": TYPE + "lesson", "name": {"en-GB": "Passwords"}}),
    (
        Event(EventKind.RESPONDED, AT, interaction=CHOICE),
        f"{UNIT}/interaction/q%201%2F%C3%A9",
        {
            "type": TYPE + "cmi.interaction",
            "name": {"en-GB": "q 1/é"},
            "interactionType": "choice",
            "correctResponsesPattern": ["a", "b[,]c"],
        },
    ),
    (
        Event(EventKind.PASSED, AT, objective="o 1"),
        f"{UNIT}/objective/o%201",
        {"type": TYPE + "objective", "name": {"en-GB": "o 1"}},
    ),
]


@pytest.mark.parametrize(("event", "iri", "definition"), OBJECTS)
def test_what_the_statement_is_about(event: Event, iri: str, definition: dict[str, Any]) -> None:
    statement = draft(event, ATTEMPT)
    assert statement["object"] == {"objectType": "Activity", "id": iri, "definition": definition}
    parents = statement["context"]["contextActivities"].get("parent", [])
    assert [parent["id"] for parent in parents] == ([] if iri == UNIT else [UNIT])


@pytest.mark.parametrize(
    "actor",
    [
        {"mbox": "mailto:Zoe@example.com"},
        {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},
        {"openid": "https://id.example.com/zoe", "objectType": "Agent"},
        ACTOR,
    ],
)
def test_the_actor_is_the_launch_s_to_the_letter(actor: dict[str, Any]) -> None:
    attempt = AttemptContext(actor, REGISTRATION, "l", 1, ATTEMPT.unit, ATTEMPT.course)
    statement = draft(CASES[0][0], attempt)
    assert statement["actor"] == {"objectType": "Agent"} | actor
    assert validate_statement(statement) == []
    assert "platform" not in statement["context"]


def test_a_replay_has_the_same_id_and_everything_else_another() -> None:
    changed = [
        AttemptContext(ACTOR, REGISTRATION, "launch-2", 3, ATTEMPT.unit, ATTEMPT.course),
        AttemptContext(ACTOR, REGISTRATION, "launch-1", 4, ATTEMPT.unit, ATTEMPT.course),
        AttemptContext(ACTOR, UUID(int=5), "launch-1", 3, ATTEMPT.unit, ATTEMPT.course),
    ]
    passed = Event(EventKind.PASSED, AT)
    later = Event(EventKind.PASSED, datetime(2027, 1, 1, tzinfo=UTC), score=SCORE)
    assert draft(passed, ATTEMPT)["id"] == draft(later, ATTEMPT)["id"]
    others = [draft(passed, attempt)["id"] for attempt in changed]
    others += [draft(event, ATTEMPT)["id"] for event, _ in CASES[:3]]
    others += [draft(Event(EventKind.PASSED, AT, key="0:o1"), ATTEMPT)["id"], draft(passed, ATTEMPT)["id"]]
    assert len(set(others)) == len(others)
