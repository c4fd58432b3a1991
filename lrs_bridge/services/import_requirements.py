"""Requirements: each import that changes one records a new version; none is ever edited."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from lrs_bridge.domain.requirement_files import read_requirements
from lrs_bridge.domain.requirement_json import requirement_as_json, requirement_from_json
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.errors import NotFound
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.refresh_compliance import requirements_at
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.packages import unit_activity
from lrs_bridge.storage.people import all_people
from lrs_bridge.storage.requirements import insert_version, newest_versions, version_of


@dataclass(frozen=True, slots=True)
class ImportedRequirement:
    """``is_new_version`` is False where the file says what the newest version says already."""

    requirement: Requirement
    is_new_version: bool


def import_requirements(bridge: Bridge, text: bytes, *, source: str) -> list[ImportedRequirement]:
    """Record every requirement of the file that differs; RequirementRefused with every problem, else all of it.

    Everybody's statuses are marked stale in the same transaction.
    """
    with bridge.database.writing() as connection:

        def resolve(package: str, unit: str | None) -> str | None:
            return unit_activity(connection, package, unit)

        requirements = read_requirements(text, source=source, resolve_unit=resolve)
        newest = newest_versions(connection)
        imported = [_record(connection, requirement, newest, source) for requirement in requirements]
        if any(item.is_new_version for item in imported):
            mark_dirty(connection, all_people(connection), at=now())
        return imported


def list_requirements(bridge: Bridge) -> list[Requirement]:
    with bridge.database.reading() as connection:
        return requirements_at(connection)


def show_requirement(bridge: Bridge, requirement_id: str, *, version: int | None = None) -> Requirement:
    """One version, the newest by default; NotFound where there is none."""
    with bridge.database.reading() as connection:
        body = (
            newest_versions(connection).get(requirement_id)
            if version is None
            else version_of(connection, requirement_id, version)
        )
    if body is None:
        raise NotFound(
            f"There is no requirement {requirement_id!r}" + (f" with version {version}" if version else ""),
            remedy="lrs-bridge requirements list",
        )
    return requirement_from_json(body)


def _record(
    connection: sa.Connection, requirement: Requirement, newest: dict[str, dict[str, object]], source: str
) -> ImportedRequirement:
    before = newest.get(requirement.id)
    known = requirement_from_json(before) if before else None
    if known and replace(requirement, version=known.version) == known:
        return ImportedRequirement(known, is_new_version=False)
    versioned = replace(requirement, version=known.version + 1 if known else 1)
    insert_version(connection, versioned.id, requirement_as_json(versioned), source=source, at=now())
    return ImportedRequirement(versioned, is_new_version=True)
