"""xAPI 2.0: which version is spoken, what the LRS adds, what counts as the same, how it is found and asked for."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.facts import Outcome
from lrs_bridge.errors import RequestRefused
from lrs_bridge.xapi.clauses import clause_in
from lrs_bridge.xapi.equivalence import equivalent
from lrs_bridge.xapi.facts import facts_of
from lrs_bridge.xapi.instants import is_rfc3339, is_timestamp
from lrs_bridge.xapi.links import AGENT_FILTER, AgentUsage, links_of
from lrs_bridge.xapi.query import parse_put_query, parse_query
from lrs_bridge.xapi.stamping import stamp
from lrs_bridge.xapi.validation import validate_statement
from lrs_bridge.xapi.versions import SUPPORTED, version_of_request

SAMPLES = Path(__file__).parent / "samples" / "xapi"
WHOLE = orjson.loads((SAMPLES / "whole_statement_2_0.json").read_bytes())
ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
STORED = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
NOW = "2026-03-31T09:30:00.000000Z"
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://lrs.example.com", "name": "key"}}
BARE: dict[str, Any] = {
    "actor": {"mbox": "mailto:a@example.com"},
    "verb": {"id": "https://example.com/did"},
    "object": {"id": "https://example.com/a"},
}


def stamped(statement: dict[str, Any], version: str = "2.0.0") -> dict[str, Any]:
    return stamp(statement, statement_id=UUID(ID), stored=STORED, authority=AUTHORITY, version=version)


# IEEE 9274.1.1 4.1.7


@pytest.mark.parametrize(
    ("header", "version"),
    [
        ("2.0.0", "2.0.0"),
        ("2.0", "2.0.0"),
        ("2.0.1", "2.0.0"),
        ("2.0.17", "2.0.0"),
        (" 2.0.0 ", "2.0.0"),
        ("1.0", "1.0.3"),
        ("1.0.0", "1.0.3"),
        ("1.0.3", "1.0.3"),
    ],
)
def test_the_header_chooses_the_version(header: str, version: str) -> None:
    assert version_of_request(header) == version


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "2", "2.", "2.0.", "2.1", "2.1.0", "2.0.0-rc1", "2.0.0.0", "v2.0.0", "1.1.0", "0.95", "3.0.0"),
        *("1.0.3, 2.0.0", "2.0.x", "٢.0.0"),
    ],
)
def test_a_version_that_nobody_speaks_is_refused(header: str | None) -> None:
    with pytest.raises(RequestRefused) as caught:
        version_of_request(header)
    (problem,) = caught.value.problems
    assert (problem.place, problem.clause) == (
        "X-Experience-API-Version",
        "xAPI Communication 3.3; IEEE 9274.1.1 4.1.7",
    )
    assert problem.remedy == "Send X-Experience-API-Version: 1.0.3 or 2.0.0"


@pytest.mark.parametrize(("header", "spoken"), [("2.0.0", ["1.0.3"]), ("2.0", ["1.0.3"]), ("1.0.3", ["2.0.0"])])
def test_a_version_that_is_not_declared_is_refused(header: str, spoken: list[str]) -> None:
    with pytest.raises(RequestRefused) as caught:
        version_of_request(header, spoken=spoken)
    assert caught.value.remedy == f"Send X-Experience-API-Version: {spoken[0]}"


def test_both_are_supported_oldest_first() -> None:
    assert SUPPORTED == ("1.0.3", "2.0.0")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("xAPI Data 2.2", "IEEE 9274.1.1 4.2.1"),
        ("xAPI Data 2.2; xAPI Data 2.4.6", "IEEE 9274.1.1 4.2.1; IEEE 9274.1.1 4.2.2.5"),
        ("xAPI Data 2.4.2.1; xAPI Data 2.4.2.2", "IEEE 9274.1.1 4.2.2.1"),
        ("xAPI Communication 3.1", "IEEE 9274.1.1 4.1.4"),
        ("xAPI Communication 2.7", "IEEE 9274.1.1 4.1.6.6"),
        ("IEEE 9274.1.1 4.2.7", "IEEE 9274.1.1 4.2.7"),
        ("xAPI Communication 1.3", "xAPI Communication 1.3"),  # the alternate syntax, of which 2.0 says nothing
        ("", ""),
    ],
)
def test_clauses_by_version(ours: str, theirs: str) -> None:
    assert clause_in("1.0.3", ours) == ours
    assert clause_in("2.0.0", ours) == theirs


# IEEE 9274.1.1 4.2.7


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("2026-03-31T09:30:00Z", True),
        ("2026-03-31t09:30:00.5z", True),
        ("0001-01-01T00:00:00Z", True),
        ("2026-03-31T23:59:59.999999999+14:00", True),
        ("2016-12-31T15:59:60-08:00", True),
        ("2016-12-31T12:00:60Z", False),
        ("2026-03-31T09:30:00", False),
        ("2026-03-31T09:30:00-00:00", False),
        ("2026-03-31T09:30:00-0000", False),
        ("2026-03-31_09:30:00Z", False),
        ("2026-3-31T09:30:00Z", False),
        ("2026-03-31T09:30:00.Z", False),
        ("2026-03-31T09:30:00+2:00", False),
        ("٢٠٢٦-03-31T09:30:00Z", False),
        ("0001-01-01T00:00:00+01:00", False),  # has no name in UTC
        ("+002026-03-31T09:30:00Z", False),
    ],
)
def test_rfc_3339(text: str, is_one: bool) -> None:
    assert is_rfc3339(text) is is_one
    assert is_timestamp(text) or not is_one


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("2026-03-31T09:30:00Z", "2026-03-31T09:30:00Z"),
        ("2026-03-31T09:30:00.123456789Z", "2026-03-31T09:30:00.123456789Z"),
        ("2026-03-31T09:30:00z", NOW),
        ("2026-03-31T09:30:00+00:00", NOW),
        ("2026-03-31T11:30:00+02:00", NOW),
        ("2026-03-30T22:30:00.25-11:00", "2026-03-31T09:30:00.250000Z"),
    ],
)
def test_timestamps_are_converted_to_utc(sent: str, answered: str) -> None:
    substatement = BARE | {"objectType": "SubStatement", "timestamp": sent}
    statement = BARE | {"timestamp": sent, "object": substatement}
    before = deepcopy(statement)
    result = stamped(statement)
    assert (result["timestamp"], result["object"]["timestamp"]) == (answered, answered)
    assert statement == before
    assert stamped(statement, "1.0.3")["object"]["timestamp"] == sent


@pytest.mark.parametrize(
    ("version", "request_version", "expected"),
    [
        (None, "2.0.0", "2.0.0"),
        ("2.0.0", "2.0.0", "2.0.0"),
        ("2.0.1", "2.0.0", "2.0.1"),
        ("1.0.0", "2.0.0", "1.0.0"),
        ("1.0.3", "2.0.0", "1.0.3"),
        (None, "1.0.3", "1.0.0"),
    ],
)
def test_a_statement_keeps_its_version(version: str | None, request_version: str, expected: str) -> None:
    statement = BARE | ({"version": version} if version else {})
    assert stamped(statement, request_version)["version"] == expected


def test_what_is_missing_is_set_and_what_is_ours_is_replaced() -> None:
    assert stamped(BARE) == BARE | {
        "id": ID,
        "timestamp": NOW,
        "stored": NOW,
        "version": "2.0.0",
        "authority": AUTHORITY,
    }
    result = stamped(WHOLE)
    assert (result["id"], result["stored"]) == (WHOLE["id"], NOW)
    assert result["context"]["contextActivities"]["parent"] == [WHOLE["context"]["contextActivities"]["parent"]]
    assert result["context"]["contextAgents"] == WHOLE["context"]["contextAgents"]
    assert result["object"]["timestamp"] == "2026-03-31T09:30:00.500000Z"
    assert validate_statement(result, version="2.0.0") == []


# IEEE 9274.1.1 4.2, Statement Immutability


def with_value(place: str, value: Any) -> dict[str, Any]:
    copy = deepcopy(WHOLE)
    *parents, last = place.split("/")[1:]
    holder: Any = copy
    for key in parents:
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    holder[int(last) if isinstance(holder, list) else last] = value
    return copy


SAME = [
    ("/id", ID),
    ("/timestamp", "2001-01-01T00:00:00Z"),
    ("/object/timestamp", "2001-01-01T00:00:00Z"),
    ("/stored", "2001-01-01T00:00:00Z"),
    ("/version", "2.0.1"),
    ("/version", "1.0.0"),
    ("/authority", {"mbox": "mailto:boss@example.com"}),
    ("/attachments", []),
    ("/verb/display", {}),
    ("/verb/id", WHOLE["verb"]["id"].upper()),
    ("/actor/name", "NIGHT SHIFT"),
    ("/actor/member", list(reversed(WHOLE["actor"]["member"]))),
    ("/object/object/definition", {"name": {"en": "Another"}}),
    ("/object/actor/mbox_sha1sum", WHOLE["object"]["actor"]["mbox_sha1sum"].upper()),
    ("/object/result/duration", "p1dt2h"),
    ("/context/registration", WHOLE["context"]["registration"].upper()),
    ("/context/contextActivities/parent", [WHOLE["context"]["contextActivities"]["parent"]]),
    ("/context/contextAgents/0/agent/mbox", "mailto:ida.berg@EXAMPLE.com"),
    ("/context/contextAgents/0/relevantTypes/0", "https://example.com/Types/Instructor"),
    ("/context/extensions", {"https://example.com/x/weather": "FOG"}),
]
DIFFERENT = [
    ("/actor/account/name", "day-shift"),
    ("/actor/member", WHOLE["actor"]["member"][:1]),
    ("/verb/id", "http://adlnet.gov/expapi/verbs/passed"),
    ("/object/object/id", "https://learn.example.com/courses/fire/other"),
    ("/object/result/duration", "PT26H"),
    ("/result/completion", False),
    ("/context/contextAgents", WHOLE["context"]["contextAgents"][:1]),
    ("/context/contextAgents/0/agent/mbox", "mailto:ida@example.com"),
    ("/context/contextAgents/0/relevantTypes", ["https://example.com/types/instructor"]),
    ("/context/contextGroups/0/group/member", []),
    ("/context/contextGroups", []),
]


@pytest.mark.parametrize(("place", "value"), SAME)
def test_what_2_0_does_not_look_at(place: str, value: Any) -> None:
    other = with_value(place, value)
    assert equivalent(WHOLE, other)
    assert equivalent(other, WHOLE)
    assert equivalent(stamped(WHOLE), other)


@pytest.mark.parametrize(("place", "value"), DIFFERENT)
def test_what_makes_another_statement(place: str, value: Any) -> None:
    other = with_value(place, value)
    assert not equivalent(WHOLE, other)
    assert not equivalent(other, WHOLE)


def test_members_in_any_order_and_case() -> None:
    members = [{"account": {"homePage": "https://e.example", "name": name}} for name in "Bac"]
    other = [{"account": {"homePage": "https://e.example", "name": name}} for name in "bCA"]
    assert equivalent(with_value("/actor/member", members), with_value("/actor/member", other))


@pytest.mark.parametrize("version", ["1.0.0", "1.0.3"])
def test_1_0_3_looks_at_time_and_case(version: str) -> None:
    statement = BARE | {"version": version, "timestamp": "2026-03-31T09:30:00Z"}
    assert not equivalent(statement, statement | {"timestamp": "2026-03-31T09:31:00Z"})
    assert not equivalent(statement, statement | {"verb": {"id": "https://example.com/DID"}})
    inner = BARE | {"objectType": "SubStatement"}
    assert not equivalent(
        statement | {"object": inner}, statement | {"object": inner | {"timestamp": "2026-03-31T09:30:00Z"}}
    )


# IEEE 9274.1.1 4.1.6.1, related_agents


def agents_of(statement: dict[str, Any]) -> set[tuple[AgentUsage, ActorKey]]:
    keys = [
        ActorKey.of_mbox(f"{name}@example.com") for name in ("ida.berg", "chief", "fire", "mira.lund")
    ] + [
        ActorKey.of_account("https://lms.example.com", name) for name in ("9", "brigade", "night-shift")
    ] + [ActorKey("openid", "https://id.example.com/witness")]  # fmt: skip
    by_digest = {key.digest: key for key in keys}
    return {(usage, by_digest[digest]) for digest, usage in links_of(statement).agents if digest in by_digest}


def test_context_agents_and_groups_are_linked() -> None:
    account = ActorKey.of_account
    assert agents_of(WHOLE) == {
        (AgentUsage.ACTOR, account("https://lms.example.com", "night-shift")),
        (AgentUsage.MEMBER, ActorKey.of_mbox("mira.lund@example.com")),
        (AgentUsage.CONTEXT_AGENT, ActorKey.of_mbox("ida.berg@example.com")),
        (AgentUsage.CONTEXT_AGENT, ActorKey("openid", "https://id.example.com/witness")),
        (AgentUsage.CONTEXT_GROUP, account("https://lms.example.com", "brigade")),
        (AgentUsage.CONTEXT_GROUP, ActorKey.of_mbox("chief@example.com")),
        (AgentUsage.SUB_CONTEXT_AGENT, account("https://lms.example.com", "9")),
        (AgentUsage.SUB_CONTEXT_GROUP, ActorKey.of_mbox("fire@example.com")),
    }


def test_the_agent_filter_alone_does_not_look_there() -> None:
    assert {usage.name for usage in AGENT_FILTER} == {"ACTOR", "OBJECT", "MEMBER"}
    assert [usage.value for usage in AgentUsage] == list(range(1, 15))  # stored: append only


# IEEE 9274.1.1 4.1.6.1 and 4.1.5, parameters


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({"since": "2026-03-31T09:30:00"}, [("since", "IEEE 9274.1.1 4.1.6")]),
        ({"until": "20260331T0930Z"}, [("until", "IEEE 9274.1.1 4.1.6")]),
        ({"since": "2026-03-31T09:30:00 02:00"}, [("since", "IEEE 9274.1.1 4.1.6")]),
        ({"method": "PUT"}, [("method", "IEEE 9274.1.1 4.1.5")]),
        ({"Agent": "{}"}, [("Agent", "IEEE 9274.1.1 4.1.5")]),
        ({"statementId": ID, "voidedStatementId": ID}, [("voidedStatementId", "IEEE 9274.1.1 4.1.6.1")]),
        ({"statementId": ID, "limit": "1"}, [("limit", "IEEE 9274.1.1 4.1.6.1")]),
        ({"registration": "1", "verb": "did"}, [(name, "IEEE 9274.1.1 4.1.6") for name in ("registration", "verb")]),
        ({"agent": '{"name":"x"}'}, [("agent", "IEEE 9274.1.1 4.2.2.1")]),
    ],
)
def test_a_wrong_query(pairs: dict[str, str], expected: list[tuple[str, str]]) -> None:
    with pytest.raises(RequestRefused) as caught:
        parse_query(pairs, "2.0.0")
    assert [(problem.place, problem.clause) for problem in caught.value.problems] == expected


def test_a_good_query_is_read_as_in_1_0_3() -> None:
    pairs = {"agent": '{"mbox":"mailto:a@example.com"}', "related_agents": "true", "since": "2026-03-31T09:30:00+02:00"}
    assert parse_query(pairs, "2.0.0") == parse_query(pairs, "1.0.3")
    assert parse_query({"since": "2026-03-31T09:30:00"}, "1.0.3").since == STORED


def test_a_put_names_its_statement() -> None:
    assert parse_put_query({"statementId": ID}, "2.0.0") == UUID(ID)
    with pytest.raises(RequestRefused) as caught:
        parse_put_query({}, "2.0.0")
    assert [problem.clause for problem in caught.value.problems] == ["IEEE 9274.1.1 4.1.6.1"]


# facts: the same from both versions, and never from Moodle's reports of a SCO

INFO = "http://lrs.learninglocker.net/define/extensions/info"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"


@pytest.mark.parametrize(
    ("event", "result", "expected"),
    [
        ("\\mod_scorm\\event\\status_submitted", {}, Outcome.STARTED),
        ("\\mod_scorm\\event\\scoreraw_submitted", {"score": {"raw": 49}}, Outcome.STARTED),
        ("\\mod_scorm\\event\\status_submitted", {"completion": True}, Outcome.COMPLETED),
        ("\\mod_scorm\\event\\status_submitted", {"success": False}, Outcome.FAILED),
        ("\\core\\event\\course_module_completion_updated", {}, Outcome.COMPLETED),
        (["status_submitted"], {}, Outcome.COMPLETED),
        (None, {"score": {"raw": 49}}, Outcome.COMPLETED),
    ],
)
@pytest.mark.parametrize("version", SUPPORTED)
def test_a_report_of_a_sco_is_no_completion(
    version: str, event: Any, result: dict[str, Any], expected: Outcome
) -> None:
    statement = BARE | {
        "verb": {"id": COMPLETED},
        "result": result,
        "context": {"extensions": {INFO: {"event_name": event}}},
    }
    fact = facts_of(stamped(statement, version))
    assert fact is not None
    assert fact.outcome is expected


@pytest.mark.parametrize("extension", [None, [], "x", 1, {}])
def test_an_extension_may_hold_anything(extension: Any) -> None:
    statement = BARE | {"verb": {"id": COMPLETED}, "context": {"extensions": {INFO: extension}}}
    fact = facts_of(stamped(statement))
    assert fact is not None
    assert fact.outcome is Outcome.COMPLETED
