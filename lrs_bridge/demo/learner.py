"""A learner in a headless browser: opens a launch address, reads the pages, answers the test, finishes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser_path() -> str | None:
    """The Chromium of this machine, or None."""
    return next((path for name in BROWSER_NAMES if (path := shutil.which(name))), None)


@contextmanager
def headless_browser(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


def take_unit(page: Page, launch_url: str, answers: Mapping[str, set[str]]) -> None:
    """Take one unit of the sample course from its launch address to "your work is saved"."""
    page.goto(launch_url)
    course = page.frame_locator("#content")
    read_pages(course)
    answer_test(course, answers)
    course.locator("#finish").click()
    expect(page.locator("#panel-title")).to_have_text("Your work is saved")


def read_pages(course: FrameLocator | Page) -> None:
    expect(course.locator("body")).to_have_attribute("data-screen", "page")
    while course.locator("#next").is_visible():
        course.locator("#next").click()


def answer_test(course: FrameLocator | Page, answers: Mapping[str, set[str]]) -> None:
    """Answer every question of the test with the options that ``answers`` has for its item."""
    body = course.locator("body")
    course.locator("#start-test").click()
    expect(body).to_have_attribute("data-screen", "question")
    while body.get_attribute("data-screen") == "question":
        item = course.locator("#question").get_attribute("data-item") or ""
        for option in answers[item]:
            course.locator(f"input[name=answer][value={option}]").check()
        course.locator("#submit-answer").click()
        expect(body).to_have_attribute("data-screen", "feedback")
        course.locator("#next-question").click()
