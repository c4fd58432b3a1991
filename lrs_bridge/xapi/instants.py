"""xAPI timestamps (Data 4.5): ISO 8601 combined dates and times, read to aware instants and written in one way."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

# RFC 3339 as nearly everybody writes it, which the standard library reads quickest
_COMMON = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-](?!00:00)[0-9]{2}:[0-5][0-9]|\+00:00)"
)
_ISO = re.compile(
    r"""(?P<year>[0-9]{4})
    (?:(?P<dash>-?)(?:(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})
       |W(?P<week>[0-9]{2})(?P=dash)(?P<weekday>[1-7])
       |(?P<ordinal>[0-9]{3})))
    [Tt](?P<hour>[0-9]{2})(?:(?P<colon>:?)(?P<minute>[0-9]{2})(?:(?P=colon)(?P<second>[0-9]{2}))?)?
    (?:[.,](?P<fraction>[0-9]+))?
    (?P<zone>[Zz]|(?P<sign>[+-])(?P<zone_hour>[0-9]{2})(?::?(?P<zone_minute>[0-9]{2}))?)?""",
    re.VERBOSE,
)


def parse_timestamp(text: str) -> datetime | None:
    """The aware instant that ``text`` names, to the microsecond, or None when it is no xAPI timestamp.

    Accepted: the basic and extended forms of ISO 8601 with calendar, week or ordinal dates, reduced and decimal
    times, 24:00 and leap seconds, and RFC 3339's lower-case ``t`` and ``z``. ``+0000`` beside an extended time mixes
    the two forms, but is what PHP and Java write. A zone SHOULD* be there (Data 4.5), so without one UTC is meant.
    Refused: dates without a time, a blank for the ``T``, and the offsets -00, -0000 and -00:00, which ISO 8601 forbids.
    """
    try:
        if _COMMON.fullmatch(text):
            return _common(text)
        match = _ISO.fullmatch(text)
        return _instant(match) if match else None
    except (ValueError, OverflowError):  # the 30th of February, or beyond the years 1 to 9999
        return None


def _common(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        match = _ISO.fullmatch(text)
        return _instant(match) if match else None
    instant.astimezone(UTC)  # an instant that has no name in UTC can neither be sorted nor stored
    return instant


def _instant(match: re.Match[str]) -> datetime | None:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    zone = _zone(match)
    midnight = hour == 24  # the end of the day (ISO 8601:2004 4.2.3)
    if zone is None or minute > 59 or second > 60 or hour > 24:
        return None
    if midnight and (minute or second or int(match["fraction"] or 0)):
        return None
    start = datetime.combine(_day(match), datetime.min.time(), zone)
    moment = start + timedelta(hours=hour, minutes=minute, seconds=second) + _fraction(match)
    in_utc = moment.astimezone(UTC)
    # a leap second is 23:59:60 in UTC, and the same point of POSIX time as the second after it
    if second == 60 and (in_utc.hour, in_utc.minute, in_utc.second) != (0, 0, 0):
        return None
    return moment


def _day(match: re.Match[str]) -> date:
    year = int(match["year"])
    if match["month"]:
        return date(year, int(match["month"]), int(match["day"]))
    if match["week"]:
        return date.fromisocalendar(year, int(match["week"]), int(match["weekday"]))
    day = date(year, 1, 1) + timedelta(days=int(match["ordinal"]) - 1)
    if day.year != year:
        raise ValueError(match["ordinal"])
    return day


def _fraction(match: re.Match[str]) -> timedelta:
    """Of the last unit that is written: ``T15:53.5`` is half a minute past."""
    if not match["fraction"]:
        return timedelta()
    unit = 1 if match["second"] else 60 if match["minute"] else 3600
    return timedelta(microseconds=int((match["fraction"] + "000000")[:6]) * unit)


def _zone(match: re.Match[str]) -> timezone | None:
    if match["sign"] is None:
        return UTC
    hours, minutes = int(match["zone_hour"]), int(match["zone_minute"] or 0)
    negative = match["sign"] == "-"
    if hours > 23 or minutes > 59 or (negative and not hours and not minutes):
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if negative else offset)


def is_timestamp(text: str) -> bool:
    return parse_timestamp(text) is not None


_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def is_rfc3339(text: str) -> bool:
    """An xAPI timestamp in the form of RFC 3339 (IEEE 9274.1.1 5.2.7, "which is a profile of ISO 8601").

    So both hold: seconds, colons and a zone are always there, and -00:00, which RFC 3339 has for "zone unknown" but
    ISO 8601 forbids, is no timestamp. Without a zone there would be nothing to convert to UTC (4.2.7).
    """
    return _RFC_3339.fullmatch(text) is not None and parse_timestamp(text) is not None


def render_instant(instant: datetime) -> str:
    """``2026-03-31T09:30:00.000000Z``: in UTC, always as long, so that it sorts as text."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
