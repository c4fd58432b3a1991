"""Forwarding: nothing lost, nothing doubled, and one bad statement stops no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.outbound.deliveries import retry_after
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.forwarding import LONGEST_PAUSE, deliver_all, pause_after
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.services.targets import (
    TargetView,
    add_target,
    dead_letters,
    list_targets,
    pause_target,
    remove_target,
    retry_dead_letters,
)
from lrs_bridge.storage.database import now
from lrs_bridge.storage.schema.outbox import outbound_target
from tests.listeners import Reply, eventually, listening
from tests.servers import BridgeServer
from tests.statements import COMPLETED, HOME_PAGE, PASSED, recorder, statement, voiding

XAPI = {"X-Experience-API-Version": "1.0.3"}
OK: Reply = (200, {}, b"[]")
SECRET = "the secret of another"
T0 = datetime(2026, 3, 1, 10, tzinfo=UTC)


def taking(method: str, path: str, body: bytes) -> Reply:
    return OK


def refusing(*bad: str, status: int = 400) -> Callable[[str, str, bytes], Reply]:
    """An LRS that refuses a batch whole for one bad statement."""

    def answer(method: str, path: str, body: bytes) -> Reply:
        if method == "GET":
            return 404, {}, b""
        return (status, {}, b"bad statement") if any(one.encode() in body for one in bad) else OK

    return answer


def record(bridge: Bridge, *statements: dict[str, Any]) -> list[str]:
    return [str(key) for key in record_statements(bridge, statements, by=recorder())]


def add(bridge: Bridge, url: str, **more: Any) -> None:
    add_target(bridge, "lrs", "other", url, key="k", secret=SECRET, **more)


def view(bridge: Bridge) -> TargetView:
    return list_targets(bridge, "lrs")[0]


def later(bridge: Bridge) -> int:
    return deliver_all(bridge, "lrs", at=now() + timedelta(days=2))


def accepted(seen: list[Any], *, without: tuple[str, ...] = ()) -> list[str]:
    bodies = [json.loads(body) for method, _, _, body in seen if method == "POST"]
    return [one["id"] for body in bodies if not {o["id"] for o in body} & set(without) for one in body]


def test_everything_arrives_once_in_order(bridge: Bridge) -> None:
    ids = [*record(bridge, *(statement() for _ in range(120)))]
    with listening(taking) as other:
        add(bridge, other.url)
        assert deliver_all(bridge, "lrs") == 120
        ids += record(bridge, statement(), statement())
        assert deliver_all(bridge, "lrs") == 2
        assert deliver_all(bridge, "lrs") == 0
    assert accepted(other.seen) == ids
    assert {path for _, path, _, _ in other.seen} == {"/statements"}
    found = view(bridge)
    assert (found.state, found.delivered, found.lag_statements, found.last_error) == ("up to date", 122, 0, "")


def test_bad_statements_are_dead_letters_and_stop_no_other(bridge: Bridge) -> None:
    ids = record(bridge, *(statement() for _ in range(60)))
    bad = (ids[7], ids[59])
    with listening(refusing(*bad)) as other:
        add(bridge, other.url)
        deliver_all(bridge, "lrs")
        assert accepted(other.seen, without=bad) == [one for one in ids if one not in bad]
        letters = dead_letters(bridge, "lrs", "other")
        assert {str(letter.statement_id) for letter in letters} == set(bad)
        assert "answers 400: bad statement" in letters[0].reason
        assert letters[0].statement["verb"]["id"] == PASSED

        retry_dead_letters(bridge, "lrs", "other")
        deliver_all(bridge, "lrs")
        assert len(dead_letters(bridge, "lrs", "other")) == 2, "refused again, and still there"
        other.answer = taking
        assert retry_dead_letters(bridge, "lrs", "other", letters[0].statement_id) == 1
        assert deliver_all(bridge, "lrs") == 1
        assert len(dead_letters(bridge, "lrs", "other")) == 1
    assert (view(bridge).delivered, view(bridge).dead_letters) == (59, 1)


@pytest.mark.parametrize(("theirs", "buried"), [("same", 0), ("another", 1)])
def test_a_409_is_a_conflict_only_where_another_statement_is_there(bridge: Bridge, theirs: str, buried: int) -> None:
    sent = statement()
    there = sent if theirs == "same" else sent | {"verb": {"id": COMPLETED}}

    def answer(method: str, path: str, body: bytes) -> Reply:
        return (409, {}, b"conflict") if method == "POST" else (200, {}, json.dumps(there).encode())

    record(bridge, sent)
    with listening(answer) as other:
        add(bridge, other.url)
        deliver_all(bridge, "lrs")
    assert (view(bridge).dead_letters, view(bridge).lag_statements) == (buried, 0)


@pytest.mark.parametrize(
    ("status", "headers", "least", "words"),
    [
        (500, {}, 1, "answers 500"),
        (401, {}, 1, "answers 401"),
        (404, {}, 1, "answers 404"),
        (429, {"Retry-After": "120"}, 120, "answers 429"),
        (302, {"Location": "https://elsewhere.example.com/"}, 1, "a redirect to https://elsewhere.example.com/"),
    ],
)
def test_a_target_in_trouble_is_tried_again_later(
    bridge: Bridge, status: int, headers: dict[str, str], least: int, words: str
) -> None:
    record(bridge, statement())
    with listening(lambda *_: (status, headers, b"")) as other:
        add(bridge, other.url)
        began = now()
        assert deliver_all(bridge, "lrs") == 0
        assert deliver_all(bridge, "lrs") == 0, "not before its time"
        assert len(other.seen) == 1
        found = view(bridge)
        assert found.state == "failing"
        assert words in found.last_error
        assert found.next_attempt is not None
        assert found.next_attempt >= began + timedelta(seconds=least)
        other.answer = taking
        assert later(bridge) == 1
    assert (view(bridge).state, view(bridge).last_error, view(bridge).dead_letters) == ("up to date", "", 0)


def test_a_target_that_is_not_there(bridge: Bridge) -> None:
    record(bridge, statement())
    add(bridge, "http://127.0.0.1:9/xapi")
    deliver_all(bridge, "lrs")
    assert "127.0.0.1:9 does not answer" in view(bridge).last_error


FILTERS = [
    (StatementFilter(), [0, 1, 2, 3]),
    (StatementFilter(verbs=(COMPLETED,)), [1, 3]),  # and what voids the completed one
    (StatementFilter(agents=(f"{HOME_PAGE}|48",)), [2]),
    (StatementFilter(verbs=(PASSED, COMPLETED), agents=(f"{HOME_PAGE}|47",)), [0, 1, 3]),
    (StatementFilter(activities=("https://learn.example.com/other",)), []),
    (StatementFilter(authorities=("https://bridge.example.com|tests",)), [0, 1, 2, 3]),
    (StatementFilter(authorities=("mailto:nobody@example.com",)), []),
]


@pytest.mark.parametrize(("wanted", "expected"), FILTERS)
def test_filters(bridge: Bridge, wanted: StatementFilter, expected: list[int]) -> None:
    done = statement(COMPLETED)
    ids = record(bridge, statement(), done, statement(account="48"), voiding(done["id"]))
    with listening(taking) as other:
        add(bridge, other.url, wanted=wanted)
        deliver_all(bridge, "lrs")
    assert accepted(other.seen) == [ids[index] for index in expected]
    assert view(bridge).lag_statements == 0


def test_pause_resume_from_now_and_remove(bridge: Bridge) -> None:
    record(bridge, statement())
    with listening(taking) as other:
        add(bridge, other.url, from_now=True)
        ids = record(bridge, statement())
        pause_target(bridge, "lrs", "other", paused=True)
        assert deliver_all(bridge, "lrs") == 0
        assert (view(bridge).state, view(bridge).lag_statements) == ("paused", 1)
        pause_target(bridge, "lrs", "other", paused=False)
        assert deliver_all(bridge, "lrs") == 1
    assert accepted(other.seen) == ids
    remove_target(bridge, "lrs", "other")
    with pytest.raises(NotFound):
        remove_target(bridge, "lrs", "other")


def test_the_secret_is_usable_and_nowhere_to_be_read(bridge: Bridge) -> None:
    record(bridge, statement())
    with listening(taking) as other:
        add(bridge, other.url)
        deliver_all(bridge, "lrs")
    assert other.seen[0][2]["Authorization"].startswith("Basic ")
    with bridge.database.reading() as connection:
        row = connection.execute(sa.select(outbound_target)).one()
    assert SECRET not in repr(tuple(row))
    assert SECRET not in repr(view(bridge))


@pytest.mark.parametrize("url", ["ftp://example.com", "https://key:secret@example.com/xapi", "example.com", "https://"])
def test_addresses_that_are_refused(bridge: Bridge, url: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        add(bridge, url)
    assert "secret" not in refused.value.reason


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("Sun, 01 Mar 2026 10:01:00 GMT", 60), ("Sun, 01 Mar 2026 09:00:00 GMT", 0), ("soon", 0), ("", 0)],
)
def test_retry_after(header: str, seconds: float) -> None:
    assert retry_after(header, T0) == seconds


@pytest.mark.parametrize(("failures", "longest"), [(1, 2), (2, 4), (5, 32), (50, LONGEST_PAUSE)])
def test_back_off(failures: int, longest: float) -> None:
    pauses = {pause_after(failures).total_seconds() for _ in range(50)}
    assert longest / 2 <= min(pauses) <= max(pauses) <= longest
    assert len(pauses) > 1


def credential(server: BridgeServer) -> tuple[str, str]:
    scopes = ("--scope", "statements/write", "--scope", "statements/read")
    made = json.loads(server.run("credentials", "create", "test", *scopes, "--format", "json").stdout)
    return made["key"], made["secret"]


def ids_at(server: BridgeServer, auth: tuple[str, str]) -> list[str]:
    ids: list[str] = []
    path = "/xapi/statements?ascending=true"
    while path:
        page = requests.get(server.url + path, headers=XAPI, auth=auth, timeout=20).json()
        ids += [one["id"] for one in page["statements"]]
        path = page["more"]
    return ids


def post(server: BridgeServer, auth: tuple[str, str], count: int) -> list[str]:
    batch = [statement() for _ in range(count)]
    answer = requests.post(f"{server.url}/xapi/statements", json=batch, headers=XAPI, auth=auth, timeout=20)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in batch]


def test_kill_9_of_either_side_loses_and_doubles_nothing(tmp_path: Path) -> None:
    source, target = BridgeServer(tmp_path / "source"), BridgeServer(tmp_path / "target")
    try:
        source.start()
        target.start()
        here, there = credential(source), credential(target)
        ids = [one for _ in range(10) for one in post(source, here, 100)]
        added = source.run("forward", "add", "other", f"{target.url}/xapi", "--key", there[0], "--secret", there[1])
        assert added.returncode == 0, added.stderr
        eventually(lambda: len(ids_at(target, there)) > 50)
        target.kill()
        ids += post(source, here, 100)
        source.kill()
        target.start()
        source.start()
        eventually(lambda: len(ids_at(target, there)) >= len(ids))
        assert ids_at(target, there) == ids
        eventually(lambda: json.loads(source.run("forward", "list", "--format", "json").stdout)[0]["delivered"] >= 1100)
        listed = source.run("forward", "list", "--format", "json")
        found = json.loads(listed.stdout)[0]
        assert (found["state"], found["lag_statements"], found["dead_letters"]) == ("up to date", 0, 0)
        assert there[1] not in listed.stdout
        assert there[1] not in source.log.read_text()
    finally:
        source.stop()
        target.stop()
