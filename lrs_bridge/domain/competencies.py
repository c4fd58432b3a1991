"""Competencies: what a person can, as requirements and modules name it, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lrs_bridge.domain.compliance import ComplianceStatus
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
