"""Installed cmi5 courses: their structure, and the activities that stand for units, blocks and the course itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware import cmi5
from lrs_bridge.courseware.cmi5_course import Block, Cmi5Course, Cmi5Unit
from lrs_bridge.courseware.course import Course
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.move_on import Group
from lrs_bridge.errors import NotFound
from lrs_bridge.services.admit_statements import Recorder
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.launches import installed_package
from lrs_bridge.storage import cmi5 as store
from lrs_bridge.storage import packages
from lrs_bridge.xapi.cmi5_drafts import Described


@dataclass(frozen=True, slots=True)
class UnitOfCourse:
    """An assignable unit as it is installed. ``activity`` is ours, its ``identifier`` the publisher's."""

    id: UUID
    activity: str
    unit: Cmi5Unit

    @property
    def described(self) -> Described:
        unit = self.unit
        return Described(self.activity, unit.identifier, unit.titles, unit.descriptions, unit.activity_type)


@dataclass(frozen=True, slots=True)
class InstalledCourse:
    package_id: UUID
    title: str
    activity: str
    tree: Block
    units: dict[str, UnitOfCourse]
    """By the publisher's id."""

    def activity_of_block(self, block: Block) -> str:
        return self.activity if block is self.tree else f"{self.activity}/blocks/{quote(block.identifier, safe='')}"

    @property
    def groups(self) -> list[Group]:
        """Blocks by their activity, the inner before the outer; the course is the last."""
        return [Group(self.activity_of_block(block), block.units) for block in (*self.tree.blocks, self.tree)]

    def block_of(self, activity: str) -> Block:
        everything = (*self.tree.blocks, self.tree)
        return next(block for block in everything if self.activity_of_block(block) == activity)

    def unit_of(self, name: str) -> UnitOfCourse:
        """By the publisher's id, our activity or our id; empty: the first."""
        for found in self.units.values():
            if name in ("", found.unit.identifier, found.activity, str(found.id)):
                return found
        raise NotFound(f"The course has no unit {name!r}", remedy="GET /cmi5/courses/ID/units lists them")

    def unit_of_id(self, unit_id: UUID) -> UnitOfCourse:
        return next(found for found in self.units.values() if found.id == unit_id)


def keep_course(connection: sa.Connection, package_id: UUID, course: Course) -> None:
    """What cmi5 needs of a course beyond its units; nothing of a course of another standard."""
    if isinstance(course, Cmi5Course) and course.tree is not None:
        objectives = [asdict(objective) for objective in course.objectives]
        values = {"package_id": package_id, "tree": course.tree.as_json(), "objectives": objectives}
        store.insert_course(connection, values)


def course_named(bridge: Bridge, connection: sa.Connection, name: str) -> InstalledCourse:
    """By the package's id, or the course's identifier, of which the newest counts; NotFound."""
    found = installed_package(connection, name)
    if found.standard != cmi5.STANDARD:
        raise NotFound(f"The package {name!r} is a course of {found.standard}", remedy="Launch it by POST /launches")
    return _of_package(bridge, connection, found)


def course_of_package(bridge: Bridge, connection: sa.Connection, package_id: UUID) -> InstalledCourse:
    """Also of one that was removed since: what began in it goes on."""
    return _of_package(bridge, connection, packages.find_package(connection, package_id))


def _of_package(bridge: Bridge, connection: sa.Connection, package: Any) -> InstalledCourse:
    known = bridge.cmi5_courses.get(package.id)
    if known is None:
        known = _read(bridge, connection, package)
        bridge.cmi5_courses.keep(package.id, known)
    return known


def _read(bridge: Bridge, connection: sa.Connection, package: Any) -> InstalledCourse:
    units = (
        UnitOfCourse(row.id, row.activity, Cmi5Unit.of_body(row.body))
        for row in packages.units_of(connection, package.id)
    )
    return InstalledCourse(
        package_id=package.id,
        title=package.title,
        activity=f"{bridge.settings.public_url}/courses/{quote(package.identifier, safe='')}",
        tree=Block.of_json(store.find_course(connection, package.id).tree),
        units={one.unit.identifier: one for one in units},
    )


def lms(bridge: Bridge) -> Recorder:
    """The bridge itself, as the authority of what it says as the LMS."""
    authority = ActorKey.of_account(bridge.settings.public_url, "lrs-bridge").as_actor("LRS Bridge")
    return Recorder(UUID(int=0), authority, defines=True)
