"""From a cmi5 unit to the compliance status: in a real browser from another origin, and by a waiver."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import create_reader
from tests.callers import Caller, bridge_of
from tests.cmi5_courses import COURSE, UNIT, Lms, au, block, learner, package, structure
from tests.servers import BridgeServer
from tests.test_main_job import Company
from tests.training_company import TODAY, opened_bridge, roster

PAGES = Path(__file__).parent / "samples" / "cmi5"
PASSING = 'moveOn="Passed" masteryScore="0.8"'
REQUIREMENT = f"""\
[[requirement]]
id = "security"
title = "Security"
authority = "policy"
due = {{ fixed = {TODAY} }}
[[requirement.module]]
package = "{COURSE}"
unit = "{UNIT}"
needs = "passed"
mastery = 0.8
"""
ROSTER = """\
employee_id,given_name,family_name,hire_date,email,lms_account,manager_id,department,time_zone
000100,Lena,Leader,2020-01-01,lena@example.com,100,,Sales,Europe/Berlin
000101,Ana,Alvarez,2020-01-01,ana@example.com,101,000100,Sales,Europe/Berlin
"""


@pytest.fixture
def lms(tmp_path: Path) -> Iterator[Lms]:
    with opened_bridge(tmp_path) as app:
        bridge = bridge_of(app)
        opened = Lms(app, Caller.of(app, "all", "launches", "packages"), learner("011"))
        opened.install(package(tmp_path, structure(au(attributes=PASSING))))
        import_roster(bridge, roster(), source="roster.csv")
        import_requirements(bridge, REQUIREMENT.encode(), source="requirements.toml")
        yield opened


def status_of(lms: Lms, employee_id: str) -> dict[str, Any]:
    _, token = create_reader(bridge_of(lms.app), "Hr", role="hr")
    answer = lms.app.test_client().get(
        "/feeds/compliance.json", headers={"Authorization": f"Bearer {token}"}, query_string={"employee": employee_id}
    )
    found: dict[str, Any] = answer.get_json()["rows"][0]
    return found


def test_passed_below_the_mastery_changes_nothing_and_passed_does(lms: Lms) -> None:
    unit = lms.launch()
    unit.say("initialized", "failed", score={"scaled": 0.5})
    assert (status_of(lms, "011")["status"], status_of(lms, "011")["progress"]) == ("missing", "failed")
    unit.say("terminated")
    again = lms.launch()
    again.say("initialized")
    assert again.post(again.statement("passed", score={"scaled": 0.5})).status_code == 403
    assert status_of(lms, "011")["status"] == "missing"
    again.say("passed", score={"scaled": 0.9})
    assert status_of(lms, "011")["status"] == "compliant"


def test_a_waiver_is_evidence(lms: Lms) -> None:
    made = lms.call("POST", "registrations", json={"course": COURSE, "employee_id": "012"}).get_json()
    body = {"unit": UNIT, "reason": "Tested Out"}
    assert lms.call("POST", f"registrations/{made['registration']}/waivers", json=body).status_code == 201
    assert status_of(lms, "012")["status"] == "compliant"


def test_whoever_was_launched_is_the_person_also_under_an_account_that_hr_does_not_know(lms: Lms) -> None:
    answer = lms.call("POST", "launches", json={"course": COURSE, "employee_id": "090"})
    assert answer.status_code == 201
    assert "name" not in answer.get_json()["actor"]
    assert answer.get_json()["actor"]["account"]["name"] == "090"


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The origin of a publisher who hosts units."""
    handler = partial(_Silent, directory=str(PAGES))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """The browser's own console is what the test looks at."""


@pytest.mark.browser
def test_a_course_on_two_origins_in_a_real_browser(
    server: BridgeServer, tmp_path: Path, browser: Browser, elsewhere: str
) -> None:
    """One unit of the package, on the content origin; one that the publisher hosts; both in the top window."""
    company = Company(server, tmp_path)
    hosted = au(1, f"{elsewhere}/unit.html?theme=dark#page", PASSING)
    inside = au(2, "pages/unit.html", 'moveOn="Passed" masteryScore="0.5"')
    files = {"pages/unit.html": (PAGES / "unit.html").read_text()}
    course = package(tmp_path, structure(block("all", hosted, inside)), files)
    company.run("packages", "install", str(course))
    company.run("roster", "import", company.file("roster.csv", ROSTER))
    company.run("requirements", "import", company.file("requirements.toml", REQUIREMENT))
    first = launched(company, UNIT, f"{elsewhere}/unit.html?back")
    second_unit = f"{COURSE}/units/2"
    page = browser.new_page()
    page.goto(first["launch_url"])
    act(page, "fail", "failed 200")
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(f"{elsewhere}/unit.html?back")
    again = launched(company, UNIT, "")
    page.goto(again["launch_url"])
    act(page, "pass", "passed 200")
    act(page, "leave", "terminated 200")
    act(page, "pass", "passed 403")
    second = launched(company, second_unit, "")
    page.goto(second["launch_url"])
    act(page, "pass", "passed 200")
    page.close()  # in the middle: the next launch says that it was abandoned
    launched(company, second_unit, "")
    one_session = ["launched", "initialized"]
    assert company.verbs(first["registration"]) == [
        *one_session, "failed", "terminated",
        *one_session, "passed", "terminated",
        *one_session, "passed", "satisfied", "satisfied", "abandoned", "launched",
    ]  # fmt: skip
    company.token = token_of(company)
    assert company.feed()["000101"]["status"] == "compliant"


def act(page: Page, button: str, outcome: str) -> None:
    page.get_by_role("button", name=button.title()).click()
    expect(page.locator("#state")).to_have_text(outcome)


def launched(company: Company, unit: str, return_url: str) -> dict[str, Any]:
    wanted = {"course": COURSE, "unit": unit, "employee_id": "000101", "return_url": return_url}
    answer = requests.post(f"{company.server.url}/cmi5/launches", json=wanted, auth=company.admin, timeout=30)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def token_of(company: Company) -> str:
    made = json.loads(company.run("readers", "create", "Lena", "--manager", "000100", "--format", "json"))
    token: str = made["token"]
    return token
