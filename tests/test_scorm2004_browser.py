"""SCORM 2004 in a real browser against a real server: two SCOs, the second closed until the first is passed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from lrs_bridge.demo.learner import answer_test, read_pages
from scorm_packages.build import answers, build
from tests.packages2004 import package
from tests.servers import BridgeServer

XAPI = {"X-Experience-API-Version": "1.0.3"}
ROSTER = """\
employee_id,given_name,family_name,hire_date,email,lms_account
000101,Ana,Alvarez,2020-01-01,ana@example.com,101
000102,Ben,Brown,2020-01-01,ben@example.com,102
000103,Cleo,Clark,2020-01-01,cleo@example.com,103
000104,Dan,Diaz,2020-01-01,dan@example.com,104
000105,Eve,Evans,2020-01-01,eve@example.com,105
000106,Fay,Fox,2020-01-01,fay@example.com,106
000107,Gus,Gray,2020-01-01,gus@example.com,107
"""
REQUIREMENT = """\
[[requirement]]
id = "both"
title = "Both units"
authority = "policy"
due = { fixed = 2027-06-30 }
[[requirement.module]]
package = "S1"
unit = "A"
needs = "passed"
mastery = 0.8
[[requirement.module]]
package = "S1"
unit = "B"
needs = "completed"

[[requirement]]
id = "sample"
title = "The sample course"
authority = "policy"
due = { fixed = 2027-06-30 }
[[requirement.module]]
package = "information-security-essentials"
unit = "passwords-and-phishing"
needs = "passed"
mastery = 0.8
"""
ANSWER = """() => {
  set("cmi.interactions.0.id", "q1"); set("cmi.interactions.0.type", "choice");
  set("cmi.interactions.0.learner_response", "a[,]c"); set("cmi.interactions.0.result", "correct");
  set("cmi.interactions.0.description", "Which two?"); set("cmi.location", "page 4"); set("cmi.suspend_data", "p=4");
  return [api.Commit(""), api.GetLastError()];
}"""


class Company:
    """The doors of one running bridge that an LMS and a manager use; each test has a learner of its own."""

    def __init__(self, server: BridgeServer, folder: Path) -> None:
        self.server = server
        self.run("packages", "install", str(package(folder)))
        self.run("packages", "install", str(build(folder, "scorm2004")))
        (folder / "roster.csv").write_text(ROSTER)
        (folder / "requirements.toml").write_text(REQUIREMENT)
        self.run("roster", "import", str(folder / "roster.csv"))
        self.run("requirements", "import", str(folder / "requirements.toml"))
        scopes = ("--scope", "all", "--scope", "launches")
        made = json.loads(self.run("credentials", "create", "lms", *scopes, "--format", "json"))
        self.key = (made["key"], made["secret"])
        self.unused = ["000107", "000106", "000105", "000104", "000103", "000102", "000101"]

    def run(self, *arguments: str) -> str:
        done = self.server.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclass
class Learner:
    company: Company
    employee_id: str
    actor: dict[str, Any] = field(default_factory=dict)
    activity: str = ""

    def launch(self, **more: str) -> str:
        body = {"package": "S1", "employee_id": self.employee_id} | more
        url = f"{self.company.server.url}/launches"
        answer = requests.post(url, json=body, auth=self.company.key, timeout=10)
        assert answer.status_code == 201, answer.text
        self.actor, self.activity = answer.json()["actor"], answer.json()["activity"]
        return str(answer.json()["launch_url"])

    def said(self) -> list[tuple[str, str]]:
        """Verb and last part of the object's IRI, in order."""
        url = f"{self.company.server.url}/xapi/statements"
        wanted = {"ascending": "true", "agent": json.dumps(self.actor)}
        answer = requests.get(url, params=wanted, headers=XAPI, auth=self.company.key, timeout=10)
        statements = answer.json()["statements"]
        return [(one["verb"]["id"].rpartition("/")[2], one["object"]["id"].rpartition("/")[2]) for one in statements]

    def status(self, requirement: str = "both") -> tuple[str, int]:
        rows = json.loads(self.company.run("feed", "--requirement", requirement, "--format", "json"))["rows"]
        (row,) = (one for one in rows if one["employee_id"] == self.employee_id)
        return row["status"], row["modules_met"]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    running = BridgeServer(folder / "data", {"LRS_BRIDGE_LMS_HOME_PAGES": "https://lms.example.com"}).start()
    yield Company(running, folder)
    running.stop()


@pytest.fixture
def lms(company: Company) -> Learner:
    return Learner(company, company.unused.pop())


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1100, "height": 700})
    context.set_default_timeout(20000)
    yield context
    context.close()


def opened(page: Page, unit: str) -> Any:
    """Wait for a unit's page and return its own window."""
    page.frame_locator("#content").get_by_text(f"This is unit {unit}").wait_for()
    return next(frame for frame in page.frames if frame.url.endswith(f"/{unit.lower()}.html"))


def saved(page: Page) -> None:
    expect(page.get_by_role("status")).to_have_text("Saved", timeout=20000)


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_two_units_in_order(lms: Learner, context: BrowserContext) -> None:
    first = context.new_page()
    first.goto(lms.launch())
    unit = opened(first, "A")
    assert unit.evaluate("[first, entry, get('cmi.scaled_passing_score'), get('cmi.objectives.0.id')]") == [
        "true", "ab-initio", "0.8", "read",
    ]  # fmt: skip
    assert unit.evaluate(ANSWER) == ["true", "0"]
    saved(first)
    contents = first.locator("#contents")
    contents.locator("summary").click()
    expect(contents.get_by_role("button", name="Unit B")).to_be_disabled()
    expect(first.get_by_role("button", name="Continue")).to_be_disabled()
    first.close()  # in the middle: no Terminate, no suspend

    page = context.new_page()
    page.goto(lms.launch(return_url=f"{lms.company.server.url}/health/live"))
    unit = opened(page, "A")
    assert unit.evaluate("[entry, seen, get('cmi.location'), get('cmi.interactions._count')]") == [
        "resume", "p=4", "page 4", "1",
    ]  # fmt: skip
    unit.evaluate("set('cmi.score.scaled', '0.9'); set('cmi.completion_status', 'completed')")
    assert unit.evaluate("get('cmi.success_status')") == "passed"
    expect(page.get_by_role("button", name="Continue")).to_be_enabled()
    page.get_by_role("button", name="Continue").press("Enter")

    unit = opened(page, "B")
    assert unit.evaluate("[entry, get('adl.nav.request_valid.previous')]") == ["ab-initio", "true"]
    assert lms.status() == ("missing", 1)
    unit.evaluate("set('cmi.suspend_data', 'b=1'); set('cmi.exit', 'suspend')")
    page.get_by_role("button", name="Save and exit").click()
    page.wait_for_url("**/health/live")

    page.goto(lms.launch())
    unit = opened(page, "B")  # the LMS asks for the course; the learner goes on in its second unit
    assert unit.evaluate("[entry, seen]") == ["resume", "b=1"]
    page.locator("#contents summary").click()
    expect(page.locator("#contents li", has_text="Unit A")).to_contain_text("passed")
    unit.evaluate("set('cmi.completion_status', 'completed'); set('adl.nav.request', 'exitAll'); api.Terminate('')")
    expect(page.get_by_role("heading", name="Your work is saved")).to_be_visible()

    assert lms.status() == ("compliant", 2)
    assert lms.said() == [
        ("initialized", "A"),
        ("responded", "q1"),
        ("suspended", "A"),
        ("resumed", "A"),
        ("scored", "A"),
        ("completed", "A"),
        ("passed", "A"),
        ("terminated", "A"),
        ("initialized", "B"),
        ("suspended", "B"),
        ("resumed", "B"),
        ("completed", "B"),
        ("terminated", "B"),
    ]
    page.goto(lms.launch())
    assert opened(page, "A").evaluate("entry") == "ab-initio", "a new attempt at the course"
    page.locator("#contents summary").click()
    expect(page.get_by_role("button", name="Unit B")).to_be_enabled()  # global objectives outlive the attempt


@pytest.mark.browser
def test_arabic_is_written_from_right_to_left(lms: Learner, browser: Browser) -> None:
    context = browser.new_context(locale="ar-EG", viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(lms.launch())
    opened(page, "A")
    assert page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", "ar"]
    expect(page.get_by_role("button", name="حفظ وخروج")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_the_network_is_cut_between_two_units(lms: Learner, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(lms.launch())
    unit = opened(page, "A")
    saved(page)
    context.set_offline(True)
    unit.evaluate("set('cmi.score.scaled', '1'); set('cmi.completion_status', 'completed'); api.Commit('')")
    expect(page.get_by_role("status")).to_have_text("Not saved: retrying", timeout=20000)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Saving your result…")).to_be_focused()
    page.close()  # what was done is in this browser, and nowhere else
    context.set_offline(False)
    assert lms.status() == ("missing", 0)

    page = context.new_page()
    page.goto(lms.launch())
    opened(page, "B")  # the journal was sent first, and said that the learner had gone on
    assert lms.status() == ("missing", 1)
    assert [said for said in lms.said() if said[0] in {"passed", "terminated"}] == [
        ("passed", "A"),
        ("terminated", "A"),
    ]
    page.get_by_role("button", name="Previous").click()
    opened(page, "A")


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_a_second_window_is_told_and_an_expired_launch_too(lms: Learner, context: BrowserContext) -> None:
    first, second = context.new_page(), context.new_page()
    first.goto(lms.launch())
    opened(first, "A").evaluate("set('cmi.suspend_data', 'first window')")
    second.goto(lms.launch())
    unit = opened(second, "A")
    expect(first.get_by_role("heading", name="This course is open in another window")).to_be_visible()
    assert unit.evaluate("[entry, seen]") == ["resume", "first window"]
    saved(second)
    second.route("**/commit", lambda route: route.fulfill(status=410, json={}))
    unit.evaluate("set('cmi.success_status', 'passed'); set('cmi.score.scaled', '0.9'); api.Commit('')")
    expect(second.get_by_role("heading", name="This launch has ended")).to_be_visible()
    second.close()
    third = context.new_page()
    third.goto(lms.launch())
    opened(third, "A")
    assert ("passed", "A") in lms.said()


SAMPLE = "passwords-and-phishing"
COURSE = "information-security-essentials"


@pytest.mark.browser
@pytest.mark.timeout(180)
def test_the_sample_course_leads_to_the_same_status_as_in_scorm_12(lms: Learner, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(lms.launch(package="information-security-essentials", unit=SAMPLE))
    course = page.frame_locator("#content")
    read_pages(course)
    answer_test(course, answers(SAMPLE))
    course.locator("#finish").click()
    expect(page.get_by_role("heading", name="This part is done")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_be_enabled()
    assert lms.status("sample") == ("compliant", 1)
    verbs = [verb for verb, _ in lms.said()]
    assert verbs.count("responded") == 5
    assert verbs[-3:] == ["completed", "passed", "terminated"]
    page.get_by_role("button", name="End the course").click()
    expect(page.get_by_role("heading", name="Your work is saved")).to_be_visible()


@pytest.mark.browser
@pytest.mark.timeout(180)
@pytest.mark.parametrize("standard", ["cmi5", "xapi"])
def test_the_sample_course_in_the_standards_that_speak_xapi(
    standard: str, company: Company, lms: Learner, context: BrowserContext, tmp_path: Path
) -> None:
    installed, *_ = json.loads(company.run("packages", "install", str(build(tmp_path, standard)), "--format", "json"))
    wanted = {"package": installed["package"], "unit": f"https://lrs-bridge.dev/courses/{COURSE}/{SAMPLE}"}
    page = context.new_page()
    page.goto(lms.launch(**wanted))
    requirement = REQUIREMENT.partition("[[requirement.module]]")[0].replace('"both"', f'"{standard}"')
    module = f'[[requirement.module]]\nactivity = "{lms.activity}"\nneeds = "passed"\nmastery = 0.8\n'
    (tmp_path / "requirement.toml").write_text(requirement + module)
    company.run("requirements", "import", str(tmp_path / "requirement.toml"))

    def course() -> FrameLocator | Page:
        return page if standard == "cmi5" else page.frame_locator("iframe")

    for _ in range(2):
        course().locator("#next").click()
    expect(course().locator("#saved")).to_have_text("Saved")
    page.close()  # in the middle
    page = context.new_page()
    page.goto(lms.launch(**wanted))
    expect(course().locator("body")).to_have_attribute("data-page", "3")
    read_pages(course())
    answer_test(course(), answers(SAMPLE))
    course().locator("#finish").click()
    expect(course().locator("body")).to_have_attribute("data-closed", "true")
    assert lms.status(standard) == ("compliant", 1)
    verbs = [verb for verb, _ in lms.said()]
    assert verbs.count("answered") == 5
    assert {"initialized", "completed", "passed", "terminated"} <= set(verbs)
