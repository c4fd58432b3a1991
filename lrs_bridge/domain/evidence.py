"""Evidence that somebody recorded: a workshop, a session, an assessment, a certificate, a past completion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import quote
from uuid import UUID

from lrs_bridge.domain.assessments import Grade
from lrs_bridge.domain.facts import LearningFact, Outcome

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


class EvidenceKind(StrEnum):
    WORKSHOP = "workshop"
    INSTRUCTOR_LED = "instructor_led"
    ASSESSMENT = "assessment"
    CERTIFICATE = "certificate"
    PAST_COMPLETION = "past_completion"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record by hand. It is written as a statement with the same id too, and the fact is derived from that one:
    `as_fact` says what the derivation must arrive at.

    ``recorded_by`` is the instructor, assessor or whoever entered it; ``issuer`` and ``number`` are a certificate's,
    ``expires`` the last day that it says it holds.
    """

    record_id: UUID
    employee_id: str
    activity: str
    kind: EvidenceKind
    outcome: Outcome
    happened: datetime
    recorded_by: str
    title: str = ""
    score_scaled: float | None = None
    grades: tuple[Grade, ...] = ()
    issuer: str = ""
    number: str = ""
    expires: date | None = None
    note: str = ""

    def as_fact(self, recorded: datetime) -> LearningFact:
        return LearningFact(
            statement_id=self.record_id,
            activity=self.activity,
            outcome=self.outcome,
            happened=self.happened,
            score_scaled=self.score_scaled,
            recorded=recorded,
            kind=self.kind.value,
            expires=self.expires,
        )


def certificate_activity(certificate: str) -> str:
    """The activity that stands for a certificate in statements: its own IRI, or one made from its name."""
    name = certificate.strip()
    return name if _IRI.fullmatch(name) else f"urn:lrs-bridge:certificate:{quote(name, safe='')}"
