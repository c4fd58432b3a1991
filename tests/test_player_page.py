"""The player in a real Chromium: what it posts, in which order, and what the learner sees when saving fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jinja2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import lrs_bridge
from lrs_bridge.courseware.attempt_state import AttemptState, Learner
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.runtime_wire import acknowledged, read_commit
from lrs_bridge.courseware.scorm12_runtime import commit, first_cmi
from lrs_bridge.web.player_words import PlayerLanguage

WEB = Path(lrs_bridge.__file__).parent / "web"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
CONTENT = """<!doctype html><title>A small course</title><p>Page one of a small course.</p>
<script>
  let api = window;
  while (!api.API && api.parent !== api) api = api.parent;
  api = api.API;
  const set = (name, value) => api.LMSSetValue("cmi." + name, value);
  addEventListener("unload", () => window.finishOnUnload && api.LMSFinish(""));
  window.first = api.LMSInitialize("");
  window.seen = api.LMSGetValue("cmi.suspend_data");
  window.entry = api.LMSGetValue("cmi.core.entry");
</script>"""
LOGIN = (200, "text/html", b"<!doctype html><title>Log in</title><form>")
BROKEN = (500, "text/plain", b"oops")
Answer = tuple[int, str, bytes]
UNIT = LaunchableUnit("u1", "Passwords", "index.html")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Bridge:
    """A server that plays the bridge's part; ``faults`` are answered first, one a commit."""

    received: list[dict[str, Any]] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Answer] = field(default_factory=list)
    down: bool = False
    answering: threading.Event = field(default_factory=threading.Event)
    return_url: str = ""
    units: list[dict[str, Any]] = field(default_factory=list)
    launch: str = "launch-1"
    state: AttemptState = field(default_factory=AttemptState)
    told: list[str] = field(default_factory=list)

    @property
    def cmi(self) -> dict[str, str]:
        return first_cmi(UNIT, Learner("000123", "Ångström", "Zoë"), self.state)

    def page(self) -> bytes:
        templates = jinja2.Environment(loader=jinja2.FileSystemLoader(WEB / "templates"), autoescape=True)
        launch = {
            "launch": self.launch,
            "attempt": "5b6c3f7a-attempt",
            "sequence": max((c["sequence"] for c in self.accepted if c["launch"] == self.launch), default=0),
            "commit_url": "/runtime/token/commit",
            "content_url": "/content/index.html",
            "activity": "u1",
            "cmi": self.cmi,
            "sequencing": {},
            "return_url": self.return_url,
        }
        return (
            templates.get_template("player.html")
            .render(
                course_title="Information security essentials",
                unit_title="Passwords and </script> phishing",
                language=PlayerLanguage("en"),
                assets="/static",
                library="scorm-again.min.js",
                units=self.units,
                launch=launch,
            )
            .encode()
        )

    def commit(self, body: dict[str, Any]) -> Answer:
        self.received.append(body)
        if self.faults:
            return self.faults.pop(0)
        if self.down:
            return BROKEN
        self.accepted.append(body)
        message = read_commit(body)
        self.state, events = commit(
            self.state,
            message.cmi,
            final=message.final,
            at=NOW,
            unit=UNIT,
            launch=message.launch,
            sequence=message.sequence,
        )
        self.told += [event.kind for event in events]
        return 200, "application/json", json.dumps(acknowledged(message, cmi=self.cmi)).encode()

    def get(self, path: str) -> Answer:
        if path.startswith("/play"):
            return 200, "text/html; charset=utf-8", self.page()
        if path.startswith("/static/"):
            kind = "text/css" if path.endswith(".css") else "text/javascript"
            return 200, kind, (WEB / path.lstrip("/")).read_bytes()
        if path in {"/content/index.html", "/home"}:
            return (
                200,
                "text/html; charset=utf-8",
                CONTENT.encode() if path.startswith("/content") else b"<h1>Home</h1>",
            )
        return 200, "image/png", b""


@pytest.fixture
def bridge() -> Bridge:
    bridge = Bridge()
    bridge.answering.set()
    return bridge


@pytest.fixture
def origin(bridge: Bridge) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(bridge.get(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert bridge.answering.wait(20)
            self.answer(bridge.commit(body))

        def answer(self, answer: Answer) -> None:
            status, kind, body = answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if self.path.startswith("/play"):
                self.send_header("Content-Security-Policy", CSP)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


pytestmark = pytest.mark.browser


def start(page: Page, origin: str) -> None:
    page.goto(f"{origin}/play/token")
    page.frame_locator("#content").get_by_text("Page one").wait_for()


def course(page: Page, script: str) -> Any:
    """Run in the content's own window, as its code would."""
    frame = next(frame for frame in page.frames if frame.url.endswith("/content/index.html"))
    return frame.evaluate(script)


def saved(page: Page, text: str) -> None:
    expect(page.get_by_role("status")).to_have_text(text, timeout=15000)


def sequences(commits: list[dict[str, Any]]) -> list[int]:
    return [sent["sequence"] for sent in commits]


ANSWER = """() => {
  set("interactions.0.id", "q1"); set("interactions.0.type", "choice");
  set("interactions.0.student_response", "a"); set("interactions.0.result", "correct");
  set("core.score.raw", "90"); set("core.lesson_status", "passed"); set("core.session_time", "0000:03:10.5");
  return [api.LMSCommit(""), api.LMSGetLastError()];
}"""


def test_commits_go_in_order_and_the_window_may_be_closed(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    assert course(page, "[first, entry, api.LMSGetValue('cmi.core.student_name')]") == [
        "true",
        "ab-initio",
        "Ångström, Zoë",
    ]
    assert course(page, ANSWER) == ["true", "0"]
    assert course(page, "api.LMSFinish('')") == "true"
    expect(page.get_by_role("heading", name="Your work is saved")).to_be_visible()
    saved(page, "Saved")
    assert sequences(bridge.accepted) == [1, 2, 3]
    assert [sent["final"] for sent in bridge.accepted] == [False, False, True]
    assert bridge.accepted[0]["cmi"] == {}
    assert bridge.accepted[1]["cmi"] == {
        "cmi.core.lesson_status": "passed",
        "cmi.core.score.raw": "90",
        "cmi.core.session_time": "00:03:10.5",
        "cmi.interactions.0.id": "q1",
        "cmi.interactions.0.result": "correct",
        "cmi.interactions.0.student_response": "a",
        "cmi.interactions.0.type": "choice",
    }
    assert bridge.told == ["initialized", "responded", "scored", "completed", "passed", "terminated"]


def test_a_relaunch_resumes_with_everything_given_back(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    course(page, ANSWER)
    course(page, "set('objectives.0.id', 'o1'); set('objectives.0.status', 'passed'); set('suspend_data', 'here=1')")
    course(page, "set('core.lesson_location', 'page 4'); set('core.exit', 'suspend'); api.LMSFinish('')")
    expect(page.get_by_role("heading", name="Your work is saved")).to_be_visible()
    bridge.launch = "launch-2"
    start(page, origin)
    wanted = ["core.entry", "core.lesson_status", "core.lesson_location", "core.total_time", "core.score.raw"]
    wanted += ["suspend_data", "interactions._count", "objectives._count", "objectives.0.id", "objectives.0.status"]
    assert course(page, f"{json.dumps(wanted)}.map((name) => api.LMSGetValue('cmi.' + name))") == [
        *("resume", "passed", "page 4", "00:03:10.5", "90", "here=1", "1", "1", "o1", "passed")
    ]
    assert bridge.told[-2:] == ["suspended", "resumed"]


def test_a_course_that_never_commits_is_saved_by_itself(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    course(page, "set('suspend_data', 'page=7')")
    with page.expect_response("**/commit", timeout=10000):
        pass
    saved(page, "Saved")
    assert bridge.accepted[-1]["cmi"] == {"cmi.suspend_data": "page=7"}


@pytest.mark.parametrize("fault", [LOGIN, BROKEN, (200, "application/json", b'{"acknowledged": 99}')])
def test_what_is_not_acknowledged_is_sent_again(page: Page, origin: str, bridge: Bridge, fault: Answer) -> None:
    start(page, origin)
    saved(page, "Saved")
    bridge.faults = [fault, fault]
    course(page, "set('core.lesson_location', '3')")
    assert course(page, "api.LMSCommit('')") == "true"
    saved(page, "Not saved: retrying")
    saved(page, "Saved")
    assert sequences(bridge.received) == [1, 2, 2, 2]
    assert sequences(bridge.accepted) == [1, 2]
    assert bridge.received[1]["cmi"] == bridge.received[3]["cmi"] == {"cmi.core.lesson_location": "3"}


def test_a_slow_server_shows_that_saving_goes_on(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    saved(page, "Saved")
    bridge.answering.clear()
    course(page, "set('core.lesson_location', '3')")
    course(page, "api.LMSCommit('')")
    saved(page, "Saving…")
    bridge.answering.set()
    saved(page, "Saved")


def test_long_without_a_network_the_journal_stays_small_and_loses_nothing(
    page: Page, origin: str, bridge: Bridge
) -> None:
    start(page, origin)
    saved(page, "Saved")
    bridge.down = True
    course(page, "for (let n = 0; n < 60; n++) { set(`interactions.${n}.id`, `q${n}`); api.LMSCommit('') }")
    saved(page, "Not saved: retrying")
    assert len(json.loads(page.evaluate("localStorage.getItem(Object.keys(localStorage)[0])"))) == 40
    tries = len(bridge.received)
    course(page, "for (let n = 60; n < 70; n++) { set(`interactions.${n}.id`, `q${n}`); api.LMSCommit('') }")
    assert len(bridge.received) - tries <= 1
    bridge.down = False
    page.evaluate("dispatchEvent(new Event('online'))")
    saved(page, "Saved")
    assert sequences(bridge.accepted) == sorted(set(sequences(bridge.accepted)))
    assert [bridge.state.cmi[f"cmi.interactions.{n}.id"] for n in range(70)] == [f"q{n}" for n in range(70)]


def test_the_journal_is_replayed_before_the_course_starts_again(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    saved(page, "Saved")
    bridge.down = True
    course(page, "set('suspend_data', 'page=9')")
    course(page, "api.LMSCommit('')")
    saved(page, "Not saved: retrying")
    course(page, "set('core.lesson_status', 'incomplete')")
    course(page, "api.LMSCommit('')")
    page.goto("about:blank")
    bridge.down, bridge.launch = False, "launch-2"
    start(page, origin)
    assert course(page, "seen") == "page=9"
    replayed = [sent for sent in bridge.accepted if sent["replay"]]
    assert [(sent["launch"], sent["sequence"]) for sent in replayed] == [("launch-1", 2), ("launch-1", 3)]
    assert bridge.accepted[-1]["launch"] == "launch-2"
    assert page.evaluate("Object.keys(localStorage)") == []


def test_what_was_not_committed_leaves_with_the_page(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    saved(page, "Saved")
    course(page, "set('core.lesson_status', 'completed'); window.finishOnUnload = true")
    page.goto(f"{origin}/home")
    page.wait_for_function("() => true")
    start(page, origin)
    kept = [sent for sent in bridge.accepted if sent["cmi"].get("cmi.core.lesson_status") == "completed"]
    assert kept
    assert kept[0]["sequence"] >= 2  # on a slow machine the player has saved once in between


def test_more_than_a_closing_page_can_send_waits_in_the_journal(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    saved(page, "Saved")
    course(page, "set('suspend_data', 'x'.repeat(63000)); set('core.lesson_status', 'passed')")
    page.goto(f"{origin}/home")
    start(page, origin)
    early, whole = (sent for sent in bridge.accepted if sent["cmi"].get("cmi.core.lesson_status") == "passed")
    assert early["cmi"] == {"cmi.core.lesson_status": "passed"}
    assert whole["sequence"] > early["sequence"]
    assert len(course(page, "seen")) == 63000


def test_exit_suspends_a_course_that_does_not_finish_by_itself(page: Page, origin: str, bridge: Bridge) -> None:
    bridge.return_url = f"{origin}/home"
    start(page, origin)
    course(page, "set('core.lesson_location', '4')")
    page.get_by_role("button", name="Save and exit").click()
    page.wait_for_url("**/home")
    assert bridge.accepted[-1]["final"] is True
    assert bridge.accepted[-1]["cmi"]["cmi.core.exit"] == "suspend"
    assert {k: v for c in bridge.accepted for k, v in c["cmi"].items()}["cmi.core.lesson_location"] == "4"


def test_a_second_tab_takes_the_attempt_over(context: BrowserContext, origin: str, bridge: Bridge) -> None:
    first, second = context.new_page(), context.new_page()
    start(first, origin)
    saved(first, "Saved")
    course(first, "set('suspend_data', 'first tab')")
    bridge.launch = "launch-2"
    start(second, origin)
    expect(first.get_by_role("heading", name="This course is open in another window")).to_be_visible()
    assert course(second, "seen") == "first tab"


ENDS = [
    ((410, "application/json", b"{}"), "This launch has ended"),
    ((403, "text/html", b"no"), "This launch has ended"),
    ((409, "application/json", b'{"superseded": true}'), "This course is open in another window"),
]


@pytest.mark.parametrize(("answer", "heading"), ENDS)
def test_an_end_is_said_in_words(page: Page, origin: str, bridge: Bridge, answer: Answer, heading: str) -> None:
    start(page, origin)
    saved(page, "Saved")
    bridge.faults = [answer]
    course(page, "set('core.lesson_status', 'completed')")
    course(page, "api.LMSCommit('')")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert "completed" in page.evaluate("localStorage.getItem(Object.keys(localStorage)[0])")


def test_a_commit_that_can_never_be_taken_does_not_block_the_next(page: Page, origin: str, bridge: Bridge) -> None:
    start(page, origin)
    saved(page, "Saved")
    bridge.faults = [(422, "application/json", b'{"refused": 2, "reason": "words"}')]
    course(page, "set('core.lesson_location', '5')")
    course(page, "api.LMSCommit('')")
    saved(page, "Part of your work could not be saved")
    course(page, "set('core.lesson_location', '6')")
    with page.expect_response("**/commit"):
        course(page, "api.LMSCommit('')")
    assert bridge.accepted[-1]["cmi"] == {"cmi.core.lesson_location": "6"}


def test_the_page_obeys_its_policy_and_fits_a_phone(page: Page, origin: str, bridge: Bridge) -> None:
    bridge.units = [
        {"title": "Passwords", "url": "/play/1", "state": "passed", "current": False},
        {"title": "Phishing and other ways in", "url": "/play/2", "state": "incomplete", "current": True},
    ]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 360, "height": 640})
    start(page, origin)
    saved(page, "Saved")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Passwords")).to_be_visible()
    expect(page.locator("[aria-current=page]")).to_have_text("Phishing and other ways in")
    assert page.locator("iframe").get_attribute("title") == "Passwords and </script> phishing"
    assert [text for text in complaints if "favicon" not in text and "sandbox" not in text] == []


def test_the_neighbours_in_the_contents_are_one_button_away(page: Page, origin: str, bridge: Bridge) -> None:
    bridge.units = [
        {"identifier": "u0", "title": "Before", "url": "/home", "state": "passed", "current": False},
        {"identifier": "u1", "title": "Here", "url": "/play/2", "state": "incomplete", "current": True},
    ]
    start(page, origin)
    saved(page, "Saved")
    expect(page.get_by_role("button", name="Continue")).to_be_disabled()
    page.get_by_role("button", name="Previous").press("Enter")
    page.wait_for_url("**/home")
    assert bridge.accepted[-1]["cmi"] == {"cmi.core.exit": "suspend"}
