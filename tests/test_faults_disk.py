"""The disk is full: refused in words, nothing that was acknowledged is lost, all goes on once there is room."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.load import STATEMENTS, XAPI, Auth, all_acknowledged, credential, posting, session, stored_ids, wait_for
from tests.servers import BridgeServer
from tests.statements import statement

MEGABYTES = 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of our own. Only root can mount one."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def full_server(small_disk: Path) -> Iterator[BridgeServer]:
    """Everything of it is on the small disk, its log too."""
    server = BridgeServer(small_disk / "data").start()
    yield server
    server.stop()


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            return ballast


def large() -> dict[str, Any]:
    return statement(result={"response": "x" * 4000})


def test_a_full_disk_under_load(full_server: BridgeServer, small_disk: Path) -> None:
    auth = credential(full_server)
    with posting(4, full_server.url, auth, one=large) as posters:
        wait_for(posters, 3)
        ballast = fill(small_disk)
        refused = until_refused(full_server.url, auth)
        assert refused.status_code == 503, refused.text
        assert "full" in refused.json()["error"], refused.text
        assert refused.json()["remedy"]
        assert_reads(full_server.url, auth, posters[0].acknowledged[0])
        ballast.unlink()
        wait_for(posters, 3)
    assert {status for poster in posters for status, _ in poster.refusals} <= {503}
    assert not sum(poster.broken for poster in posters)
    found = stored_ids(full_server.url, auth)
    assert len(found) == len(set(found))
    assert set(all_acknowledged(posters)) <= set(found)


def until_refused(url: str, auth: Auth) -> requests.Response:
    with session(auth) as client:
        for _ in range(2000):
            answer = client.post(url + STATEMENTS, json=[large() for _ in range(20)], timeout=30)
            if answer.status_code != 200:
                return answer
    raise AssertionError("the disk never got full")


def assert_reads(url: str, auth: Auth, statement_id: str) -> None:
    """More often than the log has room for lines."""
    with session(auth) as client:
        for _ in range(100):
            answer = client.get(url + STATEMENTS, params={"statementId": statement_id}, timeout=30)
            assert answer.status_code == 200, answer.text


def test_an_attachment_that_does_not_fit(full_server: BridgeServer, small_disk: Path) -> None:
    auth = credential(full_server)
    content = os.urandom(1024 * 1024) * (MEGABYTES + 4)
    declared = {
        "usageType": "https://example.com/recording",
        "display": {"en": "Recording"},
        "contentType": "application/octet-stream",
        "length": len(content),
        "sha2": sha256(content).hexdigest(),
    }
    sent = statement(attachments=[declared])
    head = f"--b\r\nContent-Type: application/json\r\n\r\n{json.dumps(sent)}\r\n--b\r\n"
    head += "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
    head += f"X-Experience-API-Hash: {declared['sha2']}\r\n\r\n"
    headers = XAPI | {"Content-Type": "multipart/mixed; boundary=b"}
    body = head.encode() + content + b"\r\n--b--\r\n"
    answer = requests.post(full_server.url + STATEMENTS, data=body, headers=headers, auth=auth, timeout=60)
    assert answer.status_code == 503, answer.text
    assert "full" in answer.json()["error"]
    assert stored_ids(full_server.url, auth) == []
    left = list((small_disk / "data" / "attachments" / "incoming").glob("*"))
    assert left == [], "what came of it is gone"
    small = requests.post(full_server.url + STATEMENTS, json=statement(), headers=XAPI, auth=auth, timeout=60)
    assert small.status_code == 200, small.text
