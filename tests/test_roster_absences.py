"""Absences and exemptions: what HR writes, what is kept of it, what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lrs_bridge.domain.people import Absence, Extension, Waiver
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import Problem, RosterRefused
from lrs_bridge.roster.absences import read_absences, unknown_people
from lrs_bridge.roster.exemptions import read_exemptions

SAMPLES = Path(__file__).parent / "samples" / "roster"
ABSENCE_HEAD = "employee_id,first_day,last_day,kind\n"
EXEMPTION_HEAD = "employee_id,requirement_id,first_day,last_day,reason,approver,due\n"


def absence_problems(rows: str) -> list[Problem]:
    with pytest.raises(RosterRefused) as refusal:
        read_absences((ABSENCE_HEAD + rows).encode(), source="a.csv")
    return list(refusal.value.problems)


def exemption_problems(rows: str) -> list[Problem]:
    with pytest.raises(RosterRefused) as refusal:
        read_exemptions((EXEMPTION_HEAD + rows).encode(), source="e.csv")
    return list(refusal.value.problems)


def test_absences_keep_the_dates_and_never_the_reason() -> None:
    read = read_absences((SAMPLES / "absences.csv").read_bytes(), source="absences.csv")
    assert [(entry.employee_id, entry.absence) for entry in read.entries] == [
        ("000124", Absence(Period(date(2026, 3, 2), date(2026, 8, 31)), "long")),
        ("000125", Absence(Period(date(2026, 10, 5)), "long")),
        ("000123", Absence(Period(date(2026, 7, 6), date(2026, 7, 17)), "short")),
    ]
    assert "maternity" not in repr(read).casefold()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("long", "long"),
        ("SHORT", "short"),
        ("Parental Leave", "long"),
        ("Long_Term_Sick", "long"),
        ("Sick leave", "short"),
        ("PTO", "short"),
    ],
)
def test_words_of_hr_become_long_or_short(word: str, kind: str) -> None:
    read = read_absences(f"{ABSENCE_HEAD}1,2026-01-01,,{word}\n".encode(), source="a.csv")
    assert read.entries[0].absence.kind == kind


def test_an_absence_that_ends_before_it_starts_is_refused_with_all_else() -> None:
    with pytest.raises(RosterRefused) as refusal:
        read_absences((SAMPLES / "absences_backwards.csv").read_bytes(), source="absences_backwards.csv")
    told = {problem.place: problem.reason for problem in refusal.value.problems}
    assert told["absences_backwards.csv:2:last_day"] == (
        "the absence ends on 2026-03-02, before it starts on 2026-08-31"
    )
    assert told["absences_backwards.csv:3:kind"] == '"hiking" is not a known kind of absence'
    assert "Excel date number" in told["absences_backwards.csv:3:first_day"]


def test_the_same_absence_with_two_ends_is_refused_and_word_for_word_is_left_out() -> None:
    row = "1,2026-01-01,2026-01-31,long\n"
    assert len(read_absences((ABSENCE_HEAD + row + row).encode(), source="a.csv").entries) == 1
    (problem,) = absence_problems(row + "1,2026-01-01,,long\n")
    assert problem.place == "a.csv:3:last_day"
    assert problem.reason == "the same absence of 1 ends on 2026-01-31 in a.csv:2 and has no end here"


def test_exemptions_are_waivers_and_with_a_due_date_extensions() -> None:
    read = read_exemptions((SAMPLES / "exemptions.csv").read_bytes(), source="exemptions.csv")
    first, second, third = (entry.grant for entry in read.entries)
    period = Period(date(2026, 1, 1), date(2026, 6, 30))
    assert first == Waiver(period, "security-essentials", "No system access in this role", "000100")
    assert second == Waiver(Period(date(2026, 2, 1), date(2026, 12, 31)), "", "Seconded to the regulator", "000100")
    assert third == Extension("security-essentials", date(2026, 5, 31))
    assert read.problems == ()


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        ("1,r,2026-01-01,2026-02-01,,boss,", "reason", "reason is empty"),
        ("1,r,2026-01-01,2026-02-01,why,,", "approver", "approver is empty"),
        ("1,r,2026-01-01,2026-02-01,why,1,", "approver", "1 approves their own exemption"),
        ("1,r,,2026-02-01,why,boss,", "first_day", "first_day is empty"),
        ("1,r,2026-01-01,,why,boss,", "last_day", "the waiver has no end"),
        ("1,r,2026-01-01,9999-12-31,why,boss,", "last_day", "the waiver has no end: 9999-12-31 stands for none"),
        ("1,r,2026-03-01,2026-02-01,why,boss,", "last_day", "ends on 2026-02-01, before it starts on 2026-03-01"),
        ("1,,,,why,boss,2026-02-01", "requirement_id", "a due date needs a requirement"),
        ("1,r,2026-01-01,,why,boss,2026-02-01", "first_day", "cannot have a first_day too"),
        ("1,r,,,why,boss,soon", "due", '"soon" is not a date as YYYY-MM-DD'),
    ],
)
def test_an_exemption_that_does_not_hold_is_refused(row: str, place: str, words: str) -> None:
    (problem,) = exemption_problems(f"{row}\n")
    assert problem.place == f"e.csv:2:{place}"
    assert words in problem.reason


def test_the_same_exemption_twice_is_left_out_and_with_other_words_refused() -> None:
    row = "1,r,2026-01-01,2026-02-01,why,boss,\n"
    assert len(read_exemptions((EXEMPTION_HEAD + row + row).encode(), source="e.csv").entries) == 1
    (problem,) = exemption_problems(row + row.replace("why", "because"))
    assert problem.place == "e.csv:3:employee_id"
    assert problem.reason == "1 has another row for the same exemption, with different values, in e.csv:2"


def test_people_whom_no_roster_names_are_listed_all_with_what_was_meant() -> None:
    problems = unknown_people([("000123", "a.csv:2"), ("123", "a.csv:3"), ("9", "a.csv:4")], {"000123"})
    assert [problem.place for problem in problems] == ["a.csv:3:employee_id", "a.csv:4:employee_id"]
    assert problems[0].reason == "123 is in no roster; 000123 may be meant"
    assert problems[1].reason == "9 is in no roster"
