"""A chapter: the days on which one version of a requirement is in force, and what a person's deeds are worth then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from lrs_bridge.domain.assignments import Assignment
from lrs_bridge.domain.deeds import Deeds
from lrs_bridge.domain.histories import Edition
from lrs_bridge.domain.periods import DAY, Period, add_months, bridged, stretches
from lrs_bridge.domain.requirements import LookBack
from lrs_bridge.domain.standings import ModuleSet, Standing, best_standing
from lrs_bridge.domain.validity import Reading

_FIRST_YEARS = 200
"""No look-back is longer (50 years, or 36,600 days): HR systems write "since ever" as 0001-01-01."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """From ``reign.first`` on. What counts may differ from stay to stay, where only so old evidence does."""

    assignment: Assignment
    deeds: Deeds
    edition: Edition
    reign: Period
    _sets: dict[date, tuple[ModuleSet, ...]] = field(default_factory=dict)

    @property
    def first(self) -> date:
        return self.reign.first

    def standing_on(self, day: date) -> Standing:
        return best_standing(self.sets_on(day), day)

    def sets_on(self, day: date) -> tuple[ModuleSet, ...]:
        """The modules of this version, then those of older ones that asked for others."""
        since = self._since(day)
        found = self._sets.get(since)
        if found is None:
            found = self._sets[since] = tuple(self._read(since))
        return found

    def boundaries(self) -> Iterator[date]:
        yield self.first
        yield from self.assignment.boundaries
        days = [entry.period.first for entry in self.assignment.entries] if self._look_back else []
        for day in days or [date.max]:
            for modules in self.sets_on(day):
                for record in modules.records:
                    yield from record.boundaries()

    def periods_met(self) -> list[Period]:
        """The days on which the evidence was enough, whether or not anybody asked for it."""
        days = {self.first, *(day for day in self.boundaries() if self.reign.covers(day))}
        met = (period for period in stretches(days, self.reign.last) if self.standing_on(period.first).is_met)
        return bridged(list(met), 0)

    @property
    def _look_back(self) -> LookBack | None:
        return self.assignment.requirement.look_back

    def _since(self, day: date) -> date:
        """From when on evidence counts on ``day``: by the stay begun last, the first one before any has begun. A
        follow-up follows: nothing from before the day it follows counts.
        """
        requirement = self.assignment.requirement
        if requirement.look_back is None and requirement.follow_up is None:
            return date.min
        since = self.assignment.follows or date.min
        if self._look_back and (entries := self.assignment.entries):
            firsts = [entry.period.first for entry in entries]
            stay = max((first for first in firsts if first <= day), default=firsts[0])
            since = max(since, _back(stay, self._look_back))
        return since

    def _read(self, since: date) -> Iterator[ModuleSet]:
        if self.edition.before is None:
            requirement = self.assignment.requirement
            yield ModuleSet(requirement.needed, self._reading(self.edition, since, None).records(self.deeds))
            return
        until: date | None = None
        seen: set[tuple[frozenset[str], int]] = set()
        for edition in self.edition.line:
            requirement = edition.requirement
            asked = (frozenset(module.activity for module in requirement.modules), requirement.needed)
            if asked not in seen:
                seen.add(asked)
                yield ModuleSet(requirement.needed, self._reading(edition, since, until).records(self.deeds))
            until = edition.first

    def _reading(self, edition: Edition, since: date, until: date | None) -> Reading:
        """Older modules by the evidence of their own days, as long as the newest version lets it count."""
        assignment = self.assignment
        employed = min((spell.first for spell in assignment.employment), default=None)
        return Reading(edition.requirement, self.edition, since, until, assignment.held, employed)


def _back(day: date, look_back: LookBack) -> date:
    if day.year <= _FIRST_YEARS:
        return date.min
    return add_months(day, -look_back.months) - timedelta(days=look_back.days)


def chapters_of(assignment: Assignment, deeds: Deeds) -> tuple[Chapter, ...]:
    chapters = []
    until: date | None = None
    one: Assignment | None = assignment
    while one is not None:
        edition = one.edition or Edition(one.requirement)
        chapters.append(Chapter(one, deeds, edition, Period(edition.first, until)))
        until = edition.first - DAY if edition.before else None
        one = one.before
    return tuple(chapters)
