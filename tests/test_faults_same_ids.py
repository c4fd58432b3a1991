"""Two processes write the same ids at once: each is stored once, the same again is fine, another one a conflict."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.load import STATEMENTS, Auth, credential, pages, session
from tests.servers import BridgeServer, PostgreSQL
from tests.statements import FAILED, PASSED, statement

CONTESTED = 40
Batch = list[dict[str, Any]]


def twins(count: int) -> tuple[Batch, Batch]:
    """Statements, and others under the same ids."""
    ones = [statement(PASSED) for _ in range(count)]
    return ones, [one | {"verb": {"id": FAILED}} for one in ones]


def post_each(url: str, auth: Auth, batches: list[Batch]) -> list[int]:
    with session(auth) as client:
        return [client.post(url + STATEMENTS, json=batch, timeout=30).status_code for batch in batches]


def stored(url: str, auth: Auth) -> dict[str, str]:
    """Verb by id; every id once."""
    found = [(one["id"], one["verb"]["id"]) for page in pages(url, auth) for one in page]
    assert len(found) == len(dict(found)), "each once"
    return dict(found)


@pytest.mark.postgresql
def test_two_servers_on_one_database(tmp_path: Path, postgresql: PostgreSQL) -> None:
    environment = {"LRS_BRIDGE_DATABASE_URL": postgresql.new_database()}
    servers = [BridgeServer(tmp_path / name, environment).start() for name in ("one", "two")]
    try:
        auth = credential(servers[0])
        same = [statement() for _ in range(CONTESTED)]
        # in opposite orders, so that each waits for the other within a transaction
        forth, back = (
            [same[n : n + 10] for n in range(0, CONTESTED, 10)],
            [same[n : n + 10][::-1] for n in range(0, CONTESTED, 10)],
        )
        ones, others = twins(CONTESTED)
        plans = [forth, back, [[one] for one in ones], [[other] for other in others]]
        with ThreadPoolExecutor(8) as pool:
            jobs = [pool.submit(post_each, server.url, auth, plan) for plan in plans for server in servers]
            answers = [job.result() for job in jobs]
        assert {status for each in answers[:4] for status in each} == {200}, "the same again is no conflict"
        found = stored(servers[0].url, auth)
        assert stored(servers[1].url, auth) == found
        assert set(found) == {one["id"] for one in same + ones}
        for place, one in enumerate(ones):
            won = found[one["id"]] == PASSED
            expected = [200, 200, 409, 409] if won else [409, 409, 200, 200]
            assert [each[place] for each in answers[4:]] == expected
    finally:
        for server in servers:
            server.stop()


def test_an_import_beside_a_server_on_sqlite(server: BridgeServer, tmp_path: Path) -> None:
    auth = credential(server)
    same = [statement() for _ in range(300)]
    ones, others = twins(CONTESTED)
    file = tmp_path / "import.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in [*same, *others]))
    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(server.run, "statements", "import", str(file), "--format", "json")
        answers = post_each(server.url, auth, [[one] for one in [*ones, *same]])
        done = importing.result()
    report = json.loads(done.stdout)
    found = stored(server.url, auth)
    assert set(found) == {one["id"] for one in same + ones}
    assert answers[CONTESTED:] == [200] * len(same)
    expected = [200 if found[one["id"]] == PASSED else 409 for one in ones]
    assert answers[:CONTESTED] == expected
    assert report["faulty"] == expected.count(200)
    assert done.returncode == (1 if report["faulty"] else 0)


def test_a_conflict_says_which_ids(server: BridgeServer) -> None:
    auth = credential(server)
    ones, others = twins(2)
    assert post_each(server.url, auth, [ones]) == [200]
    fresh = statement()
    with session(auth) as client:
        answer = client.post(server.url + STATEMENTS, json=[fresh, *others], timeout=30)
        assert answer.status_code == 409
        assert all(one["id"] in answer.json()["error"] for one in ones)
        missing = client.get(server.url + STATEMENTS, params={"statementId": fresh["id"]}, timeout=30)
        assert missing.status_code == requests.codes.not_found, "of a refused batch nothing is stored"
