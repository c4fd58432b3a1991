"""Rosters as HR really sends them: what is read, what is refused, and in which words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lrs_bridge.errors import Problem, RosterRefused
from lrs_bridge.roster.entries import BLANK, COLUMNS
from lrs_bridge.roster.reading import RosterFile, read_roster

SAMPLES = Path(__file__).parent / "samples" / "roster"
HEAD = "employee_id,given_name,family_name,hire_date"
ROW = "000123,Ada,Lovelace,2020-01-01"


def sample(name: str) -> RosterFile:
    return read_roster((SAMPLES / name).read_bytes(), source=name)


def refused(raw: bytes, source: str = "r.csv") -> tuple[Problem, ...]:
    with pytest.raises(RosterRefused) as refusal:
        read_roster(raw, source=source)
    return refusal.value.problems


def one_row(column: str, value: str) -> bytes:
    """A good row with one more column, or with one column of it replaced."""
    cells = dict(zip(HEAD.split(","), ROW.split(","), strict=True)) | {column: value}
    return f"{','.join(cells)}\n{','.join(cells.values())}\n".encode()


def test_a_good_roster_is_read_without_a_word() -> None:
    roster = sample("good.csv")
    assert roster.problems == ()
    assert (roster.rows, roster.encoding, roster.delimiter, roster.columns) == (4, "UTF-8", "comma", COLUMNS)
    top, leader, _, contractor = roster.entries
    assert (top.employee_id, top.email, top.manager_id) == ("000100", "Ingrid.Aasen@example.com", "")
    assert (leader.employee_id, leader.name, leader.time_zone) == ("000123", "Zoë O'Neill", "Europe/London")
    assert (contractor.hire_date, contractor.termination_date) == (date(2025, 1, 13), date(2026, 12, 31))
    assert contractor.place == "good.csv:5"


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter"),
    [
        ("excel_utf16_tab.csv", "UTF-16 (little endian)", "tab"),
        ("semicolon_bom.csv", "UTF-8 with BOM", "semicolon"),
    ],
)
def test_encoding_and_delimiter_are_found_and_make_no_difference(name: str, encoding: str, delimiter: str) -> None:
    roster = sample(name)
    assert (roster.encoding, roster.delimiter, roster.problems) == (encoding, delimiter, ())
    assert roster.entries == sample("good.csv").entries


def test_pipes_and_other_ways_to_write_a_header() -> None:
    raw = "\n\nEmployee ID|given-name|FamilyName| Hire Date \n000123|Ada|Love, lace|2020-01-01\n"
    roster = read_roster(raw.encode(), source="r.csv")
    assert (roster.delimiter, roster.entries[0].family_name, roster.entries[0].place) == (
        "pipe",
        "Love, lace",
        "r.csv:4",
    )


def test_windows_1252_is_read_with_a_warning_that_shows_a_word() -> None:
    roster = sample("windows1252.csv")
    (warning,) = roster.problems
    assert (roster.encoding, roster.entries[1].given_name) == ("Windows-1252", "Zoë")
    assert (warning.severity, warning.place) == ("warning", "windows1252.csv:3")
    assert warning.reason == 'not UTF-8; read as Windows-1252, for example "Zoë"'


def test_letters_damaged_in_an_earlier_step_are_pointed_at() -> None:
    (warning,) = sample("damaged_letters.csv").problems
    assert (warning.severity, warning.place) == ("warning", "damaged_letters.csv:3")
    assert "ZoÃ«" in warning.reason


REFUSED_SAMPLES = [
    ("truncated_row.csv", 5, "", "the last row has too few cells and no line end: the file was cut off"),
    ("truncated_quote.csv", 4, "", "the file ends inside a quoted value that begins here: it was cut off"),
    ("truncated_letter.csv", 5, "", "the file ends in the middle of a letter: it was cut off"),
    (
        "renamed_header.csv",
        1,
        "employee_id",
        "the required column employee_id is missing; found: given_name, family_name",
    ),
    ("renamed_header.csv", 1, "departement", '"departement" is not a known column and is not read'),
    (
        "excel_dates.csv",
        4,
        "hire_date",
        '"44137" is an Excel date number (probably 2020-11-02), not a date as YYYY-MM-DD',
    ),
    ("excel_dates.csv", 5, "termination_date", '"31/12/2026" is not a date as YYYY-MM-DD: which part is the day'),
    ("spreadsheet_ids.csv", 4, "employee_id", '"1.24E+02" is an id that a spreadsheet turned into a rounded number'),
    ("spreadsheet_ids.csv", 5, "employee_id", '"125.0" is an id that a spreadsheet turned into a decimal number'),
]


@pytest.mark.parametrize(("name", "line", "column", "words"), REFUSED_SAMPLES)
def test_a_bad_file_is_refused_with_place_and_words(name: str, line: int, column: str, words: str) -> None:
    place = f"{name}:{line}:{column}".rstrip(":")
    problems = refused((SAMPLES / name).read_bytes(), name)
    (found,) = [problem for problem in problems if problem.place == place]
    assert words in found.reason
    assert found.remedy


REFUSED_CELLS = [
    ("hire_date", "", "hire_date is empty"),
    ("employee_id", "", "employee_id is empty"),
    ("hire_date", "45292", '"45292" is an Excel date number (probably 2024-01-01), not a date as YYYY-MM-DD'),
    ("hire_date", "45292.5", "is an Excel date number"),
    ("hire_date", "20260101", '"20260101" is not a date as YYYY-MM-DD'),
    ("hire_date", "01.02.2026", "which part is the day cannot be known"),
    ("hire_date", "2026-02-30", '"2026-02-30" is not a day of the calendar'),
    ("hire_date", "0202-01-01", "the year must lie between 1900 and 2200"),
    ("termination_date", "2019-12-31", "termination_date 2019-12-31 is before hire_date 2020-01-01"),
    ("employee_id", "1.23E+05", "turned into a rounded number"),
    ("employee_id", "123.0", "turned into a decimal number"),
    ("manager_id", "=A2", "wrapped as a spreadsheet formula"),
    ("department", "#REF!", '"#REF!" is a formula that failed'),
    ("time_zone", "Europe/Berln", '"Europe/Berln" is not a known time zone'),
    ("time_zone", "localtime", '"localtime" is not a known time zone'),
    ("time_zone", "../etc/passwd", "is not a known time zone"),
    ("country", "GBR", '"GBR" is not a country code'),
    ("email", "ada at example.com", "is not an e-mail address"),
    ("email", "ada@example", "is not an e-mail address"),
    ("email", "a@x.org;b@x.org", "is not an e-mail address"),
]


@pytest.mark.parametrize(("column", "value", "words"), REFUSED_CELLS)
def test_a_bad_cell_is_refused_by_file_line_and_column(column: str, value: str, words: str) -> None:
    (problem,) = refused(one_row(column, value))
    assert problem.place == f"r.csv:2:{column}"
    assert words in problem.reason


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Europe/Berln", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("New York", "America/New_York")],
)
def test_a_time_zone_that_is_nearly_right_is_suggested(written: str, meant: str) -> None:
    (problem,) = refused(one_row("time_zone", written))
    assert problem.remedy.startswith(f'Did you mean "{meant}"?')


@pytest.mark.parametrize(
    ("column", "written", "read"),
    [
        ("employee_id", "000123", "000123"),
        ("employee_id", "12E3", "12E3"),
        ("employee_id", " 007\u200b", "007"),
        ("email", "Ada.L@EXAMPLE.Co.UK", "Ada.L@example.co.uk"),
        ("email", "ada@bücher.example", "ada@bücher.example"),
        ("country", "gb", "GB"),
        ("department", '"Contact\nCentre"', "Contact Centre"),
        ("family_name", "Zoe\u0308", "Zoë"),
        ("termination_date", "9999-12-31", None),
        ("time_zone", "Asia/Kolkata", "Asia/Kolkata"),
    ],
)
def test_a_good_cell(column: str, written: str, read: str | None) -> None:
    (entry,) = read_roster(one_row(column, written), source="r.csv").entries
    assert getattr(entry, column) == read


REFUSED_BYTES = [
    (b"", "the file is empty"),
    (b"PK\x03\x04rest", "this workbook is damaged or was cut off"),
    (b"\xd0\xcf\x11\xe0rest", "this is an old Excel workbook (.xls), or one protected by a password"),
    (f"{HEAD}\n{ROW}\n".encode("utf-16-le"), "NUL bytes: it is binary, or UTF-16 without its byte order mark"),
    (f"{HEAD}\n{ROW}\n".encode() + b"\x81\x8d", "the bytes at position 76 are no letters in Windows-1252"),
    (f"{HEAD}\n{ROW}\n".encode("utf-16")[:-1], "are no letters in UTF-16"),
    (f"{HEAD}\n000123,Ada\n{ROW}\n".encode(), "the row has 2 cells, the header has 4"),
    (f"{HEAD}\n{ROW},extra\n".encode(), "the row has 5 cells, the header has 4"),
    (f'{HEAD}\n000123,"A"da,L,2020-01-01\n'.encode(), "the quotes in this row do not match"),
    (f'{HEAD}\n000123,"Ada,L,2020-01-01\n{ROW * 6000}\n'.encode(), "a quoted value that begins here never ends"),
    (f"{HEAD},Employee ID\n{ROW},4\n".encode(), "the column employee_id is there twice"),
    (f"{HEAD}\n000123,,,2020-01-01\n".encode(), "the person has no name"),
]


@pytest.mark.parametrize(("raw", "words"), REFUSED_BYTES)
def test_a_file_that_is_not_whole_is_refused(raw: bytes, words: str) -> None:
    assert any(words in problem.reason for problem in refused(raw))


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    raw = f"{HEAD},email,colour\n1.5E+3,A,B,44137,x,red\n2,A\n3,A,B,2020-13-01,y,red\n".encode()
    assert [problem.place for problem in refused(raw)] == [
        "r.csv:1:colour",
        "r.csv:2:employee_id",
        "r.csv:2:hire_date",
        "r.csv:2:email",
        "r.csv:3",
        "r.csv:4:hire_date",
        "r.csv:4:email",
    ]


def test_a_repeated_row_is_left_out_with_a_note_and_a_contradicting_one_is_a_conflict() -> None:
    roster = sample("duplicate_key.csv")
    note, conflict = roster.problems
    assert (note.severity, note.place) == ("info", "duplicate_key.csv:6:employee_id")
    assert roster.conflicts == (conflict,)
    assert conflict.reason == '000124 stands in line 4 already, with different values: job_code "ADV2" and "ADV3"'
    assert (roster.rows, len(roster.entries)) == (6, 4)
    assert [entry.job_code for entry in roster.entries if entry.employee_id == "000124"] == ["ADV3"]


def test_an_account_belongs_to_one_person_while_an_address_may_be_shared() -> None:
    shared = f"{HEAD},email,lms_account\n1,A,B,2020-01-01,desk@x.org,a\n2,C,D,2020-01-01,desk@x.org,%s\n"
    (warning,) = read_roster((shared % "c").encode(), source="r.csv").problems
    assert (warning.severity, warning.place) == ("warning", "r.csv:3:email")
    assert warning.reason == "desk@x.org is shared by 1, 2: results sent under it will be matched to none of them"
    assert "the account a is given to 1, 2" in [problem.reason for problem in refused((shared % "a").encode())]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("manager_id", "000123", "000123 is given as their own manager"),
        ("country", "UK", "requirements for GB will not apply to this person"),
        ("e_mail_address", "x", '"e_mail_address" is not a known column and is not read'),
    ],
)
def test_what_is_doubtful_is_warned_of_and_read(column: str, value: str, words: str) -> None:
    roster = read_roster(one_row(column, value), source="r.csv")
    assert [(problem.severity, words in problem.reason) for problem in roster.problems] == [("warning", True)]
    assert len(roster.entries) == 1


def test_a_note_that_holds_for_many_cells_is_told_once_with_its_number() -> None:
    raw = f"{HEAD}\n" + "".join(f"{number},Ada ,Lovelace,2020-01-01\n" for number in range(1500))
    (note,) = read_roster(raw.encode(), source="r.csv").problems
    assert (note.severity, note.place) == ("info", "r.csv:2:given_name")
    assert note.reason.endswith("(1,500 times, here first)")


def test_rows_that_a_spreadsheet_padded_or_left_blank_are_no_rows() -> None:
    roster = read_roster(f"{HEAD}\n{ROW},,\n,,,\n\n".encode(), source="r.csv")
    assert (roster.rows, roster.problems) == (1, ())


def test_blank_is_declared_for_every_column() -> None:
    assert set(BLANK) == set(COLUMNS)
