"""Waivers and individual extensions, each with its reason and the person who approved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lrs_bridge.domain.people import Extension, Waiver
from lrs_bridge.errors import Problem
from lrs_bridge.roster import cells
from lrs_bridge.roster.absences import read_period
from lrs_bridge.roster.sheets import Fault, Findings, Layout, RowReader, Sheet
from lrs_bridge.roster.tables import read_sheet

EXEMPTIONS = Layout(
    ("employee_id", "requirement_id", "first_day", "last_day", "reason", "approver", "due"),
    required=("employee_id", "requirement_id", "first_day", "last_day", "reason", "approver"),
)


@dataclass(frozen=True, slots=True)
class ExemptionEntry:
    """A row with a ``due`` grants more time for one requirement; one without waives it for a period."""

    employee_id: str
    grant: Waiver | Extension
    reason: str
    approver: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class ExemptionFile:
    """``problems`` are warnings and notes: a file with errors is refused."""

    source: str
    encoding: str
    delimiter: str
    rows: int
    entries: tuple[ExemptionEntry, ...]
    problems: tuple[Problem, ...] = ()


def read_exemptions(raw: bytes, *, source: str) -> ExemptionFile:
    """RosterRefused, with every problem of the file, when any row of it cannot be trusted."""
    findings = Findings(source)
    return exemptions_of(read_sheet(raw, layout=EXEMPTIONS, findings=findings), findings)


def exemptions_of(sheet: Sheet, findings: Findings) -> ExemptionFile:
    first: dict[tuple[str, str, date | None], ExemptionEntry] = {}
    for row in sheet.rows:
        entry = _entry(RowReader(row, findings))
        start = entry.grant.period.first if isinstance(entry.grant, Waiver) else None
        key = (entry.employee_id, entry.grant.requirement_id, start)
        if key in first:
            _report_repeat(row.line, first[key], entry, findings)
        first.setdefault(key, entry)
    findings.refuse_errors()
    entries = tuple(first.values())
    return ExemptionFile(sheet.source, sheet.encoding, sheet.delimiter, len(sheet.rows), entries, findings.problems())


def _entry(reader: RowReader) -> ExemptionEntry:
    reader.demand("employee_id", "reason", "approver")
    employee_id = reader.read("employee_id", cells.text_id, "")
    approver = reader.text("approver")
    if approver and approver == employee_id:
        reader.fault("approver", Fault(f"{approver} approves their own exemption", "Somebody else must approve it."))
    grant = _extension(reader) if reader.text("due") else _waiver(reader)
    return ExemptionEntry(employee_id, grant, reader.text("reason"), approver, reader.findings.place(reader.row.line))


def _waiver(reader: RowReader) -> Waiver:
    reader.demand("first_day")
    period = read_period(reader, "waiver")
    if period.last is None:
        written = reader.text("last_day")
        words = f"the waiver has no end: {written} stands for none" if written else "the waiver has no end"
        remedy = "Give the last day on which it holds; when that day has come, another row renews it."
        reader.fault("last_day", Fault(words, remedy))
    return Waiver(period, reader.text("requirement_id"), reader.text("reason"), reader.text("approver"))


def _extension(reader: RowReader) -> Extension:
    if not reader.text("requirement_id"):
        reader.fault("requirement_id", Fault("a due date needs a requirement", "Name the requirement that it is for."))
    for column in ("first_day", "last_day"):
        if reader.text(column):
            words = f"a row with a due date grants more time; it cannot have a {column} too"
            reader.fault(column, Fault(words, "Leave it empty, or make two rows: a waiver and an extension."))
    return Extension(reader.text("requirement_id"), reader.read("due", cells.iso_day, cells.EARLIEST))


def _report_repeat(line: int, first: ExemptionEntry, again: ExemptionEntry, findings: Findings) -> None:
    if (first.grant, first.reason, first.approver) == (again.grant, again.reason, again.approver):
        findings.tally(line, "employee_id", "a row that repeats an earlier one word for word was left out")
        return
    words = f"{again.employee_id} has another row for the same exemption, with different values, in {first.place}"
    findings.add(line, "employee_id", Fault(words, "Leave the row that is right."))
