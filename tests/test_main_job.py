"""The main job, driven as its users would: a package, a launch in a real browser, a feed, a void."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from lrs_bridge.demo.learner import answer_test, read_pages, take_unit
from scorm_packages.build import answers, build
from tests.servers import BridgeServer
from tests.statements import voiding

UNIT = "passwords-and-phishing"
ROSTER = """\
employee_id,given_name,family_name,hire_date,email,lms_account,manager_id,department,time_zone
000100,Lena,Leader,2020-01-01,lena@example.com,100,,Sales,Europe/Berlin
000101,Ana,Alvarez,2020-01-01,ana@example.com,101,000100,Sales,Europe/Berlin
000102,Ben,Brown,2020-01-01,ben@example.com,102,000100,Sales,Europe/Berlin
000900,Olga,Other,2020-01-01,olga@example.com,900,,Sales,Europe/Berlin
"""
REQUIREMENT = f"""\
[[requirement]]
id = "security"
title = "Security"
authority = "policy"
due = {{ fixed = 2027-06-30 }}
[[requirement.module]]
package = "information-security-essentials"
unit = "{UNIT}"
needs = "passed"
mastery = 0.8
"""
XAPI = {"X-Experience-API-Version": "1.0.3"}


class Company:
    """The command line and the HTTP doors of one running bridge."""

    def __init__(self, server: BridgeServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.admin = self._credential("statements/write", "statements/read", "launches", "packages")
        self.token = ""

    def run(self, *arguments: str) -> str:
        done = self.server.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _credential(self, *scopes: str) -> tuple[str, str]:
        flags = [part for scope in scopes for part in ("--scope", scope)]
        made = json.loads(self.run("credentials", "create", "admin", *flags, "--format", "json"))
        return made["key"], made["secret"]

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def launch(self, employee_id: str) -> dict[str, Any]:
        wanted = {"package": "information-security-essentials", "unit": UNIT, "employee_id": employee_id}
        answer = requests.post(f"{self.server.url}/launches", json=wanted, auth=self.admin, timeout=10)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def feed(self) -> dict[str, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.get(f"{self.server.url}/feeds/compliance.json", headers=headers, timeout=10)
        answer.raise_for_status()
        return {row["employee_id"]: row for row in answer.json()["rows"]}

    def statement(self, statement_id: str) -> dict[str, Any]:
        url = f"{self.server.url}/xapi/statements?statementId={statement_id}"
        answer = requests.get(url, headers=XAPI, auth=self.admin, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def verbs(self, registration: str) -> list[str]:
        url = f"{self.server.url}/xapi/statements?ascending=true&registration={registration}"
        answer = requests.get(url, headers=XAPI, auth=self.admin, timeout=10)
        return [found["verb"]["id"].rpartition("/")[2] for found in answer.json()["statements"]]

    def void(self, statement_id: str) -> None:
        url = f"{self.server.url}/xapi/statements"
        answer = requests.post(url, json=voiding(statement_id), headers=XAPI, auth=self.admin, timeout=10)
        answer.raise_for_status()


@pytest.fixture
def company(server: BridgeServer, tmp_path: Path) -> Company:
    made = Company(server, tmp_path)
    made.run("packages", "install", str(build(tmp_path)))
    made.run("roster", "import", made.file("roster.csv", ROSTER))
    made.run("requirements", "import", made.file("requirements.toml", REQUIREMENT))
    made.token = json.loads(made.run("readers", "create", "Lena", "--manager", "000100", "--format", "json"))["token"]
    return made


@pytest.mark.browser
def test_a_learner_turns_compliant_and_back(company: Company, browser: Browser) -> None:
    before = company.feed()
    assert {row["status"] for row in before.values()} == {"missing"}
    assert set(before) == {"000101", "000102"}, "a leader's token shows the own tree only"
    launch = company.launch("000101")
    page = browser.new_page()
    take_unit(page, launch["launch_url"], answers(UNIT))

    after = company.feed()["000101"]
    assert (after["status"], after["reason"], after["modules_met"]) == ("compliant", "current", 1)
    (evidence,) = after["evidence"]
    proof = company.statement(evidence)
    assert proof["verb"]["id"] == "http://adlnet.gov/expapi/verbs/passed"
    assert proof["actor"]["account"] == {"homePage": "https://lms.example.com", "name": "101"}
    assert proof["context"]["registration"] == launch["registration"]
    assert proof["result"]["score"]["scaled"] == 1
    assert company.feed()["000102"]["status"] == "missing"

    page.goto(launch["launch_url"])
    expect(page.locator("body")).to_contain_text("used already")

    company.void(evidence)
    back = company.feed()["000101"]
    assert (back["status"], back["evidence"]) == ("missing", [])
    page.close()


@pytest.mark.browser
def test_a_learner_may_leave_in_the_middle_and_go_on(company: Company, browser: Browser) -> None:
    first = company.launch("000102")
    page = browser.new_page()
    page.goto(first["launch_url"])
    course = page.frame_locator("#content")
    for _ in range(3):
        course.locator("#next").click()
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
    page.close()
    assert company.feed()["000102"]["progress"] == "in_progress"

    second = company.launch("000102")
    assert second["registration"] == first["registration"], "an attempt that is not finished is gone on with"
    page = browser.new_page()
    page.goto(second["launch_url"])
    course = page.frame_locator("#content")
    expect(course.locator("body")).to_have_attribute("data-page", "4")
    read_pages(course)
    answer_test(course, answers(UNIT))
    course.locator("#finish").click()
    expect(page.locator("#panel-title")).to_have_text("Your work is saved")
    page.close()
    assert company.feed()["000102"]["status"] == "compliant"
    verbs = company.verbs(first["registration"])
    assert verbs[0] == "initialized"
    assert [verb for verb in verbs if verb in {"resumed", "passed", "terminated"}] == [
        "resumed",
        "passed",
        "terminated",
    ]
