"""One change to a whole, valid statement; every fault it makes, with its place and clause."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.xapi.validation import validate_statement

SAMPLES = Path(__file__).parent / "samples" / "xapi"
WHOLE = orjson.loads((SAMPLES / "whole_statement.json").read_bytes())
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
AGENT = {"mbox": "mailto:a@example.com"}
ACTIVITY = {"id": "https://example.com/a"}
SUB = {
    "objectType": "SubStatement",
    "actor": AGENT,
    "verb": {"id": "https://example.com/planned"},
    "object": ACTIVITY,
}
REFERENCE = {"objectType": "StatementRef", "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"}
REMOVED = object()

F = "xAPI Data 2.2"
S = "xAPI Data 2.4"
A, G, IFI, ACC = (f"xAPI Data 2.4.2.{n}" for n in (1, 2, 3, 4))
V = "xAPI Data 2.4.3"
OBJ, ACT, REF = "xAPI Data 2.4.4", "xAPI Data 2.4.4.1", "xAPI Data 2.4.4.3"
R, SC = "xAPI Data 2.4.5", "xAPI Data 2.4.5.1"
C, REG, CA = "xAPI Data 2.4.6", "xAPI Data 2.4.6.1", "xAPI Data 2.4.6.2"
AUTH, VER, ATT, SIG = "xAPI Data 2.4.9", "xAPI Data 2.4.10", "xAPI Data 2.4.11", "xAPI Data 2.6"
EXT, LANG, TIME, DUR, VOID = (f"xAPI Data {n}" for n in ("4.1", "4.2", "4.5", "4.6", "2.3.2"))


def unknown(clause: str) -> str:
    return f"{F}; {clause}"


def changed(statement: dict[str, Any], place: str, value: Any) -> Any:
    """A copy with the value at a JSON Pointer replaced, added or removed."""
    if not place:
        return value
    copy = deepcopy(statement)
    *parents, last = [key.replace("~1", "/").replace("~0", "~") for key in place.split("/")[1:]]
    holder: Any = copy
    for key in parents:
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    where: Any = int(last) if isinstance(holder, list) else last
    if value is REMOVED:
        del holder[where]
    else:
        holder[where] = value
    return copy


def found(statement: Any, pointer: str = "") -> list[tuple[str, str]]:
    return [(problem.place, problem.clause) for problem in validate_statement(statement, pointer=pointer)]


Case = tuple[str, Any, list[tuple[str, str]]]

VALID: list[tuple[str, Any]] = [
    ("", WHOLE),
    ("", {"actor": AGENT, "verb": {"id": "https://example.com/did"}, "object": ACTIVITY}),
    ("/id", REMOVED),
    ("/id", "AA97B177-9383-4934-8543-0F91A7A02836"),
    ("/actor", {"objectType": "Group", "member": [AGENT]}),
    ("/actor", {"objectType": "Group", "account": {"homePage": "urn:x-lms:1", "name": ""}}),
    ("/actor", {"objectType": "Group", "mbox": "mailto:t@example.com", "member": []}),
    ("/actor/name", ""),
    ("/verb/display", {}),
    ("/verb/display", REMOVED),
    ("/object", {"id": "urn:uuid:6690e6c9-3ef0-4ed3-8b37-7f3964730bee"}),
    ("/object/definition", {}),
    ("/object/definition/correctResponsesPattern", []),
    ("/object/definition/choices", []),
    ("/object/definition/extensions", {"https://example.com/x": {"deep": [None, {"a": None}]}}),
    ("/result", {}),
    ("/result/score", {"scaled": -1}),
    ("/result/score", {"scaled": 1.0, "raw": -0.5}),
    ("/result/score", {"min": 0.1, "max": 0.2}),
    ("/result/score", {"raw": 10, "min": 0, "max": 10}),
    ("/result/response", ""),
    ("/context", {}),
    ("/context/contextActivities", {}),
    ("/context/language", "zh-Hant-HK"),
    ("/timestamp", "2999-01-01T00:00:00Z"),
    ("/timestamp", "2026-03-31T09:30:00"),
    ("/authority", AGENT),
    ("/version", "1.0"),
    ("/version", "1.0.3"),
    ("/version", "1.0.99"),
    ("/attachments", []),
    ("/attachments/0/fileUrl", REMOVED),
    ("/attachments/0/length", 0),
]


@pytest.mark.parametrize(("place", "value"), VALID)
def test_valid(place: str, value: Any) -> None:
    assert found(changed(WHOLE, place, value)) == []


INVALID: list[Case] = [
    # the statement itself
    ("", None, [("", F)]),
    ("", [], [("", S)]),
    ("", "text", [("", S)]),
    ("", {}, [("/actor", S), ("/verb", S), ("/object", S)]),
    ("/actor", REMOVED, [("/actor", S)]),
    ("/verb", REMOVED, [("/verb", S)]),
    ("/object", REMOVED, [("/object", S)]),
    ("/Actor", AGENT, [("/Actor", unknown(S))]),
    ("/iD", "x", [("/iD", unknown(S))]),
    ("/a~1b~0c", 1, [("/a~1b~0c", unknown(S))]),
    ("/objectType", "Statement", [("/objectType", unknown(S))]),
    ("/id", "", [("/id", "xAPI Data 2.4.1")]),
    ("/id", None, [("/id", F)]),
    ("/id", 12345, [("/id", "xAPI Data 2.4.1")]),
    ("/id", "AA97B177-9383-4934-8543-0F91A7A028368", [("/id", "xAPI Data 2.4.1")]),
    ("/id", "MA97B177-9383-4934-8543-0F91A7A02836", [("/id", "xAPI Data 2.4.1")]),
    ("/timestamp", "yesterday", [("/timestamp", TIME)]),
    ("/timestamp", "2026-03-31", [("/timestamp", TIME)]),
    ("/timestamp", "2026-03-31T09:30:00-00:00", [("/timestamp", TIME)]),
    ("/timestamp", 1774949400, [("/timestamp", TIME)]),
    ("/timestamp", "", [("/timestamp", TIME)]),
    ("/stored", "01/011/2015", [("/stored", TIME)]),
    ("/stored", None, [("/stored", F)]),
    ("/version", "0.9.9", [("/version", VER)]),
    ("/version", "1.1.0", [("/version", VER)]),
    ("/version", "2.0.0", [("/version", VER)]),
    ("/version", "1.0.", [("/version", VER)]),
    ("/version", "v1.0.0", [("/version", VER)]),
    ("/version", 1.0, [("/version", VER)]),
    # actors
    ("/actor", None, [("/actor", F)]),
    ("/actor", "mailto:a@example.com", [("/actor", "xAPI Data 2.4.2")]),
    ("/actor", [AGENT], [("/actor", "xAPI Data 2.4.2")]),
    ("/actor", {}, [("/actor", A)]),
    ("/actor/objectType", "agent", [("/actor/objectType", "xAPI Data 2.4.2")]),
    ("/actor/objectType", "Activity", [("/actor/objectType", "xAPI Data 2.4.2")]),
    ("/actor/objectType", 3, [("/actor/objectType", "xAPI Data 2.4.2")]),
    ("/actor/objectType", None, [("/actor/objectType", F)]),
    ("/actor/name", None, [("/actor/name", F)]),
    ("/actor/name", 12, [("/actor/name", F)]),
    ("/actor/name", ["Mira"], [("/actor/name", F)]),
    ("/actor/Name", "Mira", [("/actor/Name", unknown(A))]),
    ("/actor/age", 30, [("/actor/age", unknown(A))]),
    ("/actor/mbox", REMOVED, [("/actor", A)]),
    ("/actor/mbox", "a@example.com", [("/actor/mbox", IFI)]),
    ("/actor/mbox", "mailto:example.com", [("/actor/mbox", IFI)]),
    ("/actor/mbox", "http://example.com", [("/actor/mbox", IFI)]),
    ("/actor/mbox", None, [("/actor/mbox", F)]),
    ("/actor/mbox", {"a": 1}, [("/actor/mbox", IFI)]),
    ("/actor/openid", "https://id.example.com/a", [("/actor", A)]),
    ("/actor", {"openid": "id.example.com"}, [("/actor/openid", IFI)]),
    ("/actor", {"openid": "https://example.com/ü"}, [("/actor/openid", IFI)]),
    ("/actor", {"mbox_sha1sum": "abc"}, [("/actor/mbox_sha1sum", IFI)]),
    ("/actor", {"mbox_sha1sum": "z" * 40}, [("/actor/mbox_sha1sum", IFI)]),
    ("/actor", {"account": {}}, [("/actor/account/homePage", ACC), ("/actor/account/name", ACC)]),
    ("/actor", {"account": "x"}, [("/actor/account", ACC)]),
    ("/actor", {"account": {"homePage": "example.com", "name": "a"}}, [("/actor/account/homePage", ACC)]),
    ("/actor", {"account": {"homePage": "https://example.com", "name": 12}}, [("/actor/account/name", F)]),
    ("/actor", {"account": {"homePage": "https://example.com", "name": None}}, [("/actor/account/name", F)]),
    (
        "/actor",
        {"account": {"homepage": "https://example.com", "name": "a"}},
        [("/actor/account/homepage", unknown(ACC)), ("/actor/account/homePage", ACC)],
    ),
    ("/actor", {"member": [AGENT]}, [("/actor/objectType", G)]),
    ("/actor", {"objectType": "Agent", "member": [AGENT]}, [("/actor/member", unknown(A)), ("/actor", A)]),
    ("/actor", {"objectType": "Group"}, [("/actor/member", G)]),
    ("/actor", {"objectType": "Group", "member": []}, [("/actor/member", G)]),
    ("/actor", {"objectType": "Group", "member": AGENT}, [("/actor/member", G)]),
    ("/actor", {"objectType": "Group", "member": None}, [("/actor/member", F), ("/actor/member", G)]),
    ("/actor", {"objectType": "Group", "member": [AGENT, {}]}, [("/actor/member/1", A)]),
    ("/actor", {"objectType": "Group", "member": [None]}, [("/actor/member/0", F)]),
    (
        "/actor",
        {"objectType": "Group", "member": [{"objectType": "Group", "member": [AGENT]}]},
        [("/actor/member/0/objectType", G)],
    ),
    (
        "/actor",
        {"objectType": "Group", "mbox": "mailto:a@example.com", "openid": "https://example.com/"},
        [("/actor", G)],
    ),
    # verbs
    ("/verb", "did", [("/verb", V)]),
    ("/verb", {}, [("/verb/id", V)]),
    ("/verb/id", "answered", [("/verb/id", V)]),
    ("/verb/id", "example.com/verbs/did", [("/verb/id", V)]),
    ("/verb/id", "ab=c://example.com", [("/verb/id", V)]),
    ("/verb/id", "https://example.com/did it", [("/verb/id", V)]),
    ("/verb/id", None, [("/verb/id", F)]),
    ("/verb/ID", "https://example.com/did", [("/verb/ID", unknown(V))]),
    ("/verb/display", "answered", [("/verb/display", LANG)]),
    ("/verb/display", None, [("/verb/display", F)]),
    ("/verb/display", {"en": None}, [("/verb/display/en", F)]),
    ("/verb/display", {"en": 3}, [("/verb/display/en", LANG)]),
    ("/verb/display", {"en_US": "did"}, [("/verb/display/en_US", LANG)]),
    ("/verb/display", {"": "did"}, [("/verb/display/", LANG)]),
    ("/verb/display", {"a12345678": "did", "en": 1}, [("/verb/display/a12345678", LANG), ("/verb/display/en", LANG)]),
    # objects
    ("/object", None, [("/object", F)]),
    ("/object", "https://example.com/a", [("/object", OBJ)]),
    ("/object", {}, [("/object/id", ACT)]),
    ("/object/id", "learn.example.com", [("/object/id", ACT)]),
    ("/object/objectType", "activity", [("/object/objectType", OBJ)]),
    ("/object/objectType", "Course", [("/object/objectType", OBJ)]),
    ("/object/objectType", None, [("/object/objectType", F)]),
    ("/object/objectType", ["Activity"], [("/object/objectType", OBJ)]),
    ("/object/name", "x", [("/object/name", unknown(ACT))]),
    ("/object/definition", None, [("/object/definition", F)]),
    ("/object/definition", "x", [("/object/definition", ACT)]),
    ("/object/definition/name", "x", [("/object/definition/name", LANG)]),
    ("/object/definition/name", {"english!": "x"}, [("/object/definition/name/english!", LANG)]),
    ("/object/definition/description", 3, [("/object/definition/description", LANG)]),
    ("/object/definition/type", "course", [("/object/definition/type", ACT)]),
    ("/object/definition/moreInfo", "/help", [("/object/definition/moreInfo", ACT)]),
    ("/object/definition/moreinfo", "https://example.com", [("/object/definition/moreinfo", unknown(ACT))]),
    ("/object/definition/extensions", [], [("/object/definition/extensions", EXT)]),
    ("/object/definition/extensions", None, [("/object/definition/extensions", F)]),
    ("/object/definition/extensions", {"pool": 1}, [("/object/definition/extensions/pool", EXT)]),
    # interactions
    ("/object/definition/interactionType", "Choice", [("/object/definition/interactionType", ACT)]),
    ("/object/definition/interactionType", "multiple", [("/object/definition/interactionType", ACT)]),
    ("/object/definition/interactionType", 1, [("/object/definition/interactionType", ACT)]),
    ("/object/definition/interactionType", REMOVED, [("/object/definition/interactionType", ACT)]),
    ("/object/definition/interactionType", "likert", [("/object/definition/choices", ACT)]),
    ("/object/definition/interactionType", "true-false", [("/object/definition/choices", ACT)]),
    ("/object/definition/correctResponsesPattern", "long", [("/object/definition/correctResponsesPattern", ACT)]),
    ("/object/definition/correctResponsesPattern", ["a", 1], [("/object/definition/correctResponsesPattern/1", F)]),
    ("/object/definition/choices", {"id": "a"}, [("/object/definition/choices", ACT)]),
    ("/object/definition/choices", ["a"], [("/object/definition/choices/0", ACT)]),
    ("/object/definition/choices", [{}], [("/object/definition/choices/0/id", ACT)]),
    ("/object/definition/choices", [{"id": 1}], [("/object/definition/choices/0/id", F)]),
    ("/object/definition/choices", [{"id": "a"}, {"id": "a"}], [("/object/definition/choices/1/id", ACT)]),
    ("/object/definition/choices/0/description", "x", [("/object/definition/choices/0/description", LANG)]),
    ("/object/definition/choices/0/text", "x", [("/object/definition/choices/0/text", unknown(ACT))]),
    ("/object/definition/scale", [{"id": "a"}], [("/object/definition/scale", ACT)]),
    ("/object/definition/steps", [{"id": "a"}], [("/object/definition/steps", ACT)]),
    ("/object/definition/source", [{"id": "a"}], [("/object/definition/source", ACT)]),
    # result
    ("/result", None, [("/result", F)]),
    ("/result", "passed", [("/result", R)]),
    ("/result/passed", True, [("/result/passed", unknown(R))]),
    ("/result/success", "true", [("/result/success", F)]),
    ("/result/success", 1, [("/result/success", F)]),
    ("/result/completion", "false", [("/result/completion", F)]),
    ("/result/completion", None, [("/result/completion", F)]),
    ("/result/response", None, [("/result/response", F)]),
    ("/result/response", 12, [("/result/response", F)]),
    ("/result/response", ["a"], [("/result/response", F)]),
    ("/result/duration", "PA1H0M0S", [("/result/duration", DUR)]),
    ("/result/duration", "90", [("/result/duration", DUR)]),
    ("/result/duration", 90, [("/result/duration", DUR)]),
    ("/result/duration", "P4W1D", [("/result/duration", DUR)]),
    ("/result/extensions", 1, [("/result/extensions", EXT)]),
    (
        "/result/extensions",
        {"a b": 1, "https://example.com/ok": 1, "": 2},
        [("/result/extensions/a b", EXT), ("/result/extensions/", EXT)],
    ),
    ("/result/score", 5, [("/result/score", SC)]),
    ("/result/score", None, [("/result/score", F)]),
    ("/result/score/scaled", "0.5", [("/result/score/scaled", F)]),
    ("/result/score/scaled", True, [("/result/score/scaled", F)]),
    ("/result/score/scaled", 1.0001, [("/result/score/scaled", SC)]),
    ("/result/score/scaled", 80, [("/result/score/scaled", SC)]),
    ("/result/score/scaled", -1.01, [("/result/score/scaled", SC)]),
    ("/result/score/raw", -1, [("/result/score/raw", SC)]),
    ("/result/score/raw", 10.5, [("/result/score/raw", SC)]),
    ("/result/score/raw", None, [("/result/score/raw", F)]),
    ("/result/score/percent", 50, [("/result/score/percent", unknown(SC))]),
    ("/result/score", {"min": 10, "max": 10}, [("/result/score/min", SC)]),
    ("/result/score", {"min": 11, "max": 10, "raw": 10.5}, [(f"/result/score/{n}", SC) for n in ("min", "raw", "raw")]),
    ("/result/score", {"raw": 3, "min": 4}, [("/result/score/raw", SC)]),
    ("/result/score", {"raw": 5, "max": 4, "scaled": 2}, [("/result/score/scaled", SC), ("/result/score/raw", SC)]),
    # context
    ("/context", [], [("/context", C)]),
    ("/context", None, [("/context", F)]),
    ("/context/course", "x", [("/context/course", unknown(C))]),
    ("/context/registration", "42", [("/context/registration", REG)]),
    ("/context/registration", {}, [("/context/registration", REG)]),
    ("/context/instructor", "Mira", [("/context/instructor", "xAPI Data 2.4.2")]),
    ("/context/instructor", {"name": "Mira"}, [("/context/instructor", A)]),
    ("/context/instructor/account/name", REMOVED, [("/context/instructor/account/name", ACC)]),
    ("/context/team", AGENT, [("/context/team/objectType", G)]),
    ("/context/team/objectType", "Agent", [("/context/team/objectType", G)]),
    ("/context/team/objectType", REMOVED, [("/context/team/objectType", G)]),
    ("/context/team/member/1/openid", "x", [("/context/team/member/1/openid", IFI)]),
    ("/context/contextActivities", "x", [("/context/contextActivities", CA)]),
    ("/context/contextActivities", [ACTIVITY], [("/context/contextActivities", CA)]),
    ("/context/contextActivities/sibling", [ACTIVITY], [("/context/contextActivities/sibling", unknown(CA))]),
    ("/context/contextActivities/Parent", [ACTIVITY], [("/context/contextActivities/Parent", unknown(CA))]),
    ("/context/contextActivities/parent", "https://example.com", [("/context/contextActivities/parent", CA)]),
    ("/context/contextActivities/parent", [ACTIVITY, {}], [("/context/contextActivities/parent/1/id", ACT)]),
    ("/context/contextActivities/grouping", {"id": "x"}, [("/context/contextActivities/grouping/id", ACT)]),
    (
        "/context/contextActivities/other",
        [AGENT],
        [
            ("/context/contextActivities/other/0/mbox", unknown(ACT)),
            ("/context/contextActivities/other/0/id", ACT),
        ],
    ),
    (
        "/context/contextActivities/category/0/objectType",
        "Agent",
        [
            ("/context/contextActivities/category/0/objectType", ACT),
        ],
    ),
    ("/context/revision", 7, [("/context/revision", F)]),
    ("/context/platform", {}, [("/context/platform", F)]),
    ("/context/language", "English language", [("/context/language", C)]),
    ("/context/language", "", [("/context/language", C)]),
    ("/context/statement", {"id": REFERENCE["id"]}, [("/context/statement/objectType", REF)]),
    ("/context/statement/id", "x", [("/context/statement/id", REF)]),
    ("/context/statement/id", REMOVED, [("/context/statement/id", REF)]),
    ("/context/statement/objectType", "Statement", [("/context/statement/objectType", REF)]),
    ("/context/extensions", {"platform": None}, [("/context/extensions/platform", EXT)]),
    # authority
    ("/authority", {}, [("/authority", A)]),
    ("/authority", "admin", [("/authority", "xAPI Data 2.4.2")]),
    ("/authority/member/0", REMOVED, [("/authority/member", AUTH)]),
    ("/authority/member/0", AGENT, [("/authority/member", AUTH)]),
    ("/authority/member", [AGENT] * 3, [("/authority/member", AUTH)]),
    ("/authority/mbox", "mailto:a@example.com", [("/authority/mbox", AUTH)]),
    # attachments
    ("/attachments", {}, [("/attachments", ATT)]),
    ("/attachments", None, [("/attachments", F)]),
    ("/attachments", ["x"], [("/attachments/0", ATT)]),
    (
        "/attachments",
        [{}],
        [(f"/attachments/0/{name}", ATT) for name in ("usageType", "display", "contentType", "length", "sha2")],
    ),
    ("/attachments/0/usageType", "signature", [("/attachments/0/usageType", ATT)]),
    ("/attachments/0/display", "Signature", [("/attachments/0/display", LANG)]),
    ("/attachments/0/description", {"en": []}, [("/attachments/0/description/en", LANG)]),
    ("/attachments/0/contentType", "text/plain", [("/attachments/0/contentType", SIG)]),
    ("/attachments/0/contentType", "pdf", [("/attachments/0/contentType", ATT), ("/attachments/0/contentType", SIG)]),
    ("/attachments/0/contentType", 3, [("/attachments/0/contentType", ATT)]),
    ("/attachments/0/length", "27", [("/attachments/0/length", ATT)]),
    ("/attachments/0/length", 27.5, [("/attachments/0/length", ATT)]),
    ("/attachments/0/length", -1, [("/attachments/0/length", ATT)]),
    ("/attachments/0/length", True, [("/attachments/0/length", ATT)]),
    ("/attachments/0/sha2", "abc", [("/attachments/0/sha2", ATT)]),
    ("/attachments/0/sha2", 12, [("/attachments/0/sha2", ATT)]),
    ("/attachments/0/fileUrl", "file.txt", [("/attachments/0/fileUrl", ATT)]),
    ("/attachments/0/fileURL", "https://example.com", [("/attachments/0/fileURL", unknown(ATT))]),
]


@pytest.mark.parametrize(("place", "value", "expected"), INVALID)
def test_invalid(place: str, value: Any, expected: list[tuple[str, str]]) -> None:
    assert found(changed(WHOLE, place, value)) == expected


BARE = {"actor": AGENT, "verb": {"id": "https://example.com/did"}, "object": ACTIVITY}

BY_OBJECT: list[Case] = [
    ("/object", {"objectType": "Agent", **AGENT}, []),
    ("/object", {"objectType": "Group", "member": [AGENT]}, []),
    ("/object", REFERENCE, []),
    ("/object", SUB, []),
    ("/object", SUB | {"object": REFERENCE}, []),
    ("/object", SUB | {"timestamp": "2999-01-01T00:00:00Z", "attachments": []}, []),
    ("/object", AGENT, [("/object/objectType", "xAPI Data 2.4.4.2")]),
    ("/object", {"objectType": "Agent"}, [("/object", A)]),
    ("/object", {"objectType": "Agent", **AGENT, "id": "x"}, [("/object/id", unknown(A))]),
    ("/object", {"objectType": "Group"}, [("/object/member", G)]),
    ("/object", {"objectType": "StatementRef"}, [("/object/id", REF)]),
    ("/object", {"objectType": "StatementRef", "id": "https://example.com/a"}, [("/object/id", REF)]),
    ("/object", {**REFERENCE, "definition": {}}, [("/object/definition", unknown(REF))]),
    ("/object", {"objectType": "statementRef", "id": REFERENCE["id"]}, [("/object/objectType", OBJ)]),
    ("/object", {"objectType": "SubStatement"}, [(f"/object/{name}", REF) for name in ("actor", "verb", "object")]),
    *[("/object", SUB | {name: "x"}, [(f"/object/{name}", REF)]) for name in ("id", "stored", "version", "authority")],
    ("/object", SUB | {"object": SUB}, [("/object/object/objectType", REF)]),
    ("/object", SUB | {"actor": {}}, [("/object/actor", A)]),
    ("/object", SUB | {"verb": {"id": "did"}}, [("/object/verb/id", V)]),
    ("/object", SUB | {"result": {"success": "yes"}}, [("/object/result/success", F)]),
    ("/object", SUB | {"timestamp": "soon"}, [("/object/timestamp", TIME)]),
    ("/object", SUB | {"context": {"registration": 1}}, [("/object/context/registration", REG)]),
    ("/object", SUB | {"extra": 1}, [("/object/extra", unknown(REF))]),
    (
        "/object",
        SUB | {"object": {"objectType": "Agent", **AGENT}, "context": {"revision": "1"}},
        [("/object/context/revision", C)],
    ),
    ("/object", SUB | {"verb": {"id": VOIDED}}, [("/object/object/objectType", VOID)]),
]


@pytest.mark.parametrize(("place", "value", "expected"), BY_OBJECT)
def test_by_object(place: str, value: Any, expected: list[tuple[str, str]]) -> None:
    assert found(changed(BARE, place, value)) == expected


@pytest.mark.parametrize(
    "kind", [{"objectType": "Agent", **AGENT}, {"objectType": "Group", "member": [AGENT]}, REFERENCE, SUB]
)
def test_revision_and_platform_belong_to_activities(kind: dict[str, Any]) -> None:
    statement = BARE | {"object": kind, "context": {"revision": "1", "platform": "LMS", "language": "en"}}
    assert found(statement) == [("/context/revision", C), ("/context/platform", C)]
    assert found(statement | {"object": ACTIVITY}) == []


@pytest.mark.parametrize(
    ("voided", "expected"),
    [
        (REFERENCE, []),
        (ACTIVITY, [("/object/objectType", VOID)]),
        ({"objectType": "Activity", **ACTIVITY}, [("/object/objectType", VOID)]),
        ({"objectType": "Agent", **AGENT}, [("/object/objectType", VOID)]),
        ({"objectType": "StatementRef", "id": "x"}, [("/object/id", REF)]),
    ],
)
def test_voiding(voided: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(BARE | {"verb": {"id": VOIDED}, "object": voided}) == expected


def test_every_fault_at_once_and_below_the_given_place() -> None:
    statement = {"actor": {"mbox": "x", "age": 3}, "verb": {}, "object": {"id": 3}, "result": {"success": 1}}
    places = [place for place, _ in found(statement, "/7")]
    assert places == ["/7/actor/mbox", "/7/actor/age", "/7/verb/id", "/7/object/id", "/7/result/success"]


def test_words_for_a_layman() -> None:
    (problem,) = validate_statement(BARE | {"Result": {}})
    assert str(problem) == (
        "/Result: a statement has no property 'Result' (xAPI Data 2.2; xAPI Data 2.4). "
        "Upper and lower case matter: write result"
    )


def test_statements_of_a_real_lms() -> None:
    lines = (SAMPLES / "moodle_statements.jsonl").read_bytes().splitlines()
    refused = {place for line in lines for place, _ in found(orjson.loads(line))}
    assert refused == {"/result/response"}  # null for a question that was not answered
    assert found(orjson.loads((SAMPLES / "tincanlaunch_statement.json").read_bytes())) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
NAMES = sorted(
    {*WHOLE, *WHOLE["context"], *WHOLE["result"], *WHOLE["result"]["score"], *WHOLE["object"]["definition"]}
    | {"objectType", "id", "mbox", "account", "member", "definition", *WHOLE["attachments"][0]}
)
LIKE_A_STATEMENT = st.recursive(
    JSON | st.sampled_from(["Group", "Agent", "SubStatement", "StatementRef", "Activity", VOIDED, "mailto:a@b.c"]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None)
@given(JSON | LIKE_A_STATEMENT)
def test_whatever_comes_is_judged_and_never_raises(value: Any) -> None:
    assert all(problem.place.startswith("/0") for problem in validate_statement(value, pointer="/0"))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["/actor", "/object", "/context", "/result", "/attachments", "/object/definition"]),
    LIKE_A_STATEMENT,
)
def test_whatever_stands_in_a_statement_is_judged_and_never_raises(place: str, value: Any) -> None:
    statement = changed(WHOLE, place, value)
    assert all(problem.reason and problem.clause for problem in validate_statement(statement))
