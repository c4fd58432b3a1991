"""A compat batch with an element that is no JSON that can be kept: that one waits in quarantine, the rest is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from lrs_bridge.errors import RequestRefused
from lrs_bridge.services import quarantine
from lrs_bridge.xapi.parsing_apart import Faulty, parse_apart
from tests.callers import VERSION, Caller, bridge_of
from tests.multiparts import MIXED, multipart
from tests.statements import passed

FAULTY = {
    "a name twice": rb'{"id": 1, "id": 2}',
    "half a surrogate pair": rb'{"a": "\ud83d"}',
    "NaN": b'{"a": NaN}',
    "a number beyond a double": b'{"a": 1e999}',
    "a broken byte": b'{"a": "caf\xe9"}',
    "a control character": b'{"a": "\n"}',
    "too deep": b"[" * 300 + b"]" * 300,
    "a very long number": b'{"a": 1, "a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("fault", FAULTY.values(), ids=FAULTY)
def test_each_element_is_told_apart(fault: bytes) -> None:
    before, found, after = parse_apart(b' [ {"a": [1]} ,\n' + fault + b', "]" ] ')
    assert (before, after) == ({"a": [1]}, "]")
    assert isinstance(found, Faulty)
    assert found.kept.encode() == fault.replace(b"\xe9", b"\\xe9")
    assert found.problems


@pytest.mark.parametrize("fault", FAULTY.values(), ids=FAULTY)
def test_a_value_of_its_own_stays_one(fault: bytes) -> None:
    if not fault.startswith(b"["):
        assert isinstance(parse_apart(b" " + fault), Faulty)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"[", b"{", b"[1,]", b"[,1]", b"[1 2]", b"[1] 2", b"{} {}", b"[1", b'["a]']
)
def test_what_cannot_be_told_apart_is_refused(body: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_apart(body)
    assert refused.value.problems


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"{}", b"null"])
def test_what_is_json_is_read_as_ever(body: bytes) -> None:
    assert parse_apart(body) == json.loads(body)


def sent(lms: Caller, body: bytes, *, mixed: bool) -> Any:
    if mixed:
        return lms.call("POST", data=multipart(b"Content-Type: application/json\r\n\r\n" + body), headers=MIXED)
    return lms.call("POST", data=body, headers=VERSION, content_type="application/json")


@pytest.mark.parametrize("mixed", [False, True])
def test_the_rest_of_the_batch_is_stored(app_on_each: Flask, mixed: bool) -> None:
    lms, good = Caller.of(app_on_each, "all", compat=True), [passed(), passed()]
    texts = [json.dumps(good[0]).encode(), *FAULTY.values(), json.dumps(good[1]).encode()]
    answer = sent(lms, b"[" + b",".join(texts) + b"]", mixed=mixed)
    assert (answer.status_code, answer.get_json()) == (200, [each["id"] for each in good])
    held = quarantine.list_held(bridge_of(app_on_each)).items
    assert {one.statement for one in held} == {fault.replace(b"\xe9", b"\\xe9").decode() for fault in FAULTY.values()}
    assert all(one.arrived_with and one.problems and "must be an object" not in one.problems[0].reason for one in held)
    assert any(one.arrived_with[0].place == "/1/id" for one in held)


def test_one_that_is_put_under_another_id_waits(app: Flask) -> None:
    lms, first, other = Caller.of(app, "all", compat=True), passed(), passed()
    assert lms.put(first, other["id"]).status_code == 204
    (held,) = quarantine.list_held(bridge_of(app)).items
    assert (held.statement, held.arrived_with[0].place, lms.found()) == (first, "/id", [])


def test_strict_senders_are_refused_whole(app: Flask) -> None:
    strict = Caller.of(app, "all")
    for fault in FAULTY.values():
        body = b"[" + json.dumps(passed()).encode() + b"," + fault + b"]"
        assert sent(strict, body, mixed=False).status_code == 400
    assert strict.found() == []
