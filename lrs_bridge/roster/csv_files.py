"""CSV bytes to a table: which encoding, which delimiter, and whether the file is whole."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from lrs_bridge.roster.sheets import Fault, Findings, Layout, RawRow, RawTable, recognised

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
RESAVE = 'In Excel: "Save as", type "CSV UTF-8 (Comma delimited)".'

_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16 (little endian)"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16 (big endian)"),
)
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
# what UTF-8 looks like after somebody read it as Windows-1252 and saved it again, or after letters were lost
_GARBLED = re.compile("[ÃÂ][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u2122]|\ufffd")


def read_csv(raw: bytes, *, layout: Layout, findings: Findings) -> RawTable:
    """The whole file as a table. RosterRefused when it cannot be decoded."""
    if not raw.strip():
        findings.add(0, "", Fault("the file is empty, it has not even a header", "Export or transfer it again."))
    text, encoding = _decoded(raw, findings)
    findings.refuse_errors()
    text, skipped = _without_sep_line(text)
    delimiter = _delimiter(text, layout)
    rows = _rows(text, delimiter, skipped, findings)
    header = next(rows, None) or RawRow(1, ())
    return RawTable(header, rows, encoding, DELIMITERS[delimiter])


def _decoded(raw: bytes, findings: Findings) -> tuple[str, str]:
    if raw.startswith(_OLD_WORKBOOK):
        words = "this is an old Excel workbook (.xls), or one protected by a password"
        findings.add(0, "", Fault(words, 'In Excel: "Save as", type "Excel Workbook (.xlsx)", without a password.'))
        return "", ""
    for bom, codec, words in _BOMS:
        if raw.startswith(bom):
            return _checked(_strict(raw[len(bom) :], codec, words, findings), findings), words
    return _without_bom(raw, findings)


def _without_bom(raw: bytes, findings: Findings) -> tuple[str, str]:
    try:
        return _checked(raw.decode("utf-8"), findings), "UTF-8"
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            fault = Fault("the file ends in the middle of a letter: it was cut off", "Export or transfer it again.")
            findings.add(_line_of(raw, error.start), "", fault)
            return "", ""
        text = _strict(raw, "cp1252", "Windows-1252", findings)
        if "\0" not in text:
            _warn_windows(text, raw, error.start, findings)
        return _checked(text, findings), "Windows-1252"


def _warn_windows(text: str, raw: bytes, start: int, findings: Findings) -> None:
    if not text:
        return
    # one byte is one letter in this encoding, so the place in the bytes is the place in the text
    word = re.split(r"[,;\t|\r\n\"]", text[:start])[-1] + re.split(r"[,;\t|\r\n\"]", text[start:])[0]
    fault = Fault(f'not UTF-8; read as Windows-1252, for example "{word}"', f"Check the accents. {RESAVE}")
    findings.add(_line_of(raw, start), "", fault, "warning")


def _strict(raw: bytes, codec: str, words: str, findings: Findings) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        reason = f"the bytes at position {error.start:,} are no letters in {words}: wrong encoding, or a damaged file"
        findings.add(_line_of(raw, error.start), "", Fault(reason, RESAVE))
        return ""


def _checked(text: str, findings: Findings) -> str:
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        reason = "the file holds NUL bytes: it is binary, or UTF-16 without its byte order mark"
        findings.add(line, "", Fault(reason, RESAVE))
    elif garbled := _GARBLED.search(text):
        line = text.count("\n", 0, garbled.start()) + 1
        sample = text[max(0, garbled.start() - 3) : garbled.end() + 3].split("\n", maxsplit=1)[0]
        reason = f'letters look damaged before they came here ("{sample}"): wrong encoding in an earlier step'
        findings.add(line, "", Fault(reason, "Export it again from the HR system as UTF-8."), "warning")
    return text


def _line_of(raw: bytes, start: int) -> int:
    return raw.count(b"\n", 0, start) + 1


def _without_sep_line(text: str) -> tuple[str, int]:
    """Excel's own first line ``sep=;`` is no row. The number is that of the lines taken away."""
    found = re.match(r"\s*sep=.\r?\n", text)
    return (text[found.end() :], found.group().count("\n")) if found else (text, 0)


def _delimiter(text: str, layout: Layout) -> str:
    """The delimiter under which the header reads best: most known columns, then most columns."""
    head = io.StringIO(text.lstrip(), newline="")
    line = head.readline()
    split = {delimiter: next(csv.reader([line], delimiter=delimiter), []) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: (recognised(split[delimiter], layout), len(split[delimiter])))


def _rows(text: str, delimiter: str, skipped: int, findings: Findings) -> Iterator[RawRow]:
    """Every row that is not blank; a fault of quoting ends the reading and is noted with the line where it began."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width, before, last = 0, skipped, _unfinished_line(text)
    try:
        for cells in reader:
            line, before = before + 1, skipped + reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            width = width or len(cells)
            if reader.line_num == last and len(cells) < width:
                findings.add(line, "", _CUT_ROW)
                return
            yield RawRow(line, cells)
    except csv.Error as error:
        findings.add(before + 1, "", _quoting_fault(str(error)))


def _unfinished_line(text: str) -> int:
    """The number of the last line, if it has no line end; else 0."""
    return 0 if text.endswith(("\n", "\r")) else sum(1 for _ in io.StringIO(text, newline=""))


def _quoting_fault(words: str) -> Fault:
    if "unexpected end of data" in words:
        return Fault("the file ends inside a quoted value that begins here: it was cut off", _CUT_ROW.remedy)
    if "field larger" in words:
        return Fault("a quoted value that begins here never ends", 'Close it, or write " as "" inside quotes.')
    return Fault(f"the quotes in this row do not match ({words})", 'Write " as "" inside a quoted value.')


_CUT_ROW = Fault("the last row has too few cells and no line end: the file was cut off", "Export or transfer it again.")
