"""An xAPI package and an AICC course in a real browser: launched, answered, left, and their learner is compliant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.self_speaking_courses import ACTIVITY, aicc_course, xapi_package
from tests.servers import BridgeServer

ROSTER = """\
employee_id,given_name,family_name,hire_date,email,lms_account
000101,Ana,Alvarez,2020-01-01,ana@example.com,101
"""
XAPI = {"X-Experience-API-Version": "1.0.3"}


class Company:
    """One running bridge with both courses; each is required."""

    def __init__(self, server: BridgeServer, folder: Path) -> None:
        self.server = server
        self.run("packages", "install", str(xapi_package(folder)), str(aicc_course(folder)))
        (folder / "roster.csv").write_text(ROSTER)
        self.run("roster", "import", str(folder / "roster.csv"))
        aicc = f"{server.url}/courses/Own%2FLIFT/A1"
        requirements = "".join(
            f'[[requirement]]\nid = "{name}"\ntitle = "{name}"\ndue = {{ fixed = 2027-06-30 }}\n'
            f'[[requirement.module]]\nactivity = "{activity}"\nneeds = "passed"\nmastery = 0.8\n'
            for name, activity in (("xapi", ACTIVITY), ("aicc", aicc))
        )
        (folder / "requirements.toml").write_text(requirements)
        self.run("requirements", "import", str(folder / "requirements.toml"))
        scopes = ("--scope", "launches", "--scope", "statements/read")
        made = json.loads(self.run("credentials", "create", "lms", *scopes, "--format", "json"))
        self.auth = (made["key"], made["secret"])

    def run(self, *arguments: str) -> str:
        done = self.server.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def launch(self, package: str) -> dict[str, Any]:
        wanted = {"package": package, "employee_id": "000101", "return_url": f"{self.server.url}/health/live"}
        answer = requests.post(f"{self.server.url}/launches", json=wanted, auth=self.auth, timeout=30)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def statuses(self) -> dict[str, str]:
        rows = json.loads(self.run("feed", "--format", "json"))["rows"]
        return {row["requirement"]: row["status"] for row in rows}

    def verbs(self, registration: str) -> list[str]:
        url = f"{self.server.url}/xapi/statements?ascending=true&registration={registration}"
        found = requests.get(url, headers=XAPI, auth=self.auth, timeout=30).json()["statements"]
        return [statement["verb"]["id"].rpartition("/")[2] for statement in found]


@pytest.mark.browser
def test_both_kinds_report_from_their_own_pages(server: BridgeServer, tmp_path: Path, browser: Browser) -> None:
    company = Company(server, tmp_path)
    assert company.statuses() == {"xapi": "missing", "aicc": "missing"}
    context = browser.new_context()
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    launch = company.launch(ACTIVITY)
    page.goto(launch["launch_url"])
    course = page.frame_locator("#content")
    expect(course.locator("#said")).to_have_text("New")
    course.locator("#done").click()
    expect(course.locator("#said")).to_have_text("Recorded")
    page.reload()
    expect(course.locator("#said")).to_have_text("Begun before: page 2")
    assert company.verbs(launch["registration"]) == ["passed"]
    page.locator("#exit").click()
    page.wait_for_url("**/health/live")

    launch = company.launch("Own/LIFT")
    page.goto(launch["launch_url"])
    expect(course.locator("#said")).to_have_text("not attempted,ab-initio")
    course.locator("#done").click()
    expect(course.locator("#said")).to_contain_text("error=0")
    assert company.verbs(launch["registration"]) == ["initialized", "scored", "completed", "passed", "terminated"]
    assert company.statuses() == {"xapi": "compliant", "aicc": "compliant"}
    context.close()
    assert faults == []
