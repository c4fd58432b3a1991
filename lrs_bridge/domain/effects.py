"""What a change of requirements would do to people, before anybody makes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from lrs_bridge.domain.compliance import ComplianceStatus, Reason, Status
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.histories import RequirementHistory
from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.programmes import Programme

Verdict = tuple[Status, Reason]


class Change(NamedTuple):
    """One person and one requirement whose status, reason or due date differs; None: there is no such requirement."""

    person_id: UUID
    requirement_id: str
    before: ComplianceStatus | None
    after: ComplianceStatus | None


@dataclass(frozen=True, slots=True)
class Effect:
    """``counts`` has everybody, those for whom nothing changes too."""

    counts: Mapping[tuple[str, Verdict | None, Verdict | None], int]
    changes: tuple[Change, ...]


def first_day_in_force(histories: Iterable[RequirementHistory], today: date) -> date:
    """The day to ask about: today, or the last day on which one of the newest versions takes over, if that is later."""
    return max([today, *(history.edition.first for history in histories)])


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
    counts: Counter[tuple[str, Verdict | None, Verdict | None]] = Counter()
    changes = []
    for person, facts in people:
        was = _by_id(before, person, facts, as_of, known_at)
        will_be = _by_id(after, person, facts, as_of, known_at)
        for requirement_id in affected:
            change = Change(person.person_id, requirement_id, was.get(requirement_id), will_be.get(requirement_id))
            counts[requirement_id, _verdict(change.before), _verdict(change.after)] += 1
            if _told(change.before) != _told(change.after):
                changes.append(change)
    return Effect(dict(counts), tuple(changes))


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


def _told(status: ComplianceStatus | None) -> tuple[Verdict | None, date | None]:
    return _verdict(status), status.due if status else None
