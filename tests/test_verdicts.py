"""What grades come to: passed or failed, with which score, or why nothing certain."""

from __future__ import annotations

import pytest

from lrs_bridge.domain.assessments import Grade
from lrs_bridge.domain.facts import Outcome
from lrs_bridge.domain.requirements import Criterion, Module, Requirement
from lrs_bridge.domain.verdicts import Graded, Objection, Scheme, Verdict, schemes_of, verdict

CALL = (Criterion("greeting", "Greets the customer", 1, 0.5), Criterion("law", "Names the right to cancel", 3, 0.6))
SCHEME = Scheme(CALL, 0.7)
GOOD = (Graded("greeting", 0.8), Graded("law", 0.8))

Case = tuple[str, Outcome | None, float | None, tuple[Graded, ...], list[Scheme], Verdict | tuple[str, str]]
# name, stated outcome, stated score, grades, schemes; the verdict, or what is objected to and in which words
CASES: list[Case] = [
    ("as stated", Outcome.COMPLETED, None, (), [], Verdict(Outcome.COMPLETED)),
    ("stated with its score", Outcome.PASSED, 0.9, (), [], Verdict(Outcome.PASSED, 0.9)),
    ("nothing said", None, None, (), [], ("outcome", "no grades that decide it")),
    ("grades missing", Outcome.PASSED, None, (), [SCHEME], ("criteria", "the grades are missing: greeting, law")),
    ("passed by the weights", None, None, GOOD, [SCHEME], Verdict(Outcome.PASSED, 0.8)),
    ("heavy one low", None, None, (Graded("greeting", 1), Graded("law", 0.6)), [SCHEME], Verdict(Outcome.PASSED, 0.7)),
    ("below mastery", None, None, (Graded("greeting", 0.9), Graded("law", 0.6)), [SCHEME],
     Verdict(Outcome.FAILED, 0.675)),
    ("below a required level", None, None, (Graded("greeting", 0.4), Graded("law", 1)), [SCHEME],
     Verdict(Outcome.FAILED, 0.85)),
    ("by titles in any case", None, None, (Graded("greets the CUSTOMER", 0.8), Graded("Law", 0.8)), [SCHEME],
     Verdict(Outcome.PASSED, 0.8)),
    ("one ungraded", None, None, (Graded("greeting", 0.8),), [SCHEME], ("criteria", "without a grade: law")),
    ("unknown criterion", None, None, (*GOOD, Graded("speed", 1)), [SCHEME], ("criteria", "speed is not a criterion")),
    ("graded twice", None, None, (*GOOD, Graded("Greets the customer", 1)), [SCHEME],
     ("criteria", "greeting is graded twice")),
    ("says passed, is failed", Outcome.PASSED, None, (Graded("greeting", 0.9), Graded("law", 0.6)), [SCHEME],
     ("outcome", "says passed, but the grades come to failed: 0.675 is below the mastery of 0.7")),
    ("says passed, level missed", Outcome.PASSED, None, (Graded("greeting", 0.4), Graded("law", 1)), [SCHEME],
     ("outcome", "below the required level: greeting")),
    ("says failed, is passed", Outcome.FAILED, None, GOOD, [SCHEME], ("outcome", "0.8 reaches the mastery of 0.7")),
    ("agrees", Outcome.PASSED, 0.8, GOOD, [SCHEME], Verdict(Outcome.PASSED, 0.8)),
    ("rounded", Outcome.PASSED, 0.68, (Graded("greeting", 0.9), Graded("law", 0.6)), [Scheme(CALL)],
     Verdict(Outcome.PASSED, 0.675)),
    ("another score", None, 0.9, GOOD, [SCHEME], ("score", "is 0.9, but the grades come to 0.8")),
    ("completed", Outcome.COMPLETED, None, GOOD, [SCHEME], ("outcome", "passed or failed, not completed")),
    ("own grades need an outcome", None, None, GOOD, [], ("outcome", "at which level")),
    ("own grades with it", Outcome.FAILED, None, GOOD, [], Verdict(Outcome.FAILED, 0.8)),
    ("own levels decide", None, None, (Graded("a", 0.4, 1, 0.5), Graded("b", 1, 3)), [], Verdict(Outcome.FAILED, 0.85)),
    ("own levels reached", None, None, (Graded("a", 0.6, 1, 0.5), Graded("b", 1, 3)), [], Verdict(Outcome.PASSED, 0.9)),
    ("own levels contradicted", Outcome.PASSED, None, (Graded("a", 0.4, 1, 0.5),), [], ("outcome", "level: a")),
    ("own graded twice", Outcome.PASSED, None, (Graded("a", 0.4), Graded("a", 0.5)), [], ("criteria", "graded twice")),
    ("the scheme that fits", None, None, (Graded("speed", 0.9),), [SCHEME, Scheme((Criterion("speed"),), 0.5)],
     Verdict(Outcome.PASSED, 0.9)),
    ("two schemes fit", None, None, (Graded("law", 0.9),), [Scheme((Criterion("law"),)), Scheme((CALL[1],))],
     ("criteria", "2 requirements have this activity graded by different criteria")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_verdict(case: Case) -> None:
    _, stated, score, graded, schemes, expected = case
    found = verdict(stated, score, graded, schemes, must_grade=True)
    if isinstance(expected, Verdict):
        assert isinstance(found, Verdict), found
        assert (found.outcome, found.score) == (expected.outcome, pytest.approx(expected.score))
    else:
        assert isinstance(found, Objection)
        assert found.about == expected[0]
        assert expected[1] in found.reason
        assert found.remedy


def test_what_is_not_an_assessment_may_go_without_grades() -> None:
    assert verdict(Outcome.PASSED, None, (), [SCHEME]) == Verdict(Outcome.PASSED)


def test_grades_are_kept_by_the_ids_of_their_criteria() -> None:
    found = verdict(None, None, (Graded("Greets the customer", 0.8, remark="warm"), Graded("law", 0.8)), [SCHEME])
    assert isinstance(found, Verdict)
    assert found.grades == (Grade("greeting", 0.8, "warm"), Grade("law", 0.8))


def test_requirements_that_grade_alike_are_one_scheme_with_the_lowest_mastery() -> None:
    def requirement(key: str, mastery: float | None, criteria: tuple[Criterion, ...] = CALL) -> Requirement:
        return Requirement(key, key, (Module("m", criteria=criteria, mastery=mastery), Module("n")))

    assert schemes_of([requirement("a", 0.8), requirement("b", 0.7)]) == {"m": [Scheme(CALL, 0.7)]}
    assert schemes_of([requirement("a", 0.8), requirement("b", None)]) == {"m": [Scheme(CALL)]}
    other = (Criterion("speed"),)
    assert schemes_of([requirement("a", 0.8), requirement("b", 0.7, other)])["m"] == [
        Scheme(CALL, 0.8),
        Scheme(other, 0.7),
    ]
