"""What the LRS adds, and what it repairs for a compat credential."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from lrs_bridge.errors import RequestRefused
from lrs_bridge.xapi.about import about
from lrs_bridge.xapi.repairs import repair_statement
from lrs_bridge.xapi.stamping import stamp
from lrs_bridge.xapi.validation import validate_statement
from lrs_bridge.xapi.versions import version_of_request

SAMPLES = Path(__file__).parent / "samples" / "xapi"
NEW = UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
STORED = datetime(2026, 3, 31, 11, 30, tzinfo=timezone(timedelta(hours=2)))
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://lrs.example.com", "name": "key"}}
ACTIVITY = {"id": "https://example.com/a"}
BARE: dict[str, Any] = {
    "actor": {"mbox": "mailto:a@example.com"},
    "verb": {"id": "https://example.com/did"},
    "object": ACTIVITY,
}


def stamped(statement: dict[str, Any]) -> dict[str, Any]:
    return stamp(statement, statement_id=NEW, stored=STORED, authority=AUTHORITY, version="1.0.3")


def test_what_is_missing_is_set_and_what_is_ours_is_replaced() -> None:
    assert list(stamped(BARE).items()) == [
        ("id", "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"),
        ("timestamp", "2026-03-31T09:30:00.000000Z"),
        ("stored", "2026-03-31T09:30:00.000000Z"),
        ("version", "1.0.0"),
        ("authority", AUTHORITY),
        *BARE.items(),
    ]
    claimed = {
        "id": "BBBBBBBB-bbbb-4bbb-8bbb-bbbbbbbbbbbb",
        "stored": "2001-01-01T00:00:00Z",
        "version": "1.0.2",
        "authority": {"mbox": "mailto:boss@example.com"},
    }
    result = stamped(BARE | claimed)
    assert (result["id"], result["version"]) == (claimed["id"], "1.0.2")
    assert (result["stored"], result["authority"]) == ("2026-03-31T09:30:00.000000Z", AUTHORITY)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("2026-03-31T09:30:00Z", "2026-03-31T09:30:00Z"),
        ("2026-03-31T09:30:00.123456789Z", "2026-03-31T09:30:00.123456789Z"),
        ("2026-03-31T09:30:00+00:00", "2026-03-31T09:30:00+00:00"),
        ("2026-03-31T09:30:00", "2026-03-31T09:30:00"),
        ("20260331T093000Z", "20260331T093000Z"),
        ("2026-03-31T11:30:00.25+02:00", "2026-03-31T09:30:00.250000Z"),
        ("2026-03-31T00:30:00-0500", "2026-03-31T05:30:00.000000Z"),
    ],
)
def test_a_timestamp_of_another_zone_is_answered_in_utc(sent: str, answered: str) -> None:
    assert stamped(BARE | {"timestamp": sent})["timestamp"] == answered


def test_a_single_context_activity_becomes_a_list_and_the_input_stays() -> None:
    context = {"contextActivities": {"parent": ACTIVITY, "other": [ACTIVITY]}, "platform": "x"}
    listed = {"contextActivities": {"parent": [ACTIVITY], "other": [ACTIVITY]}, "platform": "x"}
    substatement = BARE | {"objectType": "SubStatement", "context": context}
    statement = BARE | {"context": context, "object": substatement}
    before = deepcopy(statement)
    result = stamped(statement)
    assert result["context"] == listed
    assert result["object"] == substatement | {"context": listed}
    assert statement == before


def test_a_stamped_statement_is_valid_and_stamping_it_again_changes_nothing() -> None:
    whole = orjson.loads((SAMPLES / "whole_statement.json").read_bytes())
    once = stamped(whole)
    assert validate_statement(once) == []
    assert stamped(once) == once


@pytest.mark.parametrize(
    ("statement", "repaired", "places"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"result": {"response": None, "success": True}}, {"result": {"success": True}}, ["/result/response"]),
        ({"result": None}, {}, ["/result"]),
        ({"result": {"response": None}}, {"result": {}}, ["/result/response"]),
        ({"verb": {"display": {"en": None, "de": "x"}}}, {"verb": {"display": {"de": "x"}}}, ["/verb/display/en"]),
        (
            {"context": {"team": {"member": [{"name": None}, {"a/b": None}]}}},
            {"context": {"team": {"member": [{}, {}]}}},
            ["/context/team/member/0/name", "/context/team/member/1/a~1b"],
        ),
        ({"result": {"extensions": {"x": None, "y": {"z": None}}}}, None, []),
        ({"context": {"extensions": None}}, {"context": {}}, ["/context/extensions"]),
        ({"attachments": [None]}, None, []),
    ],
)
def test_nulls_outside_extensions_are_dropped(
    statement: dict[str, Any], repaired: dict[str, Any] | None, places: list[str]
) -> None:
    before = deepcopy(statement)
    result, repairs = repair_statement(statement)
    assert result == (before if repaired is None else repaired)
    assert statement == before
    assert [(p.place, p.severity, p.clause) for p in repairs] == [(at, "warning", "xAPI Data 2.2") for at in places]


def test_what_a_real_lms_sends_is_valid_after_repair() -> None:
    for line in (SAMPLES / "moodle_statements.jsonl").read_bytes().splitlines():
        repaired, repairs = repair_statement(orjson.loads(line), place="/3")
        assert validate_statement(repaired) == []
        assert {problem.place for problem in repairs} <= {"/3/result/response"}


@pytest.mark.parametrize(
    ("versions", "extensions", "body"),
    [
        (["1.0.3"], None, {"version": ["1.0.0", "1.0.3"]}),
        (["1.0.3", "2.0.0"], {}, {"version": ["1.0.0", "1.0.3", "2.0.0"]}),
        (["1.0.3"], {"https://e.example": 1}, {"version": ["1.0.0", "1.0.3"], "extensions": {"https://e.example": 1}}),
    ],
)
def test_about(versions: list[str], extensions: dict[str, Any] | None, body: dict[str, Any]) -> None:
    assert about(versions, extensions) == body


@pytest.mark.parametrize("header", ["1.0", "1.0.0", "1.0.1", "1.0.3", "1.0.9", " 1.0.3 "])
def test_every_1_0_is_answered_as_the_last(header: str) -> None:
    assert version_of_request(header) == "1.0.3"


@pytest.mark.parametrize("header", [None, "", "1", "0.9", "0.95", "1.1.0", "1.0.", "3.0.0", "latest"])
def test_other_versions_are_refused(header: str | None) -> None:
    with pytest.raises(RequestRefused) as caught:
        version_of_request(header)
    assert caught.value.problems[0].clause == "xAPI Communication 3.3; IEEE 9274.1.1 4.1.7"
