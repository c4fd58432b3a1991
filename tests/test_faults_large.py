"""What is large: a batch of ten thousand, and an attachment of a hundred megabytes in constant memory, up and down."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator

import requests

from tests.load import STATEMENTS, XAPI, credential, memory, pages, reset_peak, worker_pids
from tests.servers import BridgeServer
from tests.statements import statement

MB = 1024 * 1024
BLOCK = os.urandom(MB)
SIZE = 100


def test_a_batch_of_ten_thousand(server: BridgeServer) -> None:
    auth = credential(server)
    batch = [statement() for _ in range(10_000)]
    (worker,) = worker_pids(server)
    before = memory(worker)
    answer = requests.post(server.url + STATEMENTS, json=batch, headers=XAPI, auth=auth, timeout=100)
    assert answer.status_code == 200, answer.text[:1000]
    ids = [one["id"] for one in batch]
    assert answer.json() == ids
    assert memory(worker, "VmHWM") - before < 150 * MB
    found = [one["id"] for page in pages(server.url, auth, ascending="true", limit="1000") for one in page]
    assert found == ids, "in the order of the batch"


def test_an_attachment_of_a_hundred_megabytes_in_constant_memory(server: BridgeServer) -> None:
    auth = credential(server)
    sha2 = hashlib.sha256(BLOCK * SIZE).hexdigest()
    declared = {
        "usageType": "https://example.com/recording",
        "display": {"en": "Recording"},
        "contentType": "video/mp4",
        "length": SIZE * MB,
        "sha2": sha2,
    }
    sent = statement(attachments=[declared])
    warm_up(server, auth)
    (worker,) = worker_pids(server)
    reset_peak(worker)
    before = memory(worker)
    headers = XAPI | {"Content-Type": "multipart/mixed; boundary=b"}
    answer = requests.post(server.url + STATEMENTS, data=parts(sent, sha2), headers=headers, auth=auth, timeout=100)
    assert answer.status_code == 200, answer.text
    assert memory(worker, "VmHWM") - before < 20 * MB, "on the way up"

    query = {"statementId": sent["id"], "attachments": "true"}
    reset_peak(worker)
    with requests.get(server.url + STATEMENTS, params=query, headers=XAPI, auth=auth, stream=True, timeout=100) as down:
        assert down.status_code == 200
        body = b"".join(down.iter_content(MB))
    assert memory(worker, "VmHWM") - before < 20 * MB, "on the way down"
    start = body.index(BLOCK[:64])
    assert hashlib.sha256(body[start : start + SIZE * MB]).hexdigest() == sha2
    assert int(down.headers["Content-Length"]) == len(body)


def warm_up(server: BridgeServer, auth: tuple[str, str]) -> None:
    answer = requests.post(server.url + STATEMENTS, json=statement(), headers=XAPI, auth=auth, timeout=10)
    assert answer.status_code == 200


def parts(sent: dict[str, object], sha2: str) -> Iterator[bytes]:
    """The body as a stream: this side keeps no hundred megabytes either."""
    yield f"--b\r\nContent-Type: application/json\r\n\r\n{json.dumps(sent)}\r\n--b\r\n".encode()
    yield b"Content-Type: video/mp4\r\nContent-Transfer-Encoding: binary\r\n"
    yield f"X-Experience-API-Hash: {sha2}\r\n\r\n".encode()
    for _ in range(SIZE):
        yield BLOCK
    yield b"\r\n--b--\r\n"
