"""Figures about groups: counted by hand in a company of 18, on both databases, under the reader's scope."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from lrs_bridge.cli import cli
from lrs_bridge.domain.periods import add_months
from lrs_bridge.errors import RequestRefused
from lrs_bridge.feeds.figures import KEPT_BACK, Figures
from lrs_bridge.services.figures import figures
from lrs_bridge.services.figures_query import FIGURES, FiguresQuery
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.services.record_statements import record_statements
from tests.figures_company import ACTIVITY, opened_figures_company
from tests.statements import recorder
from tests.training_company import TODAY, Company, result

FEED = "/feeds/aggregates.json"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with opened_figures_company(tmp_path) as opened:
        yield opened


@pytest.fixture
def company_on_each(tmp_path: Path, database_url: str) -> Iterator[Company]:
    with opened_figures_company(tmp_path, database_url) as opened:
        yield opened


def ask(company: Company, figure: str, **more: Any) -> Figures:
    return figures(company.bridge, OPERATOR, FiguresQuery(figure, as_of=TODAY, **more))


def told(found: Figures, *columns: str) -> list[tuple[Any, ...]]:
    """The columns of each row; one that is kept back ends with None."""
    names = [name for name in columns if name in ("team", "department", "country", "requirement")]
    return [
        (*(row[name] for name in names), None) if row[KEPT_BACK] else tuple(row[name] for name in columns)
        for row in found.rows
    ]


def test_the_figures_of_the_company(company_on_each: Company) -> None:
    """One company a database: what is asked changes nothing."""
    check_rates(company_on_each)
    check_trend(company_on_each)
    check_forecast(company_on_each)
    check_uptake(company_on_each)
    check_abandoned(company_on_each)
    check_working_time(company_on_each)


COUNTS = ("people", "compliant", "missing", "overdue", "exempt", "waiver", "absent", "rate", "overdue_rate")


def check_rates(company: Company) -> None:
    whole = (18, 11, 5, 5, 2, 1, 1, 0.6875, 0.3125)
    assert told(ask(company, "rates"), "requirement", *COUNTS) == [("security", *whole)]
    by_team = ask(company, "rates", group_by=("team",))
    assert told(by_team, "team", *COUNTS) == [
        ("", None),
        ("c", None),
        ("l1", 6, 4, 1, 1, 1, 0, 1, 0.8, 0.2),
        ("l2", 5, 3, 1, 1, 1, 1, 0, 0.75, 0.25),
        ("l3", None),
    ]
    assert by_team.whole is not None
    assert tuple(by_team.whole[name] for name in COUNTS) == whole
    assert [row["team_name"] for row in by_team.rows] == ["", "Name C", "Name L1", "Name L2", "Name L3"]
    # the Board is one person: the next smallest goes with it, or the whole less the others would tell of them
    assert told(ask(company, "rates", group_by=("department",)), "department", *COUNTS) == [
        ("Board", None),
        ("Contact Centre", None),
        ("Sales", 10, 6, 3, 3, 1, 1, 0, 0.6667, 0.3333),
    ]
    assert told(ask(company, "rates", group_by=("country", "requirement")), "country", "requirement", *COUNTS) == [
        ("DE", "security", 8, 5, 2, 2, 1, 0, 1, 0.7143, 0.2857),
        ("GB", "security", 10, 6, 3, 3, 1, 1, 0, 0.6667, 0.3333),
    ]
    tiny = ask(company, "rates", manager="l3")
    assert (told(tiny, "requirement"), tiny.whole) == ([("security", None)], {KEPT_BACK: True})
    last_week = figures(company.bridge, OPERATOR, FiguresQuery(as_of=TODAY - timedelta(days=7)))
    assert told(last_week, "compliant", "missing", "due_soon", "exempt") == [(7, 8, 8, 3)]


def check_trend(company: Company) -> None:
    since = TODAY - timedelta(days=11)
    found = ask(company, "trend", requirement="security", since=since)
    assert [row["day"] for row in found.rows] == [since + timedelta(days=number) for number in range(12)]
    days_ago = {(TODAY - row["day"]).days: row for row in found.rows}
    shown = {ago: [row[name] for name in ("people", "compliant", "missing", "overdue", "exempt")]
             for ago, row in days_ago.items()}  # fmt: skip
    assert shown == {
        11: [18, 0, 15, 0, 3],
        **{ago: [18, 7, 8, 0, 3] for ago in (10, 9, 8, 7)},
        6: [18, 7, 9, 0, 2],  # d2 is back
        5: [18, 10, 6, 0, 2],
        4: [18, 10, 6, 0, 2],
        3: [18, 11, 5, 0, 2],
        2: [18, 11, 5, 4, 2],  # the due date has passed, but d2 has five days from the return
        1: [18, 11, 5, 5, 2],
        0: [18, 11, 5, 5, 2],
    }
    assert all(row[KEPT_BACK] for row in ask(company, "trend", requirement="security", manager="l3").rows)


def check_forecast(company: Company) -> None:
    found = ask(company, "forecast", periods=13)
    assert len(found.rows) == 13
    lapses = [add_months(TODAY - timedelta(days=ago), 12) for ago in [10] * 7 + [5] * 3 + [3]]
    for row in found.rows:
        expected = sum(row["first_day"] <= day <= row["last_day"] for day in lapses)
        assert row["expiring"] == expected == row["becoming_overdue"]
    last = found.rows[-1]
    assert [last[name] for name in ("compliant", "missing", "overdue", "exempt", "rate")] == [0, 16, 16, 2, 0.0]
    assert [row["renewable"] for row in found.rows].count(0) >= 10
    weeks = ask(company, "forecast", period="week", periods=2).rows
    assert [row["last_day"].weekday() for row in weeks] == [6, 6]
    assert weeks[0]["first_day"] == TODAY + timedelta(days=1)


def check_uptake(company: Company) -> None:
    whole, module = ask(company, "uptake").rows
    assert (whole["module"], whole["assigned"], whole["late_returns"]) == ("", 18, 1)
    assert module | {KEPT_BACK: None} == {
        "requirement": "security", "module": ACTIVITY, "module_title": "Passwords and phishing",
        "assigned": 18, "started": 16, "started_share": 0.8889, "completed": 11, "met": 11, "met_share": 0.6111,
        "abandoned": 5, "timed": 4, "median_hours": 1.5, KEPT_BACK: None,
    }  # fmt: skip
    assert [row[KEPT_BACK] for row in ask(company, "uptake", manager="l3").rows] == [True, True]
    before = figures(company.bridge, OPERATOR, FiguresQuery("uptake", as_of=TODAY - timedelta(days=5)))
    assert (before.rows[1]["met"], before.rows[1]["abandoned"], before.rows[0]["late_returns"]) == (10, 0, 0)


def check_abandoned(company: Company) -> None:
    """Three places with one and two people: told together only, as there are five of them."""
    found = ask(company, "abandoned")
    assert [(row["kind"], row["people"]) for row in found.rows] == [("other", 5)]
    assert [row[KEPT_BACK] for row in ask(company, "abandoned", department="Sales").rows] == [True]
    for number in range(1, 5):  # four more who have done it, and open it again: they have abandoned nothing
        record_statements(company.bridge, [result(f"a{number}", ACTIVITY, "initialized", 0)], by=recorder())
    assert [(row["kind"], row["people"]) for row in ask(company, "abandoned").rows] == [("other", 5)]


def check_working_time(company: Company) -> None:
    query = FiguresQuery("working_time", since=date(2025, 4, 1), as_of=date(2025, 4, 30))
    found = figures(company.bridge, OPERATOR, query)
    columns = ("team", "people", "hours", "hours_in_working_time", "share_in_hours")
    assert told(found, *columns) == [("l1", 5, 8.0, 6.0, 0.75), ("l2", 5, 5.0, 5.0, 1.0)]
    assert found.whole is not None
    assert (found.whole["people"], found.whole["share_in_hours"]) == (10, 0.8462)
    on_friday = figures(company.bridge, OPERATOR, replace(query, since=date(2025, 4, 18)))
    assert (on_friday.rows[0][KEPT_BACK], on_friday.whole) == (True, {KEPT_BACK: True})


FOR_ONE = """
[[requirement]]
id = "board"
title = "For the Board"
audience = [ { department = ["Board"] } ]
[[requirement.module]]
activity = "http://courses.example.com/board"
"""


def test_a_sum_does_not_tell_of_the_one_person_who_is_asked_for_more(company_on_each: Company) -> None:
    """Whoever asks for the sum of a country and then for one requirement would have the other."""
    company = company_on_each
    import_requirements(company.bridge, FOR_ONE.encode(), source="board.toml")
    by_requirement = ask(company, "rates")
    assert told(by_requirement, "requirement", "people") == [("board", None), ("security", 18)]
    assert by_requirement.whole == {KEPT_BACK: True}
    assert told(ask(company, "rates", group_by=("country",)), "country", "people") == [("DE", None), ("GB", None)]
    alone = ask(company, "rates", group_by=("country",), requirement="security")
    assert told(alone, "country", "people") == [("DE", 8), ("GB", 10)]
    both = ask(company, "rates", group_by=("requirement", "country"))
    assert told(both, "requirement", "country", "people") == [
        ("board", "DE", None), ("security", "DE", 8), ("security", "GB", 10),
    ]  # fmt: skip
    assert [row[KEPT_BACK] for row in ask(company, "uptake").rows] == [True, True, False, False]
    assert {row["requirement"] for row in ask(company, "forecast").rows if row[KEPT_BACK]} == {"board"}


# --- over HTTP


def get(company: Company, name: str = "hr", path: str = FEED, *, etag: str = "", **params: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {company.readers[name][1]}"} | ({"If-None-Match": etag} if etag else {})
    return company.app.test_client().get(path, headers=headers, query_string=params or None)


def test_each_reader_is_told_of_their_own_people(company: Company) -> None:
    people = {name: get(company, name).get_json()["whole"] for name in company.readers}
    assert {name: whole.get("people") for name, whole in people.items()} == {
        "hr": 18, "auditor": 18, "chief": 17, "ann": 6, "dan": None,
    }  # fmt: skip
    assert people["dan"] == {KEPT_BACK: True}


def test_outside_the_scope_there_is_nobody(company: Company) -> None:
    outside = (("ann", "l2"), ("ann", "c"), ("dan", "a1"), ("hr", "nobody"))
    for figure, (name, manager) in product(FIGURES, outside):
        more = {"figure": figure, "requirement": "security"}
        answer = get(company, name, manager=manager, **more)
        assert answer.status_code == 404
        assert answer.get_json()["error"] == f"Nobody in your scope has the employee id {manager!r}"
        assert get(company, "ann", manager="l1", **more).status_code == 200
    assert company.app.test_client().get(FEED).status_code == 401


def test_nothing_of_a_small_group_is_sent_in_any_format(company: Company) -> None:
    params = {"group_by": "team"}
    row = next(row for row in get(company, **params).get_json()["rows"] if row["team"] == "l3")
    assert {name for name, value in row.items() if value is not None} == {"team", "team_name", KEPT_BACK}
    lines = get(company, path="/feeds/aggregates.csv", **params).data.decode("utf-8-sig")
    table = {row["team"]: row for row in csv.DictReader(io.StringIO(lines))}
    assert (table["l3"]["rate"], table["l3"][KEPT_BACK], table["l1"]["rate"]) == ("", "true", "0.8")
    answer = get(company, path="/feeds/aggregates.xlsx", **params)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    head, *cells = book.get_sheet_by_name("rates").to_python()
    sheet = {row[0]: dict(zip(head, row, strict=True)) for row in cells}
    assert (sheet["l3"]["rate"], sheet["l3"][KEPT_BACK], sheet["l1"]["rate"]) == ("", True, 0.8)
    assert book.sheet_names == ["rates", "About"]


def test_every_figure_in_every_format(company: Company) -> None:
    for figure in FIGURES:
        for extension in ("json", "csv", "xlsx"):
            answer = get(company, path=f"/feeds/aggregates.{extension}", figure=figure, requirement="security")
            assert answer.status_code == 200, answer.text
            if extension != "json":
                assert f'filename="{figure}-' in answer.headers["Content-Disposition"]


def test_the_answer_is_sent_again_only_where_it_changed(company: Company) -> None:
    first = get(company, "ann")
    assert get(company, "ann", etag=first.headers["ETag"]).status_code == 304
    record_statements(company.bridge, [result("a5", ACTIVITY, "passed", 0)], by=recorder())
    changed = get(company, "ann", etag=first.headers["ETag"])
    assert changed.status_code == 200
    assert changed.get_json()["whole"]["compliant"] == 5


def test_what_was_known_then_is_told_again(company: Company) -> None:
    then = datetime.now(UTC).isoformat()
    asked = get(company, known_at=then, figure="uptake").get_json()
    record_statements(company.bridge, [result("a5", ACTIVITY, "passed", 0)], by=recorder())
    assert get(company, known_at=then, figure="uptake").get_json() == asked
    assert get(company, figure="uptake").get_json()["rows"][1]["met"] == asked["rows"][1]["met"] + 1


def test_rows_sort_and_page(company: Company) -> None:
    more = {"group_by": "team"}
    rows = get(company, sort="-rate", limit=2, **more).get_json()
    assert ([row["team"] for row in rows["rows"]], rows["total"]) == (["l1", "l2"], 5)
    assert [row["team"] for row in get(company, sort="rate", **more).get_json()["rows"]][:2] == ["l2", "l1"]
    assert [row["team"] for row in get(company, limit=2, page=3, **more).get_json()["rows"]] == ["l3"]


WRONG = [
    ("colour=red&figure=weather", ["colour", "figure"]),
    ("group_by=team,department,country", ["group_by"]),
    ("group_by=team,team", ["group_by"]),
    ("group_by=colour", ["group_by"]),
    ("figure=working_time&group_by=requirement", ["group_by"]),
    ("figure=trend", ["requirement"]),
    ("figure=trend&group_by=team", ["group_by", "requirement"]),
    ("since=soon&as_of=31.03.2026&periods=x&limit=-1", ["since", "as_of", "periods", "limit"]),
    ("figure=forecast&periods=61&period=year", ["period", "periods"]),
    ("page=0", ["page"]),
    ("page=2", ["page"]),
    ("sort=colour", ["sort"]),
    ("figure=trend&requirement=security&since=2020-01-01", ["since"]),
    ("figure=working_time&since=2999-01-01", ["since"]),
    ("limit=1&limit=2", ["limit"]),
    ("as_of=0001-01-01&since=9999-12-31&known_at=0001-01-01T00:00:00%2B14:00", ["since", "as_of", "known_at"]),
]


def test_wrong_parameters_are_told_all_at_once(company: Company) -> None:
    for query, places in WRONG:
        answer = get(company, path=f"{FEED}?{query}")
        assert answer.status_code == 400, answer.text
        problems = answer.get_json()["problems"]
        assert [problem["place"] for problem in problems] == places
        assert all(problem["remedy"] for problem in problems)


def test_statements_from_a_clock_that_was_never_set(company: Company) -> None:
    for timestamp in ("0001-06-01T00:00:00Z", "9999-06-01T23:59:59Z"):
        told_it = result("a5", ACTIVITY, "passed", 0, timestamp=timestamp, result={"duration": "PT1H"})
        record_statements(company.bridge, [told_it], by=recorder())
    for figure in FIGURES:
        assert get(company, figure=figure, requirement="security").status_code == 200
    assert ask(company, "uptake").rows[1]["met"] == 11


def test_a_requirement_that_is_not_there(company: Company) -> None:
    for figure in FIGURES:
        with pytest.raises(RequestRefused) as refused:
            ask(company, figure, requirement="safety")
        assert [problem.place for problem in refused.value.problems] == ["requirement"]
    before = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(RequestRefused):
        ask(company, "trend", requirement="security", known_at=before)
    assert ask(company, "uptake", known_at=before).rows == []


# --- on the command line


def test_the_command_line_tells_the_same(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = company.bridge.settings
    monkeypatch.setenv("LRS_BRIDGE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("LRS_BRIDGE_DATABASE_URL", settings.database_url)
    for name in FIGURES:
        words = ["figures", name.replace("_", "-"), "--requirement", "security", "--as-of", str(TODAY)]
        done = CliRunner().invoke(cli, [*words, "--format", "csv"])
        assert done.exit_code == 0, done.output
        found = ask(company, name, requirement="security")
        table = list(csv.DictReader(io.StringIO(done.stdout_bytes.decode("utf-8-sig"))))
        assert len(table) == len(found.rows)
        assert CliRunner().invoke(cli, words).exit_code == 0
    by_team = CliRunner().invoke(cli, ["figures", "rates", "--group-by", "team,country", "--format", "csv"])
    assert by_team.stdout_bytes.decode("utf-8-sig").startswith("team,team_name,country,people,")
    wrong = CliRunner().invoke(cli, ["figures", "rates", "--known-at", "noon"])
    assert (wrong.exit_code, "not an instant" in wrong.output) == (2, True)
