"""Contents that no statement has go after a day; those of statements in quarantine stay, for their replay."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask

from lrs_bridge.services import quarantine
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.doctor import Check
from lrs_bridge.services.doctor_database import check_database
from lrs_bridge.services.unused_attachments import Cleaning, find_unused, remove_unused
from lrs_bridge.storage.attachments import attachment_store
from lrs_bridge.storage.database import now
from tests.callers import Caller, bridge_of
from tests.multiparts import MIXED, attachment, multipart, part, statements_part
from tests.servers import BridgeServer
from tests.statements import passed

KEPT, LOST, HELD = b"kept", b"came with a refused request", b"came with a statement that is held"
DAY = timedelta(days=1)
WHO = "Ada Admin"


def send(caller: Caller, statement: dict[str, Any], content: bytes) -> Any:
    return caller.call("POST", data=multipart(statements_part(statement), part(content)), headers=MIXED)


def with_content(content: bytes, **more: Any) -> dict[str, Any]:
    return passed(attachments=[attachment(content)], **more)


def files(bridge: Bridge) -> list[bytes]:
    root = attachment_store(bridge.settings.data_dir).root
    return sorted(path.read_bytes() for path in root.glob("??/*"))


def make_old(bridge: Bridge, age: timedelta) -> None:
    then = (now() - age).timestamp()
    for path in attachment_store(bridge.settings.data_dir).root.glob("??/*"):
        os.utime(path, (then, then))


def unused(bridge: Bridge) -> int:
    with bridge.database.reading() as connection:
        return find_unused(connection, bridge.settings.data_dir).files


def doctor(bridge: Bridge) -> Check:
    found = {check.name: check for check in check_database(bridge.settings, at=now())}
    return found["unused attachments"]


@pytest.fixture
def moodle(app_on_each: Flask) -> Caller:
    return Caller.of(app_on_each, "statements/write", compat=True)


def test_what_no_statement_has_goes_when_it_is_a_day_old(app_on_each: Flask) -> None:
    caller, bridge = Caller.of(app_on_each, "all"), bridge_of(app_on_each)
    assert send(caller, with_content(KEPT), KEPT).status_code == 200
    assert send(caller, with_content(LOST, timestamp="soon"), LOST).status_code == 400
    assert (unused(bridge), remove_unused(bridge)) == (0, 0), "its request may still be under way"
    make_old(bridge, DAY)
    assert (unused(bridge), doctor(bridge).outcome) == (1, "ok")
    make_old(bridge, 3 * DAY)
    assert doctor(bridge).outcome == "warning"
    assert doctor(bridge).remedy.endswith("lrs-bridge statements unused-attachments --remove")
    cleaning = Cleaning()
    cleaning.turn(bridge, lambda: True)
    assert files(bridge) == [KEPT]
    send(caller, with_content(LOST, timestamp="soon"), LOST)
    make_old(bridge, DAY)
    cleaning.turn(bridge, lambda: True)
    assert len(files(bridge)) == 2, "the job looks once an hour"


def test_what_is_sent_again_is_young_again(app: Flask) -> None:
    caller, bridge = Caller.of(app, "all"), bridge_of(app)
    send(caller, with_content(LOST, timestamp="soon"), LOST)
    make_old(bridge, 2 * DAY)
    send(caller, with_content(LOST, timestamp="soon"), LOST)
    assert remove_unused(bridge) == 0


def test_a_statement_in_quarantine_keeps_its_contents_for_the_replay(app_on_each: Flask, moodle: Caller) -> None:
    bridge = bridge_of(app_on_each)
    faulty = with_content(HELD, timestamp="soon")
    answer = send(moodle, faulty, HELD)
    assert (answer.status_code, answer.get_json()) == (200, [])
    make_old(bridge, 2 * DAY)
    assert (unused(bridge), remove_unused(bridge)) == (0, 0)
    (held,) = quarantine.list_held(bridge).items
    fixed = quarantine.fix_held(bridge, held.id, orjson.dumps(faulty | {"timestamp": "2026-03-01T10:00:00Z"}), who=WHO)
    assert fixed.problems == ()
    (replayed,) = quarantine.replay_held(bridge, [held.id], who=WHO)
    assert str(replayed.statement_id) == faulty["id"]
    reader = Caller.of(app_on_each, "all/read")
    assert HELD in reader.get(statementId=faulty["id"], attachments="true").data
    assert remove_unused(bridge) == 0


def test_what_was_dropped_gives_up_its_contents(app_on_each: Flask, moodle: Caller) -> None:
    bridge = bridge_of(app_on_each)
    send(moodle, with_content(HELD, timestamp="soon"), HELD)
    make_old(bridge, 2 * DAY)
    (held,) = quarantine.list_held(bridge).items
    quarantine.drop_held(bridge, held.id, because="a test", who=WHO)
    assert remove_unused(bridge) == 1
    assert files(bridge) == []


def test_a_content_that_never_came_is_told_and_can_be_replaced_by_its_address(app: Flask) -> None:
    moodle, bridge = Caller.of(app, "statements/write", compat=True), bridge_of(app)
    alone = with_content(HELD)
    assert moodle.post(alone).get_json() == []
    (held,) = quarantine.list_held(bridge).items
    assert [problem.place for problem in held.problems] == ["/attachments/0"]
    (still,) = quarantine.replay_held(bridge, [held.id], who=WHO)
    assert (still.statement_id, len(still.problems)) == (None, 1)
    described = alone["attachments"][0] | {"fileUrl": "https://example.com/essay.txt"}
    quarantine.fix_held(bridge, held.id, orjson.dumps(alone | {"attachments": [described]}), who=WHO)
    (replayed,) = quarantine.replay_held(bridge, [held.id], who=WHO)
    assert str(replayed.statement_id) == alone["id"]


def test_the_command(tmp_path: Path) -> None:
    beside = BridgeServer(tmp_path)
    assert beside.run("init-db").returncode == 0
    folder = tmp_path / "attachments" / "incoming"
    folder.mkdir(parents=True)
    (folder / "left-by-a-crash").write_bytes(b"half")
    os.utime(folder / "left-by-a-crash", (0, 0))
    counted = beside.run("statements", "unused-attachments", "--format", "json")
    assert orjson.loads(counted.stdout) == {"files": 1, "bytes": 4, "removed": 0}
    assert "1 were removed" in beside.run("statements", "unused-attachments", "--remove").stdout
    assert list(folder.iterdir()) == []
