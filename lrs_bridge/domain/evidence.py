"""Evidence that somebody recorded: a workshop, a session, an assessment, a certificate, a past completion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote
from uuid import UUID

from lrs_bridge.domain.assessments import Grade
from lrs_bridge.domain.facts import LearningFact, Outcome

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_CERTIFICATE = "urn:lrs-bridge:certificate:"


class EvidenceKind(StrEnum):
    WORKSHOP = "workshop"
    SESSION = "session"
    ASSESSMENT = "assessment"
    CERTIFICATE = "certificate"
    COMPLETION = "completion"


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
    location: str = ""
    duration: timedelta | None = None

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
    return name if _IRI.fullmatch(name) else f"{_CERTIFICATE}{quote(name, safe='')}"


def is_certificate(activity: str) -> bool:
    """Whether it stands for a certificate by name: nobody launches that, and no package names it."""
    return activity.startswith(_CERTIFICATE)
