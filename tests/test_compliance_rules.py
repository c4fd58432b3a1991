"""Edge combinations of the decision table, each row with what it must say and on which day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from lrs_bridge.domain.assignments import Assignment, ExemptionKind, assign
from lrs_bridge.domain.compliance import Case, ComplianceStatus, Progress, Reason, Status, evaluate
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.people import (
    Absence,
    AbsenceKind,
    EmploymentSpell,
    Extension,
    JobAssignment,
    PersonRecord,
    Waiver,
)
from lrs_bridge.domain.periods import Period
from lrs_bridge.domain.requirements import AudienceClause, DueRule, Module, Renewal, Requirement

YEARLY = Renewal(12)
FIXED = (DueRule(fixed=date(2025, 3, 31)),)


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(text: str) -> Period:
    """``2025-01-01..2025-02-01``, or open: ``2025-01-01..``."""
    first, _, last = text.partition("..")
    return Period(day(first), day(last) if last else None)


def fact(number: int, text: str, **more: Any) -> LearningFact:
    """``passed 2025-02-01T09:00:00+00:00 0.9``, the module's activity before it where it is not m1."""
    words = text.split()
    activity = words.pop(0) if words[0] not in set(Outcome) else "m1"
    score = float(words[2]) if len(words) > 2 else None
    moment = words[1] if "T" in words[1] else f"{words[1]}T09:00:00+00:00"
    return LearningFact(
        UUID(int=number), activity, Outcome(words[0]), datetime.fromisoformat(moment), score_scaled=score, **more
    )


def facts(*texts: str) -> list[LearningFact]:
    return [fact(number, text) for number, text in enumerate(texts, 1)]


def required(modules: str = "m1", mastery: float | None = 0.8, **changes: Any) -> Requirement:
    parts = tuple(Module(name, mastery=mastery) for name in modules.split())
    return Requirement("r", "R", parts, **{"due": FIXED, "renewal": YEARLY, **changes})


def away(text: str, kind: AbsenceKind = "long") -> Absence:
    return Absence(span(text), kind)


def assigned(requirement: Requirement | None = None, audience: Sequence[str] = (), **changes: Any) -> Assignment:
    fields: dict[str, Any] = {"zone": "UTC", "employment": (span("2020-01-01.."),)} | changes
    stays = tuple(span(text) for text in audience or ["2025-01-01.."])
    return Assignment(requirement=requirement or required(), audience=stays, **fields)


def said(status: ComplianceStatus) -> str:
    """``missing overdue in_progress due=2025-03-31 valid=… late met=1/2``, what is empty left out."""
    words = [status.status, status.reason, status.progress or ""]
    words += [f"due={status.due}" if status.due else ""]
    words += [f"valid={status.last_valid_day}" if status.last_valid_day else ""]
    words += ["late" if status.overdue_before_absence else ""]
    words += [f"met={status.modules_met}/{status.modules_total}" if status.modules_total > 1 else ""]
    return " ".join(word for word in words if word)


NEW = "missing upcoming not_started"
HALF = required(due=(DueRule(days=30),))
GRACE = required(due=FIXED, renewal=Renewal(12, grace_days=10))
TWO = required("m1 m2")
ONCE = required(renewal=None)
TICKED = Requirement("r", "R", (Module("m1", needs="completed"),), due=FIXED, renewal=YEARLY)
EXPIRY = required(renewal=Renewal(12, "expiry"))
CALENDAR = required(due=(DueRule(fixed=date(2025, 12, 31)),), renewal=Renewal(12, "fixed"))
LEAVE = (away("2025-02-01..2025-10-31"),)

# what, assignment, facts, as of, what it says
TABLE: list[tuple[str, Assignment, list[LearningFact], str, str]] = [
    # the thresholds of one due date
    ("last day of upcoming", assigned(), [], "2025-03-16", f"{NEW} due=2025-03-31"),
    ("first day of due soon", assigned(), [], "2025-03-17", "missing due_soon not_started due=2025-03-31"),
    ("the due day is on time", assigned(), [], "2025-03-31", "missing due_soon not_started due=2025-03-31"),
    ("the day after", assigned(), [], "2025-04-01", "missing overdue not_started due=2025-03-31"),
    ("grace after a first due date", assigned(GRACE), [], "2025-04-10",
     "missing in_grace not_started due=2025-03-31"),
    ("grace over", assigned(GRACE), [], "2025-04-11", "missing overdue not_started due=2025-03-31"),
    (
        "grace after expiry, then expired",
        assigned(GRACE, ["2024-01-01.."], rule_due_dates=(day("2024-03-31"),)),
        facts("passed 2024-03-10 0.9"),
        "2025-03-20",
        "missing expired not_started due=2025-03-09 valid=2025-03-09",
    ),
    # what counts as evidence, and as progress
    ("mastery itself", assigned(), facts("passed 2025-02-01 0.8"), "2025-02-01",
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("mastery within a float's rounding", assigned(), facts("passed 2025-02-01 0.7999999999"), "2025-02-02",
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("pass without a score: the course's verdict", assigned(), facts("passed 2025-02-01"), "2025-02-02",
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("no mastery asked", assigned(required(mastery=None)), facts("passed 2025-02-01 0.1"), "2025-02-02",
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("bar known to be lower, no score", assigned(), [fact(1, "passed 2025-02-01", launched_mastery=0.5)],
     "2025-02-02", "missing upcoming in_progress due=2025-03-31"),
    ("bar known to be as high, no score", assigned(), [fact(1, "passed 2025-02-01", launched_mastery=0.8)],
     "2025-02-02", "compliant current due=2026-01-31 valid=2026-01-31"),
    ("failed, then opened again", assigned(), facts("failed 2025-02-01 0.2", "started 2025-02-03"),
     "2025-02-04", "missing upcoming failed due=2025-03-31"),
    ("failed, then completed", assigned(), facts("failed 2025-02-01 0.2", "completed 2025-02-01"), "2025-04-02",
     "missing overdue failed due=2025-03-31"),
    ("started only", assigned(), facts("started 2025-02-01"), "2025-02-01",
     "missing upcoming in_progress due=2025-03-31"),
    ("a pass tomorrow is not there today", assigned(), facts("passed 2025-02-01 0.9"), "2025-01-31",
     f"{NEW} due=2025-03-31"),
    ("completion asked, completed", assigned(TICKED), facts("completed 2025-02-01"), "2025-02-01",
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("completion asked, passed low", assigned(TICKED), facts("passed 2025-02-01 0.1"), "2025-02-01",
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("completion asked, failed alone", assigned(TICKED), facts("failed 2025-02-01 0.1"), "2025-02-01",
     "missing upcoming in_progress due=2025-03-31"),
    ("completion asked, failed and completed", assigned(TICKED),
     facts("failed 2025-02-01", "completed 2025-02-01"), "2025-02-01",
     "compliant current due=2026-01-31 valid=2026-01-31"),
    ("passed by an impersonator", assigned(), [fact(1, "passed 2025-02-01 0.9", never_evidence="impersonated")],
     "2025-02-02", f"{NEW} due=2025-03-31"),
    ("another activity", assigned(), facts("m9 passed 2025-02-01 0.9"), "2025-02-02", f"{NEW} due=2025-03-31"),
    ("a clock that was never set", assigned(),
     facts("passed 0001-01-01T00:00:00+00:00 0.9", "passed 9999-12-31T23:00:00+00:00"), "2025-02-02",
     f"{NEW} due=2025-03-31"),
    # whole local dates
    ("Kiritimati is a day ahead", assigned(zone="Pacific/Kiritimati"),
     facts("passed 2025-03-31T10:00:00+00:00 0.9"), "2025-03-31",
     "missing due_soon not_started due=2025-03-31"),
    ("and valid from there", assigned(zone="Pacific/Kiritimati"), facts("passed 2025-03-31T10:00:00+00:00 0.9"),
     "2025-04-01", "compliant current due=2026-03-31 valid=2026-03-31"),
    ("the hour that summer time skips", assigned(zone="Europe/London"),
     facts("passed 2025-03-30T23:30:00+00:00 0.9"), "2025-03-31",
     "compliant current due=2026-03-30 valid=2026-03-30"),
    # validity and renewal
    ("day before the window", assigned(), facts("passed 2025-02-12 0.9"), "2026-01-11",
     "compliant current due=2026-02-11 valid=2026-02-11"),
    ("window opens", assigned(), facts("passed 2025-02-12 0.9"), "2026-01-12",
     "compliant due_for_renewal due=2026-02-11 valid=2026-02-11"),
    ("no window", assigned(required(renewal=Renewal(12, window_months=0))), facts("passed 2025-02-12 0.9"),
     "2026-02-11", "compliant current due=2026-02-11 valid=2026-02-11"),
    ("once for all", assigned(ONCE), facts("passed 2025-02-12 0.9"), "2045-01-01", "compliant current"),
    ("31 Aug and 6 months: the end rolls forward", assigned(required(renewal=Renewal(6))),
     facts("passed 2025-08-31 0.9"), "2025-09-01", "compliant current due=2026-02-28 valid=2026-02-28"),
    ("31 Aug 2023 and 6 months in a leap year", assigned(required(renewal=Renewal(6))),
     facts("passed 2023-08-31 0.9"), "2025-01-02", f"{NEW} due=2025-03-31 valid=2024-02-29"),
    ("a pass below does not shorten", assigned(), facts("passed 2025-02-12 0.9", "failed 2025-06-01 0.1"),
     "2025-06-02", "compliant current due=2026-02-11 valid=2026-02-11"),
    ("an old failure is no failed renewal", assigned(), facts("passed 2025-02-12 0.9", "failed 2025-06-01 0.1"),
     "2026-02-12", "missing expired not_started due=2026-02-11 valid=2026-02-11"),
    ("a failure in the window is", assigned(), facts("passed 2025-02-12 0.9", "failed 2026-01-20 0.1"),
     "2026-02-12", "missing expired failed due=2026-02-11 valid=2026-02-11"),
    ("trained early, lapsed before the first due date", assigned(), facts("passed 2024-03-10 0.9"),
     "2025-03-12", f"{NEW} due=2025-03-31 valid=2025-03-09"),
    ("and then never renewed", assigned(), facts("passed 2024-03-10 0.9"), "2025-04-01",
     "missing expired not_started due=2025-03-31 valid=2025-03-09"),
    ("expiry: twice in one window extends once", assigned(EXPIRY),
     facts("passed 2025-01-10 0.9", "passed 2025-12-20 0.9", "passed 2026-01-05 0.9"), "2026-01-06",
     "compliant current due=2027-01-09 valid=2027-01-09"),
    ("expiry: 29 Feb kept as the anchor over terms", assigned(EXPIRY),
     facts("passed 2024-02-29 0.9", "passed 2025-02-10", "passed 2026-02-10", "passed 2027-02-10"),
     "2027-03-01", "compliant current due=2028-02-28 valid=2028-02-28"),
    ("calendar: in the last month counts for the next year", assigned(CALENDAR), facts("passed 2025-12-02 0.9"),
     "2025-12-03", "compliant current due=2026-12-31 valid=2026-12-31"),
    ("calendar: six months away exactly", assigned(CALENDAR), facts("passed 2025-06-30 0.9"), "2025-07-01",
     "compliant current due=2025-12-31 valid=2025-12-31"),
    ("calendar: window of the slot", assigned(CALENDAR), facts("passed 2025-06-30 0.9"), "2025-12-01",
     "compliant due_for_renewal due=2025-12-31 valid=2025-12-31"),
    ("calendar: a year before the first date", assigned(CALENDAR, ["2024-01-01.."]),
     facts("passed 2024-02-01 0.9"), "2024-03-01", "compliant current due=2025-12-31 valid=2024-12-31"),
    # several modules
    ("the earliest module ends it", assigned(TWO), facts("m1 passed 2025-01-10", "m2 passed 2025-03-10"),
     "2025-03-11", "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    ("one lapsed, one holds", assigned(TWO), facts("m1 passed 2025-01-10", "m2 passed 2025-03-10"),
     "2026-01-10", "missing expired in_progress due=2026-01-09 valid=2026-01-09 met=1/2"),
    ("renewing that one is enough", assigned(TWO),
     facts("m1 passed 2025-01-10", "m2 passed 2025-03-10", "m1 passed 2026-01-20"), "2026-02-10",
     "compliant due_for_renewal due=2026-03-09 valid=2026-03-09 met=2/2"),
    ("never both at once: overdue, not expired", assigned(TWO), facts("m1 passed 2024-01-10"), "2025-04-01",
     "missing overdue not_started due=2025-03-31 met=0/2"),
    ("both lapsed: the whole ended with the first", assigned(TWO),
     facts("m1 passed 2025-01-10", "m2 passed 2025-03-10"), "2026-06-01",
     "missing expired not_started due=2026-01-09 valid=2026-01-09 met=0/2"),
    ("one failed, one met", assigned(TWO), facts("m1 passed 2025-01-10", "m2 failed 2025-01-10 0.2"),
     "2025-01-11", "missing upcoming failed due=2025-03-31 met=1/2"),
    # absences
    ("begins on the due day: moved", assigned(absences=(away("2025-03-31..2025-05-31"),)), [], "2025-06-01",
     f"{NEW} due=2025-06-30"),
    ("begins the day after: not moved", assigned(absences=(away("2025-04-01..2025-05-31"),)), [], "2025-04-01",
     "exempt absent not_started due=2025-03-31 late"),
    ("and overdue on return", assigned(absences=(away("2025-04-01..2025-05-31"),)), [], "2025-06-01",
     "missing overdue not_started due=2025-03-31"),
    ("due just after the return: moved too", assigned(absences=(away("2025-01-10..2025-03-25"),)), [],
     "2025-03-26", f"{NEW} due=2025-04-24"),
    ("due long after the return: not brought forward", assigned(absences=(away("2025-01-05..2025-01-25"),)), [],
     "2025-01-26", f"{NEW} due=2025-03-31"),
    ("planned, not begun: not moved yet", assigned(absences=LEAVE), [], "2025-01-31", f"{NEW} due=2025-03-31"),
    ("last day away", assigned(absences=LEAVE), [], "2025-10-31", "exempt absent not_started due=2025-11-30"),
    ("fourteen short days qualify", assigned(absences=(away("2025-03-25..2025-04-07", "short"),)), [],
     "2025-04-02", "exempt absent not_started due=2025-05-07"),
    ("thirteen do not", assigned(absences=(away("2025-03-25..2025-04-06", "short"),)), [], "2025-04-02",
     "missing overdue not_started due=2025-03-31"),
    ("two sick notes that touch are one",
     assigned(absences=(away("2025-03-25..2025-03-31", "short"), away("2025-04-01..2025-04-07", "short"))), [],
     "2025-03-26", "exempt absent not_started due=2025-05-07"),
    ("a day at work between: two",
     assigned(absences=(away("2025-03-25..2025-03-31", "short"), away("2025-04-02..2025-04-09", "short"))), [],
     "2025-04-02", "missing overdue not_started due=2025-03-31"),
    ("holiday after parental leave belongs to it",
     assigned(absences=(*LEAVE, away("2025-11-01..2025-11-10", "short"))), [], "2025-11-05",
     "exempt absent not_started due=2025-12-10"),
    ("long leave without an end", assigned(absences=(away("2025-02-01.."),)), [], "2026-02-01",
     "exempt absent not_started"),
    ("sickness without an end, thirteenth day", assigned(absences=(away("2025-03-20..", "short"),)), [],
     "2025-04-01", "missing overdue not_started due=2025-03-31"),
    ("fourteenth day", assigned(absences=(away("2025-03-20..", "short"),)), [], "2025-04-02",
     "exempt absent not_started"),
    ("two leaves, both move",
     assigned(absences=(away("2025-03-01..2025-04-15"), away("2025-05-01..2025-06-30"))), [], "2025-07-01",
     f"{NEW} due=2025-07-30"),
    ("back, overdue, away again: late",
     assigned(absences=(away("2025-03-01..2025-04-15"), away("2025-06-01..2025-06-30"))), [], "2025-06-15",
     "exempt absent not_started due=2025-05-15 late"),
    ("evidence lapses while away", assigned(absences=(away("2026-01-15..2026-06-30"),)),
     facts("passed 2025-02-12"), "2026-07-01", "missing upcoming not_started due=2026-07-30 valid=2026-02-11"),
    ("began work while away", assigned(absences=LEAVE), facts("started 2025-03-01"), "2025-03-02",
     "exempt absent in_progress due=2025-11-30"),
    # waivers
    ("waiver covers", assigned(waivers=(Waiver(span("2025-03-01..2025-04-30")),)), [], "2025-04-30",
     "exempt waiver not_started due=2025-03-31"),
    ("evidence before waiver", assigned(waivers=(Waiver(span("2025-01-01..")),)), facts("passed 2025-02-12"),
     "2025-02-13", "compliant current due=2026-02-11 valid=2026-02-11"),
    ("waiver inside leave goes first",
     assigned(absences=LEAVE, waivers=(Waiver(span("2025-03-01..2025-03-31")),)), [], "2025-03-15",
     "exempt waiver not_started due=2025-11-30"),
    ("leave again after it", assigned(absences=LEAVE, waivers=(Waiver(span("2025-03-01..2025-03-31")),)), [],
     "2025-04-01", "exempt absent not_started due=2025-11-30"),
    # who is asked at all
    ("before the first day", assigned(), [], "2019-12-31", "exempt not_employed"),
    ("employed, not yet in the audience", assigned(), [], "2024-12-31", "exempt out_of_scope"),
    ("leavers keep what they hold", assigned(employment=(span("2020-01-01..2025-06-30"),)),
     facts("passed 2025-02-12"), "2025-07-01", "exempt not_employed valid=2026-02-11"),
    ("the gap day itself is out of scope", assigned(HALF, ["2025-01-01..2025-01-20", "2025-01-22.."]), [],
     "2025-01-21", "exempt out_of_scope"),
    ("a gap of seven days is bridged", assigned(HALF, ["2025-01-01..2025-01-20", "2025-01-28.."]), [],
     "2025-01-28", "missing due_soon not_started due=2025-01-31"),
    ("a gap of eight is a new entry", assigned(HALF, ["2025-01-01..2025-01-20", "2025-01-29.."]), [],
     "2025-01-29", f"{NEW} due=2025-02-28"),
    ("a contract renewed after a weekend is no new hire",
     assigned(HALF, employment=(span("2025-01-01..2025-01-31"), span("2025-02-03.."))), [], "2025-02-03",
     "missing overdue not_started due=2025-01-31"),
    ("rehired with an expired pass: due from the new hire",
     assigned(HALF, employment=(span("2020-01-01..2025-02-28"), span("2027-06-01.."))),
     facts("passed 2025-02-10"), "2027-06-02", "missing upcoming not_started due=2027-07-01 valid=2026-02-09"),
    ("a spell to 9999-12-31", assigned(employment=(span("2020-01-01..9999-12-31"),)), [], "2025-04-01",
     "missing overdue not_started due=2025-03-31"),
    # which date
    ("extension", assigned(individual_due=day("2025-05-31")), [], "2025-05-01", f"{NEW} due=2025-05-31"),
    ("an individual date before the rule's wins as well", assigned(individual_due=day("2025-02-28")), [],
     "2025-03-01", "missing overdue not_started due=2025-02-28"),
    ("an extension from an earlier stay is over",
     assigned(HALF, ["2025-01-01..2025-03-01", "2025-09-01.."], individual_due=day("2025-04-30")), [],
     "2025-09-02", f"{NEW} due=2025-10-01"),
    ("an extension of a renewal", assigned(individual_due=day("2026-03-15")), facts("passed 2025-02-12"),
     "2026-02-12", "missing upcoming not_started due=2026-03-15 valid=2026-02-11"),
    ("leave moves an extension",
     assigned(absences=(away("2025-05-01..2025-06-30"),), individual_due=day("2025-05-31")), [], "2025-07-01",
     f"{NEW} due=2025-07-30"),
    ("notice floor", assigned(audience=["2025-03-28.."]), [], "2025-03-28",
     "missing due_soon not_started due=2025-04-04"),
    ("notice from the day told", assigned(assigned_on=day("2025-03-30")), [], "2025-03-30",
     "missing due_soon not_started due=2025-04-06"),
    ("days after assignment count from the day told", assigned(HALF, assigned_on=day("2025-03-01")), [],
     "2025-03-01", f"{NEW} due=2025-03-31"),
    ("no notice owed", assigned(required(min_notice_days=0), ["2025-04-28.."]), [], "2025-04-29",
     "missing overdue not_started due=2025-04-28"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("assignment", "record", "as_of", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_decision(assignment: Assignment, record: list[LearningFact], as_of: str, expected: str) -> None:
    assert said(evaluate(assignment, record, as_of=day(as_of))) == expected


# assign: from HR's records to an assignment ---------------------------------------------------------------------


def job(text: str, **words: str) -> JobAssignment:
    return JobAssignment(span(text), **words)


def person(*jobs: JobAssignment, spells: Sequence[str] = ("2024-05-06..",), **more: Any) -> PersonRecord:
    return PersonRecord(
        UUID(int=9), "000123", "Europe/Berlin", tuple(EmploymentSpell(span(text)) for text in spells), jobs, **more
    )


SALES = (AudienceClause({"department": ("Sales*",), "country": ("DE", "AT")}), AudienceClause({"job_code": ("ADV*",)}))
HIRED = (DueRule(days=30, after="hire"),)
ROLE = (DueRule(days=10, after="role_change"),)
ROLE_OR_HIRE = (*ROLE, *HIRED)
SELLER = {"department": "Sales [North]", "country": "DE"}

ASSIGNED: list[tuple[str, Requirement, PersonRecord, str, str]] = [
    ("no audience: everybody, without a job too", required(due=HIRED), person(), "2024-05-06",
     f"{NEW} due=2024-06-05"),
    ("matched by two words", required(audience=SALES), person(job("2024-05-06..", **SELLER)), "2025-01-01",
     f"{NEW} due=2025-03-31"),
    ("one word of two", required(audience=SALES), person(job("2024-05-06..", department="Sales")), "2025-01-01",
     "exempt out_of_scope"),
    ("matched by the other clause", required(audience=SALES), person(job("2024-05-06..", job_code="ADV2")),
     "2025-01-01", f"{NEW} due=2025-03-31"),
    ("no job recorded", required(audience=SALES), person(), "2025-01-01", "exempt out_of_scope"),
    ("hire: of the spell in force", required(due=HIRED),
     person(spells=("2020-01-01..2022-12-31", "2025-06-02..")), "2025-06-02", f"{NEW} due=2025-07-02"),
    ("hire long ago, moved in now: notice floor", required(due=HIRED, audience=SALES),
     person(job("2025-06-02..", **SELLER)), "2025-06-02", "missing due_soon not_started due=2025-06-09"),
    ("role: first day of the job", required(due=ROLE, audience=SALES),
     person(job("2024-05-06..2025-06-01"), job("2025-06-02..", **SELLER)), "2025-06-02",
     "missing due_soon not_started due=2025-06-12"),
    ("role: a later one within the stay starts nothing", required(due=ROLE, audience=SALES),
     person(job("2025-01-01..2025-06-01", **SELLER, job_code="A"), job("2025-06-02..", **SELLER, job_code="B")),
     "2025-06-02", "missing overdue not_started due=2025-01-11"),
    ("role: a new manager is no new role", required(due=ROLE, in_force_from=date(2025, 6, 1)),
     person(job("2025-05-28..2025-05-31", **SELLER), job("2025-06-01..", **SELLER, manager_id="7"),
            spells=("2025-01-01..",)),
     "2025-06-01", "missing due_soon not_started due=2025-06-08"),
    ("the earliest of role and hire", required(due=ROLE_OR_HIRE), person(job("2024-05-06..", **SELLER)),
     "2024-05-06", "missing due_soon not_started due=2024-05-16"),
    ("a new manager is no new entry", required(due=(DueRule(days=30),), audience=SALES),
     person(job("2024-05-06..2024-05-31", **SELLER), job("2024-06-01..", **SELLER, manager_id="7")),
     "2024-06-06", "missing overdue not_started due=2024-06-05"),
    ("not in force yet", required(in_force_from=date(2025, 2, 1)), person(), "2025-01-31", "exempt out_of_scope"),
    ("in force: the clock starts for all", required(due=(DueRule(days=30),), in_force_from=date(2025, 2, 1)),
     person(), "2025-02-01", f"{NEW} due=2025-03-03"),
    ("waiver of all requirements", required(), person(waivers=(Waiver(span("2025-01-01..")),)), "2025-01-01",
     "exempt waiver not_started due=2025-03-31"),
    ("waiver of another", required(), person(waivers=(Waiver(span("2025-01-01.."), "other"),)), "2025-01-01",
     f"{NEW} due=2025-03-31"),
    ("extension of this one, the latest", required(),
     person(extensions=(Extension("r", day("2025-05-31")), Extension("r", day("2025-06-30")),
                        Extension("x", day("2026-01-01")))), "2025-01-01", f"{NEW} due=2025-06-30"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("requirement", "who", "as_of", "expected"), [row[1:] for row in ASSIGNED], ids=[row[0] for row in ASSIGNED]
)
def test_assigned(requirement: Requirement, who: PersonRecord, as_of: str, expected: str) -> None:
    assert said(evaluate(assign(requirement, who), [], as_of=day(as_of))) == expected


def test_an_exemption_names_its_approver_reason_and_end() -> None:
    waiver = Waiver(span("2025-01-01..2025-06-30"), reason="holds a licence", approver="A. Roy")
    excuse = assigned(waivers=(waiver,)).excuse_on(day("2025-02-01"))
    assert excuse == (ExemptionKind.WAIVER, day("2025-06-30"), "holds a licence", "A. Roy")


# two times: what happened by a date, and what was known by an instant -------------------------------------------


def instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+00:00")


LATE = fact(1, "passed 2025-03-30", recorded=instant("2025-04-05"))
MATCHED = fact(1, "passed 2025-03-30", recorded=instant("2025-03-30"), matched=instant("2025-04-20"))
VOIDED = fact(1, "passed 2025-03-01", recorded=instant("2025-03-01"), withdrawn=instant("2025-05-01"))


@pytest.mark.parametrize(
    ("seen", "known_at", "reason"),
    [
        (LATE, "2025-04-02", Reason.OVERDUE),
        (LATE, "2025-04-05", Reason.CURRENT),
        (MATCHED, "2025-04-19", Reason.OVERDUE),
        (MATCHED, "2025-04-20", Reason.CURRENT),
        (MATCHED, None, Reason.CURRENT),
        (VOIDED, "2025-04-30", Reason.CURRENT),
        (VOIDED, "2025-05-01", Reason.OVERDUE),
        (VOIDED, None, Reason.OVERDUE),
    ],
)
def test_what_was_known(seen: LearningFact, known_at: str | None, reason: Reason) -> None:
    known = instant(known_at) if known_at else None
    assert evaluate(assigned(), [seen], as_of=day("2025-04-01"), known_at=known).reason is reason


# evidence and the next change -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requirement", "texts", "evidence"),
    [
        (TWO, ("m2 passed 2025-01-10", "m1 passed 2025-01-12"), (2, 1)),
        (TWO, ("m1 passed 2025-01-10",), (1,)),
        (required(), ("passed 2025-01-10", "passed 2025-01-20"), (2,)),
        (required(), ("passed 2025-01-10T08:00:00+00:00", "passed 2025-01-10T09:00:00+00:00"), (1,)),
        (ONCE, ("passed 2025-01-10", "passed 2025-01-20"), (1,)),
        (EXPIRY, ("passed 2025-01-10", "passed 2025-01-20"), (1,)),
        (required(), ("passed 2025-01-10 0.5",), ()),
    ],
    ids=["per module", "one of two", "the latest", "same day", "once", "expiry, no extension", "below"],
)
def test_evidence_is_what_counts(requirement: Requirement, texts: tuple[str, ...], evidence: tuple[int, ...]) -> None:
    status = evaluate(assigned(requirement), facts(*texts), as_of=day("2025-02-01"))
    assert status.evidence == tuple(UUID(int=number) for number in evidence)


NEXT: list[tuple[str, Assignment, list[LearningFact], str, str | None]] = [
    ("due soon comes", assigned(), [], "2025-01-01", "2025-03-17"),
    ("overdue comes", assigned(), [], "2025-03-17", "2025-04-01"),
    ("overdue stays", assigned(), [], "2025-04-01", None),
    ("grace ends", assigned(GRACE), [], "2025-04-01", "2025-04-11"),
    ("window opens", assigned(), facts("passed 2025-02-12"), "2025-02-12", "2026-01-12"),
    ("expires", assigned(), facts("passed 2025-02-12"), "2026-01-12", "2026-02-12"),
    ("once for all", assigned(ONCE), facts("passed 2025-02-12"), "2025-02-12", None),
    ("leave begins", assigned(absences=(away("2025-01-10..2025-10-31"),)), [], "2025-01-01", "2025-01-10"),
    ("leave ends", assigned(absences=LEAVE), [], "2025-03-01", "2025-11-01"),
    ("leave has no end", assigned(absences=(away("2025-02-01.."),)), [], "2025-03-01", None),
    ("waiver ends", assigned(waivers=(Waiver(span("2025-01-01..2025-06-30")),)), [], "2025-03-01", "2025-07-01"),
    ("leaves the firm", assigned(employment=(span("2020-01-01..2025-02-10"),)), [], "2025-02-01", "2025-02-11"),
    ("joins", assigned(), [], "2019-06-01", "2020-01-01"),
    ("never in scope again", assigned(audience=["2025-01-01..2025-01-31"]), [], "2025-02-01", None),
    ("a clock that runs ahead", assigned(), facts("passed 2025-02-12"), "2025-02-11", "2025-02-12"),
    ("a spell to 9999-12-31", assigned(employment=(span("2020-01-01..9999-12-31"),)), [], "2025-04-01", None),
]


@pytest.mark.parametrize(
    ("assignment", "record", "as_of", "expected"), [row[1:] for row in NEXT], ids=[row[0] for row in NEXT]
)
def test_next_change(assignment: Assignment, record: list[LearningFact], as_of: str, expected: str | None) -> None:
    assert evaluate(assignment, record, as_of=day(as_of)).next_change == (day(expected) if expected else None)


def test_a_case_answers_for_many_days() -> None:
    case = Case.of(assigned(), facts("passed 2025-02-12"))
    met = sum(case.status_on(day("2025-01-01") + timedelta(n)).status is Status.COMPLIANT for n in range(730))
    assert met == 365


def test_calendar_renewal_without_a_date_is_named() -> None:
    requirement = required(due=(DueRule(days=30),), renewal=Renewal(12, "fixed"))
    with pytest.raises(ValueError, match="needs a fixed due date"):
        evaluate(assigned(requirement), facts("passed 2025-02-12"), as_of=day("2025-03-01"))


def test_progress_is_told_while_something_is_asked() -> None:
    statuses = [evaluate(row[1], row[2], as_of=day(row[3])) for row in TABLE]
    silent = {status.reason for status in statuses if status.progress is None}
    assert silent == {Reason.CURRENT, Reason.DUE_FOR_RENEWAL, Reason.NOT_EMPLOYED, Reason.OUT_OF_SCOPE}
    assert {status.progress for status in statuses} == {None, *Progress}
