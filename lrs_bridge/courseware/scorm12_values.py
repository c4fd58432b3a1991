"""SCORM 1.2 data model: what of an incoming CMI is believed, and what its words mean (RTE 1.2, chapter 3.4).

The body of a commit is written by the package's own code, or by whoever holds the launch token: every value is checked,
what is not a learner's to say is left out, and each thing left out is noted in words for the "why not complete?" page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from lrs_bridge.errors import Problem

SUSPEND_DATA_LIMIT: Final = 64 * 1024
SUSPEND_DATA_STANDARD: Final = 4096
TEXT_LIMIT: Final = 4096
ROWS_LIMIT: Final = 2000
NESTED_ROWS_LIMIT: Final = 100
TIMESPAN: Final = re.compile(r"(\d{2,4}):(\d\d):(\d\d(?:\.\d{1,2})?)", re.ASCII)
TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,2})?", re.ASCII)
DECIMAL: Final = re.compile(r"-?\d{0,12}(\.\d{1,12})?(?<=\d)", re.ASCII)
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
INDEX_PATTERN: Final = "[0-9]{1,4}"
INDEX: Final = re.compile(rf"\.({INDEX_PATTERN})(?=\.)")

Note = Callable[[str, str], None]


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


def decimal(text: str) -> float | None:
    """CMIDecimal."""
    return float(text) if DECIMAL.fullmatch(text) else None


def percentage(text: str) -> bool:
    """A score is blank or "normalized between 0 and 100" (RTE 1.2, cmi.core.score.raw)."""
    number = decimal(text)
    return text == "" or (number is not None and 0 <= number <= 100)


def one_of(words: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: text in words


RULES: Final[tuple[tuple[re.Pattern[str], Callable[[str], bool], str], ...]] = tuple(
    (re.compile(pattern.replace("N", INDEX_PATTERN)), check, expected)
    for pattern, check, expected in (
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
)
# An empty value of these means "not set": content and player both write it.
MAY_BE_BLANK: Final = re.compile(r"cmi\.(core\.(session_time|lesson_status)|(interactions|objectives)\..+)")


def believed(cmi: Mapping[str, Any]) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """The elements of an incoming CMI (flat or nested, with or without its outer ``cmi``) that are taken over, and why
    each other one was not. Elements that are the launch's to say are left out without a word: players send them back.
    """
    problems: list[Problem] = []

    def note(element: str, reason: str) -> None:
        problems.append(Problem(element[:120], reason, severity="warning", clause="SCORM 1.2 RTE 3.4"))

    taken = {element: text for element, value in _elements(cmi) if (text := _taken(element, value, note)) is not None}
    if len(taken.get("cmi.suspend_data", "")) > SUSPEND_DATA_STANDARD:
        note("cmi.suspend_data", "is longer than the 4096 characters of the standard; it is kept")
    return taken, tuple(problems)


def _elements(cmi: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in cmi.items():
        name = str(key)
        outer = "" if name == "cmi" or name.startswith("cmi.") else "cmi."
        yield from _flat(outer + name, value)


def _flat(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{place}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(f"{place}.{index}", inner)
    else:
        yield place, value


def _taken(element: str, value: Any, note: Note) -> str | None:
    """The value as text, or None with a note."""
    if value is None or FROM_LAUNCH.fullmatch(element):
        return None
    rule = next((rule for rule in RULES if rule[0].fullmatch(element)), None)
    if rule is None:
        note(element, "is not an element of SCORM 1.2 that a course can set; it was ignored")
        return None
    text = _text(value)
    if text == "" and MAY_BE_BLANK.fullmatch(element):
        return None
    if text is None or not rule[1](text):
        note(element, f"was ignored: expected {rule[2]}, found {str(value)[:60]!r}")
        return None
    return text if _index_allowed(element, note) else None


def _text(value: Any) -> str | None:
    """Content sends text; a number from careless JSON is the same text. NUL has no place in any element."""
    if isinstance(value, str):
        return None if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value) else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def _index_allowed(element: str, note: Note) -> bool:
    indices = [int(index) for index in INDEX.findall(element)]
    allowed = all(index < limit for index, limit in zip(indices, (ROWS_LIMIT, NESTED_ROWS_LIMIT), strict=False))
    if not allowed:
        note(element, f"was ignored: more than {ROWS_LIMIT} rows")
    return allowed
