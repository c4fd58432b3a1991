"""What the grades of an assessment come to: by the criteria of the requirement that asks for it, or by their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lrs_bridge.domain.assessments import Assessed, Grade, assess
from lrs_bridge.domain.facts import Outcome
from lrs_bridge.domain.requirements import Criterion, Requirement

_SAME_SCORE = 0.005 + 1e-9
"""People round to whole per cents."""
_DIGITS = 9
"""Fewer than a float has, so that nobody reads 0.8200000000000001; more than any mastery is judged by."""
_LEAVE_EMPTY = "Leave it empty: the grades decide."


@dataclass(frozen=True, slots=True)
class Graded:
    """What a record says of one criterion, by its id or its title.

    ``weight`` and ``required`` are the record's own; they count only where no requirement names the criteria.
    """

    name: str
    grade: float
    weight: float = 1.0
    required: float = 0.0
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How requirements have an activity graded. ``mastery`` None: whoever misses no minimum has passed."""

    criteria: tuple[Criterion, ...]
    mastery: float | None = None

    def criterion_of(self, name: str) -> str:
        """The id of the criterion that is called so; an unknown name stays as it is."""
        called = {criterion.title.casefold(): criterion.id for criterion in self.criteria}
        called |= {criterion.id.casefold(): criterion.id for criterion in self.criteria}
        return called.get(name.casefold(), name)


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    score: float | None = None
    grades: tuple[Grade, ...] = ()


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a record says nothing certain: what it is about, in words, and what to do."""

    about: Literal["criteria", "outcome", "score"]
    reason: str
    remedy: str = ""


def schemes_of(requirements: Iterable[Requirement]) -> dict[str, list[Scheme]]:
    """By activity. Requirements that grade alike are one scheme, passed by the lowest mastery among them: the score
    tells the others."""
    found: dict[str, dict[tuple[Criterion, ...], list[float | None]]] = {}
    for requirement in requirements:
        for module in requirement.modules:
            if module.criteria:
                found.setdefault(module.activity, {}).setdefault(module.criteria, []).append(module.mastery)
    return {
        activity: [Scheme(criteria, _lowest(masteries)) for criteria, masteries in by_criteria.items()]
        for activity, by_criteria in found.items()
    }


def verdict(
    stated: Outcome | None,
    score: float | None,
    graded: Sequence[Graded],
    schemes: Sequence[Scheme],
    *,
    must_grade: bool = False,
) -> Verdict | Objection:
    """The outcome and score of a record: as stated where nothing is graded, else what the grades come to.

    What is stated beside grades must agree with them. ``must_grade``: an assessment of an activity that is graded.
    """
    if not graded:
        return _stated(stated, score, schemes if must_grade else ())
    scheme = _scheme(graded, schemes)
    if isinstance(scheme, Objection):
        return scheme
    grades = tuple(Grade(scheme.criterion_of(one.name), one.grade, one.remark) for one in graded)
    try:
        assessed = assess(scheme.criteria, grades, scheme.mastery)
    except ValueError as error:
        return Objection("criteria", str(error), f"The criteria are: {_named(scheme.criteria)}.")
    score_of_grades = None if assessed.score is None else round(assessed.score, _DIGITS)
    decides = bool(schemes) or any(one.required for one in graded)
    return _objection(stated, score, assessed, scheme, decides=decides) or Verdict(
        assessed.outcome if decides else stated or assessed.outcome, score_of_grades, grades
    )


def _stated(stated: Outcome | None, score: float | None, schemes: Sequence[Scheme]) -> Verdict | Objection:
    if schemes:
        words = f"the grades are missing: {_named(schemes[0].criteria)}"
        return Objection("criteria", words, "Write name=grade for each, separated by semicolons.")
    if stated is None:
        reason = "outcome is empty, and there are no grades that decide it"
        return Objection("outcome", reason, "Write passed, completed or failed.")
    return Verdict(stated, score)


def _scheme(graded: Sequence[Graded], schemes: Sequence[Scheme]) -> Scheme | Objection:
    if not schemes:
        return Scheme(tuple(Criterion(one.name, "", one.weight, one.required) for one in _first_of_each(graded)))
    names = [one.name for one in graded]
    fitting = [one for one in schemes if {one.criterion_of(name) for name in names} == {c.id for c in one.criteria}]
    if len(schemes) > 1 and len(fitting) != 1:
        reason = f"{len(schemes)} requirements have this activity graded by different criteria"
        return Objection("criteria", reason, "Give them the same criteria, or another activity each.")
    return fitting[0] if fitting else schemes[0]


def _first_of_each(graded: Iterable[Graded]) -> Iterable[Graded]:
    first: dict[str, Graded] = {}
    for one in graded:
        first.setdefault(one.name, one)
    return first.values()


def _objection(
    stated: Outcome | None, score: float | None, assessed: Assessed, scheme: Scheme, *, decides: bool
) -> Objection | None:
    if assessed.outcome is Outcome.STARTED:
        named = ", ".join(assessed.ungraded)
        return Objection("criteria", f"without a grade: {named}", "Grade all, or record it when that is done.")
    if stated is Outcome.COMPLETED:
        return Objection("outcome", "what is graded is passed or failed, not completed", _LEAVE_EMPTY)
    if stated is None and not decides:
        reason = "outcome is empty, and no requirement says at which level these grades are a pass"
        return Objection("outcome", reason, "Write passed or failed, or give each criterion its required level.")
    if stated and decides and stated is not assessed.outcome:
        reason = f"says {stated}, but the grades come to {assessed.outcome}: {_because(assessed, scheme)}"
        return Objection("outcome", reason, _LEAVE_EMPTY)
    if score is not None and assessed.score is not None and abs(score - assessed.score) > _SAME_SCORE:
        return Objection("score", f"is {score:g}, but the grades come to {assessed.score:.3g}", _LEAVE_EMPTY)
    return None


def _because(assessed: Assessed, scheme: Scheme) -> str:
    if assessed.below_minimum:
        return f"below the required level: {', '.join(assessed.below_minimum)}"
    side = "reaches" if assessed.outcome is Outcome.PASSED else "is below"
    bar = "what is required" if scheme.mastery is None else f"the mastery of {scheme.mastery:g}"
    return f"{assessed.score or 0.0:.3g} {side} {bar}"


def _lowest(masteries: Sequence[float | None]) -> float | None:
    known = [mastery for mastery in masteries if mastery is not None]
    return min(known) if len(known) == len(masteries) else None


def _named(criteria: Iterable[Criterion]) -> str:
    return ", ".join(criterion.id for criterion in criteria)


def grades_as_json(grades: Iterable[Grade]) -> list[Mapping[str, str | float]]:
    """As records and statements hold them."""
    return [_grade_as_json(one) for one in grades]


def _grade_as_json(one: Grade) -> Mapping[str, str | float]:
    said: dict[str, str | float] = {"criterion": one.criterion_id, "grade": one.grade}
    return said | {"remark": one.remark} if one.remark else said
