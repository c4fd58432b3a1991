"""An invented company of any size, written straight into the tables: people, requirements, facts, and all are dirty.

    python -m benchmarks.compliance_company FOLDER --people 8000 --requirements 50 [--facts 20]

Everybody answers to one of a tenth of the people, these to a tenth of them, and so on. Facts beyond what the rules ask
for are about other activities, as in life.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from benchmarks.compliance_rules import TODAY, person, requirement
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.requirement_json import requirement_as_json
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import OwnedFact, insert_facts, mark_dirty
from lrs_bridge.storage.people import chunks, person_key
from lrs_bridge.storage.raw_sql import insert_rows
from lrs_bridge.storage.requirements import insert_version
from lrs_bridge.storage.schema import people as tables
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND

SPAN = 10
CHUNK = 1000
Member = tuple[PersonRecord, list[LearningFact]]


def open_company(folder: Path) -> Bridge:
    folder.mkdir(parents=True, exist_ok=True)
    return Bridge.open(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder)}))


def populate(bridge: Bridge, people: int, requirements: int, facts_each: int) -> list[Requirement]:
    """In chunks, so that any number of people fits; returns the requirements."""
    asked = [requirement(number) for number in range(requirements)]
    at = now()
    with bridge.database.writing() as connection:
        for one in asked:
            insert_version(connection, one.id, requirement_as_json(one), source="benchmark", at=at)
    done = 0
    for members in chunks(_members(people, asked, facts_each), CHUNK):
        with bridge.database.writing() as connection:
            _insert_people(connection, members, at)
            owned = [OwnedFact(record.person_id, None, fact) for record, learned in members for fact in learned]
            insert_facts(connection, owned, matched=at)
            mark_dirty(connection, (record.person_id for record, _ in members), at=at)
        done += len(members)
        print(f"\r{done:,} of {people:,} people", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return asked


def roster_csv(people: int) -> bytes:
    """The same people as HR would send them."""
    lines = ["employee_id,given_name,family_name,email,lms_account,manager_id,department,time_zone,hire_date"]
    for number in range(people):
        name = f"{employee_id(number)},Given{number},Family{number},{number}@example.com,{number}"
        lines.append(f"{name},{manager_id(number)},Department {number % 10},Europe/Berlin,2020-01-01")
    return "\n".join(lines).encode()


def employee_id(number: int) -> str:
    return f"{number:06}"


def manager_id(number: int) -> str:
    return employee_id(number // SPAN) if number else ""


def _members(people: int, asked: list[Requirement], facts_each: int) -> Iterator[Member]:
    random = Random(4)
    for number in range(people):
        record, learned = person(number, asked, random)
        others = _others(random)
        yield (
            replace(record, person_id=person_key(record.employee_id)),
            [*learned, *islice(others, max(0, facts_each - len(learned)))],
        )


def _others(random: Random) -> Iterator[LearningFact]:
    while True:
        done = datetime(2024, 6, 1, 9, tzinfo=UTC) + timedelta(days=random.randrange(730))
        activity = f"https://lms.example.com/mod/page/view.php?id={random.randrange(500)}"
        yield LearningFact(UUID(int=random.getrandbits(128)), activity, Outcome.COMPLETED, done, recorded=done)


def _insert_people(connection: sa.Connection, members: Sequence[Member], at: datetime) -> None:
    recorded = (at - EPOCH) // MICROSECOND
    rows: dict[sa.Table, list[dict[str, Any]]] = {}
    for record, _ in members:
        for table, row in _rows_of(record):
            rows.setdefault(table, []).append(row | {"id": record.person_id, "recorded": recorded, "withdrawn": None})
    for table, found in rows.items():
        insert_rows(connection, table, [[row[column.name] for column in table.c] for row in found])


def _rows_of(record: PersonRecord) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """One row a table is enough, so that its id can be the person's."""
    number = int(record.employee_id)
    owner = {"person_id": record.person_id}
    (job,), (spell,) = record.jobs, record.spells
    period = {"first_day": spell.period.first.isoformat(), "last_day": None}
    yield tables.person, {"employee_id": record.employee_id}
    yield tables.person_detail, owner | {
        "given_name": f"Given{number}", "family_name": f"Family{number}", "email": f"{number}@example.com",
        "lms_account": str(number), "time_zone": record.zone,
    }  # fmt: skip
    yield tables.employment_spell, owner | period | {"worker_type": ""}
    yield tables.job_assignment, owner | period | {
        "manager_id": manager_id(number), "department": job.department, "job_code": "", "job_title": "",
        "location": "", "country": job.country, "worker_type": "",
    }  # fmt: skip
    for absence in record.absences:
        days = {"first_day": absence.period.first.isoformat(), "last_day": (absence.period.last or TODAY).isoformat()}
        yield tables.absence, owner | days | {"kind": absence.kind, "state": "confirmed"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=8000)
    parser.add_argument("--requirements", type=int, default=50)
    parser.add_argument("--facts", type=int, default=20)
    asked = parser.parse_args()
    bridge = open_company(asked.folder)
    populate(bridge, asked.people, asked.requirements, asked.facts)
    bridge.close()


if __name__ == "__main__":
    main()
