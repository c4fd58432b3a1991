"""Why somebody stands as they do, requirement by requirement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lrs_bridge.domain.compliance import ComplianceStatus
from lrs_bridge.domain.explanations import LeftOut, ModuleShown, left_out, modules_shown
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.errors import NotFound
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.refresh_compliance import programme_at, today
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import person_key, person_records
from lrs_bridge.storage.survivors import surviving_id


@dataclass(frozen=True, slots=True)
class ExplainedStatus:
    requirement: Requirement
    status: ComplianceStatus
    modules: tuple[ModuleShown, ...]
    left_out: tuple[LeftOut, ...]


def explain_statuses(
    bridge: Bridge,
    employee_id: str,
    *,
    requirement: str = "",
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> list[ExplainedStatus]:
    """Of one requirement, or of all; NotFound where there is no such person, or requirement, at ``known_at``."""
    with bridge.database.reading() as connection:
        key = person_key(surviving_id(connection, employee_id, known_at=known_at))
        record = person_records(connection, [key], known_at=known_at).get(key)
        if record is None:
            raise NotFound(f"Nobody has the employee id {employee_id!r}")
        facts = facts_of_people(connection, [key]).get(key, [])
        programme = programme_at(connection, known_at)
    day = as_of or today(record.zone, known_at or now())
    judged = programme.evaluate(record, facts, as_of=day, known_at=known_at)
    found = [
        ExplainedStatus(one, status, tuple(modules_shown(one, status)), tuple(left_out(one, facts, known_at)))
        for one, status in judged
        if requirement in ("", one.id)
    ]
    if requirement and not found:
        raise NotFound(f"There is no requirement {requirement!r}", remedy="lrs-bridge requirements list")
    return sorted(found, key=lambda explained: explained.requirement.id)
