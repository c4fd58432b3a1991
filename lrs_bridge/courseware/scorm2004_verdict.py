"""What a SCORM 2004 course's two statuses are worth: completion by measure, success by score (RTE 4.2.4 and 4.2.22)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lrs_bridge.courseware.course import LaunchableUnit

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the course says at one commit. ``ended`` is Terminate, or a session closed in its stead."""

    completion: str
    success: str
    scaled: float | None
    progress: float | None
    suspends: bool
    ended: bool


def completion_of(claim: Claim, unit: LaunchableUnit) -> str:
    """The measure decides where the manifest asks for one, whatever the course said (RTE 4.2.4.1).

    A course that ends without ever saying it has completed, unless only content may say so (SN, UP.4).
    """
    if unit.completion_threshold is not None:
        if claim.progress is None:
            return UNKNOWN
        return "completed" if claim.progress >= unit.completion_threshold else "incomplete"
    ends_unsaid = claim.ended and not claim.suspends and claim.completion == UNKNOWN
    return "completed" if ends_unsaid and not unit.content_completes else claim.completion


def success_of(claim: Claim, unit: LaunchableUnit, completion: str) -> str:
    """The score decides where the manifest names a passing one, whatever the course said (RTE 4.2.22).

    It decides at the end of the session: until then a course's own passed or failed is believed only if the score
    bears it out, because what was said once as passed is never taken back. One case the standard does not foresee: a
    test suspended half-way, not completed and below the passing score, has not been failed.

    Where neither score nor course says anything, nothing is known. The sequencer may go on as if it were satisfied
    (SN, UP.4); a proof of having passed that is not.
    """
    if unit.mastery_score is None:
        return claim.success
    if claim.scaled is None:
        return UNKNOWN
    by_score = "passed" if claim.scaled >= unit.mastery_score else "failed"
    if not claim.ended:
        return by_score if claim.success == by_score else UNKNOWN
    half_way = claim.suspends and completion != "completed" and claim.success != "failed"
    return UNKNOWN if half_way and by_score == "failed" else by_score


def words(claim: Claim, unit: LaunchableUnit, completion: str, success: str) -> Iterator[str]:
    """Why the statuses that count are not those that the course said."""
    if completion != claim.completion:
        if unit.completion_threshold is None:
            yield "The course ended without setting a completion status, which SCORM 2004 counts as completed"
        else:
            said = "none" if claim.progress is None else f"{claim.progress:g}"
            yield (f"The course said {claim.completion} with a progress of {said}; "
                   f"the completion threshold is {unit.completion_threshold:g}: {completion}")  # fmt: skip
    if success != claim.success and unit.mastery_score is not None:
        said = "no scaled score" if claim.scaled is None else f"a scaled score of {claim.scaled:g}"
        verdict = success if claim.ended or success != UNKNOWN else f"not yet {claim.success}"
        yield f"The course said {claim.success} with {said}; the passing score is {unit.mastery_score:g}: {verdict}"
