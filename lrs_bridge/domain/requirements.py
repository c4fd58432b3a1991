"""Requirement: what is demanded, of whom, by which modules, at which level, by when, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import translate
from functools import cached_property
from typing import Literal, NamedTuple

from lrs_bridge.domain.people import JobAssignment

AudienceKey = Literal["department", "job_code", "job_title", "location", "country", "worker_type"]
DueAfter = Literal["hire", "assignment", "role_change", "follow_up"]
RenewalBasis = Literal["completion", "expiry", "fixed"]
Needs = Literal["passed", "completed"]


@dataclass(frozen=True)
class AudienceClause:
    """Every key must hold; a key holds if any of its patterns (``*`` and ``?``) matches the job assignment."""

    patterns: Mapping[AudienceKey, tuple[str, ...]]

    def covers(self, job: JobAssignment) -> bool:
        return all(pattern.fullmatch(getattr(job, key)) for key, pattern in self._compiled)

    @cached_property
    def _compiled(self) -> tuple[tuple[AudienceKey, re.Pattern[str]], ...]:
        return tuple(
            (key, re.compile("|".join(map(_as_regex, words)) or "(?!)")) for key, words in self.patterns.items()
        )


def _as_regex(pattern: str) -> str:
    """fnmatch reads [ as a set of characters; "Sales [North]" is a department."""
    return translate(pattern.replace("[", "[[]"))


@dataclass(frozen=True, slots=True)
class DueRule:
    """Either a ``fixed`` date, or ``days`` after an event of the person."""

    fixed: date | None = None
    days: int | None = None
    after: DueAfter = "assignment"


@dataclass(frozen=True, slots=True)
class Renewal:
    months: int
    basis: RenewalBasis = "completion"
    window_months: int = 1
    grace_days: int = 0
    min_active_months: int = 6


@dataclass(frozen=True, slots=True)
class AbsenceRule:
    min_days: int = 14
    return_days: int = 30


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Asked from ``days`` after the day on which the requirement ``of`` was first met; never met: never asked."""

    of: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class LookBack:
    """How old evidence may be on the first day of a stay in the audience."""

    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that an assessor grades from 0 to 1; below ``minimum`` the whole is failed, whatever the rest."""

    id: str
    title: str = ""
    weight: float = 1.0
    minimum: float = 0.0


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Something else that counts for a module: another activity, an old version of a course, a certificate."""

    activity: str
    needs: Needs = "passed"
    mastery: float | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """One part. ``activity`` is the IRI that evidence must name; ``mastery`` a scaled score 0–1 or None."""

    activity: str
    title: str = ""
    needs: Needs = "passed"
    mastery: float | None = None
    key: str = ""
    """A short name for ``after``; the activity serves as well."""
    after: tuple[str, ...] = ()
    """Keys or activities of modules that must hold on the day on which this one is done."""
    equivalents: tuple[Equivalent, ...] = ()
    competencies: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, self.activity) if self.key else (self.activity,)


class Bar(NamedTuple):
    """What evidence about one activity must show; ``after`` are the activities of the modules that go before."""

    needs: Needs
    mastery: float | None
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requirement:
    """One version of a requirement. An empty ``audience`` covers everybody."""

    id: str
    title: str
    modules: tuple[Module, ...]
    version: int = 1
    authority: Literal["regulation", "policy"] = "policy"
    audience: tuple[AudienceClause, ...] = ()
    due: tuple[DueRule, ...] = (DueRule(days=30),)
    renewal: Renewal | None = None
    absence: AbsenceRule = AbsenceRule()
    min_notice_days: int = 7
    due_soon_days: int = 14
    gap_bridge_days: int = 7
    """Gaps in audience membership up to this long do not start the clock again."""
    in_force_from: date | None = None
    """First day on which anybody is asked; before it everybody is out of scope. None: since ever."""
    modules_needed: int | None = None
    """How many of the modules are enough; None: all."""
    requires: tuple[str, ...] = ()
    """Other requirements that must hold on the day on which evidence for this one is done."""
    look_back: LookBack | None = None
    follow_up: FollowUp | None = None
    retake: bool | date = False
    """What was done before this version came into force counts no longer, or only until that day. A version that
    repeats what its predecessor said here asks for nothing again."""
    correction: str = ""
    """Why the version before was wrong: this one judges as if that had never been. A version that repeats what its
    predecessor said here corrects nothing again."""
    late_days: int = 30
    """Evidence stored more than this many days after it was done is marked as stored late. It counts."""
    competencies: tuple[str, ...] = ()

    def covers(self, job: JobAssignment) -> bool:
        return not self.audience or any(clause.covers(job) for clause in self.audience)

    @property
    def needed(self) -> int:
        return self.modules_needed or len(self.modules)

    @property
    def other_requirements(self) -> tuple[str, ...]:
        """Those on whose evidence this one depends."""
        return (*self.requires, self.follow_up.of) if self.follow_up else self.requires

    @cached_property
    def activity_of(self) -> Mapping[str, str]:
        """The activity of each module, by any of its names."""
        return {name: module.activity for module in self.modules for name in module.names}

    @cached_property
    def bars(self) -> Mapping[tuple[str, str], Bar]:
        """What is asked of evidence, by the module's activity and the activity of the evidence."""
        bars: dict[tuple[str, str], Bar] = {}
        for module in self.modules:
            after = tuple(self.activity_of.get(name, name) for name in module.after)
            bars[module.activity, module.activity] = Bar(module.needs, module.mastery, after)
            for other in module.equivalents:
                bars[module.activity, other.activity] = Bar(other.needs, other.mastery, after)
        return bars

    @cached_property
    def activities(self) -> frozenset[str]:
        """Every activity whose evidence can matter."""
        return frozenset(activity for _, activity in self.bars)

    @cached_property
    def anchor(self) -> date:
        """Where the calendar of ``fixed`` renewals is counted from."""
        anchor = min((rule.fixed for rule in self.due if rule.fixed), default=None)
        if anchor is None:
            raise ValueError(f"{self.id}: renewal by the calendar needs a fixed due date to count from")
        return anchor
