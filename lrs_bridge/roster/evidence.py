"""Evidence beside statements, as HR and team leaders write it: workshops, sessions, assessments, certificates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, time
from hashlib import sha256

from lrs_bridge.domain.evidence import EvidenceKind, certificate_activity
from lrs_bridge.domain.facts import Outcome
from lrs_bridge.domain.verdicts import Graded
from lrs_bridge.errors import Problem
from lrs_bridge.roster import cells, grades
from lrs_bridge.roster.sheets import Fault, Findings, Layout, RowReader, Sheet, SheetRow
from lrs_bridge.roster.tables import read_sheet

COLUMNS = (
    "employee_id", "kind", "activity", "title", "date", "time", "outcome", "score", "criteria", "assessor", "issuer",
    "certificate_number", "valid_until", "location", "duration_minutes", "note", "external_id",
)  # fmt: skip
EVIDENCE = Layout(
    COLUMNS,
    required=("employee_id", "kind", "activity", "date"),
    spellings={"assessor": ("instructor",), "certificate_number": ("number",)},
    structured=("criteria", "score", "duration_minutes"),
)
OUTCOMES = (Outcome.PASSED, Outcome.COMPLETED, Outcome.FAILED)
LONGEST = 100_000
"""Minutes: ten weeks."""

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """One row. ``outcome`` and ``score`` are as stated, None where the row says nothing; ``line`` is its place."""

    employee_id: str
    kind: EvidenceKind
    activity: str
    day: date
    title: str = ""
    clock: time | None = None
    outcome: Outcome | None = None
    score: float | None = None
    criteria: tuple[Graded, ...] = ()
    assessor: str = ""
    issuer: str = ""
    number: str = ""
    valid_until: date | None = None
    location: str = ""
    duration_minutes: int | None = None
    note: str = ""
    external_id: str = ""
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> str:
        """What makes two rows the same record, of which the later one is a correction."""
        if self.external_id:
            return f"external\n{self.external_id}"
        return f"{self.employee_id}\n{self.kind}\n{self.activity}\n{self.day}"

    @property
    def digest(self) -> str:
        """Of all that the row says, wherever it stands."""
        said = asdict(self)
        del said["line"]
        return sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class EvidenceRows:
    """The rows that can be read. ``findings`` still holds what is wrong: more may be found before it refuses."""

    entries: tuple[EvidenceEntry, ...]
    findings: Findings
    rows: int
    encoding: str = ""
    delimiter: str = ""


def read_evidence(raw: bytes, *, source: str) -> EvidenceRows:
    """A CSV, XLSX or JSON file. RosterRefused where no row of it can be judged."""
    findings = Findings(source)
    return _rows(read_sheet(raw, layout=EVIDENCE, findings=findings), findings)


def evidence_of_cells(values: Mapping[str, str]) -> EvidenceRows:
    """One record without a file: the places of its problems are the columns alone."""
    return _rows(Sheet("", COLUMNS, (SheetRow(0, values),)), Findings(""))


def problems_of_evidence(raw: bytes, source: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a file by itself; RosterRefused with it where an error is among it."""
    found = read_evidence(raw, source=source)
    found.findings.refuse_errors()
    return found.findings.problems()


def _rows(sheet: Sheet, findings: Findings) -> EvidenceRows:
    first: dict[str, EvidenceEntry] = {}
    for row in sheet.rows:
        before = findings.count
        entry = _entry(RowReader(row, findings))
        if findings.count > before:
            continue
        if entry.key in first:
            _report_repeat(first[entry.key], entry, findings)
        first.setdefault(entry.key, entry)
    return EvidenceRows(tuple(first.values()), findings, len(sheet.rows), sheet.encoding, sheet.delimiter)


def _entry(reader: RowReader) -> EvidenceEntry:
    reader.demand("employee_id", "kind", "activity", "date")
    kind = reader.read("kind", _kind, EvidenceKind.COMPLETION)
    day = reader.read("date", cells.iso_day, cells.EARLIEST)
    stated = reader.read("outcome", _outcome, None)
    entry = EvidenceEntry(
        employee_id=reader.read("employee_id", cells.text_id, ""),
        kind=kind,
        activity=_activity(reader, kind),
        day=day,
        title=reader.text("title"),
        clock=reader.read("time", _clock, None),
        # who holds a certificate has met what it asks, unless the row says otherwise
        outcome=Outcome.PASSED if kind is EvidenceKind.CERTIFICATE and not reader.text("outcome") else stated,
        score=reader.read("score", grades.share, None),
        criteria=reader.read("criteria", grades.criteria, ()),
        assessor=reader.text("assessor"),
        issuer=reader.text("issuer"),
        number=reader.text("certificate_number"),
        valid_until=reader.read("valid_until", cells.last_day, None),
        location=reader.text("location"),
        duration_minutes=reader.read("duration_minutes", _minutes, None),
        note=reader.text("note"),
        external_id=reader.text("external_id"),
        line=reader.row.line,
    )
    _check(reader, entry)
    return entry


def _check(reader: RowReader, entry: EvidenceEntry) -> None:
    """What the cells of one row say together."""
    if entry.valid_until and entry.valid_until < entry.day and reader.text("date"):
        words = f"valid until {entry.valid_until}, before it was given on {entry.day}"
        reader.fault("valid_until", Fault(words, "Correct the dates; valid_until is the last day that it holds."))
    if entry.kind is EvidenceKind.ASSESSMENT and not entry.assessor:
        reader.fault("assessor", Fault("assessor is empty", "Name who assessed: an employee id, or a name."))
    if entry.assessor and entry.assessor == entry.employee_id:
        reader.fault("assessor", Fault(f"{entry.assessor} assesses themselves", "Somebody else must have done it."))
    if entry.criteria and entry.kind is not EvidenceKind.ASSESSMENT:
        words = f"criteria are graded in an assessment, and this is a {entry.kind}"
        reader.fault("criteria", Fault(words, "Write assessment as its kind, or leave criteria empty."))


def _activity(reader: RowReader, kind: EvidenceKind) -> str:
    """An IRI; of a certificate its name will do, as requirements call it in ``equivalents``."""
    text = reader.text("activity")
    if kind is EvidenceKind.CERTIFICATE and text:
        return certificate_activity(text)
    if text and not _IRI.fullmatch(text):
        remedy = "Write the activity of a module as lrs-bridge requirements show tells it: https://…"
        reader.fault("activity", Fault(f'"{text}" is not an absolute IRI', remedy))
    return text


def _kind(text: str) -> EvidenceKind | Fault:
    word = text.casefold()
    if word in set(EvidenceKind):
        return EvidenceKind(word)
    return Fault(f'"{text}" is not a kind of evidence', f"Use one of: {', '.join(EvidenceKind)}.")


def _outcome(text: str) -> Outcome | Fault:
    word = text.casefold()
    if word in OUTCOMES:
        return Outcome(word)
    return Fault(f'"{text}" is not an outcome', f"Use one of: {', '.join(OUTCOMES)}.")


def _clock(text: str) -> time | Fault:
    if not _CLOCK.fullmatch(text):
        return Fault(f'"{text}" is not a time of day', "Write hours and minutes: 14:30.")
    return time.fromisoformat(text if text[2] == ":" else f"0{text}")


def _minutes(text: str) -> int | Fault:
    if text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= LONGEST:
        return int(text)
    return Fault(f'"{text}" is not a number of minutes', "Write whole minutes: 90.")


def _report_repeat(first: EvidenceEntry, again: EvidenceEntry, findings: Findings) -> None:
    if first == again:
        findings.tally(again.line, "employee_id", "a row that repeats an earlier one word for word was left out")
        return
    place = findings.place(first.line)
    if again.external_id:
        fault = Fault(f"{place} has the same external_id, and says something else", "Leave the row that is right.")
        findings.add(again.line, "external_id", fault)
        return
    words = f"{again.employee_id} has another row of that kind, activity and date, with other values, in {place}"
    findings.add(again.line, "employee_id", Fault(words, "Leave the right one, or give both an external_id."))
