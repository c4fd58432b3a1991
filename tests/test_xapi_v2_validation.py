"""xAPI 2.0: one change to a whole, valid statement; every fault that it makes, with its place and clause.

What 2.0 shares with 1.0.3 is in ``test_xapi_validation``; here is what differs, and that the clauses are those of 2.0.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from lrs_bridge.xapi.validation import validate_statement

SAMPLES = Path(__file__).parent / "samples" / "xapi"
WHOLE = orjson.loads((SAMPLES / "whole_statement_2_0.json").read_bytes())
WHOLE_1_0 = orjson.loads((SAMPLES / "whole_statement.json").read_bytes())
AGENT = {"mbox": "mailto:a@example.com"}
GROUP = {"objectType": "Group", "member": [AGENT]}
ACTIVITY = {"id": "https://example.com/a"}
REFERENCE = {"objectType": "StatementRef", "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"}
TYPE = "https://example.com/types/mentor"
REMOVED = object()

I = "IEEE 9274.1.1"  # noqa: E741 - as short as its clauses
TABLE, STATEMENT, ACTOR, VERB, OBJECT, RESULT, CONTEXT, ATTACHMENT, VOIDING, SIGNING, TYPES = (
    f"{I} 4.2.{n}" for n in ("1", "2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "5", "6", "7")
)

CA, CG = "/context/contextAgents", "/context/contextGroups"
SUB = "/object"


def unknown(clause: str) -> str:
    return f"{TABLE}; {clause}"


def changed(statement: dict[str, Any], place: str, value: Any) -> Any:
    """A copy with the value at a JSON Pointer replaced, added or removed."""
    copy = deepcopy(statement)
    *parents, last = place.split("/")[1:]
    holder: Any = copy
    for key in parents:
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    where: Any = int(last) if isinstance(holder, list) else last
    if value is REMOVED:
        del holder[where]
    else:
        holder[where] = value
    return copy


def found(statement: Any, version: str = "2.0.0") -> list[tuple[str, str]]:
    return [(problem.place, problem.clause) for problem in validate_statement(statement, version=version)]


def related(**parts: Any) -> dict[str, Any]:
    return {"objectType": "contextAgent", "agent": AGENT} | parts


VALID: list[tuple[str, Any]] = [
    (CA, []),
    (CA, REMOVED),
    (CG, []),
    (CG, REMOVED),
    (CA, [related()]),
    (CA, [related(), related()]),
    (CA, [related(relevantTypes=[TYPE])]),
    (CA, [related(relevantTypes=[TYPE, TYPE, "urn:x-role:2", "tag:example.com,2026:mentor"])]),
    (CA, [related(agent={"objectType": "Agent", "openid": "https://id.example.com/a"})]),
    (CA, [related(agent={"name": "", "account": {"homePage": "https://e.example", "name": "1"}})]),
    (f"{CA}/0/relevantTypes", REMOVED),
    (f"{CG}/0/relevantTypes", REMOVED),
    (f"{CG}/0/group", GROUP),
    (f"{CG}/0/group", {"objectType": "Group", "mbox": "mailto:team@example.com"}),
    (f"{CG}/0/group", {"objectType": "Group", "mbox": "mailto:team@example.com", "member": []}),
    ("/context/instructor", AGENT),  # not recommended any more, but there
    ("/context/team", GROUP),
    ("/context/contextActivities/parent", [ACTIVITY]),
    (f"{SUB}/context/contextAgents", []),
    (f"{SUB}/attachments", WHOLE["attachments"]),
    (f"{SUB}/timestamp", REMOVED),
    ("/version", REMOVED),
    ("/version", "2.0"),
    ("/version", "2.0.1"),
    ("/version", "1.0.0"),  # a statement of 1.0 that is passed on, IEEE 9274.1.1 4.2.4.3
    ("/version", "1.0.3"),
    ("/timestamp", REMOVED),
    ("/timestamp", "2026-03-31T09:30:00Z"),
    ("/timestamp", "2026-03-31T09:30:00.1Z"),
    ("/timestamp", "2026-03-31T09:30:00.123456789012Z"),
    ("/timestamp", "2026-03-31t09:30:00z"),
    ("/timestamp", "2026-03-31T09:30:00+00:00"),
    ("/timestamp", "2026-03-31T09:30:00+05:45"),
    ("/timestamp", "2026-03-31T09:30:00-11:00"),
    ("/timestamp", "2016-12-31T23:59:60Z"),
    ("/timestamp", "2099-01-01T00:00:00Z"),  # the future is no reason to refuse, 4.2.4.1
    ("/stored", REMOVED),
    ("/id", "00000000-0000-0000-0000-000000000000"),  # a variant is recommended, not required, 4.2.7
    ("/id", "F47AC10B-58CC-0372-C567-0E02B2C3D479"),
    ("/result/duration", "PT0.123456S"),  # finer than 0.01 s is kept, 4.2.7
    ("/result/duration", "P1Y2M10DT2H30M"),
    ("/object", REFERENCE),
    ("/object", ACTIVITY),
    ("/object", {"objectType": "Agent"} | AGENT),
]


@pytest.mark.parametrize(("place", "value"), VALID)
def test_good(place: str, value: Any) -> None:
    assert found(changed(WHOLE, place, value)) == []


def test_whole_and_bare() -> None:
    assert found(WHOLE) == []
    assert found({"actor": AGENT, "verb": {"id": "https://example.com/did"}, "object": ACTIVITY}) == []
    assert found(WHOLE_1_0) == []  # a statement of 1.0.3 within a request of 2.0


FAULTY: list[tuple[str, Any, list[tuple[str, str]]]] = [
    # contextAgents, 4.2.2.5
    (CA, {}, [(CA, CONTEXT)]),
    (CA, related(), [(CA, CONTEXT)]),
    (CA, "x", [(CA, CONTEXT)]),
    (CA, None, [(CA, TABLE)]),
    (CA, [[]], [(f"{CA}/0", CONTEXT)]),
    (CA, [None], [(f"{CA}/0", TABLE)]),
    (CA, [AGENT], [(f"{CA}/0/mbox", unknown(CONTEXT)), *[(f"{CA}/0/{n}", CONTEXT) for n in ("objectType", "agent")]]),
    (CA, [{}], [(f"{CA}/0/objectType", CONTEXT), (f"{CA}/0/agent", CONTEXT)]),
    (f"{CA}/0/objectType", REMOVED, [(f"{CA}/0/objectType", CONTEXT)]),
    (f"{CA}/0/objectType", "contextGroup", [(f"{CA}/0/objectType", CONTEXT)]),
    (f"{CA}/0/objectType", "ContextAgent", [(f"{CA}/0/objectType", CONTEXT)]),
    (f"{CA}/0/objectType", "Agent", [(f"{CA}/0/objectType", CONTEXT)]),
    (f"{CA}/0/objectType", "", [(f"{CA}/0/objectType", CONTEXT)]),
    (f"{CA}/0/objectType", 1, [(f"{CA}/0/objectType", CONTEXT)]),
    (f"{CA}/0/agent", REMOVED, [(f"{CA}/0/agent", CONTEXT)]),
    (f"{CA}/0/agent", {}, [(f"{CA}/0/agent", ACTOR)]),
    (f"{CA}/0/agent", "mailto:a@example.com", [(f"{CA}/0/agent", ACTOR)]),
    (f"{CA}/0/agent", [AGENT], [(f"{CA}/0/agent", ACTOR)]),
    (f"{CA}/0/agent", GROUP, [(f"{CA}/0/agent{p}", c) for p, c in
        (("/objectType", ACTOR), ("/member", unknown(ACTOR)), ("", ACTOR))]),
    (f"{CA}/0/agent/mbox", "ida.berg@example.com", [(f"{CA}/0/agent/mbox", ACTOR)]),
    (f"{CA}/0/agent/openid", "https://id.example.com/i", [(f"{CA}/0/agent", ACTOR)]),
    (f"{CA}/0/group", GROUP, [(f"{CA}/0/group", unknown(CONTEXT))]),
    (f"{CA}/0/Agent", AGENT, [(f"{CA}/0/Agent", unknown(CONTEXT))]),
    (f"{CA}/0/extensions", {}, [(f"{CA}/0/extensions", unknown(CONTEXT))]),
    (f"{CA}/0/relevantTypes", [], [(f"{CA}/0/relevantTypes", CONTEXT)]),
    (f"{CA}/0/relevantTypes", TYPE, [(f"{CA}/0/relevantTypes", CONTEXT)]),
    (f"{CA}/0/relevantTypes", {}, [(f"{CA}/0/relevantTypes", CONTEXT)]),
    (f"{CA}/0/relevantTypes", None, [(f"{CA}/0/relevantTypes", TABLE)]),
    (f"{CA}/0/relevantTypes", [TYPE, "mentor"], [(f"{CA}/0/relevantTypes/1", CONTEXT)]),
    (f"{CA}/0/relevantTypes", [""], [(f"{CA}/0/relevantTypes/0", CONTEXT)]),
    (f"{CA}/0/relevantTypes", [{"id": TYPE}], [(f"{CA}/0/relevantTypes/0", CONTEXT)]),
    (f"{CA}/0/relevantTypes", ["//example.com/x", 1], [(f"{CA}/0/relevantTypes/{n}", CONTEXT) for n in (0, 1)]),
    (f"{CA}/0/relevanttypes", [TYPE], [(f"{CA}/0/relevanttypes", unknown(CONTEXT))]),
    ("/context/ContextAgents", [], [("/context/ContextAgents", unknown(CONTEXT))]),
    # contextGroups, 4.2.2.5
    (CG, {}, [(CG, CONTEXT)]),
    (CG, None, [(CG, TABLE)]),
    (CG, [GROUP], [(f"{CG}/0/objectType", CONTEXT), (f"{CG}/0/member", unknown(CONTEXT)), (f"{CG}/0/group", CONTEXT)]),
    (f"{CG}/0/objectType", REMOVED, [(f"{CG}/0/objectType", CONTEXT)]),
    (f"{CG}/0/objectType", "contextAgent", [(f"{CG}/0/objectType", CONTEXT)]),
    (f"{CG}/0/objectType", "Group", [(f"{CG}/0/objectType", CONTEXT)]),
    (f"{CG}/0/objectType", "contextgroup", [(f"{CG}/0/objectType", CONTEXT)]),
    (f"{CG}/0/group", REMOVED, [(f"{CG}/0/group", CONTEXT)]),
    (f"{CG}/0/group", AGENT, [(f"{CG}/0/group/objectType", ACTOR)]),
    (f"{CG}/0/group", {"objectType": "Agent"} | AGENT, [(f"{CG}/0/group/objectType", ACTOR)]),
    (f"{CG}/0/group", {"objectType": "Group"}, [(f"{CG}/0/group/member", ACTOR)]),
    (f"{CG}/0/group", {"objectType": "Group", "member": []}, [(f"{CG}/0/group/member", ACTOR)]),
    (f"{CG}/0/group", {"objectType": "Group", "member": [GROUP]}, [(f"{CG}/0/group/member/0/objectType", ACTOR)]),
    (f"{CG}/0/agent", AGENT, [(f"{CG}/0/agent", unknown(CONTEXT))]),
    (f"{CG}/0/relevantTypes", [], [(f"{CG}/0/relevantTypes", CONTEXT)]),
    (f"{CG}/0/relevantTypes", ["team"], [(f"{CG}/0/relevantTypes/0", CONTEXT)]),
    # the same inside a SubStatement
    (f"{SUB}/context/contextAgents/0/agent", REMOVED, [(f"{SUB}/context/contextAgents/0/agent", CONTEXT)]),
    (f"{SUB}/context/contextGroups/0/group/member/0", {"mbox": "x"},
        [(f"{SUB}/context/contextGroups/0/group/member/0/mbox", ACTOR)]),
    (f"{SUB}/context/contextGroups/0/relevantTypes", [], [(f"{SUB}/context/contextGroups/0/relevantTypes", CONTEXT)]),
    (f"{SUB}/timestamp", "2026-03-31T09:30:00", [(f"{SUB}/timestamp", TYPES)]),
    (f"{SUB}/id", WHOLE["id"], [(f"{SUB}/id", OBJECT)]),
    (f"{SUB}/version", "2.0.0", [(f"{SUB}/version", OBJECT)]),
    (f"{SUB}/stored", "2026-03-31T09:30:00Z", [(f"{SUB}/stored", OBJECT)]),
    (f"{SUB}/authority", AGENT, [(f"{SUB}/authority", OBJECT)]),
    (f"{SUB}/object", {"objectType": "SubStatement"}, [(f"{SUB}/object/objectType", OBJECT)]),
    (f"{SUB}/attachments", [{}], [(f"{SUB}/attachments/0/{n}", ATTACHMENT)
        for n in ("usageType", "display", "contentType", "length", "sha2")]),
    # version, 4.2.2: formatted as a version, and one that somebody speaks
    ("/version", "", [("/version", STATEMENT)]),
    ("/version", "2", [("/version", STATEMENT)]),
    ("/version", "2.1.0", [("/version", STATEMENT)]),
    ("/version", "2.0.0-rc1", [("/version", STATEMENT)]),
    ("/version", "2.0.", [("/version", STATEMENT)]),
    ("/version", "0.95", [("/version", STATEMENT)]),
    ("/version", "v2.0.0", [("/version", STATEMENT)]),
    ("/version", 2.0, [("/version", STATEMENT)]),
    ("/version", None, [("/version", TABLE)]),
    # timestamps, 4.2.7: RFC 3339
    *[(name, value, [(name, TYPES)]) for name in ("/timestamp", "/stored") for value in (
        "", "2026-03-31", "2026-03-31T09:30Z", "2026-03-31T09:30:00", "2026-03-31 09:30:00Z", "20260331T093000Z",
        "2026-W14-2T09:30:00Z", "2026-090T09:30:00Z", "2026-03-31T09:30:00+02", "2026-03-31T09:30:00+0200",
        "2026-03-31T09:30:00,5Z", "2026-03-31T24:00:00Z", "2026-03-31T09:30:00-00:00", "2026-02-30T09:30:00Z",
        "2026-03-31T09:60:00Z", "2026-03-31T09:30:60Z", "2026-03-31T09:30:00+24:00", "2026-03-31T09:30:00Z ",
        1774949400,
    )],
    # what both versions share is told with the clauses of 2.0
    ("/actor", REMOVED, [("/actor", STATEMENT)]),
    ("/result/duration", "PT1H30", [("/result/duration", TYPES)]),
    ("/result/duration", "P0001-01-01T00:00:00", [("/result/duration", TYPES)]),
    ("/id", "{22345678-1234-4678-9234-567812345678}", [("/id", STATEMENT)]),
    ("/verb/id", "completed", [("/verb/id", VERB)]),
    ("/verb/display", {"englisch!": "x"}, [("/verb/display/englisch!", TYPES)]),
    ("/result/success", "true", [("/result/success", TABLE)]),
    ("/result/score", {"scaled": 2}, [("/result/score/scaled", RESULT)]),
    ("/context/registration", "1", [("/context/registration", CONTEXT)]),
    ("/context/extensions", {"note": 1}, [("/context/extensions/note", TYPES)]),
    ("/actor/member/0/objectType", "Group", [("/actor/member/0/objectType", ACTOR)]),
    ("/verb/id", "http://adlnet.gov/expapi/verbs/voided", [("/object/objectType", VOIDING)]),
    ("/attachments/0/usageType", "http://adlnet.gov/expapi/attachments/signature",
        [("/attachments/0/contentType", SIGNING)]),
    ("/attachments/0/sha2", "abc", [("/attachments/0/sha2", ATTACHMENT)]),
    ("/context/platform", "x", [("/context/platform", CONTEXT)]),  # the object is a SubStatement
    ("/extra", 1, [("/extra", unknown(STATEMENT))]),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "expected"), FAULTY)
def test_faulty(place: str, value: Any, expected: list[tuple[str, str]]) -> None:
    assert found(changed(WHOLE, place, value)) == expected


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("/context/contextAgents", [related()], "xAPI Data 2.2; xAPI Data 2.4.6"),
        ("/context/contextGroups", [], "xAPI Data 2.2; xAPI Data 2.4.6"),
        ("/version", "2.0.0", "xAPI Data 2.4.10"),
    ],
)
def test_1_0_3_has_none_of_it(place: str, value: Any, expected: str) -> None:
    assert found(changed(WHOLE_1_0, place, value), "1.0.3") == [(place, expected)]


@pytest.mark.parametrize("timestamp", ["2026-03-31T09:30:00", "20260331T0930Z", "2026-03-31T09:30:00+0200"])
def test_what_1_0_3_takes_and_2_0_does_not(timestamp: str) -> None:
    assert found(WHOLE_1_0 | {"timestamp": timestamp}, "1.0.3") == []
    assert found(WHOLE_1_0 | {"timestamp": timestamp}) == [("/timestamp", TYPES)]


def test_every_reason_has_words_for_a_layman() -> None:
    (problem,) = validate_statement(changed(WHOLE, f"{CA}/0/relevantTypes", []), version="2.0.0")
    assert str(problem) == (
        "/context/contextAgents/0/relevantTypes: must hold one IRI or more, but is empty (IEEE 9274.1.1 4.2.2.5). "
        "Leave relevantTypes out"
    )
