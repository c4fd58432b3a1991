"""The review queue, and deciding over HTTP and on the command line, as HR would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from lrs_bridge.cli import cli
from lrs_bridge.domain.actors import actor_key_of
from lrs_bridge.errors import RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.identity_decisions import accept, merge, reject, split
from lrs_bridge.services.identity_history import history, identities_of_person
from lrs_bridge.services.identity_review import Review, review
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import create_reader
from lrs_bridge.services.record_statements import record_statements, record_within
from lrs_bridge.services.refresh_compliance import refresh
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now
from lrs_bridge.storage.schema.statements import unmatched
from tests.callers import Caller, bridge_of
from tests.statements import COURSE, HOME_PAGE, passed, recorder

HEADER = "employee_id,given_name,family_name,email,lms_account,department,hire_date\n"
STAFF = """\
001,Ann,Lead,ann@example.com,58,Sales,2020-01-01
002,Ann,Lead,,,Service,2021-01-01
003,Robert,Able,able@example.com,,Service,2022-01-01
"""
REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
audience = [ {{ department = ["Service"] }} ]
due = {{ days = 30, after = "hire" }}
[[requirement.module]]
activity = "{COURSE}"
"""
FORMER = {"mbox": "mailto:ann@example.com"}
NAMED = {"name": "Ann Lead", "mbox": "mailto:al@example.org"}
STRANGER = {"account": {"homePage": "https://elsewhere.example.com", "name": "zz"}}


def sent(bridge: Bridge, actor: dict[str, Any], *, times: int = 1, **more: Any) -> None:
    record_statements(bridge, [passed(**more) | {"actor": actor} for _ in range(times)], by=recorder())


def prepared(bridge: Bridge) -> Bridge:
    import_roster(bridge, (HEADER + STAFF).encode(), source="roster.csv", as_of=date(2026, 1, 1))
    import_requirements(bridge, REQUIREMENT.encode(), source="requirements.toml")
    refresh(bridge)
    sent(bridge, FORMER, timestamp="2019-03-01T10:00:00Z")
    sent(bridge, NAMED, times=2)
    sent(bridge, STRANGER, times=3)
    return bridge


@pytest.fixture
def company(bridge: Bridge) -> Bridge:
    return prepared(bridge)


def told(item: Review) -> list[tuple[str, list[str]]]:
    return [(one.employee_id, [clue.kind for clue in one.clues]) for one in item.suggestions]


def test_the_queue_says_who_an_actor_may_be_and_why(company: Bridge) -> None:
    page = review(company)
    assert (page.actors, page.statements) == (3, 6)
    assert [(item.statements, told(item)) for item in page.items] == [
        (3, []),
        (2, [("002", ["name", "course"]), ("001", ["name"])]),
        (1, [("001", ["address"])]),
    ]
    assert page.items[2].suggestions[0].clues[0].words == (
        "ann@example.com is theirs from 2020-01-01; the statements are of 2019-03-01"
    )
    assert "belong to no LMS" in page.items[0].reason


SORTED = [
    ("statements", [1, 2, 3]),
    ("-statements", [3, 2, 1]),
    ("first", [1, 2, 3]),
    ("-last", [3, 2, 1]),
    ("score", [3, 2, 1]),
    ("-score", [1, 2, 3]),
]


def test_the_queue_is_sorted_and_paged(company: Bridge) -> None:
    for sort, expected in SORTED:
        assert [item.statements for item in review(company, sort=sort).items] == expected, sort
        (one,) = review(company, sort=sort, limit=1, offset=1).items
        assert one.statements == expected[1], sort
    with pytest.raises(RequestRefused) as caught:
        review(company, sort="name")
    assert "statements, first, last, score" in caught.value.problems[0].remedy


def test_a_rejected_pair_is_not_suggested_again(company: Bridge) -> None:
    reject(company, actor_key_of("al@example.org"), "002", by="hr", because="another Ann")
    assert told(review(company).items[1]) == [("001", ["name"])]


def test_what_belongs_to_a_person_then_and_now(company: Bridge) -> None:
    before = now()
    made = accept(company, actor_key_of("al@example.org"), "002", by="hr")
    merge(company, "002", "001", by="hr", because="one Ann")
    split(company, "001", actor_key_of(f"{HOME_PAGE}|58"), into="003", since=date(2026, 2, 1), by="hr", because="desk")
    found = identities_of_person(company, "001")
    assert (found.records, found.counts_for) == (("002",), "")
    assert identities_of_person(company, "002").counts_for == "001"
    held = {(one.ifi, one.tier, one.record, str(one.since), one.is_split, one.given_to) for one in found.identities}
    assert held >= {
        (f"{HOME_PAGE} 58", "A", "001", "1900-01-01", False, ""),
        ("mailto:ann@example.com", "C", "001", "2020-01-01", False, ""),
        ("mailto:al@example.org", "D", "002", "None", False, ""),
        (f"{HOME_PAGE} 58", "D", "001", "2026-02-01", True, "003"),
    }
    assert made.id in {one.decision for one in found.identities}
    assert {one.tier for one in identities_of_person(company, "001", known_at=before).identities} == {"A", "C"}
    assert [one.how for one in identities_of_person(company, "003").identities if one.is_split] == ["split from 001"]
    assert [item.action for item in history(company).items] == ["split", "merge", "accept"]
    assert [item.action for item in history(company, person="003").items] == ["split"]
    assert [item.action for item in history(company, sort="action", limit=1, offset=1).items] == ["merge"]
    assert history(company, action="merge", standing=True).total == 1


def test_what_is_recorded_while_a_decision_is_made_is_matched_too(company: Bridge) -> None:
    """The recorder has looked for the identity before it was there, and commits after it."""
    made: list[Any] = []

    def decide() -> None:
        made.append(accept(company, actor_key_of("late@example.org"), "003", by="hr"))

    thread = threading.Thread(target=decide)
    with company.database.writing() as connection:
        record_within(connection, [passed() | {"actor": {"mbox": "mailto:late@example.org"}}], by=recorder())
        thread.start()
        thread.join(timeout=0.2)
    thread.join()
    assert made
    with company.database.reading() as connection:
        actors = set(connection.scalars(sa.select(unmatched.c.actor)))
    assert not any("late@" in actor for actor in actors)


# --- over HTTP


@pytest.fixture
def caller(app: Flask) -> Caller:
    prepared(bridge_of(app))
    return Caller.of(app, "identities")


def post(caller: Caller, path: str, **body: Any) -> Any:
    return caller.call("POST", f"/identities/{path}", json=body)


def test_deciding_over_http(caller: Caller) -> None:
    (named,) = [
        item for item in caller.call("GET", "/identities/review").get_json()["items"] if item["statements"] == 2
    ]
    assert named["suggestions"][0]["employee_id"] == "002"
    made = post(caller, "accept", actor="al@example.org", employee_id="002", since="2026-01-01")
    assert (made.status_code, made.get_json()["replayed"]) == (201, 2)
    assert post(caller, "merge", **{"from": "002", "into": "001"}, because="one Ann").get_json()["moved"] == 2
    divided = post(caller, "split", employee_id="001", actor="ann@example.com", because="a shared desk")
    assert divided.status_code == 201
    assert post(caller, "reject", actor="zz@example.org", employee_id="003", because="no").status_code == 201
    undone = post(caller, f"history/{made.get_json()['id']}/undo", because="a mistake")
    assert undone.get_json()["waiting_again"] == 2
    listed = caller.call("GET", "/identities/history", query_string={"standing": "true"}).get_json()
    assert ([item["action"] for item in listed["items"]], listed["total"]) == (["reject", "split", "merge"], 3)
    assert {item["who"] for item in listed["items"]} == {"tests"}
    person = caller.call("GET", "/identities/people/001").get_json()
    assert (person["records"], len(person["identities"])) == (["002"], 5)


WRONG = [
    ("accept", {"actor": "a@example.org"}, 400, "/employee_id"),
    ("accept", {"actor": "a@example.org", "employee_id": 7}, 400, "/employee_id"),
    ("accept", {"actor": "a@example.org", "employee_id": "001", "since": "today"}, 400, "/since"),
    ("accept", {"actor": "nobody", "employee_id": "001"}, 400, "/actor/openid"),
    ("accept", {"actor": "a@example.org", "employee_id": "1"}, 404, ""),
    ("merge", {"from": "001", "into": "001", "because": "x", "by": "me"}, 400, "/by"),
    ("history/00000000-0000-0000-0000-000000000005/undo", {}, 404, ""),
]


def test_what_is_refused_over_http(caller: Caller) -> None:
    for path, body, status, place in WRONG:
        answer = post(caller, path, **body)
        assert answer.status_code == status, answer.text
        assert [problem["place"] for problem in answer.get_json().get("problems", [])] == ([place] if place else [])
    for path in ("review?limit=0", "review?sort=x", "history?standing=maybe", "people/001?known_at=then", "review?x=1"):
        assert caller.call("GET", f"/identities/{path}").status_code == 400


def test_who_may_decide(app: Flask) -> None:
    assert app.test_client().get("/identities/review").status_code == 401
    assert Caller.of(app, "all", "packages").call("GET", "/identities/review").status_code == 403
    for role, status in (("hr", 200), ("auditor", 403)):
        _, token = create_reader(bridge_of(app), role, role=role)
        answer = app.test_client().get("/identities/review", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


# --- on the command line


@pytest.fixture
def shell(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("LRS_BRIDGE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LRS_BRIDGE_LMS_HOME_PAGES", HOME_PAGE)
    bridge = Bridge.open(Settings.from_environment())
    prepared(bridge)
    bridge.close()
    return CliRunner()


def run(shell: CliRunner, *words: str, code: int = 0) -> str:
    result = shell.invoke(cli, ["identities", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_deciding_on_the_command_line(shell: CliRunner) -> None:
    as_json = ("--format", "json")
    page = orjson.loads(run(shell, "review", "--sort", "-score", "--limit", "1", *as_json))
    assert (page["actors"], page["items"][0]["suggestions"][0]["employee_id"]) == (3, "001")
    assert "al@example.org" in run(shell, "review")
    made = orjson.loads(run(shell, "accept", "al@example.org", "002", "--by", "Max", *as_json))
    assert made["replayed"] == 2
    run(shell, "reject", "mailto:zz@example.org", "003", "--by", "Max", "--because", "no")
    merged = orjson.loads(run(shell, "merge", "002", "001", "--by", "Max", "--because", "one Ann", *as_json))
    run(shell, "split", "001", f"{HOME_PAGE}|58", "--into", "003", "--since", "2026-02-01", "--by", "Max",
        "--because", "desk")  # fmt: skip
    assert "2 moved" in run(shell, "undo", merged["id"], "--by", "Max")
    assert "split" in run(shell, "list", "--person", "003")
    listed = orjson.loads(run(shell, "list", "--person", "002", *as_json))
    assert [one["tier"] for one in listed["identities"]] == ["D", "D"]
    assert "4 altogether" in run(shell, "history")
    assert orjson.loads(run(shell, "history", "--standing", "--action", "merge", *as_json))["total"] == 0
