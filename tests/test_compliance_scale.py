"""At the size of a company: memory does not grow with the people, and nothing is touched that did not change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.services import evaluators, refresh_compliance
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.evaluate_people import Evaluator
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.refresh_compliance import mark_whose_day_has_come, refresh
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import OwnedFact, insert_facts, mark_dirty
from lrs_bridge.storage.people import all_people, person_key
from lrs_bridge.storage.schema.compliance import compliance_change, compliance_status, dirty_person

PEOPLE = 25
TODAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACTIVITY = "https://learn.example.com/fire"
REQUIREMENTS = f"""
[[requirement]]
id = "fire"
title = "Fire safety"
due = {{ fixed = 2026-03-31 }}
renewal = {{ months = 12 }}
[[requirement.module]]
activity = "{ACTIVITY}"

[[requirement]]
id = "selling"
title = "Fair selling"
audience = [ {{ department = ["Sales"] }} ]
due = {{ fixed = 2026-06-03 }}
due_soon_days = 1
[[requirement.module]]
activity = "https://learn.example.com/selling"
"""


def roster(people: int = PEOPLE) -> bytes:
    lines = ["employee_id,given_name,family_name,manager_id,department,time_zone,hire_date"]
    for number in range(people):
        department = "Sales" if number % 5 == 0 else "Legal"
        zone = "Pacific/Kiritimati" if number == 0 else "UTC"
        lines.append(f"{number:03},Given{number},Family{number},,{department},{zone},2020-01-01")
    return "\n".join(lines).encode()


@pytest.fixture
def company(bridge: Bridge) -> Bridge:
    """Everybody is asked for fire safety, five for fair selling; every second person passed fire safety."""
    import_roster(bridge, roster(), source="people.csv")
    import_requirements(bridge, REQUIREMENTS.encode(), source="requirements.toml")
    done = datetime(2026, 2, 1, 9, tzinfo=UTC)
    facts = [
        OwnedFact(person_key(f"{number:03}"), None, LearningFact(UUID(int=number), ACTIVITY, Outcome.PASSED, done))
        for number in range(0, PEOPLE, 2)
    ]
    with bridge.database.writing() as connection:
        insert_facts(connection, facts, matched=now())
    return bridge


def rows_of(bridge: Bridge, table: sa.Table) -> list[dict[str, Any]]:
    with bridge.database.reading() as connection:
        query = sa.select(table).order_by(*table.primary_key)
        return [dict(row._mapping) for row in connection.execute(query)]


def shown(bridge: Bridge) -> list[tuple[Any, ...]]:
    names = ("person_id", "requirement_id", "status", "reason", "due", "last_valid_day", "next_change", "evidence")
    return [tuple(row[name] for name in names) for row in rows_of(bridge, compliance_status)]


def test_no_more_people_are_in_memory_than_a_batch(company: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh_compliance, "BATCH", 4)
    sizes, told = [], []
    judge = Evaluator.judge

    def watched(self: Evaluator, marks: Any) -> Any:
        sizes.append(len(marks))
        return judge(self, marks)

    monkeypatch.setattr(Evaluator, "judge", watched)
    assert refresh(company, at=TODAY, tell=lambda done, most: told.append((done, most))) == PEOPLE
    assert sizes == [4, 4, 4, 4, 4, 4, 1]
    assert told == [(4, 25), (8, 25), (12, 25), (16, 25), (20, 25), (24, 25), (25, 25)]
    assert rows_of(company, dirty_person) == []


def test_whoever_is_told_can_end_it_and_the_rest_waits(company: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh_compliance, "BATCH", 4)
    assert refresh(company, at=TODAY, tell=lambda done, most: done < 8) == 8
    assert len(rows_of(company, dirty_person)) == PEOPLE - 8
    assert refresh(company, at=TODAY) == PEOPLE - 8


def test_every_core_judges_as_one_does(company: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(company, at=TODAY)
    alone = shown(company)
    assert len(alone) == 2 * PEOPLE
    with company.database.writing() as connection:
        connection.execute(sa.delete(compliance_status))
        mark_dirty(connection, all_people(connection), at=now())
    monkeypatch.setattr(refresh_compliance, "MANY", 1)
    monkeypatch.setattr(refresh_compliance, "BATCH", 4)
    monkeypatch.setattr(refresh_compliance, "cores", lambda: 2)
    monkeypatch.setattr(evaluators, "cores", lambda: 2)
    assert refresh(company, at=TODAY) == PEOPLE
    assert shown(company) == alone
    assert rows_of(company, dirty_person) == []


def test_batches_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any number of batches only a few are read ahead of the one that is written."""
    monkeypatch.setattr(evaluators, "cores", lambda: 1)
    monkeypatch.setattr(evaluators, "ProcessPoolExecutor", _InThisProcess)
    taken = []

    def batches() -> Iterator[dict[UUID, int]]:
        for number in range(50):
            taken.append(number)
            yield {UUID(int=number): number}

    judged = evaluators.judge_on_every_core("", TODAY, batches())
    ahead = [len(taken) - done for done, _ in enumerate(judged)]
    assert max(ahead) == 1 + evaluators.WAITING
    assert len(ahead) == 50


def test_the_daily_run_touches_only_whose_day_has_come(company: Bridge) -> None:
    """Selling becomes due soon on 2 June: five of 25 people, one of whom is in Kiribati and a day ahead."""
    refresh(company, at=TODAY - timedelta(days=1))
    before = {(row["person_id"], row["requirement_id"]): row for row in rows_of(company, compliance_status)}
    changes = len(rows_of(company, compliance_change))
    ahead, others = TODAY.replace(hour=11), TODAY + timedelta(days=1)
    assert mark_whose_day_has_come(company, at=ahead) == 1
    assert [row["person_id"] for row in rows_of(company, dirty_person)] == [person_key("000")]
    refresh(company, at=ahead)
    assert mark_whose_day_has_come(company, at=others) == 4
    assert refresh(company, at=others) == 4
    after = {(row["person_id"], row["requirement_id"]): row for row in rows_of(company, compliance_status)}
    selling = {(person_key(f"{number:03}"), "selling") for number in range(0, PEOPLE, 5)}
    assert {key for key in after if after[key] != before[key]} == selling
    assert {after[key]["reason"] for key in selling} == {"due_soon"}
    assert len(rows_of(company, compliance_change)) - changes == len(selling)
    assert mark_whose_day_has_come(company, at=others) == 0


def test_only_those_asked_about_are_marked(company: Bridge) -> None:
    refresh(company, at=TODAY - timedelta(days=1))
    others = TODAY + timedelta(days=1)
    assert mark_whose_day_has_come(company, [person_key("005"), person_key("006")], at=others) == 1
    assert [row["person_id"] for row in rows_of(company, dirty_person)] == [person_key("005")]


def test_what_is_judged_alike_again_is_not_written(company: Bridge) -> None:
    refresh(company, at=TODAY)
    before = rows_of(company, compliance_status)
    with company.database.writing() as connection:
        mark_dirty(connection, all_people(connection), at=now())
    assert refresh(company, at=TODAY + timedelta(hours=1)) == PEOPLE
    assert rows_of(company, compliance_status) == before


def test_not_to_be_asked_at_first_is_no_change(company: Bridge) -> None:
    refresh(company, at=TODAY)
    changes = rows_of(company, compliance_change)
    assert {row["to_status"] for row in changes if row["requirement_id"] == "selling"} == {"missing"}
    assert len(changes) == PEOPLE + 5
    assert date(2027, 1, 31) in {row["last_valid_day"] for row in rows_of(company, compliance_status)}


class _InThisProcess:
    """Judges nothing, at once."""

    def __init__(self, *given: Any, **more: Any) -> None: ...

    def __enter__(self) -> _InThisProcess:
        return self

    def __exit__(self, *raised: object) -> None: ...

    def shutdown(self, **given: Any) -> None: ...

    def submit(self, work: Any, marks: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        future.set_result((marks, {}))
        return future
