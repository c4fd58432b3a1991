"""What a change of requirements would do to people, before anybody makes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from lrs_bridge.domain.compliance import ComplianceStatus, Reason, Status
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.histories import RequirementHistory
from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.programmes import Programme
from lrs_bridge.domain.requirements import Requirement

NAMED = 10
"""How many people of a group are named; the rest are counted."""
Verdict = tuple[Status, Reason]
_NOT_ASKED = (Reason.NOT_EMPLOYED, Reason.OUT_OF_SCOPE)


class Transition(NamedTuple):
    """What becomes of one requirement for some people; None: there is no such requirement, before or after.

    ``is_due_moved`` where status and reason stay and the due date differs.
    """

    requirement_id: str
    before: Verdict | None
    after: Verdict | None
    is_due_moved: bool = False

    @property
    def is_change(self) -> bool:
        return self.is_due_moved or self.before != self.after

    @property
    def is_gained(self) -> bool:
        """Whether it gives an assignment to who had none."""
        return _is_asked(self.after) and not _is_asked(self.before)

    @property
    def is_lost(self) -> bool:
        return _is_asked(self.before) and not _is_asked(self.after)


@dataclass(slots=True)
class Group:
    """People to whom the same happens: how many, and who are the first of them."""

    people: int = 0
    first: list[UUID] = field(default_factory=list)

    def add(self, person_id: UUID) -> None:
        self.people += 1
        if len(self.first) < NAMED:
            self.first.append(person_id)


@dataclass(frozen=True, slots=True)
class Effect:
    """``groups`` have everybody, those for whom nothing changes too; ``matched`` are the requirements whose audience
    names somebody."""

    groups: Mapping[Transition, Group]
    matched: frozenset[str]

    def gained(self, requirement_id: str) -> Group:
        return self._together(requirement_id, [one for one in self.groups if one.is_gained])

    def lost(self, requirement_id: str) -> Group:
        return self._together(requirement_id, [one for one in self.groups if one.is_lost])

    def _together(self, requirement_id: str, transitions: Iterable[Transition]) -> Group:
        groups = [self.groups[one] for one in transitions if one.requirement_id == requirement_id]
        named = [person_id for group in groups for person_id in group.first]
        return Group(sum(group.people for group in groups), named[:NAMED])


def first_day_in_force(histories: Iterable[RequirementHistory], today: date) -> date:
    """The day to ask about: today, or the last day on which one of the newest versions begins, if that is later."""
    return max([today, *(history.edition.begins for history in histories)])


def effect_of(
    old: Sequence[RequirementHistory],
    new: Sequence[RequirementHistory],
    people: Iterable[tuple[PersonRecord, Sequence[LearningFact]]],
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> Effect:
    """Compare ``old`` with ``new``, each all the requirements there are, for each person, streamed.

    Only what differs, or depends on what differs, is compared.
    """
    affected = _affected(old, new)
    before, after = Programme.of(_with_links(old, affected)), Programme.of(_with_links(new, affected))
    unmatched = {history.newest.id: history.newest for history in new if history.newest.id in affected}
    asked = frozenset(unmatched)
    groups: dict[Transition, Group] = {}
    for person, facts in people:
        was, will_be = (_by_id(side, person, facts, as_of, known_at) for side in (before, after))
        for requirement_id in affected:
            transition = _transition(requirement_id, was.get(requirement_id), will_be.get(requirement_id))
            groups.setdefault(transition, Group()).add(person.person_id)
        for requirement in [one for one in unmatched.values() if _is_named(person, one)]:
            del unmatched[requirement.id]
    return Effect(groups, asked - frozenset(unmatched))


def _transition(requirement_id: str, was: ComplianceStatus | None, will_be: ComplianceStatus | None) -> Transition:
    before, after = _verdict(was), _verdict(will_be)
    is_due_moved = before == after and (was.due if was else None) != (will_be.due if will_be else None)
    return Transition(requirement_id, before, after, is_due_moved)


def _is_named(person: PersonRecord, requirement: Requirement) -> bool:
    """By any job, past or to come; without an audience everybody is."""
    return not requirement.audience or any(requirement.covers(job) for job in person.jobs)


def _is_asked(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict[1] not in _NOT_ASKED


def _affected(old: Sequence[RequirementHistory], new: Sequence[RequirementHistory]) -> list[str]:
    before, after = ({history.newest.id: history for history in side} for side in (old, new))
    affected = [one for one in dict.fromkeys((*after, *before)) if before.get(one) != after.get(one)]
    for requirement_id in affected:  # grows while it is read: what depends on the affected is affected
        for history in after.values():
            depends = requirement_id in history.newest.other_requirements
            if depends and history.newest.id not in affected:
                affected.append(history.newest.id)
    return affected


def _with_links(histories: Sequence[RequirementHistory], ids: Iterable[str]) -> list[RequirementHistory]:
    """Those, and all that they depend on."""
    by_id = {history.newest.id: history for history in histories}
    wanted = list(ids)
    for requirement_id in wanted:
        versions = by_id[requirement_id].versions if requirement_id in by_id else ()
        wanted += [other for one, _ in versions for other in one.other_requirements if other not in wanted]
    return [by_id[one] for one in dict.fromkeys(wanted) if one in by_id]


def _by_id(
    programme: Programme, person: PersonRecord, facts: Sequence[LearningFact], as_of: date, known_at: datetime | None
) -> dict[str, ComplianceStatus]:
    judged = programme.evaluate(person, facts, as_of=as_of, known_at=known_at)
    return {requirement.id: status for requirement, status in judged}


def _verdict(status: ComplianceStatus | None) -> Verdict | None:
    return (status.status, status.reason) if status else None
