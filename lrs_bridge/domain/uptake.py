"""How people take up a module: who began, who came through, how long it took, and who is back and late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from lrs_bridge.domain.aways import qualifying
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.people import Absence
from lrs_bridge.domain.periods import plus_days
from lrs_bridge.domain.requirements import AbsenceRule, Bar
from lrs_bridge.domain.tallies import share
from lrs_bridge.domain.validity import Worth, worth

DONE = frozenset({Outcome.COMPLETED, Outcome.PASSED, Outcome.WAIVED})


@dataclass(frozen=True, slots=True)
class Use:
    """What one person did with one module. ``took``: from each beginning to the evidence that met the module;
    ``is_open``: what was begun last was not brought to such an end."""

    started: bool = False
    completed: bool = False
    met: bool = False
    is_open: bool = False
    took: tuple[timedelta, ...] = ()


def use_of(facts: Iterable[LearningFact], bars: Mapping[str, Bar]) -> Use:
    """``bars``: what evidence of each activity that counts for the module must show."""
    relevant = [fact for fact in facts if fact.activity in bars and not fact.never_evidence]
    relevant.sort(key=lambda fact: (fact.happened, fact.statement_id))
    began = None
    took = []
    met = False
    for fact in relevant:
        if worth(fact, bars[fact.activity]) is Worth.COUNTS:
            if began is not None:
                took.append(fact.happened - began)
            began, met = None, True
        elif began is None:
            began = fact.happened
    return Use(
        started=bool(relevant),
        completed=any(fact.outcome in DONE for fact in relevant),
        met=met,
        is_open=began is not None,
        took=tuple(took),
    )


def bars_of(bars: Mapping[tuple[str, str], Bar], module: str) -> dict[str, Bar]:
    """Of `Requirement.bars`, those of one module, by the activity of the evidence."""
    return {activity: bar for (of, activity), bar in bars.items() if of == module}


def is_abandoned(use: Use, *, has_lapsed: bool) -> bool:
    """Begun and not brought to an end. Who looks into a course again that they hold has abandoned nothing."""
    return use.is_open and (not use.met or has_lapsed)


@dataclass(frozen=True, slots=True)
class Funnel:
    assigned: int
    started: int
    completed: int
    met: int
    abandoned: int
    timed: int
    median_hours: float | None
    """Over ``timed`` times from a beginning to its end; people without a recorded beginning have none."""

    @property
    def started_share(self) -> float | None:
        return share(self.started, self.assigned)

    @property
    def met_share(self) -> float | None:
        return share(self.met, self.assigned)


def funnel(uses: Sequence[Use], abandoned: int) -> Funnel:
    """One use for each person who is asked."""
    hours = [time.total_seconds() / 3600 for use in uses for time in use.took]
    return Funnel(
        assigned=len(uses),
        started=sum(use.started for use in uses),
        completed=sum(use.completed for use in uses),
        met=sum(use.met for use in uses),
        abandoned=abandoned,
        timed=len(hours),
        median_hours=round(median(hours), 2) if hours else None,
    )


def is_late_return(absences: Iterable[Absence], rule: AbsenceRule, due: date | None, as_of: date) -> bool:
    """Of a person who is missing: back from an absence that excuses, and longer than ``return_days``.

    Who was due only after that (a later renewal) is late for another reason.
    """
    lasts = [away.last for away in qualifying(tuple(absences), rule) if away.last and away.last < as_of]
    deadline = max((plus_days(last, rule.return_days) for last in lasts), default=None)
    return deadline is not None and due is not None and due <= deadline < as_of
