"""Pollers that follow ``more`` and ``since`` over HTTP while sixteen writers write: every statement exactly once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.load import STATEMENTS, Auth, credential, session, worker_pids
from tests.servers import BridgeServer, PostgreSQL
from tests.statements import statement

WRITERS, BATCHES, SIZE = 16, 10, 4


@pytest.fixture
def sqlite_server(server: BridgeServer) -> BridgeServer:
    return server


@pytest.fixture
def postgresql_server(tmp_path: Path, postgresql: PostgreSQL) -> Iterator[BridgeServer]:
    environment = {"LRS_BRIDGE_DATABASE_URL": postgresql.new_database()}
    running = BridgeServer(tmp_path / "data", environment, workers=2).start()
    yield running
    running.stop()


def write(url: str, auth: Auth) -> list[str]:
    ids: list[str] = []
    with session(auth) as client:
        for _ in range(BATCHES):
            answer = client.post(url + STATEMENTS, json=[statement() for _ in range(SIZE)], timeout=60)
            assert answer.status_code == 200, answer.text
            ids += answer.json()
    return ids


def page(client: requests.Session, url: str, params: dict[str, str] | None = None) -> requests.Response:
    answer = client.get(url, params=params, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer


def poll(url: str, auth: Auth, done: threading.Event, *, by_header: bool) -> list[str]:
    """Follow ``more`` to its end, then begin again behind it, until all writers are done and nothing came since.

    ``by_header``: behind X-Experience-API-Consistent-Through of the last page, instead of the last ``stored``.
    """
    seen: list[str] = []
    since = "1970-01-01T00:00:00Z"
    with session(auth) as client:
        while True:
            last = done.is_set()
            answer = page(client, url + STATEMENTS, {"ascending": "true", "limit": "9", "since": since})
            while True:
                body = answer.json()
                seen += [found["id"] for found in body["statements"]]
                if body["statements"] and not by_header:
                    since = body["statements"][-1]["stored"]
                if not body["more"]:
                    break
                answer = page(client, url + body["more"])
            if by_header:
                since = answer.headers["X-Experience-API-Consistent-Through"]
            if last:
                return seen


@pytest.mark.parametrize("kind", ["sqlite_server", pytest.param("postgresql_server", marks=pytest.mark.postgresql)])
def test_pollers_see_every_statement_once(kind: str, request: pytest.FixtureRequest) -> None:
    server: BridgeServer = request.getfixturevalue(kind)
    assert len(worker_pids(server)) == server.workers
    auth = credential(server)
    done = threading.Event()
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        pollers = [pool.submit(poll, server.url, auth, done, by_header=by_header) for by_header in (False, True)]
        writers = [pool.submit(write, server.url, auth) for _ in range(WRITERS)]
        written = [one for writer in writers for one in writer.result()]
        done.set()
        for seen in (poller.result() for poller in pollers):
            assert len(seen) == len(set(seen)), "none twice"
            assert set(seen) == set(written), "none missed"
    assert len(written) == WRITERS * BATCHES * SIZE
