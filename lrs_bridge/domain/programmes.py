"""All requirements of a company for one person at a time: what they share is worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lrs_bridge.domain.assignments import assign
from lrs_bridge.domain.compliance import Case, ComplianceStatus, Reason, Status, evaluate
from lrs_bridge.domain.deeds import Deeds
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.histories import RequirementHistory
from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.periods import Period, covering, plus_days
from lrs_bridge.domain.requirement_links import in_order
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.domain.stays import audience_of


@dataclass(frozen=True, slots=True)
class Programme:
    """Requirements with their versions, those on which others depend first."""

    histories: tuple[RequirementHistory, ...]
    depended_on: frozenset[str]

    @classmethod
    def of(cls, histories: Iterable[RequirementHistory]) -> Programme:
        """ValueError where requirements depend on each other in a circle, by the newest version of each."""
        by_id = {history.newest.id: history for history in histories}
        ordered = in_order(history.newest for history in by_id.values())
        depended_on = {
            other for history in by_id.values() for one, _ in history.versions for other in one.other_requirements
        }
        return cls(tuple(by_id[requirement.id] for requirement in ordered), frozenset(depended_on))

    def evaluate(
        self, person: PersonRecord, facts: Iterable[LearningFact], *, as_of: date, known_at: datetime | None = None
    ) -> list[tuple[Requirement, ComplianceStatus]]:
        """Each requirement, by the version in force on ``as_of``, with its status.

        The histories must be those known at ``known_at`` (`RequirementHistory.known_at`), as the person record is.
        """
        deeds = Deeds.of(facts, person.zone, known_at)
        never_asked = _NeverAsked.of(person, as_of)
        held: dict[str, tuple[Period, ...]] = {}
        judged = []
        for history in self.histories:
            if (status := never_asked.status(history, person, deeds, held)) is not None:
                judged.append((history.newest, status))
                continue
            assignment = assign(history, person, held)
            judged.append((history.edition.in_force_on(as_of), evaluate(assignment, deeds, as_of=as_of)))
            if history.newest.id in self.depended_on:
                held[history.newest.id] = Case.of(assignment, deeds).periods_met()
        return judged


@dataclass(frozen=True, slots=True)
class _NeverAsked:
    """The status of whoever is never asked and did nothing: the same for most requirements of most people."""

    reason: Reason
    next_change: date | None

    @classmethod
    def of(cls, person: PersonRecord, as_of: date) -> _NeverAsked:
        spells = [spell.period for spell in person.spells]
        is_employed = covering(spells, as_of) is not None
        firsts, lasts = [spell.first for spell in spells], [spell.last for spell in spells if spell.last]
        days = sorted(day for day in (*firsts, *(plus_days(last, 1) for last in lasts)) if day > as_of)
        changed = next((day for day in days if (covering(spells, day) is not None) != is_employed), None)
        return cls(Reason.OUT_OF_SCOPE if is_employed else Reason.NOT_EMPLOYED, changed)

    def status(
        self, history: RequirementHistory, person: PersonRecord, deeds: Deeds, held: Mapping[str, tuple[Period, ...]]
    ) -> ComplianceStatus | None:
        """None where more than this is to be said."""
        edition = history.edition
        requirement = edition.requirement
        if edition.before or not requirement.activities.isdisjoint(deeds.by_activity):
            return None
        if audience_of(edition, person, held):
            return None
        return ComplianceStatus(
            status=Status.EXEMPT,
            reason=self.reason,
            modules_met=0,
            modules_total=requirement.needed,
            version=requirement.version,
            next_change=self.next_change,
        )
