"""What a person did, by activity and on which local day, as it was known at one instant; and what to doubt in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.periods import local_date

_PLAUSIBLE_YEARS = range(1900, 9000)
"""A clock outside these was never set, and calendars end near them."""
_FIRST_YEAR_OF_A_REPORT = 2000
"""No activity reported by itself before SCORM; a certificate may well be older."""
_CLOCKS_DIFFER = timedelta(days=1)


class Doubt(StrEnum):
    """What a reader should look at twice. The first three never count, the others do."""

    FUTURE = "future"
    CLOCK = "clock"
    SCORE = "score"
    STORED_LATE = "stored_late"
    BEFORE_EMPLOYMENT = "before_employment"


def impossible_because(fact: LearningFact) -> Doubt | None:
    """Why it cannot have happened as it says: more than a day after we were told of it, before 2000, or with a score
    that no scale has (xAPI Data 2.4.5.1: a scaled score is from -1 to 1)."""
    if fact.recorded and fact.happened - fact.recorded > _CLOCKS_DIFFER:
        return Doubt.FUTURE
    year = fact.happened.year
    if year not in _PLAUSIBLE_YEARS or (year < _FIRST_YEAR_OF_A_REPORT and not fact.kind):
        return Doubt.CLOCK
    if fact.score_scaled is not None and not -1 <= fact.score_scaled <= 1:
        return Doubt.SCORE
    return None


def doubts_of(fact: LearningFact, day: date, *, late_days: int, employed_from: date | None) -> tuple[Doubt, ...]:
    """Of a fact that counts."""
    doubts = []
    if fact.recorded and not fact.kind and fact.recorded - fact.happened > timedelta(days=late_days):
        doubts.append(Doubt.STORED_LATE)
    if employed_from and day < employed_from:
        doubts.append(Doubt.BEFORE_EMPLOYMENT)
    return tuple(doubts)


class Deed(NamedTuple):
    day: date
    fact: LearningFact


@dataclass(frozen=True, slots=True)
class Deeds:
    """In the order in which they happened, for each activity. Made once for a person, used for every requirement."""

    by_activity: Mapping[str, list[Deed]]

    @classmethod
    def of(cls, facts: Iterable[LearningFact], zone: str, known_at: datetime | None = None) -> Deeds:
        """Without what can never count, and without what was unknown at ``known_at``."""
        usable = [fact for fact in facts if _is_usable(fact, known_at)]
        usable.sort(key=lambda fact: (fact.happened, fact.statement_id))
        by_activity: dict[str, list[Deed]] = {}
        for fact in usable:
            by_activity.setdefault(fact.activity, []).append(Deed(local_date(fact.happened, zone), fact))
        return cls(by_activity)


def _is_usable(fact: LearningFact, known_at: datetime | None) -> bool:
    return not fact.never_evidence and fact.known_at(known_at) and impossible_because(fact) is None
