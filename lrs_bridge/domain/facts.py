"""LearningFact: what one Statement proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Outcome(StrEnum):
    STARTED = "started"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class LearningFact:
    """A person did something with an activity at an instant, and we learned of it at another.

    ``recorded``, ``matched`` (to the person) and ``withdrawn`` (voided) are instants of the bridge's own clock;
    ``None`` in ``recorded`` or ``matched`` means "always known", in ``withdrawn`` "never".
    ``launched_mastery`` is the mastery that the runtime judged by, when it was told one.
    """

    statement_id: UUID
    activity: str
    outcome: Outcome
    happened: datetime
    score_scaled: float | None = None
    recorded: datetime | None = None
    matched: datetime | None = None
    withdrawn: datetime | None = None
    registration: UUID | None = None
    launched_mastery: float | None = None
    never_evidence: str = ""
    """Why it can never count ("impersonated", "group"), or empty."""
    waived_reason: str = ""
    """Of cmi5 ``waived`` (9.5.5.2): "Tested Out", "Equivalent", "Administrative"; empty where none was given."""
    kind: str = ""
    """An `EvidenceKind` where somebody recorded it by hand; empty: the activity itself reported it."""
    expires: date | None = None
    """The last day that its issuer says it holds, however long the requirement's own term is."""

    def known_at(self, instant: datetime | None) -> bool:
        """Whether the bridge held this fact, matched and not withdrawn, at ``instant`` (None: now)."""
        if instant is None:
            return self.withdrawn is None
        learned = max((t for t in (self.recorded, self.matched) if t), default=None)
        return (learned is None or learned <= instant) and (self.withdrawn is None or self.withdrawn > instant)
