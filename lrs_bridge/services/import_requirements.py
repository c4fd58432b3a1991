"""Requirements: each import that changes one records a new version; none is ever edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from lrs_bridge.domain.requirement_files import read_requirements
from lrs_bridge.domain.requirement_json import requirement_as_json, requirement_from_json
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.errors import NotFound, RequirementRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.packages import unit_activity
from lrs_bridge.storage.people import all_people
from lrs_bridge.storage.requirements import insert_version, newest_versions, versions


@dataclass(frozen=True, slots=True)
class ImportedRequirement:
    """``before`` None: there was none of this id."""

    requirement: Requirement
    before: Requirement | None

    @property
    def is_new_version(self) -> bool:
        """False where the file says what the newest version says already."""
        return self.requirement != self.before


@dataclass(frozen=True, slots=True)
class StoredVersion:
    requirement: Requirement
    source: str
    recorded: datetime


def import_requirements(
    bridge: Bridge, text: bytes, *, source: str, planned_on: Mapping[str, int] | None = None
) -> list[ImportedRequirement]:
    """Record every requirement of the file that differs; RequirementRefused with every problem, else all of it.

    ``planned_on``: the newest versions that a plan was made on; refused if others were imported since. Everybody's
    statuses are marked stale in the same transaction.
    """
    with bridge.database.writing() as connection:
        newest = newest_requirements(connection)
        if planned_on is not None and planned_on != version_numbers(newest):
            raise RequirementRefused(
                "Other requirements were imported while the difference was worked out; nothing of this was imported",
                remedy="Import it again, and look at the difference again.",
            )
        imported = read_file(connection, text, newest, source=source)
        changed = [item.requirement for item in imported if item.is_new_version]
        for requirement in changed:
            insert_version(connection, requirement.id, requirement_as_json(requirement), source=source, at=now())
        if changed:
            mark_dirty(connection, all_people(connection), at=now())
        return imported


def read_file(
    connection: sa.Connection, text: bytes, newest: Mapping[str, Requirement], *, source: str
) -> list[ImportedRequirement]:
    """The requirements of a file with the versions that they have, or would have."""

    def resolve(package: str, unit: str | None) -> str | None:
        return unit_activity(connection, package, unit)

    requirements = read_requirements(text, source=source, resolve_unit=resolve, stored=list(newest.values()))
    return [_versioned(requirement, newest.get(requirement.id)) for requirement in requirements]


def newest_requirements(connection: sa.Connection) -> dict[str, Requirement]:
    return {key: requirement_from_json(body) for key, body in newest_versions(connection).items()}


def version_numbers(newest: Mapping[str, Requirement]) -> dict[str, int]:
    return {key: requirement.version for key, requirement in newest.items()}


def list_requirements(bridge: Bridge) -> list[Requirement]:
    """Each in its newest version."""
    with bridge.database.reading() as connection:
        return list(newest_requirements(connection).values())


def versions_of_requirement(bridge: Bridge, requirement_id: str) -> list[StoredVersion]:
    """All versions of one requirement, in order; NotFound where there is none."""
    with bridge.database.reading() as connection:
        found = [
            StoredVersion(requirement_from_json(row.body), row.source, row.recorded)
            for row in versions(connection, requirement_id=requirement_id)
        ]
    if not found:
        raise _not_found(repr(requirement_id))
    return found


def show_requirement(bridge: Bridge, requirement_id: str, *, version: int | None = None) -> Requirement:
    """One version, the newest by default; NotFound where there is none."""
    found = [stored.requirement for stored in versions_of_requirement(bridge, requirement_id)]
    if version is None:
        return found[-1]
    for requirement in found:
        if requirement.version == version:
            return requirement
    raise _not_found(f"{requirement_id!r} with version {version}")


def _not_found(what: str) -> NotFound:
    return NotFound(f"There is no requirement {what}", remedy="lrs-bridge requirements list")


def _versioned(requirement: Requirement, before: Requirement | None) -> ImportedRequirement:
    if before is None:
        return ImportedRequirement(requirement, None)
    same = replace(requirement, version=before.version)
    return ImportedRequirement(same if same == before else replace(same, version=before.version + 1), before)
