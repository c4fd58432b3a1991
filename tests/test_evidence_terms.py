"""What a statement says in our own extensions: kind and last valid day, from us or from elsewhere, or nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.assessments import Grade
from lrs_bridge.domain.evidence import Evidence, EvidenceKind
from lrs_bridge.domain.facts import Outcome
from lrs_bridge.xapi.evidence_drafts import draft_evidence, draft_withdrawal
from lrs_bridge.xapi.evidence_terms import KIND, VALID_UNTIL, evidence_kind, valid_until
from lrs_bridge.xapi.facts import facts_of
from lrs_bridge.xapi.validation import validate_statement

ACTOR = ActorKey.of_account("https://lms.example.com", "58").as_actor("Zoë")
LEADER = ActorKey.of_account("https://lms.example.com", "1").as_actor("Ada")
DONE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def evidence(kind: EvidenceKind, outcome: Outcome, **more: Any) -> Evidence:
    return Evidence(UUID(int=7), "000123", "https://learn.example.com/m1", kind, outcome, DONE, "Ada", **more)


CASES = [
    (evidence(EvidenceKind.WORKSHOP, Outcome.COMPLETED, title="Passwords", location="Leeds"), {"completion": True}),
    (evidence(EvidenceKind.SESSION, Outcome.FAILED, score_scaled=0.0), {"success": False, "score": {"scaled": 0.0}}),
    (
        evidence(EvidenceKind.COMPLETION, Outcome.PASSED, duration=timedelta(minutes=90), note="old LMS"),
        {"completion": True, "success": True, "duration": "PT1H30M"},
    ),
    (
        evidence(EvidenceKind.CERTIFICATE, Outcome.PASSED, expires=date(2027, 1, 31), number="N-1", issuer="Institute"),
        None,
    ),
    (evidence(EvidenceKind.ASSESSMENT, Outcome.PASSED, score_scaled=0.8, grades=(Grade("a", 0.8, "warm"),)), None),
]


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize(("given", "result"), CASES, ids=[case.kind for case, _ in CASES])
def test_the_statement_proves_what_the_record_says(
    given: Evidence, result: dict[str, Any] | None, version: str
) -> None:
    drafted = draft_evidence(given, ACTOR, LEADER, "HR-7")
    assert validate_statement(drafted, version=version) == []
    assert (drafted["actor"], drafted["context"]["instructor"]) == (ACTOR, LEADER)
    assert result is None or drafted["result"] == result
    assert facts_of(drafted | {"stored": "2026-03-05T08:00:00.000Z"}) == given.as_fact(
        datetime(2026, 3, 5, 8, tzinfo=UTC)
    )


def test_a_withdrawal_voids_the_statement_of_the_record() -> None:
    drafted = draft_withdrawal(UUID(int=7), LEADER)
    assert validate_statement(drafted, version="1.0.3") == []
    assert drafted["object"] == {"objectType": "StatementRef", "id": str(UUID(int=7))}
    assert drafted == draft_withdrawal(UUID(int=7), LEADER)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2027-01-31", date(2027, 1, 31)),
        ("9999-12-31", None),  # how systems write "no end"
        ("0001-01-01", None),
        ("2027-02-30", None),
        ("soon", None),
        (20270131, None),
        (None, None),
        ({"day": "2027-01-31"}, None),
    ],
)
def test_valid_until_is_a_date_or_nothing(value: Any, day: date | None) -> None:
    assert valid_until({"extensions": {VALID_UNTIL: value}}) == day
    assert valid_until({}) is None


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ([{"id": f"{KIND}workshop"}], "workshop"),
        ([{"id": "https://w3id.org/xapi/scorm"}, {"id": f"{KIND}certificate"}], "certificate"),
        ({"id": f"{KIND}session"}, "session"),  # xAPI 1.0.3: one may stand alone
        ([{"id": f"{KIND}rumour"}], ""),
        ([], ""),
    ],
)
def test_the_kind_is_one_of_ours(category: Any, kind: str) -> None:
    assert evidence_kind({"contextActivities": {"category": category}}) == kind
    assert evidence_kind({}) == ""
