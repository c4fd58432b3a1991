"""ISO 8601 durations (xAPI Data 4.6) as spans of time."""

from __future__ import annotations

import re
from datetime import timedelta

_N = r"(?:([0-9]+(?:[.,][0-9]+)?){unit})?"
_DAYS, _CLOCK = ("".join(_N.format(unit=unit) for unit in units) for units in ("YMWD", "HMS"))
_DURATION = re.compile(f"P{_DAYS}(?:T{_CLOCK})?")
_DAY = 86_400
_SECONDS = (365 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, 3600, 60, 1)
"""A year and a month have no length of their own; nobody learns for one at a stretch."""


def parse_duration(text: str) -> timedelta | None:
    """None where it is no duration, or one that no clock could count."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    numbers = [float(number.replace(",", ".")) if number else 0.0 for number in match.groups()]
    try:
        return timedelta(seconds=sum(number * unit for number, unit in zip(numbers, _SECONDS, strict=True)))
    except OverflowError:
        return None
