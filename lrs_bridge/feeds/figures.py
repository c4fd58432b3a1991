"""A table of figures, the same for every format: what it counts, of when, and what is kept back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from lrs_bridge.feeds.csv_feed import BYTE_ORDER_MARK, FORMULA_STARTS
from lrs_bridge.feeds.relation import RosterAge

JSON_TYPE = "application/json"
CSV_TYPE = "text/csv; charset=utf-8"
KEPT_BACK = "suppressed"
"""The last column: whether the figures of a row are kept back because they would be those of a few people."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``columns`` name what is in each row, ``suppressed`` last; ``whole`` is the row of everybody, where there is one.

    A row that is kept back has the names of its group and nothing else. ``total`` counts the rows before paging.
    """

    figure: str
    as_of: date
    known_at: datetime
    roster: RosterAge | None
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    total: int
    least_people: int
    whole: Mapping[str, Any] | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    """The title of each requirement."""


def render_json(figures: Figures) -> bytes:
    return orjson.dumps(
        {
            "figure": figures.figure,
            "as_of": figures.as_of,
            "known_at": figures.known_at,
            "roster": asdict(figures.roster) if figures.roster else None,
            "least_people": figures.least_people,
            "total": figures.total,
            "requirements": figures.titles,
            "whole": figures.whole,
            "rows": [{name: row.get(name) for name in figures.columns} for row in figures.rows],
        },
        option=orjson.OPT_UTC_Z,
    )


def render_csv(figures: Figures) -> bytes:
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([*figures.columns, "as_of", "known_at"])
    for row in figures.rows:
        cells = [csv_cell(row.get(name)) for name in figures.columns]
        writer.writerow([*cells, figures.as_of, figures.known_at.isoformat()])
    return text.getvalue().encode()


def csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text
