"""/admin/quarantine: found, explained, put right, stored, discarded; by administrators, from our own pages only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from lrs_bridge.services import quarantine, quarantine_review
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import Credential, create_credential
from lrs_bridge.services.readers import create_reader, sign_in_code
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.storage.quarantine_search import HeldFilter
from lrs_bridge.web.json_lines import indented, line_of
from tests.callers import bridge_of
from tests.statements import passed
from tests.test_manage_browser import CONTRAST, SMALL_TARGETS
from tests.training_company import HTML, ORIGIN, opened_bridge

LIST = "/admin/quarantine/"


def compat(bridge: Bridge, name: str = "moodle") -> Credential:
    return create_credential(bridge, name, ["statements/write"], compat=True)[0]


def hold(bridge: Bridge, sender: Credential, *given: Any) -> None:
    assert record_statements(bridge, given, by=Recorder(sender.id, sender.authority, compat=True)) == []


def faulty(**more: Any) -> dict[str, Any]:
    return passed(scaled=7) | more


def admin(app: Flask) -> FlaskClient:
    who, _ = create_reader(bridge_of(app), "Ada Admin", role="admin")
    client = app.test_client()
    answer = client.get(f"/admin/enter/{sign_in_code(bridge_of(app), who)}")
    assert (answer.status_code, answer.location) == (303, "/admin/")
    return client


def words(text: str, path: str = "//main") -> str:
    return " ".join(html.fromstring(text).xpath(f"string({path})").split())


def only(bridge: Bridge, state: str = "waiting") -> quarantine.Held:
    (held,) = quarantine_review.review(bridge, HeldFilter(state)).items
    return held


def post(client: FlaskClient, path: str, **form: Any) -> Any:
    return client.post(path, data=form, headers=ORIGIN | HTML)


# --- who is let in


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("hr", 403), ("auditor", 403), ("", 302)])
@pytest.mark.parametrize("path", ["/admin/", LIST, f"{LIST}{UUID(int=7)}"])
def test_only_administrators_are_let_in(app: Flask, path: str, role: str, status: int) -> None:
    client = app.test_client()
    if role:
        who, _ = create_reader(bridge_of(app), role, role=role)
        client.get(f"/manage/enter/{sign_in_code(bridge_of(app), who)}")
    answer = client.get(path, headers=HTML)
    assert answer.status_code == (404 if status == 200 and path[-1] == "7" else status)
    if not role:
        assert answer.location == "/admin/sign-in"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["replay", "replay-all", "{id}", "{id}/discard"])
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_changes_nothing(app: Flask, path: str, headers: dict[str, str]) -> None:
    bridge, client = bridge_of(app), admin(app)
    hold(bridge, compat(bridge), faulty())
    held = only(bridge)
    form = {"id": str(held.id), "because": "evil", "statement": orjson.dumps(passed()), "action": "replay"}
    assert client.post(LIST + path.format(id=held.id), data=form, headers=headers).status_code == 403
    assert only(bridge) == held


def test_an_administrator_sees_nobodys_status(app: Flask) -> None:
    client = admin(app)
    page = client.get("/manage/")
    assert page.status_code == 200
    assert client.get("/admin/").status_code == 200


# --- the list


def test_the_overview_says_what_waits(app: Flask) -> None:
    client = admin(app)
    assert "waiting" not in words(client.get("/admin/").text, "//*[@class='admin-sections']")
    hold(bridge_of(app), compat(bridge_of(app)), faulty(), faulty())
    assert "2 waiting" in words(client.get("/admin/").text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["a", "b", "c"]),
        ({"sort": "-received"}, ["c", "b", "a"]),
        ({"sort": "sender"}, ["c", "a", "b"]),
        ({"text": "/id/b"}, ["b"]),
        ({"text": "SCALED"}, ["a", "b", "c"]),
        ({"text": "100%"}, []),
        ({"state": "dropped"}, ["d"]),
        ({"state": "replayed"}, []),
        ({"sender": "other"}, ["c"]),
        ({"sender": "moodle", "sort": "-received", "text": "id/"}, ["b", "a"]),
    ],
)
def test_it_is_filtered_and_sorted(app_on_each: Flask, query: dict[str, str], expected: list[str]) -> None:
    bridge, client = bridge_of(app_on_each), admin(app_on_each)
    senders = {"moodle": compat(bridge), "other": compat(bridge, "Learning place")}
    for name, sender in (("a", "moodle"), ("b", "moodle"), ("c", "other"), ("d", "other")):
        hold(bridge, senders[sender], faulty(object={"id": f"https://example.com/id/{name}"}))
    last = quarantine_review.review(bridge, HeldFilter(), sort="-received").items[0]
    quarantine.drop_held(bridge, last.id, because="a test", who="Ada")
    if "sender" in query:
        query = query | {"sender": str(senders[query["sender"]].id)}
    page = client.get(LIST, query_string=query)
    assert page.status_code == 200, page.text
    links = html.fromstring(page.text).xpath("//ul[@class='held']/li//a/@href")
    found = [quarantine.show_held(bridge, UUID(link.rpartition("/")[2])).statement for link in links]
    assert [one["object"]["id"][-1] for one in found] == expected


@pytest.mark.parametrize(
    "query", [{"sort": "colour"}, {"state": "lost"}, {"sender": "me"}, {"page": "0"}, {"page": "x"}, {"colour": "red"}]
)
def test_a_page_that_cannot_be_asked(app: Flask, query: dict[str, str]) -> None:
    answer = admin(app).get(LIST, query_string=query, headers=HTML)
    assert answer.status_code == 400
    assert next(iter(query)) in words(answer.text)


def test_it_has_pages(app: Flask) -> None:
    bridge, client = bridge_of(app), admin(app)
    hold(bridge, compat(bridge), *(faulty() for _ in range(quarantine_review.PAGE_SIZE + 3)))
    found = [
        link
        for page in ("1", "2", "99")
        for link in html.fromstring(client.get(LIST, query_string={"page": page}).text).xpath("//ul[@class='held']//a")
    ]
    assert len(found) == quarantine_review.PAGE_SIZE + 3 + 3, "a page beyond the last is the last"
    assert len({link.get("href") for link in found}) == quarantine_review.PAGE_SIZE + 3


# --- one entry


def test_an_entry_is_explained_checked_kept_and_stored(app_on_each: Flask) -> None:
    bridge, client = bridge_of(app_on_each), admin(app_on_each)
    wrong = faulty(verb={"id": "x<script>alert(1)</script>"})
    hold(bridge, compat(bridge), wrong)
    held = only(bridge)
    page = client.get(f"{LIST}{held.id}")
    assert "<script>" not in page.text
    told = words(page.text, "//ol[@class='problems']")
    text = indented(wrong)
    line = 1 + text[: text.index('"scaled"')].count("\n")
    assert f"Line {line} /result/score/scaled must be" in told
    assert html.fromstring(page.text).xpath("string(//textarea)").strip() == text

    right = wrong | {"verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}}
    answer = post(client, f"{LIST}{held.id}", statement=indented(right), action="check")
    assert answer.status_code == 200
    assert "/result/score/scaled" in words(answer.text, "//ol[@role='alert']")
    answer = post(client, f"{LIST}{held.id}", statement="{", action="check")
    assert "line 1, column 2" in words(answer.text, "//ol[@role='alert']")
    answer = post(client, f"{LIST}{held.id}", statement="[]", action="keep")
    assert (answer.status_code, "a list" in words(answer.text)) == (400, True)
    assert only(bridge).corrected is None, "nothing of this was kept"

    right["result"] = {"success": True}
    pretty = indented(right).replace("\n", "\r\n")  # as browsers send it
    answer = post(client, f"{LIST}{held.id}", statement=pretty, action="check")
    assert "this text is valid" in words(answer.text)
    assert only(bridge).corrected is None
    assert post(client, f"{LIST}{held.id}", statement=pretty, action="keep").status_code == 303
    assert only(bridge).corrected == right
    assert "As it came" in words(client.get(f"{LIST}{held.id}").text)
    assert post(client, f"{LIST}{held.id}", statement=pretty, action="replay").status_code == 303
    stored = only(bridge, "replayed")
    assert str(stored.statement_id) == wrong["id"]
    page = client.get(f"{LIST}{held.id}")
    assert words(page.text, "//ol[@class='history']").count("by Ada Admin") == 3
    assert wrong["id"] in words(page.text)
    assert not html.fromstring(page.text).xpath("//textarea")


def test_one_that_conflicts_is_told_and_goes_on_waiting(app: Flask) -> None:
    bridge, client = bridge_of(app), admin(app)
    taken, sender = passed(), compat(bridge)
    record_statements(bridge, [taken], by=Recorder(sender.id, sender.authority, compat=True))
    hold(bridge, sender, faulty(id=taken["id"]))
    answer = post(
        client, f"{LIST}{only(bridge).id}", statement=orjson.dumps(passed("48", id=taken["id"])), action="replay"
    )
    assert (answer.status_code, "different statement" in words(answer.text)) == (409, True)
    assert only(bridge).state == "waiting"


def test_it_is_discarded_with_a_reason_only(app: Flask) -> None:
    bridge, client = bridge_of(app), admin(app)
    hold(bridge, compat(bridge), "no statement at all")
    held = only(bridge)
    refused = post(client, f"{LIST}{held.id}/discard", because="  ")
    assert (refused.status_code, "A reason is missing" in words(refused.text)) == (400, True)
    assert post(client, f"{LIST}{held.id}/discard", because="a test of the new LMS").status_code == 303
    page = words(client.get(f"{LIST}{held.id}").text)
    assert "Discarded" in page
    assert "dropped by Ada Admin: a test of the new LMS" in page
    assert post(client, f"{LIST}{held.id}/discard", because="again").status_code == 400


# --- many


def test_the_chosen_are_replayed(app: Flask) -> None:
    bridge, client = bridge_of(app), admin(app)
    hold(bridge, compat(bridge), faulty(), faulty(), faulty())
    first, second, third = quarantine_review.review(bridge, HeldFilter()).items
    for one in (first, third):
        quarantine.fix_held(bridge, one.id, orjson.dumps(one.statement | {"result": {}}), who="Ada")
    answer = post(client, f"{LIST}replay", id=[str(first.id), str(second.id), "nonsense", str(uuid4())])
    assert words(answer.text, "//h1") == "1 stored, 1 still waits"
    assert "/result/score/scaled" in words(answer.text)
    assert {one.id for one in quarantine_review.review(bridge, HeldFilter()).items} == {second.id, third.id}
    assert "Nothing was chosen" in post(client, f"{LIST}replay").text


def test_all_that_match_are_replayed_stretch_by_stretch(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine_review, "AT_ONCE", 4)
    bridge, client = bridge_of(app), admin(app)
    sender = compat(bridge)
    hold(bridge, sender, *(faulty() for _ in range(9)))
    for number, one in enumerate(quarantine_review.review(bridge, HeldFilter()).items):
        if number % 2:
            quarantine.fix_held(bridge, one.id, orjson.dumps(one.statement | {"result": {}}), who="Ada")
    form = {"sender": str(sender.id)}
    headings = []
    while form:
        page = html.fromstring(post(client, f"{LIST}replay-all", **form).text)
        headings.append(" ".join(page.xpath("string(//h1)").split()))
        form = {field.get("name"): field.get("value") for field in page.xpath("//main//form//input")}
    assert headings == ["2 stored, 2 still wait", "2 stored, 2 still wait", "0 stored, 1 still waits"]
    assert quarantine_review.review(bridge, HeldFilter()).total == 5


# --- lines


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", None), ("/a", 2), ("/b", 3), ("/b/0", 4), ("/b/1", 5), ("/b/1/c", 6), ("/b/2", 8), ("/d~1e", 10),
     ("/f", 1), ("/b/9", 3), ("/b/x", 3), ("/a/x", 2), ("line 1, column 2", None)],
)  # fmt: skip
def test_the_line_of_a_pointer(pointer: str, line: int | None) -> None:
    value = {"a": 1, "b": [2, {"c": {}}, 3], "d/e": "x"}
    assert line_of(value, pointer) == line
    if line and pointer == "/d~1e":
        assert '"d/e"' in indented(value).splitlines()[line - 1]


# --- in a browser


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[Bridge, str]]:
    with opened_bridge(tmp_path) as app:
        server = make_server("localhost", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield bridge_of(app), f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.browser
def test_by_hand_without_javascript(address: tuple[Bridge, str], browser: Browser, tmp_path: Path) -> None:
    bridge, url = address
    wrong = faulty()
    hold(bridge, compat(bridge), wrong, faulty(verb={"id": "done"}), "no statement at all")
    _, token = create_reader(bridge, "Ada Admin", role="admin")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{url}{LIST}")
    page.get_by_label("Your reader token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Quarantine").first.click()
    page.get_by_label("Words in the statement").fill(wrong["id"])
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Received").click()
    text = page.get_by_label("The statement").input_value()
    page.get_by_label("The statement").fill(text.replace('"scaled": 7', '"scaled": 0.7'))
    page.get_by_role("button", name="Check").click()
    assert page.get_by_role("status").inner_text().startswith("Nothing: this text is valid")
    page.get_by_role("button", name="Store it").click()
    assert page.get_by_role("status").inner_text() == f"Stored as {wrong['id']}."
    page.get_by_role("link", name="Quarantine").first.click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Replay the chosen").click()
    assert page.get_by_role("heading", level=1).inner_text() == "0 stored, 1 still waits"
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_phone_and_desktop(address: tuple[Bridge, str], browser: Browser, scheme: Any, tmp_path: Path) -> None:
    bridge, url = address
    long = "https://example.com/" + "a-very-long-activity-id/" * 12
    hold(bridge, compat(bridge), faulty(object={"id": long}), faulty(verb={"id": "done"}), "no statement at all")
    who, _ = create_reader(bridge, "Ada Admin", role="admin")
    page = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{url}/admin/enter/{sign_in_code(bridge, who)}")
    (first,) = quarantine_review.review(bridge, HeldFilter(text="very-long")).items
    for path in ("/admin/", LIST, f"{LIST}{first.id}"):
        page.goto(url + path)
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 740})
            page.screenshot(path=tmp_path / f"{path.strip('/').replace('/', '-')}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(CONTRAST) == []
            assert page.evaluate(SMALL_TARGETS) == []
    assert complaints == []
    page.close()
