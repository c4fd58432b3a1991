"""A sheet to roster entries, with everything that is wrong with it told at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from lrs_bridge.errors import Problem
from lrs_bridge.roster import cells
from lrs_bridge.roster.column_names import OURS, ColumnNames, suggest_preset, translated
from lrs_bridge.roster.entries import ROSTER, RosterEntry
from lrs_bridge.roster.plan import RosterKind
from lrs_bridge.roster.sheets import Fault, Findings, RowReader, Sheet, sheet_of
from lrs_bridge.roster.tables import read_table


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster that can be read. ``problems`` are warnings and notes, and the ``conflicts`` too.

    ``conflicts`` are the rows that repeat an id with other values: a gate holds the file for them; where a human
    accepts it, the last row counts, which is the one in ``entries``.
    """

    source: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    rows: int
    entries: tuple[RosterEntry, ...]
    problems: tuple[Problem, ...] = ()
    conflicts: tuple[Problem, ...] = ()


def read_roster(raw: bytes, *, source: str, names: ColumnNames = OURS, kind: RosterKind = "snapshot") -> RosterFile:
    """A CSV, XLSX or JSON file; RosterRefused, with every problem of it, when any row cannot be trusted."""
    findings = Findings(source)
    layout = names.layout(ROSTER)
    table = read_table(raw, layout=layout, findings=findings)
    suggest_preset(table.header, layout, findings)
    return roster_of(translated(sheet_of(table, layout, findings), names, kind, findings), findings)


def roster_of(sheet: Sheet, findings: Findings) -> RosterFile:
    given = frozenset(sheet.columns)
    readers = [RowReader(row, findings) for row in sheet.rows]
    entries = [_entry(reader, given) for reader in readers]
    single = _without_repeats(readers, entries, findings)
    _report_shared(single.values(), "lms_account", findings)
    _report_shared(single.values(), "email", findings)
    findings.refuse_errors()
    return RosterFile(
        source=sheet.source,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        columns=sheet.columns,
        rows=len(sheet.rows),
        entries=tuple(entry for _, entry in single.values()),
        problems=findings.problems(),
        conflicts=findings.held,
    )


def _entry(reader: RowReader, given: frozenset[str]) -> RosterEntry:
    reader.demand("employee_id", "hire_date")
    entry = RosterEntry(
        employee_id=reader.read("employee_id", cells.text_id, ""),
        given_name=reader.text("given_name"),
        family_name=reader.text("family_name"),
        # a stand-in where the cell is faulty: the file is refused then, and the row is still compared with others
        hire_date=reader.read("hire_date", cells.iso_day, cells.EARLIEST),
        email=reader.read("email", cells.email, ""),
        lms_account=reader.read("lms_account", cells.text_id, ""),
        manager_id=reader.read("manager_id", cells.text_id, ""),
        department=reader.text("department"),
        job_code=reader.text("job_code"),
        job_title=reader.text("job_title"),
        location=reader.text("location"),
        country=reader.read("country", cells.country, ""),
        time_zone=reader.read("time_zone", cells.time_zone, ""),
        worker_type=reader.text("worker_type"),
        termination_date=reader.read("termination_date", cells.last_day, None),
        given=given,
        place=reader.findings.place(reader.row.line),
    )
    _check_together(reader, entry)
    return entry


def _check_together(reader: RowReader, entry: RosterEntry) -> None:
    """What one cell alone cannot tell."""
    if not entry.name:
        reader.fault("given_name", Fault("the person has no name", "Give at least one of given_name and family_name."))
    if entry.termination_date and entry.termination_date < entry.hire_date:
        words = f"termination_date {entry.termination_date} is before hire_date {entry.hire_date}"
        reader.fault("termination_date", Fault(words, "hire_date is the first day of the current employment."))
    if entry.manager_id and entry.manager_id == entry.employee_id:
        words = f"{entry.employee_id} is given as their own manager: nobody will be asked to act for this person"
        reader.fault("manager_id", Fault(words, "Leave manager_id empty for the person at the top."), "warning")
    if meant := cells.NOT_COUNTRIES.get(entry.country):
        words = f'"{entry.country}" is no ISO 3166-1 code: requirements for {meant} will not apply to this person'
        reader.fault("country", Fault(words, f"Use {meant}."), "warning")


Placed = tuple[RowReader, RosterEntry]


def _without_repeats(
    readers: Sequence[RowReader], entries: Sequence[RosterEntry], findings: Findings
) -> dict[str, Placed]:
    single: dict[str, Placed] = {}
    for reader, entry in zip(readers, entries, strict=True):
        if not entry.employee_id:
            continue
        first = single.get(entry.employee_id)
        if first is not None:
            _report_repeat(first, (reader, entry), findings)
        single[entry.employee_id] = (reader, entry)
    return single


def _report_repeat(first: Placed, again: Placed, findings: Findings) -> None:
    line = again[0].row.line
    if first[1] == again[1]:
        findings.tally(line, "employee_id", "a row that repeats an earlier one word for word was left out")
        return
    differing = "; ".join(
        f'{column.name} "{_shown(before)}" and "{_shown(after)}"'
        for column in fields(RosterEntry)
        if column.compare and (before := getattr(first[1], column.name)) != (after := getattr(again[1], column.name))
    )
    words = f"{again[1].employee_id} stands in line {first[0].row.line} already, with different values: {differing}"
    findings.hold(
        line, "employee_id", Fault(words, "Leave the row that is right, or --accept duplicates: the last counts.")
    )


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _report_shared(placed: Iterable[Placed], column: str, findings: Findings) -> None:
    """An account proves who acted, so two may not share it; a shared address is usual in workshops, and proves nothing.

    Rows with a date of leaving are not counted: an address or account may pass on to the next person.
    """
    holders: dict[str, list[Placed]] = {}
    for reader, entry in placed:
        if (value := getattr(entry, column)) and entry.termination_date is None:
            holders.setdefault(value.lower() if column == "email" else value, []).append((reader, entry))
    for value, sharing in holders.items():
        if len(sharing) > 1:
            _report_sharing(value, column, sharing, findings)


def _report_sharing(value: str, column: str, sharing: Sequence[Placed], findings: Findings) -> None:
    ids = ", ".join(sorted(entry.employee_id for _, entry in sharing))
    line = sharing[-1][0].row.line
    if column == "email":
        words = f"{value} is shared by {ids}: results sent under it will be matched to none of them"
        findings.add(
            line, column, Fault(words, "Give each person an address of their own, or an lms_account."), "warning"
        )
    else:
        words = f"the account {value} is given to {ids}"
        findings.add(line, column, Fault(words, "One account belongs to one person."))
