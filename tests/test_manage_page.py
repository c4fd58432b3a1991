"""The manager page: who sees whom, what is shown in which order and in which words, and what the HTML promises."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import html

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.readers import create_reader, sign_in_code
from lrs_bridge.web.manage import percent_filter
from lrs_bridge.web.people_list import on_page, page_count
from tests.training_company import HTML, TODAY, Company, opened_bridge, opened_company, page_of

TRAINING = """
[[requirement]]
id = "training-{number}"
title = "Training {number}"
[[requirement.module]]
activity = "https://learn.example.com/{number}"
"""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    on_postgresql = request.param == "postgresql"
    url = request.getfixturevalue("postgresql").new_database() if on_postgresql else ""
    with opened_company(tmp_path_factory.mktemp("bridge"), url) as opened:
        yield opened


def ids_on(page: html.HtmlElement) -> list[str]:
    return page.xpath("//span[@class='id muted']/text()")


ANNS = ["012", "015", "014", "013", "011"]
SALES = "?requirement=selling"


@pytest.mark.parametrize(
    ("who", "query", "expected"),
    [
        pytest.param("ann", "", ANNS, id="most urgent first"),
        pytest.param("ann", "?sort=-status", ["011", "013", "014", "015", "012"], id="least urgent first"),
        pytest.param("ann", "?sort=name", ["015", "014", "013", "012", "011"], id="by name"),
        pytest.param("ann", "?sort=-name", ["011", "012", "013", "014", "015"], id="by name backwards"),
        pytest.param("ann", "?sort=progress", ["014", "013", "012", "015", "011"], id="least progress first"),
        pytest.param("ann", "?sort=due&status=missing", ["015", "012"], id="alike: by name"),
        pytest.param("ann", "?status=missing", ["012", "015"], id="by status"),
        pytest.param("ann", "?reason=absent", ["013"], id="by reason"),
        pytest.param("ann", "?name=ZO", ["011"], id="part of the name, in either case"),
        pytest.param("ann", "?name=014", ["014"], id="by employee id"),
        pytest.param("ann", "?name=nobody", [], id="nobody matches"),
        pytest.param("ann", "?page=2", ANNS, id="a page beyond the last is the last"),
        pytest.param("ann", SALES, [], id="not asked: not shown"),
        pytest.param(
            "ann", f"{SALES}&everybody=1&sort=name", ["015", "014", "013", "012", "011"], id="shown if wanted"
        ),
        pytest.param("bob", SALES, ["021", "022"], id="the missing before the compliant"),
        pytest.param("bob", f"{SALES}&reason=out_of_scope", [], id="a reason that nobody has"),
        pytest.param("chief", "?sort=name&department=Sales", ["021", "020", "022"], id="by department"),
        pytest.param("chief", "?manager=020&sort=name", ["021", "022"], id="step down"),
        pytest.param("hr", "?status=compliant&sort=name", ["010", "022", "011"], id="hr sees everybody"),
        pytest.param("hr", "?manager=010&sort=name", ["015", "014", "013", "012", "011"], id="hr steps down"),
    ],
)
def test_who_is_shown_in_which_order(company: Company, who: str, query: str, expected: list[str]) -> None:
    assert ids_on(page_of(company.signed_in(who), query)) == expected


def words_of(page: html.HtmlElement, employee_id: str) -> str:
    row = page.xpath(f"//tr[.//span[@class='id muted' and text()='{employee_id}']]")[0]
    return " ".join(row.text_content().split())


def test_each_person_in_words(company: Company) -> None:
    page = page_of(company.signed_in("ann"))
    late = f"{(TODAY - timedelta(days=3)):%b %Y}"
    assert "Missing – overdue by 3 days – failed last attempt" in words_of(page, "012")
    assert late in words_of(page, "012")
    assert "3 days overdue" in words_of(page, "012")
    assert "Missing – overdue by 3 days – in progress" in words_of(page, "015")
    assert "1 of 2 modules" in words_of(page, "015")
    assert "Away until further notice: not counted" in words_of(page, "013")
    end = TODAY + timedelta(days=9)
    assert f"Waiver until {end.day} {end:%b %Y}: not counted" in words_of(page, "014")
    done = words_of(page, "011")
    assert "Compliant until" in done
    assert "2 records" in done
    assert sum(bool(UUID(text)) for text in page.xpath("//tr[contains(., 'Zoe')]//code/text()")) == 2


def test_the_reason_of_an_absence_or_waiver_is_never_shown(company: Company) -> None:
    for address in ("", "team.csv"):
        text = company.signed_in("ann").get(f"/manage/{address}").text
        assert "confidential" not in text
        assert "long" not in text.replace("overlong", "")


def test_counts_and_shares(company: Company) -> None:
    chief = page_of(company.signed_in("chief"), "?requirement=security")
    tiles = [" ".join(tile.text_content().split()) for tile in chief.xpath("//ul[@class='tiles']/li")]
    assert tiles == [
        "3 Compliant 42 % of 7",
        "4 Missing 4 of them overdue",
        "4 Overdue 57 % of 7",
        "2 Not counted away or waived",
    ]
    teams = [" ".join(row.text_content().split()) for row in chief.xpath("//table[@class='teams']/tbody/tr")]
    assert teams == ["Ann Lead 33 % 2 2 2", "Bob Lead 50 % 1 1 0", "Direct reports 50 % 1 1 0"]
    assert not page_of(company.signed_in("ann")).xpath("//table[@class='teams']")


def test_completions_are_on_the_local_day_of_the_last_evidence(company: Company) -> None:
    page = page_of(company.signed_in("chief"), "?requirement=security")
    days = [
        (row.xpath("string(.//time/@datetime)"), *row.xpath("./td/text()"))
        for row in page.xpath("//table[@class='plain']/tbody/tr")
    ]
    assert days == [
        ((TODAY - timedelta(days=10)).isoformat(), "1", "1"),
        ((TODAY - timedelta(days=5)).isoformat(), "2", "3"),
    ]
    assert "3 of 7 are done, 4 still missing: all of them were due on" in " ".join(page.text_content().split())


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        ("ann", "?manager=020", 404),
        ("ann", "?manager=001", 404),
        ("ann", "?manager=nobody", 404),
        ("chief", "?manager=090", 404),
        ("hr", "?manager=nobody", 404),
        ("ann", "?requirement=nothing", 404),
        ("ann", "?manager=010", 200),
        ("hr", "?manager=090", 200),
        ("ann", "?status=fired", 400),
        ("ann", "?sort=shoe_size&reason=x&page=0&colour=blue", 400),
    ],
)
def test_outside_the_scope_is_as_if_not_there(company: Company, who: str, query: str, status: int) -> None:
    client = company.signed_in(who)
    for address in ("", "team.csv"):
        assert client.get(f"/manage/{address}{query}", headers=HTML).status_code == status


def test_every_wrong_parameter_is_named(company: Company) -> None:
    answer = company.signed_in("ann").get("/manage/?sort=shoe_size&reason=x&page=0&colour=blue", headers=HTML)
    found = html.fromstring(answer.text).xpath("//ul[@class='problems']//strong/text()")
    assert sorted(found) == ["colour", "page", "reason", "sort"]


@pytest.mark.parametrize(
    ("who", "strangers"),
    [
        ("ann", {"Bea", "Carl", "Bob", "Chief", "Otto"}),
        ("bob", {"Zoe", "Yan", "Ann", "Chief", "Otto"}),
        ("chief", {"Otto"}),
    ],
)
def test_a_page_shows_nobody_elses_people(company: Company, who: str, strangers: set[str]) -> None:
    client = company.signed_in(who)
    for requirement in ("security", "selling"):
        for address in ("/manage/", "/manage/team.csv"):
            text = client.get(f"{address}?requirement={requirement}&everybody=1").text
            assert not {name for name in strangers if f"{name} " in text or f"{name}<" in text}


def test_the_way_down_and_back_up(company: Company) -> None:
    page = page_of(company.signed_in("chief"), "?manager=010")
    assert page.xpath("string(//h1)") == "Ann Lead’s team"
    assert page.xpath("//nav[@aria-label='Way back up']//a/text()") == ["Your team"]
    upper = page_of(company.signed_in("chief"))
    steps = upper.xpath("//table[contains(@class, 'people')]//th[@scope='row']/a/@href")
    assert sorted(step.split("manager=")[1] for step in steps) == ["010", "020"]


def test_csv_is_the_page_without_its_pages(company: Company) -> None:
    answer = company.signed_in("ann").get("/manage/team.csv?status=missing&sort=-name")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="team-')
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["employee_id"] for row in rows] == ["012", "015"]


ADDRESSES = [
    "/manage/",
    "/manage/?everybody=1&requirement=security",
    "/manage/sign-in",
    "/manage/?status=x",
    "/nowhere",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_that_the_policy_forbids(company: Company, address: str) -> None:
    answer = company.signed_in("chief").get(address, headers=HTML)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = html.fromstring(answer.text)
    assert not page.xpath("//script | //style | //@style | //@*[starts-with(name(), 'on')] | //base | //iframe")
    sources = page.xpath("//@src | //link/@href | //form/@action")
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)


@pytest.mark.parametrize("address", ADDRESSES)
def test_structure_for_screen_readers(company: Company, address: str) -> None:
    page = html.fromstring(company.signed_in("chief").get(address, headers=HTML).text)
    assert page.xpath("//html/@lang") == ["en"]
    assert len(page.xpath("//main")) == len(page.xpath("//h1")) == 1
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert all(
        target in ids for names in page.xpath("//@aria-labelledby | //@aria-describedby") for target in names.split()
    )
    assert all(
        page.xpath(f"//label[@for='{field}']") for field in page.xpath("//input[@type!='hidden']/@id | //select/@id")
    )
    assert not page.xpath("//table[not(caption)] | //th[not(@scope)] | //svg[not(ancestor-or-self::*/@aria-hidden)]")
    assert not page.xpath("//a[not(normalize-space())] | //button[not(normalize-space())]")


def test_names_are_text_not_markup(company: Company) -> None:
    text = company.signed_in("bob").get("/manage/?requirement=security&name=<b>").text
    assert "Bea &lt;b&gt;Bold" in text
    assert 'value="&lt;b&gt;"' in text
    assert "<b>" not in text


def test_sort_is_said_to_screen_readers(company: Company) -> None:
    page = page_of(company.signed_in("ann"), "?sort=-due")
    said = dict(zip(page.xpath("//th/@aria-sort/../a/text()"), page.xpath("//th/@aria-sort"), strict=True))
    assert said == {
        "Person": "none",
        "Department": "none",
        "Status and reason": "none",
        "Due": "descending",
        "Progress": "none",
    }


@pytest.mark.parametrize(
    ("part", "words"), [(None, "–"), (0, "0 %"), (0.29, "29 %"), (2 / 3, "66 %"), (2999 / 3000, "99 %"), (1, "100 %")]
)
def test_percent(part: float | None, words: str) -> None:
    assert percent_filter(part) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "No training is required of anybody yet"),
        (1, "Nobody is on this page."),
        (4, "Training 3 0 missing"),
        (5, "Requirement: Training 0 (4 others)"),
    ],
)
def test_before_there_is_much_to_show(tmp_path: Path, count: int, words: str) -> None:
    with opened_bridge(tmp_path) as app:
        bridge: Bridge = app.extensions["lrs_bridge"]
        for number in range(count):
            import_requirements(bridge, TRAINING.format(number=number).encode(), source="many.toml")
        reader, _ = create_reader(bridge, "Auditor", role="auditor")
        client = app.test_client()
        client.get(f"/manage/enter/{sign_in_code(bridge, reader)}")
        text = " ".join(page_of(client).text_content().split())
    assert "no roster was imported yet" in text
    assert words in text
    assert ("Training 0" in text) == bool(count)


@pytest.mark.parametrize(
    ("total", "page", "pages", "shown"),
    [
        (0, 1, 1, []),
        (50, 1, 1, [0, 49]),
        (51, 1, 2, [0, 49]),
        (51, 2, 2, [50, 50]),
        (120, 3, 3, [100, 119]),
        (3, 9, 1, []),
    ],
)
def test_pages_of_the_list(total: int, page: int, pages: int, shown: list[int]) -> None:
    rows: Any = range(total)
    assert page_count(total) == pages
    assert [*on_page(rows, page)][:: max(1, len(on_page(rows, page)) - 1)] == sorted(set(shown))
