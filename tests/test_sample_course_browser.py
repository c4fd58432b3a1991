"""A learner's way through the sample course, in a real browser, under a strict content security policy."""

from __future__ import annotations

import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Page, expect

from scorm_packages.build import answers, build

MODULES = ["passwords-and-phishing", "handling-information", "incidents-and-duties"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("package"))


# An LMS as small as it can be: it keeps what is set, and offers it again after a reload.
LMS = Path(__file__).parent / "samples" / "sample_course" / "lms.html"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'none'; base-uri 'none'"


class CourseServer(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.partition("?")[0] == "/lms":
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(LMS.read_bytes())
        else:
            super().do_GET()

    def end_headers(self) -> None:
        if not self.path.startswith("/lms"):
            self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Silent: the browser's own console is what the test looks at."""


@pytest.fixture(scope="module")
def lms(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("course")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(CourseServer, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/lms"
        server.shutdown()
        thread.join()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page as wide as a small phone; the test fails on any error in the console, the policy's among them."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    messages: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            messages.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: messages.append(str(error)))
    yield page
    context.close()
    assert messages == []


def kept(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.evaluate("sessionStorage.getItem('kept')"))
    return found


def cmi(page: Page, name: str) -> str:
    return str(kept(page)["cmi"].get(f"cmi.{name}", ""))


def open_course(page: Page, address: str) -> FrameLocator:
    page.goto(address)
    course = page.frame_locator("iframe")
    expect(course.locator("#content h2:visible")).to_have_count(1)
    return course


def read_to_test(course: FrameLocator) -> None:
    while course.locator("#next").is_visible():
        course.locator("#next").click()


def rightly(item: str, offered: list[str]) -> set[str]:
    return answers("passwords-and-phishing")[item]


def wrongly(item: str, offered: list[str]) -> set[str]:
    return {next(option for option in offered if {option} != rightly(item, offered))}


def answer(course: FrameLocator, choose: Callable[[str, list[str]], set[str]], times: int = 5) -> list[str]:
    """Answers ``times`` questions and returns their item ids."""
    items = []
    for _ in range(times):
        expect(course.locator("body")).to_have_attribute("data-screen", "question")
        item = course.locator("#question").get_attribute("data-item") or ""
        options = course.locator("input[name=answer]")
        offered = [option.input_value() for option in options.all()]
        for option in choose(item, offered):
            course.locator(f"input[name=answer][value={option}]").check()
        course.locator("#submit-answer").click()
        expect(course.locator("body")).to_have_attribute("data-screen", "feedback")
        expect(course.locator("#feedback")).not_to_be_empty()
        course.locator("#next-question").click()
        items.append(item)
    return items


@pytest.mark.browser
def test_a_learner_leaves_comes_back_fails_and_passes(phone: Page, lms: str) -> None:
    course = open_course(phone, lms)
    body = course.locator("body")
    for _ in range(3):
        course.locator("#next").click()
    expect(body).to_have_attribute("data-page", "4")
    expect(course.locator("#page-4")).to_be_focused()
    assert (cmi(phone, "core.lesson_status"), cmi(phone, "core.exit")) == ("incomplete", "suspend")

    phone.reload()
    expect(body).to_have_attribute("data-page", "4")
    assert ["finish"] in kept(phone)["calls"], "leaving the page ends the session"
    read_to_test(course)
    course.locator("#start-test").click()
    first = answer(course, wrongly, times=2)

    phone.reload()
    expect(course.locator("#question-heading")).to_have_text("Question 3 of 5")
    first += answer(course, wrongly, times=3)
    expect(body).to_have_attribute("data-screen", "result")
    assert (cmi(phone, "core.lesson_status"), cmi(phone, "core.score.raw")) == ("failed", "0")
    assert cmi(phone, "core.exit") == "suspend"

    course.locator("#start-test").click()
    second = answer(course, rightly)
    assert not set(first) & set(second), "a retry draws items that were not in the attempt before"
    assert (cmi(phone, "core.lesson_status"), cmi(phone, "core.score.raw")) == ("passed", "100")

    course.locator("#start-test").click()
    answer(course, wrongly)
    expect(course.locator("#result-heading")).to_have_text("Not this time, but your pass stays")
    assert (cmi(phone, "core.lesson_status"), cmi(phone, "core.score.raw")) == ("passed", "100")
    course.locator("#finish").click()
    expect(body).to_have_attribute("data-closed", "true")
    expect(course.locator("#notice")).to_contain_text("Your result is saved")
    check_record(phone, first + second)


def check_record(page: Page, items: list[str]) -> None:
    record = kept(page)
    values = record["cmi"]
    assert record["calls"][-1] == ["finish"]
    assert values["cmi.core.exit"] == ""
    assert (values["cmi.core.score.min"], values["cmi.core.score.max"]) == ("0", "100")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d\d", values["cmi.core.session_time"])
    assert len(values["cmi.suspend_data"]) < 1000, "SCORM 1.2 keeps 4,096 characters"
    assert [values[f"cmi.interactions.{n}.id"] for n in range(10)] == items
    for n, item in enumerate(items):
        check_interaction(
            {key.partition(f".{n}.")[2]: value for key, value in values.items() if f"s.{n}." in key}, item
        )


def check_interaction(given: dict[str, str], item: str) -> None:
    right = answers("passwords-and-phishing")[item]
    assert set(given["correct_responses.0.pattern"].split(",")) == right
    assert (given["result"] == "correct") == (set(given["student_response"].split(",")) == right)
    assert given["type"] == ("true-false" if right <= {"t", "f"} else "choice")
    assert given["weighting"] == "1"
    assert re.fullmatch(r"\d\d:\d\d:\d\d", given["time"])
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d\d", given["latency"])


@pytest.mark.browser
def test_keyboard_alone_and_no_answer_yet(phone: Page, lms: str) -> None:
    course = open_course(phone, lms)
    read_to_test(course)
    course.locator("#start-test").press("Enter")
    expect(course.locator("#question-heading")).to_be_focused()
    course.locator("#submit-answer").press("Enter")
    expect(course.locator("#missing")).to_have_text("Choose an answer first.")
    course.locator("input[name=answer]").first.press("Space")
    course.locator("#submit-answer").press("Enter")
    expect(course.locator("#next-question")).to_be_focused()


@pytest.mark.browser
def test_a_refused_commit_is_shown_and_tried_again(phone: Page, lms: str) -> None:
    course = open_course(phone, lms)
    phone.evaluate("window.commitAnswer = 'false'")
    course.locator("#next").click()
    expect(course.locator("#alert")).to_contain_text("could not be saved")
    phone.evaluate("window.commitAnswer = 'true'")
    course.locator("#save-again").click()
    expect(course.locator("#alert")).to_be_empty()
    expect(course.locator("#saved")).to_have_text("Saved")


@pytest.mark.browser
def test_without_an_lms_it_is_a_preview(phone: Page, lms: str) -> None:
    course = open_course(phone, f"{lms}?none")
    expect(course.locator("#notice")).to_contain_text("Preview: nothing is recorded")
    read_to_test(course)
    course.locator("#start-test").click()
    answer(course, rightly)
    expect(course.locator("#result-heading")).to_have_text("Passed")


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 360])
def test_nothing_sticks_out_on_a_phone(phone: Page, lms: str, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 640})
    for module in MODULES:
        phone.goto(lms.replace("/lms", f"/{module}.html"))
        while True:
            assert phone.evaluate("document.documentElement.scrollWidth") <= width
            if not phone.locator("#next").is_visible():
                break
            phone.locator("#next").click()
