"""The relation as an Excel workbook: a summary, then one sheet for each team."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from lrs_bridge.feeds.relation import COLUMNS, Feed, FeedRow, Tally

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_TEAMS = 250
"""Sheets beyond which nobody leafs through a workbook: then all rows are on one, with the manager as a filter."""
# a text stays a text whatever it begins with; rows are written to disk as they come
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
COLOURS = {"compliant": "#C6EFCE", "missing": "#FFC7CE", "exempt": "#E7E6E6"}
WIDTHS = {"name": 28, "requirement": 26, "department": 20, "evidence": 40}
COUNTED = ("compliant", "missing", "overdue", "exempt")
ALL = "All"
NO_MANAGER = "No manager"
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
LONGEST_TITLE = 31
LONGEST_TEXT = 32_767


def render(feed: Feed) -> bytes:
    raw, rows = io.BytesIO(), list(feed.rows)
    with xlsxwriter.Workbook(raw, OPTIONS) as book:
        # the moment of asking, so that the same answer has the same bytes
        book.set_properties({"title": "Compliance", "created": feed.known_at.replace(tzinfo=None)})
        teams = _teams(rows)
        titles = _titles(teams, {row.employee_id: row.name for row in rows})
        looks = _looks(book)
        _write_summary(book.add_worksheet("Summary"), feed, teams, titles, looks)
        for team, people in teams.items():
            _write_rows(book.add_worksheet(titles[team]), people, looks)
    return raw.getvalue()


def _teams(rows: Sequence[FeedRow]) -> Mapping[str, list[FeedRow]]:
    teams: dict[str, list[FeedRow]] = defaultdict(list)
    for row in rows:
        teams[row.manager_id].append(row)
    return dict(sorted(teams.items())) if len(teams) <= MOST_TEAMS else {ALL: list(rows)}


def _titles(teams: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """For each team a title that Excel takes: short, without its own signs, no two alike in any case."""
    taken = {"summary", "history"}  # "History" is Excel's own
    titles = {}
    for team in teams:
        plain = _FORBIDDEN.sub(" ", f"{team} {names.get(team, '')}" if team else NO_MANAGER).strip(" '") or "Team"
        title, number = plain[:LONGEST_TITLE].rstrip(" '"), 1
        while title.casefold() in taken:
            number += 1
            title = f"{plain[: LONGEST_TITLE - 1 - len(str(number))]} {number}"
        taken.add(title.casefold())
        titles[team] = title
    return titles


def _looks(book: Any) -> dict[str, Any]:
    looks = {status: book.add_format({"bg_color": colour}) for status, colour in COLOURS.items()}
    return looks | {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "share": book.add_format({"num_format": "0%"}),
    }


def _write_summary(
    sheet: Any, feed: Feed, teams: Mapping[str, Sequence[FeedRow]], titles: Mapping[str, str], looks: Mapping[str, Any]
) -> None:
    roster = feed.roster
    facts: list[tuple[str, Any]] = [
        ("as of", feed.as_of),
        ("known at", feed.known_at.isoformat(timespec="seconds")),
        ("roster", roster.source if roster else "none yet"),
        ("roster of", roster.as_of if roster else ""),
        ("roster age in days", roster.days if roster else ""),
        ("rows here", sum(map(len, teams.values()))),
        ("rows in all", feed.total),
    ]
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 6, 14)
    for line, (words, value) in enumerate(facts):
        sheet.write_string(line, 0, words, looks["head"])
        _write_cell(sheet, (line, 1), value, looks)
    top = len(facts) + 1
    for column, words in enumerate(("team", *COUNTED, "share")):
        sheet.write_string(top, column, words, looks["head"])
    for line, (team, rows) in enumerate(teams.items(), top + 1):
        counts = Tally.of(rows).counts
        judged = counts["compliant"] + counts["missing"]
        sheet.write_url(line, 0, f"internal:'{titles[team].replace(chr(39), chr(39) * 2)}'!A1", string=titles[team])
        for column, name in enumerate(COUNTED, 1):
            sheet.write_number(line, column, counts[name])
        if judged:
            sheet.write_number(line, len(COUNTED) + 1, counts["compliant"] / judged, looks["share"])


def _write_rows(sheet: Any, rows: Sequence[FeedRow], looks: Mapping[str, Any]) -> None:
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, WIDTHS.get(name, 14))
        sheet.write_string(0, column, name, looks["head"])
    for line, row in enumerate(rows, 1):
        for column, name in enumerate(COLUMNS):
            _write_cell(sheet, (line, column), getattr(row, name), looks)
    status = COLUMNS.index("status")
    for word in COLOURS:
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": looks[word]}
        sheet.conditional_format(1, status, max(1, len(rows)), status, rule)


def _write_cell(sheet: Any, place: tuple[int, int], value: Any, looks: Mapping[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, int):
        sheet.write_number(*place, value)
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, looks["date"])
    elif value:
        text = " ".join(value) if isinstance(value, tuple) else str(value)
        sheet.write_string(*place, text[:LONGEST_TEXT])
