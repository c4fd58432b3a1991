"""The due dates of what is missing as an iCalendar (RFC 5545): one all-day entry for each, without alarms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from uuid import NAMESPACE_URL, uuid5

from lrs_bridge.feeds.relation import Feed, FeedRow

MEDIA_TYPE = "text/calendar; charset=utf-8"
OCTETS = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//LRS Bridge//Compliance//EN", "METHOD:PUBLISH")
# 3.6 wants a component in every calendar; one of nothing due holds the definition of a zone
NOTHING_DUE = (
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def render(feed: Feed) -> bytes:
    entries = [line for row in feed.rows if row.status == "missing" and row.due for line in _entry(row, feed)]
    lines = [*HEAD, "X-WR-CALNAME:Training due", *(entries or NOTHING_DUE), "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _entry(row: FeedRow, feed: Feed) -> Iterator[str]:
    if row.due is None:
        return
    title = feed.titles.get(row.requirement, row.requirement)
    yield "BEGIN:VEVENT"
    # of the person and the requirement alone: the entry moves when the due date does
    yield f"UID:{uuid5(NAMESPACE_URL, f'lrs-bridge:due:{row.employee_id}:{row.requirement}')}"
    yield f"DTSTAMP:{feed.known_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{row.due:%Y%m%d}"
    if row.due.year < 9999:  # a whole day ends on the next (3.6.1)
        yield f"DTEND;VALUE=DATE:{row.due + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(f'{row.name}: {title}')}"
    words = f"{row.reason.replace('_', ' ')}, {row.progress.replace('_', ' ')}"
    yield f"DESCRIPTION:{_escaped(f'{words}; {row.modules_met} of {row.modules_total} modules done')}"
    yield f"CATEGORIES:{_escaped(row.reason)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    """TEXT of 3.3.11: backslash, semicolon, comma and line break; other control characters have no place in it."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _CONTROLS.sub("", plain.replace("\r\n", "\n").replace("\n", "\\n"))


def _folded(line: str) -> bytes:
    """At most 75 octets a line and no letter cut in two (3.1); what is continued begins with a space."""
    folded, room = [b""], OCTETS
    for letter in line:
        octets = letter.encode(errors="replace")
        if len(folded[-1]) + len(octets) > room:
            folded.append(b"")
            room = OCTETS - 1
        folded[-1] += octets
    return b"\r\n ".join(folded) + b"\r\n"
