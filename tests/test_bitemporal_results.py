"""Whose a result is, and what was recorded by hand: learned later, it never changes an earlier report by a byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import orjson
import pytest

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.feeds import json_feed
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.evidence_records import EvidenceQuery, list_evidence, withdraw_evidence
from lrs_bridge.services.identity_decisions import accept, merge, split, undo
from lrs_bridge.services.identity_history import history
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.services.record_evidence import record_one
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.database import now
from tests.statements import COURSE, passed, recorder, voiding

QUARTER = date(2026, 3, 31)
HEADER = "employee_id,given_name,family_name,email,department,hire_date\n"
STAFF = "".join(f"{key},Name,Nr {key},{key}@example.com,Sales,2020-01-01\n" for key in ("001", "002", "003", "004"))
REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
due = {{ fixed = 2026-02-28 }}
min_notice_days = 0
[[requirement.module]]
activity = "{COURSE}"
"""
STATEMENT = "7c1f8c00-0000-4000-8000-000000000001"


def by_mail(address: str, **more: Any) -> dict[str, Any]:
    told = {"actor": {"mbox": f"mailto:{address}"}, "timestamp": "2026-02-10T12:00:00Z"}
    return passed() | told | more


def record(bridge: Bridge, *statements: dict[str, Any]) -> None:
    record_statements(bridge, list(statements), by=recorder())


def assessed(bridge: Bridge) -> None:
    row = {"employee_id": "003", "kind": "assessment", "activity": COURSE, "title": "x", "date": "2026-02-11"}
    record_one(bridge, row | {"outcome": "passed", "score": "0.9", "assessor": "001"}, source="tests", by="hr")


def withdrawn(bridge: Bridge) -> None:
    (standing,) = list_evidence(bridge, OPERATOR, EvidenceQuery()).items
    withdraw_evidence(bridge, OPERATOR, standing.id, because="another person")


def undone(bridge: Bridge) -> None:
    newest = history(bridge, standing=True).items[0]
    undo(bridge, newest.id, by="hr", because="not so")


@pytest.fixture
def company(bridge: Bridge) -> Bridge:
    import_roster(bridge, (HEADER + STAFF).encode(), source="roster.csv", as_of=date(2026, 1, 5))
    import_requirements(bridge, REQUIREMENT.encode(), source="requirements.toml")
    record(bridge, by_mail("late@example.org"), by_mail("001@example.com", id=STATEMENT))
    return bridge


Step = tuple[str, str, Callable[[Bridge], object]]
LATE = ActorKey("mbox", "mailto:late@example.org")
# what happens, and who is compliant at the end of the quarter from then on
STEPS: list[Step] = [
    ("a result that waited is matched", "001 002", lambda bridge: accept(bridge, LATE, "002", by="hr")),
    ("an assessment is recorded", "001 002 003", assessed),
    ("it is withdrawn", "001 002", withdrawn),
    ("the account was another's", "001 004",
     lambda bridge: split(bridge, "002", LATE, by="hr", because="x", into="004")),
    ("that was wrong", "001 002", undone),
    ("two records are one person", "001 003",
     lambda bridge: merge(bridge, "002", "003", by="hr", because="entered twice")),
    ("a statement is voided", "003", lambda bridge: record(bridge, voiding(STATEMENT))),
    ("the merge is undone", "002", undone),
    ("and so is the match", "", undone),
]  # fmt: skip


def feed(bridge: Bridge, known_at: datetime | None = None) -> bytes:
    return json_feed.render(compliance_feed(bridge, OPERATOR, FeedQuery(as_of=QUARTER, known_at=known_at)))


def compliant(bridge: Bridge) -> str:
    rows = orjson.loads(feed(bridge))["rows"]
    return " ".join(row["employee_id"] for row in rows if row["status"] == "compliant")


def test_what_is_learned_of_results_changes_no_earlier_report(company: Bridge) -> None:
    assert compliant(company) == "001"
    told: list[tuple[str, datetime, bytes]] = []
    for words, after, step in STEPS:
        known_at = now()
        told.append((words, known_at, feed(company, known_at)))
        step(company)
        assert compliant(company) == after, words
    for words, known_at, before in told:
        assert feed(company, known_at) == before, f"before: {words}"
    assert len({before.partition(b'"rows"')[2] for _, _, before in told}) >= len({after for _, after, _ in STEPS}) - 1
