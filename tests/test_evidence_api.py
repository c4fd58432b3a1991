"""/evidence: who may record and see what, what is refused in which words; and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lrs_bridge.services.credentials import create_credential
from lrs_bridge.services.readers import create_reader
from tests.test_cli import Terminal, run  # noqa: F401  a fixture
from tests.training_company import ACTIVITIES, TODAY, Company, opened_company

WORKSHOP = {"employee_id": "012", "kind": "workshop", "activity": ACTIVITIES[0], "date": "2026-01-05",
            "outcome": "passed", "score": 0.9, "duration_minutes": 90}  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with opened_company(tmp_path_factory.mktemp("evidence")) as opened:
        opened.readers["auditor"] = create_reader(opened.bridge, "Auditor", role="auditor")
        yield opened


def ask(company: Company, who: str, method: str, path: str = "/evidence", **more: Any) -> TestResponse:
    """``who``: a reader's name, or the scope of a credential."""
    client = company.app.test_client()
    if who in company.readers:
        headers = {"Authorization": f"Bearer {company.readers[who][1]}"}
        return client.open(path, method=method, headers=headers, **more)
    made, secret = create_credential(company.bridge, "HR system", [who])
    return client.open(path, method=method, auth=(made.key, secret), **more)


def test_a_leader_records_for_their_own_and_is_the_assessor(company: Company) -> None:
    made = ask(company, "ann", "POST", json=WORKSHOP)
    assert made.status_code == 201, made.text
    record = made.get_json()
    assert (record["assessor"], record["entered_by"], record["source"]) == ("010", "Ann", "API")
    assert (record["score"], record["duration_minutes"], record["withdrawn"]) == (0.9, 90, None)
    again = ask(company, "ann", "POST", json=WORKSHOP)
    assert (again.status_code, again.get_json()["id"]) == (200, record["id"])
    changed = ask(company, "hr", "POST", json=WORKSHOP | {"assessor": "010", "score": "60 %"})
    assert (changed.status_code, changed.get_json()["score"]) == (201, 0.6)
    feed = ask(company, "ann", "GET", "/feeds/compliance.json?requirement=security").get_json()
    (row,) = [row for row in feed["rows"] if row["employee_id"] == "012"]
    assert changed.get_json()["id"] in row["evidence"]


@pytest.mark.parametrize(
    ("who", "employee_id", "code"),
    [
        ("ann", "021", 404),  # of another team
        ("ann", "010", 404),  # nobody vouches for themselves
        ("ann", "999", 404),  # nobody at all looks the same
        ("chief", "021", 201),
        ("hr", "090", 201),
        ("hr", "999", 400),
        ("evidence", "022", 201),
        ("auditor", "012", 403),
        ("launches", "012", 403),
    ],
)
def test_who_may_record(company: Company, who: str, employee_id: str, code: int) -> None:
    answer = ask(company, who, "POST", json=WORKSHOP | {"employee_id": employee_id})
    assert answer.status_code == code, answer.text


def test_without_a_token_it_says_how_to_come_in(company: Company) -> None:
    answer = company.app.test_client().get("/evidence")
    assert answer.status_code == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "seminar"}, "/kind", '"seminar" is not a kind of evidence'),
    ({"date": "05.01.2026"}, "/date", "which part is the day cannot be known"),
    ({"score": 90}, "/score", '"90" is not between 0 and 1'),
    ({"grade": 1}, "/grade", "is not a member of evidence"),
    ({"title": 7}, "/title", "must be text"),
    ({"outcome": ""}, "/outcome", "outcome is empty"),
    ({"criteria": {"greeting": 0.5}}, "/criteria", "criteria are graded in an assessment"),
    ({"kind": "assessment", "criteria": {"greeting": 5}}, "/criteria", "greeting: grade: 5 is not between 0 and 1"),
    ({"employee_id": "0012"}, "/employee_id", "0012 is in no roster; 012 may be meant"),
]


@pytest.mark.parametrize(("instead", "place", "words"), BAD, ids=[words for _, _, words in BAD])
def test_what_is_refused(company: Company, instead: dict[str, Any], place: str, words: str) -> None:
    answer = ask(company, "hr", "POST", json=WORKSHOP | {"date": "2026-01-06", "assessor": "010"} | instead)
    assert answer.status_code == 400
    (problem,) = answer.get_json()["problems"]
    assert problem["place"] == place
    assert words in problem["reason"]


@pytest.mark.parametrize("body", ["[]", "{", '"x"', "7"])
def test_no_object_is_refused(company: Company, body: str) -> None:
    assert ask(company, "hr", "POST", data=body).status_code == 400


def test_lists_are_of_the_readers_own_people(company: Company) -> None:
    for employee_id in ("011", "021"):
        posted = ask(company, "hr", "POST", json=WORKSHOP | {"employee_id": employee_id, "date": "2026-01-07"})
        assert posted.status_code == 201
    query = "/evidence?since=2026-01-07&until=2026-01-07&kind=workshop&sort=employee_id"
    seen = {
        who: [item["employee_id"] for item in ask(company, who, "GET", query).get_json()["items"]]
        for who in ("ann", "bob", "chief", "hr", "auditor")
    }
    everybody = ["011", "021"]
    assert seen == {"ann": ["011"], "bob": ["021"], "chief": everybody, "hr": everybody, "auditor": everybody}
    page = ask(company, "hr", "GET", f"{query}&limit=1&offset=1").get_json()
    assert (page["total"], [item["employee_id"] for item in page["items"]]) == (2, ["021"])
    wrong = ask(company, "hr", "GET", "/evidence?kind=x&since=monday&limit=-1&colour=red&withdrawn=yes")
    assert wrong.status_code == 400
    assert {problem["place"] for problem in wrong.get_json()["problems"]} >= {"since", "limit", "colour", "withdrawn"}


def test_withdrawing_needs_a_reason_and_the_scope(company: Company) -> None:
    body = WORKSHOP | {"employee_id": "015", "date": "2026-01-08"}
    record_id = ask(company, "ann", "POST", json=body).get_json()["id"]
    path = f"/evidence/{record_id}"
    assert ask(company, "ann", "GET", path).get_json()["date"] == "2026-01-08"
    assert ask(company, "bob", "GET", path).status_code == 404
    for who, reason, code in (
        ("bob", {"because": "x"}, 404),
        ("auditor", {"because": "x"}, 403),
        ("ann", {}, 400),
        ("ann", {"because": " "}, 400),
        ("ann", {"why": "x"}, 400),
        ("ann", {"because": "wrong person"}, 200),
        ("ann", {"because": "wrong person"}, 400),
    ):
        answer = ask(company, who, "POST", f"{path}/withdrawal", json=reason)
        assert answer.status_code == code, (who, reason, answer.text)
    gone = ask(company, "hr", "GET", path).get_json()
    assert (gone["because"], gone["withdrawn_by"]) == ("wrong person", "Ann")
    refused = ask(company, "hr", "POST", json=body | {"assessor": "010"})
    assert (refused.status_code, "was withdrawn by Ann" in refused.text) == (400, True)
    assert ask(company, "hr", "GET", "/evidence?employee_id=015").get_json()["total"] == 0
    listed = ask(company, "hr", "GET", "/evidence?employee_id=015&withdrawn=true").get_json()["items"]
    assert [item["id"] for item in listed] == [record_id]


# --- the command line


FILE = """\
employee_id,kind,activity,date,outcome
000123,workshop,https://learn.example.com/courses/security/1,2026-03-02,passed
"""


def test_the_command_line(run: Terminal, tmp_path: Path) -> None:  # noqa: F811
    roster, file, wrong = tmp_path / "people.csv", tmp_path / "workshops.csv", tmp_path / "wrong.csv"
    roster.write_text("employee_id,given_name,family_name,hire_date\n000123,Sam,Okoro,2020-02-03\n")
    file.write_text(FILE)
    wrong.write_text(FILE.replace("000123", "123").replace("workshop", "seminar"))
    assert run("roster", "import", roster).code == 0
    refused = run("evidence", "import", wrong)
    assert refused.code == 1
    assert 'wrong.csv:2:kind: "seminar" is not a kind of evidence' in refused.err
    done = run("evidence", "import", file, "--by", "Training office")
    assert (done.code, done.out.strip()) == (0, "workshops.csv: 1 new, 0 changed, 0 unchanged")
    assert run("evidence", "import", file, "--format", "json").json["unchanged"] == 1
    listed = run("evidence", "list", "--person", "000123", "--format", "json").json
    assert (listed["total"], listed["items"][0]["entered_by"]) == (1, "Training office")
    assert "stands" in run("evidence", "list").out
    record_id = listed["items"][0]["id"]
    gone = run("evidence", "withdraw", record_id, "--because", "wrong person", "--by", "HR", "--format", "json")
    assert json.loads(gone.out)["because"] == "wrong person"
    assert run("evidence", "withdraw", record_id, "--because", "again", "--by", "HR").code == 1
    assert run("evidence", "list", "--kind", "seminar").code == 2
    assert run("evidence", "list", "--since", f"{TODAY}", "--format", "json").json["total"] == 0
