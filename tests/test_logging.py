"""The log of a real run: one line a request, with its id, and nothing secret in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from lrs_bridge.app import create_app
from lrs_bridge.settings import Settings
from tests.packages import package
from tests.servers import BridgeServer

XAPI = {"X-Experience-API-Version": "1.0.3"}
LEARNER = "very.private@example.com"
NAME = "Petronella Privata"
ANSWER = "my-own-answer-to-question-7"
STATEMENT = {
    "actor": {"mbox": f"mailto:{LEARNER}", "name": NAME},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
    "object": {"id": "https://example.com/course"},
    "result": {"response": ANSWER},
}
ROSTER = "employee_id,given_name,family_name,hire_date\n000100,Lena,Leader,2020-01-01\n"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def made(server: BridgeServer, *arguments: str) -> dict[str, str]:
    done = server.run(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_no_secret_is_in_the_log_of_a_real_run(server: BridgeServer, tmp_path: Path) -> None:
    admin = made(
        server, "credentials", "create", "admin", "--scope", "all", "--scope", "launches", "--scope", "packages"
    )
    auth = (admin["key"], admin["secret"])
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER)
    assert server.run("roster", "import", str(roster)).returncode == 0
    assert server.run("packages", "install", str(package(tmp_path, {}))).returncode == 0
    reader = made(server, "readers", "create", "Olga", "--role", "hr")
    link = server.run("readers", "link", reader["id"]).stdout.strip()
    wanted = {"package": "M1", "actor": STATEMENT["actor"]}
    launch = requests.post(f"{server.url}/launches", json=wanted, auth=auth, timeout=10).json()["launch_url"]
    page = requests.get(launch, timeout=10)
    session = requests.Session()
    for method, url, more in (
        ("POST", "/xapi/statements", {"json": STATEMENT, "auth": auth, "headers": XAPI}),
        ("POST", "/xapi/statements", {"json": STATEMENT | {"verb": ANSWER}, "auth": auth, "headers": XAPI}),
        ("POST", "/xapi/statements", {"data": b'{"x": "' + ANSWER.encode(), "auth": auth, "headers": XAPI}),
        (
            "GET",
            "/xapi/statements",
            {"params": {"agent": json.dumps(STATEMENT["actor"])}, "auth": auth, "headers": XAPI},
        ),
        ("GET", "/xapi/statements", {"auth": ("secret-as-user-name", "wrong-password"), "headers": XAPI}),
        ("GET", "/feeds/compliance.json", {"headers": {"Authorization": f"Bearer {reader['token']}"}}),
        ("GET", "/feeds/compliance.json", {"headers": {"Authorization": "Bearer not-a-good-token"}}),
        ("POST", "/manage/sign-in", {"data": {"token": reader["token"]}}),
        ("GET", f"/nowhere/{ANSWER}", {}),
    ):
        session.request(method, server.url + url, timeout=10, **more)  # type: ignore[arg-type]
    session.get(link, timeout=10)
    requests.post(page.url.replace("/play/", "/runtime/") + "commit", json={"cmi": ANSWER}, timeout=10)
    secrets = {
        "secret of a credential": admin["secret"],
        "token of a reader": reader["token"],
        "code of a sign-in link": link.rpartition("/")[2],
        "token of a launch": launch.rpartition("/")[2],
        "token of a running launch": page.url.rstrip("/").rpartition("/")[2],
        "cookie of a session": session.cookies["lrs_bridge"],
        "key that signs": (server.data_dir / "secret_key").read_text(),
        "address": LEARNER,
        "name": NAME,
        "answer": ANSWER,
        "user name that is no key": "secret-as-user-name",
        "wrong password": "wrong-password",
        "wrong token": "not-a-good-token",
    }
    text = server.log.read_text()
    assert {what for what, secret in secrets.items() if secret in text} == set()
    found = [line for line in lines(server.log) if line["route"] != "/health/ready"]
    routes = {(line["method"], line["route"], line["status"]) for line in found}
    assert {
        ("POST", "/xapi/statements", 200),
        ("POST", "/xapi/statements", 400),
        ("GET", "/xapi/statements", 401),
        ("GET", "/play/<token>/", 200),
        ("GET", "/manage/enter/<code>", 303),
        ("GET", "(none)", 404),
        ("POST", "/runtime/<token>/commit", 400),
    } <= routes
    keys = {line["credential"] for line in found}
    assert keys == {None, admin["key"]}
    assert all(line["request_id"] and line["ms"] >= 0 and line["remote"] == "127.0.0.1" for line in found)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-123", True), ("a" * 64, True), ("a" * 65, False), ("", False), ("a b", False), ('"x"', False), ("é", False)],
)
def test_the_request_id(tmp_path: Path, given: str, kept: bool) -> None:
    app = create_app(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path)}))
    try:
        answer = app.test_client().get("/health/live", headers={"X-Request-ID": given})
        assert (answer.headers["X-Request-ID"] == given) is kept
        assert answer.headers["X-Request-ID"]
    finally:
        app.extensions["lrs_bridge_close"]()


def test_an_unexpected_error_is_told_with_its_places_and_without_its_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path)}))

    @app.get("/broken/<token>")
    def broken(token: str) -> str:
        try:
            raise OSError(28, "No space left on device", token)  # noqa: TRY301 - the cause of the other
        except OSError as error:
            raise KeyError(token) from error

    try:
        answer = app.test_client().get("/broken/a-secret", headers={"X-Request-ID": "mine"})
        assert answer.status_code == 500
    finally:
        app.extensions["lrs_bridge_close"]()
    log = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    (told,) = [line for line in log if "error" in line]
    assert [link["type"] for link in told["error"]] == ["builtins.KeyError", "builtins.OSError"]
    assert [link["words"] for link in told["error"]] == ["", "No space left on device"]
    assert any("in broken" in place for place in told["error"][0]["stack"])
    assert {line["request_id"] for line in log} == {"mine"}
    assert "a-secret" not in json.dumps(log)
