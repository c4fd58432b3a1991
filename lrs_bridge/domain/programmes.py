"""All requirements of a company for one person at a time: what they share is worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from lrs_bridge.domain.assignments import assign
from lrs_bridge.domain.compliance import Case, ComplianceStatus, Reason, Status, evaluate
from lrs_bridge.domain.deeds import Deeds
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.histories import RequirementHistory
from lrs_bridge.domain.people import JobAssignment, PersonRecord
from lrs_bridge.domain.periods import Period, covering, plus_days
from lrs_bridge.domain.requirement_links import in_order
from lrs_bridge.domain.requirements import Requirement

MOST_KINDS = 10_000
Words = tuple[str, ...]
Judged = tuple[Requirement, ComplianceStatus]
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Programme:
    """Requirements with their versions, those on which others depend first."""

    histories: tuple[RequirementHistory, ...]
    depended_on: frozenset[str]
    activities: Mapping[str, frozenset[str]]
    """Every activity whose evidence can matter, and the requirements to whose versions it can."""
    _outside: dict[frozenset[Words], frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    _said: dict[_NeverAsked, dict[str, Judged]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, histories: Iterable[RequirementHistory]) -> Programme:
        """ValueError where requirements depend on each other in a circle, by the newest version of each."""
        by_id = {history.newest.id: history for history in histories}
        ordered = in_order(history.newest for history in by_id.values())
        depended_on = {
            other for history in by_id.values() for one, _ in history.versions for other in one.other_requirements
        }
        activities: dict[str, set[str]] = {}
        for history in by_id.values():
            for activity in {activity for version, _ in history.versions for activity in version.activities}:
                activities.setdefault(activity, set()).add(history.newest.id)
        found = {activity: frozenset(ids) for activity, ids in activities.items()}
        return cls(tuple(by_id[one.id] for one in ordered), frozenset(depended_on), found)

    def evaluate(
        self, person: PersonRecord, facts: Iterable[LearningFact], *, as_of: date, known_at: datetime | None = None
    ) -> list[Judged]:
        """Each requirement, by the version in force on ``as_of``, with its status.

        The histories must be those known at ``known_at`` (`RequirementHistory.known_at`), as the person record is.
        """
        deeds = Deeds.of(facts, person.zone, known_at)
        never_asked = _NeverAsked.of(person, as_of)
        touched = {key for activity in deeds.by_activity for key in self.activities.get(activity, ())}
        outside, said = self._never_asking(person) - touched, self._said_of(never_asked)
        held: dict[str, tuple[Period, ...]] = {}
        judged = []
        for history in self.histories:
            key = history.newest.id
            if key in outside:
                if key not in said:
                    said[key] = (history.newest, never_asked.status(history.newest))
                judged.append(said[key])
                continue
            assignment = assign(history, person, held)
            judged.append((history.edition.in_force_on(as_of), evaluate(assignment, deeds, as_of=as_of)))
            if key in self.depended_on:
                held[key] = Case.of(assignment, deeds).periods_met()
        return judged

    def _never_asking(self, person: PersonRecord) -> frozenset[str]:
        """The requirements whose audience names none of the person's jobs, worked out once for all who hold alike."""
        words = frozenset(map(_words, person.jobs))
        found = self._outside.get(words)
        if found is None:
            found = frozenset(history.newest.id for history in self.histories if _names_none(history, person.jobs))
            _kept(self._outside)[words] = found
        return found

    def _said_of(self, never_asked: _NeverAsked) -> dict[str, Judged]:
        if never_asked not in self._said:
            _kept(self._said)[never_asked] = {}
        return self._said[never_asked]


def _words(job: JobAssignment) -> Words:
    """All that an audience can ask about."""
    return job.department, job.job_code, job.job_title, job.location, job.country, job.worker_type


def _names_none(history: RequirementHistory, jobs: Iterable[JobAssignment]) -> bool:
    requirement = history.edition.requirement
    if history.edition.before or not requirement.audience:
        return False
    return not any(requirement.covers(job) for job in jobs)


def _kept(found: dict[Key, Value]) -> dict[Key, Value]:
    """Begun anew when it has grown large: there are few kinds of people, but nobody promised."""
    if len(found) >= MOST_KINDS:
        found.clear()
    return found


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

    def status(self, requirement: Requirement) -> ComplianceStatus:
        return ComplianceStatus(
            status=Status.EXEMPT,
            reason=self.reason,
            modules_met=0,
            modules_total=requirement.needed,
            version=requirement.version,
            next_change=self.next_change,
        )
