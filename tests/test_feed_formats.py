"""The feed as a workbook, as Atom and as a calendar: opened again by other programs than wrote them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from lrs_bridge.feeds import atom_feed, calendar_feed, xlsx_feed
from lrs_bridge.feeds.relation import COLUMNS, Feed, FeedRow, RosterAge, StatusChange, Tally
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.statuses import newest_changes
from tests.statements import recorder, voiding
from tests.training_company import ACTIVITIES, Company, opened_company, result

INSTANT = datetime(2026, 3, 31, 12, 0, 0, 123456, tzinfo=UTC)
ROW = FeedRow(
    employee_id="000123", name="Ada Lovelace", manager_id="000100", department="Sales", location="", country="GB",
    requirement="security", requirement_version=2, status="missing", reason="due_soon", progress="not_started",
    due=date(2026, 4, 3), last_valid_day=None, next_change=None, overdue_before_absence=False, modules_met=0,
    modules_total=2, evidence=("a", "b"),
)  # fmt: skip
ROSTER = RosterAge("people.csv", date(2026, 3, 30), 1)


def feed(*rows: FeedRow, **values: Any) -> Feed:
    whole = Feed(date(2026, 3, 31), INSTANT, ROSTER, rows, Tally.of(rows), {"security": "Security; basics, 1"})
    return replace(whole, **values)


@pytest.fixture
def company(tmp_path: Path, database_url: str) -> Iterator[Company]:
    with opened_company(tmp_path, database_url) as opened:
        yield opened


def ask(company: Company, extension: str, name: str = "hr", **params: Any) -> Any:
    headers = {"Authorization": f"Bearer {company.readers[name][1]}"}
    return company.app.test_client().get(f"/feeds/compliance.{extension}", headers=headers, query_string=params)


# --- the workbook


def opened(raw: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_a_workbook_has_a_summary_and_a_sheet_for_each_team() -> None:
    boss = ROW._replace(employee_id="000100", name="Grace [Hopper]: boss/lead", manager_id="", status="compliant")
    sheets = opened(xlsx_feed.render(feed(ROW, boss)))
    assert list(sheets) == ["Summary", "No manager", "000100 Grace  Hopper   boss lea"]
    facts = {line[0]: line[1] for line in sheets["Summary"][:7]}
    assert facts == {
        "as of": date(2026, 3, 31), "known at": "2026-03-31T12:00:00+00:00", "roster": "people.csv",
        "roster of": date(2026, 3, 30), "roster age in days": 1.0, "rows here": 2.0, "rows in all": 2.0,
    }  # fmt: skip
    assert sheets["Summary"][8:] == [
        ["team", "compliant", "missing", "overdue", "exempt", "share"],
        ["No manager", 1.0, 0.0, 0.0, 0.0, 1.0],
        ["000100 Grace  Hopper   boss lea", 0.0, 1.0, 0.0, 0.0, 0.0],
    ]
    head, line = sheets["000100 Grace  Hopper   boss lea"]
    read = dict(zip(head, line, strict=True))
    assert tuple(head) == COLUMNS
    assert (read["employee_id"], read["due"], read["modules_total"]) == ("000123", date(2026, 4, 3), 2.0)
    assert (read["overdue_before_absence"], read["evidence"], read["next_change"]) == (False, "a b", "")


@pytest.mark.parametrize(
    "text", ["=1+1", "+44 20", "-1", "@x", "http://x.example", "{=A1}", "000123", "<b>&\"'", "\x0b"]
)
def test_a_text_stays_a_text(text: str) -> None:
    raw = xlsx_feed.render(feed(ROW._replace(name=text)))
    assert opened(raw)["000100"][1][1] == text
    parts = sheet_parts(raw)
    assert "<f>" not in parts
    assert "<hyperlink" not in parts.split("</worksheet>")[1]


def sheet_parts(raw: bytes) -> str:
    from zipfile import ZipFile

    with ZipFile(io.BytesIO(raw)) as book:
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        return "".join(book.read(name).decode() for name in names)


def test_the_header_stays_and_filters_and_colours_say_the_status() -> None:
    team = sheet_parts(xlsx_feed.render(feed(ROW, ROW))).split("</worksheet>")[1]
    assert 'topLeftCell="C2"' in team
    assert 'state="frozen"' in team
    assert '<autoFilter ref="A1:R3"/>' in team
    assert re.findall(r"<formula>(.*?)</formula>", team) == ['"compliant"', '"missing"', '"exempt"']


def test_teams_that_would_share_a_title_do_not() -> None:
    long = "x" * 40
    rows = [ROW._replace(manager_id=manager) for manager in ("summary", "a/b", "A:B", long, f"{long}2", "'", "History")]
    titles = list(opened(xlsx_feed.render(feed(*rows))))
    assert len({title.casefold() for title in titles}) == len(rows) + 1
    assert all(0 < len(title) <= 31 for title in titles)


def test_more_teams_than_anybody_leafs_through_are_one_sheet() -> None:
    rows = [ROW._replace(manager_id=f"{number}") for number in range(xlsx_feed.MOST_TEAMS + 1)]
    sheets = opened(xlsx_feed.render(feed(*rows)))
    assert (list(sheets), len(sheets["All"])) == (["Summary", "All"], len(rows) + 1)


@pytest.mark.parametrize("given", [feed(), feed(roster=None), feed(ROW)])
def test_the_same_answer_has_the_same_bytes(given: Feed) -> None:
    raw = xlsx_feed.render(given)
    assert "Summary" in opened(raw)
    assert raw == xlsx_feed.render(given)


# --- the calendar


def parsed(raw: bytes) -> list[tuple[str, str]]:
    """A strict reading of RFC 5545 3.1: every line ends in CRLF, none has more than 75 octets, all are unfolded."""
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert all(line.decode() is not None for line in raw.split(b"\r\n"))  # no letter is cut in two
    pairs = []
    for line in raw.decode().replace("\r\n ", "").split("\r\n")[:-1]:
        found = re.fullmatch(r"([A-Z-]+)(?:;[A-Z-]+=[^:;]+)*:([^\x00-\x08\x0a-\x1f]*)", line)
        assert found, line
        pairs.append((found[1], found[2]))
    return pairs


def entries(raw: bytes) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name, value in parsed(raw):
        if (name, value) == ("BEGIN", "VEVENT"):
            found.append({})
        elif found:
            found[-1].setdefault(name, value)
    return found


def test_an_entry_of_the_calendar() -> None:
    (entry,) = entries(calendar_feed.render(feed(ROW)))
    assert (entry["DTSTART"], entry["DTEND"], entry["DTSTAMP"]) == ("20260403", "20260404", "20260331T120000Z")
    assert entry["SUMMARY"] == r"Ada Lovelace: Security\; basics\, 1"
    assert entry["DESCRIPTION"] == r"due soon\, not started\; 0 of 2 modules done"
    assert "VALARM" not in calendar_feed.render(feed(ROW)).decode()


def test_the_uid_stays_when_the_due_date_moves_and_is_of_one_person_and_requirement() -> None:
    rows = [
        ROW,
        ROW._replace(due=date(2026, 5, 1), name="Ada King", reason="overdue"),
        ROW._replace(employee_id="1"),
        ROW._replace(requirement="x"),
    ]
    first, moved, other, another = (entry["UID"] for entry in entries(calendar_feed.render(feed(*rows))))
    assert first == moved
    assert len({first, other, another}) == 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb\r\nBEGIN:VEVENT", r"a\nb\nBEGIN:VEVENT"),
        ("back\\slash", "back\\\\slash"),
        ("bell\x07\r", "bell"),
        ("Ünï" * 60, "Ünï" * 60),
        ("😀" * 40, "😀" * 40),
    ],
)
def test_names_are_escaped_and_folded(name: str, shown: str) -> None:
    (entry,) = entries(calendar_feed.render(feed(ROW._replace(name=name))))
    assert entry["SUMMARY"].startswith(f"{shown}: ")


@pytest.mark.parametrize(
    "row", [ROW._replace(status="compliant"), ROW._replace(due=None), ROW._replace(status="exempt")]
)
def test_what_is_not_missing_or_has_no_due_date_is_in_no_calendar(row: FeedRow) -> None:
    pairs = parsed(calendar_feed.render(feed(row)))
    assert ("BEGIN", "VEVENT") not in pairs
    assert ("BEGIN", "VTIMEZONE") in pairs


def test_a_due_date_at_the_end_of_time() -> None:
    (entry,) = entries(calendar_feed.render(feed(ROW._replace(due=date(9999, 12, 31)))))
    assert "DTEND" not in entry


# --- Atom

ATOM = {"a": atom_feed.NAMESPACE}


def texts(raw: bytes, path: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(raw).findall(path, ATOM)]


def change(**values: Any) -> StatusChange:
    return replace(StatusChange(ROW, "", "", "missing", "due_soon", INSTANT), **values)


def test_atom_tells_what_changed() -> None:
    earlier = INSTANT.replace(hour=1)
    changes = [change(from_status="compliant", from_reason="current"), change(recorded=earlier)]
    raw = atom_feed.render(feed(ROW, changes=changes))
    assert texts(raw, "a:entry/a:title") == ["Ada Lovelace: Security; basics, 1 is missing (due soon)"] * 2
    assert texts(raw, "a:entry/a:summary") == [
        "000123 Ada Lovelace, Security; basics, 1: compliant (current), now missing (due soon); due 2026-04-03",
        "000123 Ada Lovelace, Security; basics, 1: not asked before, now missing (due soon); due 2026-04-03",
    ]
    assert texts(raw, "a:updated") == [INSTANT.isoformat()]
    assert len(set(texts(raw, "a:entry/a:id"))) == 2
    # RFC 4287 4.1.1: each of these exactly once
    assert [len(texts(raw, f"a:{name}")) for name in ("id", "title", "updated", "author")] == [1, 1, 1, 1]


@pytest.mark.parametrize("name", ["<b>&amp;</b>", "nul\x00 bell\x07", "]]>", "\ufffe"])
def test_names_do_no_harm_to_xml(name: str) -> None:
    raw = atom_feed.render(feed(changes=[change(row=ROW._replace(name=name))]))
    clean = re.sub("[\x00\x07\ufffe]", "", name)
    assert texts(raw, "a:entry/a:title")[0].startswith(f"{clean}: ")


# --- over HTTP, on both databases


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("atom", "application/atom+xml; charset=utf-8"),
        ("ics", "text/calendar; charset=utf-8"),
    ],
)
def test_each_format_is_served_in_scope_with_an_etag(company: Company, extension: str, kind: str) -> None:
    answer = ask(company, extension, "bob", requirement="security")
    assert (answer.status_code, answer.content_type) == (200, kind)
    etag = {"If-None-Match": answer.headers["ETag"], "Authorization": f"Bearer {company.readers['bob'][1]}"}
    again = company.app.test_client().get(f"/feeds/compliance.{extension}?requirement=security", headers=etag)
    assert again.status_code == 304
    assert ask(company, extension, "bob", manager="001").status_code == 404
    everything = answer.data if extension != "xlsx" else repr(opened(answer.data)).encode()
    assert b"Yan Late" not in everything
    assert company.app.test_client().get(f"/feeds/compliance.{extension}").status_code == 401


def test_a_result_is_a_change_and_voiding_it_another(company: Company) -> None:
    first = ask(company, "atom", "ann", requirement="security")
    assert first.status_code == 200
    assert not any(
        "Yan Late: Security essentials is compliant" in title for title in texts(first.data, "a:entry/a:title")
    )
    one, two = (result("012", activity, "passed", 0) for activity in ACTIVITIES)
    record_statements(company.bridge, [one, two], by=recorder())
    raw = ask(company, "atom", "ann", requirement="security").data
    assert texts(raw, "a:entry/a:title")[0] == "Yan Late: Security essentials is compliant (current)"
    assert "missing (overdue), now compliant (current)" in texts(raw, "a:entry/a:summary")[0]
    record_statements(company.bridge, [voiding(one["id"])], by=recorder())
    raw = ask(company, "atom", "ann", requirement="security").data
    assert texts(raw, "a:entry/a:title")[0] == "Yan Late: Security essentials is missing (overdue)"
    assert sum("Yan Late" in title for title in texts(raw, "a:entry/a:title")) == 1
    assert len(texts(ask(company, "atom", "ann", limit="2").data, "a:entry/a:title")) == 2


def test_who_was_exempt_from_the_beginning_has_no_change_to_tell(company: Company) -> None:
    raw = ask(company, "atom", requirement="security").data
    assert len(texts(raw, "a:entry/a:title")) == 9
    with company.bridge.database.reading() as connection:
        (away,) = [row for row in newest_changes(connection, [person_key("013")]) if row.requirement_id == "security"]
    assert (away.from_status, away.to_status, away.to_reason) == ("", "exempt", "absent")


def test_a_refresh_that_changes_nothing_writes_nothing(company: Company) -> None:
    before = ask(company, "atom").data
    record_statements(company.bridge, [result("011", ACTIVITIES[0], "passed", 0)], by=recorder())
    assert ask(company, "atom").data == before


@pytest.mark.parametrize("params", [{"as_of": "2026-01-01"}, {"known_at": "2026-01-01T00:00:00Z"}])
def test_changes_are_told_until_now_only(company: Company, params: dict[str, str]) -> None:
    answer = ask(company, "atom", **params)
    assert answer.status_code == 400
    assert [problem["place"] for problem in answer.get_json()["problems"]] == list(params)
