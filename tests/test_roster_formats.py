"""Rosters as workbooks, JSON and under the column names of other systems: the same people, whatever the file."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xlsxwriter

from lrs_bridge.errors import Problem, RosterRefused
from lrs_bridge.roster.absences import read_absences
from lrs_bridge.roster.column_names import OURS, PRESETS, ColumnNames, read_mapping
from lrs_bridge.roster.plan import RosterKind
from lrs_bridge.roster.reading import RosterFile, read_roster

GOOD = Path(__file__).parent / "samples" / "roster" / "good.csv"
HEAD = ["employee_id", "given_name", "family_name", "hire_date"]
ADA = ["000123", "Ada", "Lovelace", date(2020, 1, 2)]


class Shown(float):
    """A number with six digits shown."""


class Formula(str):
    """A formula; its result is what follows the bar."""

    __slots__ = ()


def workbook(*rows: list[Any], hidden: tuple[int, ...] = (), before: str = "", **options: Any) -> bytes:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, **options}) as book:
        day, six = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "000000"})
        if before:
            book.add_worksheet(before).write_row(0, 0, ["Read me", "first"])
        sheet = book.add_worksheet("People")
        for line, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, Formula):
                    formula, _, result = value.partition("|")
                    sheet.write_formula(line, column, formula, None, result)
                elif isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                else:
                    sheet.write(line, column, value, six if isinstance(value, Shown) else None)
        for line in hidden:
            sheet.set_row(line - 1, None, None, {"hidden": True})
    return raw.getvalue()


def read(raw: bytes, names: ColumnNames = OURS, kind: RosterKind = "snapshot") -> RosterFile:
    return read_roster(raw, source="r", names=names, kind=kind)


def refused(raw: bytes, names: ColumnNames = OURS, kind: RosterKind = "snapshot") -> tuple[Problem, ...]:
    with pytest.raises(RosterRefused) as refusal:
        read(raw, names, kind)
    return refusal.value.problems


def said(problems: tuple[Problem, ...]) -> list[str]:
    return [f"{problem.place} {problem.severity}: {problem.reason}" for problem in problems]


# --- workbooks


@pytest.mark.parametrize("options", [{}, {"date_1904": True}, {"constant_memory": True}])
def test_a_workbook_says_what_the_csv_says(options: dict[str, Any]) -> None:
    lines = [line.split(",") for line in GOOD.read_text("utf-8").splitlines()]
    rows = [[date.fromisoformat(cell) if cell[4:5] == "-" else cell for cell in line] for line in lines]
    roster = read(workbook(*rows, before="Notes", **options))
    assert roster.entries == read(GOOD.read_bytes()).entries
    assert (roster.problems, roster.encoding, roster.delimiter) == ((), "Excel workbook", 'worksheet "People"')


def test_titles_above_the_header_and_line_numbers_as_excel_shows_them() -> None:
    (entry,) = read(workbook(["Staff list"], [], HEAD, [], ADA)).entries
    assert (entry.employee_id, entry.hire_date, entry.place) == ("000123", date(2020, 1, 2), "r:5")


def test_numbers_in_id_columns() -> None:
    roster = read(workbook(HEAD, [Shown(123), *ADA[1:]], [4567, *ADA[1:]]))
    assert [entry.employee_id for entry in roster.entries] == ["000123", "4567"]
    assert said(roster.problems) == [
        "r:2:employee_id warning: a number that is only shown with 6 digits was read as it is shown: "
        "format the column as Text (once)",
        "r:3:employee_id info: a number was read as text: zeros in front, if there were any, are lost (once)",
    ]


def test_hidden_rows_are_read_and_told() -> None:
    roster = read(workbook(HEAD, ADA, ["000124", *ADA[1:]], ["000125", *ADA[1:]], hidden=(3, 4)))
    assert len(roster.entries) == 3
    assert said(roster.problems) == ["r:3 warning: 2 rows are hidden in the worksheet, and were read like the others"]


def test_formulas_give_their_values() -> None:
    roster = read(workbook(HEAD, ["000123", Formula("=UPPER(A1)|ADA"), "Lovelace", ADA[3]]))
    assert roster.entries[0].given_name == "ADA"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["000123", Formula("=X|#N/A"), "Lovelace", ADA[3]], 'r:2:given_name error: "#N/A" is a formula that failed'),
        (["000123", "Ada", "Lovelace", 43832], 'r:2:hire_date error: "43832" is an Excel date number'),
        (["000123", "Ada", "Lovelace", "2/1/2020"], 'r:2:hire_date error: "2/1/2020" is not a date as YYYY-MM-DD'),
        ([123.5, "Ada", "Lovelace", "soon"], 'r:2:hire_date error: "soon" is not a date as YYYY-MM-DD'),
    ],
)
def test_cells_that_cannot_be_trusted(cells: list[Any], words: str) -> None:
    assert any(line.startswith(words) for line in said(refused(workbook(HEAD, cells))))


def zipped(**files: str) -> bytes:
    raw = io.BytesIO()
    with ZipFile(raw, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (workbook(HEAD, ADA)[:-500], "this workbook is damaged or was cut off"),
        (zipped(users="a"), "this is a zip, and no Excel workbook (.xlsx)"),
        (workbook(), "the workbook is empty, it has not even a header"),
        (workbook(["Name"], ["Ada"]), "the required column employee_id is missing; found: Name"),
        (workbook(HEAD), ""),
    ],
)
def test_workbooks_that_are_no_roster(raw: bytes, words: str) -> None:
    if words:
        assert words in [problem.reason for problem in refused(raw)]
    else:
        assert read(raw).rows == 0


def test_absences_come_as_workbooks_too() -> None:
    file = read_absences(
        workbook(["employee_id", "first_day", "last_day", "kind"], ["1", ADA[3], "", "sick"]), source="a"
    )
    assert file.entries[0].absence.period.first == date(2020, 1, 2)


# --- JSON


def as_json(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows, indent=1).encode()


PERSON = {"employee_id": "000123", "given_name": "Ada", "family_name": "Lovelace", "hire_date": "2020-01-02"}


@pytest.mark.parametrize("raw", [as_json(PERSON), b'\xef\xbb\xbf{"employees": ' + as_json(PERSON) + b"}"])
def test_json_is_a_list_of_objects(raw: bytes) -> None:
    roster = read(raw)
    assert (roster.problems, roster.delimiter, len(roster.entries)) == ((), "JSON", 1)
    assert roster.entries[0].employee_id == "000123"


def test_json_tells_what_it_had_to_guess() -> None:
    roster = read(as_json(PERSON | {"department": "Sales", "pets": ["cat"]}, PERSON | {"employee_id": 7}))
    assert [entry.employee_id for entry in roster.entries] == ["000123", "7"]
    assert {problem.reason for problem in roster.problems} == {
        '"pets" is not a known column and is not read',
        "not in this object: taken as blank (once)",
        "a number was read as text: zeros in front, if there were any, are lost (once)",
    }


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (as_json(PERSON)[:-2], "r:7 error: the list never ends: the file was cut off"),
        (as_json(PERSON)[:-9], "r:6 error: the JSON cannot be read from here: damaged or cut off"),
        (b'{"a": 1}', "r:1 error: this JSON is no list of objects"),
        (b'["x"]', "r:1 error: this entry of the list is no object: x"),
        (b'[{"employee_id": "1", "employee_id": "2"}]', 'r:1:employee_id error: "employee_id" is there twice'),
        (as_json(PERSON | {"email": {"work": "x"}}), "r:2:email error: email is neither a text nor a whole number"),
        (b'[{"employee_id": "\xff"}]', "r:1 error: the bytes at position 18 are no letters in UTF-8"),
        (b"[]", "r:1:employee_id error: the required column employee_id is missing; found: nothing"),
    ],
)
def test_json_that_is_no_roster(raw: bytes, words: str) -> None:
    assert any(line.startswith(words) for line in said(refused(raw)))


# --- the names of other systems

WORKDAY = (
    "Employee ID,Legal First Name,Preferred First Name,Legal Last Name,Manager ID,Business Title,Hire Date,Pay Group\n"
    "000123,Augusta,Ada,Lovelace,000100,Analyst,2020-01-02,X\n"
)
SUCCESSFACTORS = (
    "STATUS,USERID,USERNAME,FIRSTNAME,LASTNAME,EMAIL,MANAGER,HR,DEPARTMENT,HIREDATE\n"
    "STATUS,USERID,Username,First Name,Last Name,Email,Manager,HR,Department,Hire Date\n"
    "active,000123,ada,Ada,Lovelace,,NO_MANAGER,NO_HR,Sales,01/02/2020\n"
    "inactive,000124,bob,Bob,Gone,,000123,NO_HR,Sales,01/02/2020\n"
)
BAMBOO = (
    "Employee #,First Name,Last Name,Work Email,Job Title,Department,Hire Date,Supervisor,Status\n"
    "000123,Ada,Lovelace,ada@example.com,Analyst,Sales,2020-01-02,Bob,Active\n"
)
ONEROSTER = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier,email\n"
    "a1,,,true,org,teacher,ada,Ada,Lovelace,000123,ada@example.com\n"
)


@pytest.mark.parametrize(
    ("preset", "raw", "expected"),
    [
        ("workday", WORKDAY, {"given_name": "Ada", "manager_id": "000100", "job_title": "Analyst"}),
        ("successfactors", SUCCESSFACTORS, {"lms_account": "ada", "manager_id": "", "department": "Sales"}),
        ("bamboohr", BAMBOO, {"email": "ada@example.com", "manager_id": "", "department": "Sales"}),
    ],
)
def test_presets_read_the_names_of_other_systems(preset: str, raw: str, expected: dict[str, str]) -> None:
    (entry,) = read(raw.encode(), PRESETS[preset]).entries
    assert (entry.employee_id, entry.family_name, entry.hire_date) == ("000123", "Lovelace", date(2020, 1, 2))
    assert {name: getattr(entry, name) for name in expected} == expected


def test_what_was_mapped_and_what_was_not_is_told() -> None:
    assert said(read(WORKDAY.encode(), PRESETS["workday"]).problems) == [
        'r:1 info: read under other names: "Preferred First Name" as given_name, "Legal Last Name" as family_name, '
        '"Business Title" as job_title',
        'r:1:Legal First Name warning: "Legal First Name" is not a known column and is not read',
        'r:1:Pay Group warning: "Pay Group" is not a known column and is not read',
    ]


def test_without_the_preset_it_is_suggested() -> None:
    problems = refused(WORKDAY.encode())
    assert ("the header looks like one of Workday", "Try --preset workday.") in [
        (problem.reason, problem.remedy) for problem in problems
    ]
    meant = {problem.place: problem.remedy for problem in problems}
    assert meant["r:1:Legal Last Name"] == 'Did you mean "family_name"?'


def test_somebody_inactive_without_a_last_day_is_left_out_of_a_snapshot_only() -> None:
    roster = read(SUCCESSFACTORS.encode(), PRESETS["successfactors"])
    assert 'r:4 info: a row that says "inactive" was left out: the person counts as not listed (once)' in said(
        roster.problems
    )
    words = 'r:4:termination_date error: the row says "inactive", and no last day employed'
    assert words in said(refused(SUCCESSFACTORS.encode(), PRESETS["successfactors"], "delta"))


def test_a_missing_row_of_labels_loses_nobody() -> None:
    lines = SUCCESSFACTORS.splitlines()
    roster = read("\n".join([lines[0], *lines[2:], ""]).encode(), PRESETS["successfactors"])
    assert [entry.employee_id for entry in roster.entries] == ["000123"]


def test_oneroster_needs_a_date_of_hire_from_a_mapping() -> None:
    assert any(
        "required column hire_date is missing" in line
        for line in said(refused(ONEROSTER.encode(), PRESETS["oneroster"]))
    )
    names = read_mapping('[fixed]\nhire_date = "2020-01-02"\n', source="m.toml", base=PRESETS["oneroster"])
    (entry,) = read(ONEROSTER.encode(), names).entries
    assert (entry.employee_id, entry.hire_date, entry.lms_account) == ("000123", date(2020, 1, 2), "ada")


MAPPING = """
dates = "DD/MM/YYYY"
[columns]
employee_id = "Personnel number"
manager_id = ["Boss", "Leader"]
[values.country]
"United Kingdom" = "GB"
"""


def test_a_mapping_file_reads_the_rest() -> None:
    raw = (
        "Personnel number,given_name,family_name,Leader,country,hire_date\n"
        "000123,Ada,Lovelace,000100,united kingdom,02/01/2020\n"
    )
    (entry,) = read(raw.encode(), read_mapping(MAPPING, source="m.toml")).entries
    assert (entry.employee_id, entry.manager_id, entry.country) == ("000123", "000100", "GB")
    assert entry.hire_date == date(2020, 1, 2)
    wrong = refused(raw.replace("02/01/2020", "13/13/2020").encode(), read_mapping(MAPPING, source="m.toml"))
    assert 'r:2:hire_date error: "13/13/2020" is not a date as DD/MM/YYYY' in said(wrong)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("columns = [", ["m.toml"]),
        ('colour = 1\ndates = "soon"', ["m.toml:colour", "m.toml:dates"]),
        ('columns = 1\n[fixed]\nshoe = "9"\n', ["m.toml:columns", "m.toml:fixed.shoe"]),
        ("[columns]\nemail = 7\n[values]\ncountry = 3\n", ["m.toml:columns.email", "m.toml:values.country"]),
    ],
)
def test_a_wrong_mapping_is_told_at_once(text: str, places: list[str]) -> None:
    with pytest.raises(RosterRefused) as refusal:
        read_mapping(text, source="m.toml")
    assert [problem.place for problem in refusal.value.problems] == places
