"""Which differences make another statement of the same id a conflict (xAPI Data 2.3.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from lrs_bridge.xapi.equivalence import equivalent
from lrs_bridge.xapi.stamping import stamp
from tests.test_xapi_validation import REMOVED, SUB, WHOLE, changed

SAMPLES = Path(__file__).parent / "samples" / "xapi"
DEF = "/object/definition"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("", WHOLE),
        ("/id", REMOVED),
        ("/id", WHOLE["id"].upper()),
        ("/stored", "2030-01-01T00:00:00Z"),
        ("/stored", REMOVED),
        ("/authority", {"mbox": "mailto:other@example.com"}),
        ("/authority", REMOVED),
        ("/version", "1.0.2"),
        ("/version", REMOVED),
        ("/timestamp", REMOVED),
        ("/timestamp", "2026-03-31T09:30:00Z"),
        ("/timestamp", "2026-03-31T11:30:00.0000+02:00"),
        ("/timestamp", "2026-03-31T09:30:00.0004Z"),
        ("/attachments", REMOVED),
        ("/attachments", []),
        ("/verb/display", REMOVED),
        ("/verb/display", {"de": "beantwortete"}),
        (DEF, REMOVED),
        (DEF + "/name/en", "Another title"),
        (DEF + "/interactionType", "sequencing"),
        (DEF + "/extensions", {}),
        ("/context/contextActivities/grouping", [WHOLE["context"]["contextActivities"]["grouping"]]),
        ("/context/contextActivities/parent/0/definition", {"name": {"en": "Security"}}),
        ("/context/team/member", list(reversed(WHOLE["context"]["team"]["member"]))),
        ("/context/team/member/0/mbox_sha1sum", WHOLE["context"]["team"]["member"][0]["mbox_sha1sum"].upper()),
        ("/context/registration", WHOLE["context"]["registration"].upper()),
        ("/context/statement/id", WHOLE["context"]["statement"]["id"].upper()),
        ("/context/language", "en-gb"),
        ("/actor/mbox", "mailto:mira.lund@EXAMPLE.com"),
        ("/result/score/raw", 5.0),
        ("/result/duration", "PT1M30.5S"),
    ],
)
def test_the_same(place: str, value: Any) -> None:
    other = changed(WHOLE, place, value)
    assert equivalent(WHOLE, other)
    assert equivalent(other, WHOLE)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/timestamp", "2026-03-31T09:30:00.001Z"),
        ("/timestamp", "2026-03-31T09:30:00+02:00"),
        ("/actor/mbox", "mailto:Mira.Lund@example.com"),
        ("/actor/name", "Mira"),
        ("/actor/name", REMOVED),
        ("/actor/objectType", REMOVED),
        ("/actor", {"objectType": "Group", "mbox": "mailto:mira.lund@example.com"}),
        ("/verb/id", "http://adlnet.gov/expapi/verbs/Answered"),
        ("/object/objectType", REMOVED),  # another serialization, and none of the exceptions
        ("/object/id", "https://learn.example.com/courses/security/1/question/4"),
        ("/object/id", "https://learn.example.com/courses/security/1/question/3/"),
        ("/object", {"objectType": "Agent", "mbox": "mailto:a@example.com"}),
        ("/result", REMOVED),
        ("/result/success", False),
        ("/result/success", REMOVED),
        ("/result/response", "Long"),
        ("/result/score/scaled", 0.51),
        ("/result/score/max", REMOVED),
        ("/result/duration", "PT90.5S"),
        ("/result/duration", "PT1M30.50S"),
        ("/result/extensions", {}),
        ("/result/extensions", {"https://learn.example.com/extensions/tries": {"second": [1, {"a": {}}]}}),
        (
            "/result/extensions",
            {"https://learn.example.com/extensions/tries": {"first": None, "second": [True, {"a": {}}]}},
        ),
        (
            "/result/extensions",
            {"https://learn.example.com/extensions/tries": {"first": None, "second": [{"a": {}}, 1]}},
        ),
        ("/context", REMOVED),
        ("/context/registration", "ec531277-b57b-4c15-8d91-d292c5b2b8f8"),
        ("/context/contextActivities/parent", []),
        ("/context/contextActivities/other", REMOVED),
        ("/context/contextActivities/category/0/id", "https://w3id.org/xapi/cmi5"),
        ("/context/team/member", WHOLE["context"]["team"]["member"][:1]),
        ("/context/team/member", [*WHOLE["context"]["team"]["member"], {"openid": "https://x.example.org/"}]),
        ("/context/platform", "example lms"),
        ("/context/language", "en-US"),
        ("/context/extensions", REMOVED),
    ],
)
def test_different(place: str, value: Any) -> None:
    other = changed(WHOLE, place, value)
    assert not equivalent(WHOLE, other)
    assert not equivalent(other, WHOLE)


def test_the_order_of_context_activities_counts() -> None:
    parents = [{"id": "https://example.com/1"}, {"id": "https://example.com/2"}]
    one = changed(WHOLE, "/context/contextActivities/parent", parents)
    assert not equivalent(one, changed(one, "/context/contextActivities/parent", parents[::-1]))


def test_hundredths_of_a_second_are_compared() -> None:
    one = changed(WHOLE, "/result/duration", "PT1.239S")
    assert equivalent(one, changed(one, "/result/duration", "PT1.23S"))
    assert not equivalent(one, changed(one, "/result/duration", "PT1.24S"))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"timestamp": "2026-03-31T11:30:00+02:00"}, True),
        ({"timestamp": "2026-03-31T11:30:00Z"}, False),
        ({"timestamp": REMOVED}, False),  # no LRS sets one there
        ({"verb": {"id": "https://example.com/planned", "display": {"en": "planned"}}}, True),
        ({"verb": {"id": "https://example.com/cancelled"}}, False),
        ({"object": {"id": "https://example.com/a", "definition": {}}}, True),
        ({"object": {"id": "https://example.com/b"}}, False),
        ({"actor": {"mbox": "mailto:a@EXAMPLE.com"}}, True),
        ({"attachments": []}, True),
    ],
)
def test_substatements(change: dict[str, Any], same: bool) -> None:
    one = changed(WHOLE, "/object", SUB | {"timestamp": "2026-03-31T09:30:00Z"})
    other = one
    for name, value in change.items():
        other = changed(other, f"/object/{name}", value)
    assert equivalent(one, other) == same


def test_references() -> None:
    target = {"objectType": "StatementRef", "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"}
    one = changed(WHOLE, "/object", target)
    assert equivalent(one, changed(WHOLE, "/object", target | {"id": target["id"].upper()}))
    assert not equivalent(one, changed(WHOLE, "/object", target | {"id": WHOLE["id"]}))


def test_a_stored_statement_is_the_one_that_was_sent() -> None:
    for line in (SAMPLES / "moodle_statements.jsonl").read_bytes().splitlines():
        sent = orjson.loads(line)
        stored = stamp(sent, statement_id=UUID(int=7), stored=datetime(2026, 12, 1, tzinfo=UTC), authority={})
        assert equivalent(sent, stored)
