"""What must hold for every person, requirement and history, not only for the worked cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.domain.assignments import Assignment
from lrs_bridge.domain.compliance import Case, ComplianceStatus, Progress, Status, evaluate
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.people import Absence, Waiver
from lrs_bridge.domain.periods import Period
from lrs_bridge.domain.requirements import AbsenceRule, DueRule, LookBack, Module, Renewal, Requirement

FIRST = date(2024, 1, 1)
HORIZON = 800
ZONES = ("UTC", "Pacific/Honolulu", "Pacific/Kiritimati", "Europe/London")


@st.composite
def days(draw: st.DrawFn, least: int = 0, most: int = 700) -> date:
    return FIRST + timedelta(draw(st.integers(least, most)))


@st.composite
def periods(draw: st.DrawFn, longest: int = 400) -> Period:
    first = draw(days())
    length = draw(st.none() | st.integers(0, longest))
    return Period(first, None if length is None else first + timedelta(length))


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    modules = tuple(
        Module(
            f"m{n}", needs=draw(st.sampled_from(("passed", "completed"))), mastery=draw(st.sampled_from((None, 0.8)))
        )
        for n in range(draw(st.integers(1, 3)))
    )
    rules = (DueRule(fixed=draw(days())), DueRule(days=draw(st.integers(0, 60)), after="hire"))
    renewal = Renewal(
        months=draw(st.integers(2, 12)),
        basis=draw(st.sampled_from(("completion", "expiry", "fixed"))),
        window_months=draw(st.integers(0, 1)),
        grace_days=draw(st.sampled_from((0, 10))),
        min_active_months=draw(st.integers(0, 6)),
    )
    return Requirement(
        id="r",
        title="R",
        modules=modules,
        due=rules[: draw(st.integers(1, 2))],
        renewal=draw(st.sampled_from((None, renewal, renewal))),
        absence=AbsenceRule(14, draw(st.integers(0, 30))),
        min_notice_days=draw(st.sampled_from((0, 7))),
        due_soon_days=draw(st.sampled_from((0, 14))),
        modules_needed=draw(st.none() | st.integers(1, len(modules))),
        look_back=draw(st.none() | st.none() | st.builds(LookBack, st.integers(0, 200))),
    )


@st.composite
def assignments(draw: st.DrawFn) -> Assignment:
    always = Period(date(2023, 1, 1))
    absences = st.builds(Absence, periods(90), st.sampled_from(("long", "short")))
    return Assignment(
        requirement=draw(requirements()),
        zone=draw(st.sampled_from(ZONES)),
        employment=tuple(draw(st.just([always]) | st.lists(periods(), min_size=1, max_size=2))),
        audience=tuple(draw(st.just([always]) | st.lists(periods(), min_size=1, max_size=3))),
        absences=tuple(draw(st.lists(absences, max_size=3))),
        waivers=tuple(Waiver(period) for period in draw(st.lists(periods(60), max_size=1))),
        individual_due=draw(st.none() | days()),
    )


@st.composite
def instants(draw: st.DrawFn, least: int = 0, most: int = 700) -> datetime:
    hours = draw(st.integers(least * 24, most * 24))
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)


@st.composite
def histories(draw: st.DrawFn) -> list[LearningFact]:
    return [
        LearningFact(
            statement_id=UUID(int=number),
            activity=f"m{draw(st.integers(0, 2))}",
            outcome=draw(st.sampled_from((*Outcome, Outcome.PASSED, Outcome.PASSED))),
            happened=draw(instants()),
            score_scaled=draw(st.sampled_from((None, 0.5, 0.9))),
            recorded=draw(st.none() | instants()),
            matched=draw(st.none() | instants()),
            withdrawn=draw(st.none() | st.none() | instants()),
            launched_mastery=draw(st.sampled_from((None, 0.5, 0.8))),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


def visible(status: ComplianceStatus) -> ComplianceStatus:
    return replace(status, next_change=None)


@settings(max_examples=200, deadline=None)
@given(assignment=assignments(), facts=histories(), as_of=days(), known_at=st.none() | instants())
def test_next_change_is_the_first_differing_day(
    assignment: Assignment, facts: list[LearningFact], as_of: date, known_at: datetime | None
) -> None:
    now = evaluate(assignment, facts, as_of=as_of, known_at=known_at)
    case = Case.of(assignment, facts, known_at)
    later = (as_of + timedelta(n) for n in range(1, HORIZON + 1))
    first = next((day for day in later if case.status_on(day) != visible(now)), None)
    beyond = first is None and now.next_change is not None and now.next_change > as_of + timedelta(HORIZON)
    assert beyond or now.next_change == first


@settings(max_examples=120, deadline=None)
@given(assignment=assignments(), facts=histories(), as_of=days(), order=st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    assignment: Assignment, facts: list[LearningFact], as_of: date, order: object
) -> None:
    shuffled = list(facts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert evaluate(assignment, shuffled, as_of=as_of) == evaluate(assignment, facts, as_of=as_of)


@settings(max_examples=120, deadline=None)
@given(assignment=assignments(), facts=histories(), news=histories(), as_of=days(), known_at=instants(0, 400))
def test_what_is_learned_later_changes_no_earlier_report(
    assignment: Assignment, facts: list[LearningFact], news: list[LearningFact], as_of: date, known_at: datetime
) -> None:
    later = known_at + timedelta(seconds=1)
    arrived = [
        replace(fact, statement_id=UUID(int=100 + n), recorded=max(fact.recorded or later, later))
        for n, fact in enumerate(news)
    ]
    voided = [replace(fact, withdrawn=fact.withdrawn or later) for fact in facts]
    before = evaluate(assignment, facts, as_of=as_of, known_at=known_at)
    assert evaluate(assignment, [*voided, *arrived], as_of=as_of, known_at=known_at) == before


@settings(max_examples=120, deadline=None)
@given(assignment=assignments(), facts=histories(), as_of=days())
def test_a_fact_of_a_later_day_changes_nothing_but_the_outlook(
    assignment: Assignment, facts: list[LearningFact], as_of: date
) -> None:
    past = [fact for fact in facts if fact.happened.date() <= as_of + timedelta(1)]
    ahead = [fact for fact in facts if fact.happened.date() > as_of + timedelta(1)]
    with_them = evaluate(assignment, past + ahead, as_of=as_of)
    assert visible(with_them) == visible(evaluate(assignment, past, as_of=as_of))


@settings(max_examples=120, deadline=None)
@given(assignment=assignments(), facts=histories(), as_of=days())
def test_a_status_is_coherent(assignment: Assignment, facts: list[LearningFact], as_of: date) -> None:
    status = evaluate(assignment, facts, as_of=as_of)
    assert len(status.evidence) == status.modules_met <= status.modules_total
    assert (status.status is Status.COMPLIANT) <= (status.modules_met == status.modules_total)
    assert (status.status is Status.MISSING) <= (status.progress is not None)
    assert (status.progress is Progress.NOT_STARTED) <= (status.modules_met == 0)
    assert status.next_change is None or status.next_change > as_of


@settings(max_examples=120, deadline=None)
@given(assignment=assignments(), facts=histories(), as_of=days())
def test_one_more_pass_never_harms(assignment: Assignment, facts: list[LearningFact], as_of: date) -> None:
    best = [
        LearningFact(
            UUID(int=200 + n), f"m{n}", Outcome.PASSED, datetime(as_of.year, as_of.month, as_of.day, 12, tzinfo=UTC)
        )
        for n in range(3)
    ]
    noon = replace(assignment, zone="UTC")
    before = evaluate(noon, facts, as_of=as_of)
    after = evaluate(noon, facts + best, as_of=as_of)
    if before.status is Status.COMPLIANT:
        assert after.status is Status.COMPLIANT
        assert (before.last_valid_day or date.max) <= (after.last_valid_day or date.max)
    elif before.status is Status.MISSING:
        assert after.status is Status.COMPLIANT
