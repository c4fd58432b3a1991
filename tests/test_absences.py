"""Absences one by one: reported by leaders, confirmed or refused by HR, in the service, over HTTP and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from lrs_bridge.errors import NotAllowed, NotFound, RequestRefused, RosterRefused
from lrs_bridge.services.absence_list import AbsenceQuery, absence_history, list_absences
from lrs_bridge.services.absences import confirm_absence, refuse_absence, report_absence, withdraw_absence
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.hr_scope import HR, Asker, hr
from lrs_bridge.services.import_absences import import_absences
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.readers import create_reader
from lrs_bridge.storage.people import person_key, person_records
from lrs_bridge.storage.schema.people import absence, hr_change
from tests.training_company import Company, opened_company, roster

ANN, BOB, CHIEF = Asker("010", "010"), Asker("020", "020"), Asker("001", "001")
HEAD = "employee_id,first_day,last_day,kind\n"


@pytest.fixture
def staffed(bridge: Bridge) -> Bridge:
    import_roster(bridge, roster(), source="roster.csv")
    return bridge


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with opened_company(tmp_path) as opened:
        yield opened


def said(employee_id: str = "011", **more: str) -> dict[str, str]:
    return {"employee_id": employee_id, "first_day": "2026-03-02", "last_day": "2026-03-20", "kind": "sick"} | more


def load(bridge: Bridge, *lines: str, kind: Any = "delta") -> None:
    import_absences(bridge, (HEAD + "\n".join(lines) + "\n").encode(), source="a.csv", kind=kind, who="Jo")


def listed(bridge: Bridge, by: Asker = HR, **more: Any) -> list[tuple[str, str]]:
    page = list_absences(bridge, AbsenceQuery(**more), Slice(), by=by)
    return [(row["employee_id"], row["state"]) for row in page.items]


def away(bridge: Bridge, employee_id: str = "011") -> list[str]:
    key = person_key(employee_id)
    with bridge.database.reading() as connection:
        found = person_records(connection, [key])[key].absences
    return [f"{one.period.first} {one.period.last} {one.kind}" for one in found]


def actions(bridge: Bridge, employee_id: str = "011") -> list[tuple[str, str, str]]:
    return [(row["action"], row["who"], row["because"]) for row in absence_history(bridge, employee_id)]


def everything(bridge: Bridge) -> list[Any]:
    with bridge.database.reading() as connection:
        return [sorted(connection.execute(sa.select(table)), key=str) for table in (absence, hr_change)]


# --- a leader reports, HR decides


def test_a_report_waits_until_hr_confirms_it(staffed: Bridge) -> None:
    made = report_absence(staffed, said(), ANN)
    assert (made.state, listed(staffed, waiting=True), away(staffed)) == ("pending", [("011", "pending")], [])
    confirmed = confirm_absence(staffed, made.id, who="Jo")
    assert (listed(staffed, waiting=True), listed(staffed)) == ([], [("011", "confirmed")])
    assert away(staffed) == ["2026-03-02 2026-03-20 short"]
    assert actions(staffed) == [("reported", "010", ""), ("confirmed", "Jo", "")]
    withdraw_absence(staffed, confirmed.id, who="Jo", because="a slip")
    assert (away(staffed), listed(staffed)) == ([], [])
    assert actions(staffed)[-1] == ("withdrawn", "Jo", "a slip")


def test_a_refused_report_never_counted(staffed: Bridge) -> None:
    made = report_absence(staffed, said(), ANN)
    refuse_absence(staffed, made.id, who="Jo", because="was at work")
    assert (away(staffed), listed(staffed)) == ([], [])
    assert actions(staffed) == [("reported", "010", ""), ("refused", "Jo", "was at work")]
    assert report_absence(staffed, said(), ANN).state == "pending"  # and may be reported again


def test_a_report_stands_at_once_where_the_setting_says_so_and_waits_for_hr_all_the_same(staffed: Bridge) -> None:
    stands = replace(staffed, settings=replace(staffed.settings, reported_absences_stand=True))
    made = report_absence(stands, said(), ANN)
    assert (made.state, len(away(staffed)), listed(staffed, waiting=True)) == ("standing", 1, [("011", "standing")])
    refuse_absence(staffed, made.id, who="Jo", because="was at work")
    assert away(staffed) == []


def test_hr_may_record_one_directly(staffed: Bridge) -> None:
    assert report_absence(staffed, said(last_day=""), hr("Jo")).state == "confirmed"
    assert away(staffed) == ["2026-03-02 None short"]
    assert actions(staffed) == [("recorded", "Jo", "")]


OUTSIDE = [
    (ANN, "021"), (ANN, "010"), (ANN, "001"), (ANN, "nobody"), (BOB, "011"), (HR, "11"), (Asker("x", "x"), "011"),
]  # fmt: skip


def test_outside_the_tree_nobody_is_there(staffed: Bridge) -> None:
    before = everything(staffed)
    for by, employee_id in OUTSIDE:
        with pytest.raises(NotFound, match=f"Nobody in your scope has the employee id '{employee_id}'"):
            report_absence(staffed, said(employee_id), by)
    for by in (Asker("nobody"), Asker("Audit", sees_everybody=True)):
        with pytest.raises(NotAllowed):
            report_absence(staffed, said(), by)
    assert everything(staffed) == before
    assert listed(staffed, Asker("nobody")) == []


def test_the_file_of_hr_settles_a_report_of_the_same_first_day(staffed: Bridge) -> None:
    report_absence(staffed, said(), ANN)
    report_absence(staffed, said("012"), ANN)
    load(staffed, "011,2026-03-02,2026-03-27,sick", "013,2026-03-02,,parental", kind="snapshot")
    # what HR does not list is not denied: it waits on
    assert listed(staffed) == [("011", "confirmed"), ("012", "pending"), ("013", "confirmed")]
    assert away(staffed) == ["2026-03-02 2026-03-27 short"]
    load(staffed, kind="snapshot")
    assert listed(staffed) == [("012", "pending")]
    assert actions(staffed) == [
        ("reported", "010", ""), ("confirmed", "Jo", "the file a.csv"), ("ended", "Jo", "the file a.csv"),
    ]  # fmt: skip


def test_a_correction_keeps_what_was_said_before(staffed: Bridge) -> None:
    load(staffed, "011,2026-03-02,2026-03-27,sick")
    load(staffed, "011,2026-03-02,2026-04-10,sick")
    first, second = absence_history(staffed, "011")
    assert first["after"] == second["before"] == {
        "first_day": "2026-03-02", "last_day": "2026-03-27", "kind": "short", "state": "confirmed",
    }  # fmt: skip
    assert (second["action"], second["after"]["last_day"]) == ("corrected", "2026-04-10")
    with staffed.database.reading() as connection:
        rows = connection.execute(sa.select(absence).order_by(absence.c.recorded)).all()
    assert [(str(row.last_day), row.withdrawn is None) for row in rows] == [("2026-03-27", False), ("2026-04-10", True)]


# --- what is refused, in words; nothing is half done

REFUSED = [
    ({"last_day": "2026-03-01"}, "last_day", "the absence ends on 2026-03-01, before it starts on 2026-03-02"),
    ({"kind": "hiking"}, "kind", '"hiking" is not a known kind of absence'),
    ({"kind": ""}, "kind", "kind is empty"),
    ({"first_day": ""}, "first_day", "first_day is empty"),
    ({"first_day": "02/03/2026"}, "first_day",
     '"02/03/2026" is not a date as YYYY-MM-DD: which part is the day cannot be known'),
    ({"first_day": "9999-12-31", "last_day": ""}, "first_day",
     '"9999-12-31" cannot be: the year must lie between 1900 and 2200'),
    ({"first_day": "2026-03-30", "last_day": "2026-04-02"}, "first_day",
     "the absence of 011 from 2026-03-30 to 2026-04-02 overlaps the one from 2026-04-01 with no end "
     "that is recorded already"),
]  # fmt: skip


def test_what_cannot_be_is_refused(staffed: Bridge) -> None:
    load(staffed, "011,2026-04-01,9999-12-31,parental")  # how HR systems write: no end
    assert away(staffed) == ["2026-04-01 None long"]
    before = everything(staffed)
    for wrong, place, words in REFUSED:
        with pytest.raises(RequestRefused) as refused:
            report_absence(staffed, said(**wrong), ANN)
        assert [(problem.place, problem.reason) for problem in refused.value.problems] == [(place, words)]
    assert everything(staffed) == before


OVERLAPS = [
    (["011,2026-03-20,2026-03-25,sick"], "a.csv:2:first_day",
     "the absence of 011 from 2026-03-20 to 2026-03-25 overlaps the one from 2026-03-02 to 2026-03-20 "
     "that is recorded already"),
    (["012,2026-01-01,2026-01-31,sick", "012,2026-01-31,,parental"], "a.csv:3:first_day",
     "the absence of 012 from 2026-01-31 with no end overlaps the one from 2026-01-01 to 2026-01-31 in a.csv:2"),
    (["012,2026-01-01,2026-01-31,sick", "012,2026-01-01,2026-01-31,parental"], "a.csv:3:first_day",
     "the absence of 012 from 2026-01-01 to 2026-01-31 overlaps the one from 2026-01-01 to 2026-01-31 in a.csv:2"),
]  # fmt: skip


def test_a_file_with_absences_that_overlap_is_refused_whole(staffed: Bridge) -> None:
    load(staffed, "011,2026-03-02,2026-03-20,sick")
    before = everything(staffed)
    for lines, place, words in OVERLAPS:
        with pytest.raises(RosterRefused) as refused:
            load(staffed, *lines, "015,2026-05-01,2026-05-09,sick")
        assert [(problem.place, problem.reason) for problem in refused.value.problems] == [(place, words)]
    assert everything(staffed) == before


def test_absences_that_touch_and_those_that_a_file_moves_do_not_overlap(staffed: Bridge) -> None:
    load(staffed, "011,2026-03-02,,sick")
    load(staffed, "011,2026-03-02,2026-03-20,sick", "011,2026-03-21,,parental")
    load(staffed, "011,2026-03-10,,parental", kind="snapshot")
    assert away(staffed) == ["2026-03-10 None long"]


def test_a_report_that_overlaps_hrs_word_cannot_be_confirmed(staffed: Bridge) -> None:
    made = report_absence(staffed, said(), ANN)
    load(staffed, "011,2026-03-10,2026-03-30,sick")
    with pytest.raises(RequestRefused) as refused:
        confirm_absence(staffed, made.id, who="Jo")
    assert "overlaps the one from 2026-03-10 to 2026-03-30" in refused.value.problems[0].reason
    assert listed(staffed, waiting=True) == [("011", "pending")]


def test_what_is_settled_is_settled_once_and_every_change_is_signed(staffed: Bridge) -> None:
    made = report_absence(staffed, said(), ANN)
    for who, because in (("", "x"), ("Jo", " ")):
        with pytest.raises(RequestRefused, match="It is not said"):
            refuse_absence(staffed, made.id, who=who, because=because)
    confirmed = confirm_absence(staffed, made.id, who="Jo")
    with pytest.raises(RequestRefused, match="was settled before"):
        confirm_absence(staffed, made.id, who="Jo")
    with pytest.raises(RequestRefused, match="is confirmed already"):
        refuse_absence(staffed, confirmed.id, who="Jo", because="late")
    with pytest.raises(NotFound, match="No absence has the id"):
        withdraw_absence(staffed, uuid4(), who="Jo", because="x")


def test_of_many_who_report_or_confirm_at_once_one_is_first(staffed: Bridge) -> None:
    def tried(work: Callable[[], object]) -> bool:
        try:
            work()
        except RequestRefused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(tried, [lambda: report_absence(staffed, said(), ANN)] * 6)) == 1
        (row,) = list_absences(staffed, AbsenceQuery(), Slice()).items
        assert sum(pool.map(tried, [lambda: confirm_absence(staffed, row["id"], who="Jo")] * 6)) == 1
    assert [action for action, _, _ in actions(staffed)] == ["reported", "confirmed"]


# --- lists


def test_the_list_is_filtered_sorted_and_paged(staffed: Bridge) -> None:
    load(staffed, "011,2026-01-01,2026-01-09,sick", "012,2026-02-01,,parental", "021,2026-01-05,2026-01-06,sick")
    report_absence(staffed, said("022"), BOB)
    assert [key for key, _ in listed(staffed)] == ["011", "012", "021", "022"]
    assert [key for key, _ in listed(staffed, manager="010")] == ["011", "012"]
    assert [key for key, _ in listed(staffed, by=CHIEF, manager="020")] == ["021", "022"]
    assert [key for key, _ in listed(staffed, by=BOB)] == ["021", "022"]
    assert [key for key, _ in listed(staffed, employee_id="012")] == ["012"]
    assert [key for key, _ in listed(staffed, on=date(2026, 1, 6))] == ["011", "021"]
    page = list_absences(staffed, AbsenceQuery(), Slice("-last_day", 2, 1))
    assert ([row["employee_id"] for row in page.items], page.total) == (["011", "021"], 4)
    for by, query in ((BOB, {"manager": "010"}), (BOB, {"employee_id": "011"}), (HR, {"employee_id": "11"})):
        with pytest.raises(NotFound):
            listed(staffed, by=by, **query)
    with pytest.raises(RequestRefused) as refused:
        list_absences(staffed, AbsenceQuery(), Slice("kind"))
    assert refused.value.problems[0].reason == "is 'kind'"


# --- over HTTP


def ask(company: Company, name: str, method: str = "GET", path: str = "", **more: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {company.readers[name][1]}"}
    return company.app.test_client().open(f"/absences{path}", method=method, headers=headers, **more)


def test_leaders_report_over_http_and_hr_confirms(company: Company) -> None:
    answer = ask(company, "ann", "POST", json=said())
    assert (answer.status_code, answer.get_json()["state"]) == (201, "pending")
    made = UUID(answer.get_json()["id"])
    (row,) = ask(company, "ann", query_string={"pending": "true"}).get_json()["absences"]
    assert set(row) == {"id", "employee_id", "name", "first_day", "last_day", "state", "who", "recorded"}
    assert (row["id"], row["name"], row["who"], row["last_day"]) == (str(made), "Zoe Done", "010", "2026-03-20")
    assert ask(company, "bob").get_json() == {"total": 0, "absences": []}
    assert ask(company, "ann", "POST", f"/{made}/confirm").status_code == 403
    confirmed = ask(company, "hr", "POST", f"/{made}/confirm").get_json()
    assert confirmed["state"] == "confirmed"
    rows = ask(company, "hr", query_string={"employee_id": "011"}).get_json()["absences"]
    assert [(row["kind"], row["who"]) for row in rows] == [("short", "Hr")]


def test_hr_refuses_over_http_with_the_reason(company: Company) -> None:
    made = ask(company, "ann", "POST", json=said()).get_json()["id"]
    assert ask(company, "hr", "POST", f"/{made}/refuse", json={}).status_code == 400
    assert ask(company, "hr", "POST", f"/{made}/refuse", json={"because": "was at work"}).status_code == 204
    assert actions(company.bridge)[-1] == ("refused", "Hr", "was at work")


def test_the_reason_of_an_absence_is_for_hr_only(company: Company) -> None:
    company.readers["auditor"] = create_reader(company.bridge, "Audit", role="auditor")
    for name in ("ann", "chief", "auditor"):
        rows = ask(company, name).get_json()["absences"]
        assert [row["employee_id"] for row in rows] == ["013"]
        assert not any("kind" in row for row in rows)
    assert ask(company, "hr").get_json()["absences"][0]["kind"] == "long"


def test_outside_the_tree_it_is_404_and_wrong_bodies_are_told(company: Company) -> None:
    company.readers["auditor"] = create_reader(company.bridge, "Audit", role="auditor")
    assert ask(company, "ann", "POST", json=said("021")).status_code == 404
    assert ask(company, "ann", query_string={"employee_id": "021"}).status_code == 404
    company.readers["admin"] = create_reader(company.bridge, "Admin", role="admin")
    assert ask(company, "auditor", "POST", json=said()).status_code == 403
    assert ask(company, "admin", "POST", json=said()).status_code == 403
    assert ask(company, "admin").status_code == 403
    assert ask(company, "hr", "POST", f"/{uuid4()}/confirm").status_code == 404
    wrong = ask(company, "ann", "POST", json=said(first_day="2026-03-30") | {"kind": 7, "why": "flu"})
    assert wrong.status_code == 400
    assert {(one["place"], one["reason"]) for one in wrong.get_json()["problems"]} == {
        ("kind", "is not a text"), ("why", "is not known here"),
    }  # fmt: skip
    for query in ({"limit": "0"}, {"pending": "perhaps"}, {"on": "soon"}, {"why": "x"}, {"sort": "kind"}):
        assert ask(company, "ann", query_string=query).status_code == 400, query
    answer = company.app.test_client().get("/absences")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="LRS Bridge"')
