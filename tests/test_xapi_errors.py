"""What a refusal of the LRS says: the clauses of the version spoken, every faulty statement, how to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from lrs_bridge.errors import SettingInvalid
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.doctor import check_machine
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now
from lrs_bridge.xapi.faults import MOST
from tests.callers import STATEMENTS, Caller
from tests.statements import passed
from tests.training_company import opened_bridge

HEADER = "X-Experience-API-Version"
HTML = {"Accept": "text/html"}
STATE, ACTIVITIES, AGENTS = "/xapi/activities/state", "/xapi/activities", "/xapi/agents"
NOBODY = '{"mbox":"a@example.com"}'
LEARNER = '{"mbox":"mailto:a@example.com"}'
ACTIVITY = "https://example.com/a"


@pytest.fixture
def lrs(app: Flask) -> Caller:
    return Caller.of(app, "all")


def problems(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code in (400, 409), answer.text
    found: list[dict[str, str]] = answer.get_json()["problems"]
    return found


# --- clauses: what is asked → the clause of 1.0.3, and that of 2.0


@pytest.mark.parametrize(
    ("method", "path", "more", "place", "old", "new"),
    [
        ("POST", STATEMENTS, {"json": [passed(), passed(id="x")]}, "/1/id", "Data 2.4.1", "4.2.2"),
        ("POST", STATEMENTS, {"json": passed(timestamp="soon")}, "/timestamp", "Data 4.5", "4.2.7"),
        ("POST", STATEMENTS, {"json": "x"}, "", "Communication 2.1.2", "4.1.6.1"),
        ("POST", STATEMENTS, {"json": passed(), "query_string": {"x": "1"}}, "x", "Communication 2.1.2", "4.1.6.1"),
        ("POST", STATEMENTS, {"data": "x"}, "Content-Type", "Communication 1.5", "4.1.3"),
        ("POST", STATEMENTS, {"data": b"{", "content_type": "application/json"}, "line 1, column 2",
         "Communication 1.5.1", "4.1.3"),
        ("POST", STATEMENTS, {"data": b'{"id":1,"id":2}', "content_type": "application/json"}, "/id",
         "Data 2.2", "4.2.1"),
        ("GET", STATEMENTS, {"query_string": {"limit": "-1"}}, "limit", "Data 2.2", "4.1.6"),
        ("GET", STATE, {"query_string": {"activityId": "a", "agent": LEARNER}}, "activityId", "Data 2.2", "4.1.6"),
        ("GET", STATE, {"query_string": {"activityId": ACTIVITY}}, "agent", "Communication 2.3", "4.1.6.2"),
        ("PUT", STATE, {"query_string": {"activityId": ACTIVITY, "agent": LEARNER}}, "stateId",
         "Communication 2.3", "4.1.6.2"),
        ("GET", ACTIVITIES, {"query_string": {}}, "activityId", "Communication 2.5", "4.1.6.4"),
        ("GET", AGENTS, {"query_string": {"agent": NOBODY}}, "agent/mbox", "Data 2.4.2.3", "4.2.2.1"),
    ],
)  # fmt: skip
def test_the_clause_is_that_of_the_version(
    lrs: Caller, method: str, path: str, more: dict[str, Any], place: str, old: str, new: str
) -> None:
    first, *_ = problems(lrs.call(method, path, **more))
    assert (first.get("place", ""), first["clause"].split("; ")[0]) == (place, f"xAPI {old}")
    first, *_ = problems(lrs.call(method, path, **more, headers={HEADER: "2.0.0"}))
    assert (first.get("place", ""), first["clause"].split("; ")[0]) == (place, f"IEEE 9274.1.1 {new}")


@pytest.mark.parametrize(
    ("since", "of_1_0_3", "of_2_0"),
    [
        ("2026-03-31T09:30:00Z", 200, 200),
        ("2026-03-31T09:30:00+02:00", 200, 200),
        ("2026-03-31T09:30:00", 200, 400),
        ("2026-03-31T09:30Z", 200, 400),
        ("20260331T093000Z", 200, 400),
        ("2026-W14-2T09:30:00Z", 200, 400),
        ("yesterday", 400, 400),
    ],
)
@pytest.mark.parametrize("path", [STATE, "/xapi/activities/profile", "/xapi/agents/profile"])
def test_since_of_documents(lrs: Caller, path: str, since: str, of_1_0_3: int, of_2_0: int) -> None:
    query = {"since": since}
    if "activities" in path:
        query["activityId"] = ACTIVITY
    if path != "/xapi/activities/profile":
        query["agent"] = LEARNER
    answers = [lrs.call("GET", path, query_string=query, headers={HEADER: each}) for each in ("1.0.3", "2.0.0")]
    assert [answer.status_code for answer in answers] == [of_1_0_3, of_2_0]


# --- batches


def test_every_faulty_statement_of_a_batch_is_named(lrs: Caller) -> None:
    """2,500 statements, every second with two faults: more than are listed in full, yet none goes unnamed."""
    batch = [passed() if number % 2 else passed(id="x", timestamp="soon") for number in range(2500)]
    found = problems(lrs.post(batch))
    named = {place["place"].split("/")[1] for place in found[:-1]}
    assert named == {str(number) for number in range(0, 2500, 2)}
    assert MOST < len(found) <= MOST + 1250
    assert found[-1]["reason"].startswith("of 2,500 problems")
    assert lrs.found() == []


def test_a_few_faults_are_told_whole(lrs: Caller) -> None:
    found = problems(lrs.post([passed(), {"verb": {}}, "x", passed(id="x")]))
    assert [one["place"] for one in found] == ["/1/verb/id", "/1/actor", "/1/object", "/2", "/3/id"]


# --- signing in


@pytest.mark.parametrize(
    ("path", "scheme"),
    [("/xapi/statements", "Basic"), ("/packages", "Basic"), ("/feeds/compliance.csv", "Bearer")],
)
def test_a_page_that_says_401_says_how_to_sign_in(app: Flask, path: str, scheme: str) -> None:
    answer = app.test_client().get(path, headers={HEADER: "1.0.3"} | HTML)
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert answer.headers["WWW-Authenticate"].startswith(f"{scheme} realm=")


def test_a_wrong_token_at_the_sign_in_page(app: Flask) -> None:
    answer = app.test_client().post("/manage/sign-in", data={"token": "wrong"}, headers=HTML)
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm="), "no browser asks for a password by that"


# --- the version of an answer to a request without one


@pytest.fixture(params=["", "2.0.0"])
def answer_version(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    with opened_bridge(tmp_path, xapi_answer_version=request.param) as app:
        yield app, request.param or "1.0.3"


def test_the_version_of_an_answer_to_a_request_without_one(answer_version: tuple[Flask, str]) -> None:
    app, expected = answer_version
    lrs = Caller.of(app, "all")
    for path, headers, status in (
        ("/xapi/about", {}, 200),
        (STATEMENTS, {}, 400),
        (STATEMENTS, {HEADER: "3.0.0"}, 400),
        (ACTIVITIES, {}, 400),
    ):
        answer = lrs.call("GET", path, headers=headers)
        assert answer.status_code == status
        assert answer.headers[HEADER] == expected
    for asked in ("1.0.3", "2.0.0"):
        assert lrs.call("GET", headers={HEADER: asked}).headers[HEADER] == asked


def test_a_version_that_the_manifest_does_not_declare_stops_the_start(tmp_path: Path) -> None:
    environment = {"LRS_BRIDGE_DATA_DIR": str(tmp_path), "LRS_BRIDGE_XAPI_ANSWER_VERSION": "1.0.0"}
    settings = Settings.from_environment(environment)
    with pytest.raises(SettingInvalid) as caught:
        Bridge.open(settings)
    (problem,) = caught.value.problems
    assert problem.place == "LRS_BRIDGE_XAPI_ANSWER_VERSION"
    assert "1.0.3, 2.0.0" in problem.remedy
    (found,) = [check for check in check_machine(settings, at=now()) if check.name == "manifest"]
    assert (found.outcome, "LRS_BRIDGE_XAPI_ANSWER_VERSION" in found.words) == ("fault", True)
