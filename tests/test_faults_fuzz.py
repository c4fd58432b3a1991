"""Whatever is sent to the LRS, over its whole depth and on both databases: no 500, and what is accepted is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs_bridge.xapi.versions import HEADER
from tests.callers import Caller
from tests.fuzz.mutation import AWKWARD, change
from tests.multiparts import BOUNDARY, attachment, multipart, part, statements_part
from tests.training_company import opened_bridge

SAMPLES = Path(__file__).parent / "samples" / "xapi"
WHOLE = [(SAMPLES / name).read_bytes() for name in ("whole_statement.json", "whole_statement_2_0.json")]
SENT = [*WHOLE, *(SAMPLES / "moodle_statements.jsonl").read_bytes().splitlines()]
VERSIONS = st.sampled_from(["1.0.3", "2.0.0"])
SEEDS = st.integers(0, 2**32)
LEARNER = '{"mbox":"mailto:a@example.com"}'
STATE = {"activityId": "https://example.com/a", "agent": LEARNER, "stateId": "s"}
# seeds of their own, so that hypothesis can make a failing one smaller and replays it
few = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    with opened_bridge(tmp_path_factory.mktemp("bridge"), url) as opened:
        yield opened


@pytest.fixture(scope="module")
def strict(app: Flask) -> Caller:
    return Caller.of(app, "all")


@pytest.fixture(scope="module")
def compat(app: Flask) -> Caller:
    return Caller.of(app, "statements/write", "define", compat=True)


def changed(value: Any, random: Random) -> Any:
    for _ in range(random.randint(1, 4)):
        value = change(value, random)
    return value


def batch(seed: int) -> tuple[Any, bytes]:
    """Real statements under new ids, each changed in its structure."""
    random = Random(seed)
    chosen = [orjson.loads(random.choice(SENT)) | {"id": str(uuid4())} for _ in range(random.randint(1, 3))]
    mutated = [changed(one, random) if random.random() < 0.8 else one for one in chosen]
    return mutated, orjson.dumps(mutated if random.random() < 0.9 else mutated[0])


def is_fine(answer: Any) -> bool:
    """An answer of ours: whatever the fault is, it is not on our side, and it is told."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.get_json()["error"]
    return bool(answer.status_code < 400)


def send(caller: Caller, body: bytes, version: str) -> Any:
    return caller.call("POST", data=body, content_type="application/json", headers={HEADER: version})


@few
@given(seed=SEEDS, version=VERSIONS)
def test_a_strict_credential_stores_all_or_nothing(strict: Caller, seed: int, version: str) -> None:
    _, body = batch(seed)
    answer = send(strict, body, version)
    if is_fine(answer):
        for statement_id in answer.get_json():
            found = strict.get(statementId=statement_id)
            assert found.status_code == 200
            assert found.get_json()["id"].lower() == statement_id
            for format_ in ("ids", "canonical"):
                assert strict.get(statementId=statement_id, format=format_).status_code == 200


@few
@given(seed=SEEDS, version=VERSIONS)
def test_a_compat_credential_is_always_answered_with_200(compat: Caller, seed: int, version: str) -> None:
    sent, body = batch(seed)
    answer = send(compat, body, version)
    assert is_fine(answer), answer.text
    assert len(answer.get_json()) <= len(sent)


@few
@given(raw=st.binary(max_size=200), version=VERSIONS, caller=st.sampled_from(["strict", "compat"]))
def test_any_bytes(strict: Caller, compat: Caller, raw: bytes, version: str, caller: str) -> None:
    is_fine(send(strict if caller == "strict" else compat, raw, version))


awkward = st.sampled_from([value for value in AWKWARD if isinstance(value, str)]) | st.text(max_size=40)
names = st.sampled_from(
    ["statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "since", "until", "limit",
     "format", "related_agents", "attachments", "ascending", "more", "activityId", "stateId", "profileId", "method"]
)  # fmt: skip
paths = st.sampled_from(
    ["statements", "activities/state", "activities/profile", "agents/profile", "activities", "agents", "about"]
)


@few
@given(
    path=paths,
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"]),
    query=st.lists(st.tuples(names, awkward), max_size=4),
    version=VERSIONS,
)
def test_any_parameters(strict: Caller, path: str, method: str, query: list[tuple[str, str]], version: str) -> None:
    answer = strict.call(method, f"/xapi/{path}", query_string=query, headers={HEADER: version})
    assert answer.status_code < 500, answer.text


@few
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    body=st.binary(max_size=60) | st.sampled_from([b"{}", b'{"a":1}', b"[]"]),
    kind=st.sampled_from(["application/json", "text/plain", "multipart/mixed", ""]) | awkward,
    tag=st.sampled_from(["*", '"x"', "W/", ",", '"'] * 2) | awkward,
    condition=st.sampled_from(["If-Match", "If-None-Match", "X-Nothing"]),
    version=VERSIONS,
)
def test_any_document(
    strict: Caller, method: str, body: bytes, kind: str, tag: str, condition: str, version: str
) -> None:
    headers = {HEADER: version, condition: printable(tag), "Content-Type": printable(kind)}
    answer = strict.call(method, "/xapi/activities/state", query_string=STATE, data=body, headers=headers)
    assert answer.status_code < 500, answer.text


def printable(text: str) -> str:
    """What a header can hold (RFC 9110 5.5)."""
    return "".join(letter for letter in text if " " <= letter <= "~").strip()


@few
@given(seed=SEEDS, caller=st.sampled_from(["strict", "compat"]))
def test_any_multipart(strict: Caller, compat: Caller, seed: int, caller: str) -> None:
    """A good one, with bytes cut out, doubled and changed anywhere."""
    random = Random(seed)
    statement = orjson.loads(WHOLE[0]) | {"id": str(uuid4()), "attachments": [attachment(b"content")]}
    body = bytearray(multipart(statements_part(statement), part(b"content")))
    for _ in range(random.randint(0, 3)):
        start = random.randrange(len(body) + 1)
        end = min(len(body), start + random.randrange(40))
        body[start:end] = random.choice(
            [b"", body[start:end] * 2, random.randbytes(3), b"\r\n", b"--" + BOUNDARY.encode()]
        )
    headers = {HEADER: "1.0.3", "Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
    is_fine((strict if caller == "strict" else compat).call("POST", data=bytes(body), headers=headers))
