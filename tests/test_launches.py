"""Launches and the content origin over HTTP: tokens, files, commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from lrs_bridge.courseware.runtime_wire import BODY_LIMIT
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.install_package import InstalledPackage, install_package
from lrs_bridge.services.launches import LAUNCH_LIFETIME, START_WITHIN
from lrs_bridge.storage.schema.courseware import attempt, runtime_commit
from tests.callers import Caller, bridge_of
from tests.packages import PAGE, manifest, package, resource
from tests.statements import HOME_PAGE
from tests.training_company import opened_bridge, roster

CONTENT = "http://127.0.0.1:5000"
ELSEWHERE = "6f1c2b7e-0d3a-4c58-9e21-5b8a7d4f3c10"
ANN = {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": "011"}}
PASS = {"cmi.core.lesson_status": "passed", "cmi.core.score.raw": "90"}
FILES = {"index.html": PAGE, "pictures/a b.png": b"\x89PNG", "Größe.txt": "gross"}


@dataclass(frozen=True)
class Lms:
    """An LMS with a credential for launches, and the learner's browser."""

    app: Flask
    caller: Caller
    package: InstalledPackage
    other: InstalledPackage

    @property
    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def launch(self, **body: Any) -> TestResponse:
        return self.caller.call("POST", "/launches", json={"package": "M1", "employee_id": "011"} | body)

    def started(self, **body: Any) -> Started:
        made = self.launch(**body)
        assert made.status_code == 201, made.text
        answer = self.get(urlsplit(made.get_json()["launch_url"]).path)
        assert answer.status_code == 303, answer.text
        return Started(self, made.get_json(), urlsplit(answer.location).path.split("/")[2])

    def get(self, path: str, host: str = CONTENT) -> TestResponse:
        return self.browser.get(path, base_url=host, buffered=True)

    def rows(self, table: sa.Table) -> list[Any]:
        with bridge_of(self.app).database.reading() as connection:
            return list(connection.execute(sa.select(table)))


@dataclass(frozen=True)
class Started:
    lms: Lms
    made: dict[str, Any]
    token: str

    def send(self, body: Any, **more: Any) -> TestResponse:
        path = f"/runtime/{self.token}/commit"
        return self.lms.browser.post(path, base_url=CONTENT, **({"json": body} | more))

    def commit(self, sequence: int, cmi: dict[str, str], *, launch: str = "", **more: Any) -> TestResponse:
        body = {"launch": launch or self.made["launch"], "sequence": sequence, "final": False, "cmi": cmi}
        return self.send(body | more)

    def verbs(self) -> list[str]:
        found = self.lms.caller.get(registration=self.made["registration"], ascending="true").get_json()
        return [statement["verb"]["id"].rsplit("/", 1)[1] for statement in found["statements"]]


@contextmanager
def opened_lms(folder: Path, database_url: str = "") -> Iterator[Lms]:
    with opened_bridge(folder, database_url) as app:
        bridge = bridge_of(app)
        import_roster(bridge, roster(), source="roster.csv")
        (folder / "other").mkdir()
        course = manifest(resources=resource("index.html", *FILES))
        own = install_package(bridge, package(folder, {**FILES, "imsmanifest.xml": course}))
        secret = {"secret.html": PAGE, "imsmanifest.xml": manifest().replace('"M1"', '"M2"')}
        other = install_package(bridge, package(folder / "other", secret))
        yield Lms(app, Caller.of(app, "all", "launches", "packages"), own, other)


@pytest.fixture
def lms(tmp_path: Path) -> Iterator[Lms]:
    with opened_lms(tmp_path) as opened:
        yield opened


@pytest.fixture
def lms_on_each(tmp_path: Path, database_url: str) -> Iterator[Lms]:
    with opened_lms(tmp_path, database_url) as opened:
        yield opened


# --- asking for a launch


def test_a_launch_by_employee_id(lms: Lms) -> None:
    made = lms.launch(return_url="https://lms.example.com/course/7")
    assert made.status_code == 201
    body = made.get_json()
    assert body["launch_url"].startswith(f"{CONTENT}/play/start/")
    assert body["activity"] == lms.package.units[0].activity
    assert body["unit"] == "I1"
    assert body["actor"] == ANN | {"name": "Zoe Done"}


def test_an_actor_of_the_lms_is_the_same_person(lms_on_each: Lms) -> None:
    lms = lms_on_each
    made = lms.launch(employee_id="", actor=ANN)
    assert (made.status_code, made.get_json()["actor"]) == (201, ANN)
    by_id = lms.launch()
    assert by_id.get_json()["registration"] == made.get_json()["registration"]
    people = {row.person_id for row in lms.rows(attempt)}
    assert len(people) == 1
    assert None not in people


def test_an_actor_whom_nobody_knows_may_learn_too(lms: Lms) -> None:
    stranger = {"mbox": "mailto:stranger@example.com"}
    assert lms.launch(employee_id="", actor=stranger).status_code == 201
    assert [row.person_id for row in lms.rows(attempt)] == [None]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"package": "M9"}, 404, "M9"),
        ({"package": ELSEWHERE}, 404, ELSEWHERE),
        ({"unit": "I9"}, 404, "It has I1"),
        ({"employee_id": "11"}, 404, "000123 is not 123"),
        ({"employee_id": ""}, 400, "employee_id or actor"),
        ({"actor": ANN}, 400, "employee_id or actor"),
        ({"employee_id": "", "actor": {"name": "Ann"}}, 400, "/actor"),
        ({"employee_id": "", "actor": {"mbox": "ann"}}, 400, "/actor/mbox"),
        ({"employee_id": "", "actor": ANN | {"name": 5}}, 400, "/actor/name"),
        ({"employee_id": "", "actor": ANN | {"role": "boss"}}, 400, "/actor/role"),
        ({"employee_id": "", "actor": {"objectType": "Group", "member": [ANN]}}, 400, "/actor"),
        ({"employee_id": "", "actor": ANN | {"objectType": "Group"}}, 400, "/actor"),
        ({"employee_id": 11}, 400, "/employee_id"),
        ({"package": ""}, 400, "/package"),
        ({"package": "", "unti": "I1", "return_url": "javascript:alert(1)"}, 400, "/return_url"),
        ({"return_url": "http://[::1"}, 400, "/return_url"),
        ({"return_url": "https:"}, 400, "/return_url"),
        ({"return_url": "//evil.example.com"}, 400, "/return_url"),
    ],
)
def test_a_launch_that_cannot_be_made(lms: Lms, body: dict[str, Any], status: int, words: str) -> None:
    answer = lms.launch(**body)
    assert answer.status_code == status, answer.text
    assert words in answer.get_data(as_text=True)
    assert lms.rows(attempt) == []


def test_everything_wrong_with_a_launch_is_told_at_once(lms: Lms) -> None:
    answer = lms.caller.call("POST", "/launches", json={"unti": "I1", "actor": "ann", "return_url": "ftp://x"})
    places = {problem["place"] for problem in answer.get_json()["problems"]}
    assert places == {"/unti", "/actor", "/package", "/return_url"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_a_body_that_is_no_object(lms: Lms, body: bytes) -> None:
    assert lms.caller.call("POST", "/launches", data=body, content_type="application/json").status_code == 400


def test_a_launch_needs_its_scope(lms: Lms) -> None:
    assert Caller.of(lms.app, "all").call("POST", "/launches", json={"package": "M1"}).status_code == 403
    assert lms.browser.post("/launches", json={"package": "M1"}).status_code == 401


def test_a_removed_package_takes_no_new_launch_and_keeps_the_running(lms: Lms) -> None:
    running = lms.started()
    assert lms.caller.call("DELETE", f"/packages/{lms.package.id}").status_code == 204
    assert lms.launch().status_code == 404
    assert lms.get(f"/content/{running.token}/index.html").status_code == 200
    assert running.commit(1, PASS).status_code == 200


# --- the one-time token


def test_a_launch_address_is_good_once(lms_on_each: Lms) -> None:
    lms = lms_on_each
    path = urlsplit(lms.launch().get_json()["launch_url"]).path
    assert lms.browser.head(path, base_url=CONTENT).status_code in {200, 405}  # a link checker uses nothing up
    assert lms.get(path).status_code == 303
    again = lms.get(path)
    assert again.status_code == 403
    assert "used already" in again.get_json()["error"]


def old_token(lms: Lms, purpose: str, token: str, age: float) -> str:
    """The same token as if it had been signed ``age`` seconds ago."""

    class Earlier(URLSafeTimedSerializer.default_signer):  # type: ignore[misc, name-defined]
        def get_timestamp(self) -> int:
            return int(super().get_timestamp() - age)

    key = bridge_of(lms.app).signing_key
    value = URLSafeTimedSerializer(key, salt=purpose).loads(token)
    return str(URLSafeTimedSerializer(key, salt=purpose, signer=Earlier).dumps(value))


def test_tokens_expire(lms: Lms) -> None:
    once = urlsplit(lms.launch().get_json()["launch_url"]).path.rsplit("/", 1)[1]
    for age, status in ((START_WITHIN.total_seconds() + 5, 403), (START_WITHIN.total_seconds() - 60, 303)):
        assert lms.get(f"/play/start/{old_token(lms, 'launch once', once, age)}").status_code == status
    running = lms.started()
    for age, status in ((LAUNCH_LIFETIME.total_seconds() + 5, 403), (LAUNCH_LIFETIME.total_seconds() - 60, 200)):
        old = Started(lms, running.made, old_token(lms, "launch", running.token, age))
        assert lms.get(f"/content/{old.token}/index.html").status_code == status
        assert lms.get(f"/play/{old.token}/").status_code == status
        assert old.commit(1, {}).status_code == status


def test_tokens_cannot_be_forged_or_swapped(lms: Lms) -> None:
    once = urlsplit(lms.launch().get_json()["launch_url"]).path.rsplit("/", 1)[1]
    running = lms.started()
    value = [uuid4().hex, uuid4().hex]
    forged = URLSafeTimedSerializer("another key", salt="launch").dumps(value)
    unknown = URLSafeTimedSerializer(bridge_of(lms.app).signing_key, salt="launch").dumps(value)
    for token in (once, forged, running.token[:-1], running.token + "x", "x", unknown):
        assert lms.get(f"/play/{token}/").status_code == 403
        assert lms.get(f"/content/{token}/index.html").status_code in {403, 404}
        assert Started(lms, running.made, str(token)).commit(1, {}).status_code == 403
    assert lms.get(f"/play/start/{running.token}").status_code == 403
    assert lms.get(f"/play/start/{forged}").status_code == 403


# --- files


def test_files_of_the_launched_package(lms: Lms) -> None:
    token = lms.started().token
    page = lms.get(f"/content/{token}/index.html")
    assert (page.status_code, page.mimetype, page.get_data(as_text=True)) == (200, "text/html", PAGE)
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in page.headers
    assert lms.get(f"/content/{token}/pictures/a%20b.png").mimetype == "image/png"
    assert lms.get(f"/content/{token}/Gr%C3%B6%C3%9Fe.txt").get_data(as_text=True) == "gross"
    etag = page.headers["ETag"]
    path = f"/content/{token}/index.html"
    assert lms.browser.get(path, base_url=CONTENT, headers={"If-None-Match": etag}, buffered=True).status_code == 304
    part = lms.browser.get(path, base_url=CONTENT, headers={"Range": "bytes=0-8"}, buffered=True)
    assert (part.status_code, part.data) == (206, PAGE.encode()[:9])


@pytest.mark.parametrize(
    "path",
    [
        "secret.html",  # of the other package
        "nothing.html",
        "INDEX.HTML",
        "../secret_key",
        "..%2fsecret_key",
        "%2e%2e/%2e%2e/secret_key",
        "..%5c..%5csecret_key",
        "pictures/../../secret_key",
        "pictures/..%2findex.html%00",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "a%00b",
        "C:%5cindex.html",
    ],
)
def test_no_other_file_is_given_out(lms: Lms, path: str) -> None:
    token = lms.started().token
    answer = lms.get(f"/content/{token}/{path}")
    if answer.status_code == 308:  # a client that folds the path itself asks again
        answer = lms.get(urlsplit(answer.location).path)
    assert answer.status_code == 404, answer.text


def test_a_nul_is_refused_in_words_on_each_database(lms_on_each: Lms) -> None:
    lms = lms_on_each
    assert lms.launch(package="a\0b").status_code in {400, 404}
    assert lms.launch(unit="a\0b").status_code == 404
    assert lms.launch(return_url="https://lms.example.com/\0").status_code in {201, 400}
    assert lms.get(f"/content/{lms.started().token}/a%00b").status_code == 404


# --- two origins


def test_courses_are_on_the_content_host_only(lms: Lms) -> None:
    running = lms.started()
    once = urlsplit(lms.launch().get_json()["launch_url"]).path
    paths = [once, f"/play/{running.token}/", f"/content/{running.token}/index.html"]
    for host in ("http://localhost:5000", "http://other.example.com", "http://127.0.0.1:5001"):
        for path in paths:
            answer = lms.get(path, host)
            assert answer.status_code == 404
            assert CONTENT in answer.get_json()["remedy"]
        assert lms.browser.post(f"/runtime/{running.token}/commit", base_url=host, json={}).status_code == 404
    assert lms.get(once).status_code == 303  # none of these used it up


def test_nothing_of_the_application_is_on_the_content_host(lms: Lms) -> None:
    for path in ("/manage/", "/manage/sign-in", "/manage/enter/x"):
        assert lms.get(path).status_code == 404
    player = lms.get(f"/play/{lms.started().token}/")
    policy = player.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://lms.example.com" in policy
    assert "Set-Cookie" not in player.headers


# --- commits


def test_a_commit_becomes_statements_of_the_registration(lms_on_each: Lms) -> None:
    lms = lms_on_each
    running = lms.started()
    assert running.commit(1, {}).get_json() == {"acknowledged": 1}
    assert running.commit(2, PASS, final=True).get_json() == {"acknowledged": 2}
    assert running.verbs() == ["initialized", "scored", "completed", "passed", "terminated"]
    statements = lms.caller.get(registration=running.made["registration"]).get_json()["statements"]
    for statement in statements:
        assert statement["actor"] == running.made["actor"]
        assert statement["object"]["id"] == running.made["activity"]
        assert statement["authority"]["account"]["name"] == "lrs-bridge"


def test_identity_is_that_of_the_token(lms: Lms) -> None:
    running = lms.started()
    claim = {"cmi.core.student_id": "001", "cmi.core.student_name": "Top, Chief"}
    running.commit(1, PASS | claim, actor={"mbox": "mailto:chief@example.com"}, employee_id="001")
    actors = lms.caller.get(registration=running.made["registration"]).get_json()["statements"]
    assert {statement["actor"]["account"]["name"] for statement in actors} == {"011"}
    page = lms.get(f"/play/{running.token}/").get_data(as_text=True)
    assert "Done, Zoe" in page or "Zoe" in page
    assert "Chief" not in page


def test_a_commit_again_changes_nothing(lms_on_each: Lms) -> None:
    lms = lms_on_each
    running = lms.started()
    running.commit(1, {})
    running.commit(2, PASS)
    before, kept = running.verbs(), lms.rows(runtime_commit)
    for sequence, cmi in ((2, PASS), (1, {}), (2, {"cmi.core.lesson_status": "failed"})):
        answer = running.commit(sequence, cmi)
        assert (answer.status_code, answer.get_json()) == (200, {"acknowledged": sequence})
    assert running.verbs() == before
    assert lms.rows(runtime_commit) == kept


def test_raw_commits_are_kept(lms_on_each: Lms) -> None:
    lms = lms_on_each
    running = lms.started()
    running.commit(1, {})
    odd = PASS | {"cmi.nonsense": "kept all the same", "cmi.core.score.raw": "90 %"}
    running.commit(3, odd, final=True)
    kept = sorted(lms.rows(runtime_commit), key=lambda row: row.sequence)
    assert [(row.sequence, row.final, row.cmi) for row in kept] == [(1, False, {}), (3, True, odd)]
    assert {str(row.registration) for row in kept} == {running.made["registration"]}
    ids = [key for row in kept for key in row.statement_ids]
    assert set(ids) == set(lms.caller.found(registration=running.made["registration"]))


def test_a_newer_launch_supersedes_but_proof_is_kept(lms_on_each: Lms) -> None:
    lms = lms_on_each
    first = lms.started()
    first.commit(1, {"cmi.suspend_data": "page 2"})
    second = lms.started()
    assert second.made["registration"] == first.made["registration"]
    second.commit(1, {"cmi.suspend_data": "page 5"})
    late = first.commit(2, PASS | {"cmi.suspend_data": "page 3"})
    assert (late.status_code, late.get_json()) == (409, {"superseded": True})
    assert "passed" in second.verbs()
    (row,) = lms.rows(attempt)
    assert row.state["cmi"]["cmi.suspend_data"] == "page 5"
    assert second.commit(2, {}, final=True).status_code == 200


def test_work_from_the_journal_of_an_earlier_launch(lms_on_each: Lms) -> None:
    lms = lms_on_each
    first = lms.started()
    first.commit(1, {})
    second = lms.started()
    replayed = second.commit(2, PASS, launch=first.made["launch"], replay=True)
    assert replayed.status_code == 200
    assert replayed.get_json()["acknowledged"] == 2
    assert replayed.get_json()["cmi"]["cmi.core.lesson_status"] == "passed"
    assert "passed" in second.verbs()


@pytest.mark.parametrize("launch", ["nonsense", ELSEWHERE, "a\0b"])
def test_a_commit_of_no_launch(lms: Lms, launch: str) -> None:
    assert lms.started().commit(1, PASS, launch=launch).status_code == 403
    assert lms.rows(runtime_commit) == []


def test_a_commit_of_somebody_elses_launch(lms: Lms) -> None:
    own, foreign = lms.started(), lms.started(employee_id="012")
    assert own.commit(1, PASS, launch=foreign.made["launch"]).status_code == 403
    assert foreign.verbs() == own.verbs() == []


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ([], 0),
        ({}, 0),
        ({"sequence": 7}, 7),
        ({"launch": "x", "sequence": 7, "final": "no", "cmi": {}}, 7),
        ({"launch": "x", "sequence": 7, "final": False, "cmi": []}, 7),
        ({"launch": "x", "sequence": -1, "final": False, "cmi": {}}, -1),
        ({"launch": "x", "sequence": 10**12, "final": False, "cmi": {}}, 10**12),
    ],
)
def test_a_commit_that_cannot_be_read(lms: Lms, body: Any, refused: Any) -> None:
    answer = lms.started().send(body)
    assert answer.status_code == 400
    assert answer.get_json()["refused"] == refused
    assert answer.get_json()["reason"]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"sequence": NaN}'])
def test_a_broken_commit(lms: Lms, raw: bytes) -> None:
    answer = lms.started().send(None, json=None, data=raw, content_type="application/json")
    assert (answer.status_code, answer.get_json()["refused"]) == (400, 0)


def test_an_oversized_commit(lms: Lms) -> None:
    running = lms.started()
    answer = running.commit(1, {"cmi.suspend_data": "x" * (BODY_LIMIT + 1)})
    assert (answer.status_code, answer.get_json()["refused"]) == (400, 0)
    assert running.commit(1, {"cmi.suspend_data": "x" * 4096}).status_code == 200
