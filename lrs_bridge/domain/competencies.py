"""Competencies: what a person can, as requirements and modules name it, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lrs_bridge.domain.compliance import ComplianceStatus, Reason
from lrs_bridge.domain.requirements import Requirement


@dataclass(frozen=True, slots=True)
class HeldCompetency:
    """``until`` None: for ever. ``requirements`` are those by which it is held, ``evidence`` what shows it."""

    name: str
    until: date | None
    requirements: tuple[str, ...]
    evidence: tuple[UUID, ...]


def competencies_of(statuses: Iterable[tuple[Requirement, ComplianceStatus]]) -> list[HeldCompetency]:
    """What one person holds, by name, held by evidence alone: who is exempt, or not asked, holds what they proved.

    A requirement shows its competencies while it is met, a module while it holds. Where several show the same one,
    it is held until the last of them ends.
    """
    shown: dict[str, list[HeldCompetency]] = {}
    for requirement, status in statuses:
        for one in _shown(requirement, status):
            shown.setdefault(one.name, []).append(one)
    return [_joined(name, ways) for name, ways in sorted(shown.items())]


@dataclass(frozen=True, slots=True)
class CompetencyReport:
    """``asked_by``: the requirements that name it and apply to the person; ``held`` None: not held on the day."""

    name: str
    asked_by: tuple[str, ...]
    held: HeldCompetency | None


def report_competencies(statuses: Sequence[tuple[Requirement, ComplianceStatus]]) -> list[CompetencyReport]:
    """Every competency that is asked of one person, held or not, and what they hold beyond, by name."""
    held = {one.name: one for one in competencies_of(statuses)}
    asked: dict[str, list[str]] = {}
    for requirement, status in statuses:
        if status.reason not in (Reason.OUT_OF_SCOPE, Reason.NOT_EMPLOYED):
            for name in named_by(requirement):
                asked.setdefault(name, []).append(requirement.id)
    names = sorted(held.keys() | asked.keys())
    return [CompetencyReport(name, tuple(asked.get(name, ())), held.get(name)) for name in names]


def named_by(requirement: Requirement) -> list[str]:
    """What the requirement names, and its modules name, each once."""
    of_modules = (name for module in requirement.modules for name in module.competencies)
    return list(dict.fromkeys((*requirement.competencies, *of_modules)))


def _shown(requirement: Requirement, status: ComplianceStatus) -> Iterator[HeldCompetency]:
    by = (requirement.id,)
    if status.is_met:
        for name in requirement.competencies:
            yield HeldCompetency(name, status.last_valid_day, by, status.evidence)
    of_module = {module.activity: module.competencies for module in requirement.modules}
    for validity in status.held:
        for name in of_module.get(validity.activity, ()):
            yield HeldCompetency(name, validity.last, by, (validity.statement_id,))


def _joined(name: str, ways: list[HeldCompetency]) -> HeldCompetency:
    until = max(way.until or date.max for way in ways)
    requirements = dict.fromkeys(requirement for way in ways for requirement in way.requirements)
    evidence = dict.fromkeys(statement_id for way in ways for statement_id in way.evidence)
    return HeldCompetency(name, None if until == date.max else until, tuple(requirements), tuple(evidence))
