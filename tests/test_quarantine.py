"""Quarantine: what compat credentials sent that no repair made valid is kept, explained, corrected, replayed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import sqlalchemy as sa

from lrs_bridge.errors import NotFound, RequestRefused, StatementRefused
from lrs_bridge.services import quarantine as service
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import Credential, create_credential, revoke_credential
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.storage.schema.statements import quarantine, statement_repair
from lrs_bridge.storage.statements import raw_statements
from tests.servers import BridgeServer
from tests.statements import passed, statement

WHO = "Ada Admin"


@pytest.fixture
def sender(bridge: Bridge) -> Credential:
    return create_credential(bridge, "moodle", ["statements/write", "define"], compat=True)[0]


def bad(**more: Any) -> dict[str, Any]:
    """A score beyond its scale: no null to drop, so nothing repairs it."""
    return passed(scaled=7) | more


def send(bridge: Bridge, sender: Credential, *given: Any) -> list[UUID]:
    return record_statements(bridge, given, by=Recorder(sender.id, sender.authority, compat=True))


def held_ids(bridge: Bridge, *, settled: bool = False) -> list[UUID]:
    return [item.id for item in service.list_held(bridge, settled=settled).items]


def stored(bridge: Bridge, statement_id: str) -> dict[str, Any] | None:
    with bridge.database.reading() as connection:
        raw = raw_statements(connection, [UUID(statement_id)]).get(UUID(statement_id))
    return orjson.loads(raw) if raw else None


def test_what_is_held_is_explained_within_the_statement_itself(bridge: Bridge, sender: Credential) -> None:
    good, wrong = statement(), bad()
    assert send(bridge, sender, good, wrong) == [UUID(good["id"])]
    (held,) = service.list_held(bridge).items
    assert (held.sender, held.state, held.statement) == ("moodle", "waiting", wrong)
    assert [problem.place for problem in held.problems] == ["/result/score/scaled"]
    assert [problem.place for problem in held.arrived_with] == ["/1/result/score/scaled"]
    assert service.show_held(bridge, held.id) == held


def test_a_correction_is_replayed_in_the_name_of_the_sender(bridge: Bridge, sender: Credential) -> None:
    wrong = bad()
    send(bridge, sender, wrong)
    (held_id,) = held_ids(bridge)
    revoke_credential(bridge, sender.key)  # who sent it, sent it
    assert service.replay_held(bridge, [held_id], who=WHO)[0].statement_id is None
    right = wrong | {"result": {"success": True, "score": {"scaled": 0.7}, "response": None}}
    fixed = service.fix_held(bridge, held_id, json.dumps(right).encode(), who=WHO)
    assert (fixed.statement, fixed.corrected, fixed.problems) == (wrong, right, ())
    assert service.replay_all(bridge, who=WHO) == [service.Replayed(held_id, UUID(wrong["id"]))]
    kept = stored(bridge, wrong["id"])
    assert kept is not None
    assert (kept["authority"], kept["result"]["score"]) == (sender.authority, {"scaled": 0.7})
    with bridge.database.reading() as connection:
        assert connection.scalar(sa.select(statement_repair.c.credential_id)) == sender.id
    assert held_ids(bridge) == []
    settled = service.show_held(bridge, held_id)
    assert (settled.state, settled.statement, settled.statement_id) == ("replayed", wrong, UUID(wrong["id"]))


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b'{"actor": 1}', orjson.dumps(bad())], ids=["json", "list", "text", "no", "still"]
)
def test_a_correction_must_be_valid(bridge: Bridge, sender: Credential, body: bytes) -> None:
    send(bridge, sender, bad())
    (held_id,) = held_ids(bridge)
    with pytest.raises((RequestRefused, StatementRefused)):
        service.fix_held(bridge, held_id, body, who=WHO)
    assert service.show_held(bridge, held_id).corrected is None


def test_what_conflicts_goes_on_waiting(bridge: Bridge, sender: Credential) -> None:
    taken, wrong = statement(), bad()
    send(bridge, sender, taken, wrong)
    (held_id,) = held_ids(bridge)
    service.fix_held(bridge, held_id, json.dumps(passed() | {"id": taken["id"]}).encode(), who=WHO)
    (outcome,) = service.replay_held(bridge, [held_id], who=WHO)
    assert outcome.statement_id is None
    assert "different statement" in outcome.problems[0].reason
    assert held_ids(bridge) == [held_id]


def test_nothing_is_settled_twice_nor_lost(bridge: Bridge, sender: Credential) -> None:
    send(bridge, sender, bad(), "no statement at all", bad(verb=None))
    first, second, third = sorted(held_ids(bridge), key=str)
    with pytest.raises(RequestRefused, match="reason"):
        service.drop_held(bridge, first, because="  ", who=WHO)
    service.drop_held(bridge, first, because="a test of the new LMS", who=WHO)
    for again in (
        lambda: service.drop_held(bridge, first, because="x", who=WHO),
        lambda: service.replay_held(bridge, [first], who=WHO),
    ):
        with pytest.raises(RequestRefused, match="dropped already"):
            again()
    assert service.show_held(bridge, first).because == "a test of the new LMS"
    assert set(held_ids(bridge)) == {second, third}
    assert held_ids(bridge, settled=True) == [first]
    with bridge.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(quarantine)) == 3
    with pytest.raises(NotFound):
        service.show_held(bridge, uuid4())


def test_pages_hold_each_once(bridge: Bridge, sender: Credential) -> None:
    for _ in range(3):
        send(bridge, sender, bad(), bad(), bad())
    found: list[UUID] = []
    page = service.list_held(bridge, limit=4)
    while True:
        assert page.total == 9
        found += [item.id for item in page.items]
        if not page.more:
            break
        page = service.list_held(bridge, limit=4, more=page.more)
    assert (len(found), len(set(found))) == (9, 9)
    assert len(service.replay_all(bridge, who=WHO)) == 9
    with pytest.raises(RequestRefused, match="damaged"):
        service.list_held(bridge, more="nonsense")


def test_the_command_line_does_all_of_it(server: BridgeServer) -> None:
    def run(*arguments: str, exit_code: int = 0) -> Any:
        done = server.run("statements", "quarantine", *arguments, "--format", "json")
        assert done.returncode == exit_code, done.stderr
        return json.loads(done.stdout)

    made = server.run("credentials", "create", "lms", "--scope", "statements/write", "--compat", "--format", "json")
    key = json.loads(made.stdout)
    import requests

    wrong = [bad(), bad()]
    answer = requests.post(
        f"{server.url}/xapi/statements",
        json=wrong,
        headers={"X-Experience-API-Version": "1.0.3"},
        auth=(key["key"], key["secret"]),
        timeout=30,
    )
    assert (answer.status_code, answer.json()) == (200, [])
    listed = run("list")
    assert listed["total"] == 2
    first, second = (item["id"] for item in listed["items"])
    shown = run("show", first)
    assert shown["problems"][0]["place"] == "/result/score/scaled"
    corrected = server.data_dir / "corrected.json"
    corrected.write_text(json.dumps(shown["statement"] | {"result": {"success": True}}))
    run("fix", first, str(corrected))
    replayed = run("replay", exit_code=1)
    assert [one["statement_id"] is not None for one in replayed] == [True, False]
    assert server.run("statements", "quarantine", "drop", second, "--because", "a test").returncode == 0
    assert run("list")["items"] == []
    assert [item["because"] for item in run("list", "--settled")["items"]] == ["", "a test"]
    assert server.run("statements", "quarantine", "drop", first, "--because", "x").returncode == 1
