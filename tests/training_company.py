"""A small company with two requirements, as the pages' tests know it: who stands how is written beside each person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from lrs_bridge.app import create_app
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.import_absences import import_absences, import_exemptions
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import Reader, create_reader, sign_in_code
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.settings import Settings
from tests.statements import HOME_PAGE, recorder

TODAY = datetime.now(UTC).date()
ORIGIN = {"Origin": "http://localhost:5000"}
HTML = {"Accept": "text/html"}
ACTIVITIES = ("http://courses.example.com/1", "http://courses.example.com/2")

# employee id, name, leader, department: chief > ann > (a1, a2, a3, a4), chief > bob > (b1, b2), and an outsider
PEOPLE = """
001 Chief,Top          -   Board
010 Ann,Lead           001 Contact Centre
020 Bob,Lead           001 Sales
011 Zoe,Done           010 Contact Centre
012 Yan,Late           010 Contact Centre
013 Xia,Away           010 Contact Centre
014 Wim,Waived         010 Contact Centre
015 Vic,Begun          010 Contact Centre
021 Bea,<b>Bold</b>    020 Sales
022 Carl,Done          020 Sales
090 Otto,Outsider      -   Board
"""
REQUIREMENTS = f"""
[[requirement]]
id = "security"
title = "Security essentials"
due = {{ fixed = {TODAY - timedelta(days=3)} }}
min_notice_days = 0
renewal = {{ months = 12 }}
[[requirement.module]]
activity = "{ACTIVITIES[0]}"
[[requirement.module]]
activity = "{ACTIVITIES[1]}"

[[requirement]]
id = "selling"
title = "Fair selling"
audience = [ {{ department = ["Sales"] }} ]
due = {{ fixed = {TODAY + timedelta(days=5)} }}
min_notice_days = 0
[[requirement.module]]
activity = "{ACTIVITIES[0]}"
"""


def roster() -> bytes:
    lines = ["employee_id,given_name,family_name,email,lms_account,manager_id,department,time_zone,hire_date"]
    for line in PEOPLE.strip().splitlines():
        employee_id, name, leader, department = line.split(maxsplit=3)
        leader = leader.strip("-")
        lines.append(f"{employee_id},{name},,{employee_id},{leader},{department},Europe/Berlin,2020-01-01")
    return "\n".join(lines).encode()


def result(account: str, activity: str, verb: str, days_ago: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": account}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": activity},
        "timestamp": f"{TODAY - timedelta(days=days_ago)}T12:00:00Z",
    } | more


def results() -> list[dict[str, Any]]:
    done = [
        result(account, activity, "passed", days_ago)
        for account, days_ago in (("011", 10), ("022", 5), ("010", 5))
        for activity in ACTIVITIES
    ]
    return [*done, result("012", ACTIVITIES[0], "failed", 4), result("015", ACTIVITIES[0], "passed", 4)]


ABSENCES = f"""\
employee_id,first_day,last_day,kind
013,{TODAY - timedelta(days=60)},,long
"""
EXEMPTIONS = f"""\
employee_id,requirement_id,kind,first_day,last_day,reason,approver
014,,waiver,2020-01-01,{TODAY + timedelta(days=9)},confidential,HR
"""
LEADERS = {"chief": "001", "ann": "010", "bob": "020"}


@dataclass(frozen=True)
class Company:
    app: Flask
    bridge: Bridge
    readers: dict[str, tuple[Reader, str]]

    def signed_in(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        answer = client.get(f"/manage/enter/{sign_in_code(self.bridge, self.readers[name][0])}")
        assert (answer.status_code, answer.location) == (303, "/manage/")
        return client


@contextmanager
def opened_bridge(folder: Path, database_url: str = "", **more: Any) -> Iterator[Flask]:
    """An empty one: on SQLite in ``folder``, or on an empty database elsewhere."""
    settings = Settings(
        data_dir=folder,
        database_url=database_url or f"sqlite:///{folder / 'bridge.db'}",
        public_url=ORIGIN["Origin"],
        content_url="http://127.0.0.1:5000",
        secret_key="k" * 40,
        lms_home_pages=(HOME_PAGE,),
        **more,
    )
    app = create_app(settings)
    yield app
    app.extensions["lrs_bridge_close"]()


@contextmanager
def opened_company(folder: Path, database_url: str = "") -> Iterator[Company]:
    with opened_bridge(folder, database_url) as app:
        bridge: Bridge = app.extensions["lrs_bridge"]
        import_roster(bridge, roster(), source="roster.csv")
        import_absences(bridge, ABSENCES.encode(), source="absences.csv")
        import_exemptions(bridge, EXEMPTIONS.encode(), source="exemptions.csv")
        import_requirements(bridge, REQUIREMENTS.encode(), source="requirements.toml")
        record_statements(bridge, results(), by=recorder())
        readers = {name: create_reader(bridge, name.title(), employee_id=key) for name, key in LEADERS.items()}
        readers["hr"] = create_reader(bridge, "Hr", role="hr")
        yield Company(app, bridge, readers)


def page_of(client: FlaskClient, query: str = "") -> html.HtmlElement:
    answer = client.get(f"/manage/{query}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)
