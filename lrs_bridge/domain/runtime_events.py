"""What a learner did in a unit, in words that every standard shares: the runtimes say it, xapi/drafts writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class EventKind(StrEnum):
    INITIALIZED = "initialized"
    RESUMED = "resumed"
    SCORED = "scored"
    PROGRESSED = "progressed"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    RESPONDED = "responded"
    COMMENTED = "commented"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Score:
    """As reported, and ``scaled`` to −1…1. A part that was not given is None."""

    scaled: float | None = None
    raw: float | None = None
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Interaction:
    """One answer. ``type``, ``response`` and ``correct`` are in the formats of xAPI (xAPI Data, appendix C)."""

    id: str
    type: str
    response: str = ""
    correct: tuple[str, ...] = ()
    success: bool | None = None
    raw_result: float | None = None
    latency: timedelta | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One change. ``key`` tells apart events of one kind in one commit; ``objective`` is set where it is about one,
    and ``comment`` where the learner wrote one.

    ``completion``, ``success`` and ``score`` are the state after the change; ``duration`` is the session's.
    """

    kind: EventKind
    at: datetime
    key: str = ""
    score: Score | None = None
    completion: bool | None = None
    success: bool | None = None
    duration: timedelta | None = None
    interaction: Interaction | None = None
    objective: str = ""
    comment: str = ""
