"""Statements found because of what they refer to (xAPI Communication 2.1.3, "Filter Conditions for StatementRefs")."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from lrs_bridge.storage import references
from tests.callers import Caller
from tests.statements import FAILED, PASSED, passed, statement, voiding

CONFIRMED = "https://example.com/verbs/confirmed"


def referring(target: str, *, account: str = "boss") -> dict[str, Any]:
    return statement(CONFIRMED, account=account) | {"object": {"objectType": "StatementRef", "id": target}}


@pytest.fixture
def lrs(app_on_each: Flask) -> Caller:
    return Caller.of(app_on_each, "all")


def sent(lrs: Caller, *statements: dict[str, Any]) -> list[str]:
    for one in statements:
        assert lrs.post(one).status_code == 200
    return [one["id"] for one in statements]


@pytest.fixture(params=[2000, 2, 0], ids=["from the references", "in stretches", "from the matches"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Which way the chain is walked depends on how many references there are."""
    monkeypatch.setattr(references, "FEW", max(1, request.param))
    return int(request.param)


def test_a_chain_is_followed_to_its_end(lrs: Caller, few: int) -> None:
    target = passed()
    first = referring(target["id"])
    second = referring(first["id"])
    other = statement(FAILED)
    a, b, c, _ = sent(lrs, target, first, second, other)
    assert lrs.found(verb=PASSED) == [c, b, a]
    assert lrs.found(verb=PASSED, ascending="true") == [a, b, c]
    assert lrs.found(verb=PASSED, limit=2) == [c, b]
    assert lrs.found(verb=CONFIRMED) == [c, b]
    assert lrs.found(verb=FAILED) == [other["id"]]


def test_many_references_are_found_page_by_page(lrs: Caller, few: int) -> None:
    target = passed()
    noise = statement(FAILED)
    ids = sent(lrs, target, noise)
    found = sent(lrs, *(referring(target["id"] if number % 2 else noise["id"]) for number in range(9)))
    expected = [found[number] for number in (7, 5, 3, 1)] + [ids[0]]
    seen: list[str] = []
    page = lrs.get(verb=PASSED, limit=2).get_json()
    while True:
        seen += [one["id"] for one in page["statements"]]
        if not page["more"]:
            break
        page = lrs.call("GET", page["more"]).get_json()
    assert seen == expected


def test_the_target_may_come_later_or_never(lrs: Caller) -> None:
    target = passed()
    early, lost = sent(lrs, referring(target["id"]), referring(str(uuid4())))
    assert lrs.found(verb=PASSED) == []
    sent(lrs, target)
    assert lrs.found(verb=PASSED) == [target["id"], early]
    assert lost in lrs.found()


def test_a_circle_ends(lrs: Caller, few: int) -> None:
    first, second = statement(), statement()
    first["object"] = {"objectType": "StatementRef", "id": second["id"]}
    second["object"] = {"objectType": "StatementRef", "id": first["id"]}
    sent(lrs, first, second)
    assert lrs.found(verb=FAILED) == []
    assert lrs.found(verb=PASSED) == [second["id"], first["id"]]


def test_a_voided_target_still_counts(lrs: Caller) -> None:
    target = passed()
    confirming, void = referring(target["id"]), voiding(target["id"])
    sent(lrs, target, confirming, void)
    assert lrs.found(verb=PASSED) == [void["id"], confirming["id"]]
    assert lrs.get(statementId=target["id"]).status_code == 404
    assert lrs.get(voidedStatementId=target["id"]).status_code == 200


def test_time_counts_for_the_one_that_refers(lrs: Caller) -> None:
    target = passed()
    sent(lrs, target)
    stored = lrs.get(statementId=target["id"]).get_json()["stored"]
    confirming = referring(target["id"])
    sent(lrs, confirming)
    assert lrs.found(verb=PASSED, since=stored) == [confirming["id"]]
    assert lrs.found(verb=PASSED, until=stored) == [target["id"]]


def test_all_filters_must_hold_for_one_statement(lrs: Caller) -> None:
    target = passed(account="47")
    confirming = referring(target["id"], account="boss")
    sent(lrs, target, confirming)
    boss = '{"account": {"homePage": "https://lms.example.com", "name": "boss"}}'
    assert lrs.found(agent=boss) == [confirming["id"]]
    assert lrs.found(agent=boss, verb=PASSED) == []


def test_a_reference_in_the_context_does_not_count(lrs: Caller) -> None:
    target = passed()
    beside = statement(FAILED, context={"statement": {"objectType": "StatementRef", "id": target["id"]}})
    sent(lrs, target, beside)
    assert lrs.found(verb=PASSED) == [target["id"]]


def test_who_reads_its_own_sees_no_others_by_reference(app_on_each: Flask) -> None:
    everything, own = Caller.of(app_on_each, "all"), Caller.of(app_on_each, "statements/write", "statements/read/mine")
    target = passed()
    foreign, mine = referring(target["id"]), referring(target["id"])
    sent(everything, target, foreign)
    sent(own, mine)
    assert own.found(verb=PASSED) == []
    assert own.found() == [mine["id"]]
    assert set(everything.found(verb=PASSED)) == {target["id"], foreign["id"], mine["id"]}
