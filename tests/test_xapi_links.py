"""By which agents, activities and statements a statement is found, and in which usage."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from lrs_bridge.domain.actors import ActorKey, digest_key
from lrs_bridge.xapi.links import ActivityUsage, AgentUsage, links_of
from tests.test_xapi_validation import VOIDED, WHOLE

A, B, C, D = ({"mbox": f"mailto:{name}@example.com"} for name in "abcd")
ONE, TWO = ({"id": f"https://example.com/{n}"} for n in (1, 2))
TARGET = {"objectType": "StatementRef", "id": "6690E6C9-3ef0-4ed3-8b37-7f3964730bee"}
BARE: dict[str, Any] = {"actor": A, "verb": {"id": "https://example.com/did"}, "object": ONE}
GROUP: dict[str, Any] = {"objectType": "Group", "member": [C, D]}
TEAM: dict[str, Any] = {"objectType": "Group", **B, "member": [C]}
SUB: dict[str, Any] = {"objectType": "SubStatement", "actor": B, "verb": {"id": "https://example.com/p"}, "object": ONE}


def agents(statement: dict[str, Any]) -> set[tuple[str, str]]:
    names = {ActorKey.of_mbox(f"{name}@example.com").digest: name for name in "abcd"}
    return {(names[key], usage.name) for key, usage in links_of(statement).agents}


def activities(statement: dict[str, Any]) -> set[tuple[str, str]]:
    names = {digest_key(f"https://example.com/{n}"): n for n in "12"}
    return {(names[key], usage.name) for key, usage in links_of(statement).activities}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {("a", "ACTOR")}),
        ({"actor": {"mbox": "mailto:a@EXAMPLE.COM"}}, {("a", "ACTOR")}),
        ({"actor": TEAM}, {("b", "ACTOR"), ("c", "MEMBER")}),
        ({"actor": GROUP}, {("c", "MEMBER"), ("d", "MEMBER")}),
        ({"object": {"objectType": "Agent", **B}}, {("a", "ACTOR"), ("b", "OBJECT")}),
        ({"object": {"objectType": "Agent", **A}}, {("a", "ACTOR"), ("a", "OBJECT")}),
        ({"object": TEAM}, {("a", "ACTOR"), ("b", "OBJECT"), ("c", "MEMBER")}),
        ({"object": TARGET}, {("a", "ACTOR")}),
        ({"context": {"instructor": B}}, {("a", "ACTOR"), ("b", "INSTRUCTOR")}),
        ({"context": {"instructor": GROUP}}, {("a", "ACTOR"), ("c", "INSTRUCTOR"), ("d", "INSTRUCTOR")}),
        ({"context": {"team": TEAM}}, {("a", "ACTOR"), ("b", "TEAM"), ("c", "TEAM")}),
        ({"authority": B}, {("a", "ACTOR"), ("b", "AUTHORITY")}),
        ({"authority": GROUP}, {("a", "ACTOR"), ("c", "AUTHORITY"), ("d", "AUTHORITY")}),
        ({"object": SUB}, {("a", "ACTOR"), ("b", "SUB_ACTOR")}),
        ({"object": SUB | {"actor": GROUP}}, {("a", "ACTOR"), ("c", "SUB_ACTOR"), ("d", "SUB_ACTOR")}),
        (
            {"object": SUB | {"object": {"objectType": "Agent", **C}}},
            {("a", "ACTOR"), ("b", "SUB_ACTOR"), ("c", "SUB_OBJECT")},
        ),
        (
            {"object": SUB | {"context": {"instructor": C, "team": TEAM}}},
            {("a", "ACTOR"), ("b", "SUB_ACTOR"), ("c", "SUB_INSTRUCTOR"), ("b", "SUB_TEAM"), ("c", "SUB_TEAM")},
        ),
    ],
)
def test_agents(change: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert agents(BARE | change) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {("1", "OBJECT")}),
        ({"object": {"objectType": "Activity", **ONE}}, {("1", "OBJECT")}),
        ({"object": {"objectType": "Agent", **B}}, set()),
        ({"object": TARGET}, set()),
        *[
            ({"context": {"contextActivities": {key: value}}}, {("1", "OBJECT"), ("2", key.upper())})
            for key in ("parent", "grouping", "category", "other")
            for value in (TWO, [TWO], [TWO, TWO])
        ],
        ({"context": {"contextActivities": {"parent": [ONE]}}}, {("1", "OBJECT"), ("1", "PARENT")}),
        ({"context": {"contextActivities": {"parent": []}}}, {("1", "OBJECT")}),
        ({"object": SUB}, {("1", "SUB_OBJECT")}),
        (
            {"object": SUB | {"context": {"contextActivities": {"parent": TWO, "other": [ONE]}}}},
            {("1", "SUB_OBJECT"), ("2", "SUB_CONTEXT"), ("1", "SUB_CONTEXT")},
        ),
        ({"object": SUB | {"object": TARGET}}, set()),
    ],
)
def test_activities(change: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert activities(BARE | change) == expected


def test_each_link_comes_once() -> None:
    twice = BARE | {"actor": GROUP | {"member": [C, C]}, "object": GROUP}
    assert len(links_of(twice).agents) == 2


@pytest.mark.parametrize(
    ("change", "references", "voiding"),
    [
        ({}, (), False),
        ({"object": TARGET}, ((UUID(TARGET["id"]), False),), False),
        ({"object": TARGET, "verb": {"id": VOIDED}}, ((UUID(TARGET["id"]), True),), True),
        ({"context": {"statement": TARGET}}, (), False),  # does not target (Communication 2.1.3)
        ({"object": SUB | {"object": TARGET}}, (), False),
        ({"object": SUB | {"object": TARGET, "verb": {"id": VOIDED}}}, (), False),
    ],
)
def test_references(change: dict[str, Any], references: tuple[tuple[UUID, bool], ...], voiding: bool) -> None:
    links = links_of(BARE | change)
    assert (links.references, links.voiding) == (references, voiding)


def test_verb_and_registration() -> None:
    links = links_of(WHOLE)
    assert links.verb_key == digest_key("http://adlnet.gov/expapi/verbs/answered")
    assert links.registration == UUID("ec531277-b57b-4c15-8d91-d292c5b2b8f7")
    assert links_of(BARE).registration is None


def test_long_names_have_the_same_key_as_ever() -> None:
    long = "https://example.com/" + "x" * 5000
    assert links_of(BARE | {"object": {"id": long}}).activities == ((digest_key(long), ActivityUsage.OBJECT),)


def test_stored_numbers_never_change() -> None:
    assert [usage.value for usage in AgentUsage] == list(range(1, 15))
    assert [usage.value for usage in ActivityUsage] == list(range(1, 8))
    assert (AgentUsage.MEMBER, AgentUsage.SUB_TEAM, ActivityUsage.OTHER) == (3, 10, 5)
