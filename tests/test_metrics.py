"""/metrics: what was done is counted, by route; who may read it; several processes answer as one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from lrs_bridge.app import create_app
from lrs_bridge.services.credentials import create_credential
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.services.targets import add_target, pause_target
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now
from lrs_bridge.storage.outbox import bury, target_named
from tests.servers import BridgeServer, PostgreSQL, free_port
from tests.statements import recorder

XAPI = {"X-Experience-API-Version": "1.0.3"}
STATEMENT = {
    "actor": {"mbox": "mailto:nobody@example.com"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
    "object": {"id": "https://example.com/course"},
}


def values(text: str) -> dict[str, float]:
    """Sample and its labels in one name → value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(sample.labels[name] for name in sorted(sample.labels) if name != "le")
            if "le" not in sample.labels:
                found[f"{sample.name} {labels}".strip()] = sample.value
    return found


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path)}))
    yield made
    made.extensions["lrs_bridge_close"]()


def basic(app: Flask, *scopes: str) -> dict[str, str]:
    made, secret = create_credential(app.extensions["lrs_bridge"], "test", scopes)
    return {"Authorization": "Basic " + b64encode(f"{made.key}:{secret}".encode()).decode()}


def test_what_was_done_is_counted(app: Flask) -> None:
    client = app.test_client()
    answer = client.post("/xapi/statements", json=[STATEMENT, STATEMENT], headers=XAPI | basic(app, "statements/write"))
    assert answer.status_code == 200
    client.get("/play/a-token-that-nobody-made/", headers={"Host": "127.0.0.1:8000"})
    client.open("/nowhere", method="SECRETMETHOD")
    found = values(client.get("/metrics").text)
    expected = {
        "lrs_bridge_statements_stored_total": 2,
        "lrs_bridge_unmatched_statements": 2,
        "lrs_bridge_quarantined_statements": 0,
        "lrs_bridge_dirty_people": 0,
        "lrs_bridge_refresh_lag_seconds": 0,
        "lrs_bridge_watermark_lag_seconds": 0,
        "lrs_bridge_launches_total": 0,
        "lrs_bridge_commits_total": 0,
        "lrs_bridge_group_commit_size_count": 1,
        "lrs_bridge_request_seconds_count POST,/xapi/statements,200": 1,
        "lrs_bridge_request_seconds_count GET,/play/<token>/,403": 1,
        "lrs_bridge_request_seconds_count other,(none),404": 1,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["process_resident_memory_bytes"] > 10_000_000


def test_what_waits_for_each_target_is_shown(app: Flask) -> None:
    bridge = app.extensions["lrs_bridge"]
    # paused, so that the jobs of this server leave them alone
    for kind, name in (("lrs", "head-office"), ("webhook", "chat")):
        add_target(bridge, kind, name, "http://127.0.0.1:1/", secret="s")
        pause_target(bridge, kind, name, paused=True)
    (key,) = record_statements(bridge, [STATEMENT], by=recorder())
    with bridge.database.writing() as connection:
        bury(connection, target_named(connection, "webhook", "chat").id, [(key, "refused")], at=now())
    found = values(app.test_client().get("/metrics").text)
    assert found["lrs_bridge_outbox_pending_statements lrs,head-office"] == 1
    assert found["lrs_bridge_outbox_oldest_seconds lrs,head-office"] > 0
    assert found["lrs_bridge_outbox_dead_letters lrs,head-office"] == 0
    assert found["lrs_bridge_outbox_dead_letters webhook,chat"] == 1


@pytest.mark.parametrize(
    ("public_url", "host", "peer", "scope", "status"),
    [
        ("http://localhost:8000", "localhost:8000", "127.0.0.1", "", 200),
        ("http://localhost:8000", "localhost:8000", "::1", "", 200),
        ("http://localhost:8000", "localhost:8000", "10.0.0.7", "", 401),
        ("http://localhost:8000", "evil.example:8000", "127.0.0.1", "", 401),
        ("https://bridge.example.com", "localhost:8000", "127.0.0.1", "", 401),
        ("https://bridge.example.com", "bridge.example.com", "127.0.0.1", "", 401),
        ("https://bridge.example.com", "bridge.example.com", "127.0.0.1", "metrics", 200),
        ("https://bridge.example.com", "bridge.example.com", "127.0.0.1", "all/read", 200),
        ("https://bridge.example.com", "bridge.example.com", "127.0.0.1", "all", 200),
        ("https://bridge.example.com", "bridge.example.com", "127.0.0.1", "statements/read", 403),
    ],
)
def test_who_may_read_it(tmp_path: Path, public_url: str, host: str, peer: str, scope: str, status: int) -> None:
    environment = {"LRS_BRIDGE_DATA_DIR": str(tmp_path), "LRS_BRIDGE_PUBLIC_URL": public_url}
    app = create_app(Settings.from_environment(environment))
    try:
        headers = {"Host": host} | (basic(app, scope) if scope else {})
        answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})
        assert answer.status_code == status
    finally:
        app.extensions["lrs_bridge_close"]()


@pytest.mark.postgresql
def test_several_processes_answer_as_one(tmp_path: Path, postgresql: PostgreSQL) -> None:
    port = free_port()
    server = BridgeServer(tmp_path, {"LRS_BRIDGE_DATABASE_URL": postgresql.new_database()}, port)
    command = [sys.executable, "-m", "lrs_bridge", "serve", "--port", str(port), "--workers", "2"]
    with server.log.open("ab") as log:
        process = subprocess.Popen(command, env=server._environment(), stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not server._is_ready():
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.1)
        for _ in range(40):
            requests.get(f"{server.url}/health/live", timeout=5)
        answers = [values(requests.get(f"{server.url}/metrics", timeout=5).text) for _ in range(8)]
        assert {found["lrs_bridge_request_seconds_count GET,/health/live,200"] for found in answers} == {40}
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
        assert len([line for line in lines if line["route"] == "/health/live"]) == 40
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
