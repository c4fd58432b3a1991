"""The relation as CSV that a spreadsheet opens without harm."""

from __future__ import annotations

import csv
import io
from typing import Any

from lrs_bridge.feeds.relation import COLUMNS, Feed, as_plain

MEDIA_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as the local code page
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(feed: Feed) -> bytes:
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    roster = feed.roster
    writer.writerow([*COLUMNS, "as_of", "known_at", "roster_as_of", "roster_age_days"])
    once = [feed.as_of, feed.known_at.isoformat(), roster.as_of if roster else "", roster.days if roster else ""]
    for row in feed.rows:
        plain = as_plain(row)
        writer.writerow([*(_cell(plain[name]) for name in COLUMNS), *once])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = " ".join(value) if isinstance(value, list) else str(value)
    # a name such as "=HYPERLINK(…)" must stay a name
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
