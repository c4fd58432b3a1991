"""Courses, units, registrations and sessions of cmi5 as an LMS lists them: filtered, sorted, in pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.courseware import cmi5
from lrs_bridge.courseware.cmi5_course import Block
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.move_on import is_met
from lrs_bridge.errors import NotFound, Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_courses import InstalledCourse, UnitOfCourse, course_named, course_of_package
from lrs_bridge.services.cmi5_satisfaction import standing_of
from lrs_bridge.services.listings import Listed, Page, Slice, page_of
from lrs_bridge.storage import cmi5 as store
from lrs_bridge.storage import packages
from lrs_bridge.xapi.actors import filter_actor
from lrs_bridge.xapi.faults import under

__all__ = ["Page", "courses", "registration", "registrations", "session", "sessions", "units"]


def courses(bridge: Bridge, part: Slice, *, title: str = "") -> Page:
    """``title`` filters by a part of it, in any case."""
    with bridge.database.reading() as connection:
        found = [row for row in packages.live_packages(connection) if row.standard == cmi5.STANDARD]
    rows = [
        {"id": str(row.id), "identifier": row.identifier, "title": row.title, "installed": _text(row.installed)}
        for row in found
        if title.lower() in row.title.lower()
    ]
    return page_of(rows, part, ("title", "identifier", "installed", "id"))


def units(bridge: Bridge, package_id: UUID, part: Slice, *, move_on: str = "") -> Page:
    with bridge.database.reading() as connection:
        course = course_named(bridge, connection, str(package_id))
    paths = _paths(course)
    rows = [
        _unit(position, found) | {"blocks": paths[identifier]}
        for position, (identifier, found) in enumerate(course.units.items())
        if move_on in ("", found.unit.move_on)
    ]
    return page_of(rows, part, ("position", "title", "identifier", "move_on"))


def registrations(
    bridge: Bridge, part: Slice, *, course: UUID | None, actor: dict[str, Any] | None, satisfied: bool | None
) -> Page:
    with bridge.database.reading() as connection:
        key = _key(actor) if actor is not None else None
        found = store.listed_registrations(connection, package_id=course, actor_key=key, satisfied=satisfied)
    rows = [_registration(row) for row in found]
    return page_of(rows, part, ("created", "satisfied", "course", "registration"))


def registration(bridge: Bridge, wanted: UUID) -> Listed:
    """One registration with how each unit and block of it stands, and its sessions; NotFound."""
    with bridge.database.reading() as connection:
        row = store.find_registration(connection, wanted)
        if row is None:
            raise NotFound(f"There is no registration {wanted}", remedy="GET /cmi5/registrations lists them")
        course = course_of_package(bridge, connection, row.package_id)
        found = store.listed_sessions(connection, package_id=None, registration=wanted, outcome=None)
        return _registration(row) | {
            "units": _standings(connection, course, wanted),
            "blocks": _blocks(connection, course, wanted),
            "sessions": [_session(one) for one in sorted(found, key=lambda one: one.launched)],
        }


def sessions(
    bridge: Bridge, part: Slice, *, course: UUID | None, registration: UUID | None, outcome: str | None
) -> Page:
    """``outcome`` empty asks for those that run, None for all."""
    with bridge.database.reading() as connection:
        found = store.listed_sessions(connection, package_id=course, registration=registration, outcome=outcome)
    return page_of([_session(row) for row in found], part, ("launched", "ended", "unit", "mode", "outcome", "session"))


def session(bridge: Bridge, registration: UUID, session_id: UUID) -> Listed:
    with bridge.database.reading() as connection:
        found = store.listed_sessions(connection, package_id=None, registration=registration, outcome=None)
    return next(_session(row) for row in found if row.id == session_id)


def _unit(position: int, found: UnitOfCourse) -> Listed:
    unit = found.unit
    return {
        "id": str(found.id),
        "position": position,
        "identifier": unit.identifier,
        "activity": found.activity,
        "title": unit.title,
        "titles": dict(unit.titles),
        "descriptions": dict(unit.descriptions),
        "url": unit.address or unit.url,
        "move_on": unit.move_on,
        "mastery_score": unit.mastery_score,
        "launch_method": unit.launch_method,
        "activity_type": unit.activity_type,
        "objectives": list(unit.objectives),
    }


def _paths(course: InstalledCourse) -> dict[str, list[str]]:
    """The publisher's ids of the blocks around each unit, the outermost first."""
    found: dict[str, list[str]] = {}

    def walk(block: Block, path: list[str]) -> None:
        for member in block.members:
            if isinstance(member, str):
                found[member] = path
            else:
                walk(member, [*path, member.identifier])

    walk(course.tree, [])
    return found


def _key(actor: dict[str, Any]) -> UUID:
    key = None if (problems := under("/actor", filter_actor(actor))) else ActorKey.of_actor(actor)
    if key is None:
        raise RequestRefused(
            "The actor is not an xAPI Agent", problems=problems or [Problem("/actor", "has no identifier")]
        )
    return key.digest


def _registration(row: Any) -> Listed:
    return {
        "registration": str(row.registration),
        "course": str(row.package_id),
        "actor": row.actor,
        "created": _text(row.created),
        "satisfied": _text(row.satisfied),
    }


def _standings(connection: sa.Connection, course: InstalledCourse, wanted: UUID) -> list[Listed]:
    rows = store.units_of_registration(connection, wanted)
    standings = []
    for found in course.units.values():
        row = rows.get(found.id)
        said = {name: _text(getattr(row, name, None)) for name in ("completed", "passed", "failed", "waived")}
        standings.append(
            {
                "unit": found.unit.identifier,
                "activity": found.activity,
                "move_on": found.unit.move_on,
                "satisfied": is_met(found.unit.move_on, standing_of(rows, found.id)),
                **said,
                "waived_reason": row.waived_reason if row else "",
            }
        )
    return standings


def _blocks(connection: sa.Connection, course: InstalledCourse, wanted: UUID) -> list[Listed]:
    known = store.satisfied_activities(connection, wanted)
    return [
        {
            "block": block.identifier,
            "activity": (activity := course.activity_of_block(block)),
            "satisfied": _text(known[activity].satisfied) if activity in known else None,
        }
        for block in course.tree.blocks
    ]


def _session(row: Any) -> Listed:
    return {
        "session": str(row.id),
        "registration": str(row.registration),
        "course": str(row.package_id),
        "unit": row.unit,
        "mode": row.mode,
        "outcome": row.outcome or "running",
        "launched": _text(row.launched),
        "fetched": _text(row.fetched),
        "ended": _text(row.ended),
        "said": dict(row.said),
    }


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
