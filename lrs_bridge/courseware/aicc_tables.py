"""The files of an AICC course as text: INI-like groups and comma-separated tables (AICC CMI001 4.0, chapter 7)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lrs_bridge.courseware.archive import MIB, Archive
from lrs_bridge.courseware.pages import decoded
from lrs_bridge.errors import PackageRefused, Problem

LARGEST: Final = 4 * MIB
GROUP: Final = re.compile(r"\s*\[([^\]\r\n]{1,80})\]\s*")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its cells by the column's name in small letters, and all of them in order."""

    place: str
    cells: Mapping[str, str]
    all: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_text(archive: Archive, name: str) -> str:
    """The file as text, whatever the tool that wrote it thought of encodings."""
    if archive.size(name) > LARGEST:
        problem = Problem(name, f"is larger than {LARGEST // MIB} MiB", "No descriptor is this large: export it again")
        raise PackageRefused("The package is refused: a descriptor cannot be read", problems=[problem])
    return decoded(archive.read(name, LARGEST)).replace("\0", "")


def groups(text: str) -> dict[str, str]:
    """The text below each ``[Group]`` by the group's name in small letters; of a group said twice, the first."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if header := GROUP.fullmatch(line):
            lines = []
            found.setdefault(header[1].strip().lower(), lines)
        else:
            lines.append(line)
    return {name: "\n".join(below) for name, below in found.items()}


def keywords(text: str) -> dict[str, str]:
    """``Keyword = value`` by the keyword in small letters; a line that begins with ``;`` is a comment."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        keyword, sign, value = line.partition("=")
        if sign and not keyword.lstrip().startswith(";"):
            found.setdefault(keyword.strip().lower(), unquoted(value))
    return found


def unquoted(value: str) -> str:
    plain = value.strip()
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == '"' else plain


def table(text: str, name: str) -> Iterator[Row]:
    """The rows below the line of column names; cells that no column names are in ``all`` only."""
    columns: tuple[str, ...] = ()
    for line, cells in _lines(text, name):
        if not columns:
            columns = tuple(column_name(cell) for cell in cells)
        else:
            named = dict(
                zip(
                    reversed(columns), reversed(cells[: len(columns)] + [""] * (len(columns) - len(cells))), strict=True
                )
            )  # of a name given twice (member, member) the first counts
            yield Row(f"{name}:{line}", named, tuple(cells))


def column_name(cell: str) -> str:
    return re.sub(r"[\s-]+", "_", cell.strip().lower())


def _lines(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    try:
        for cells in reader:
            plain = [cell.strip() for cell in cells]
            if any(plain):
                yield reader.line_num, plain
    except csv.Error as error:
        problem = Problem(f"{name}:{reader.line_num}", f"is not a table: {error}", "Export the course again")
        raise PackageRefused("The package is refused: a descriptor cannot be read", problems=[problem]) from error
