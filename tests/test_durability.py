"""What was acknowledged is there, exactly once, after kill -9 in the middle of posting."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.servers import BridgeServer
from tests.statements import statement

XAPI = {"X-Experience-API-Version": "1.0.3"}
POSTERS = 4
ENOUGH = 120


class Poster(threading.Thread):
    """Posts batches until the server is gone; remembers what was acknowledged, and what was sent."""

    def __init__(self, url: str, auth: tuple[str, str], enough: threading.Semaphore) -> None:
        super().__init__()
        self.url, self.auth, self.enough = url, auth, enough
        self.acknowledged: list[str] = []
        self.sent: list[list[dict[str, Any]]] = []

    def run(self) -> None:
        with requests.Session() as session:
            while True:
                batch = [statement() for _ in range(3)]
                self.sent.append(batch)
                try:
                    answer = session.post(self.url, json=batch, headers=XAPI, auth=self.auth, timeout=20)
                except requests.RequestException:
                    return
                assert answer.status_code == 200, answer.text
                assert answer.json() == [one["id"] for one in batch]
                self.acknowledged += answer.json()
                self.enough.release()


def stored_ids(url: str, auth: tuple[str, str]) -> list[str]:
    ids: list[str] = []
    path = "/xapi/statements?limit=100"
    while path:
        page = requests.get(url + path, headers=XAPI, auth=auth, timeout=20).json()
        ids += [one["id"] for one in page["statements"]]
        path = page["more"]
    return ids


@pytest.fixture
def bridge_server(tmp_path: Path, database_url: str) -> Any:
    running = BridgeServer(tmp_path / "data", {"LRS_BRIDGE_DATABASE_URL": database_url}).start()
    yield running
    running.stop()


def test_kill_9_in_the_middle_of_posting_loses_nothing(bridge_server: BridgeServer) -> None:
    scopes = ["--scope", "statements/write", "--scope", "statements/read"]
    made = json.loads(bridge_server.run("credentials", "create", "poster", *scopes, "--format", "json").stdout)
    auth = (made["key"], made["secret"])
    enough = threading.Semaphore(0)
    posters = [Poster(f"{bridge_server.url}/xapi/statements", auth, enough) for _ in range(POSTERS)]
    for poster in posters:
        poster.start()
    for _ in range(ENOUGH):
        enough.acquire(timeout=30)
    bridge_server.kill()
    for poster in posters:
        poster.join(30)
    acknowledged = [one for poster in posters for one in poster.acknowledged]
    assert len(acknowledged) >= ENOUGH * 3

    bridge_server.start()
    found = stored_ids(bridge_server.url, auth)
    assert len(found) == len(set(found)), "each once"
    assert set(acknowledged) <= set(found)
    for poster in posters:
        unanswered = {one["id"] for one in poster.sent[-1]}
        assert unanswered <= set(found) or not unanswered & set(found), "a batch is stored whole or not at all"
        # whoever got no answer sends again: no conflict, nothing twice
        again = requests.post(
            f"{bridge_server.url}/xapi/statements", json=poster.sent[-1], headers=XAPI, auth=auth, timeout=20
        )
        assert again.status_code == 200, again.text
    sent = {one["id"] for poster in posters for batch in poster.sent for one in batch}
    assert sorted(stored_ids(bridge_server.url, auth)) == sorted(sent)
