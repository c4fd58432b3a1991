"""The LMS side of cmi5 over HTTP: launch, fetch, launch data, sessions, what is rejected, what follows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from lrs_bridge.services.cmi5_endings import abandon_stale
from lrs_bridge.services.launches import LAUNCH_LIFETIME
from lrs_bridge.storage.cmi5 import update_session
from lrs_bridge.storage.database import now
from lrs_bridge.xapi import cmi5_terms as terms
from tests.callers import Caller, bridge_of
from tests.cmi5_courses import COURSE, UNIT, Lms, Unit, au, block, learner, package, structure
from tests.training_company import opened_bridge

FULL = au(
    attributes='moveOn="Passed" masteryScore="0.8" launchMethod="OwnWindow" '
    'activityType="http://adlnet.gov/expapi/activities/lesson"',
    url="index.html?theme=a%20b#page",
    after="<launchParameters> fast=1 </launchParameters><entitlementKey>key-1</entitlementKey>",
)
OPTIONAL = au(2)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lms]:
    """One bridge for all tests that look at a learner of their own only."""
    with opened_bridge(tmp_path_factory.mktemp("bridge")) as app:
        yield Lms(app, Caller.of(app, "all", "launches", "packages"))


@pytest.fixture
def lms(opened: Lms) -> Lms:
    return Lms(opened.app, opened.caller)


@pytest.fixture
def lms_on_each(tmp_path: Path, database_url: str) -> Iterator[Lms]:
    with opened_bridge(tmp_path, database_url) as app:
        yield Lms(app, Caller.of(app, "all", "launches", "packages"))


def test_a_learner_passes(tmp_path: Path, lms_on_each: Lms) -> None:
    lms = lms_on_each
    installed = lms.install(package(tmp_path, structure(block("b", FULL), OPTIONAL)))
    assert installed["standard"] == "cmi5"
    unit = lms.launch(unit=UNIT, return_url="https://lms.example.com/back")
    registration = unit.parameters["registration"]
    assert lms.verbs(registration) == ["launched"]
    unit.say("initialized", "passed", score={"scaled": 0.9})
    assert lms.verbs(registration) == ["launched", "initialized", "passed", "satisfied", "satisfied"]
    unit.say("terminated")
    found = lms.call("GET", f"registrations/{registration}").get_json()
    assert found["satisfied"] is not None
    assert [one["satisfied"] for one in found["units"]] == [True, True]
    assert [one["outcome"] for one in found["sessions"]] == ["terminated"]


def test_the_launch_url(tmp_path: Path, lms: Lms) -> None:
    installed = lms.install(package(tmp_path, structure(FULL)))
    unit = lms.launch()
    url = urlsplit(unit.launch["launch_url"])
    assert (url.netloc, url.fragment) == ("127.0.0.1:5000", "page")
    assert url.query.startswith("theme=a%20b&endpoint=")
    given = unit.parameters
    assert given["endpoint"] == "http://localhost:5000/xapi/"
    assert json.loads(given["actor"]) == lms.actor
    assert given["registration"] == unit.launch["registration"]
    assert given["activityId"] == installed["units"][0]["activity"] != UNIT
    assert unit.launch["launch_method"] == "OwnWindow"
    page = lms.app.test_client().get(url.path, base_url="http://127.0.0.1:5000", buffered=True)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "https://lms.example.com" in page.headers["Content-Security-Policy"]
    assert lms.app.test_client().get(url.path, base_url="http://localhost:5000").status_code == 404


def test_the_activity_is_the_same_at_every_launch(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path, structure(FULL, OPTIONAL)))
    bob = learner()
    launches = [lms.launch(), lms.launch(), lms.launch(actor=bob), lms.launch(unit=f"{COURSE}/units/2")]
    activities = [unit.parameters["activityId"] for unit in launches]
    assert activities[0] == activities[1] == activities[2] != activities[3]
    registrations = [unit.parameters["registration"] for unit in launches]
    assert registrations[0] == registrations[1] == registrations[3] != registrations[2]
    assert len({unit.launch["session"] for unit in launches}) == 4


def test_fetch_is_good_once(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    unit = Unit(lms.app.test_client(), lms.asked().get_json())
    path = urlsplit(unit.parameters["fetch"]).path
    assert unit.client.get(path).status_code == 405
    first = unit.client.post(path, headers={"Origin": "https://content.example.net"})
    assert (first.status_code, first.mimetype) == (200, "application/json")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert list(first.get_json()) == ["auth-token"]
    again = unit.client.post(path)
    assert (again.status_code, again.get_json()["error-code"]) == (200, "1")
    assert unit.client.post(f"{path}x").get_json()["error-code"] == "2"


def test_fetch_after_the_session(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    unit = Unit(lms.app.test_client(), lms.asked().get_json())
    assert lms.asked().status_code == 201
    assert unit.fetch().get_json()["error-code"] == "1"


def test_launch_data(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path, structure(FULL)))
    unit = lms.launch(return_url="https://lms.example.com/back")
    assert unit.launch_data() == {
        "contextTemplate": {
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": UNIT}]},
            "extensions": {terms.SESSION_ID: unit.launch["session"]},
        },
        "launchMode": "Normal",
        "moveOn": "Passed",
        "masteryScore": 0.8,
        "launchParameters": "fast=1",
        "returnURL": "https://lms.example.com/back",
        "entitlementKey": {"courseStructure": "key-1"},
    }


def test_launch_data_without_what_is_optional(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path, structure(OPTIONAL)))
    assert sorted(lms.launch(mode="Review").launch_data()) == ["contextTemplate", "launchMode", "moveOn"]


@pytest.mark.parametrize(
    ("method", "state", "more"),
    [
        ("PUT", "LMS.LaunchData", {"json": {}}),
        ("POST", "LMS.LaunchData", {"json": {"launchMode": "Browse"}}),
        ("DELETE", "LMS.LaunchData", {}),
        ("DELETE", "", {}),
    ],
)
def test_a_unit_does_not_touch_its_launch_data(
    tmp_path: Path, lms: Lms, method: str, state: str, more: dict[str, Any]
) -> None:
    lms.install(package(tmp_path))
    unit = lms.launch()
    place = {name: value for name, value in (unit.state | {"stateId": state}).items() if value}
    refused = unit.call(method, "activities/state", query_string=place, **more)
    assert refused.status_code == 403
    assert "10.2.1" in refused.text
    assert unit.launch_data()["launchMode"] == "Normal"
    own = unit.call("PUT", "activities/state", query_string=place | {"stateId": "bookmark"}, json={"page": 3})
    assert own.status_code == 204


def test_the_learners_preferences(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    unit = lms.launch()
    place = {"agent": unit.parameters["actor"], "profileId": "cmi5LearnerPreferences"}
    known = unit.call("GET", "agents/profile", query_string=place)
    assert known.get_json() == {"languagePreference": "en,de", "audioPreference": "on"}
    changed = {"languagePreference": "fr-FR", "audioPreference": "off"}
    headers = {"If-Match": known.headers["ETag"]}
    assert unit.call("PUT", "agents/profile", query_string=place, json=changed, headers=headers).status_code == 204
    again = lms.launch()
    assert again.call("GET", "agents/profile", query_string=place).get_json() == changed
    other = learner()
    elsewhere = place | {"agent": json.dumps(other)}
    assert again.call("GET", "agents/profile", query_string=elsewhere).status_code == 403
    assert again.call("GET", "agents", query_string={"agent": json.dumps(other)}).status_code == 403


def test_the_launched_statement(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path, structure(FULL)))
    unit = lms.launch(mode="Normal")
    (launched,) = lms.statements(unit.parameters["registration"])
    context = launched["context"]
    assert launched["actor"] == lms.actor
    assert launched["object"]["id"] == unit.parameters["activityId"]
    assert launched["object"]["definition"]["type"] == "http://adlnet.gov/expapi/activities/lesson"
    assert context["extensions"] == {
        terms.SESSION_ID: unit.launch["session"],
        terms.LAUNCH_MODE: "Normal",
        terms.LAUNCH_URL: unit.launch["launch_url"].partition("&endpoint=")[0] + "#page",
        terms.MOVE_ON: "Passed",
        terms.MASTERY_SCORE: 0.8,
        terms.LAUNCH_PARAMETERS: "fast=1",
    }
    assert [one["id"] for one in context["contextActivities"]["category"]] == [terms.CMI5_CATEGORY]
    assert [one["id"] for one in context["contextActivities"]["grouping"]] == [UNIT]
    assert "result" not in launched
    assert launched["timestamp"].endswith("Z")


def test_a_new_launch_abandons_the_session_before(tmp_path: Path, lms_on_each: Lms) -> None:
    lms = lms_on_each
    lms.install(package(tmp_path, structure(FULL, OPTIONAL)))
    first = lms.launch()
    first.say("initialized")
    late = first.statement("completed")
    second = lms.launch(unit=f"{COURSE}/units/2")
    registration = second.parameters["registration"]
    assert lms.verbs(registration) == ["launched", "initialized", "abandoned", "launched"]
    abandoned = next(one for one in lms.statements(registration) if one["verb"]["id"] == terms.VERBS["abandoned"])
    assert abandoned["context"]["extensions"] == {terms.SESSION_ID: first.launch["session"]}
    assert abandoned["result"]["duration"].startswith("PT")
    assert set(abandoned["result"]) == {"duration"}
    refused = first.post(late)
    assert refused.status_code == 403
    assert "9.3.6" in refused.text
    second.say("initialized", "terminated")


def test_an_administrator_abandons_a_session(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    unit = lms.launch()
    path = f"registrations/{unit.launch['registration']}/sessions/{unit.launch['session']}/abandonment"
    answer = lms.call("POST", path)
    assert (answer.status_code, answer.get_json()["outcome"]) == (201, "abandoned")
    assert lms.call("POST", path).status_code == 200
    assert lms.verbs(unit.launch["registration"]).count("abandoned") == 1
    assert unit.call("GET", "activities/state", query_string=unit.state).status_code == 403
    assert lms.call("POST", path.replace(unit.launch["session"], str(uuid4()))).status_code == 404


def test_nothing_after_terminated(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    unit = lms.launch()
    unit.say("initialized")
    before = unit.statement("http://adlnet.gov/expapi/verbs/experienced", defined=False)
    last = unit.statement("terminated")
    after = unit.statement("http://adlnet.gov/expapi/verbs/experienced", defined=False)
    assert unit.post(last).status_code == 200
    refused = unit.post(after)
    assert refused.status_code == 403
    assert "9.3.8" in refused.text
    assert unit.post(before).status_code == 200  # it was under way, and is from before
    assert unit.post(last).status_code == 200  # its answer was lost: the same statement again is no news


def test_a_batch_is_recorded_whole_or_not_at_all(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path, structure(FULL)))
    unit = lms.launch()
    good, bad = unit.statement("initialized"), unit.statement("completed", duration="PT1S", score={"scaled": 1})
    refused = unit.post(good, bad)
    assert refused.status_code == 403
    assert [problem["place"][:2] for problem in refused.get_json()["problems"]] == ["/1"]
    assert lms.verbs(unit.launch["registration"]) == ["launched"]
    assert unit.post(unit.statement("completed"), good).status_code == 200  # ordered by their timestamps


def test_statements_of_another_session_are_refused(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    bob = learner()
    one, other = lms.launch(), lms.launch(actor=bob)
    refused = one.post(other.statement("initialized"))
    assert refused.status_code == 403
    clauses = {problem["clause"] for problem in refused.get_json()["problems"]}
    assert {"cmi5 9.2", "cmi5 9.6.1", "cmi5 9.6.3.1"} <= clauses


def test_a_unit_reads_its_own_registration(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    bob = learner()
    one, other = lms.launch(), lms.launch(actor=bob)
    found = one.call("GET", "statements").get_json()["statements"]
    assert {each["context"]["registration"] for each in found} == {one.launch["registration"]}
    (theirs,) = [each for each in lms.statements(other.launch["registration"]) if "launched" in each["verb"]["id"]]
    assert one.call("GET", "statements", query_string={"statementId": theirs["id"]}).status_code == 404
    elsewhere = {"registration": other.launch["registration"]}
    assert one.call("GET", "statements", query_string=elsewhere).status_code == 403


@pytest.mark.parametrize(
    ("move_on", "said", "satisfied_after"),
    [
        ("Passed", ("initialized", "completed", "passed"), "passed"),
        ("Completed", ("initialized", "passed", "completed"), "completed"),
        ("CompletedAndPassed", ("initialized", "completed", "passed"), "passed"),
        ("CompletedOrPassed", ("initialized", "completed", "passed"), "completed"),
        ("NotApplicable", ("initialized", "completed"), ""),
    ],
)
def test_satisfied_right_after_what_brought_it(
    tmp_path: Path, lms: Lms, move_on: str, said: tuple[str, ...], satisfied_after: str
) -> None:
    lms.install(package(tmp_path, structure(au(attributes=f'moveOn="{move_on}"'))))
    unit = lms.launch()
    unit.say(*said)
    expected = ["launched", *said]
    expected.insert(expected.index(satisfied_after) + 1 if satisfied_after else 0, "satisfied")
    assert lms.verbs(unit.launch["registration"]) == expected


def test_what_asks_for_nothing_is_satisfied_at_the_registration(tmp_path: Path, lms_on_each: Lms) -> None:
    lms = lms_on_each
    lms.install(package(tmp_path, structure(block("outer", block("inner", au(1)), au(2)), FULL.replace("/1", "/3"))))
    wanted = str(uuid4())
    asked = {"course": lms.course, "actor": lms.actor, "registration": wanted}
    made = lms.call("POST", "registrations", json=asked)
    assert (made.status_code, made.get_json()["registration"]) == (201, wanted)
    assert lms.call("POST", "registrations", json=asked).status_code == 200
    said = lms.statements(wanted)
    assert [one["verb"]["id"] for one in said] == [terms.VERBS["satisfied"]] * 2
    assert [one["context"]["contextActivities"]["grouping"][0]["id"] for one in said] == [
        f"{COURSE}/blocks/inner",
        f"{COURSE}/blocks/outer",
    ]
    assert {one["object"]["definition"]["type"] for one in said} == {terms.BLOCK_TYPE}
    assert not {one["object"]["id"] for one in said} & {f"{COURSE}/blocks/inner", f"{COURSE}/blocks/outer"}
    assert all(terms.SESSION_ID in one["context"]["extensions"] for one in said)
    assert made.get_json()["satisfied"] is None
    assert [one["satisfied"] is not None for one in made.get_json()["blocks"]] == [True, True]


def test_satisfied_carries_the_session_of_the_launch(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path, structure(FULL)))
    unit = lms.launch()
    unit.say("initialized", "passed", score={"scaled": 0.8})
    satisfied = lms.statements(unit.launch["registration"])[-1]
    assert satisfied["context"]["extensions"] == {terms.SESSION_ID: unit.launch["session"]}
    assert satisfied["object"]["definition"]["type"] == terms.COURSE_TYPE
    assert satisfied["object"]["id"] != COURSE
    assert [one["id"] for one in satisfied["context"]["contextActivities"]["grouping"]] == [COURSE, UNIT]
    assert [one["id"] for one in satisfied["context"]["contextActivities"]["category"]] == [terms.CMI5_CATEGORY]
    assert "result" not in satisfied


def test_waived(tmp_path: Path, lms_on_each: Lms) -> None:
    lms = lms_on_each
    lms.install(package(tmp_path, structure(FULL)))
    registration = lms.call("POST", "registrations", json={"course": lms.course, "actor": lms.actor}).get_json()[
        "registration"
    ]
    path = f"registrations/{registration}/waivers"
    assert lms.call("POST", path, json={"unit": UNIT, "reason": " "}).status_code == 400
    assert lms.call("POST", path, json={"unit": "x", "reason": "Tested Out"}).status_code == 404
    answer = lms.call("POST", path, json={"unit": UNIT, "reason": "Tested Out"})
    assert answer.status_code == 201
    assert answer.get_json()["units"][0]["waived_reason"] == "Tested Out"
    assert lms.call("POST", path, json={"unit": UNIT, "reason": "Administrative"}).status_code == 200
    waived, satisfied = lms.statements(registration)
    assert waived["result"] == {"success": True, "completion": True, "extensions": {terms.REASON: "Tested Out"}}
    categories = [one["id"] for one in waived["context"]["contextActivities"]["category"]]
    assert categories == [terms.CMI5_CATEGORY, terms.MOVE_ON_CATEGORY]
    assert satisfied["verb"]["id"] == terms.VERBS["satisfied"]
    assert satisfied["context"]["extensions"] == waived["context"]["extensions"]


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_nothing_counts_in_other_modes(tmp_path: Path, lms: Lms, mode: str) -> None:
    lms.install(package(tmp_path, structure(FULL)))
    unit = lms.launch(mode=mode)
    unit.say("initialized")
    refused = unit.post(unit.statement("completed"))
    assert refused.status_code == 403
    assert "10.2.2" in refused.text
    unit.say("terminated")


def test_once_a_registration(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path, structure(FULL)))
    wanted = str(uuid4())
    first = lms.launch(registration=wanted)
    first.say("initialized", "completed")
    first.say("passed", score={"scaled": 1})
    first.say("terminated")
    again = lms.launch(registration=wanted)
    again.say("initialized")
    for verb, clause in (("completed", "9.3.3"), ("passed", "9.3.4"), ("failed", "9.3")):
        refused = again.post(again.statement(verb))
        assert refused.status_code == 403
        assert f"cmi5 {clause}" in {problem["clause"] for problem in refused.get_json()["problems"]}
    assert lms.launch().launch["registration"] == wanted  # the window was closed: the learner goes on
    lms.launch().say("initialized", "terminated")
    assert lms.launch().launch["registration"] != wanted  # next year's training
    assert lms.launch(mode="Review", registration=wanted).launch["registration"] == wanted


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"course": "x"}, 404, "No package"),
        ({"unit": "x"}, 404, "no unit"),
        ({"mode": "Fast"}, 400, "Normal, Browse, Review"),
        ({"actor": {"mbox": "mailto:a@example.com"}}, 400, "cmi5 9.2"),
        ({"actor": {}}, 400, "learner"),
        ({"registration": "x"}, 400, "no UUID"),
        ({"return_url": "javascript:1"}, 400, "web address"),
        ({"more": 1}, 400, "no place"),
        ({"course": 5}, 400, "must be text"),
    ],
)
def test_launches_that_are_refused(tmp_path: Path, lms: Lms, body: dict[str, Any], status: int, words: str) -> None:
    lms.install(package(tmp_path))
    refused = lms.asked(**body)
    assert refused.status_code == status, refused.text
    assert words in refused.text


def test_a_registration_belongs_to_one_learner_and_course(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    registration = lms.launch().launch["registration"]
    bob = learner()
    assert lms.asked(actor=bob, registration=registration).status_code == 400


def test_the_launch_of_any_package_launches_cmi5_too(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    made = lms.caller.call("POST", "/launches", json={"package": lms.course, "actor": lms.actor})
    assert made.status_code == 201
    assert "fetch=" in made.get_json()["launch_url"]


def test_lists(tmp_path: Path, lms_on_each: Lms) -> None:
    lms = lms_on_each
    installed = lms.install(package(tmp_path, structure(block("b", FULL), OPTIONAL)))
    unit = lms.launch()
    assert lms.call("GET", "courses").get_json()["total"] == 1
    assert lms.call("GET", "courses?title=nothing").get_json()["total"] == 0
    found = lms.call("GET", f"courses/{installed['id']}/units?sort=-position").get_json()["items"]
    assert [one["blocks"] for one in found] == [[], [f"{COURSE}/blocks/b"]]
    registrations = lms.call(
        "GET", "registrations", query_string={"actor": json.dumps(lms.actor), "satisfied": "false"}
    )
    assert [one["registration"] for one in registrations.get_json()["items"]] == [unit.launch["registration"]]
    assert lms.call("GET", "sessions?outcome=running").get_json()["total"] == 1
    assert lms.call("GET", "sessions?outcome=terminated").get_json()["total"] == 0
    for wrong in ("sessions?course=x", "sessions?sort=x", "sessions?outcome=x", "registrations?satisfied=x",
                  "courses?limit=x", "registrations?actor={}", "registrations?actor=x"):  # fmt: skip
        assert lms.call("GET", wrong).status_code == 400, wrong
    assert lms.call("GET", f"registrations/{uuid4()}").status_code == 404


def test_only_credentials_for_launches(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    unit = lms.launch()
    weak = Caller.of(lms.app, "statements/write")
    for path in ("courses", "registrations", "sessions"):
        assert weak.call("GET", f"/cmi5/{path}").status_code == 403
    assert unit.client.post("/cmi5/launches", headers=unit.headers, json={}).status_code == 403


@pytest.mark.parametrize("mimetype", ["application/xml", "text/xml", "application/zip"])
def test_a_package_as_the_body(tmp_path: Path, lms: Lms, mimetype: str) -> None:
    xml = structure(au(1, "https://content.example.com/start.html"))
    body = package(tmp_path).read_bytes() if mimetype == "application/zip" else xml.encode()
    sent = {"data": body, "content_type": mimetype}
    lms.caller.call("POST", "/packages", **sent)
    installed = lms.caller.call("POST", "/packages", **sent)
    assert installed.status_code == 200, "the same bytes are one installation"
    made = lms.asked(course=installed.get_json()["id"]).get_json()
    assert made["launch_url"].startswith("http://127.0.0.1" if mimetype == "application/zip" else "https://content.")


@pytest.mark.parametrize("body", [b"<x/>", structure().encode(), structure().replace("</course>", "").encode()])
def test_a_package_that_is_refused(lms: Lms, body: bytes) -> None:
    known = lms.call("GET", "courses").get_json()["total"]
    refused = lms.caller.call("POST", "/packages", data=body, content_type="text/xml")
    assert refused.status_code == 400
    assert refused.get_json()["problems"]
    assert lms.call("GET", "courses").get_json()["total"] == known


def test_an_endpoint_with_a_slash_too_many(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    unit = lms.launch()
    assert unit.call("GET", "/activities/state", query_string=unit.state).status_code == 200
    assert unit.client.options("/xapi//statements").status_code == 204


def test_a_session_that_outlives_its_credential_is_abandoned(tmp_path: Path, lms: Lms) -> None:
    lms.install(package(tmp_path))
    bob = learner()
    old, young = lms.launch(), lms.launch(actor=bob)
    bridge = bridge_of(lms.app)
    long_ago = now() - LAUNCH_LIFETIME - timedelta(minutes=1)
    with bridge.database.writing() as connection:
        place = (UUID(old.launch["registration"]), UUID(old.launch["session"]))
        update_session(connection, *place, launched=long_ago)
    abandon_stale(bridge)
    abandon_stale(bridge)
    assert lms.verbs(old.launch["registration"]).count("abandoned") == 1
    assert "abandoned" not in lms.verbs(young.launch["registration"])


def test_of_two_who_say_the_same_one_is_first(tmp_path: Path, lms_on_each: Lms) -> None:
    lms = lms_on_each
    lms.install(package(tmp_path, structure(FULL)))
    unit = lms.launch()
    unit.say("initialized")
    said = [unit.statement("passed", score={"scaled": 1}) for _ in range(4)]
    clients = [replace(unit, client=lms.app.test_client()) for _ in said]
    with ThreadPoolExecutor(len(said)) as threads:
        answers = list(threads.map(lambda client, one: client.post(one).status_code, clients, said))
    assert sorted(answers) == [200, 403, 403, 403]
    assert lms.verbs(unit.launch["registration"]) == ["launched", "initialized", "passed", "satisfied"]


def test_of_two_who_fetch_one_is_first(tmp_path: Path, lms_on_each: Lms) -> None:
    lms = lms_on_each
    lms.install(package(tmp_path))
    launch = lms.asked().get_json()
    units = [Unit(lms.app.test_client(), launch) for _ in range(4)]
    with ThreadPoolExecutor(len(units)) as threads:
        answers = [answer.get_json() for answer in threads.map(Unit.fetch, units)]
    assert sorted("auth-token" in answer for answer in answers) == [False, False, False, True]
