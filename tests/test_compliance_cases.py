"""The 40 worked cases of the decision table, as they are."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lrs_bridge.domain.assignments import Assignment
from lrs_bridge.domain.compliance import evaluate
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.people import Absence, Waiver
from lrs_bridge.domain.periods import Period
from lrs_bridge.domain.requirements import AbsenceRule, DueRule, Module, Needs, Renewal, Requirement

CASES = json.loads(Path(__file__).with_name("samples").joinpath("compliance_cases.json").read_text("utf-8"))


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def period(entry: dict[str, Any], first: str = "from", last: str = "to") -> Period:
    return Period(date.fromisoformat(entry[first]), day(entry[last]))


def requirement_of(case: dict[str, Any]) -> Requirement:
    asked = case["requirement"]
    rule = DueRule(fixed=day(asked["fixed_due"])) if asked["fixed_due"] else DueRule(days=asked["relative_days"])
    needs: Needs = "passed" if asked["need_pass"] else "completed"
    return Requirement(
        id="r",
        title="R",
        modules=tuple(Module(module, needs=needs, mastery=asked["mastery"]) for module in asked["modules"]),
        due=(rule,),
        renewal=Renewal(
            months=asked["validity_months"],
            basis=asked["basis"],
            window_months=asked["window_months"],
            grace_days=asked["grace_days"],
            min_active_months=asked["min_active_months"],
        ),
        absence=AbsenceRule(asked["min_absence_days"], asked["return_days"]),
        min_notice_days=asked["min_notice_days"],
        due_soon_days=asked["due_soon_days"],
        gap_bridge_days=asked["gap_bridge_days"],
    )


def assignment_of(case: dict[str, Any]) -> Assignment:
    person = case["person"]
    return Assignment(
        requirement=requirement_of(case),
        zone=person["zone"],
        employment=tuple(period(spell, "first_day", "last_day") for spell in person["employment_spells"]),
        audience=tuple(period(stay) for stay in person["in_audience"]),
        absences=tuple(Absence(period(absence), absence["kind"]) for absence in person["absences"]),
        waivers=tuple(Waiver(period(waiver)) for waiver in person["waivers"]),
        individual_due=day(person["individual_due"]),
        rule_due_dates=tuple(date.fromisoformat(due) for due in person["rule_due_dates"]),
        assigned_on=day(person["assigned_on"]),
    )


def facts_of(case: dict[str, Any]) -> list[LearningFact]:
    return [
        LearningFact(
            statement_id=UUID(int=number),
            activity=seen["module"],
            outcome=Outcome(seen["verb"]),
            happened=datetime.fromisoformat(seen["timestamp"]),
            score_scaled=seen["score_scaled"],
            recorded=instant(seen["recorded"]),
            matched=instant(seen["matched"]),
            withdrawn=instant(seen["voided"]),
            launched_mastery=seen["launched_mastery"],
        )
        for number, seen in enumerate(case["person"]["evidence"])
    ]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['case']:02} {case['what']}" for case in CASES])
def test_worked_case(case: dict[str, Any]) -> None:
    status = evaluate(
        assignment_of(case),
        facts_of(case),
        as_of=date.fromisoformat(case["as_of"]),
        known_at=instant(case["known_at"]),
    )
    expected = {key: day(value) if key in ("due", "last_valid_day") else value for key, value in case["expect"].items()}
    assert {key: getattr(status, key) for key in expected} == expected
