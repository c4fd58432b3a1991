"""What the LMS decides of sessions and units without the unit: abandoned, and waived (cmi5 9.3.6, 9.3.7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.errors import NotFound, Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_courses import InstalledCourse, course_of_package, lms
from lrs_bridge.services.cmi5_registrations import keep_attempt
from lrs_bridge.services.cmi5_satisfaction import settle
from lrs_bridge.services.cmi5_sessions import terms_of
from lrs_bridge.services.launches import LAUNCH_LIFETIME
from lrs_bridge.services.record_statements import record_within
from lrs_bridge.storage import cmi5 as store
from lrs_bridge.storage.database import now
from lrs_bridge.xapi import cmi5_drafts as drafts
from lrs_bridge.xapi.cmi5_terms import SessionTerms

AT_ONCE = 200
LONGEST_REASON = 1000


def abandon(bridge: Bridge, connection: sa.Connection, course: InstalledCourse, enrolled: Any, session: Any) -> None:
    """Say that a running session was abandoned, and end it. Call with the registration locked."""
    at = now()
    terms = terms_of(connection, enrolled, session)
    unit = course.unit_of_id(session.unit_id)
    # learners' clocks are wrong now and then: nobody learns for less than no time
    spent = max(timedelta(0), (session.latest or session.launched) - session.launched)
    record_within(connection, [drafts.abandoned(terms, unit.described, spent, at)], by=lms(bridge))
    store.end_session(connection, session.registration, session.id, outcome="abandoned", at=at)


def abandon_session(bridge: Bridge, registration: UUID, session_id: UUID) -> bool:
    """False where it has ended already; NotFound where there is none."""
    with bridge.database.writing() as connection:
        enrolled = store.find_registration(connection, registration, lock=True)
        session = store.find_session(connection, registration, session_id)
        if session is None:
            raise NotFound(f"The registration has no session {session_id}", remedy="GET /cmi5/sessions lists them")
        if session.ended is None:
            course = course_of_package(bridge, connection, session.package_id)
            abandon(bridge, connection, course, enrolled, session)
        return session.ended is None


def abandon_stale(bridge: Bridge) -> int:
    """Sessions whose credential is no longer good: nothing of them can come any more. Returns how many."""
    with bridge.database.reading() as connection:
        stale = store.sessions_launched_before(connection, now() - LAUNCH_LIFETIME, limit=AT_ONCE)
    return sum(abandon_session(bridge, session.registration, session.id) for session in stale)


def waive_unit(bridge: Bridge, registration: UUID, unit: str, reason: str) -> bool:
    """Say that a unit's demands were met by other means. False where that was said before: once a registration."""
    with bridge.database.writing() as connection:
        enrolled = store.find_registration(connection, registration, lock=True)
        if enrolled is None:
            raise NotFound(f"There is no registration {registration}", remedy="GET /cmi5/registrations lists them")
        course = course_of_package(bridge, connection, enrolled.package_id)
        found = course.unit_of(_named(unit))
        known = store.find_unit(connection, registration, found.id)
        if known is not None and known.waived is not None:
            return False
        at = now()
        terms = SessionTerms(uuid4(), registration, enrolled.actor, found.activity, found.unit.identifier)
        keep_attempt(connection, enrolled, found)
        statement = drafts.waived(terms, found.described, _checked(reason), at)
        record_within(connection, [statement], by=lms(bridge))
        store.save_unit(connection, registration, found.id, waived=at, waived_reason=reason.strip())
        settle(bridge, connection, course, terms)
        return True


def _named(unit: str) -> str:
    if not unit:
        problem = Problem("/unit", "is missing", "Name the unit by its id in the course structure")
        raise RequestRefused("No unit is named", problems=[problem])
    return unit


def _checked(reason: str) -> str:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        remedy = "Tested Out, Equivalent AU, Equivalent Outside Activity, Administrative, or words of your own"
        raise RequestRefused("A waiver needs its reason", problems=[
            Problem("/reason", f"must have 1 to {LONGEST_REASON} characters", remedy, "cmi5 9.5.5.2")
        ])  # fmt: skip
    return reason.strip()
