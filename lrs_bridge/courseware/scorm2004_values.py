"""SCORM 2004 data model: the elements that a course can set, and what their words mean (RTE 4.2 of the 4th edition)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from lrs_bridge.courseware import cmi_values
from lrs_bridge.courseware.cmi_values import Vocabulary, at_most, decimal, one_of, rules
from lrs_bridge.errors import Problem

SUSPEND_DATA_LIMIT: Final = 256 * 1024
SUSPEND_DATA_STANDARD: Final = 64_000
LONG: Final = 4000
TEXT_LIMIT: Final = 64_000
COMPLETIONS: Final = frozenset({"completed", "incomplete", "not attempted", "unknown"})
SUCCESSES: Final = frozenset({"passed", "failed", "unknown"})
EXITS: Final = frozenset({"", "suspend", "logout", "time-out", "normal"})
TYPES: Final = frozenset(
    {"true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric",
     "other"}
)  # fmt: skip
RESULTS: Final = frozenset({"correct", "incorrect", "unanticipated", "neutral"})
NAVIGATION: Final = re.compile(
    r"_none_|continue|previous|exit(All)?|abandon(All)?|suspendAll|\{target=[^{}]{1,4000}\}(choice|jump)"
)
# Said by the launch, never by the content; read-only to a SCO (RTE 4.2).
FROM_LAUNCH: Final = re.compile(
    r"cmi\.(_version|completion_threshold|credit|entry|launch_data|learner_id|learner_name|max_time_allowed|mode"
    r"|scaled_passing_score|time_limit_action|total_time|comments_from_lms(\..+)?|(.+\.)?_(children|count))"
)
# timeinterval(second,10,2): years and months have no length of their own, and nobody learns for one at a stretch
INTERVAL: Final = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?)?", re.ASCII
)
SECONDS: Final = (365 * 86_400, 30 * 86_400, 86_400, 3600, 60, 1)


def duration(text: str) -> timedelta | None:
    match = INTERVAL.fullmatch(text)
    if match is None or len(text) > 60:
        return None
    try:
        return timedelta(
            seconds=sum(float(part or 0) * each for part, each in zip(match.groups(), SECONDS, strict=True))
        )
    except OverflowError:
        return None


def as_duration(seconds: float) -> str:
    """As the player's library reads it back: hours, minutes, seconds to the hundredth."""
    minutes, centiseconds = divmod(round(seconds * 100), 6000)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M" + f"{centiseconds / 100:.2f}".rstrip("0").rstrip(".") + "S"


def _within(low: float, high: float) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        number = decimal(text)
        return number is not None and low <= number <= high

    return fits


def _is_instant(text: str) -> bool:
    """time(second,10,0): a day, perhaps with a time, perhaps with a zone; years alone are allowed too."""
    if re.fullmatch(r"\d{4}(-\d\d)?", text, re.ASCII):
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    return decimal(text) is not None


def _is_duration(text: str) -> bool:
    return duration(text) is not None


_TABLES: Final = r"cmi\.(objectives\.N\.)?"
RULES: Final = rules(
    (_TABLES + r"completion_status", one_of(COMPLETIONS), "a completion status of SCORM 2004"),
    (_TABLES + r"success_status", one_of(SUCCESSES), "passed, failed or unknown"),
    (_TABLES + r"progress_measure", _within(0, 1), "a number from 0 to 1"),
    (_TABLES + r"score\.scaled", _within(-1, 1), "a number from -1 to 1"),
    (_TABLES + r"score\.(raw|min|max)", _is_number, "a number"),
    (r"cmi\.exit", one_of(EXITS), "time-out, suspend, logout, normal or empty"),
    (r"cmi\.location", at_most(LONG), "at most 4000 characters (the standard: 1000)"),
    (r"cmi\.session_time", _is_duration, "a duration such as PT1H30M"),
    (r"cmi\.suspend_data", lambda text: len(text.encode()) <= SUSPEND_DATA_LIMIT, "at most 256 KiB"),
    (r"cmi\.learner_preference\.(audio_level|delivery_speed|audio_captioning)", _is_number, "a number"),
    (r"cmi\.learner_preference\.language", at_most(250), "a language tag"),
    (r"cmi\.comments_from_learner\.N\.comment", at_most(LONG), "at most 4000 characters"),
    (r"cmi\.comments_from_learner\.N\.location", at_most(LONG), "at most 4000 characters"),
    (r"cmi\.comments_from_learner\.N\.timestamp", _is_instant, "a time such as 2026-03-31T09:30:00"),
    (r"cmi\.objectives\.N\.id", at_most(LONG, 1), "1 to 4000 characters"),
    (r"cmi\.objectives\.N\.description", at_most(LONG), "at most 4000 characters"),
    (r"cmi\.interactions\.N\.id", at_most(LONG, 1), "1 to 4000 characters"),
    (r"cmi\.interactions\.N\.type", one_of(TYPES), "a type of SCORM 2004"),
    (r"cmi\.interactions\.N\.timestamp", _is_instant, "a time such as 2026-03-31T09:30:00"),
    (r"cmi\.interactions\.N\.weighting", _is_number, "a number"),
    (r"cmi\.interactions\.N\.learner_response", at_most(TEXT_LIMIT), "at most 64000 characters"),
    (
        r"cmi\.interactions\.N\.result",
        lambda text: text in RESULTS or _is_number(text),
        "correct, incorrect, unanticipated, neutral or a number",
    ),
    (r"cmi\.interactions\.N\.latency", _is_duration, "a duration such as PT12.5S"),
    (r"cmi\.interactions\.N\.description", at_most(LONG), "at most 4000 characters"),
    (r"cmi\.interactions\.N\.objectives\.N\.id", at_most(LONG), "at most 4000 characters"),
    (r"cmi\.interactions\.N\.correct_responses\.N\.pattern", at_most(TEXT_LIMIT), "at most 64000 characters"),
    (r"adl\.nav\.request", lambda text: bool(NAVIGATION.fullmatch(text)), "a navigation request of SCORM 2004"),
)
# An empty value of these means "not set": the player writes it for every element that the course left alone.
MAY_BE_BLANK: Final = re.compile(r"(?!cmi\.(location|suspend_data|exit)$).+")
VOCABULARY: Final = Vocabulary(
    "SCORM 2004", "SCORM 2004 RTE 4.2", RULES, FROM_LAUNCH, MAY_BE_BLANK, SUSPEND_DATA_STANDARD
)


def believed(cmi: Mapping[str, Any]) -> tuple[dict[str, str], tuple[Problem, ...]]:
    return cmi_values.believed(cmi, VOCABULARY)
