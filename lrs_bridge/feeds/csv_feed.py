"""The relation as CSV that a spreadsheet opens without harm."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from lrs_bridge.feeds.relation import COLUMNS, Feed, as_plain

MEDIA_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as the local code page
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ONCE = ("as_of", "known_at", "roster_as_of", "roster_age_days")


def render(feed: Feed) -> bytes:
    return b"".join(pieces(feed))


def pieces(feed: Feed) -> Iterator[bytes]:
    roster = feed.roster
    once = [feed.as_of, feed.known_at.isoformat(), roster.as_of if roster else "", roster.days if roster else ""]
    yield BYTE_ORDER_MARK.encode() + _line([*COLUMNS, *ONCE])
    for row in feed.rows:
        plain = as_plain(row)
        yield _line([*(_cell(plain[name]) for name in COLUMNS), *once])


def _line(cells: Iterable[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = " ".join(value) if isinstance(value, list) else str(value)
    return guarded(text)


def guarded(text: str) -> str:
    """A name such as "=HYPERLINK(…)" stays a name when a spreadsheet opens it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
