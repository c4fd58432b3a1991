"""Why a status is what it is: module by module what counts, by which version, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lrs_bridge.domain.compliance import ComplianceStatus
from lrs_bridge.domain.deeds import impossible_because
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.domain.validity import Validity


@dataclass(frozen=True, slots=True)
class ModuleShown:
    """One module and what holds for it, if anything does: done on ``done``, up to ``until`` (None: for ever).

    ``marks`` are what to look at twice: how it was recorded, why the LMS waived it, that it was stored late.
    """

    activity: str
    title: str
    evidence: UUID | None = None
    done: date | None = None
    until: date | None = None
    judged_by: int | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statement about an activity of the requirement that can never count, and why."""

    statement_id: UUID
    activity: str
    because: str


def modules_shown(requirement: Requirement, status: ComplianceStatus) -> list[ModuleShown]:
    """What holds, by modules of an older version too, then those of ``requirement`` that do not."""
    titles = {module.activity: module.title for module in requirement.modules}
    held = {validity.activity for validity in status.held}
    missing = (module for module in requirement.modules if module.activity not in held)
    return [
        *(_shown(validity, titles.get(validity.activity, "")) for validity in status.held),
        *(ModuleShown(module.activity, module.title) for module in missing),
    ]


def left_out(
    requirement: Requirement, facts: Iterable[LearningFact], known_at: datetime | None = None
) -> Iterator[LeftOut]:
    for fact in facts:
        because = fact.never_evidence or impossible_because(fact)
        if because and fact.activity in requirement.activities and fact.known_at(known_at):
            yield LeftOut(fact.statement_id, fact.activity, str(because))


def _shown(validity: Validity, title: str) -> ModuleShown:
    waived = (f"waived: {validity.waived_reason}",) if validity.waived_reason else ()
    recorded = (validity.kind,) if validity.kind else ()
    return ModuleShown(
        activity=validity.activity,
        title=title,
        evidence=validity.statement_id,
        done=validity.first,
        until=validity.last,
        judged_by=validity.version,
        marks=(*recorded, *waived, *(doubt.value for doubt in validity.doubts)),
    )
