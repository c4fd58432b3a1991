"""Installing a package: read, checked, stored as content, and only then known."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.bare_structure import open_package
from lrs_bridge.courseware.course import Course, LaunchableUnit
from lrs_bridge.courseware.preflight import preflight
from lrs_bridge.courseware.standards import read_course
from lrs_bridge.errors import NotFound, Problem
from lrs_bridge.services.activities import describe
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_courses import keep_course
from lrs_bridge.storage import packages
from lrs_bridge.storage.database import now

Progress = Callable[[int, int], None]
"""Called with files done and files in all."""


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """What a check found: a readable course, and warnings that an author should see."""

    course: Course
    problems: tuple[Problem, ...]
    sha256: str
    files: int


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    id: UUID
    identifier: str
    title: str
    version: str
    standard: str
    file_name: str
    sha256: str
    installed: datetime
    units: tuple[InstalledUnit, ...]
    problems: tuple[Problem, ...] = ()
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class InstalledUnit:
    id: UUID
    identifier: str
    title: str
    activity: str


def check_package(path: Path) -> CheckedPackage:
    """Read and preflight without installing; PackageRefused with every fault."""
    with open_package(path) as archive:
        return _checked(archive)


def install_package(
    bridge: Bridge, path: Path, *, file_name: str = "", progress: Progress | None = None
) -> InstalledPackage:
    """Install a zip; the same bytes again are the same installation.

    Content goes to the store first, file by file; the package exists only with the one transaction at the end, so
    a crash in the middle leaves nothing but unreferenced files.
    """
    with open_package(path) as archive:
        checked = _checked(archive)
        if known := _known(bridge, archive.sha256):
            return known
        files = []
        package_id = uuid4()
        for done, name in enumerate(archive.names, 1):
            with archive.open(name) as stream:
                stored = bridge.content.put(stream)
            files.append({"package_id": package_id, "path": name, "digest": stored.digest, "size": stored.size})
            if progress:
                progress(done, len(archive.names))
    units = [
        _unit_row(bridge, package_id, checked.course, unit, position)
        for position, unit in enumerate(checked.course.units)
    ]
    values = _package_row(package_id, checked, file_name or path.name)
    with bridge.database.writing() as connection:
        packages.insert_package(connection, values, units=units, files=files)
        describe(connection, checked.course.activities, at=values["installed"])
        keep_course(connection, package_id, checked.course)
        return _installed(connection, packages.find_package(connection, package_id), checked.problems)


def list_packages(bridge: Bridge) -> list[InstalledPackage]:
    with bridge.database.reading() as connection:
        return [_installed(connection, row) for row in packages.live_packages(connection)]


def remove_package(bridge: Bridge, package_id: UUID) -> None:
    """No new launches; running attempts keep their files, and statements stay for ever."""
    with bridge.database.writing() as connection:
        if not packages.mark_removed(connection, package_id, at=now()):
            raise NotFound(f"No installed package has the id {package_id}", remedy="lrs-bridge packages list")


def media_type(path: str) -> str:
    """By the ending; browsers are told not to guess."""
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def _checked(archive: Archive) -> CheckedPackage:
    course, problems = read_course(archive)
    found = (*archive.warnings, *problems, *preflight(archive, course))
    return CheckedPackage(course, found, archive.sha256, len(archive.names))


def _known(bridge: Bridge, sha256: str) -> InstalledPackage | None:
    with bridge.database.reading() as connection:
        row = packages.live_package_of(connection, sha256)
        return _installed(connection, row, is_new=False) if row else None


def _package_row(package_id: UUID, checked: CheckedPackage, file_name: str) -> dict[str, Any]:
    course = checked.course
    return {
        "id": package_id,
        "identifier": course.identifier,
        "version": course.version,
        "title": course.title,
        "standard": course.standard,
        "language": course.language,
        "sha256": checked.sha256,
        "file_name": file_name,
        "warnings": [problem.as_dict() for problem in checked.problems],
        "activity_tree": dict(course.activity_tree),
        "installed": now(),
    }


def _unit_row(bridge: Bridge, package_id: UUID, course: Course, unit: LaunchableUnit, position: int) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "package_id": package_id,
        "identifier": unit.identifier,
        "position": position,
        "title": unit.title,
        "activity": unit.activity or activity_of(bridge.settings.public_url, course.identifier, unit.identifier),
        "body": asdict(unit),
    }


def activity_of(public_url: str, course: str, unit: str) -> str:
    """The activity IRI of a unit: the same for every version of a course, so that evidence outlives a new one."""
    return f"{course_activity(public_url, course)}/{quote(unit, safe='')}"


def course_activity(public_url: str, course: str) -> str:
    return f"{public_url}/courses/{quote(course, safe='')}"


def _installed(
    connection: Any, row: Any, problems: tuple[Problem, ...] = (), *, is_new: bool = True
) -> InstalledPackage:
    units = tuple(
        InstalledUnit(unit.id, unit.identifier, unit.title, unit.activity)
        for unit in packages.units_of(connection, row.id)
    )
    found = problems or tuple(Problem(**{"place": ""} | warning) for warning in row.warnings)
    return InstalledPackage(
        id=row.id,
        identifier=row.identifier,
        title=row.title,
        version=row.version,
        standard=row.standard,
        file_name=row.file_name,
        sha256=row.sha256,
        installed=row.installed,
        units=units,
        problems=found,
        is_new=is_new,
    )
