"""XLSX bytes to a table: which worksheet, where its header is, and every value as the text that is meant."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zipfile import BadZipFile, ZipFile

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from lrs_bridge.roster.sheets import NUMBER_AS_TEXT, Fault, Findings, Layout, RawRow, RawTable, recognised
from lrs_bridge.roster.xlsx_marks import Marks, read_marks

Value = int | float | str | bool | date | datetime | time | timedelta

HEADER_WITHIN = 20
"""Rows in which the header is looked for: titles and notes stand above many an export."""
LARGEST = 1_000_000_000
"""Bytes that a workbook may unpack to: an export of 200,000 people is a tenth of it, a zip bomb is not."""
EXACT = 10**15
"""Excel keeps fifteen digits; what follows became zeros."""

_DAMAGED = Fault("this workbook is damaged or was cut off", "Export or transfer it again.")
_CALCULATE = "Open it in the spreadsheet, let it calculate, save it, and send it again."


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the header stands: ``index`` is that of its row."""

    sheet: str
    values: Sequence[Sequence[Value]]
    index: int
    known: int


def is_zip(raw: bytes) -> bool:
    return raw.startswith(b"PK\x03\x04")


def read_xlsx(raw: bytes, *, layout: Layout, findings: Findings) -> RawTable:
    """The worksheet whose header is known best, the first of equals. RosterRefused when there is none to read."""
    try:
        with ZipFile(io.BytesIO(raw)) as book:
            _check_workbook(book, findings)
            findings.refuse_errors()
            place = _place(raw, layout)
            marks = read_marks(book, place.sheet) if place else Marks()
    except (BadZipFile, CalamineError, KeyError, StopIteration, etree.XMLSyntaxError, EOFError):
        findings.add(0, "", _DAMAGED)
        place, marks = None, Marks()
    else:
        if place is None:
            findings.add(0, "", Fault("the workbook is empty, it has not even a header", "Export it again."))
    findings.refuse_errors()
    return _table(place or _Place("", [[]], 0, 0), marks, findings)


def _check_workbook(book: ZipFile, findings: Findings) -> None:
    if "xl/workbook.xml" not in book.namelist():
        words = "this is a zip, and no Excel workbook (.xlsx)"
        findings.add(0, "", Fault(words, "Send the file that is inside it: CSV, XLSX or JSON."))
    if sum(entry.file_size for entry in book.infolist()) > LARGEST:
        findings.add(0, "", Fault("the workbook unpacks to more than 1 GB", "Export only the columns that are asked."))


def _place(raw: bytes, layout: Layout) -> _Place | None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    places = [
        _Place(name, values, index, recognised((_plain(value) for value in values[index]), layout))
        for name in names
        if (values := workbook.get_sheet_by_name(name).to_python(skip_empty_area=False))
        for index in range(min(HEADER_WITHIN, len(values)))
        if any(value != "" for value in values[index])
    ]
    return max(places, key=lambda place: place.known, default=None)


def _table(place: _Place, marks: Marks, findings: Findings) -> RawTable:
    header = RawRow(place.index + 1, [_plain(value) for value in place.values[place.index]])
    names = [name.strip() for name in header.cells]
    used = max((index for index, name in enumerate(names) if name), default=-1) + 1
    if hidden := [row for row in marks.hidden if row > header.line and any(_written(place.values, row))]:
        words = f"{len(hidden):,} rows are hidden in the worksheet, and were read like the others"
        findings.add(hidden[0], "", Fault(words, "Remove the filter and look at them, or delete them."), "warning")
    rows = [
        RawRow(line, [_text(value, line, column, names, marks, findings) for column, value in enumerate(values, 1)])
        for line, values in enumerate(place.values[place.index + 1 :], place.index + 2)
    ]
    # a workbook has a cell for every column that was ever touched; those without a name and a value say nothing
    return RawTable(RawRow(header.line, names[:used]), rows, "Excel workbook", f'worksheet "{place.sheet}"')


def _written(values: Sequence[Sequence[Value]], row: int) -> Iterable[bool]:
    return (value != "" for value in (values[row - 1] if row <= len(values) else ()))


def _text(value: Value, line: int, column: int, names: list[str], marks: Marks, findings: Findings) -> str:
    name = names[column - 1] if column <= len(names) else ""
    failed = marks.failed.get((line, column))
    if failed:
        return failed  # a word such as #N/A, which is refused where the column is read
    if failed == "":
        findings.add(line, name, Fault("this is a formula that was never calculated", _CALCULATE))
    if isinstance(value, float | int) and not isinstance(value, bool):
        return _number(value, (line, column), name, marks, findings)
    return _plain(value)


def _number(value: float, place: tuple[int, int], name: str, marks: Marks, findings: Findings) -> str:
    text = _plain(value)
    if not text.isdigit():
        return text
    if value >= EXACT:
        words = f"{text} is a number of more than fifteen digits, which Excel rounds"
        findings.add(place[0], name, Fault(words, "Give the column the format Text before it is filled."), "warning")
    width = marks.digits.get(place, 0)
    if width > len(text):
        words = f"a number that is only shown with {width} digits was read as it is shown: format the column as Text"
        findings.tally(place[0], name, words, "warning")
        return text.zfill(width)
    if not width:
        findings.tally(place[0], name, NUMBER_AS_TEXT)
    return text


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)
