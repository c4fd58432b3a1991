"""What statements prove."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from lrs_bridge.demo import moodle_batches
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.xapi.facts import facts_of, scaled_score
from lrs_bridge.xapi.repairs import repair_statement
from lrs_bridge.xapi.stamping import stamp
from lrs_bridge.xapi.verbs import IMPERSONATED_BY, MASTERY_SCORE

SAMPLES = Path(__file__).parent / "samples" / "xapi"
ADL = "http://adlnet.gov/expapi/verbs/"
COURSE = "https://learn.example.com/courses/security/1"
WAIVED, REASON = "https://w3id.org/xapi/adl/verbs/waived", "https://w3id.org/xapi/cmi5/result/extensions/reason"
UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"
REGISTRATION = "ec531277-b57b-4c15-8d91-d292c5b2b8f7"
STATEMENT: dict[str, Any] = {
    "id": "12345678-1234-4678-9234-567812345678",
    "timestamp": "2026-03-31T11:30:00+02:00",
    "stored": "2026-04-01T00:00:00.250000Z",
    "actor": {"mbox": "mailto:a@example.com"},
    "verb": {"id": ADL + "passed"},
    "object": {"id": COURSE},
}


def fact(**changes: Any) -> LearningFact | None:
    return facts_of(STATEMENT | changes)


def outcome(verb: str, result: dict[str, Any]) -> Outcome | None:
    found = fact(verb={"id": verb}, result=result)
    return found.outcome if found else None


def test_a_whole_fact() -> None:
    context = {"registration": REGISTRATION, "extensions": {MASTERY_SCORE: 0.85}}
    assert fact(result={"score": {"scaled": 0.9}}, context=context) == LearningFact(
        statement_id=UUID("12345678-1234-4678-9234-567812345678"),
        activity=COURSE,
        outcome=Outcome.PASSED,
        happened=datetime(2026, 3, 31, 9, 30, tzinfo=UTC),
        score_scaled=0.9,
        recorded=datetime(2026, 4, 1, 0, 0, 0, 250_000, tzinfo=UTC),
        registration=UUID(REGISTRATION),
        launched_mastery=0.85,
    )


@pytest.mark.parametrize(
    ("verb", "result", "expected"),
    [
        (ADL + "passed", {}, Outcome.PASSED),
        (ADL + "passed", {"success": True, "completion": False}, Outcome.PASSED),
        (ADL + "passed", {"success": False}, Outcome.FAILED),
        (ADL + "mastered", {}, Outcome.PASSED),
        (ADL + "failed", {}, Outcome.FAILED),
        (ADL + "failed", {"success": True}, Outcome.FAILED),
        (ADL + "completed", {}, Outcome.COMPLETED),
        (ADL + "completed", {"completion": True}, Outcome.COMPLETED),
        (ADL + "completed", {"completion": False}, Outcome.STARTED),
        (ADL + "completed", {"success": True, "completion": True}, Outcome.PASSED),
        (ADL + "completed", {"success": False, "completion": True}, Outcome.FAILED),
        (ADL + "attempted", {}, Outcome.STARTED),
        (ADL + "attempted", {"completion": True}, Outcome.COMPLETED),
        (ADL + "attempted", {"completion": False}, Outcome.STARTED),
        (ADL + "attempted", {"completion": True, "success": True}, Outcome.PASSED),
        (ADL + "attempted", {"success": False}, Outcome.FAILED),
        ("https://w3id.org/xapi/adl/verbs/waived", {"success": True, "completion": True}, Outcome.WAIVED),
        *[
            (ADL + name, {}, Outcome.STARTED)
            for name in ("initialized", "launched", "experienced", "resumed", "progressed")
        ],
        (ADL + "launched", {"success": True}, Outcome.STARTED),
        ("http://activitystrea.ms/schema/1.0/start", {}, Outcome.STARTED),
        ("https://w3id.org/xapi/adl/verbs/satisfied", {}, None),
        ("https://w3id.org/xapi/adl/verbs/abandoned", {}, None),
        (ADL + "waived", {}, None),
        (ADL + "terminated", {}, None),
        (ADL + "answered", {"success": True, "completion": True}, None),
        (ADL + "Passed", {}, None),
        ("https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted", {}, None),
        ("http://id.tincanapi.com/verb/viewed", {}, None),
    ],
)
def test_outcomes(verb: str, result: dict[str, Any], expected: Outcome | None) -> None:
    assert outcome(verb, result) == expected


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ({}, None),
        ({"raw": 49}, None),
        ({"raw": 49, "max": 100}, None),
        ({"scaled": 0.8}, 0.8),
        ({"scaled": 1}, 1.0),
        ({"scaled": -0.5}, -0.5),
        ({"raw": 0, "min": 0, "max": 10, "scaled": -1}, 0.0),  # Moodle: 0 of 10 points
        ({"raw": 5, "min": 0, "max": 10, "scaled": 0}, 0.5),  # Moodle: 5 of 10 points
        ({"raw": 10, "min": 0, "max": 10, "scaled": 1}, 1.0),
        ({"raw": 8, "min": 0, "max": 10}, 0.8),
        ({"raw": 0, "min": -10, "max": 10}, 0.5),
        ({"raw": 1e308, "min": -1e308, "max": 1e308, "scaled": 0.7}, 0.7),
        ({"raw": 2**53 + 3, "min": 2**53 + 3, "max": float(2**53 + 4), "scaled": 0.7}, 0.7),
    ],
)
def test_scores(score: dict[str, Any], expected: float | None) -> None:
    assert scaled_score(score) == expected


@pytest.mark.parametrize(
    ("mastery", "expected"),
    [(0.8, 0.8), (1, 1.0), (0, 0.0), ("0.8", None), (True, None), (None, None), (80, None), (-0.1, None), ([], None)],
)
def test_the_mastery_it_was_launched_with(mastery: Any, expected: float | None) -> None:
    found = fact(context={"extensions": {MASTERY_SCORE: mastery}})
    assert found is not None
    assert found.launched_mastery == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"actor": {"objectType": "Group", "member": [{"mbox": "mailto:a@example.com"}]}}, "group"),
        ({"actor": {"objectType": "Group", "mbox": "mailto:t@example.com"}}, "group"),
        ({"context": {"extensions": {IMPERSONATED_BY: {"mbox": "mailto:b@example.com"}}}}, "impersonated"),
        ({"context": {"extensions": {IMPERSONATED_BY: None}}}, "impersonated"),
        ({"context": {"instructor": {"mbox": "mailto:b@example.com"}}}, ""),
    ],
)
def test_what_is_never_evidence(changes: dict[str, Any], reason: str) -> None:
    found = fact(**changes)
    assert found is not None
    assert found.never_evidence == reason


@pytest.mark.parametrize(
    "subject",
    [
        {"objectType": "Agent", "mbox": "mailto:a@example.com"},
        {"objectType": "StatementRef", "id": STATEMENT["id"]},
        {"objectType": "SubStatement"} | {name: STATEMENT[name] for name in ("actor", "verb", "object")},
    ],
)
def test_only_activities_prove_something(subject: dict[str, Any]) -> None:
    assert fact(object=subject) is None


def test_a_voiding_statement_proves_nothing() -> None:
    subject = {"objectType": "StatementRef", "id": STATEMENT["id"]}
    assert fact(verb={"id": ADL + "voided"}, object=subject) is None


def test_what_a_real_lms_proves() -> None:
    counted: Counter[tuple[str, float | None]] = Counter()
    for line in (SAMPLES / "moodle_statements.jsonl").read_bytes().splitlines():
        statement, _ = repair_statement(orjson.loads(line))
        stored = datetime(2026, 12, 1, tzinfo=UTC)
        found = facts_of(stamp(statement, statement_id=UUID(int=7), stored=stored, authority={}))
        if found:
            counted[found.outcome.value, found.score_scaled] += 1
    assert counted["failed", 0.0] >= 1  # sent as scaled -1
    assert counted["passed", 1.0] >= 1
    assert {name for name, _ in counted} == {"started", "completed", "passed", "failed"}


@pytest.mark.parametrize(
    ("verb", "extensions", "reason"),
    [
        (WAIVED, {REASON: "Administrative"}, "Administrative"),
        (WAIVED, {REASON: "Tested Out"}, "Tested Out"),
        (WAIVED, {REASON: 7}, ""),
        (WAIVED, {}, ""),
        (ADL + "passed", {REASON: "Administrative"}, ""),
    ],
)
def test_why_the_lms_let_it_pass(verb: str, extensions: dict[str, Any], reason: str) -> None:
    found = fact(verb={"id": verb}, result={"success": True, "completion": True, "extensions": extensions})
    assert found is not None
    assert found.waived_reason == reason
    assert found.never_evidence == "", "an administrator's waiver counts, and is marked"


def test_moodles_uncompleted_withdraws_nothing() -> None:
    """Word for word what it sends of a page that is opened for the first time: both in one second, in this order."""
    captured = [one for body in moodle_batches() for one in orjson.loads(body)]
    places = [number for number, one in enumerate(captured) if one["verb"]["id"] == UNCOMPLETED]
    assert len(places) == 9
    for place in places:
        before, after = captured[place], captured[place + 1]
        assert after["verb"]["id"] == ADL + "completed"
        assert all(before[name] == after[name] for name in ("actor", "object", "timestamp"))
        proven = [facts_of(STATEMENT | one) for one in (before, after)]
        assert proven[0] is None
        assert proven[1] is not None
        assert proven[1].outcome is Outcome.COMPLETED
