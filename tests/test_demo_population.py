"""The demo's company: the same on every machine, of the shape that it claims, and accepted by the real readers."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from lrs_bridge import demo
from lrs_bridge.demo.leave import excuses, leaves
from lrs_bridge.demo.names import MOODLE_LEARNERS
from lrs_bridge.demo.population import Member, population
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.requirement_files import read_requirements
from lrs_bridge.roster.absences import read_absences
from lrs_bridge.roster.evidence import problems_of_evidence
from lrs_bridge.roster.exemptions import read_exemptions
from lrs_bridge.roster.organisation import tree
from lrs_bridge.roster.reading import read_roster

TODAY = date(2026, 11, 24)
ACTIVITIES = {unit: f"https://courses.example.com/security/{unit}" for unit in demo.UNITS}
DAYS = [TODAY, date(2027, 1, 3), date(2028, 2, 29)]


@pytest.fixture(scope="module")
def batches() -> list[list[dict[str, Any]]]:
    return list(demo.statements(TODAY, ACTIVITIES))


@pytest.fixture(scope="module")
def statements(batches: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [statement for batch in batches for statement in batch]


def by_actor() -> dict[ActorKey, Member]:
    found = {}
    for member in population(TODAY):
        found[ActorKey.of_mbox(member.email)] = member
        if member.lms_account:
            found[ActorKey.of_account(demo.LMS_HOME_PAGE, member.lms_account)] = member
    return found


def learner_of(statement: dict[str, Any], members: dict[ActorKey, Member]) -> Member:
    key = ActorKey.of_actor(statement["actor"])
    assert key is not None
    return members[key]


def local_time(statement: dict[str, Any], member: Member) -> datetime:
    return datetime.fromisoformat(statement["timestamp"]).astimezone(ZoneInfo(member.time_zone))


def installed(package: str, unit: str | None) -> str | None:
    assert package == "information-security-essentials"
    return ACTIVITIES.get(unit or "")


def test_the_same_day_gives_the_same_bytes() -> None:
    def everything() -> tuple[bytes, bytes, bytes, str, str]:
        population.cache_clear()
        leaves.cache_clear()
        excuses.cache_clear()
        told = json.dumps(list(demo.statements(TODAY, ACTIVITIES)))
        files = demo.roster_csv(TODAY), demo.absences_csv(TODAY), demo.exemptions_csv(TODAY)
        return *files, demo.requirements_toml(TODAY), told

    assert everything() == everything()


def test_another_day_has_the_same_people() -> None:
    names = [[(m.employee_id, m.email, m.manager_id) for m in population(day)] for day in DAYS]
    assert names[0] == names[1] == names[2]


def test_size_and_countries() -> None:
    rows = list(csv.DictReader(io.StringIO(demo.roster_csv(TODAY).decode())))
    assert len(rows) == 3000
    assert len({row["country"] for row in rows}) == 14
    assert len({row["department"] for row in rows} - {"Executive Office"}) == 12


@pytest.mark.parametrize("column", ["employee_id", "email", "lms_account"])
def test_nothing_that_names_a_person_is_shared(column: str) -> None:
    values = [value for member in population(TODAY) if (value := getattr(member, column))]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("today", DAYS)
def test_every_leader_has_six_to_twelve_people(today: date) -> None:
    people = population(today)
    spans = Counter(member.manager_id for member in people if member.manager_id)
    employed = Counter(member.manager_id for member in people if member.manager_id and member.employed_on(today))
    assert len(spans) == 1 + 8 + 64 + 256
    assert set(spans.values()) <= set(range(6, 13))
    assert set(employed.values()) <= set(range(6, 13))
    assert employed.keys() == spans.keys()


@pytest.mark.parametrize("today", DAYS)
def test_the_tree_has_one_top_and_no_broken_line(today: date) -> None:
    organisation = tree({m.employee_id: m.manager_id for m in population(today) if m.employed_on(today)})
    assert len(organisation.tops) == 1
    assert organisation.unowned == {}
    employed = sum(member.employed_on(today) for member in population(today))
    assert len(organisation.subtree_of(organisation.tops[0])) == employed - 1


def test_joiners_leavers_and_contractors() -> None:
    people = population(TODAY)
    counts = {
        "joined": sum(TODAY - timedelta(28) <= member.hire_date <= TODAY for member in people),
        "to come": sum(member.hire_date > TODAY for member in people),
        "left": sum(member.termination_date is not None and member.termination_date < TODAY for member in people),
        "leaving": sum(member.termination_date is not None and member.termination_date >= TODAY for member in people),
        "contractors": sum(member.worker_type == "contractor" for member in people),
        "without account": sum(not member.lms_account for member in people),
    }
    least = {"joined": 30, "to come": 8, "left": 30, "leaving": 12, "contractors": 120, "without account": 200}
    assert {what: count for what, count in counts.items() if count < least[what]} == {}
    assert min(member.hire_date for member in people) > TODAY - timedelta(15 * 366)


def test_the_captured_learners_are_two_teams_of_ten() -> None:
    people = {member.lms_account: member for member in population(TODAY) if member.lms_account}
    for account, given, family, mailbox, employee_id in MOODLE_LEARNERS:
        member = people[account]
        assert (member.given_name, member.family_name) == (given, family)
        assert (member.email, member.employee_id) == (f"{mailbox}@example.com", employee_id)
    teams = Counter(people[account].manager_id for account, *_ in MOODLE_LEARNERS)
    assert teams == {demo.employee_id_of(TODAY, "68"): 10, demo.employee_id_of(TODAY, "67"): 10}


def test_everybody_who_learned_in_the_captured_moodle_is_in_the_roster() -> None:
    members = by_actor()
    captured = [statement for body in demo.moodle_batches() for statement in json.loads(body)]
    actors = {ActorKey.of_actor(statement["actor"]) for statement in captured}
    assert len(captured) == 916
    assert actors - members.keys() == {ActorKey.of_account(demo.LMS_HOME_PAGE, "2")}  # the administrator


@pytest.mark.parametrize("today", DAYS)
def test_the_real_readers_take_every_file_without_a_word(today: date) -> None:
    roster = read_roster(demo.roster_csv(today), source="roster.csv")
    away = read_absences(demo.absences_csv(today), source="absences.csv")
    excused = read_exemptions(demo.exemptions_csv(today), source="exemptions.csv")
    requirements = read_requirements(demo.requirements_toml(today), source="r.toml", resolve_unit=installed)
    assert (roster.problems, roster.conflicts, away.problems, excused.problems) == ((), (), (), ())
    assert problems_of_evidence(demo.evidence_csv(today), "evidence.csv") == ()
    known = {entry.employee_id for entry in roster.entries}
    assert {entry.employee_id for entry in away.entries} <= known
    assert {entry.employee_id for entry in excused.entries} <= known
    assert {entry.approver for entry in excused.entries} <= known
    assert [requirement.id for requirement in requirements] == ["security-essentials", "aml-2026"]
    assert 0.03 < len(away.entries) / len(roster.entries) < 0.05


def test_statements_come_in_batches_with_ids_of_their_own(batches: list[list[dict[str, Any]]]) -> None:
    assert {len(batch) for batch in batches[:-1]} == {50}
    ids = [UUID(statement["id"]) for batch in batches for statement in batch]
    assert len(set(ids)) == len(ids)
    assert 12_000 < len(ids) < 18_000
    times = [statement["timestamp"] for batch in batches for statement in batch]
    assert times == sorted(times)
    assert times[-1] < f"{TODAY}T01:00:00Z"


def test_nobody_learns_while_away_before_hire_or_after_leaving(statements: list[dict[str, Any]]) -> None:
    members = by_actor()
    away = {leave.employee_id: leave for leave in leaves(TODAY)}
    for statement in statements:
        member = learner_of(statement, members)
        day = local_time(statement, member).date()
        assert member.employed_on(day), statement
        assert day.weekday() < 5, statement
        leave = away.get(member.employee_id)
        assert leave is None or not leave.covers(day), statement


def test_learning_happens_in_working_hours(statements: list[dict[str, Any]]) -> None:
    members = by_actor()
    hours = {local_time(statement, learner_of(statement, members)).hour for statement in statements}
    assert hours <= set(range(8, 18))


def test_the_shape_is_the_one_described(statements: list[dict[str, Any]]) -> None:
    members = by_actor()
    passed: dict[str, set[str]] = {}
    for statement in statements:
        if statement["verb"]["id"].endswith("/passed"):
            person = learner_of(statement, members).employee_id
            passed.setdefault(person, set()).add(statement["object"]["id"])
    asked = {m.employee_id: m.department for m in population(TODAY) if m.employed_on(TODAY)}
    done = {person for person, activities in passed.items() if len(activities) == 3}
    assert 0.58 < len(done) / len(asked) < 0.70
    share = {
        department: sum(person in done for person, of in asked.items() if of == department)
        / sum(of == department for of in asked.values())
        for department in ("Contact Centre", "Risk and Compliance")
    }
    assert share["Contact Centre"] + 0.2 < share["Risk and Compliance"]
    assert demo.BROWSER_LEARNER in asked
    assert demo.BROWSER_LEARNER not in passed


def test_more_is_passed_each_week_towards_the_due_date(statements: list[dict[str, Any]]) -> None:
    weeks = Counter(
        (TODAY - date.fromisoformat(statement["timestamp"][:10])).days // 7
        for statement in statements
        if statement["verb"]["id"].endswith("/passed")
    )
    assert weeks[0] > weeks[1] > weeks[2] > weeks[3] > 0


def test_some_retry_after_a_fail(statements: list[dict[str, Any]]) -> None:
    failed: set[tuple[str, str]] = set()
    retried = 0
    for statement in statements:
        key = (statement["context"]["registration"], statement["object"]["id"])
        verb = statement["verb"]["id"].rpartition("/")[2]
        if verb == "failed":
            failed.add(key)
            assert statement["result"]["score"]["scaled"] < 0.8
        elif verb == "passed":
            assert statement["result"]["score"]["scaled"] >= 0.8
            retried += key in failed
    assert retried > 300
