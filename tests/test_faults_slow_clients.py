"""A thousand clients that dribble: the others are served, memory stays bounded, and the dribblers are dropped."""

from __future__ import annotations

import http.client
import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests

from lrs_bridge.web.gate import PATIENCE
from tests.load import STATEMENTS, XAPI, Auth, credential, memory, open_sockets, stored_ids, worker_pids
from tests.servers import BridgeServer
from tests.statements import statement

SLOW = 1000
MB = 1024 * 1024


def head(server: BridgeServer, auth: Auth, length: int, *, method: str = "POST", path: str = STATEMENTS) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: localhost:{server.port}",
        "Authorization: Basic " + b64encode(":".join(auth).encode()).decode(),
        "X-Experience-API-Version: 1.0.3",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def connect(server: BridgeServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


@pytest.fixture
def dribblers(server: BridgeServer) -> Iterator[list[socket.socket]]:
    """Half of them stop within their headers, half within their body, which is larger than most."""
    auth = credential(server)
    body = json.dumps([statement() for _ in range(20)]).encode()
    begun = head(server, auth, len(body))
    opened = [connect(server) for _ in range(SLOW)]
    for number, each in enumerate(opened):
        each.sendall(begun[: len(begun) // 2] if number % 2 else begun + body[: len(body) // 2])
    yield opened
    for each in opened:
        each.close()


def test_a_thousand_slow_clients(server: BridgeServer, dribblers: list[socket.socket]) -> None:
    (worker,) = worker_pids(server)
    auth = credential(server)
    for _ in range(25):
        answer = requests.post(server.url + STATEMENTS, json=statement(), headers=XAPI, auth=auth, timeout=10)
        assert answer.status_code == 200, answer.text
    assert open_sockets(worker) >= SLOW, "served while all of them hang on"
    assert memory(worker) < 200 * MB
    for each in dribblers[:20:2]:  # a byte now and then buys no time
        each.sendall(b" ")
    for each in dribblers:
        each.settimeout(PATIENCE + 10)
        answered = each.recv(4096)
        assert answered == b"" or answered.startswith((b"HTTP/1.1 408", b"HTTP/1.1 400")), answered
    assert len(stored_ids(server.url, auth)) == 25, "nothing of a body that was cut off is stored"
    assert open_sockets(worker) < 50


def test_a_body_that_is_cut_off_replaces_nothing(server: BridgeServer) -> None:
    auth = credential(server)
    path = "/xapi/activities/profile?activityId=https%3A%2F%2Fexample.com%2F1&profileId=notes"
    url = server.url + path
    text = {"Content-Type": "text/plain"}
    put = requests.put(url, data=b"whole", headers=XAPI | text | {"If-None-Match": "*"}, auth=auth, timeout=10)
    assert put.status_code == 204, put.text
    begun = head(server, auth, 1000, method="PUT", path=path).replace(b"application/json", b"text/plain")
    begun = begun.replace(b"\r\n\r\n", b"\r\nIf-Match: *\r\n\r\n")
    with closing(connect(server)) as cut:
        cut.sendall(begun + b"half of it")
        cut.shutdown(socket.SHUT_WR)
        assert cut.recv(4096).startswith(b"HTTP/1.1 400")
    found = requests.get(url, headers=XAPI, auth=auth, timeout=10)
    assert (found.status_code, found.content) == (200, b"whole")


def test_a_body_that_comes_in_small_pieces_is_taken(server: BridgeServer) -> None:
    auth = credential(server)
    sent = statement()
    body = json.dumps(sent).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    with closing(connection):
        pieces = (body[start : start + 10] for start in range(0, len(body), 10))  # chunked, without a length
        basic = {"Authorization": "Basic " + b64encode(":".join(auth).encode()).decode()}
        connection.request("POST", STATEMENTS, pieces, XAPI | basic | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, [sent["id"]])
