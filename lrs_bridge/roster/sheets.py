"""A table from HR, whatever file format it came in: its header matched, its cells tidied, its faults collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar
from unicodedata import category, normalize

from rapidfuzz import fuzz, process

from lrs_bridge.errors import Problem, RosterRefused, Severity

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Layout:
    """The canonical columns of one kind of file, and those without which it cannot be read.

    ``spellings`` are other header names of a column, the first that is there counts. ``elsewhere`` are names that other
    systems give a column: not read, but suggested. In JSON, ``structured`` columns may hold numbers, lists and objects:
    they are read as the JSON text of these.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    structured: tuple[str, ...] = ()

    def names_of(self, column: str) -> tuple[str, ...]:
        return (*self.spellings.get(column, ()), column)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as its format gives it; ``line`` is where it starts, counted as an editor counts."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a matched sheet: only columns that the layout knows."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RawTable:
    """What every file format comes to. ``encoding`` and ``delimiter`` state in words how it was read."""

    header: RawRow
    rows: Iterable[RawRow]
    encoding: str
    delimiter: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """``encoding`` and ``delimiter`` as in RawTable."""

    source: str
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell, before anybody knows where it stands."""

    reason: str
    remedy: str = ""


class Findings:
    """Everything found in one file, so that all of it is told at once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: list[tuple[int, Problem]] = []
        self._tallies: dict[tuple[str, str, Severity], list[int]] = {}
        self._held: list[Problem] = []

    def add(self, line: int, column: str, fault: Fault, severity: Severity = "error") -> Problem:
        problem = Problem(self.place(line, column), fault.reason, fault.remedy, severity=severity)
        self._found.append((line, problem))
        return problem

    def hold(self, line: int, column: str, fault: Fault) -> None:
        """An error that a human may accept: it stops no reading, but a gate holds the file."""
        self._held.append(self.add(line, column, fault))

    def tally(self, line: int, column: str, words: str, severity: Severity = "info") -> None:
        """A note that may hold for thousands of cells: told once per column, with its number."""
        self._tallies.setdefault((column, words, severity), []).append(line)

    def place(self, line: int, column: str = "") -> str:
        return ":".join(part for part in (self.source, str(line) if line else "", column) if part)

    @property
    def count(self) -> int:
        """How many were added, tallied notes apart: the same before and after a row without a fault."""
        return len(self._found)

    @property
    def held(self) -> tuple[Problem, ...]:
        return tuple(self._held)

    def problems(self) -> tuple[Problem, ...]:
        notes = [
            (lines[0], Problem(self.place(lines[0], column), f"{words} ({_times(len(lines))})", severity=severity))
            for (column, words, severity), lines in self._tallies.items()
        ]
        return tuple(problem for _, problem in sorted(self._found + notes, key=lambda found: found[0]))

    def refuse_errors(self) -> None:
        """Raise with everything found, if any of it is an error that nobody may accept."""
        problems = self.problems()
        faults = sum(problem.severity == "error" for problem in problems)
        if faults > len(self._held):
            raise RosterRefused(
                f"{self.source} has {faults} fault{'s' if faults > 1 else ''}; nothing of it was applied",
                remedy="Correct the places listed, export the file again and import it whole.",
                problems=problems,
            )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times, here first"


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the cells of one row into values; a fault is noted with its place and the blank value taken."""

    row: SheetRow
    findings: Findings

    def text(self, column: str) -> str:
        return self.row.cells.get(column, "")

    def read(self, column: str, parse: Callable[[str], Value | Fault], blank: Value) -> Value:
        text = self.text(column)
        if not text:
            return blank
        value = parse(text)
        if isinstance(value, Fault):
            self.fault(column, value)
            return blank
        return value

    def demand(self, *columns: str) -> None:
        """An error for each of these cells that is blank."""
        for column in columns:
            if not self.text(column):
                self.fault(column, Fault(f"{column} is empty", "Every row needs one."))

    def fault(self, column: str, fault: Fault, severity: Severity = "error") -> Problem:
        return self.findings.add(self.row.line, column, fault, severity)


@dataclass(slots=True)
class _Header:
    names: dict[int, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)


def squeezed(name: str) -> str:
    """``Employee ID``, ``employee-id`` and ``EmployeeID`` are one name."""
    return re.sub(r"[\W_]+", "", normalize("NFKC", name)).casefold()


def recognised(names: Iterable[str], layout: Layout) -> int:
    """How many of these header names the layout knows."""
    known = {squeezed(name) for column in layout.columns for name in layout.names_of(column)}
    return len({squeezed(name) for name in names} & known)


def sheet_of(table: RawTable, layout: Layout, findings: Findings) -> Sheet:
    """Match the header, tidy every cell. Refused at once when a required column lacks: no row can be judged."""
    header = table.header
    matched = _matched(header, layout)
    _report_header(header.line, matched, layout, findings)
    findings.refuse_errors()
    width = len(header.cells)
    tidied = [_tidied(row, matched.names, findings) for row in table.rows if _fits(row, width, findings)]
    columns = tuple(column for column in layout.columns if column in matched.names.values())
    return Sheet(findings.source, columns, tuple(tidied), table.encoding, table.delimiter)


def _matched(header: RawRow, layout: Layout) -> _Header:
    chosen = _chosen_names(header, layout)
    matched = _Header()
    for index, name in enumerate(header.cells):
        column = chosen.get(squeezed(name))
        if column is None:
            matched.unknown += [name.strip()] if name.strip() else []
        elif column in matched.names.values():
            matched.repeated.append(column)
        else:
            matched.names[index] = column
            if squeezed(name) != squeezed(column):
                matched.renamed.append(f'"{name.strip()}" as {column}')
    return matched


def _chosen_names(header: RawRow, layout: Layout) -> dict[str, str]:
    """For each name of this header that is read, squeezed, its column."""
    there = {squeezed(name) for name in header.cells}
    chosen: dict[str, str] = {}
    for column in layout.columns:
        found = next((name for name in map(squeezed, layout.names_of(column)) if name in there - set(chosen)), None)
        if found:
            chosen[found] = column
    return chosen


def _report_header(line: int, matched: _Header, layout: Layout, findings: Findings) -> None:
    missing = [column for column in layout.required if column not in matched.names.values()]
    found = ", ".join([*matched.names.values(), *matched.unknown]) or "nothing"
    for column in missing:
        close = get_close_matches(column, matched.unknown, n=1, cutoff=0.5)
        hint = f'"{close[0]}" may be it. ' if close else ""
        remedy = f"{hint}Rename that column to {column}, or export it too."
        findings.add(line, column, Fault(f"the required column {column} is missing; found: {found}", remedy))
    for column in matched.repeated:
        findings.add(line, column, Fault(f"the column {column} is there twice", "Keep one of them."))
    if matched.renamed:
        findings.add(line, "", Fault(f"read under other names: {', '.join(matched.renamed)}"), "info")
    free = [column for column in layout.columns if column not in matched.names.values()]
    for name in matched.unknown:
        words = f'"{name}" is not a known column and is not read'
        findings.add(line, name, Fault(words, _meant(name, free, layout)), "warning")


def _meant(name: str, free: Sequence[str], layout: Layout) -> str:
    """The column that this header may stand for, by its own name or by that in another HR system."""
    names = {squeezed(column): column for column in free}
    names = {squeezed(other): column for other, column in layout.elsewhere.items() if column in free} | names
    close = process.extractOne(squeezed(name), list(names), scorer=fuzz.ratio, score_cutoff=70)
    return f'Did you mean "{names[close[0]]}"?' if close else ""


def _fits(row: RawRow, width: int, findings: Findings) -> bool:
    """False for a blank row (skipped in silence) and for a ragged one (an error)."""
    cells = row.cells
    if not any(cell.strip() for cell in cells):
        return False
    # spreadsheets pad rows with empty cells on the right: these say nothing
    extra = [cell for cell in cells[width:] if cell.strip()]
    if len(cells) >= width and not extra:
        return True
    remedy = "A value that contains the delimiter or a line break must stand in double quotes."
    findings.add(row.line, "", Fault(f"the row has {len(cells)} cells, the header has {width}", remedy))
    return False


def _tidied(row: RawRow, names: Mapping[int, str], findings: Findings) -> SheetRow:
    cells = {}
    for index, column in names.items():
        raw = row.cells[index]
        text = raw if raw.isascii() else normalize("NFC", "".join(c for c in raw if c == "\n" or category(c) != "Cf"))
        tidy = " ".join(text.split())
        if tidy != raw:
            findings.tally(row.line, column, "spaces, line breaks or invisible characters were tidied away")
        if tidy in SPREADSHEET_ERRORS:
            findings.add(
                row.line, column, Fault(f'"{tidy}" is a formula that failed', "Correct it in the spreadsheet.")
            )
        cells[column] = "" if tidy in SPREADSHEET_ERRORS else tidy
    return SheetRow(row.line, cells)


NUMBER_AS_TEXT = "a number was read as text: zeros in front, if there were any, are lost"
SPREADSHEET_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
