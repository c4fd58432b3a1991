"""An assessment: grades by criteria, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lrs_bridge.domain.facts import Outcome
from lrs_bridge.domain.requirements import Criterion

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Grade:
    """What the assessor gave for one criterion, from 0 to 1, and why."""

    criterion_id: str
    grade: float
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Assessed:
    """``score`` is the weighted mean of what is graded; None where nothing is. The rest says why not passed."""

    outcome: Outcome
    score: float | None
    ungraded: tuple[str, ...] = ()
    below_minimum: tuple[str, ...] = ()


def assess(criteria: Sequence[Criterion], grades: Iterable[Grade], mastery: float | None = None) -> Assessed:
    """Passed when every criterion is graded, none is below its minimum and the weighted mean reaches ``mastery``.

    Begun, not failed, while a criterion waits for its grade; failed at once where a minimum is missed, because no
    other grade can mend that. ValueError for what cannot be an assessment: no criteria, an unknown or repeated one,
    a grade outside 0 to 1.
    """
    given = _given(criteria, grades)
    graded = [criterion for criterion in criteria if criterion.id in given]
    ungraded = tuple(criterion.id for criterion in criteria if criterion.id not in given)
    below = tuple(criterion.id for criterion in graded if given[criterion.id] + _ROUNDING < criterion.minimum)
    score = _mean(graded, given)
    if below:
        return Assessed(Outcome.FAILED, score, ungraded, below)
    if ungraded or score is None:
        return Assessed(Outcome.STARTED, score, ungraded)
    is_passed = score + _ROUNDING >= (mastery or 0.0)
    return Assessed(Outcome.PASSED if is_passed else Outcome.FAILED, score)


def _given(criteria: Sequence[Criterion], grades: Iterable[Grade]) -> dict[str, float]:
    known = {criterion.id for criterion in criteria}
    if not known:
        raise ValueError("an assessment needs criteria")
    given: dict[str, float] = {}
    for grade in grades:
        if grade.criterion_id not in known or grade.criterion_id in given:
            what = "graded twice" if grade.criterion_id in given else "not a criterion of this assessment"
            raise ValueError(f"{grade.criterion_id} is {what}")
        if not 0 <= grade.grade <= 1:
            raise ValueError(f"{grade.criterion_id} is graded {grade.grade:g}; grades are from 0 to 1")
        given[grade.criterion_id] = grade.grade
    return given


def _mean(graded: Sequence[Criterion], given: dict[str, float]) -> float | None:
    weight = sum(criterion.weight for criterion in graded)
    return sum(criterion.weight * given[criterion.id] for criterion in graded) / weight if graded else None
