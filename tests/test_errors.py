"""One table from error to answer, told as JSON to machines and as a page to people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from lrs_bridge import errors
from lrs_bridge.errors import LrsBridgeError, Problem
from lrs_bridge.web.errors import STATUS
from tests.callers import VERSION, Caller, bridge_of
from tests.servers import PostgreSQL, postgresql_cluster
from tests.statements import passed
from tests.training_company import opened_bridge

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
PROBLEM = Problem("/0/<actor>", "is <b>wrong</b>", "Write it right", "xAPI Data 2.4.2")


def leaves(kind: type[LrsBridgeError]) -> set[type[LrsBridgeError]]:
    below = kind.__subclasses__()
    return set().union(*map(leaves, below)) if below else {kind}


def test_every_leaf_of_the_tree_has_its_line_and_nothing_else() -> None:
    assert set(STATUS) == {kind for kind in leaves(LrsBridgeError) if kind.__module__ == errors.__name__}


def raising(app: Flask, error: Exception) -> None:
    def view() -> None:
        raise error

    app.add_url_rule("/raise", "raise", view)


@pytest.mark.parametrize("kind", list(STATUS), ids=lambda kind: kind.__name__)
def test_machines_get_json(app: Flask, kind: type[LrsBridgeError]) -> None:
    raising(app, kind("It is <so>", remedy="Do that", problems=[PROBLEM]))
    for accept in (JSON, {}, {"Accept": "*/*"}):
        answer = app.test_client().get("/raise", headers=accept)
        assert answer.status_code == STATUS[kind]
        assert answer.get_json() == {"error": "It is <so>", "remedy": "Do that", "problems": [PROBLEM.as_dict()]}
        assert ("WWW-Authenticate" in answer.headers) == (STATUS[kind] == 401)
        assert ("Retry-After" in answer.headers) == (STATUS[kind] == 503)


@pytest.mark.parametrize("kind", list(STATUS), ids=lambda kind: kind.__name__)
def test_people_get_a_page_with_everything_escaped(app: Flask, kind: type[LrsBridgeError]) -> None:
    raising(app, kind("It is <so>", remedy="Do that", problems=[PROBLEM]))
    answer = app.test_client().get("/raise", headers=HTML)
    assert answer.status_code == STATUS[kind]
    assert answer.mimetype == "text/html"
    for words in ("It is &lt;so&gt;", "Do that", "is &lt;b&gt;wrong&lt;/b&gt;"):
        assert words in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nowhere", 404, None),
        ("DELETE", "/health/live", 405, {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/launches", 405, {"POST", "OPTIONS"}),
        ("POST", "/feeds/compliance.json", 405, {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_what_is_not_there_is_told_alike(
    app: Flask, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    answer = app.test_client().open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert answer.get_json()["error"]
    assert (set(answer.headers["Allow"].split(", ")) if allow else None) == allow
    assert app.test_client().open(path, method=method, headers=HTML).mimetype == "text/html"


def test_a_fault_of_ours_tells_no_secrets(app: Flask) -> None:
    raising(app, ZeroDivisionError("the password is hunter2"))
    answer = app.test_client().get("/raise")
    assert (answer.status_code, answer.mimetype) == (500, "application/json")
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("path", "scheme"), [("/xapi/statements", "Basic"), ("/packages", "Basic"), ("/feeds/compliance.csv", "Bearer")]
)
def test_a_refusal_says_how_to_authenticate(app: Flask, path: str, scheme: str) -> None:
    answer = app.test_client().get(path, headers=VERSION)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith(f"{scheme} realm=")


@pytest.fixture
def own_cluster() -> Iterator[PostgreSQL]:
    with postgresql_cluster() as cluster:
        yield cluster


@pytest.mark.postgresql
def test_a_database_that_does_not_answer_acknowledges_nothing(own_cluster: PostgreSQL, tmp_path: Path) -> None:
    with opened_bridge(tmp_path, own_cluster.new_database()) as app:
        caller = Caller.of(app, "all", "packages")
        lost, kept = passed(), passed()
        assert caller.post(kept).status_code == 200
        own_cluster.stop()
        answers = [
            caller.post(lost),
            caller.put(lost, lost["id"]),
            caller.get(),
            caller.call("GET", "/packages"),
            caller.client.get("/health/ready"),
            caller.client.get("/feeds/compliance.json", headers={"Authorization": "Bearer x"}),
        ]
        assert [answer.status_code for answer in answers] == [503] * len(answers)
        assert all(answer.headers["Retry-After"] == "5" for answer in answers)
        assert "does not answer" in answers[0].get_json()["error"]
        assert caller.client.get("/health/live").status_code == 200
        own_cluster.start()
        assert caller.found() == [kept["id"]]


def test_a_full_disk_acknowledges_nothing(app: Flask) -> None:
    """SQLite may take no more pages than it has: what a full disk does to it."""
    caller = Caller.of(app)
    kept = passed()
    assert caller.post(kept).status_code == 200

    def limit(connection: Connection) -> None:
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count={pages}"))

    bridge_of(app).commits.run(limit)  # the limit is each connection's own: here that of the one that writes
    big = passed(context={"extensions": {"https://example.com/big": "x" * 500_000}})
    answer = caller.post([passed(), big])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert caller.found() == [kept["id"]]
