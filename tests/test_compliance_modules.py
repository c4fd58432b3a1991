"""n of m, equivalents, order, look-back, marks on evidence: each row with what it must say and on which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from lrs_bridge.domain.compliance import Status, evaluate
from lrs_bridge.domain.deeds import Doubt, impossible_because
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.requirements import DueRule, Equivalent, LookBack, Module, Renewal, Requirement
from tests.test_compliance_rules import FIXED, NEW, YEARLY, assigned, day, fact, facts, instant, required, said, span

PICK = required("m1 m2 m3", modules_needed=2)
ONE_OF = required("m1 m2 m3", modules_needed=1)
PICK_ONCE = required("m1 m2 m3", modules_needed=2, renewal=None)
OPEN = "missing upcoming in_progress due=2025-03-31"


def single(module: Module, **changes: Any) -> Requirement:
    return Requirement("r", "R", (module,), **{"due": FIXED, "renewal": YEARLY, **changes})


def chain(*modules: Module, **changes: Any) -> Requirement:
    return Requirement("r", "R", modules, **{"due": FIXED, "renewal": YEARLY, **changes})


OTHERS = single(
    Module("m1", mastery=0.8, equivalents=(Equivalent("old", mastery=0.6), Equivalent("cert", needs="completed")))
)
STRICT = single(Module("m1", mastery=0.5, equivalents=(Equivalent("hard", mastery=0.9),)))
ORDER = chain(Module("m1", key="first"), Module("m2", after=("first",)))
LATE_FIRST = chain(Module("m2", after=("m1",)), Module("m1"))
THREE = chain(Module("a"), Module("b", after=("a",)), Module("c", after=("a", "b")))
WEEK = required(look_back=LookBack(days=7))
HALF_YEAR = required(look_back=LookBack(months=6))
NO_LOOK = required(look_back=LookBack())
STAYS = ["2025-01-01..2025-02-28", "2025-09-01.."]
ROUND = (DueRule(days=30),)

TABLE: list[tuple[str, Requirement, list[LearningFact], str, str]] = [
    # n of m
    ("none of two needed", PICK, [], "2025-02-01", f"{NEW} due=2025-03-31 met=0/2"),
    ("one of two needed", PICK, facts("m3 passed 2025-01-10"), "2025-02-01", f"{OPEN} met=1/2"),
    ("two of three are enough", PICK, facts("m3 passed 2025-01-10", "m1 passed 2025-01-20"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    ("a third: the two that hold longest", PICK,
     facts("m1 passed 2025-01-10", "m2 passed 2025-01-20", "m3 passed 2025-01-30"), "2025-02-01",
     "compliant current due=2026-01-19 valid=2026-01-19 met=2/2"),
    ("the first ends, two remain", PICK,
     facts("m1 passed 2025-01-10", "m2 passed 2025-01-20", "m3 passed 2025-01-30"), "2026-01-15",
     "compliant due_for_renewal due=2026-01-19 valid=2026-01-19 met=2/2"),
    ("window of the one that is not among the best", PICK,
     facts("m1 passed 2025-01-10", "m2 passed 2025-03-20", "m3 passed 2025-03-30"), "2026-01-01",
     "compliant current due=2026-03-19 valid=2026-03-19 met=2/2"),
    ("one remains: expired", PICK, facts("m1 passed 2025-01-10", "m2 passed 2025-01-20"), "2026-01-10",
     "missing expired in_progress due=2026-01-09 valid=2026-01-09 met=1/2"),
    ("renewed by a third module", PICK,
     facts("m1 passed 2025-01-10", "m2 passed 2025-01-20", "m3 passed 2026-01-15"), "2026-01-16",
     "compliant due_for_renewal due=2026-01-19 valid=2026-01-19 met=2/2"),
    ("lapsed: the last day on which two held", PICK,
     facts("m1 passed 2024-01-10", "m2 passed 2024-02-20", "m3 passed 2025-01-05"), "2025-03-01",
     "missing upcoming in_progress due=2025-03-31 valid=2025-02-19 met=1/2"),
    ("two never held at once", PICK, facts("m1 passed 2023-01-10", "m2 passed 2024-02-20"), "2025-04-01",
     "missing overdue not_started due=2025-03-31 met=0/2"),
    ("any one", ONE_OF, facts("m2 passed 2025-01-10"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("any one: the longest", ONE_OF, facts("m2 passed 2025-01-10", "m1 passed 2025-01-20"), "2025-02-01",
     "compliant current due=2026-01-19 valid=2026-01-19"),
    ("once for all, two of three", PICK_ONCE, facts("m2 passed 2020-01-10", "m1 passed 2025-01-20"), "2025-02-01",
     "compliant current met=2/2"),
    ("failed what is not needed any more", PICK,
     facts("m1 passed 2025-01-10", "m2 passed 2025-01-20", "m3 failed 2025-01-30 0.1"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    ("failed what may still be needed", PICK, facts("m1 passed 2025-01-10", "m3 failed 2025-01-30 0.1"),
     "2025-02-01", "missing upcoming failed due=2025-03-31 met=1/2"),
    ("all of them, said as a number", required("m1 m2", modules_needed=2), facts("m1 passed 2025-01-10"),
     "2025-02-01", f"{OPEN} met=1/2"),
    # equivalents
    ("the old course counts", OTHERS, facts("old passed 2025-01-10 0.9"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("by its own mastery", OTHERS, facts("old passed 2025-01-10 0.7"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("the course itself by its own", OTHERS, facts("m1 passed 2025-01-10 0.7"), "2025-02-01",
     "missing upcoming failed due=2025-03-31"),
    ("a certificate is completed", OTHERS, facts("cert completed 2025-01-10"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("completed where the old course asks for a pass", OTHERS, facts("old completed 2025-01-10"), "2025-02-01",
     OPEN),
    ("a stricter equivalent", STRICT, facts("hard passed 2025-01-10 0.8"), "2025-02-01",
     "missing upcoming failed due=2025-03-31"),
    ("the later of both", OTHERS, facts("m1 passed 2025-01-10", "cert completed 2025-03-10"), "2025-04-01",
     "compliant current due=2026-03-09 valid=2026-03-09"),
    ("renewed by the other in the window", replace(OTHERS, renewal=Renewal(12, "expiry")),
     facts("m1 passed 2025-01-10", "cert completed 2025-12-20"), "2025-12-21",
     "compliant current due=2027-01-09 valid=2027-01-09"),
    ("failed the course, holds the certificate", OTHERS,
     facts("m1 failed 2025-01-20 0.1", "cert completed 2025-01-10"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09"),
    ("named by nobody", OTHERS, facts("other passed 2025-01-10"), "2025-02-01", f"{NEW} due=2025-03-31"),
    ("one certificate for two modules",
     chain(Module("m1", equivalents=(Equivalent("x"),)), Module("m2", equivalents=(Equivalent("x"),))),
     facts("x passed 2025-01-10"), "2025-02-01", "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    # order
    ("in order", ORDER, facts("m1 passed 2025-01-10", "m2 passed 2025-01-20"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    ("out of order: work begun", ORDER, facts("m2 passed 2025-01-10", "m1 passed 2025-01-20"), "2025-02-01",
     f"{OPEN} met=1/2"),
    ("out of order, then once more", ORDER,
     facts("m2 passed 2025-01-10", "m1 passed 2025-01-20", "m2 passed 2025-01-25"), "2025-02-01",
     "compliant current due=2026-01-19 valid=2026-01-19 met=2/2"),
    ("on one day in any order", ORDER,
     facts("m2 passed 2025-01-10T08:00:00+00:00", "m1 passed 2025-01-10T09:00:00+00:00"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    ("only the second", ORDER, facts("m2 passed 2025-01-10"), "2025-02-01", f"{OPEN} met=0/2"),
    ("the first had lapsed", ORDER, facts("m1 passed 2024-01-10", "m2 passed 2025-01-20"), "2025-02-01",
     f"{OPEN} met=0/2"),
    ("on the last day of the first", ORDER, facts("m1 passed 2024-01-21", "m2 passed 2025-01-20"), "2025-01-20",
     "compliant due_for_renewal due=2025-03-31 valid=2025-01-20 met=2/2"),
    ("the first failed", ORDER, facts("m1 failed 2025-01-10", "m2 passed 2025-01-20"), "2025-02-01",
     "missing upcoming failed due=2025-03-31 met=0/2"),
    ("named before it stands", LATE_FIRST, facts("m1 passed 2025-01-10", "m2 passed 2025-01-20"), "2025-02-01",
     "compliant current due=2026-01-09 valid=2026-01-09 met=2/2"),
    ("three, in order", THREE, facts("a passed 2025-01-10", "b passed 2025-01-11", "c passed 2025-01-12"),
     "2025-02-01", "compliant current due=2026-01-09 valid=2026-01-09 met=3/3"),
    ("the middle one too late", THREE, facts("a passed 2025-01-10", "c passed 2025-01-12", "b passed 2025-01-13"),
     "2025-02-01", f"{OPEN} met=2/3"),
    ("a circle that slipped through waits for nobody",
     chain(Module("m1", after=("m2",)), Module("m2", after=("m1",))), facts("m1 passed 2025-01-10"),
     "2025-02-01", f"{OPEN} met=1/2"),
    # what cannot be
    ("a score beyond the scale is no evidence and no progress", required(), facts("passed 2025-01-10 80"),
     "2025-02-01", f"{NEW} due=2025-03-31"),
    ("beside it, one that can be", required(), facts("passed 2025-01-10 80", "passed 2025-01-12 0.8"), "2025-02-01",
     "compliant current due=2026-01-11 valid=2026-01-11"),
    ("passed by a group", required(), [fact(1, "passed 2025-01-10 0.9", never_evidence="group")], "2025-02-01",
     f"{NEW} due=2025-03-31"),
    ("waived by the LMS, whatever the score", required(),
     [fact(1, "waived 2025-01-10", waived_reason="Administrative")],
     "2025-02-01", "compliant current due=2026-01-09 valid=2026-01-09"),
    # look-back, counted from the first day of the stay, 2025-01-01
    ("no look-back: any age that still holds", required(), facts("passed 2024-06-01"), "2025-01-02",
     "compliant current due=2025-05-31 valid=2025-05-31"),
    ("seven days before", WEEK, facts("passed 2024-12-25"), "2025-01-02",
     "compliant current due=2025-12-24 valid=2025-12-24"),
    ("eight days before", WEEK, facts("passed 2024-12-24"), "2025-01-02", f"{NEW} due=2025-03-31"),
    ("six months before", HALF_YEAR, facts("passed 2024-07-01"), "2025-01-02",
     "compliant current due=2025-06-30 valid=2025-06-30"),
    ("a day older", HALF_YEAR, facts("passed 2024-06-30"), "2025-01-02", f"{NEW} due=2025-03-31"),
    ("nothing from before", NO_LOOK, facts("passed 2024-12-31"), "2025-01-02", f"{NEW} due=2025-03-31"),
    ("the first day itself", NO_LOOK, facts("passed 2025-01-01"), "2025-01-02",
     "compliant current due=2025-12-31 valid=2025-12-31"),
    ("an old failure is none of it", NO_LOOK, facts("failed 2024-12-31"), "2025-01-02", f"{NEW} due=2025-03-31"),
    ("too old to start a chain", replace(WEEK, renewal=Renewal(12, "expiry")),
     facts("passed 2024-01-15", "passed 2025-01-05"), "2025-01-06",
     "compliant current due=2026-01-04 valid=2026-01-04"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("requirement", "record", "as_of", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_modules(requirement: Requirement, record: list[LearningFact], as_of: str, expected: str) -> None:
    assert said(evaluate(assigned(requirement), record, as_of=day(as_of))) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2025-02-01", "compliant current due=2026-01-14 valid=2026-01-14"),
        ("2025-03-01", "exempt out_of_scope valid=2026-01-14"),
        ("2025-09-01", "missing upcoming not_started due=2025-10-01"),
    ],
)
def test_look_back_counts_from_each_stay(as_of: str, expected: str) -> None:
    requirement = required(due=ROUND, look_back=LookBack(days=30))
    assert said(evaluate(assigned(requirement, STAYS), facts("passed 2025-01-15"), as_of=day(as_of))) == expected


def test_look_back_of_whoever_was_hired_since_ever() -> None:
    since_ever = assigned(HALF_YEAR, ["0001-01-01.."], employment=(span("0001-01-01.."),))
    assert said(evaluate(since_ever, facts("passed 2024-12-25"), as_of=day("2025-02-01"))).startswith("compliant")


@pytest.mark.parametrize(
    ("requirement", "texts", "evidence", "held"),
    [
        (PICK, ("m1 passed 2025-01-10", "m2 passed 2025-01-20", "m3 passed 2025-01-30"), (2, 3), (1, 2, 3)),
        (PICK, ("m3 passed 2025-01-10", "m1 passed 2025-01-10", "m2 passed 2025-01-10"), (2, 3), (2, 3, 1)),
        (PICK, ("m3 passed 2025-01-10",), (1,), (1,)),
        (OTHERS, ("old passed 2025-01-10 0.9", "m1 passed 2025-01-09"), (1,), (1,)),
    ],
    ids=["the two longest", "a tie goes to the first named", "one so far", "the equivalent"],
)
def test_evidence(
    requirement: Requirement, texts: tuple[str, ...], evidence: tuple[int, ...], held: tuple[int, ...]
) -> None:
    status = evaluate(assigned(requirement), facts(*texts), as_of=day("2025-02-01"))
    assert tuple(one.int for one in status.evidence) == evidence
    assert tuple(validity.statement_id.int for validity in status.held) == held


def recorded(text: str, stored: str, **more: Any) -> LearningFact:
    return fact(1, text, recorded=instant(stored), **more)


@pytest.mark.parametrize(
    ("seen", "status", "doubts"),
    [
        (recorded("passed 2025-01-10", "2025-01-11"), Status.COMPLIANT, ()),
        (recorded("passed 2025-01-10", "2025-01-10"), Status.COMPLIANT, ()),
        (recorded("passed 2025-01-10", "2025-01-08"), Status.MISSING, ()),
        (recorded("passed 1999-12-31", "2025-01-10"), Status.MISSING, ()),
        (recorded("passed 2025-01-01", "2025-01-31"), Status.COMPLIANT, ()),
        (recorded("passed 2025-01-01", "2025-02-01"), Status.COMPLIANT, (Doubt.STORED_LATE,)),
        (recorded("passed 2025-01-01", "2025-02-01", kind="certificate"), Status.COMPLIANT, ()),
        (fact(1, "passed 2019-12-31"), Status.COMPLIANT, (Doubt.BEFORE_EMPLOYMENT,)),
        (recorded("passed 2019-01-01", "2025-01-02"), Status.COMPLIANT, (Doubt.STORED_LATE, Doubt.BEFORE_EMPLOYMENT)),
    ],
    ids=["in time", "a clock a little ahead", "from the future", "last century", "thirty days late",
         "thirty-one days late", "a certificate is never late", "before employment", "both"],
)  # fmt: skip
def test_doubts(seen: LearningFact, status: Status, doubts: tuple[Doubt, ...]) -> None:
    found = evaluate(assigned(required(renewal=None)), [seen], as_of=day("2025-03-01"))
    assert found.status is status
    assert found.doubts == tuple((UUID(int=1), doubt) for doubt in doubts)


@pytest.mark.parametrize(
    ("seen", "because"),
    [
        (recorded("passed 2025-01-10", "2025-01-11"), None),
        (recorded("passed 2025-01-10", "2025-01-08"), Doubt.FUTURE),
        (recorded("passed 1998-01-10", "2025-01-08"), Doubt.CLOCK),
        (recorded("passed 2025-01-10 80", "2025-01-10"), Doubt.SCORE),
        (recorded("passed 2025-01-10 -1.1", "2025-01-10"), Doubt.SCORE),
        (recorded("passed 2025-01-10 1", "2025-01-10"), None),
        (recorded("failed 2025-01-10 -1", "2025-01-10"), None),
        (recorded("passed 1998-01-10", "2025-01-08", kind="certificate"), None),
        (recorded("passed 1899-01-10", "2025-01-08", kind="certificate"), Doubt.CLOCK),
        (fact(1, "passed 2030-01-10"), None),
    ],
)
def test_what_cannot_have_happened(seen: LearningFact, because: Doubt | None) -> None:
    assert impossible_because(seen) is because


@pytest.mark.parametrize(
    ("expires", "renewal", "last", "reason"),
    [
        (date(2025, 6, 30), YEARLY, date(2025, 6, 30), "current"),
        (date(2025, 6, 30), None, date(2025, 6, 30), "current"),
        (date(2027, 6, 30), YEARLY, date(2026, 1, 9), "current"),
        (date(2025, 2, 20), None, date(2025, 2, 20), "due_for_renewal"),
        (date(9999, 12, 31), None, None, "current"),
        (date(9999, 12, 31), YEARLY, date(2026, 1, 9), "current"),
    ],
)
def test_a_certificate_holds_no_longer_than_it_says(
    expires: date, renewal: Renewal | None, last: date | None, reason: str
) -> None:
    held = fact(1, "passed 2025-01-10", expires=expires, kind="certificate")
    status = evaluate(assigned(required(renewal=renewal)), [held], as_of=day("2025-02-01"))
    assert (status.last_valid_day, status.reason.value) == (last, reason)


def test_what_holds_says_how_it_was_met() -> None:
    waived = LearningFact(
        UUID(int=1), "m1", fact(1, "waived 2025-01-10").outcome, datetime.fromisoformat("2025-01-10T09:00:00+00:00"),
        waived_reason="Administrative",
    )  # fmt: skip
    (validity,) = evaluate(assigned(), [waived], as_of=day("2025-02-01")).held
    assert (validity.activity, validity.version, validity.waived_reason, validity.kind) == (
        "m1", 1, "Administrative", "",
    )  # fmt: skip
