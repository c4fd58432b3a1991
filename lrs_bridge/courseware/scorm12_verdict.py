"""What a SCORM 1.2 course's status is worth: mastery, a status never set, and no verdict taken back (RTE 1.2, 3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lrs_bridge.courseware.cmi_values import decimal
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.scorm12_values import FINISHED

UNTOUCHED: Final = "not attempted"
LEFT_FOR_GOOD: Final = frozenset({"", "logout"})


@dataclass(frozen=True, slots=True)
class Claim:
    """What the course says at one commit. ``ended`` is LMSFinish, or a session closed in its stead."""

    status: str
    raw: float | None
    leaving: str
    ended: bool


def mastery_of(unit: LaunchableUnit) -> float | None:
    """adlcp:masteryscore, 0…100."""
    raw = decimal(unit.mastery_raw.strip())
    if raw is None and unit.mastery_score is not None:
        return round(unit.mastery_score * 100, 4)
    return raw


def judged(claim: Claim, mastery: float | None) -> str:
    """The status that counts.

    A mastery score decides passed or failed at the end of the session, whatever the course said (RTE 1.2,
    cmi.student_data.mastery_score; every launch here is for credit). Until then a course's own passed or failed is
    believed only if the score bears it out, because what was said once as passed is never taken back. One case the
    standard does not foresee: a test suspended half-way, still incomplete and below mastery, has not been failed.
    """
    status = _or_untouched(claim)
    if mastery is None or (claim.raw is None and claim.ended):
        return status
    by_mastery = "" if claim.raw is None else "passed" if claim.raw >= mastery else "failed"
    if not claim.ended:
        return "incomplete" if status in {"passed", "failed"} and status != by_mastery else status
    half_way = claim.leaving == "suspend" and status not in FINISHED and by_mastery == "failed"
    return status if half_way else by_mastery


def _or_untouched(claim: Claim) -> str:
    """A course that ends without ever setting a status has completed (RTE 1.2, cmi.core.lesson_status: LMSFinish)."""
    if claim.status != UNTOUCHED or not claim.ended:
        return claim.status
    return "completed" if claim.leaving in LEFT_FOR_GOOD else "incomplete"


def words(claim: Claim, status: str, mastery: float | None, *, completed: bool, passed: bool) -> Iterator[str]:
    """Why the status that counts is not the one that the course said."""
    said, score = claim.status, "no score" if claim.raw is None else f"a score of {claim.raw:g}"
    if passed and status != "passed":
        yield f"The course said {said}; the attempt was passed before, and stays passed"
    elif completed and status not in FINISHED:
        yield f"The course said {said}; the attempt was completed before, and stays completed"
    elif claim.ended and said == UNTOUCHED and status == "completed":
        yield "The course ended without setting a status, which SCORM 1.2 counts as completed"
    elif mastery is not None and status != said:
        verdict = status if claim.ended else f"not yet {said}"
        yield f"The course said {said} with {score}; the mastery score is {mastery:g}: {verdict}"
