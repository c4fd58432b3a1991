"""Absences from HR: who is away from when until when. Why is HR's secret: only long or short is kept of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lrs_bridge.domain.people import Absence, AbsenceKind
from lrs_bridge.domain.periods import Period, overlap
from lrs_bridge.errors import Problem
from lrs_bridge.roster import cells
from lrs_bridge.roster.sheets import Fault, Findings, Layout, RowReader, Sheet
from lrs_bridge.roster.tables import read_sheet

ABSENCES = Layout(
    ("employee_id", "first_day", "last_day", "kind"), required=("employee_id", "first_day", "last_day", "kind")
)

# long: exempt whatever its length. short: its length decides (`min_absence_days` of the requirement).
KINDS: dict[str, AbsenceKind] = {
    "long": "long",
    "maternity": "long",
    "paternity": "long",
    "parental": "long",
    "adoption": "long",
    "sabbatical": "long",
    "career break": "long",
    "long-term sick": "long",
    "long term sick": "long",
    "long sickness": "long",
    "military": "long",
    "short": "short",
    "sick": "short",
    "sickness": "short",
    "illness": "short",
    "medical": "short",
    "annual": "short",
    "holiday": "short",
    "vacation": "short",
    "pto": "short",
    "unpaid": "short",
    "bereavement": "short",
    "compassionate": "short",
    "carer": "short",
    "jury": "short",
    "study": "short",
    "other": "short",
}


@dataclass(frozen=True, slots=True)
class AbsenceEntry:
    employee_id: str
    absence: Absence
    place: str = ""


@dataclass(frozen=True, slots=True)
class AbsenceFile:
    """``problems`` are warnings and notes: a file with errors is refused."""

    source: str
    encoding: str
    delimiter: str
    rows: int
    entries: tuple[AbsenceEntry, ...]
    problems: tuple[Problem, ...] = ()


def read_absences(raw: bytes, *, source: str) -> AbsenceFile:
    """RosterRefused, with every problem of the file, when any row of it cannot be trusted."""
    findings = Findings(source)
    return absences_of(read_sheet(raw, layout=ABSENCES, findings=findings), findings)


def absences_of(sheet: Sheet, findings: Findings) -> AbsenceFile:
    first: dict[tuple[str, date, AbsenceKind], AbsenceEntry] = {}
    earlier: dict[str, list[AbsenceEntry]] = {}
    for row in sheet.rows:
        reader = RowReader(row, findings)
        entry = _entry(reader)
        key = (entry.employee_id, entry.absence.period.first, entry.absence.kind)
        if key in first:
            _report_repeat(row.line, first[key], entry, findings)
            continue
        first[key] = entry
        _report_overlaps(reader, entry, earlier.setdefault(entry.employee_id, []))
        earlier[entry.employee_id].append(entry)
    findings.refuse_errors()
    entries = tuple(first.values())
    return AbsenceFile(sheet.source, sheet.encoding, sheet.delimiter, len(sheet.rows), entries, findings.problems())


def absence_kind(text: str) -> AbsenceKind | Fault:
    """One of KINDS; "leave" behind it and the way it is written make no difference."""
    word = text.casefold().removesuffix(" leave").strip().replace("_", " ")
    kind = KINDS.get(word) or KINDS.get(word.replace("-", " "))
    return kind or Fault(
        f'"{text}" is not a known kind of absence', f"Use long or short, or one of: {', '.join(KINDS)}."
    )


def read_period(reader: RowReader, what: str) -> Period:
    """``first_day`` to ``last_day``, both included; an empty last_day is open."""
    first = reader.read("first_day", cells.iso_day, cells.EARLIEST)
    last = reader.read("last_day", cells.last_day, None)
    if last is not None and last < first:
        words = f"the {what} ends on {last}, before it starts on {first}"
        reader.fault("last_day", Fault(words, "Correct the dates; last_day is the last day away, or empty while open."))
    return Period(first, last)


def unknown_people(named: Iterable[tuple[str, str]], known: Collection[str]) -> list[Problem]:
    """For each (employee_id, place) that no roster has named: a problem, with the id that may be meant."""
    bare = {cells.without_zeros(employee_id): employee_id for employee_id in sorted(known)}
    return [
        Problem(
            f"{place}:employee_id",
            f"{employee_id} is in no roster{cells.meant_with_zeros(employee_id, bare)}",
            "Import the roster first, or correct the id.",
        )
        for employee_id, place in named
        if employee_id not in known
    ]


def overlap_problems(entries: Iterable[AbsenceEntry], held: Mapping[str, Sequence[Period]]) -> list[Problem]:
    """For each entry that shares a day with an absence recorded before (by employee id), which does not give way."""
    faults = [
        (entry, _overlap(entry, other, "that is recorded already"))
        for entry in entries
        for other in held.get(entry.employee_id, ())
        if overlap(entry.absence.period, other)
    ]
    return [
        Problem(":".join(filter(None, (entry.place, "first_day"))), fault.reason, fault.remedy)
        for entry, fault in faults
    ]


def told_days(period: Period) -> str:
    """``from … to …`` in words."""
    return f"from {period.first} {f'to {period.last}' if period.last else 'with no end'}"


def _report_overlaps(reader: RowReader, entry: AbsenceEntry, earlier: Iterable[AbsenceEntry]) -> None:
    unread = not entry.employee_id or entry.absence.period.first == cells.EARLIEST
    for other in () if unread else earlier:
        if overlap(entry.absence.period, other.absence.period):
            reader.fault("first_day", _overlap(entry, other.absence.period, f"in {other.place}"))


def _overlap(entry: AbsenceEntry, other: Period, where: str) -> Fault:
    days = told_days(entry.absence.period)
    words = f"the absence of {entry.employee_id} {days} overlaps the one {told_days(other)} {where}"
    return Fault(words, "A person is away once: correct the dates, or withdraw the absence that is wrong.")


def _entry(reader: RowReader) -> AbsenceEntry:
    reader.demand("employee_id", "first_day", "kind")
    kind: AbsenceKind = reader.read("kind", absence_kind, "short")
    period = read_period(reader, "absence")
    place = reader.findings.place(reader.row.line)
    return AbsenceEntry(reader.read("employee_id", cells.text_id, ""), Absence(period, kind), place)


def _report_repeat(line: int, first: AbsenceEntry, again: AbsenceEntry, findings: Findings) -> None:
    if first.absence == again.absence:
        findings.tally(line, "employee_id", "a row that repeats an earlier one word for word was left out")
        return
    ends = [f"ends on {last}" if (last := entry.absence.period.last) else "has no end" for entry in (first, again)]
    words = f"the same absence of {again.employee_id} {ends[0]} in {first.place} and {ends[1]} here"
    findings.add(line, "last_day", Fault(words, "Leave the row that is right."))
