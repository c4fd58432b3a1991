"""What a person's deeds are worth to each module of a requirement, and until which day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from lrs_bridge.domain.deeds import Deed, Deeds, Doubt, doubts_of
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.histories import Edition
from lrs_bridge.domain.periods import DAY, Period, covering
from lrs_bridge.domain.requirements import Bar, Module, Requirement
from lrs_bridge.domain.terms import Term, limited, terms

_ROUNDING = 1e-9
"""24 of 30 is 0.8, however a float writes it."""


class Worth(IntEnum):
    """What one fact does for one module, least first."""

    NOTHING = 0
    BEGUN = 1
    FAILED = 2
    COUNTS = 3


def worth(fact: LearningFact, bar: Bar) -> Worth:
    """Judge one fact by what is asked.

    - ``waived`` counts: the LMS declares that what the unit asks was met by other means (cmi5 9.3.7).
    - Where completion is asked for, ``passed`` counts too (nobody passes a course without doing it) and a score is
      never looked at; ``failed`` alone is work begun, because a failed test is not what was asked about.
    - Where a pass is asked for, ``completed`` alone is work begun.
    """
    if fact.outcome is Outcome.WAIVED:
        return Worth.COUNTS
    if bar.needs == "completed":
        return Worth.COUNTS if fact.outcome in (Outcome.COMPLETED, Outcome.PASSED) else Worth.BEGUN
    if fact.outcome is Outcome.PASSED:
        return _worth_of_pass(fact, bar.mastery)
    return Worth.FAILED if fact.outcome is Outcome.FAILED else Worth.BEGUN


def _worth_of_pass(fact: LearningFact, mastery: float | None) -> Worth:
    """A score speaks for itself; without one, the bar that the course applied does.

    A pass with neither score nor known bar counts: it is the course's own verdict, many courses report nothing
    more, and to ask people for what their course cannot say would make them missing for ever. A pass over a bar
    that we know to be lower proves nothing about ours, nor that they failed it: work begun.
    """
    if mastery is None:
        return Worth.COUNTS
    if fact.score_scaled is not None:
        return Worth.COUNTS if fact.score_scaled + _ROUNDING >= mastery else Worth.FAILED
    if fact.launched_mastery is not None and fact.launched_mastery + _ROUNDING < mastery:
        return Worth.BEGUN
    return Worth.COUNTS


class Validity(NamedTuple):
    """From the day done, what holds and by which evidence, until a later one supersedes it.

    ``version`` is the one by which the evidence was judged; ``activity`` the module's, whatever counted for it;
    ``kind`` that of a record made by hand, ``waived_reason`` the LMS's for letting it pass.
    """

    first: date
    last: date | None
    renewable_from: date | None
    statement_id: UUID
    activity: str = ""
    version: int = 1
    kind: str = ""
    waived_reason: str = ""
    doubts: tuple[Doubt, ...] = ()

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


class Attempt(NamedTuple):
    """Something done on a day that is not evidence."""

    day: date
    worth: Worth


@dataclass(frozen=True, slots=True)
class ModuleRecord:
    """All that a person did for one module. Validities are in order, and a later one never ends before an earlier."""

    validities: tuple[Validity, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    def latest_on(self, day: date) -> Validity | None:
        """The validity that stood, or had lapsed, on ``day``."""
        for validity in reversed(self.validities):
            if validity.first <= day:
                return validity
        return None

    def holds_on(self, day: date) -> bool:
        latest = self.latest_on(day)
        return latest is not None and latest.covers(day)

    def boundaries(self) -> Iterator[date]:
        """Every day on which what this record says can change."""
        for validity in self.validities:
            yield validity.first
            if validity.last is not None and validity.renewable_from is not None:
                yield validity.renewable_from
                yield validity.last + DAY
        for day, _ in self.attempts:
            yield day

    def begun_on(self, day: date) -> Worth:
        """The most that attempts are worth on ``day``: those since the window of the last evidence opened."""
        lapsed = self.latest_on(day)
        since = lapsed.renewable_from if lapsed else None
        worths = (what for when, what in self.attempts if when <= day and (since is None or since <= when))
        return max(worths, default=Worth.NOTHING)


NOTHING_DONE = ModuleRecord()


@dataclass(frozen=True, slots=True)
class Reading:
    """How deeds are read for one set of modules: from ``since`` on, before ``until``, by the versions of ``edition``.

    A deed is judged whole (what it must show, what goes before it, for how long it holds) by the version in force
    on its day; by ``requirement`` where that version did not ask for the activity. ``held`` says when the other
    requirements held. What came before its turn is work begun, whatever it shows.
    """

    requirement: Requirement
    edition: Edition
    since: date | None = None
    until: date | None = None
    held: Mapping[str, Sequence[Period]] = field(default_factory=dict)
    employed_from: date | None = None

    def records(self, deeds: Deeds) -> tuple[ModuleRecord, ...]:
        """One for each module, in their order."""
        done: dict[str, ModuleRecord] = {}
        for module in self._in_turn():
            done[module.activity] = self._record(module, deeds, done)
        return tuple(done[module.activity] for module in self.requirement.modules)

    def _in_turn(self) -> Iterable[Module]:
        """Those that others wait for come first; the rest as they stand. Importing refused circles."""
        modules = self.requirement.modules
        if not any(module.after for module in modules):
            return modules
        waiting, turn = list(modules), list[Module]()
        while waiting:
            activities = {module.activity for module in waiting}
            free = [m for m in waiting if activities.isdisjoint(self.requirement.bars[m.activity, m.activity].after)]
            turn += free or waiting
            waiting = [module for module in waiting if module not in free] if free else []
        return turn

    def _record(self, module: Module, deeds: Deeds, done: Mapping[str, ModuleRecord]) -> ModuleRecord:
        found = deeds.by_activity.get(module.activity, [])
        if module.equivalents:
            others = (deeds.by_activity.get(other.activity, []) for other in module.equivalents)
            found = sorted((*found, *(deed for one in others for deed in one)), key=_moment)
        if not found:
            return NOTHING_DONE
        attempts: list[Attempt] = []
        counting: list[tuple[Deed, Requirement]] = []
        for deed in found:
            if (self.since and deed.day < self.since) or (self.until and deed.day >= self.until):
                continue
            judge, what = self._judged(deed, module, done)
            if what is Worth.COUNTS:
                counting.append((deed, judge))
            else:
                attempts.append(Attempt(deed.day, what))
        return ModuleRecord(tuple(self._validities(module, counting)), tuple(attempts))

    def _judged(self, deed: Deed, module: Module, done: Mapping[str, ModuleRecord]) -> tuple[Requirement, Worth]:
        named = (module.activity, deed.fact.activity)
        judge = self.edition.in_force_on(deed.day) if self.edition.before else self.requirement
        bar = judge.bars.get(named)
        if bar is None:
            judge, bar = self.requirement, self.requirement.bars[named]
        what = worth(deed.fact, bar)
        if what is Worth.COUNTS and not self._is_its_turn(deed.day, bar, judge, done):
            return judge, Worth.BEGUN
        return judge, what

    def _is_its_turn(self, day: date, bar: Bar, judge: Requirement, done: Mapping[str, ModuleRecord]) -> bool:
        """A module that this set of modules does not hold is waited for no longer."""
        before = all(done[activity].holds_on(day) for activity in bar.after if activity in done)
        return before and all(covering(self.held.get(other, ()), day) for other in judge.requires)

    def _validities(self, module: Module, counting: Sequence[tuple[Deed, Requirement]]) -> Iterator[Validity]:
        """One for each piece of evidence that moves the last valid day; what moves nothing is not needed."""
        before: date | None = date.min
        for (deed, judge), term in zip(counting, terms(counting, self.edition.retakes), strict=True):
            fact = deed.fact
            held = limited(term, deed.day, fact.expires, self.edition.retakes)
            if before is not None and (held.last is None or held.last > before) and _holds(held, deed.day):
                yield self._validity(module, deed, judge, held)
                before = held.last

    def _validity(self, module: Module, deed: Deed, judge: Requirement, term: Term) -> Validity:
        fact = deed.fact
        doubts = doubts_of(fact, deed.day, late_days=judge.late_days, employed_from=self.employed_from)
        told = (module.activity, judge.version, fact.kind, fact.waived_reason, doubts)
        return Validity(deed.day, term.last, term.renewable_from, fact.statement_id, *told)


def _holds(term: Term, day: date) -> bool:
    return term.last is None or term.last >= day


def _moment(deed: Deed) -> tuple[object, UUID]:
    return deed.fact.happened, deed.fact.statement_id
