"""The parameters of GET and PUT /statements: what they mean, and every problem they have."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import RequestRefused
from lrs_bridge.xapi.links import ActivityUsage, AgentUsage
from lrs_bridge.xapi.query import StatementQuery, parse_put_query, parse_query

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
AGENT = '{"mbox":"mailto:a@Example.com"}'
GET, ANY, VALUE, AGENTS = "xAPI Communication 2.1.3", "xAPI Communication 3.2", "xAPI Data 2.2", "xAPI Data 2.4.2.1"


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({}, {}),
        ({"statementId": ID}, {"statement_id": UUID(ID)}),
        ({"statementId": ID.upper()}, {"statement_id": UUID(ID)}),
        ({"voidedStatementId": ID}, {"voided_statement_id": UUID(ID)}),
        (
            {"statementId": ID, "attachments": "true", "format": "ids"},
            {"statement_id": UUID(ID), "attachments": True, "format": "ids"},
        ),
        ({"agent": AGENT}, {"agent": ActorKey("mbox", "mailto:a@example.com")}),
        (
            {"agent": '{"objectType":"Group","account":{"homePage":"https://l.example","name":"t"},"member":[]}'},
            {"agent": ActorKey("account", "t", "https://l.example")},
        ),
        ({"verb": "https://example.com/فعل"}, {"verb": "https://example.com/فعل"}),
        ({"activity": "urn:isbn:0451450523"}, {"activity": "urn:isbn:0451450523"}),
        ({"registration": ID}, {"registration": UUID(ID)}),
        ({"related_activities": "true", "related_agents": "false"}, {"related_activities": True}),
        ({"since": "2026-03-31T09:30:00+02:00"}, {"since": datetime(2026, 3, 31, 7, 30, tzinfo=UTC)}),
        ({"until": "2026-03-31T09:30:00Z"}, {"until": datetime(2026, 3, 31, 9, 30, tzinfo=UTC)}),
        ({"limit": "0"}, {}),
        ({"limit": "25"}, {"limit": 25}),
        ({"limit": "9" * 6000}, {"limit": 10**9}),
        ({"format": "canonical"}, {"format": "canonical"}),
        ({"format": "exact", "ascending": "true"}, {"ascending": True}),
    ],
)
def test_a_query_is_read(pairs: dict[str, str], expected: dict[str, Any]) -> None:
    assert parse_query(pairs) == StatementQuery(**expected)
    assert parse_query(iter(pairs.items())) == StatementQuery(**expected)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("statementID", ID)], [("statementID", ANY)]),
        ([("Agent", AGENT)], [("Agent", ANY)]),
        ([("LIMIT", "1")], [("LIMIT", ANY)]),
        ([("unknown", "1")], [("unknown", ANY)]),
        ([("", "")], [("", ANY)]),
        ([("limit", "1"), ("limit", "1")], [("limit", ANY)]),
        ([("verb", "https://a.example"), ("verb", "https://b.example")], [("verb", ANY)]),
        ([("statementId", ID), ("voidedStatementId", ID)], [("voidedStatementId", GET)]),
        *[
            ([(one, ID), (name, value)], [(name, GET)])
            for one in ("statementId", "voidedStatementId")
            for name, value in [
                ("agent", AGENT),
                ("verb", "https://example.com/v"),
                ("activity", "https://example.com/a"),
                ("registration", ID),
                ("related_activities", "true"),
                ("related_agents", "false"),
                ("since", "2026-03-31T09:30:00Z"),
                ("until", "2026-03-31T09:30:00Z"),
                ("limit", "1"),
                ("ascending", "true"),
            ]
        ],
        ([("statementId", "wrong")], [("statementId", VALUE)]),
        ([("statementId", "")], [("statementId", VALUE)]),
        ([("voidedStatementId", f"{{{ID}}}")], [("voidedStatementId", VALUE)]),
        ([("registration", ID + " ")], [("registration", VALUE)]),
        ([("agent", "wrong")], [("agent, line 1, column 1", "xAPI Communication 1.5.1")]),
        ([("agent", "")], [("agent, line 1, column 1", "xAPI Communication 1.5.1")]),
        ([("agent", "{}")], [("agent", AGENTS)]),
        ([("agent", "[]")], [("agent", "xAPI Data 2.4.2")]),
        ([("agent", "null")], [("agent", VALUE)]),
        ([("agent", '"mailto:a@example.com"')], [("agent", "xAPI Data 2.4.2")]),
        ([("agent", '{"mbox":"a@example.com"}')], [("agent/mbox", "xAPI Data 2.4.2.3")]),
        ([("agent", '{"mbox":"mailto:a@b.c","mbox":"mailto:a@b.c"}')], [("agent/mbox", VALUE)]),
        ([("agent", '{"mbox":"mailto:a@b.c","openid":"https://b.c/"}')], [("agent", AGENTS)]),
        ([("agent", '{"objectType":"Group","member":[{"mbox":"mailto:a@b.c"}]}')], [("agent", GET)]),
        ([("verb", "not.a.valid.iri.com/verb")], [("verb", VALUE)]),
        ([("verb", "")], [("verb", VALUE)]),
        ([("activity", "course 1")], [("activity", VALUE)]),
        ([("activity", "https://example.com/a b")], [("activity", VALUE)]),
        *[([("ascending", value)], [("ascending", VALUE)]) for value in ("True", "TRUE", "1", "yes", "", " true")],
        *[([("attachments", value)], [("attachments", VALUE)]) for value in ("False", "0", "null")],
        *[([("limit", value)], [("limit", VALUE)]) for value in ("-1", "1.5", "", "ten", "+1", "٣", "1e3", " 1")],
        *[([("format", value)], [("format", VALUE)]) for value in ("IDs", "", "exact ", "json")],
        *[
            ([("since", value)], [("since", VALUE)])
            for value in ("yesterday", "2026-03-31", "2026-03-31T09:30:00 02:00")
        ],
        ([("until", "2026-03-31T09:30:00-00:00")], [("until", VALUE)]),
        (
            [("limit", "-1"), ("verb", "x"), ("Verb", "x"), ("statementId", ID)],
            [("limit", VALUE), ("verb", VALUE), ("Verb", ANY), ("limit", GET), ("verb", GET)],
        ),
    ],
)
def test_every_problem_of_a_query(pairs: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    with pytest.raises(RequestRefused) as caught:
        parse_query(pairs)
    assert [(problem.place, problem.clause) for problem in caught.value.problems] == expected


def test_a_blank_in_a_timestamp_was_a_plus() -> None:
    with pytest.raises(RequestRefused) as caught:
        parse_query({"since": "2026-03-31T09:30:00 02:00"})
    assert "%2B" in caught.value.problems[0].remedy


def test_what_a_filter_looks_at() -> None:
    plain, related = parse_query({}), parse_query({"related_agents": "true", "related_activities": "true"})
    assert plain.agent_usages == {AgentUsage.ACTOR, AgentUsage.OBJECT, AgentUsage.MEMBER}
    assert plain.activity_usages == {ActivityUsage.OBJECT}
    assert related.agent_usages == related.activity_usages == frozenset()


def test_put_names_its_statement() -> None:
    assert parse_put_query({"statementId": ID}) == UUID(ID)


@pytest.mark.parametrize(
    ("pairs", "places"),
    [
        ([], ["statementId"]),
        ([("statementid", ID)], ["statementid"]),
        ([("statementId", "x")], ["statementId"]),
        ([("statementId", ID), ("statementId", ID)], ["statementId"]),
        ([("statementId", ID), ("limit", "1")], ["limit"]),
    ],
)
def test_put_needs_one_id_and_nothing_else(pairs: list[tuple[str, str]], places: list[str]) -> None:
    with pytest.raises(RequestRefused) as caught:
        parse_put_query(pairs)
    assert [problem.place for problem in caught.value.problems] == places


@given(st.lists(st.tuples(st.sampled_from([*asdict(StatementQuery()), "statementId"]) | st.text(), st.text())))
def test_any_query_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        parse_query(pairs)
    except RequestRefused as refusal:
        problems = refusal.problems
    else:
        return
    assert problems
