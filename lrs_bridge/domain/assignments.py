"""Assignment: a requirement that applies to a person, over which days, due when, and what excuses from it.

Nothing here knows what the person did; that is validity. Due dates follow DESIGN 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from lrs_bridge.domain.aways import Away, qualifying
from lrs_bridge.domain.histories import Edition, RequirementHistory
from lrs_bridge.domain.people import Absence, PersonRecord, Waiver
from lrs_bridge.domain.periods import Period, bridged, covering, intersection, plus_days
from lrs_bridge.domain.requirements import DueRule, Requirement
from lrs_bridge.domain.stays import audience_of, role_starts


class ExemptionKind(StrEnum):
    NOT_EMPLOYED = "not_employed"
    OUT_OF_SCOPE = "out_of_scope"
    WAIVER = "waiver"
    ABSENT = "absent"


class Exemption(NamedTuple):
    """Why nothing is asked on a date. ``last`` is the last day on which it holds, where one is known."""

    kind: ExemptionKind
    last: date | None = None
    reason: str = ""
    approver: str = ""


class Entry(NamedTuple):
    """One stay in the audience while employed, short gaps bridged, with the due date of that stay."""

    period: Period
    due: date


class Due(NamedTuple):
    """``day`` None: not known before the end of an open absence. ``missed``: it had passed when that absence began."""

    day: date | None
    missed: bool = False


@dataclass(frozen=True)
class Assignment:
    """Derived by `assign`, or built directly. ``rule_due_dates`` replace the requirement's own rules."""

    requirement: Requirement
    zone: str
    employment: tuple[Period, ...]
    audience: tuple[Period, ...]
    absences: tuple[Absence, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    individual_due: date | None = None
    rule_due_dates: tuple[date, ...] = ()
    assigned_on: date | None = None
    """When the person was told, where that is later than the first day in the audience."""
    role_starts: tuple[date, ...] = ()
    edition: Edition | None = None
    """The place of ``requirement`` among its versions; None: there is no other."""
    before: Assignment | None = None
    """The same, by the version that was in force before."""
    held: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    """When the other requirements on which this one depends were met."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        stays = bridged(intersection(self.audience, self.employment), self.requirement.gap_bridge_days)
        return tuple(Entry(stay, self.due_of(stay.first)) for stay in stays)

    @property
    def follows(self) -> date | None:
        """The day on which the requirement that this one follows up was first met."""
        follow_up = self.requirement.follow_up
        met = self.held.get(follow_up.of, ()) if follow_up else ()
        return met[0].first if met else None

    @property
    def opens(self) -> date | None:
        follow_up, met = self.requirement.follow_up, self.follows
        return plus_days(met, follow_up.days) if follow_up and met else None

    @cached_property
    def aways(self) -> tuple[Away, ...]:
        return tuple(qualifying(self.absences, self.requirement.absence)) if self.absences else ()

    @cached_property
    def boundaries(self) -> tuple[date, ...]:
        """Every day on which something of this assignment begins, or no longer holds."""
        periods = [*self.employment, *self.audience, *(waiver.period for waiver in self.waivers)]
        days = [period.first for period in periods] + [away.qualifies_from for away in self.aways]
        lasts = [period.last for period in periods] + [away.last for away in self.aways]
        return (*days, *(plus_days(last, 1) for last in lasts if last is not None))

    def exemption_on(self, day: date) -> Exemption | None:
        """Rows 1 and 2 of the decision table: the requirement does not apply, whatever was learned."""
        if covering(self.employment, day) is None:
            return Exemption(ExemptionKind.NOT_EMPLOYED)
        if covering(self.audience, day) is None:
            return Exemption(ExemptionKind.OUT_OF_SCOPE)
        return None

    def excuse_on(self, day: date) -> Exemption | None:
        """Rows 4 and 5: it applies, and the person is excused from it for a while."""
        for waiver in self.waivers:
            if waiver.period.covers(day):
                return Exemption(ExemptionKind.WAIVER, waiver.period.last, waiver.reason, waiver.approver)
        for away in self.aways:
            if away.covers(day):
                return Exemption(ExemptionKind.ABSENT, away.last)
        return None

    def due_on(self, day: date, last_valid: date | None) -> Due:
        """The due date that rules on ``day``, a day in an entry.

        Who held valid evidence up to ``last_valid`` is due then, or with the entry if that is later: to have
        trained early never makes anybody due sooner. An absence that begins on or before the due date moves it to
        ``return_days`` after the last day away, never nearer; one that begins later moves nothing, so nobody
        escapes by leaving. Only absences begun by ``day`` are looked at. Waivers move nothing.
        """
        entry = next(entry for entry in self.entries if entry.period.covers(day))
        due = max(entry.due, last_valid) if last_valid else entry.due
        if last_valid and self.edition and self.edition.retakes:
            due = max(due, self._due_when_asked_again(last_valid))
        missed = False
        for away in self.aways:
            if away.qualifies_from > day:
                continue
            missed = due < away.first
            if missed:
                continue
            if away.last is None:
                return Due(None)
            due = max(due, plus_days(away.last, self.requirement.absence.return_days))
        return Due(due, missed)

    def due_of(self, first: date) -> date:
        """The due date of a stay that begins on ``first``.

        Where this version is stricter than the one before, nobody is due sooner than its notice after it came into
        force, unless they were by the old one.
        """
        due = self._ruled(first)
        if self.before and self._takeover and first < self._takeover:
            old = self.before.due_of(first)
            due = max(due, min(old, plus_days(self._takeover, self.requirement.min_notice_days)))
        return due

    @property
    def _takeover(self) -> date | None:
        return self.edition.first if self.edition and self.edition.before else None

    def _due_when_asked_again(self, last_valid: date) -> date:
        """A retake counts as assigned on its first day, for those whose evidence it ended and for nobody else."""
        retakes = self.edition.retakes if self.edition else ()
        asked = next((retake.first for retake in retakes if retake.last == last_valid), None)
        return self._ruled(asked) if asked else last_valid

    def _ruled(self, first: date) -> date:
        """An individual date, else the earliest rule; never sooner than the notice that everybody is owed.

        An individual date from before this assignment was agreed for an earlier stay and is over.
        """
        assigned = max(first, self.assigned_on) if self.assigned_on else first
        notice = plus_days(assigned, self.requirement.min_notice_days)
        if self.individual_due and self.individual_due >= assigned:
            return max(self.individual_due, notice)
        rules = self.rule_due_dates or tuple(self._due_by(rule, first, assigned) for rule in self.requirement.due)
        return max(min(rules, default=notice), notice)

    def _due_by(self, rule: DueRule, first: date, assigned: date) -> date:
        """``hire``: first day of the spell in force at the entry; ``role_change``: of the role held then.

        A later change of role within the same stay starts nothing, or an overdue person would be out of it with
        the next promotion.
        """
        if rule.fixed is not None:
            return rule.fixed
        start = assigned
        if rule.after == "hire" and (spell := covering(self.employment, first)):
            start = spell.first
        elif rule.after == "role_change":
            start = max((day for day in self.role_starts if day <= first), default=assigned)
        elif rule.after == "follow_up" and self.opens is not None:
            start = self.opens
        return plus_days(start, rule.days or 0)


def assign(
    requirement: Requirement | RequirementHistory,
    person: PersonRecord,
    held: Mapping[str, tuple[Period, ...]] | None = None,
) -> Assignment:
    """What ``requirement`` asks of ``person``; without any audience period when it never does.

    Of a history, by its newest version, with the earlier ones behind it. ``held`` says when the person met the
    other requirements on which this one depends (`programmes` works that out).
    """
    edition = requirement.edition if isinstance(requirement, RequirementHistory) else Edition(requirement)
    return _assignment(edition, person, tuple(audience_of(edition, person, held or {})), held or {})


def _assignment(
    edition: Edition, person: PersonRecord, audience: tuple[Period, ...], held: Mapping[str, tuple[Period, ...]]
) -> Assignment:
    requirement = edition.requirement
    return Assignment(
        requirement=requirement,
        zone=person.zone,
        employment=tuple(spell.period for spell in person.spells),
        audience=audience,
        absences=person.absences,
        waivers=tuple([waiver for waiver in person.waivers if waiver.requirement_id in ("", requirement.id)]),
        individual_due=_individual_due(requirement, person),
        role_starts=tuple(role_starts(person.jobs)) if _asks_for_roles(requirement) else (),
        edition=edition,
        before=_assignment(edition.before, person, audience, held) if edition.before else None,
        held=held,
    )


def _individual_due(requirement: Requirement, person: PersonRecord) -> date | None:
    """The latest, where several were agreed one after the other."""
    return max((e.due for e in person.extensions if e.requirement_id == requirement.id), default=None)


def _asks_for_roles(requirement: Requirement) -> bool:
    return any(rule.after == "role_change" and rule.fixed is None for rule in requirement.due)
