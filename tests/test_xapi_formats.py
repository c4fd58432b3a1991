"""format=ids, exact and canonical (xAPI Communication 2.1.3)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from lrs_bridge.xapi.formats import activity_ids, as_ids, canonical, one_language
from lrs_bridge.xapi.formats import language_ranges as ranges
from tests.callers import VERSION, Caller
from tests.statements import COURSE, PASSED, passed

ANN = {"objectType": "Agent", "name": "Ann", "mbox": "mailto:ann@example.com"}
BEN = {"name": "Ben", "account": {"homePage": "https://lms.example.com", "name": "7"}}
ANN_ID, BEN_ID = {"mbox": ANN["mbox"]}, {"account": BEN["account"]}
TEAM = {"objectType": "Group", "name": "Team", "member": [ANN, BEN]}
SQUAD = TEAM | {"mbox": "mailto:squad@example.com"}
LESSON = {"objectType": "Activity", "id": "https://example.com/lesson", "definition": {"name": {"en": "Lesson"}}}
LESSON_ID = {"id": LESSON["id"]}
VERB = {"id": PASSED, "display": {"en": "passed"}}
REFERENCE = {"objectType": "StatementRef", "id": "7ccd3322-e1a5-411a-a67d-6a735c76f119"}
RESULT = {"response": "yes", "extensions": {"https://example.com/x": ANN}}


def built(actor: Any, subject: Any, **more: Any) -> dict[str, Any]:
    return {"actor": actor, "verb": VERB, "object": subject} | more


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (built(ANN, LESSON), {"actor": ANN_ID, "object": LESSON_ID}),
        (built(BEN, ANN), {"actor": BEN_ID, "object": {"objectType": "Agent"} | ANN_ID}),
        (built(TEAM, SQUAD), {"actor": {"objectType": "Group", "member": [ANN_ID, BEN_ID]},
                              "object": {"objectType": "Group", "mbox": SQUAD["mbox"]}}),
        (built(ANN, REFERENCE), {"actor": ANN_ID, "object": REFERENCE}),
        (built(ANN, LESSON, result=RESULT), {"actor": ANN_ID, "object": LESSON_ID, "result": RESULT}),
        (built(ANN, LESSON, authority=TEAM),
         {"actor": ANN_ID, "object": LESSON_ID, "authority": {"objectType": "Group", "member": [ANN_ID, BEN_ID]}}),
        (built(ANN, {"objectType": "SubStatement"} | built(BEN, LESSON)),
         {"actor": ANN_ID, "object": {"objectType": "SubStatement", "actor": BEN_ID, "verb": {"id": PASSED},
                                      "object": LESSON_ID}}),
        (built(ANN, LESSON, context={
            "instructor": BEN, "team": SQUAD, "platform": "x", "statement": REFERENCE,
            "contextActivities": {"parent": [LESSON], "other": LESSON},
            "contextAgents": [{"objectType": "contextAgent", "agent": ANN}],
            "contextGroups": [{"objectType": "contextGroup", "group": SQUAD}]}),
         {"actor": ANN_ID, "object": LESSON_ID, "context": {
            "instructor": BEN_ID, "team": {"objectType": "Group", "mbox": SQUAD["mbox"]}, "platform": "x",
            "statement": REFERENCE, "contextActivities": {"parent": [LESSON_ID], "other": [LESSON_ID]},
            "contextAgents": [{"objectType": "contextAgent", "agent": ANN_ID}],
            "contextGroups": [{"objectType": "contextGroup",
                               "group": {"objectType": "Group", "mbox": SQUAD["mbox"]}}]}}),
    ],
)  # fmt: skip
def test_ids(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert as_ids(given) == {"verb": {"id": PASSED}} | expected


WORDS = {"fr": "bonjour", "en-US": "howdy", "en-GB": "hello", "de": "hallo"}


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", "fr"),
        ("de", "de"),
        ("DE", "de"),
        ("en", "en-US"),
        ("en-GB", "en-GB"),
        ("de;q=0.5, en-GB", "en-GB"),
        ("de;q=0.5, en-GB;q=0.4", "de"),
        ("en;q=0.9, en-US;q=0.1, de;q=0.5", "en-GB"),
        ("*, fr;q=0", "en-US"),
        ("*;q=0.1, de", "de"),
        ("ja", "fr"),
        ("de-AT", "de"),
        ("de-AT, fr;q=0.2", "fr"),
        ("de;q=nonsense, en-GB;q=0.1", "en-GB"),
        ("de;q=7, en-GB;q=0.1", "en-GB"),
        ("de ; q = 1", "de"),
        (",,;q=1", "fr"),
    ],
)
def test_languages(header: str, chosen: str) -> None:
    assert one_language(WORDS, ranges(header)) == {chosen: WORDS[chosen]}


def test_an_empty_map_stays_empty() -> None:
    assert one_language({}, ranges("en")) == {}


def test_canonical_takes_the_definition_that_is_held() -> None:
    held = {
        "name": {"en": "Held", "de": "Gehalten"},
        "interactionType": "choice",
        "choices": [{"id": "a", "description": {"en": "A", "de": "Ah"}}, {"id": "b"}],
    }
    verb = {"id": PASSED, "display": {"en": "passed", "de": "bestanden"}}
    other = {"id": "https://example.com/other", "definition": {"description": {"en": "x", "de": "y"}}}
    given = built(ANN, LESSON, context={"contextActivities": {"parent": [other]}}) | {"verb": verb}
    assert list(activity_ids(given)) == [LESSON["id"], other["id"]]
    found = canonical(given, {LESSON["id"]: held}, "de")
    assert found["object"]["definition"] == {
        "name": {"de": "Gehalten"},
        "interactionType": "choice",
        "choices": [{"id": "a", "description": {"de": "Ah"}}, {"id": "b"}],
    }
    assert found["verb"]["display"] == {"de": "bestanden"}
    assert found["context"]["contextActivities"]["parent"][0]["definition"] == {"description": {"de": "y"}}
    assert found["actor"] == ANN


def test_over_http(app: Flask) -> None:
    lrs = Caller.of(app, "all")
    first = passed() | {"object": {"id": COURSE, "definition": {"name": {"en": "Security", "de": "Sicherheit"}}}}
    second = passed() | {"object": {"id": COURSE}}
    assert lrs.post([first, second]).status_code == 200
    german = VERSION | {"Accept-Language": "de-DE, de;q=0.9, en;q=0.1"}
    page = lrs.call("GET", query_string={"format": "canonical"}, headers=german).get_json()["statements"]
    assert [one["object"]["definition"] for one in page] == [{"name": {"de": "Sicherheit"}}] * 2
    query = {"statementId": first["id"], "format": "ids"}
    assert lrs.call("GET", query_string=query).get_json()["object"] == {"id": COURSE}
    assert lrs.get(statementId=first["id"]).get_json()["object"] == first["object"]
    assert lrs.get(format="shortest").status_code == 400
