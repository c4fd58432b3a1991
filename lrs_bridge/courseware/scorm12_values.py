"""SCORM 1.2 data model: the elements that a course can set, and what their words mean (RTE 1.2, chapter 3.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from lrs_bridge.courseware import cmi_values
from lrs_bridge.courseware.cmi_values import Vocabulary, decimal, one_of, rules
from lrs_bridge.errors import Problem

SUSPEND_DATA_LIMIT: Final = 64 * 1024
SUSPEND_DATA_STANDARD: Final = 4096
TEXT_LIMIT: Final = 4096
TIMESPAN: Final = re.compile(r"(\d{2,4}):(\d\d):(\d\d(?:\.\d{1,2})?)", re.ASCII)
TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,2})?", re.ASCII)
FINISHED: Final = frozenset({"completed", "passed", "failed"})
STATUSES: Final = FINISHED | {"incomplete", "browsed", "not attempted"}
EXITS: Final = frozenset({"", "suspend", "logout", "time-out"})
TYPES: Final = frozenset(
    {"true-false", "choice", "fill-in", "matching", "performance", "likert", "sequencing", "numeric"}
)
RESULTS: Final = frozenset({"correct", "wrong", "unanticipated", "neutral"})
# Said by the launch, never by the content; read-only to a SCO (RTE 1.2, 3.4.2).
FROM_LAUNCH: Final = re.compile(
    r"cmi\.(core\.(student_id|student_name|credit|entry|total_time|lesson_mode)|launch_data|comments_from_lms"
    r"|student_data\..+|(.+\.)?_(children|count|version))"
)


def timespan(text: str) -> timedelta | None:
    """CMITimespan ``HHHH:MM:SS.SS``; minutes and seconds up to 99 are allowed by the standard's own examples."""
    match = TIMESPAN.fullmatch(text)
    if not match:
        return None
    hours, minutes, seconds = match.groups()
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def as_timespan(span: timedelta) -> str:
    """CMITimespan; more than 9999 hours are written as 9999."""
    centiseconds = round(span.total_seconds() * 100)
    minutes, rest = divmod(centiseconds, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{min(hours, 9999):04d}:{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"


def percentage(text: str) -> bool:
    """A score is blank or "normalized between 0 and 100" (RTE 1.2, cmi.core.score.raw)."""
    number = decimal(text)
    return text == "" or (number is not None and 0 <= number <= 100)


RULES: Final = rules(
    (r"cmi\.core\.lesson_status", one_of(STATUSES), "a status of SCORM 1.2"),
    (r"cmi\.core\.lesson_location", lambda text: len(text) <= 1000, "at most 1000 characters (the standard: 255)"),
    (r"cmi\.core\.exit", one_of(EXITS), "suspend, logout, time-out or empty"),
    (r"cmi\.core\.session_time", lambda text: timespan(text) is not None, "HHHH:MM:SS.SS"),
    (r"cmi\.core\.score\.(raw|min|max)", percentage, "a number from 0 to 100, or empty"),
    (r"cmi\.suspend_data", lambda text: len(text.encode()) <= SUSPEND_DATA_LIMIT, "at most 64 KiB"),
    (r"cmi\.comments", lambda text: len(text) <= TEXT_LIMIT, "at most 4096 characters"),
    (r"cmi\.student_preference\.(audio|language|speed|text)", lambda text: len(text) <= 255, "at most 255 letters"),
    (r"cmi\.objectives\.N\.id", lambda text: 0 < len(text) <= 255, "1 to 255 characters"),
    (r"cmi\.objectives\.N\.status", one_of(STATUSES | {""}), "a status of SCORM 1.2"),
    (r"cmi\.objectives\.N\.score\.(raw|min|max)", percentage, "a number from 0 to 100, or empty"),
    (r"cmi\.interactions\.N\.id", lambda text: 0 < len(text) <= 255, "1 to 255 characters"),
    (r"cmi\.interactions\.N\.time", lambda text: bool(TIME_OF_DAY.fullmatch(text)), "HH:MM:SS.SS"),
    (r"cmi\.interactions\.N\.type", one_of(TYPES), "a type of SCORM 1.2"),
    (r"cmi\.interactions\.N\.weighting", lambda text: decimal(text) is not None, "a number"),
    (r"cmi\.interactions\.N\.student_response", lambda text: len(text) <= TEXT_LIMIT, "at most 4096 characters"),
    (
        r"cmi\.interactions\.N\.result",
        lambda text: text in RESULTS or decimal(text) is not None,
        "correct, wrong, unanticipated, neutral or a number",
    ),
    (r"cmi\.interactions\.N\.latency", lambda text: timespan(text) is not None, "HHHH:MM:SS.SS"),
    (r"cmi\.interactions\.N\.objectives\.N\.id", lambda text: len(text) <= 255, "at most 255 characters"),
    (
        r"cmi\.interactions\.N\.correct_responses\.N\.pattern",
        lambda text: len(text) <= TEXT_LIMIT,
        "at most 4096 characters",
    ),
)
# An empty value of these means "not set": content and player both write it.
MAY_BE_BLANK: Final = re.compile(r"cmi\.(core\.(session_time|lesson_status)|(interactions|objectives)\..+)")
VOCABULARY: Final = Vocabulary(
    "SCORM 1.2", "SCORM 1.2 RTE 3.4", RULES, FROM_LAUNCH, MAY_BE_BLANK, SUSPEND_DATA_STANDARD
)


def believed(cmi: Mapping[str, Any]) -> tuple[dict[str, str], tuple[Problem, ...]]:
    return cmi_values.believed(cmi, VOCABULARY)
