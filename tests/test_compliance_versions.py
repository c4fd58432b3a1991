"""Versions, retakes, requirements that depend on others, competencies, assessments, and the effect of a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.domain.assessments import Assessed, Grade, assess
from lrs_bridge.domain.assignments import assign
from lrs_bridge.domain.competencies import CompetencyReport, HeldCompetency, competencies_of, report_competencies
from lrs_bridge.domain.compliance import Case, ComplianceStatus, Reason, Status, evaluate
from lrs_bridge.domain.effects import NAMED, Group, Transition, effect_of, first_day_in_force
from lrs_bridge.domain.evidence import Evidence, EvidenceKind, certificate_activity
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.histories import RequirementHistory, history_of
from lrs_bridge.domain.people import EmploymentSpell, JobAssignment, PersonRecord
from lrs_bridge.domain.programmes import Programme
from lrs_bridge.domain.requirements import (
    AudienceClause,
    Criterion,
    DueRule,
    FollowUp,
    LookBack,
    Module,
    Renewal,
    Requirement,
)
from tests.test_compliance_properties import HORIZON, days, histories, instants, requirements, visible
from tests.test_compliance_rules import FIXED, NEW, YEARLY, day, facts, instant, required, said, span

PERSON = PersonRecord(
    UUID(int=9), "000123", "UTC", (EmploymentSpell(span("2024-01-01..")),),
    (JobAssignment(span("2024-01-01.."), department="Sales"),),
)  # fmt: skip
V1 = required(mastery=0.7)
SINCE = "2024-06-01"


def after(*changed: tuple[str, dict[str, Any]], base: Requirement = V1) -> RequirementHistory:
    """``base`` recorded on 1 June 2024, then each change on its day, every version from the one before."""
    versions = [(base, instant(SINCE))]
    for number, (recorded, changes) in enumerate(changed, 2):
        versions.append((replace(versions[-1][0], version=number, **changes), instant(recorded)))
    return history_of(versions)


def modules(*names: str, mastery: float | None = 0.7) -> tuple[Module, ...]:
    return tuple(Module(name, mastery=mastery) for name in names)


HIGHER = {"modules": modules("m1", mastery=0.8)}
HARDER = after(("2025-02-01", HIGHER))
AGAIN = after(("2025-06-01", HIGHER | {"retake": True}))
BY = after(("2025-06-01", HIGHER | {"retake": date(2025, 9, 30)}))
REPEATED = after(("2025-06-01", {"retake": True}), ("2025-08-01", {"title": "Renamed"}))
MORE = after(("2025-06-01", {"modules": modules("m1", "m2")}))
SHORTER = after(("2025-06-01", {"renewal": Renewal(6)}))
FUTURE = after(("2025-02-01", HIGHER | {"in_force_from": date(2025, 7, 1)}))
SLIP = after((SINCE, HIGHER))
BACKDATED = after(("2025-03-01", HIGHER | {"in_force_from": date(2025, 1, 1)}))
POSTPONED = after(("2025-01-05", {"in_force_from": date(2025, 9, 1)}),
                  base=replace(V1, in_force_from=date(2025, 3, 1)))  # fmt: skip
WIDER = after(("2025-06-01", {"audience": ()}), base=required(audience=(AudienceClause({"department": ("IT",)}),)))
STRICTER = after(("2025-06-01", {"due": (DueRule(fixed=date(2025, 6, 2)),)}),
                 base=required(due=(DueRule(fixed=date(2025, 12, 31)),)))  # fmt: skip

CORRECTED = after(("2025-03-01", HIGHER | {"correction": "0.7 was a slip"}))
SAID_AGAIN = after(("2025-03-01", HIGHER | {"correction": "0.7 was a slip"}), ("2025-05-01", {"title": "Renamed"}))
SECOND_CORRECTED = after(("2025-02-01", HIGHER), ("2025-06-01", {"modules": modules("m1", mastery=0.6),
                                                                 "correction": "0.8 was meant as 0.6"}))  # fmt: skip
MOVED_BACK = after(("2025-02-01", HIGHER), ("2025-06-01", {"correction": "it was agreed from January",
                                                           "in_force_from": date(2025, 1, 1)}))  # fmt: skip
WITHDRAWN_RETAKE = after(("2025-06-01", {"retake": True}), ("2025-06-20", {"retake": False, "correction": "no retake"}))

TABLE: list[tuple[str, RequirementHistory, list[LearningFact], str, int, str]] = [
    ("0.75 by the old mastery", HARDER, facts("passed 2025-01-10 0.75"), "2025-02-02", 2,
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("0.75 by the new one", HARDER, facts("passed 2025-02-01 0.75"), "2025-02-02", 2,
     "missing upcoming failed due=2025-03-31"),
    ("the last day of the old one", HARDER, facts("passed 2025-01-31 0.75"), "2025-03-02", 2,
     "compliant current due=2026-01-30 valid=2026-01-30"),
    ("asked about a day of the old one", HARDER, facts("passed 2025-01-10 0.75"), "2025-01-31", 1,
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("from before the first version", HARDER, facts("passed 2024-04-10 0.75"), "2025-02-01", 2,
     "compliant current due=2025-04-09 valid=2025-04-09"),
    ("renewal by the new mastery", HARDER, facts("passed 2025-01-10 0.75", "passed 2026-01-05 0.75"),
     "2026-01-12", 2, "missing expired failed due=2026-01-09 valid=2026-01-09"),
    ("retake: the day before", AGAIN, facts("passed 2025-01-10 0.9"), "2025-05-31", 1,
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("retake: notice from the first day", AGAIN, facts("passed 2025-01-10 0.9"), "2025-06-01", 2,
     "missing due_soon not_started due=2025-06-08 valid=2025-05-31"),
    ("retake: not done", AGAIN, facts("passed 2025-01-10 0.9"), "2025-06-09", 2,
     "missing expired not_started due=2025-06-08 valid=2025-05-31"),
    ("retake: done", AGAIN, facts("passed 2025-01-10 0.9", "passed 2025-06-05 0.9"), "2025-06-09", 2,
     "compliant current due=2026-06-04 valid=2026-06-04"),
    ("retake gives the overdue no new time", AGAIN, [], "2025-06-01", 2,
     "missing overdue not_started due=2025-03-31"),
    ("retake gives the lapsed no new time", AGAIN, facts("passed 2024-04-10 0.9"), "2025-06-01", 2,
     "missing expired not_started due=2025-04-09 valid=2025-04-09"),
    ("by a date: renewable at once", BY, facts("passed 2025-01-10 0.75"), "2025-06-01", 2,
     "compliant due_for_renewal due=2025-09-30 valid=2025-09-30"),
    ("by a date: past it", BY, facts("passed 2025-01-10 0.75"), "2025-10-01", 2,
     "missing expired not_started due=2025-09-30 valid=2025-09-30"),
    ("by a date: done in time", BY, facts("passed 2025-01-10 0.75", "passed 2025-07-01 0.8"), "2025-10-01", 2,
     "compliant current due=2026-06-30 valid=2026-06-30"),
    ("by a date: tried and failed", BY, facts("passed 2025-01-10 0.75", "passed 2025-07-01 0.75"), "2025-10-01",
     2, "missing expired failed due=2025-09-30 valid=2025-09-30"),
    ("a version that repeats it asks nothing again", REPEATED,
     facts("passed 2025-01-10 0.9", "passed 2025-06-05 0.9"), "2025-08-02", 3,
     "compliant current due=2026-06-04 valid=2026-06-04"),
    ("another module: who had met the old set keeps it", MORE, facts("passed 2025-01-10"), "2025-06-02", 2,
     "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    ("until that lapses", MORE, facts("passed 2025-01-10"), "2026-01-10", 2,
     "missing expired not_started due=2026-01-09 valid=2026-01-09 met=0/2"),
    ("the old set done too late is not the set", MORE, facts("passed 2025-06-10"), "2025-06-12", 2,
     "missing overdue in_progress due=2025-03-31 met=1/2"),
    ("a module dropped: what remains is enough",
     after(("2025-06-01", {"modules": modules("m1")}), base=required("m1 m2")), facts("m1 passed 2025-01-10"),
     "2025-06-01", 2, "compliant current due=2026-01-09 valid=2026-01-09"),
    ("a shorter term: the old pass keeps its own", SHORTER, facts("passed 2025-05-01"), "2025-12-01", 2,
     "compliant current due=2026-04-30 valid=2026-04-30"),
    ("a shorter term: a new pass", SHORTER, facts("passed 2025-06-02"), "2025-06-03", 2,
     "compliant current due=2025-12-01 valid=2025-12-01"),
    ("announced: the old one still rules", FUTURE, facts("passed 2025-06-30 0.75"), "2025-06-30", 1,
     "compliant current due=2026-06-29 valid=2026-06-29"),
    ("announced: on its day the new one", FUTURE, facts("passed 2025-07-01 0.75"), "2025-07-01", 2,
     "missing overdue failed due=2025-03-31"),
    ("a slip corrected on the same day judged nobody", SLIP, facts("passed 2024-05-10 0.75"), "2025-01-01", 2,
     "missing upcoming not_started due=2025-03-31".replace("not_started", "failed")),
    ("dated back", BACKDATED, facts("passed 2025-01-10 0.75"), "2025-02-01", 2,
     "missing upcoming failed due=2025-03-31"),
    ("dated back, and done before", BACKDATED, facts("passed 2024-12-31 0.75"), "2025-02-01", 2,
     "compliant current due=2025-12-30 valid=2025-12-30"),
    ("a correction judges what was before it", CORRECTED, facts("passed 2025-01-10 0.75"), "2025-02-01", 2,
     "missing upcoming failed due=2025-03-31"),
    ("a correction names no older version", CORRECTED, [], "2024-07-01", 2, f"{NEW} due=2025-03-31"),
    ("repeated, it corrects nothing again", SAID_AGAIN, facts("passed 2025-01-10 0.9"), "2025-04-30", 2,
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("what follows a correction takes over on its day", SAID_AGAIN, facts("passed 2025-01-10 0.9"), "2025-05-01",
     3, "compliant current due=2026-01-09 valid=2026-01-09"),
    ("only the version before is corrected", SECOND_CORRECTED, facts("passed 2025-01-10 0.65"), "2025-02-10", 3,
     "missing upcoming failed due=2025-03-31"),
    ("and that from its first day", SECOND_CORRECTED, facts("passed 2025-02-01 0.65"), "2025-02-10", 3,
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("before that day the first version rules", SECOND_CORRECTED, facts("passed 2025-01-10 0.75"), "2025-01-31", 1,
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("a correction with an earlier first day", MOVED_BACK, facts("passed 2025-01-10 0.75"), "2025-01-20", 3,
     "missing upcoming failed due=2025-03-31"),
    ("and the day before", MOVED_BACK, facts("passed 2024-12-20 0.75"), "2024-12-31", 1,
     "compliant current due=2025-12-19 valid=2025-12-19"),
    ("a retake taken back", WITHDRAWN_RETAKE, facts("passed 2025-01-10 0.9"), "2025-06-10", 3,
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("postponed before it began", POSTPONED, [], "2025-04-01", 2, "exempt out_of_scope"),
    ("postponed: begins", POSTPONED, [], "2025-09-01", 2, "missing due_soon not_started due=2025-09-08"),
    ("a wider audience: notice from that day", WIDER, [], "2025-06-01", 2,
     "missing due_soon not_started due=2025-06-08"),
    ("a wider audience: not before", WIDER, [], "2025-05-31", 1, "exempt out_of_scope"),
    ("a stricter due date: notice", STRICTER, [], "2025-06-02", 2, "missing due_soon not_started due=2025-06-08"),
    ("and no sooner than it was before", STRICTER, [], "2025-05-31", 1, f"{NEW} due=2025-12-31"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("history", "record", "as_of", "version", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_versions(
    history: RequirementHistory, record: list[LearningFact], as_of: str, version: int, expected: str
) -> None:
    status = evaluate(assign(history, PERSON), record, as_of=day(as_of))
    assert (status.version, said(status)) == (version, expected)


def test_each_piece_names_the_version_that_judged_it() -> None:
    history = after(("2025-02-01", {"title": "R2"}), base=required("m1 m2"))
    status = evaluate(
        assign(history, PERSON), facts("m1 passed 2025-01-10", "m2 passed 2025-02-10"), as_of=day("2025-03-01")
    )
    assert (status.version, [validity.version for validity in status.held]) == (2, [1, 2])


@pytest.mark.parametrize(("known", "version"), [("2024-05-31", None), (SINCE, 1), ("2025-01-31", 1), ("2025-02-01", 2)])
def test_versions_known(known: str, version: int | None) -> None:
    history = HARDER.known_at(instant(known))
    assert (history.newest.version if history else None) == version


# requirements that depend on others -----------------------------------------------------------------------------

BASIC = Requirement("basic", "Basic", modules("b"), due=FIXED, renewal=YEARLY)
EXPERT = Requirement("expert", "Expert", modules("e"), due=FIXED, renewal=YEARLY, requires=("basic",))
REVIEW = Requirement(
    "review", "Review", modules("v"), due=(DueRule(days=14, after="follow_up"),), follow_up=FollowUp("basic", 90)
)

LINKED: list[tuple[str, Requirement, list[LearningFact], str, str]] = [
    ("while the other holds", EXPERT, facts("b passed 2025-01-10", "e passed 2025-01-20"), "2025-02-01",
     "compliant current due=2026-01-19 valid=2026-01-19"),
    ("before the other", EXPERT, facts("b passed 2025-01-20", "e passed 2025-01-10"), "2025-02-01",
     "missing upcoming in_progress due=2025-03-31"),
    ("without the other", EXPERT, facts("e passed 2025-01-10"), "2025-02-01",
     "missing upcoming in_progress due=2025-03-31"),
    ("after the other lapsed", EXPERT, facts("b passed 2024-01-10", "e passed 2025-01-10"), "2025-02-01",
     "missing upcoming in_progress due=2025-03-31"),
    ("the other lapses later", EXPERT, facts("b passed 2025-01-10", "e passed 2025-06-10"), "2026-02-01",
     "compliant current due=2026-06-09 valid=2026-06-09"),
    ("follow-up: the other never passed", REVIEW, [], "2025-06-01", "exempt out_of_scope"),
    ("follow-up: not open yet", REVIEW, facts("b passed 2025-01-10"), "2025-04-09", "exempt out_of_scope"),
    ("follow-up: opens on the ninetieth day", REVIEW, facts("b passed 2025-01-10"), "2025-04-10",
     "missing due_soon not_started due=2025-04-24"),
    ("follow-up: overdue", REVIEW, facts("b passed 2025-01-10"), "2025-04-25",
     "missing overdue not_started due=2025-04-24"),
    ("follow-up: a renewal opens nothing anew", REVIEW, facts("b passed 2025-01-10", "b passed 2026-01-05"),
     "2026-02-01", "missing overdue not_started due=2025-04-24"),
    ("follow-up: from before the pass", REVIEW, facts("v passed 2025-01-09", "b passed 2025-01-10"), "2025-04-10",
     "missing due_soon not_started due=2025-04-24"),
    ("follow-up: done before it opened", REVIEW, facts("b passed 2025-01-10", "v passed 2025-02-10"), "2025-04-10",
     "compliant current"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("requirement", "record", "as_of", "expected"), [row[1:] for row in LINKED], ids=[row[0] for row in LINKED]
)
def test_linked(requirement: Requirement, record: list[LearningFact], as_of: str, expected: str) -> None:
    programme = Programme.of(history_of([(one, None)]) for one in (REVIEW, EXPERT, BASIC))
    judged = {found.id: status for found, status in programme.evaluate(PERSON, record, as_of=day(as_of))}
    assert said(judged[requirement.id]) == expected


def test_a_follow_up_says_when_it_opens() -> None:
    programme = Programme.of(history_of([(one, None)]) for one in (REVIEW, BASIC))
    (_, status) = programme.evaluate(PERSON, facts("b passed 2025-01-10"), as_of=day("2025-02-01"))[1]
    assert status.next_change == day("2025-04-10")


def test_what_another_looked_back_to_then_is_not_taken_away_by_a_later_stay() -> None:
    basic = replace(BASIC, look_back=LookBack(), audience=(AudienceClause({"department": ("Sales",)}),))
    jobs = tuple(JobAssignment(span(text), department="Sales") for text in ("2025-01-01..2025-02-28", "2025-09-01.."))
    programme = Programme.of(history_of([(one, None)]) for one in (EXPERT, basic))
    record = facts("b passed 2025-01-10", "e passed 2025-01-20")
    _, (_, status) = programme.evaluate(replace(PERSON, jobs=jobs), record, as_of=day("2025-02-01"))
    assert said(status) == "compliant current due=2026-01-19 valid=2026-01-19"


def test_a_circle_is_named() -> None:
    circle = (replace(BASIC, requires=("expert",)), EXPERT)
    with pytest.raises(ValueError, match="basic, expert"):
        Programme.of(history_of([(one, None)]) for one in circle)


# competencies, assessments, records by hand, effect -------------------------------------------------------------


def test_competencies() -> None:
    first_aid = replace(required("m1 m2"), competencies=("First aid",), modules=(
        Module("m1", competencies=("Bandaging",)), Module("m2", competencies=("Bandaging", "Resuscitation"))))  # fmt: skip  # noqa: E501
    sales = Requirement("s", "S", modules("s1"), competencies=("First aid", "Selling"))
    programme = Programme.of(history_of([(one, None)]) for one in (first_aid, sales))
    record = facts("m1 passed 2025-01-10", "m2 passed 2025-01-20")
    judged = programme.evaluate(PERSON, record, as_of=day("2025-02-01"))
    assert competencies_of(judged) == [
        HeldCompetency("Bandaging", day("2026-01-19"), ("r",), (UUID(int=1), UUID(int=2))),
        HeldCompetency("First aid", day("2026-01-09"), ("r",), (UUID(int=1), UUID(int=2))),
        HeldCompetency("Resuscitation", day("2026-01-19"), ("r",), (UUID(int=2),)),
    ]
    selling = programme.evaluate(PERSON, [*record, *facts("s1 passed 2025-01-10")], as_of=day("2026-01-15"))
    assert [(one.name, one.until) for one in competencies_of(selling)] == [
        ("Bandaging", day("2026-01-19")), ("First aid", None), ("Resuscitation", day("2026-01-19")), ("Selling", None),
    ]  # fmt: skip


def test_report_competencies() -> None:
    aid = replace(required("m1 m2"), competencies=("First aid",), modules=(
        Module("m1", competencies=("Bandaging",)), Module("m2", competencies=("Resuscitation",))))  # fmt: skip
    sales = Requirement("s", "S", modules("s1"), competencies=("First aid",))
    abroad = replace(sales, id="x", audience=(AudienceClause({"country": ("FR",)}),), competencies=("French",))
    programme = Programme.of(history_of([(one, None)]) for one in (aid, sales, abroad))
    judged = programme.evaluate(PERSON, facts("m1 passed 2025-01-10"), as_of=day("2025-02-01"))
    bandaging = HeldCompetency("Bandaging", day("2026-01-09"), ("r",), (UUID(int=1),))
    assert report_competencies(judged) == [
        CompetencyReport("Bandaging", ("r",), bandaging),
        CompetencyReport("First aid", ("r", "s"), None),
        CompetencyReport("Resuscitation", ("r",), None),
    ]


CRITERIA = (Criterion("greets", weight=1), Criterion("listens", weight=3, minimum=0.5))


@pytest.mark.parametrize(
    ("grades", "mastery", "expected"),
    [
        ({"greets": 1, "listens": 0.8}, 0.8, Assessed(Outcome.PASSED, 0.85)),
        ({"greets": 0, "listens": 0.8}, 0.8, Assessed(Outcome.FAILED, 0.6)),
        ({"greets": 0, "listens": 0.8}, None, Assessed(Outcome.PASSED, 0.6)),
        ({"greets": 1, "listens": 0.4}, 0.5, Assessed(Outcome.FAILED, 0.55, (), ("listens",))),
        ({"greets": 1, "listens": 0.5}, 0.5, Assessed(Outcome.PASSED, 0.625)),
        ({"listens": 0.4}, 0.5, Assessed(Outcome.FAILED, 0.4, ("greets",), ("listens",))),
        ({"greets": 1}, 0.5, Assessed(Outcome.STARTED, 1.0, ("listens",))),
        ({}, 0.5, Assessed(Outcome.STARTED, None, ("greets", "listens"))),
    ],
)
def test_assess(grades: dict[str, float], mastery: float | None, expected: Assessed) -> None:
    found = assess(CRITERIA, [Grade(key, grade) for key, grade in grades.items()], mastery)
    assert replace(found, score=None) == replace(expected, score=None)
    assert found.score == pytest.approx(expected.score)


@pytest.mark.parametrize(
    ("criteria", "grades", "words"),
    [
        ((), [], "needs criteria"),
        (CRITERIA, [Grade("smiles", 1)], "smiles is not a criterion"),
        (CRITERIA, [Grade("greets", 1), Grade("greets", 0)], "graded twice"),
        (CRITERIA, [Grade("greets", 80)], "graded 80; grades are from 0 to 1"),
    ],
)
def test_what_is_no_assessment(criteria: tuple[Criterion, ...], grades: list[Grade], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        assess(criteria, grades)


def test_a_record_by_hand_is_evidence() -> None:
    done = datetime.fromisoformat("1998-01-10T09:00:00+00:00")
    held = Evidence(UUID(int=1), "000123", "m1", EvidenceKind.CERTIFICATE, Outcome.PASSED, done, "A. Roy",
                    expires=date(2025, 6, 30))  # fmt: skip
    status = evaluate(
        assign(required(renewal=None), PERSON), [held.as_fact(instant("2025-01-01"))], as_of=day("2025-02-01")
    )
    assert (status.reason, status.last_valid_day, status.held[0].kind) == (
        Reason.CURRENT,
        date(2025, 6, 30),
        "certificate",
    )


@pytest.mark.parametrize(
    ("name", "activity"),
    [
        ("ISO 27001/LA", "urn:lrs-bridge:certificate:ISO%2027001%2FLA"),
        (" https://certs.example/1 ", "https://certs.example/1"),
        ("urn:cert:1", "urn:cert:1"),
    ],
)
def test_certificates_are_activities(name: str, activity: str) -> None:
    assert certificate_activity(name) == activity


def test_effect() -> None:
    other = replace(PERSON, person_id=UUID(int=10))
    people = [(PERSON, facts("m1 passed 2025-01-10")), (other, facts("m1 passed 2025-01-10", "m1 passed 2025-06-03"))]
    untouched = history_of([(BASIC, None)])
    effect = effect_of([after(), untouched], [AGAIN, untouched], people, as_of=day("2025-06-03"))
    current = (Status.COMPLIANT, Reason.CURRENT)
    changed, same = Transition("r", current, (Status.MISSING, Reason.DUE_SOON)), Transition("r", current, current)
    assert effect.groups == {changed: Group(1, [UUID(int=9)]), same: Group(1, [UUID(int=10)])}
    assert [one.is_change for one in (changed, same)] == [True, False]
    assert effect.matched == {"r"}


def test_effect_names_the_first_and_counts_the_rest() -> None:
    people = [(replace(PERSON, person_id=UUID(int=number)), list[LearningFact]()) for number in range(NAMED + 3)]
    later = after(("2025-02-01", {"due": (DueRule(fixed=date(2025, 6, 30)),)}))
    sales = after(("2025-02-01", {"audience": (AudienceClause({"department": ("IT",)}),)}))
    for new, is_due_moved, lost in ((later, True, 0), (sales, False, NAMED + 3)):
        effect = effect_of([after()], [new], people, as_of=day("2025-02-01"))
        ((transition, group),) = effect.groups.items()
        assert (transition.is_due_moved, group.people, len(group.first)) == (is_due_moved, NAMED + 3, NAMED)
        assert (effect.lost("r").people, effect.gained("r").people) == (lost, 0)
    assert effect.matched == frozenset()


def test_effect_of_a_new_requirement_and_on_those_that_depend_on_it() -> None:
    old = [history_of([(BASIC, None)]), history_of([(EXPERT, None)])]
    new = [history_of([(BASIC, None), (replace(BASIC, version=2, modules=modules("x")), None)]), old[1], after()]
    record = [(PERSON, facts("b passed 2025-01-10", "e passed 2025-01-20"))]
    effect = effect_of(old, new, record, as_of=day("2025-02-01"))
    assert {one.requirement_id for one in effect.groups if one.is_change} == {"basic", "expert", "r"}
    assert Transition("r", None, (Status.MISSING, Reason.UPCOMING)) in effect.groups
    assert effect.gained("r").first == [PERSON.person_id]


@pytest.mark.parametrize(("today", "asked"), [("2025-03-01", "2025-07-01"), ("2025-08-01", "2025-08-01")])
def test_the_day_to_ask_about(today: str, asked: str) -> None:
    assert first_day_in_force([FUTURE, HARDER], day(today)) == day(asked)


# properties -----------------------------------------------------------------------------------------------------


@st.composite
def several_versions(draw: st.DrawFn) -> RequirementHistory:
    first = replace(draw(requirements()), modules_needed=1)
    later = [
        replace(draw(requirements()), version=number, retake=draw(st.sampled_from((False, True)) | days()),
                in_force_from=draw(st.none() | days()), correction=draw(st.sampled_from(("", "", "a slip", "another"))))
        for number in range(2, draw(st.integers(2, 4)))
    ]  # fmt: skip
    return history_of([(first, None), *((one, draw(instants())) for one in later)])


@settings(max_examples=60, deadline=None)
@given(history=several_versions(), record=histories(), as_of=days())
def test_next_change_over_versions(history: RequirementHistory, record: list[LearningFact], as_of: date) -> None:
    assignment = assign(history, PERSON)
    now, case = evaluate(assignment, record, as_of=as_of), Case.of(assignment, record)
    later = (as_of + timedelta(n) for n in range(1, HORIZON + 1))
    first = next((one for one in later if case.status_on(one) != visible(now)), None)
    beyond = first is None and now.next_change is not None and now.next_change > as_of + timedelta(HORIZON)
    assert beyond or now.next_change == first
    assert len(now.evidence) == min(len(now.held), now.modules_total)


@settings(max_examples=60, deadline=None)
@given(history=several_versions(), record=histories(), as_of=days(), known_at=instants())
def test_a_version_recorded_later_changes_no_earlier_report(
    history: RequirementHistory, record: list[LearningFact], as_of: date, known_at: datetime
) -> None:
    known = history.known_at(known_at)
    newer = replace(history.newest, version=9, retake=True, modules=modules("z"))
    more = history_of([*history.versions, (newer, known_at + timedelta(seconds=1))]).known_at(known_at)
    assert known is not None
    assert more == known
    if as_of < known.edition.first:
        shorter = assign(RequirementHistory(known.versions[:-1]), PERSON) if len(known.versions) > 1 else None
        assert shorter is None or known.edition.in_force_on(as_of).version < known.newest.version


@st.composite
def linked(draw: st.DrawFn) -> Programme:
    """One that others wait for, and one that follows it up and asks for it to hold."""
    basic = replace(draw(requirements()), id="basic")
    follow_up = draw(st.none() | st.builds(FollowUp, st.just("basic"), st.integers(0, 60)))
    requires = draw(st.sampled_from(((), ("basic",))))
    more = replace(draw(requirements()), id="more", requires=requires, follow_up=follow_up)
    return Programme.of(history_of([(one, None)]) for one in (basic, more))


@settings(max_examples=30, deadline=None)
@given(programme=linked(), record=histories(), as_of=days(0, 400))
def test_next_change_over_links(programme: Programme, record: list[LearningFact], as_of: date) -> None:
    now = dict(_statuses(programme, record, as_of))
    waiting = dict(now)
    for day_after in (as_of + timedelta(n) for n in range(1, HORIZON // 4)):
        for requirement_id, status in _statuses(programme, record, day_after):
            if requirement_id in waiting and visible(status) != visible(now[requirement_id]):
                assert waiting.pop(requirement_id).next_change == day_after
    reached = as_of + timedelta(HORIZON // 4 - 1)
    assert all(status.next_change is None or status.next_change > reached for status in waiting.values())


def _statuses(programme: Programme, record: list[LearningFact], as_of: date) -> Iterator[tuple[str, ComplianceStatus]]:
    for requirement, status in programme.evaluate(PERSON, record, as_of=as_of):
        yield requirement.id, status


@settings(max_examples=40, deadline=None)
@given(one=requirements(), record=histories(), as_of=days())
def test_a_programme_says_what_each_requirement_says(one: Requirement, record: list[LearningFact], as_of: date) -> None:
    nobody = replace(one, id="nobody", audience=(AudienceClause({"department": ("IT",)}),))
    programme = Programme.of(history_of([(requirement, None)]) for requirement in (one, nobody))
    for requirement, status in programme.evaluate(PERSON, record, as_of=as_of):
        assert status == evaluate(assign(requirement, PERSON), record, as_of=as_of)
