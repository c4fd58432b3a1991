"""Whether units, blocks and the course of a registration are satisfied, said as soon as they are (cmi5 9.3.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.move_on import UnitStanding, is_met, newly_satisfied
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_courses import InstalledCourse, lms
from lrs_bridge.services.record_statements import record_within
from lrs_bridge.storage import cmi5 as store
from lrs_bridge.storage.database import now
from lrs_bridge.xapi.cmi5_drafts import Described, satisfied
from lrs_bridge.xapi.cmi5_terms import BLOCK_TYPE, COURSE_TYPE, SessionTerms


def settle(bridge: Bridge, connection: sa.Connection, course: InstalledCourse, terms: SessionTerms) -> None:
    """Record what became satisfied, each block and the course once a registration. Call with the registration locked.

    ``terms`` are those of the session that brought it about, or of one made for nothing else.
    """
    known = store.satisfied_activities(connection, terms.registration)
    new = newly_satisfied(course.groups, met_units(connection, course, terms.registration), known)
    if not new:
        return
    at = now()
    statements = [satisfied(terms, _described(course, group.identifier), at) for group in new]
    record_within(connection, statements, by=lms(bridge))
    store.insert_satisfied(connection, [
        {"registration": terms.registration, "activity": group.identifier, "statement_id": UUID(said["id"]),
         "satisfied": at}
        for group, said in zip(new, statements, strict=True)
    ])  # fmt: skip
    if new[-1].identifier == course.activity:
        store.mark_satisfied(connection, terms.registration, at=at)


def met_units(connection: sa.Connection, course: InstalledCourse, registration: UUID) -> set[str]:
    """The publisher's ids of the units whose moveOn is met."""
    rows = store.units_of_registration(connection, registration)
    return {
        identifier
        for identifier, found in course.units.items()
        if is_met(found.unit.move_on, standing_of(rows, found.id))
    }


def standing_of(rows: Mapping[UUID, Any], unit_id: UUID) -> UnitStanding:
    row = rows.get(unit_id)
    if row is None:
        return UnitStanding()
    return UnitStanding(row.completed is not None, row.passed is not None, row.waived is not None)


def _described(course: InstalledCourse, activity: str) -> Described:
    block = course.block_of(activity)
    kind = COURSE_TYPE if block is course.tree else BLOCK_TYPE
    return Described(activity, block.identifier, block.titles, block.descriptions, kind)
