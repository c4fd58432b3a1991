"""The Activities and Agents resources, and what statements tell them (xAPI Communication 2.4, 2.5; Data 2.4.4.1)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lrs_bridge.errors import StatementConflict
from lrs_bridge.services.activities import full_activity, person
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.record_statements import record_statements, record_within
from lrs_bridge.storage.activities import Remembered
from lrs_bridge.xapi.definitions import defined_activities, merge_definition, named_actors, person_object
from tests.statements import COURSE, HOME_PAGE, recorder, statement
from tests.xapi_clients import Client, xapi_client

DEFINING = replace(recorder(), defines=True)
ACTIVITIES, AGENTS, STATEMENTS = "/xapi/activities", "/xapi/agents", "/xapi/statements"


@pytest.fixture
def lrs(tmp_path: Path) -> Iterator[Client]:
    with xapi_client(str(tmp_path), f"sqlite:///{tmp_path / 'bridge.db'}") as client:
        yield client


def about(definition: dict[str, Any] | None, activity: str = COURSE, **more: Any) -> dict[str, Any]:
    told = {"objectType": "Activity", "id": activity} | ({"definition": definition} if definition is not None else {})
    return statement(**more) | {"object": told}


def tell(bridge: Bridge, *definitions: dict[str, Any]) -> None:
    record_statements(bridge, [about(definition) for definition in definitions], by=DEFINING)


def definition(bridge: Bridge, activity: str = COURSE) -> Any:
    return full_activity(bridge, activity).get("definition")


# Definitions

CHOICE = {"interactionType": "choice", "choices": [{"id": "a"}], "correctResponsesPattern": ["a"]}
NUMERIC = {"interactionType": "numeric", "correctResponsesPattern": ["4[:]4"]}


@pytest.mark.parametrize(
    ("stored", "told", "merged"),
    [
        ({}, {"name": {"en": "A"}}, {"name": {"en": "A"}}),
        ({"name": {"en": "A"}}, {"name": {"fr": "B"}}, {"name": {"en": "A", "fr": "B"}}),
        ({"name": {"en": "A", "fr": "B"}}, {"name": {"en": "C"}}, {"name": {"en": "C", "fr": "B"}}),
        ({"description": {"en": "A"}}, {"name": {"en": "B"}}, {"description": {"en": "A"}, "name": {"en": "B"}}),
        ({"type": "https://a/1"}, {"type": "https://a/2"}, {"type": "https://a/2"}),
        ({"type": "https://a/1"}, {}, {"type": "https://a/1"}),
        ({"extensions": {"https://a/1": {"x": 1}}}, {"extensions": {"https://a/1": {"y": 2}, "https://a/2": 3}},
         {"extensions": {"https://a/1": {"y": 2}, "https://a/2": 3}}),
        (CHOICE | {"name": {"en": "A"}}, NUMERIC, NUMERIC | {"name": {"en": "A"}}),
        (CHOICE, {"name": {"en": "A"}}, CHOICE | {"name": {"en": "A"}}),
    ],
)  # fmt: skip
def test_merging_definitions(stored: dict[str, Any], told: dict[str, Any], merged: dict[str, Any]) -> None:
    before = json.dumps([stored, told])
    assert merge_definition(stored, told) == merged
    assert json.dumps([stored, told]) == before


def test_every_defined_activity_of_a_statement_is_found() -> None:
    def activity(name: str) -> dict[str, Any]:
        return {"id": f"https://a/{name}", "definition": {"name": {"en": name}}}

    inner = {
        "actor": {},
        "verb": {},
        "object": activity("sub"),
        "context": {"contextActivities": {"other": [activity("subother")]}},
    }
    told = {
        "actor": {},
        "object": {"objectType": "SubStatement"} | inner,
        "context": {
            "contextActivities": {"parent": activity("parent"), "grouping": [activity("g1"), {"id": "https://a/g2"}]}
        },
    }
    found = [iri.rpartition("/")[2] for iri, _ in defined_activities(told)]
    assert sorted(found) == ["g1", "parent", "sub", "subother"]


def test_every_named_actor_of_a_statement_is_found() -> None:
    def agent(name: str) -> dict[str, Any]:
        return {"name": name, "mbox": f"mailto:{name}@example.com"}

    told = {
        "actor": {"objectType": "Group", "name": "team", "member": [agent("m1"), {"mbox": "mailto:x@example.com"}]},
        "object": {
            "objectType": "SubStatement",
            "actor": agent("sub"),
            "object": agent("subobject") | {"objectType": "Agent"},
        },
        "context": {
            "instructor": agent("instructor"),
            "team": {"objectType": "Group", "member": [agent("m2")]},
            "contextAgents": [{"objectType": "contextAgent", "agent": agent("c1")}],
            "contextGroups": [
                {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [agent("c2")]}}
            ],
        },
    }
    assert sorted(name for _, name in named_actors(told)) == [
        "c1",
        "c2",
        "instructor",
        "m1",
        "m2",
        "sub",
        "subobject",
        "team",
    ]


def test_statements_define_their_activities(bridge: Bridge) -> None:
    tell(bridge, {"name": {"en": "Meeting"}, "type": "https://a/meeting"}, {"name": {"fr": "Réunion"}})
    tell(bridge, {"name": {"fr": "Réunion"}}, {"name": {"fr": "Réunion"}})
    expected = {"name": {"en": "Meeting", "fr": "Réunion"}, "type": "https://a/meeting"}
    assert definition(bridge) == expected
    record_statements(bridge, [about(None)], by=DEFINING)
    record_statements(bridge, [about({"name": {"en": "Forged"}})], by=recorder())
    assert definition(bridge) == expected
    tell(bridge, {"name": {"en": "New title"}})
    tell(bridge, {"name": {"en": "Meeting"}})
    assert definition(bridge) == expected


def test_a_refused_batch_defines_nothing_and_is_not_remembered(bridge: Bridge) -> None:
    stored = about({"name": {"en": "Kept"}})
    record_statements(bridge, [stored], by=DEFINING)
    forged = about({"name": {"en": "Forged"}}, id=stored["id"], verb="http://adlnet.gov/expapi/verbs/failed")
    with pytest.raises(StatementConflict):
        record_statements(bridge, [about({"name": {"en": "New"}}), forged], by=DEFINING)
    assert definition(bridge)["name"] == {"en": "Kept"}
    tell(bridge, {"name": {"en": "New"}})
    assert definition(bridge)["name"] == {"en": "New"}


def test_a_statement_that_comes_again_does_not_define_again(bridge: Bridge) -> None:
    old = about({"name": {"en": "Old"}})
    record_statements(bridge, [old], by=DEFINING)
    tell(bridge, {"name": {"en": "New"}})
    record_statements(bridge, [old], by=DEFINING)
    assert definition(bridge)["name"] == {"en": "New"}


def test_the_same_transaction_defines(bridge: Bridge) -> None:
    with bridge.database.writing() as connection:
        record_within(connection, [about({"name": {"en": "Within"}})], by=DEFINING)
    assert definition(bridge)["name"] == {"en": "Within"}


def test_concurrent_definitions_lose_nothing(bridge: Bridge) -> None:
    languages = ["en", "fr", "de", "it", "es", "pt", "nl", "sv"]
    failures: list[BaseException] = []

    def work(language: str) -> None:
        try:
            batch = [about({"name": {language: language}}, f"{COURSE}/{unit}") for unit in range(4)]
            record_statements(bridge, batch if language < "g" else batch[::-1], by=DEFINING)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(language,)) for language in languages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for unit in range(4):
        assert definition(bridge, f"{COURSE}/{unit}")["name"] == {language: language for language in languages}


def test_what_is_known_costs_no_query(bridge: Bridge) -> None:
    tell(bridge, {"name": {"en": "Known"}})
    asked: list[str] = []
    sa.event.listen(bridge.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    tell(bridge, {"name": {"en": "Known"}})
    assert [sql for sql in asked if "activity_definition" in sql or "agent_name" in sql] == []
    tell(bridge, {"name": {"en": "Changed"}})
    assert any("activity_definition" in sql for sql in asked)


def test_remembering_has_an_end() -> None:
    from uuid import UUID

    from lrs_bridge.storage.activities import MOST_REMEMBERED

    remembered = Remembered()
    remembered.add((UUID(int=number), 0) for number in range(MOST_REMEMBERED + 1))
    assert not remembered.holds(UUID(int=0), 0)
    assert remembered.holds(UUID(int=1), 0)
    assert not remembered.holds(UUID(int=1), 1)


# Persons


def test_a_person_has_every_name_that_was_told(bridge: Bridge) -> None:
    for name in ("Mia", "Mia M.", "Mia", "NUL \0"):
        actor = {"name": name, "account": {"homePage": HOME_PAGE, "name": "47"}}
        record_statements(bridge, [statement() | {"actor": actor}], by=DEFINING)
    record_statements(bridge, [statement() | {"actor": actor | {"name": "Forged"}}], by=recorder())
    asked = {"account": {"homePage": HOME_PAGE, "name": "47"}}
    expected = {"objectType": "Person", "name": ["Mia", "Mia M.", "NUL \0"], "account": [asked["account"]]}
    assert person(bridge, asked) == expected
    assert person(bridge, asked | {"name": "Mia"}) == expected
    assert person(bridge, asked | {"name": "M."})["name"] == [*expected["name"], "M."]
    assert person(bridge, {"mbox": "mailto:x@example.com"}) == {
        "objectType": "Person",
        "mbox": ["mailto:x@example.com"],
    }


@pytest.mark.parametrize(
    ("agent", "names", "expected"),
    [
        ({"openid": "https://a.b"}, [], {"objectType": "Person", "openid": ["https://a.b"]}),
        (
            {"openid": "https://a.b", "name": "A"},
            ["B"],
            {"objectType": "Person", "name": ["B", "A"], "openid": ["https://a.b"]},
        ),
        ({"mbox_sha1sum": "a" * 40}, ["B"], {"objectType": "Person", "name": ["B"], "mbox_sha1sum": ["a" * 40]}),
    ],
)
def test_person_objects(agent: dict[str, Any], names: list[str], expected: dict[str, Any]) -> None:
    assert person_object(agent, names) == expected


# Over HTTP


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_the_full_activity(lrs: Client, version: str) -> None:
    client = lrs.in_version(version)
    sent = about({"name": {"en": "Passwords"}, "extensions": {"https://a/1": [1, None]}})
    assert client.call("POST", STATEMENTS, json=[sent]).status_code == 200
    answer = client.get(ACTIVITIES, {"activityId": COURSE})
    assert (answer.status_code, answer.json) == (200, sent["object"])
    assert answer.headers["X-Experience-API-Version"] == version
    again = client.get(ACTIVITIES, {"activityId": COURSE}, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    head = client.call("HEAD", ACTIVITIES, {"activityId": COURSE})
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])
    unknown = client.get(ACTIVITIES, {"activityId": "https://a/unknown"})
    assert unknown.json == {"objectType": "Activity", "id": "https://a/unknown"}


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_a_person_over_http(lrs: Client, version: str) -> None:
    client, agent = lrs.in_version(version), {"objectType": "Agent", "name": "Mia", "mbox": "mailto:mia@example.com"}
    answer = client.get(AGENTS, {"agent": json.dumps(agent)})
    assert answer.json == {"objectType": "Person", "name": ["Mia"], "mbox": ["mailto:mia@example.com"]}
    assert client.call("HEAD", AGENTS, {"agent": json.dumps(agent)}).headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "query", "places"),
    [
        (ACTIVITIES, {}, ["activityId"]),
        (ACTIVITIES, {"activityid": COURSE}, ["activityid", "activityId"]),
        (ACTIVITIES, {"activityId": "true"}, ["activityId"]),
        (ACTIVITIES, {"activityId": COURSE, "agent": "{}"}, ["agent"]),
        (AGENTS, {}, ["agent"]),
        (AGENTS, {"agent": "[]"}, ["agent"]),
        (AGENTS, {"agent": "{}"}, ["agent"]),
        (AGENTS, {"agent": '{"objectType":"Group","mbox":"mailto:a@b.example"}'}, ["agent/objectType"]),
        (AGENTS, {"agent": '{"mbox":"a@b.example"}'}, ["agent/mbox"]),
    ],
)
@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_what_is_refused(lrs: Client, version: str, path: str, query: dict[str, str], places: list[str]) -> None:
    answer = lrs.in_version(version).call("GET", path, query)
    assert answer.status_code == 400
    assert answer.json is not None
    assert [problem["place"] for problem in answer.json["problems"]] == places


@pytest.mark.parametrize(
    ("scope", "activities", "agents"),
    [
        ("all", 200, 200),
        ("all/read", 200, 200),
        ("statements/read", 200, 200),
        ("profile", 200, 200),
        ("state", 200, 403),
        ("define", 200, 403),
        ("statements/write", 403, 403),
    ],
)
def test_scopes(lrs: Client, scope: str, activities: int, agents: int) -> None:
    client = lrs.with_scopes(scope)
    assert client.get(ACTIVITIES, {"activityId": COURSE}).status_code == activities
    assert client.get(AGENTS, {"agent": '{"mbox":"mailto:a@b.example"}'}).status_code == agents


@pytest.mark.parametrize(
    ("scopes", "defined"), [(["statements/write"], False), (["statements/write", "define"], True), (["all"], True)]
)
def test_only_the_scope_define_defines(lrs: Client, scopes: list[str], defined: bool) -> None:
    sent = about({"name": {"en": "Passwords"}})
    assert lrs.with_scopes(*scopes).call("POST", STATEMENTS, json=[sent]).status_code == 200
    answer = lrs.get(ACTIVITIES, {"activityId": COURSE})
    assert answer.json is not None
    assert ("definition" in answer.json) is defined


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", [ACTIVITIES, AGENTS])
def test_they_are_read_only(lrs: Client, path: str, method: str) -> None:
    assert lrs.call(method, path).status_code == 405
