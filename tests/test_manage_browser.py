"""The manager page in a real browser: on a phone, in the dark, by keyboard, without JavaScript."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from lrs_bridge.services.readers import sign_in_code
from tests.training_company import Company, opened_company

CONTRAST = """
() => {
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const rgba = (text) => { const n = text.match(/[0-9.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = rgba(getComputedStyle(element).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ink = rgba(element.tagName.toLowerCase() === "text" ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push([element.tagName, element.textContent.trim().slice(0, 30), ratio.toFixed(2)]);
  }
  return found;
}
"""
SMALL_TARGETS = """
() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
  .filter((element) => !element.classList.contains("skip"))
  .map((element) => [element.textContent.trim() || element.name, element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 24 || box.width < 24)).map(([words, box]) => [words, box.height])
"""
FOCUSED = """
() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const words = element.textContent.trim() || element.name;
  return [element.tagName, words, style.outlineStyle, parseFloat(style.outlineWidth)];
}
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with opened_company(tmp_path_factory.mktemp("bridge")) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(company: Company) -> Iterator[str]:
    server = make_server("localhost", 0, company.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(246, 247, 249)"), ("dark", "rgb(18, 23, 29)")])
def test_on_phone_and_desktop(
    company: Company, address: str, browser: Browser, scheme: Literal["light", "dark"], ground: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, company, address)
    for width in (320, 360, 1280):  # 320: reflow, WCAG 1.4.10
        page.set_viewport_size({"width": width, "height": 740})
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate(SMALL_TARGETS) == []
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    assert complaints == []
    page.close()


def sign_in(page: Page, company: Company, address: str) -> None:
    page.goto(f"{address}/manage/")
    page.get_by_label("Your reader token").fill(company.readers["chief"][1])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/manage/")


@pytest.mark.browser
def test_without_javascript(company: Company, address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, company, address)
    page.get_by_label("Status", exact=True).select_option("exempt")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**status=exempt**")
    people = page.get_by_role("table").last
    assert people.get_by_role("rowheader").count() == 2
    page.get_by_role("link", name="Status and reason").click()
    assert people.get_by_role("columnheader", name="Status and reason").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", name="Sign in").is_visible()
    context.close()


@pytest.mark.browser
def test_by_keyboard(company: Company, address: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{address}/manage/enter/{sign_in_code(company.bridge, company.readers['chief'][0])}")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        tag, words, outline, width = page.evaluate(FOCUSED)
        if tag == "BODY":
            break
        assert (outline, width) >= ("solid", 2), words
        reached.append(" ".join(words.split()))
    assert reached[0] == "Skip to the content"
    for control in ("Sign out", "Ann Lead", "The numbers", "Download as CSV", "name", "Show", "2 records of Ann Lead"):
        assert control in reached
    assert reached.index("Sign out") < reached.index("Download as CSV") < reached.index("Show")
    page.get_by_label("Name or employee id").fill("zoe")
    page.keyboard.press("Enter")
    page.wait_for_url("**name=zoe**")
    assert page.get_by_role("row").filter(has_text="Zoe Done").is_visible()
    page.close()
