"""Attachments: parsed in constant memory, verified, kept once, answered (Communication 1.5.2, Data 2.4.11)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import orjson
import pytest
from flask import Flask

from lrs_bridge.errors import RequestRefused
from lrs_bridge.storage.attachments import attachment_store
from lrs_bridge.xapi.multipart import Multipart
from tests.callers import Caller, bridge_of
from tests.multiparts import BOUNDARY, MIXED, TEXT, attachment, multipart, part, statements_part
from tests.statements import passed

ESSAY, PICTURE = b"An essay.\r\n--a-boundar is no boundary", bytes(range(256)) * 300
FILE_URL = "https://example.com/essay.txt"


@pytest.fixture
def lrs(app: Flask) -> Caller:
    return Caller.of(app, "all")


def send(lrs: Caller, *parts: bytes, method: str = "POST", **more: Any) -> Any:
    return lrs.call(method, data=multipart(*parts), **{"headers": MIXED} | more)


def parts_of(body: bytes, boundary: str = BOUNDARY, step: int = 65536) -> list[tuple[dict[str, str], bytes]]:
    """Read in reads of ``step`` bytes at most."""
    source = BytesIO(body)
    found = Multipart(lambda size: source.read(min(size, step)), boundary)
    return [({"type": each.header("content-type")}, each.read_all(10**9)) for each in found]


# --- the parser


@pytest.mark.parametrize("step", [1, 2, 7, 65536])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"--b\r\nContent-Type: x/y\r\n\r\nhello\r\n--b--", [("x/y", b"hello")]),
        (b"preamble\r\n--b\r\nContent-Type:x/y\r\n\r\nhello\r\n--b--\r\nepilogue", [("x/y", b"hello")]),
        (b"--b  \r\ncontent-type: x/y;\r\n charset=z\r\n\r\n\r\n\r\n--b--", [("x/y; charset=z", b"\r\n")]),
        (b"--b\r\n\r\nno headers\r\n--b--", [("", b"no headers")]),
        (b"--b\r\nContent-Type: x/y\r\n\r\n\r\n--b--", [("x/y", b"")]),
        (b"--b\r\nContent-Type: x/y\r\n\r\n--b--", [("x/y", b"")]),
        (
            b"--b\r\n\r\n\r\n--bc\r\n--b-\r\n --b\r\n--b\r\n\r\n2\r\n--b--",
            [("", b"\r\n--bc\r\n--b-\r\n --b"), ("", b"2")],
        ),
    ],
)
def test_parts_are_found_however_the_bytes_arrive(step: int, body: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert [(headers["type"], content) for headers, content in parts_of(body, "b", step)] == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--",
        b"no boundary at all",
        b"--b\r\nContent-Type: x/y\r\n\r\nhello",
        b"--b\r\nContent-Type: x/y\r\n\r\nhello\r\n--b",
        b"--b\r\nContent-Type: x/y",
        b"--b\r\nno header\r\n\r\nhello\r\n--b--",
        b"--b\r\nX: " + b"x" * 100_000,
    ],
)
def test_broken_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        parts_of(body, "b")
    assert refused.value.problems[0].clause


@pytest.mark.parametrize("boundary", ["", "x" * 71, "a\r\nb", "ends with a blank ", "é"])
def test_boundaries_are_those_of_rfc_2046(boundary: str) -> None:
    with pytest.raises(RequestRefused):
        parts_of(b"", boundary)


# --- in


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
def test_a_content_is_kept_and_answered(lrs: Caller, algorithm: str) -> None:
    described = attachment(ESSAY, algorithm=algorithm)
    given = passed(attachments=[described])
    answer = send(lrs, statements_part(given), part(ESSAY, X_Experience_API_Hash=described["sha2"].upper()))
    assert (answer.status_code, answer.get_json()) == (200, [given["id"]])
    (first, (_, content)) = answered(lrs, statementId=given["id"])
    assert content == ESSAY
    assert orjson.loads(first[1])["attachments"] == [described]


def answered(lrs: Caller, **params: Any) -> list[tuple[dict[str, str], bytes]]:
    answer = lrs.get(attachments="true", **params)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "multipart/mixed"
    assert answer.content_length == len(answer.data)
    return parts_of(answer.data, answer.mimetype_params["boundary"])


def test_put_takes_attachments_too(lrs: Caller) -> None:
    given = passed(attachments=[attachment(ESSAY)])
    query = {"statementId": given["id"]}
    assert send(lrs, statements_part(given), part(ESSAY), method="PUT", query_string=query).status_code == 204
    assert [content for _, content in answered(lrs, **query)][1:] == [ESSAY]


def test_lists_hold_each_content_once(lrs: Caller, app: Flask) -> None:
    both = [attachment(ESSAY), attachment(PICTURE, contentType="image/png")]
    batch = [passed(attachments=both), passed(attachments=both[:1])]
    picture = part(PICTURE, Content_Type="image/png")
    assert send(lrs, statements_part(batch), part(ESSAY), picture).status_code == 200
    assert send(lrs, statements_part(passed(attachments=both[:1])), part(ESSAY)).status_code == 200
    _, *contents = answered(lrs)
    assert sorted(content for _, content in contents) == sorted([ESSAY, PICTURE])
    assert {headers["type"] for headers, _ in contents} == {TEXT, "image/png"}
    store = attachment_store(bridge_of(app).settings.data_dir)
    assert len([path for path in store.root.glob("??/*") if path.is_file()]) == 2
    assert lrs.get().mimetype == "application/json"


def test_what_is_not_held_is_left_out(lrs: Caller) -> None:
    given = passed(attachments=[attachment(ESSAY, fileUrl=FILE_URL)])
    assert lrs.post(given).status_code == 200
    assert len(answered(lrs, statementId=given["id"])) == 1
    assert len(answered(lrs)) == 1


@pytest.mark.parametrize(
    "statements",
    [
        passed(),
        [passed(), passed()],
        passed(attachments=[attachment(ESSAY, fileUrl=FILE_URL)]),
    ],
)
def test_multipart_may_hold_no_content(lrs: Caller, statements: Any) -> None:
    assert send(lrs, statements_part(statements)).status_code == 200


def test_the_declared_length_is_not_enforced(lrs: Caller) -> None:
    given = passed(attachments=[attachment(ESSAY, length=1)])
    assert send(lrs, statements_part(given), part(ESSAY)).status_code == 200


def test_a_substatement_may_carry_one(lrs: Caller) -> None:
    inner = {name: value for name, value in passed().items() if name in ("actor", "verb", "object")}
    given = passed(object=inner | {"objectType": "SubStatement", "attachments": [attachment(ESSAY)]})
    assert lrs.post(given).status_code == 400
    assert send(lrs, statements_part(given), part(ESSAY)).status_code == 200
    assert answered(lrs, statementId=given["id"])[1][1] == ESSAY


GIVEN = passed(attachments=[attachment(ESSAY)])


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ([statements_part(GIVEN)], "/attachments/0"),
        ([statements_part([passed(), GIVEN])], "/1/attachments/0"),
        ([statements_part(GIVEN, "text/plain"), part(ESSAY)], "part 1, Content-Type"),
        ([statements_part(GIVEN), part(PICTURE)], "part 2, X-Experience-API-Hash"),
        ([statements_part(GIVEN), part(ESSAY), part(PICTURE)], "part 3, X-Experience-API-Hash"),
        ([statements_part(GIVEN), part(ESSAY + b".", X_Experience_API_Hash=GIVEN["attachments"][0]["sha2"])],
         "part 2, X-Experience-API-Hash"),
        ([statements_part(GIVEN), part(ESSAY, X_Experience_API_Hash=None)], "part 2, X-Experience-API-Hash"),
        ([statements_part(GIVEN), part(ESSAY, X_Experience_API_Hash="short")], "part 2, X-Experience-API-Hash"),
        ([statements_part(GIVEN), part(ESSAY, Content_Transfer_Encoding=None)], "part 2, Content-Transfer-Encoding"),
        ([statements_part(GIVEN), part(ESSAY, Content_Transfer_Encoding="base64")],
         "part 2, Content-Transfer-Encoding"),
        ([statements_part(GIVEN), part(ESSAY, Content_Type="image/png")], "part 2, Content-Type"),
    ],
)  # fmt: skip
def test_refusals_name_the_part_and_the_clause(lrs: Caller, parts: list[bytes], place: str) -> None:
    answer = send(lrs, *parts)
    assert answer.status_code == 400
    (problem,) = answer.get_json()["problems"]
    assert problem["place"] == place
    assert problem["clause"].startswith("xAPI")
    assert lrs.found() == []


@pytest.mark.parametrize("content_type", [None, "TEXT/Plain", "text/plain "])
def test_a_content_type_is_compared_as_media_types_are(lrs: Caller, content_type: str | None) -> None:
    assert send(lrs, statements_part(GIVEN), part(ESSAY, Content_Type=content_type)).status_code == 200


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=a-boundary", "multipart/mixed", "text/plain"])
def test_other_bodies_are_refused(lrs: Caller, content_type: str) -> None:
    body = multipart(statements_part(GIVEN), part(ESSAY))
    assert lrs.call("POST", data=body, headers=MIXED | {"Content-Type": content_type}).status_code == 400


def test_json_needs_a_file_url(lrs: Caller) -> None:
    answer = lrs.post([passed(), GIVEN])
    assert answer.status_code == 400
    assert [problem["place"] for problem in answer.get_json()["problems"]] == ["/1/attachments/0"]


class Endless:
    """A body that is made as it is read, and remembers nothing."""

    def __init__(self, statement: bytes, blocks: int) -> None:
        self._pieces = self._each(statement, blocks)
        self._rest = b""

    def _each(self, head: bytes, blocks: int) -> Iterator[bytes]:
        yield head
        for _ in range(blocks):
            yield BLOCK
        yield f"\r\n--{BOUNDARY}--".encode()

    def read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


BLOCK = bytes(range(256)) * 4096


def test_a_large_content_is_never_held_whole() -> None:
    import tracemalloc

    head = f"--{BOUNDARY}\r\n\r\n".encode()
    (only,) = iter([next(iter(Multipart(Endless(head, 32).read, BOUNDARY)))])
    digest = hashlib.sha256()
    tracemalloc.start()
    while chunk := only.read(1 << 20):
        digest.update(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert digest.hexdigest() == hashlib.sha256(BLOCK * 32).hexdigest()
    assert peak < 4 * 1024 * 1024
