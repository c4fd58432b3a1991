"""Pulling: everything of another LRS, once, from where the last reading ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.pulling import SourceView, add_source, list_sources, pull, pull_all, remove_source
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.schema.statements import quarantine
from lrs_bridge.storage.schema.statements import statement as table
from tests.listeners import Reply, eventually, listening
from tests.servers import BridgeServer
from tests.statements import COMPLETED, recorder, statement
from tests.test_forwarding import credential, ids_at, post

ACADEMY = {"objectType": "Agent", "account": {"homePage": "https://academy.example.com", "name": "lms"}}


def theirs(second: int, **more: Any) -> dict[str, Any]:
    stamps = {"stored": f"2026-03-01T10:{second // 60:02}:{second % 60:02}.000Z", "authority": ACADEMY}
    return statement() | stamps | {"version": "1.0.0"} | more


class Academy:
    """An LRS of few virtues: pages of three, its more link a path, its ``since`` exact."""

    def __init__(self, *statements: dict[str, Any]) -> None:
        self.statements = list(statements)
        self.expired = False

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        query = dict(part.split("=", 1) for part in path.partition("?")[2].split("&"))
        if "more" in query and self.expired:
            self.expired = False
            return 400, {}, b"expired"
        since = query.get("since", "").replace("%3A", ":")
        left = [one for one in self.statements if one["stored"] > since][int(query.get("more", 0)) :]
        place = int(query.get("more", 0)) + 3
        more = f"/xapi/statements?more={place}&since={since}" if len(left) > 3 else ""
        return 200, {}, json.dumps({"statements": left[:3], "more": more}).encode()


def add(bridge: Bridge, url: str, **more: Any) -> None:
    add_source(bridge, "academy", f"{url}/xapi", key="k", secret="s", **more)


def view(bridge: Bridge) -> SourceView:
    return list_sources(bridge)[0]


def stored(bridge: Bridge) -> list[dict[str, Any]]:
    with bridge.database.reading() as connection:
        return [orjson.loads(raw) for raw in connection.scalars(sa.select(table.c.raw).order_by(table.c.stored))]


def held(bridge: Bridge) -> list[Any]:
    with bridge.database.reading() as connection:
        return list(connection.execute(sa.select(quarantine)))


def test_pages_are_followed_and_nothing_comes_twice(bridge: Bridge) -> None:
    academy = Academy(*(theirs(second) for second in range(0, 80, 10)))
    with listening(academy.answer) as remote:
        add(bridge, remote.url)
        assert pull(bridge, "academy") == 8
        assert pull(bridge, "academy") == 0
        academy.statements.append(theirs(71))
        academy.statements.append(theirs(69))  # stored late, below what was seen
        academy.statements.sort(key=lambda one: one["stored"])
        assert pull(bridge, "academy") == 2
    assert {one["id"] for one in stored(bridge)} == {one["id"] for one in academy.statements}
    assert (view(bridge).pulled, view(bridge).state) == (10, "up to date")


def test_it_resumes_at_the_page_and_an_expired_link_loses_nothing(bridge: Bridge) -> None:
    academy = Academy(*(theirs(second) for second in range(0, 200, 20)))
    with listening(academy.answer) as remote:
        add(bridge, remote.url)
        assert pull(bridge, "academy", pages=1) == 3
        assert pull(bridge, "academy", pages=1) == 3
        assert view(bridge).state == "reading"
        academy.expired = True
        assert pull(bridge, "academy") == 4
    assert len(stored(bridge)) == 10


@pytest.mark.parametrize(("keep", "authority", "same_stored"), [(False, "pull:academy", False), (True, "lms", True)])
def test_whose_word_it_is(bridge: Bridge, keep: bool, authority: str, same_stored: bool) -> None:
    academy = Academy(theirs(1))
    with listening(academy.answer) as remote:
        add(bridge, remote.url, keep_authority=keep)
        pull(bridge, "academy")
    (found,) = stored(bridge)
    assert found["authority"]["account"]["name"] == authority
    assert found["stored"].startswith("2026-03-01T10:00:01") == same_stored


def test_what_cannot_be_stored_is_held_once_and_stops_no_other(bridge: Bridge) -> None:
    bad, conflict, good = theirs(1, verb={"id": "no iri"}), theirs(2), theirs(3)
    another = statement() | {"id": conflict["id"], "verb": {"id": COMPLETED}}
    record_statements(bridge, [another], by=recorder())
    academy = Academy(bad, conflict, good)
    with listening(academy.answer) as remote:
        add(bridge, remote.url)
        pull(bridge, "academy")
        pull(bridge, "academy")
    assert good["id"] in {one["id"] for one in stored(bridge)}
    assert [orjson.loads(row.raw)["id"] for row in held(bridge)] == [bad["id"], conflict["id"]]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((500, {}, b""), "answers 500"),
        ((403, {}, b"no"), "answers 403: no"),
        ((200, {}, b"<html>"), "no JSON"),
        ((200, {}, b"[]"), "no StatementResult"),
        ((200, {}, b'{"statements":[],"more":"https://evil.example.com/x"}'), "leads to another host"),
    ],
)
def test_trouble_is_told_and_tried_again_later(bridge: Bridge, reply: Reply, words: str) -> None:
    with listening(lambda *_: reply) as remote:
        add(bridge, remote.url)
        pull(bridge, "academy", pages=2)
        assert words in view(bridge).last_error
        assert view(bridge).state == "failing"
        calls = len(remote.seen)
        assert pull_all(bridge) == 0
        assert len(remote.seen) == calls, "not before its time"
    remove_source(bridge, "academy")
    assert list_sources(bridge) == []


def test_between_two_bridges_with_a_kill_in_the_middle(tmp_path: Path) -> None:
    remote, local = BridgeServer(tmp_path / "remote"), BridgeServer(tmp_path / "local")
    try:
        remote.start()
        local.start()
        there, here = credential(remote), credential(local)
        ids = [one for _ in range(12) for one in post(remote, there, 100)]
        added = local.run("pull", "add", "academy", f"{remote.url}/xapi", "--key", there[0], "--secret", there[1])
        assert added.returncode == 0, added.stderr
        eventually(lambda: len(ids_at(local, here)) > 100)
        local.kill()
        local.start()
        done = local.run("pull", "run", "academy")
        assert done.returncode == 0, done.stderr
        assert sorted(ids_at(local, here)) == sorted(ids)
        assert there[1] not in local.run("pull", "list", "--format", "json").stdout
    finally:
        remote.stop()
        local.stop()
