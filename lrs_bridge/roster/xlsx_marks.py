"""What a worksheet says beside its values: hidden rows, ids shown with zeros in front, formulas that failed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, Any
from zipfile import ZipFile

from lxml import etree

_ZEROS = re.compile(r"0{2,}")
_RELATION = "{*}Relationship"


@dataclass(slots=True)
class Marks:
    """Rows and columns count from 1 as the spreadsheet shows them. ``digits``: how wide a number is shown."""

    hidden: list[int] = field(default_factory=list)
    digits: dict[tuple[int, int], int] = field(default_factory=dict)
    failed: dict[tuple[int, int], str] = field(default_factory=dict)


def read_marks(book: ZipFile, sheet: str) -> Marks:
    """KeyError or etree.XMLSyntaxError where the workbook is not as ECMA-376 Part 1 has it."""
    widths = _widths(book)
    marks = Marks()
    row_number = 0
    with book.open(_sheet_path(book, sheet)) as stream:
        for row in _elements(stream, "row"):
            row_number = int(row.get("r", row_number + 1))
            if row.get("hidden") in {"1", "true"}:
                marks.hidden.append(row_number)
            _read_cells(row, row_number, widths, marks)
    return marks


def _read_cells(row: Any, row_number: int, widths: list[int], marks: Marks) -> None:
    column = 0
    for cell in row.iterfind("{*}c"):
        column = _column(cell.get("r")) or column + 1
        value = cell.findtext("{*}v")
        if cell.get("t") == "e":
            marks.failed[row_number, column] = value or "#N/A"
        elif value is None and cell.find("{*}f") is not None:
            marks.failed[row_number, column] = ""
        elif cell.get("t", "n") == "n" and (width := widths[int(cell.get("s", 0))]):
            marks.digits[row_number, column] = width


def _column(reference: str | None) -> int:
    """27 for AA7."""
    number = 0
    for letter in (reference or "").rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _widths(book: ZipFile) -> list[int]:
    """For each cell style, how many digits its number format always shows (000000: 6), or 0."""
    if "xl/styles.xml" not in book.namelist():
        return [0]
    root = _document(book, "xl/styles.xml")
    codes = {form.get("numFmtId"): form.get("formatCode", "") for form in root.iterfind("{*}numFmts/{*}numFmt")}
    styles = root.iterfind("{*}cellXfs/{*}xf")
    shown = (codes.get(style.get("numFmtId"), "").split(";")[0].replace('"', "") for style in styles)
    return [len(code) if _ZEROS.fullmatch(code) else 0 for code in shown] or [0]


def _sheet_path(book: ZipFile, sheet: str) -> str:
    root = _document(book, "xl/workbook.xml")
    relation = next(
        next(value for name, value in found.attrib.items() if name.endswith("}id"))
        for found in root.iterfind("{*}sheets/{*}sheet")
        if found.get("name") == sheet
    )
    relations = _document(book, "xl/_rels/workbook.xml.rels").iterfind(_RELATION)
    target: str = next(found.get("Target") for found in relations if found.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _document(book: ZipFile, name: str) -> Any:
    return etree.fromstring(book.read(name), _parser())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _elements(stream: IO[bytes], tag: str) -> Any:
    """Each element once; what was read is given back at once."""
    found = etree.iterparse(
        stream, events=("end",), tag=f"{{*}}{tag}", resolve_entities=False, no_network=True, load_dtd=False
    )
    for _, element in found:
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
