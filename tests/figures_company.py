"""A company of 18 whose figures can be counted by hand: three teams, two countries, one requirement.

c (Board, DE) leads l1, l2, l3
l1 (Contact Centre, DE) leads a1 … a6      four done, a5 stopped at a question, a6 on long leave
l2 (Sales, GB) leads b1 … b5               three done, b4 stopped at 40 %, b5 waived
l3 (Sales, GB) leads d1 … d3               d1 done; d2 back from leave and late; d3 stopped at a question
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.import_absences import import_absences, import_exemptions
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import create_reader
from lrs_bridge.services.record_statements import record_statements
from tests.statements import recorder
from tests.training_company import TODAY, Company, opened_bridge, result

ACTIVITY = "http://courses.example.com/security"
QUESTION = {
    "id": f"{ACTIVITY}/interaction/q3",
    "definition": {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "interactionType": "choice",
        "name": {"en": "Which link is safe?"},
    },
}
DEPARTMENTS = {"c": "Board", "l1": "Contact Centre", "a": "Contact Centre"}
TEAMS = {"": ["c"], "c": ["l1", "l2", "l3"], "l1": [f"a{n}" for n in range(1, 7)],
         "l2": [f"b{n}" for n in range(1, 6)], "l3": ["d1", "d2", "d3"]}  # fmt: skip
DONE = {10: ["a1", "a2", "a3", "a4", "l1", "l2", "l3"], 5: ["b1", "b2", "b3"], 3: ["d1"]}
"""Days ago → who passed then, at noon UTC."""
BEGAN_BEFORE = {"a1": 60, "a2": 120, "a3": 180, "b1": 30}
"""Minutes from the beginning to the pass, where one is recorded."""
REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security essentials"
due = {{ fixed = {TODAY - timedelta(days=3)} }}
min_notice_days = 0
renewal = {{ months = 12 }}
absence = {{ min_days = 14, return_days = 5 }}
in_force_from = 2020-01-01
[[requirement.module]]
activity = "{ACTIVITY}"
title = "Passwords and phishing"
"""
ABSENCES = f"""\
employee_id,first_day,last_day,kind
a6,{TODAY - timedelta(days=60)},,long
d2,{TODAY - timedelta(days=30)},{TODAY - timedelta(days=7)},long
"""
EXEMPTIONS = f"""\
employee_id,requirement_id,kind,first_day,last_day,reason,approver
b5,,waiver,2020-01-01,{TODAY + timedelta(days=900)},confidential,HR
"""
THURSDAY, GOOD_FRIDAY = "2025-04-17", "2025-04-18"
SITTINGS = [
    *((f"a{n}", f"{THURSDAY}T10:00:00Z", "PT1H") for n in range(1, 6)),
    ("a1", f"{GOOD_FRIDAY}T10:00:00Z", "PT1H"),
    ("a2", f"{THURSDAY}T17:00:00Z", "PT2H"),  # 17:00 to 19:00 in Berlin
    *((f"b{n}", f"{THURSDAY}T17:00:00Z", "PT1H") for n in range(1, 6)),  # 17:00 to 18:00 in London
]


def roster() -> bytes:
    lines = ["employee_id,given_name,family_name,email,lms_account,manager_id,department,country,time_zone,hire_date"]
    for leader, team in TEAMS.items():
        for person in team:
            german = person == "c" or "l1" in (person, leader)
            department = DEPARTMENTS.get(person, DEPARTMENTS.get(person[0], "Sales"))
            place = "DE,Europe/Berlin" if german else "GB,Europe/London"
            lines.append(f"{person},Name,{person.upper()},,{person},{leader},{department},{place},2020-01-01")
    return "\n".join(lines).encode()


def statements() -> Iterator[dict[str, Any]]:
    for days_ago, people in DONE.items():
        noon = f"{TODAY - timedelta(days=days_ago)}T12:00:00Z"
        for person in people:
            yield result(person, ACTIVITY, "passed", days_ago, timestamp=noon)
    for person, minutes in BEGAN_BEFORE.items():
        days_ago = next(day for day, people in DONE.items() if person in people)
        begun = f"{TODAY - timedelta(days=days_ago)}T{12 - -(-minutes // 60):02}:{-minutes % 60:02}:00Z"
        yield result(person, ACTIVITY, "initialized", days_ago, timestamp=begun)
    for person in ("a5", "b4", "c", "d2", "d3"):
        yield result(person, ACTIVITY, "initialized", 4)
    context = {"contextActivities": {"parent": [{"id": ACTIVITY}]}}
    for person in ("a5", "d3"):
        yield result(person, ACTIVITY, "responded", 3, object=QUESTION, context=context)
    progress = {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 43}}
    yield result("b4", ACTIVITY, "progressed", 3, result=progress)
    for person, at, duration in SITTINGS:
        yield result(person, ACTIVITY, "terminated", 0, timestamp=at, result={"duration": duration})


@contextmanager
def opened_figures_company(folder: Path, database_url: str = "") -> Iterator[Company]:
    with opened_bridge(folder, database_url) as app:
        bridge: Bridge = app.extensions["lrs_bridge"]
        import_roster(bridge, roster(), source="roster.csv")
        import_absences(bridge, ABSENCES.encode(), source="absences.csv")
        import_exemptions(bridge, EXEMPTIONS.encode(), source="exemptions.csv")
        import_requirements(bridge, REQUIREMENT.encode(), source="requirements.toml")
        record_statements(bridge, list(statements()), by=recorder())
        leaders = {"chief": "c", "ann": "l1", "dan": "l3"}
        readers = {name: create_reader(bridge, name.title(), employee_id=key) for name, key in leaders.items()}
        readers |= {role: create_reader(bridge, role.title(), role=role) for role in ("hr", "auditor")}
        yield Company(app, bridge, readers)
