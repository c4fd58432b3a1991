"""Statements for tests, and who records them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.services.record_statements import Recorder

HOME_PAGE = "https://lms.example.com"
COURSE = "https://learn.example.com/courses/security/1"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
FAILED = "http://adlnet.gov/expapi/verbs/failed"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def recorder(*, compat: bool = False) -> Recorder:
    return Recorder(UUID(int=1), ActorKey.of_account("https://bridge.example.com", "tests").as_actor(), compat)


def statement(verb: str = PASSED, *, account: str = "47", **more: Any) -> dict[str, Any]:
    """A valid statement by an account of the LMS about one course."""
    return {
        "id": str(uuid4()),
        "actor": {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": account}},
        "verb": {"id": verb},
        "object": {"objectType": "Activity", "id": COURSE},
        "timestamp": "2026-03-01T10:00:00Z",
    } | more


def passed(account: str = "47", scaled: float = 0.9, **more: Any) -> dict[str, Any]:
    return statement(PASSED, account=account, result={"success": True, "score": {"scaled": scaled}}, **more)


def voiding(target: str) -> dict[str, Any]:
    return statement(VOIDED, account="admin") | {"object": {"objectType": "StatementRef", "id": target}}
