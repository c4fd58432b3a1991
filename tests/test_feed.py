"""/feeds/compliance over HTTP: scope, filters, freshness, the past, and files that spreadsheets open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from lrs_bridge.feeds.relation import COLUMNS
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import create_reader, revoke_reader
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.schema.compliance import compliance_status, dirty_person
from lrs_bridge.storage.schema.statements import reader
from tests.statements import recorder, voiding
from tests.training_company import ACTIVITIES, TODAY, Company, opened_company, result, roster

FEED = "/feeds/compliance.json"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with opened_company(tmp_path) as opened:
        yield opened


@pytest.fixture
def company_on_each(tmp_path: Path, database_url: str) -> Iterator[Company]:
    with opened_company(tmp_path, database_url) as opened:
        yield opened


def ask(company: Company, name: str = "hr", path: str = FEED, *, etag: str = "", **params: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {company.readers[name][1]}"} | ({"If-None-Match": etag} if etag else {})
    return company.app.test_client().get(path, headers=headers, query_string=params or None)


def rows(company: Company, name: str = "hr", **params: Any) -> list[dict[str, Any]]:
    answer = ask(company, name, **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["rows"]
    return found


def states(company: Company, name: str = "hr", **params: Any) -> dict[str, str]:
    found = rows(company, name, **{"requirement": "security"} | params)
    return {row["employee_id"]: f"{row['status']} {row['reason']}" for row in found}


EVERYBODY = {
    "001": "missing overdue",
    "010": "compliant current",
    "011": "compliant current",
    "012": "missing overdue",
    "013": "exempt absent",
    "014": "exempt waiver",
    "015": "missing overdue",
    "020": "missing overdue",
    "021": "missing overdue",
    "022": "compliant current",
    "090": "missing overdue",
}


# --- who sees whom


SCOPES = [
    ("hr", "", "001 010 011 012 013 014 015 020 021 022 090"),
    ("hr", "020", "021 022"),
    ("hr", "090", ""),
    ("chief", "", "010 011 012 013 014 015 020 021 022"),
    ("chief", "001", "010 011 012 013 014 015 020 021 022"),
    ("chief", "010", "011 012 013 014 015"),
    ("ann", "", "011 012 013 014 015"),
    ("bob", "020", "021 022"),
    ("bob", "022", ""),
]
OUTSIDE = [
    ("ann", "020"), ("ann", "001"), ("ann", "021"), ("bob", "090"), ("bob", "nobody"), ("hr", "nobody"), ("hr", "\0"),
]  # fmt: skip


def test_each_reader_sees_their_own_tree(company_on_each: Company) -> None:
    for name, manager, seen in SCOPES:
        found = states(company_on_each, name, **({"manager": manager} if manager else {}))
        assert found == {person: EVERYBODY[person] for person in seen.split()}, (name, manager)


def test_a_manager_outside_the_scope_looks_like_nobody(company_on_each: Company) -> None:
    for name, manager in OUTSIDE:
        answer = ask(company_on_each, name, manager=manager)
        assert answer.status_code == 404
        assert answer.get_json()["error"] == f"Nobody in your scope has the employee id {manager!r}"


def test_other_filters_do_not_widen_the_scope(company: Company) -> None:
    assert rows(company, "bob", department="Contact Centre") == []
    assert {row["employee_id"] for row in rows(company, "bob", as_of=str(TODAY))} == {"021", "022"}
    assert ask(company, "bob", "/feeds/compliance.csv").text.count("\n021,") == 2
    assert "\n011," not in ask(company, "bob", "/feeds/compliance.csv").text


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer x", "Bearer \0", "Basic YTpi", "Token x"])
def test_without_a_readers_token(company: Company, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    for extension in ("json", "csv"):
        answer = company.app.test_client().get(f"/feeds/compliance.{extension}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "Basic" in answer.headers.getlist("WWW-Authenticate")[1]


def test_a_token_is_a_password_too_for_calendars(company: Company) -> None:
    client, path = company.app.test_client(), "/feeds/compliance.ics"
    assert client.get(path, auth=("anybody", company.readers["ann"][1])).status_code == 200
    assert client.get(path, auth=(company.readers["ann"][1], "x")).status_code == 401
    assert client.get("/feeds/compliance.json", auth=("", company.readers["bob"][1])).get_json()["total"] == 4


def test_a_revoked_or_expired_reader_sees_nothing(company: Company) -> None:
    revoke_reader(company.bridge, company.readers["ann"][0].id)
    assert ask(company, "ann").status_code == 401
    company.readers["brief"] = create_reader(company.bridge, "Brief", role="hr", days=1)
    assert ask(company, "brief").status_code == 200
    past = datetime.now(UTC) - timedelta(seconds=1)
    with company.bridge.database.writing() as connection:
        ended = sa.update(reader).where(reader.c.id == company.readers["brief"][0].id)
        connection.execute(ended.values(expires=past))
    assert ask(company, "brief").status_code == 401


# --- what it says


def test_a_row_is_whole(company: Company) -> None:
    answer = ask(company, requirement="security").get_json()
    assert set(answer) == {
        "as_of", "known_at", "roster", "total", "counts", "requirements", "rows", "next", "delta"
    }  # fmt: skip
    assert answer["counts"] == {"compliant": 3, "missing": 6, "exempt": 2, "overdue": 6}
    assert answer["requirements"]["security"] == "Security essentials"
    assert answer["roster"]["source"] == "roster.csv"
    assert answer["roster"]["days"] == 0
    late = next(row for row in answer["rows"] if row["employee_id"] == "012")
    assert tuple(late) == COLUMNS
    assert late | {"next_change": None} == {
        "employee_id": "012", "name": "Yan Late", "manager_id": "010", "department": "Contact Centre",
        "location": "", "country": "", "requirement": "security", "requirement_version": 1, "status": "missing",
        "reason": "overdue", "progress": "failed", "due": str(TODAY - timedelta(days=3)), "last_valid_day": None,
        "next_change": None, "overdue_before_absence": False, "modules_met": 0, "modules_total": 2, "evidence": [],
    }  # fmt: skip
    done = next(row for row in answer["rows"] if row["employee_id"] == "011")
    assert (done["modules_met"], len(done["evidence"])) == (2, 2)


def ids(company: Company, **params: Any) -> str:
    return " ".join(row["employee_id"] for row in rows(company, **{"requirement": "security"} | params))


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"status": "compliant"}, "010 011 022"),
        ({"status": "exempt"}, "013 014"),
        ({"reason": "waiver"}, "014"),
        ({"status": "missing", "department": "Sales"}, "020 021"),
        ({"country": "DE"}, ""),
        ({"requirement": "selling", "status": "missing"}, "020 021"),
        ({"due_until": str(TODAY - timedelta(days=4))}, ""),
        ({"due_until": str(TODAY), "department": "Sales"}, "020 021"),
        ({"due_from": str(TODAY), "due_until": str(TODAY + timedelta(days=400))}, "010 011 022"),
        ({"progress": "failed"}, "012"),
        ({"progress": "in_progress", "location": ""}, "015"),
        ({"location": "Paris"}, ""),
        ({"employee": "012"}, "012"),
        ({"employee": "012", "manager": "020"}, ""),
        ({"sort": "-employee_id", "limit": "3"}, "090 022 021"),
        ({"sort": "name", "limit": "3"}, "010 021 020"),
        ({"limit": "2"}, "001 010"),
        ({"limit": "2", "page": "2"}, "011 012"),
        ({"limit": "2", "page": "6"}, "090"),
        ({"limit": "2", "page": "99999999999999999999"}, ""),
        ({"limit": "0"}, ""),
    ],
)
def test_filters_sort_and_pages(company: Company, params: dict[str, str], expected: str) -> None:
    assert ids(company, **params) == expected


def test_every_column_sorts_both_ways(company_on_each: Company) -> None:
    for column in COLUMNS:
        for sort in (column, f"-{column}"):
            assert len(rows(company_on_each, sort=sort)) == 22


def test_the_total_counts_every_page(company: Company) -> None:
    answer = ask(company, requirement="security", limit="2").get_json()
    assert (answer["total"], len(answer["rows"]), answer["counts"]["missing"]) == (11, 2, 6)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("colour=red", ["colour"]),
        ("as_of=soon&due_until=31.03.2026&known_at=noon", ["as_of", "due_until", "known_at"]),
        ("due_from=2026-04-01&due_until=2026-03-31", ["due_from"]),
        ("limit=-1&page=x", ["limit", "page"]),
        ("page=2", ["page"]),
        ("page=0&limit=1", ["page"]),
        ("after=x", ["after"]),
        ("requirement=unknown&status=late", ["status", "requirement"]),
        ("delta=x&limit=5&as_of=2026-01-01", ["as_of", "limit"]),
        ("delta=x", ["delta"]),
        ("limit=%C2%B2", ["limit"]),
        ("status=late&sort=colour&reason=lazy", ["status", "reason", "sort"]),
        ("sort=", ["sort"]),
        ("status=late&limit=x&Manager=1", ["limit", "Manager", "status"]),
        ("limit=1&limit=2", ["limit"]),
    ],
)
def test_wrong_parameters_are_told_all_at_once(company: Company, query: str, places: list[str]) -> None:
    answer = ask(company, path=f"{FEED}?{query}")
    assert answer.status_code == 400
    problems = answer.get_json()["problems"]
    assert [problem["place"] for problem in problems] == places
    assert all(problem["remedy"] for problem in problems)


# --- fresh at every request


def add(company: Company, *statements: dict[str, Any]) -> None:
    record_statements(company.bridge, statements, by=recorder())


def test_one_statement_changes_the_next_answer_and_voiding_changes_it_back(company_on_each: Company) -> None:
    company = company_on_each
    first = ask(company, "ann")
    etag = first.headers["ETag"]
    assert ask(company, "ann", etag=etag).status_code == 304
    one, two = (result("012", activity, "passed", 0) for activity in ACTIVITIES)
    add(company, one)
    halfway = ask(company, "ann", etag=etag)
    assert halfway.status_code == 200
    assert states(company, "ann")["012"] == "missing overdue"
    add(company, two)
    changed = ask(company, "ann", etag=halfway.headers["ETag"])
    assert changed.status_code == 200
    row = next(
        row for row in changed.get_json()["rows"] if (row["employee_id"], row["requirement"]) == ("012", "security")
    )
    assert (row["status"], sorted(row["evidence"])) == ("compliant", sorted([one["id"], two["id"]]))
    assert ask(company, "ann", etag=changed.headers["ETag"]).status_code == 304
    add(company, voiding(one["id"]))
    assert ask(company, "ann", etag=changed.headers["ETag"]).status_code == 200
    assert states(company, "ann")["012"] == "missing overdue"


def test_an_etag_is_of_one_reader_query_and_format(company: Company) -> None:
    etag = ask(company, "ann").headers["ETag"]
    assert ask(company, "bob", etag=etag).status_code == 200
    assert ask(company, "ann", etag=etag, status="missing").status_code == 200
    assert ask(company, "ann", "/feeds/compliance.csv", etag=etag).status_code == 200
    assert ask(company, "ann", etag=f'"other", {etag}').status_code == 304
    assert "no-cache" in ask(company, "ann").headers["Cache-Control"]


def test_a_day_that_has_come_changes_a_status_with_no_event(company_on_each: Company) -> None:
    """The statuses are those of a week ago, when nothing was overdue; nobody is dirty."""
    company = company_on_each
    bridge = company.bridge
    assert states(company) == EVERYBODY
    with bridge.database.writing() as connection:
        assert connection.execute(sa.select(dirty_person)).all() == []
        last_week = {"status": "missing", "reason": "due_soon", "next_change": TODAY - timedelta(days=2)}
        connection.execute(
            sa.update(compliance_status).where(compliance_status.c.reason == "overdue").values(last_week)
        )
    assert states(company) == EVERYBODY


# --- the past


def test_as_of_answers_for_another_day(company_on_each: Company) -> None:
    company = company_on_each
    before = states(company, as_of=str(TODAY - timedelta(days=4)))
    assert before["012"] == "missing due_soon"
    assert before["011"] == "compliant current"
    assert states(company, as_of="2019-12-31") == dict.fromkeys(EVERYBODY, "exempt not_employed")
    assert states(company, as_of=str(TODAY + timedelta(days=10)))["014"] == "missing overdue"
    assert states(company, as_of="9999-12-31")["011"] == "missing expired"
    assert ask(company, as_of="0001-01-01").status_code == 200


def test_known_at_answers_what_was_believed_then(company_on_each: Company) -> None:
    company = company_on_each
    assert rows(company, known_at="2020-01-01T00:00:00Z") == []
    then = datetime.now(UTC).isoformat()
    asked = ask(company, known_at=then).get_json()
    import_roster(
        company.bridge,
        roster().replace(b"Yan,Late", b"Yan,Renamed").replace(b"021,<b>Bold</b>", b"021,Bold"),
        source="corrected.csv",
        as_of=date(TODAY.year, TODAY.month, TODAY.day),
    )
    add(company, *(result("012", activity, "passed", 0) for activity in ACTIVITIES))
    assert ask(company, known_at=then).get_json() == asked
    now = {row["employee_id"]: row for row in rows(company, requirement="security")}
    assert (now["012"]["name"], now["012"]["status"]) == ("Yan Renamed", "compliant")
    old = {row["employee_id"]: row for row in asked["rows"] if row["requirement"] == "security"}
    assert (old["012"]["name"], old["012"]["status"]) == ("Yan Late", "missing")
    assert asked["roster"]["source"] == "roster.csv"
    assert ask(company).get_json()["roster"]["source"] == "corrected.csv"


def test_instants_at_the_ends_of_time(company: Company) -> None:
    for instant in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-31"):
        assert ask(company, known_at=instant).status_code == 200, instant


# --- files for spreadsheets


def test_csv_opens_in_a_spreadsheet_without_harm(company: Company) -> None:
    text = roster().decode().replace("Yan,Late", '"=HYPERLINK(""http://x"")",Näme').replace("Zoe,Done", "@Zoe,-1")
    import_roster(company.bridge, text.encode(), source="roster.csv")
    answer = ask(company, "ann", "/feeds/compliance.csv", requirement="security")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert f'filename="compliance-{datetime.now(UTC).date()}.csv"' in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [*table[0]] == [*COLUMNS, "as_of", "known_at", "roster_as_of", "roster_age_days"]
    names = {row["employee_id"]: row["name"] for row in table}
    assert names["011"] == "'@Zoe -1"
    assert names["012"] == '\'=HYPERLINK("http://x") Näme'
    assert {row["employee_id"]: f"{row['status']} {row['reason']}" for row in table} == states(company, "ann")
