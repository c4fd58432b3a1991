"""A table of figures as an Excel workbook: one sheet, frozen header, shares as percentages."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import xlsxwriter

from lrs_bridge.feeds.figures import KEPT_BACK, Figures

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
SHARES = ("rate", "overdue_rate", "started_share", "met_share", "share_in_hours")
WIDE = {"team_name": 28, "module_title": 36, "place": 40, "requirement": 26, "department": 22, "location": 20}
LONGEST_TEXT = 32_767


def render(figures: Figures) -> bytes:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, OPTIONS) as book:
        # the moment of asking, so that the same answer has the same bytes
        book.set_properties({"title": figures.figure, "created": figures.known_at.replace(tzinfo=None)})
        looks = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "share": book.add_format({"num_format": "0.0%"}),
            "back": book.add_format({"font_color": "#7F7F7F", "italic": True}),
        }
        _write_rows(book.add_worksheet(figures.figure), figures, looks)
        _write_about(book.add_worksheet("About"), figures, looks)
    return raw.getvalue()


def _write_rows(sheet: Any, figures: Figures, looks: Mapping[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(figures.rows), len(figures.columns) - 1)
    for column, name in enumerate(figures.columns):
        sheet.set_column(column, column, WIDE.get(name, 15))
        sheet.write_string(0, column, name, looks["head"])
    for line, row in enumerate(figures.rows, 1):
        if row.get(KEPT_BACK):
            sheet.set_row(line, None, looks["back"])
        for column, name in enumerate(figures.columns):
            _write_cell(sheet, (line, column), row.get(name), looks["share" if name in SHARES else "date"])
    for name in {"rate", "share_in_hours"} & set(figures.columns):
        column = list(figures.columns).index(name)
        scale = {"type": "data_bar", "bar_color": "#9BC2E6", "min_type": "num", "min_value": 0, "max_type": "num",
                 "max_value": 1, "bar_solid": True}  # fmt: skip
        sheet.conditional_format(1, column, max(1, len(figures.rows)), column, scale)


def _write_about(sheet: Any, figures: Figures, looks: Mapping[str, Any]) -> None:
    roster = figures.roster
    lines: list[tuple[str, Any]] = [
        ("figure", figures.figure),
        ("as of", figures.as_of),
        ("known at", figures.known_at.isoformat(timespec="seconds")),
        ("roster", roster.source if roster else "none yet"),
        ("roster of", roster.as_of if roster else None),
        ("rows here", len(figures.rows)),
        ("rows in all", figures.total),
        ("people below which a group is not shown", figures.least_people),
    ]
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 24)
    for line, (words, value) in enumerate(lines):
        sheet.write_string(line, 0, words, looks["head"])
        _write_cell(sheet, (line, 1), value, looks["date"])


def _write_cell(sheet: Any, place: tuple[int, int], value: Any, look: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, float):
        sheet.write_number(*place, value, look)
    elif isinstance(value, int):
        sheet.write_number(*place, value)
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, look)
    elif value:
        sheet.write_string(*place, str(value)[:LONGEST_TEXT])
