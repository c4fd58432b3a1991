"""xAPI packages over HTTP: what a launch hands to the content, and how little may be done with it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lrs_bridge.services.credentials import list_credentials
from tests.callers import VERSION, bridge_of
from tests.launched import Launched, Launcher, opened_launcher
from tests.packages import zipped
from tests.self_speaking_courses import ACTIVITY, TINCAN, xapi_package
from tests.statements import HOME_PAGE

ELSEWHERE = "https://courses.example.com/other"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """For cases that leave nothing behind."""
    folder = tmp_path_factory.mktemp("lms")
    with opened_launcher(folder, xapi_package(folder)) as opened:
        yield opened


@pytest.fixture
def lms(tmp_path: Path) -> Iterator[Launcher]:
    with opened_launcher(tmp_path, xapi_package(tmp_path)) as opened:
        yield opened


@pytest.fixture
def lms_on_each(tmp_path: Path, database_url: str) -> Iterator[Launcher]:
    with opened_launcher(tmp_path, xapi_package(tmp_path), database_url) as opened:
        yield opened


class Content:
    """The launched page: it knows its address, and nothing else."""

    def __init__(self, running: Launched) -> None:
        self.told = running.told
        self.client = running.launcher.app.test_client()

    def statement(self, verb: str = "passed", **more: Any) -> dict[str, Any]:
        return {
            "actor": json.loads(self.told["actor"]),
            "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
            "object": {"id": self.told["activity_id"]},
            "result": {"success": True, "score": {"scaled": 0.9}},
            "context": {"registration": self.told["registration"]},
        } | more

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = VERSION | {"Authorization": self.told["auth"], "Origin": "http://127.0.0.1:5000"}
        return self.client.open(f"/xapi/{path}", method=method, headers=headers, **more)

    def post(self, statement: Any) -> TestResponse:
        return self.call("POST", "statements", json=statement)

    def state(self, method: str, **params: str) -> TestResponse:
        told = {"stateId": "bookmark", "activityId": ACTIVITY, "agent": self.told["actor"]}
        query = told | {"registration": self.told["registration"]} | params
        body = {"data": "page 2", "content_type": "text/plain"} if method == "PUT" else {}
        return self.call(method, "activities/state", query_string=query, **body)


def test_a_result_makes_its_learner_compliant(lms_on_each: Launcher) -> None:
    lms = lms_on_each
    running = lms.launch()
    assert running.made["activity"] == ACTIVITY
    content = Content(running)
    assert content.told["endpoint"] == "http://localhost:5000/xapi/"
    assert content.told["registration"] == running.made["registration"]
    assert json.loads(content.told["actor"]) == running.made["actor"]
    assert content.state("PUT").status_code == 204
    assert content.post(content.statement()).status_code == 200
    (statement,) = lms.statements(running)
    assert (
        statement["authority"]["account"]["name"] == base64.b64decode(content.told["auth"][6:]).decode().split(":")[0]
    )
    row = lms.row()
    assert (row["status"], row["evidence"]) == ("compliant", [statement["id"]])


def test_an_attempt_is_gone_on_with_until_it_is_done(lms: Launcher) -> None:
    first = lms.launch()
    Content(first).state("PUT")
    Content(first).post(Content(first).statement("initialized", result={}))
    second = lms.launch()
    assert second.made["registration"] == first.made["registration"]
    assert Content(second).state("GET").text == "page 2"
    Content(second).post(Content(second).statement("passed"))
    third = lms.launch()
    assert third.made["registration"] != first.made["registration"]
    assert Content(third).state("GET").status_code == 404


def test_what_a_course_says_wrongly_is_set_aside(lms: Launcher) -> None:
    content = Content(lms.launch())
    assert (
        content.post([content.statement(result={"success": "yes"}), content.statement("experienced")]).status_code
        == 200
    )
    assert lms.row()["status"] == "missing"


@pytest.mark.parametrize(
    "change",
    [
        {"actor": {"account": {"homePage": HOME_PAGE, "name": "022"}}},
        {"actor": {"mbox": "mailto:chief@example.com"}},
        {"object": {"id": ELSEWHERE}},
        {"object": {"id": ACTIVITY + "-2"}},
        {"context": {"registration": "11111111-1111-4111-8111-111111111111"}},
        {"context": {}},
        {
            "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
            "object": {"objectType": "StatementRef", "id": "11111111-1111-4111-8111-111111111111"},
        },
    ],
)
def test_a_credential_writes_about_its_own_launch_only(shared: Launcher, change: dict[str, Any]) -> None:
    running = shared.launch()
    content = Content(running)
    assert content.post(content.statement() | change).status_code == 403
    assert shared.statements(running) == []


@pytest.mark.parametrize(
    "params",
    [
        {"agent": json.dumps({"account": {"homePage": HOME_PAGE, "name": "022"}})},
        {"activityId": ELSEWHERE},
        {"registration": "11111111-1111-4111-8111-111111111111"},
    ],
)
def test_a_credential_keeps_documents_of_its_own_launch_only(shared: Launcher, params: dict[str, str]) -> None:
    content = Content(shared.launch())
    for method in ("GET", "PUT", "DELETE"):
        assert content.state(method, **params).status_code == 403


def test_a_credential_opens_no_other_door(shared: Launcher) -> None:
    content = Content(shared.launch())
    auth = {"Authorization": content.told["auth"]}
    for method, path in (("GET", "/packages"), ("POST", "/launches"), ("GET", "/evidence")):
        assert content.client.open(path, method=method, headers=auth, json={}).status_code == 403
    assert content.call("GET", "statements").get_json()["statements"] == []  # nobody else's


def test_two_people_have_two_credentials(lms: Launcher) -> None:
    zoe, carl = Content(lms.launch("011")), Content(lms.launch("022"))
    assert zoe.told["auth"] != carl.told["auth"]
    assert zoe.post(carl.statement()).status_code == 403
    assert carl.post(carl.statement()).status_code == 200
    assert (lms.row("011")["status"], lms.row("022")["status"]) == ("missing", "compliant")


def test_credentials_of_launches_end_and_are_not_listed(lms: Launcher) -> None:
    running = lms.launch()
    _ = running.told
    bridge = bridge_of(lms.app)
    assert "Safe lifting" not in {one.name for one in list_credentials(bridge)}
    (own,) = [one for one in list_credentials(bridge, launches=True) if one.name == "Safe lifting"]
    assert own.expires is not None
    assert own.bounds.activity == ACTIVITY
    assert str(own.bounds.registration) == running.made["registration"]


def test_the_page_around_it(shared: Launcher) -> None:
    page = shared.launch(return_url="https://lms.example.com/course/7").page
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "frame-src 'self'; frame-ancestors 'self' https://lms.example.com" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert 'href="https://lms.example.com/course/7"' in page.text


def test_a_course_on_another_server(tmp_path: Path) -> None:
    elsewhere = "https://content.example.com/lifting?lang=en&auth=theirs#/start"
    description = TINCAN.replace("index.html", elsewhere.replace("&", "&amp;"))
    with opened_launcher(tmp_path, zipped(tmp_path, {"tincan.xml": description})) as lms:
        running = lms.launch()
        assert running.address.startswith("https://content.example.com/lifting?endpoint=")
        assert running.address.endswith("&lang=en#/start")
        assert running.sid not in running.address
        assert "frame-src https://content.example.com;" in running.page.headers["Content-Security-Policy"]
        assert Content(running).post(Content(running).statement()).status_code == 200


@pytest.mark.parametrize("token", ["x", "e30.e30.e30"])
def test_no_launch(shared: Launcher, token: str) -> None:
    assert shared.get(f"/play/{token}/unit").status_code == 403


def test_the_page_is_on_the_content_host_only(shared: Launcher) -> None:
    assert shared.get(shared.launch().path, "http://localhost:5000").status_code == 404


def test_the_lrs_knows_what_the_package_describes(lms_on_each: Launcher) -> None:
    answer = lms_on_each.caller.call("GET", "/xapi/activities", query_string={"activityId": f"{ACTIVITY}/knees"})
    assert answer.get_json()["definition"] == {
        "type": "http://adlnet.gov/expapi/activities/question",
        "name": {"en-GB": "Knees"},
    }
