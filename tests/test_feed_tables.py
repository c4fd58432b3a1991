"""What holds for every format of the feed alike: scope, filters, the past, ETags, pages, and what is never said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lrs_bridge.feeds.relation import COLUMNS
from lrs_bridge.services.readers import create_reader
from lrs_bridge.services.record_statements import record_statements
from tests.feed_bodies import OPEN, RELATION, ask, keys, rows
from tests.statements import recorder
from tests.training_company import ACTIVITIES, TODAY, Company, opened_company, result

FORMATS = tuple(OPEN)
OTHERS = ("Chief Top", "Ann Lead", "Zoe Done", "Yan Late", "Bob Lead", "Otto Outsider")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Read only: the tests here change nothing in it."""
    with opened_company(tmp_path_factory.mktemp("company")) as opened:
        for role in ("auditor", "admin"):
            opened.readers[role] = create_reader(opened.bridge, role.title(), role=role)
        yield opened


# --- the same rows in every format

FILTERS: list[tuple[dict[str, str], int]] = [
    ({}, 22),
    ({"requirement": "security"}, 11),
    ({"manager": "020"}, 4),
    ({"employee": "012"}, 2),
    ({"status": "missing"}, 8),
    ({"reason": "waiver"}, 1),
    ({"progress": "failed"}, 1),
    ({"department": "Sales", "requirement": "selling"}, 3),
    ({"country": "DE"}, 0),
    ({"location": "Paris"}, 0),
    ({"due_from": str(TODAY), "due_until": str(TODAY + timedelta(days=30))}, 2),
    ({"as_of": str(TODAY - timedelta(days=4)), "requirement": "security", "status": "missing"}, 6),
    ({"known_at": "2020-01-01T00:00:00Z"}, 0),
    ({"as_of": "2019-12-31", "known_at": "9999-12-31T00:00:00Z", "reason": "not_employed"}, 22),
]


@pytest.mark.parametrize(("params", "count"), FILTERS)
def test_every_format_says_the_same_rows(company: Company, params: dict[str, str], count: int) -> None:
    found = {extension: keys(rows(company, extension, **params)) for extension in RELATION}
    assert {extension: len(some) for extension, some in found.items()} == dict.fromkeys(RELATION, count)
    assert all(some == found["json"] for some in found.values())
    if not params.get("known_at"):
        due = {
            row["employee_id"] for row in rows(company, "json", **params) if row["status"] == "missing" and row["due"]
        }
        assert len(rows(company, "ics", **params)) >= 2 * len(due)


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize(
    ("name", "params", "count"),
    [
        ("hr", {}, 22), ("auditor", {}, 22), ("admin", {}, 0), ("admin", {"manager": "001"}, 404),
        ("chief", {}, 18), ("ann", {}, 10), ("bob", {}, 4),
        ("bob", {"as_of": str(TODAY - timedelta(days=5))}, 4),
        ("ann", {"manager": "020"}, 404), ("ann", {"employee": "021"}, 404), ("ann", {"employee": "010"}, 0),
        ("ann", {"employee": "nobody"}, 404), ("hr", {"employee": "nobody"}, 404), ("bob", {"manager": "022"}, 0),
    ],
)  # fmt: skip
def test_every_format_keeps_to_the_scope(
    company: Company, extension: str, name: str, params: dict[str, str], count: int
) -> None:
    if extension == "atom" and "as_of" in params:
        return
    answer = ask(company, extension, name, **params)
    assert answer.status_code == (404 if count == 404 else 200)
    if extension in RELATION and count != 404:
        assert len(OPEN[extension](answer.data)) == count
    if name == "bob":
        said = repr(OPEN[extension](answer.data))
        assert not any(outsider in said for outsider in OTHERS)


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("name", ["hr", "auditor", "chief", "ann"])
def test_no_format_says_why_somebody_is_away_or_waived(company: Company, extension: str, name: str) -> None:
    """Xia is away for long, and Wim waived for a confidential reason: that alone is told."""
    answer = ask(company, extension, name, requirement="security")
    cells = [str(cell) for row in OPEN[extension](answer.data) for cell in row.values()]
    assert cells
    for words in ("long", "short", "sick", "maternity", "confidential", "health"):
        assert not any(re.search(rf"\b{words}\b", cell, re.IGNORECASE) for cell in cells), words
    if extension in RELATION:
        by_person = {row["employee_id"]: row for row in OPEN[extension](answer.data)}
        assert (by_person["013"]["reason"], by_person["013"]["name"]) == ("absent", "Xia Away")
        assert set(by_person["013"]) - set(COLUMNS) <= {"as_of", "known_at", "roster_as_of", "roster_age_days"}


@pytest.mark.parametrize("extension", FORMATS)
def test_wrong_parameters_are_refused_alike_and_all_at_once(company: Company, extension: str) -> None:
    answer = ask(company, extension, colour="red", status="late", due_from="soon", page="1", requirement="nothing")
    assert answer.status_code == 400
    problems = {problem["place"]: problem for problem in answer.get_json()["problems"]}
    assert set(problems) == {"colour", "status", "due_from", "page", "requirement"}
    assert all(problem["reason"] and problem["remedy"] for problem in problems.values())
    assert "Choose among security, selling" in problems["requirement"]["remedy"]


# --- what holds once a feed


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize(
    "params",
    [{}, {"requirement": "security", "manager": "010"}, {"limit": "3"}, {"status": "missing", "due_until": str(TODAY)}],
)
def test_every_format_has_an_etag(company: Company, extension: str, params: dict[str, str]) -> None:
    first = ask(company, extension, **params)
    again = ask(company, extension, etag=first.headers["ETag"], **params)
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.last_modified is not None
    assert first.last_modified <= datetime.now(UTC)
    other = {extension: ask(company, extension, "bob", **{**params, "manager": "020"}).headers["ETag"]}
    assert first.headers["ETag"] not in other.values()


def test_no_two_formats_share_an_etag(company: Company) -> None:
    assert len({ask(company, extension).headers["ETag"] for extension in FORMATS}) == len(FORMATS)


def test_a_date_alone_never_says_that_nothing_changed(company: Company) -> None:
    headers = {
        "Authorization": f"Bearer {company.readers['hr'][1]}",
        "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT",
    }
    assert company.app.test_client().get("/feeds/compliance.json", headers=headers).status_code == 200


@pytest.mark.parametrize("extension", ["csv", "parquet"])
def test_the_roster_and_the_instants_stand_beside_each_row(company: Company, extension: str) -> None:
    found = rows(company, extension, as_of=str(TODAY), known_at="2100-01-01T00:00:00Z")
    assert {str(row["as_of"]) for row in found} == {str(TODAY)}
    assert {str(row["known_at"]).replace(" ", "T") for row in found} == {"2100-01-01T00:00:00+00:00"}
    assert {(str(row["roster_as_of"]), str(row["roster_age_days"])) for row in found} == {(str(TODAY), "0")}


def test_parquet_has_types(company: Company) -> None:
    found = {row["employee_id"]: row for row in rows(company, "parquet", requirement="security")}
    late, done = found["012"], found["011"]
    assert (late["due"], late["last_valid_day"], late["modules_met"]) == (TODAY - timedelta(days=3), None, 0)
    assert (late["overdue_before_absence"], late["evidence"]) == (False, [])
    assert len(done["evidence"]) == 2
    assert isinstance(done["last_valid_day"], date)
    assert isinstance(done["known_at"], datetime)


def test_an_export_is_told_in_pieces_and_counted(company: Company) -> None:
    """Larger than what is kept in memory is taken from a file; it is whole either way."""
    from lrs_bridge.web import feeds

    kept = feeds.IN_MEMORY
    feeds.IN_MEMORY = 100
    try:
        for extension in ("json", "csv"):
            answer = ask(company, extension)
            assert answer.content_length == len(answer.data)
            assert len(OPEN[extension](answer.data)) == 22
    finally:
        feeds.IN_MEMORY = kept
    whole = ask(company, "json").get_json()
    assert (whole["total"], whole["counts"]["compliant"]) == (22, 4)


# --- pages and orders


def pages(company: Company, extension: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
    while params:
        answer = ask(company, extension, **params)
        assert answer.status_code == 200, answer.text
        yield OPEN[extension](answer.data)
        link = answer.headers.get("Link", "")
        found = re.fullmatch(r'<(.*)>; rel="next"', link)
        params = dict(parse_qsl(urlsplit(found[1]).query)) if found else {}
        if extension == "json":
            assert answer.get_json()["next"] == (found[1] if found else None)


@pytest.mark.parametrize("column", COLUMNS)
def test_following_the_links_gives_every_row_once_in_order(company: Company, column: str) -> None:
    for sort in (column, f"-{column}"):
        whole = rows(company, "json", sort=sort)
        paged = [row for page in pages(company, "json", sort=sort, limit="3") for row in page]
        assert paged == whole
        values = [row[column] for row in whole if row[column] is not None]
        assert values == sorted(values, reverse=sort.startswith("-"))
        assert all(row[column] is None for row in whole[len(values) :])  # empty dates last, either way


@pytest.mark.parametrize("extension", [extension for extension in FORMATS if extension != "ics"])
def test_every_format_has_a_link_to_the_next_page(company: Company, extension: str) -> None:
    sizes = [len(page) for page in pages(company, extension, requirement="security", limit="4")]
    # nine changes: two of the people were exempt from the beginning
    assert sizes == ([4, 4, 1] if extension == "atom" else [4, 4, 3])


def test_pages_of_json_have_a_delta_on_the_first_only(company: Company) -> None:
    answers = [ask(company, "json", limit="5", page=str(page)).get_json()["delta"] for page in (1, 2)]
    assert answers[0].startswith("http://localhost:5000/feeds/compliance.json?delta=")
    assert answers[1] is None
    assert ask(company, "json", as_of=str(TODAY)).get_json()["delta"] is None


def test_a_row_that_goes_makes_no_other_skip_a_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened_company(tmp_path_factory.mktemp("paged")) as own:
        asked = {"status": "missing", "requirement": "security", "limit": "2"}
        first = ask(own, "json", **asked).get_json()
        assert [row["employee_id"] for row in first["rows"]] == ["001", "012"]
        record_statements(own.bridge, [result("012", one, "passed", 0) for one in ACTIVITIES], by=recorder())
        following = dict(parse_qsl(urlsplit(first["next"]).query))
        assert [row["employee_id"] for row in rows(own, "json", **following)] == ["015", "020"]
