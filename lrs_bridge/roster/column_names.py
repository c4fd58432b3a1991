"""How another HR system names our columns and writes their values: a preset, a mapping file, or both."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from lrs_bridge.errors import Problem, RosterRefused
from lrs_bridge.roster.entries import COLUMNS, ROSTER
from lrs_bridge.roster.plan import RosterKind
from lrs_bridge.roster.sheets import Fault, Findings, Layout, RawRow, Sheet, SheetRow, recognised

DATE_COLUMNS = ("hire_date", "termination_date")
DATE_FORMATS = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD.MM.YYYY": "%d.%m.%Y",
    "YYYYMMDD": "%Y%m%d",
}
ROW_STATUS = "row status"
"""A column of theirs that says whether the person of the row has left; none of ours."""
_STAND_IN = date(1900, 1, 1).isoformat()


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """``values``: for a column, what they write (in any case) and what we read. ``fixed``: the value in every row.

    ``left`` are the values of the status column with which a person has left. ``two_headers``: a row of labels follows
    the row of names.
    """

    title: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: str = "YYYY-MM-DD"
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    two_headers: bool = False

    def layout(self, ours: Layout) -> Layout:
        required = tuple(column for column in ours.required if column not in self.fixed)
        columns = (*ours.columns, ROW_STATUS) if ROW_STATUS in self.columns else ours.columns
        elsewhere = {
            name: column for known in PRESETS.values() for column, names in known.columns.items() for name in names
        }
        return Layout(columns, required, self.columns, elsewhere)


OURS = ColumnNames("our own names")

PRESETS: Mapping[str, ColumnNames] = {
    # Fields of the Worker business object, as a custom report heads its columns, and their XML aliases (spaces become
    # underscores). A report may override every heading: then a mapping file is needed beside the preset.
    "workday": ColumnNames(
        "Workday",
        {
            "employee_id": ("Employee ID", "Worker ID"),
            "given_name": ("Preferred First Name", "Legal First Name", "First Name"),
            "family_name": ("Preferred Last Name", "Legal Last Name", "Last Name"),
            "email": ("Primary Work Email", "Email - Primary Work", "Work Email"),
            "lms_account": ("User Name",),
            "manager_id": ("Manager ID", "Manager Employee ID", "Manager - Employee ID"),
            "department": ("Supervisory Organization", "Cost Center"),
            "job_code": ("Job Code", "Job Profile ID"),
            "job_title": ("Business Title", "Job Title"),
            "location": ("Work Location", "Primary Location"),
            "country": ("Country ISO Code", "Location Country ISO Code"),
            "worker_type": ("Worker Type", "Employee Type"),
            "hire_date": ("Hire Date",),
            "termination_date": ("Termination Date",),
        },
    ),
    # The User Data File: row 1 the system keys, row 2 the labels (SAP Learning, "Managing the User Data File").
    # NO_MANAGER and NO_MGR stand for nobody. Dates are as the template has them, month first.
    "successfactors": ColumnNames(
        "SAP SuccessFactors",
        {
            "employee_id": ("USERID",),
            "given_name": ("FIRSTNAME",),
            "family_name": ("LASTNAME",),
            "email": ("EMAIL",),
            "lms_account": ("USERNAME",),
            "manager_id": ("MANAGER",),
            "job_code": ("JOBCODE",),
            "job_title": ("TITLE",),
            "time_zone": ("TIMEZONE",),
            "hire_date": ("HIREDATE",),
            "termination_date": ("EXITDATE",),
            ROW_STATUS: ("STATUS",),
        },
        dates="MM/DD/YYYY",
        values={"manager_id": {"no_manager": "", "no_mgr": ""}},
        left=frozenset({"inactive", "f"}),
        two_headers=True,
    ),
    # Field names of the API and the labels of its reports. Whether supervisorId or supervisorEId is the employee number
    # is told differently by different integrators, so neither is read: name the right one in a mapping file.
    "bamboohr": ColumnNames(
        "BambooHR",
        {
            "employee_id": ("employeeNumber", "Employee #"),
            "given_name": ("firstName", "First Name"),
            "family_name": ("lastName", "Last Name"),
            "email": ("workEmail", "Work Email"),
            "job_title": ("jobTitle", "Job Title"),
            "worker_type": ("employmentHistoryStatus", "Employment Status"),
            "hire_date": ("hireDate", "Hire Date"),
            "termination_date": ("terminationDate", "Termination Date"),
            ROW_STATUS: ("status",),
        },
        left=frozenset({"inactive"}),
    ),
    # users.csv of the 1EdTech OneRoster CSV binding 1.1 and 1.2. It knows no date of hire and no manager:
    # a mapping file gives a fixed hire_date.
    "oneroster": ColumnNames(
        "OneRoster",
        {
            "employee_id": ("identifier",),
            "given_name": ("preferredGivenName", "givenName"),
            "family_name": ("preferredFamilyName", "familyName"),
            "lms_account": ("username",),
            "worker_type": ("role",),
            ROW_STATUS: ("enabledUser",),
        },
        left=frozenset({"false"}),
    ),
}


def read_mapping(text: str, *, source: str, base: ColumnNames = OURS) -> ColumnNames:
    """A mapping file over a preset; RosterRefused with everything that is wrong with the file."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem(source, f"is not TOML: {error}", 'Such as: [columns] then employee_id = "Personnel number"')
        raise RosterRefused(f"{source} cannot be read", problems=[problem]) from error
    if problems := list(_mapping_problems(table, source)):
        raise RosterRefused(f"{source} is no mapping of columns", problems=problems)
    named = {column: (names,) if isinstance(names, str) else tuple(names) for column, names in _of(table, "columns")}
    values = {column: {word.casefold(): ours for word, ours in words.items()} for column, words in _of(table, "values")}
    columns = {column: (*names, *base.columns.get(column, ())) for column, names in named.items()}
    return replace(
        base,
        title=source if base is OURS else f"{base.title} and {source}",
        columns={**base.columns, **columns},
        values={**base.values, **values},
        fixed={**base.fixed, **dict(_of(table, "fixed"))},
        dates=table.get("dates", base.dates),
    )


def _of(table: Mapping[str, Any], key: str) -> Any:
    return table.get(key, {}).items()


def _mapping_problems(table: Mapping[str, Any], source: str) -> Any:
    for key in table.keys() - {"columns", "values", "fixed", "dates"}:
        yield Problem(f"{source}:{key}", "is not known here", "Write columns, values, fixed or dates.")
    if table.get("dates", "YYYY-MM-DD") not in DATE_FORMATS:
        yield Problem(f"{source}:dates", f"is {table['dates']!r}", f"Choose among {', '.join(DATE_FORMATS)}.")
    for part, right, words in (
        ("columns", _is_names, 'Write "their name", or a list of such names.'),
        ("values", _is_words, 'Write { "theirs" = "ours" }.'),
        ("fixed", _is_text, 'Write "the value of every row".'),
    ):
        found = table.get(part, {})
        if not isinstance(found, dict):
            yield Problem(f"{source}:{part}", "is no table", f"Write [{part}] on a line of its own.")
            continue
        for column, value in found.items():
            if column not in COLUMNS:
                yield Problem(
                    f"{source}:{part}.{column}", "is no column of a roster", f"Choose among {', '.join(COLUMNS)}."
                )
            elif not right(value):
                yield Problem(f"{source}:{part}.{column}", f"is {value!r}", words)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_names(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_words(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def suggest_preset(header: RawRow, layout: Layout, findings: Findings) -> None:
    """Where a required column lacks under the names given, and a preset knows the header better: say so."""
    known = recognised(header.cells, layout)
    if all(recognised([name], layout) for name in header.cells) or known >= len(layout.required):
        return
    counts = {key: recognised(header.cells, names.layout(ROSTER)) for key, names in PRESETS.items()}
    best = max(counts, key=lambda key: counts[key])
    if counts[best] > known:
        words = f"the header looks like one of {PRESETS[best].title}"
        findings.add(header.line, "", Fault(words, f"Try --preset {best}."), "warning")


def translated(sheet: Sheet, names: ColumnNames, kind: RosterKind, findings: Findings) -> Sheet:
    """The sheet in our own columns and values."""
    rows = sheet.rows
    if names.two_headers and rows and not any(_has_digit(rows[0], column) for column in DATE_COLUMNS):
        rows = rows[1:]
    kept = (row for row in rows if not _is_left_out(row, names, kind, findings))
    columns = tuple(column for column in COLUMNS if column in sheet.columns or column in names.fixed)
    return replace(sheet, columns=columns, rows=tuple(_translated(row, names, findings) for row in kept))


def _has_digit(row: SheetRow, column: str) -> bool:
    return any(letter.isdigit() for letter in row.cells.get(column, ""))


def _is_left_out(row: SheetRow, names: ColumnNames, kind: RosterKind, findings: Findings) -> bool:
    """Somebody who has left without a last day is not listed by a snapshot; a delta cannot say when they left."""
    status = row.cells.get(ROW_STATUS, "")
    if status.casefold() not in names.left or row.cells.get("termination_date"):
        return False
    if kind == "delta":
        words = f'the row says "{status}", and no last day employed'
        findings.add(row.line, "termination_date", Fault(words, "Export that date too, or send a snapshot."))
    else:
        findings.tally(row.line, "", f'a row that says "{status}" was left out: the person counts as not listed')
    return True


def _translated(row: SheetRow, names: ColumnNames, findings: Findings) -> SheetRow:
    cells = {column: text for column, text in row.cells.items() if column != ROW_STATUS}
    for column, words in names.values.items():
        if column in cells:
            cells[column] = words.get(cells[column].casefold(), cells[column])
    for column in DATE_COLUMNS:
        if (text := cells.get(column)) and names.dates != "YYYY-MM-DD":
            cells[column] = _iso(text, row.line, column, names.dates, findings)
    return SheetRow(row.line, {**cells, **names.fixed})


def _iso(text: str, line: int, column: str, dates: str, findings: Findings) -> str:
    """A date that is ISO already (a real date of a workbook) stays as it is."""
    for pattern in (DATE_FORMATS[dates], "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern).date().isoformat()  # noqa: DTZ007  a whole day has no zone
        except ValueError:
            continue
    findings.add(line, column, Fault(f'"{text}" is not a date as {dates}', "Correct it, or name another format."))
    return _STAND_IN
