"""A compat sender's multipart with a bad part: what it concerns is quarantined with its content, the rest stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from lrs_bridge.services import quarantine
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.quarantine import Held
from lrs_bridge.storage.attachments import attachment_store, live_digests
from lrs_bridge.xapi.contexts import SIGNATURE_USAGE
from tests.callers import Caller, bridge_of
from tests.multiparts import MIXED, attachment, multipart, part, statements_part
from tests.statements import passed

ESSAY, PICTURE, OTHER = b"An essay", bytes(range(256)), b"Something else"
ESSAY_SHA, PICTURE_SHA, OTHER_SHA = (hashlib.sha256(each).hexdigest() for each in (ESSAY, PICTURE, OTHER))
WHO = "Ada Admin"
URL = {"fileUrl": "https://example.com/essay.txt"}

PLAIN = passed()
GOOD = passed(attachments=[attachment(PICTURE)])
ESSAYIST = passed(attachments=[attachment(ESSAY)])
LINKED = passed(attachments=[attachment(ESSAY, **URL)])
INVALID = passed(scaled=7, attachments=[attachment(ESSAY)])
UNTYPED = passed(attachments=[{key: value for key, value in attachment(ESSAY).items() if key != "contentType"}])
HASH, TYPE = "part 3, X-Experience-API-Hash", "part 3, Content-Type"
ENCODING = "part 3, Content-Transfer-Encoding"
LACKS = "/2/attachments/0"


@pytest.fixture
def lms(app_on_each: Flask) -> Caller:
    return Caller.of(app_on_each, "all", compat=True)


@pytest.fixture
def held(app_on_each: Flask) -> Callable[[], list[Held]]:
    return lambda: quarantine.list_held(bridge_of(app_on_each)).items


def send(lms: Caller, statements: Any, *parts: bytes, method: str = "POST", **more: Any) -> Any:
    return lms.call(method, data=multipart(statements_part(statements), *parts), headers=MIXED, **more)


def ids(*statements: dict[str, Any]) -> list[str]:
    return [each["id"] for each in statements]


CASES = {
    "hash of another content": (ESSAYIST, part(OTHER, X_Experience_API_Hash=ESSAY_SHA), [LACKS, HASH], OTHER_SHA),
    "the same, though it has a fileUrl": (LINKED, part(OTHER, X_Experience_API_Hash=ESSAY_SHA), [HASH], OTHER_SHA),
    "undeclared": (ESSAYIST, part(OTHER), [LACKS, HASH], OTHER_SHA),
    "no hash": (ESSAYIST, part(ESSAY, X_Experience_API_Hash=None), [HASH], ESSAY_SHA),
    "no hash, another content": (ESSAYIST, part(OTHER, X_Experience_API_Hash=None), [LACKS, HASH], OTHER_SHA),
    "a hash that is none": (ESSAYIST, part(ESSAY, X_Experience_API_Hash="short"), [HASH], ESSAY_SHA),
    "no encoding": (ESSAYIST, part(ESSAY, Content_Transfer_Encoding=None), [ENCODING], ESSAY_SHA),
    "base64": (ESSAYIST, part(ESSAY, Content_Transfer_Encoding="base64"), [ENCODING], ESSAY_SHA),
    "another type": (ESSAYIST, part(ESSAY, Content_Type="image/png"), [TYPE], ESSAY_SHA),
    "a statement that is invalid too": (
        INVALID, part(OTHER, X_Experience_API_Hash=ESSAY_SHA), ["/2/result/score/scaled"], OTHER_SHA
    ),
    "a good part of an invalid statement": (INVALID, part(ESSAY), ["/2/result/score/scaled"], ESSAY_SHA),
    "a declaration without its type": (UNTYPED, part(ESSAY), ["/2/attachments/0/contentType"], ESSAY_SHA),
}  # fmt: skip


@pytest.mark.parametrize(("concerned", "bad", "places", "kept"), CASES.values(), ids=CASES)
def test_what_a_bad_part_concerns_waits_with_its_content(
    lms: Caller, held: Callable[[], list[Held]], concerned: Any, bad: bytes, places: list[str], kept: str
) -> None:
    answer = send(lms, [PLAIN, GOOD, concerned], part(PICTURE), bad)
    assert (answer.status_code, answer.get_json()) == (200, ids(PLAIN, GOOD))
    assert set(lms.found()) == set(ids(PLAIN, GOOD))
    (entry,) = held()
    assert entry.statement == concerned
    assert sorted(one.place for one in entry.arrived_with) == sorted(places)
    assert [one.sha2 for one in entry.contents] == [kept]


def test_a_part_of_no_statement_waits_by_itself_until_one_has_it(
    lms: Caller, held: Callable[[], list[Held]], app_on_each: Flask
) -> None:
    strays = part(OTHER, Content_Type="x/y"), part(OTHER, Content_Type="x/y"), part(ESSAY)
    answer = send(lms, [PLAIN, GOOD], part(PICTURE), *strays)
    assert (answer.status_code, answer.get_json()) == (200, ids(PLAIN, GOOD))
    (entry,) = held()
    assert {one.place for one in entry.arrived_with_besides} == {HASH, HASH.replace("3", "4"), HASH.replace("3", "5")}
    assert {(one.sha2, one.content_type) for one in entry.contents} == {(OTHER_SHA, "x/y"), (ESSAY_SHA, "text/plain")}
    assert [one["sha2"] for one in entry.statement["attachments"]] == [OTHER_SHA, ESSAY_SHA]
    right = passed(attachments=[attachment(OTHER, contentType="text/other"), attachment(ESSAY)])
    assert replayed(bridge_of(app_on_each), entry, right) == right["id"]
    answer = lms.get(statementId=right["id"], attachments="true")
    assert OTHER in answer.data
    assert ESSAY in answer.data
    assert b"Content-Type: text/other" in answer.data  # as the statement says it in the end


def replayed(bridge: Bridge, entry: Held, corrected: Any = None) -> str:
    if corrected is not None:
        quarantine.fix_held(bridge, entry.id, json.dumps(corrected).encode(), who=WHO)
    (outcome,) = quarantine.replay_held(bridge, [entry.id], who=WHO)
    assert outcome.problems == ()
    return str(outcome.statement_id)


@pytest.mark.parametrize(
    ("bad", "content", "corrected"),
    [
        (part(ESSAY, X_Experience_API_Hash=None), ESSAY, None),  # it was the right one all the time
        (
            part(OTHER, X_Experience_API_Hash=ESSAY_SHA),
            OTHER,
            ESSAYIST | {"attachments": [attachment(OTHER, sha2=OTHER_SHA.upper())]},
        ),
    ],
)
def test_what_was_put_right_is_stored_with_its_content(
    lms: Caller, held: Callable[[], list[Held]], app_on_each: Flask, bad: bytes, content: bytes, corrected: Any
) -> None:
    bridge = bridge_of(app_on_each)
    assert send(lms, ESSAYIST, bad).get_json() == []
    (entry,) = held()
    assert replayed(bridge, entry, corrected) == ESSAYIST["id"]
    assert content in lms.get(statementId=ESSAYIST["id"], attachments="true").data
    store = attachment_store(bridge.settings.data_dir)
    with bridge.database.reading() as connection:
        assert {path.name for path in store.root.glob("??/*")} == live_digests(connection)


def test_put_is_held_like_post(lms: Caller, held: Callable[[], list[Held]]) -> None:
    query = {"statementId": ESSAYIST["id"]}
    answer = send(lms, ESSAYIST, part(OTHER), method="PUT", query_string=query)
    assert (answer.status_code, lms.found()) == (204, [])
    assert [one.statement for one in held()] == [ESSAYIST]


def test_a_signature_beyond_every_statement_holds_its_statement_only(
    lms: Caller, held: Callable[[], list[Held]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrs_bridge.services.receive_attachments.LARGEST_SIGNATURE", 4)
    signed = passed(attachments=[attachment(ESSAY, usageType=SIGNATURE_USAGE, contentType="application/octet-stream")])
    answer = send(lms, [PLAIN, signed], part(ESSAY, Content_Type="application/octet-stream"))
    assert answer.get_json() == ids(PLAIN)
    (entry,) = held()
    assert "larger than any statement" in entry.problems[0].reason


def test_strict_senders_are_refused_whole(app_on_each: Flask) -> None:
    strict = Caller.of(app_on_each, "all")
    for _, bad, *_ in CASES.values():
        if bad != part(ESSAY):
            answer = send(strict, [PLAIN, GOOD, ESSAYIST], part(PICTURE), bad)
            assert answer.status_code == 400
    assert strict.found() == []
    assert quarantine.list_held(bridge_of(app_on_each)).items == []
