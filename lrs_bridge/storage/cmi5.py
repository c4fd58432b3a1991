"""Courses, registrations, sessions and units of cmi5: rows read and written, by registration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.cmi5 import cmi5_course, cmi5_registration, cmi5_satisfied, cmi5_session, cmi5_unit
from lrs_bridge.storage.schema.courseware import launch, launchable_unit
from lrs_bridge.storage.schema.statements import statement

RUNNING = cmi5_session.c.ended.is_(None)


def insert_course(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(cmi5_course), values)


def find_course(connection: sa.Connection, package_id: UUID) -> Any:
    return connection.execute(sa.select(cmi5_course).where(cmi5_course.c.package_id == package_id)).one_or_none()


def insert_registration(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    """False where there is one under this id already."""
    insert = insert_new(connection, cmi5_registration).values(values).on_conflict_do_nothing()
    return connection.execute(insert.returning(cmi5_registration.c.registration)).one_or_none() is not None


def find_registration(connection: sa.Connection, registration: UUID, *, lock: bool = False) -> Any:
    """With ``lock`` it is held until this transaction ends: whatever happens in a registration happens in turn."""
    query = sa.select(cmi5_registration).where(cmi5_registration.c.registration == registration)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def newest_registration(connection: sa.Connection, actor_key: UUID, package_id: UUID) -> Any:
    here = (cmi5_registration.c.actor_key == actor_key) & (cmi5_registration.c.package_id == package_id)
    query = sa.select(cmi5_registration).where(here).order_by(cmi5_registration.c.created.desc()).limit(1)
    return connection.execute(query).one_or_none()


def mark_satisfied(connection: sa.Connection, registration: UUID, *, at: datetime) -> None:
    update = sa.update(cmi5_registration).where(cmi5_registration.c.registration == registration)
    connection.execute(update.values(satisfied=at))


def insert_session(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(cmi5_session), values)


def find_session(connection: sa.Connection, registration: UUID, session_id: UUID) -> Any:
    return connection.execute(sa.select(cmi5_session).where(*_this(registration, session_id))).one_or_none()


def running_sessions(connection: sa.Connection, registration: UUID) -> list[Any]:
    query = sa.select(cmi5_session).where(cmi5_session.c.registration == registration, RUNNING)
    return list(connection.execute(query.order_by(cmi5_session.c.launched)))


def sessions_launched_before(connection: sa.Connection, instant: datetime, *, limit: int) -> list[Any]:
    """Those that still run, the oldest first."""
    query = sa.select(cmi5_session).where(RUNNING, cmi5_session.c.launched < instant)
    return list(connection.execute(query.order_by(cmi5_session.c.launched).limit(limit)))


def update_session(connection: sa.Connection, registration: UUID, session_id: UUID, **values: Any) -> None:
    connection.execute(sa.update(cmi5_session).where(*_this(registration, session_id)).values(**values))


def end_session(connection: sa.Connection, registration: UUID, session_id: UUID, *, outcome: str, at: datetime) -> None:
    """Of its launch, too."""
    update_session(connection, registration, session_id, outcome=outcome, ended=at)
    same = (launch.c.registration == registration) & (launch.c.id == session_id)
    connection.execute(sa.update(launch).where(same).values(ended=at))


def mark_fetched(connection: sa.Connection, registration: UUID, session_id: UUID, *, at: datetime) -> bool:
    """False where it was fetched before, or has ended: the database decides which of two calls was first."""
    free = (*_this(registration, session_id), RUNNING, cmi5_session.c.fetched.is_(None))
    return connection.execute(sa.update(cmi5_session).where(*free).values(fetched=at)).rowcount == 1


def _this(registration: UUID, session_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return cmi5_session.c.registration == registration, cmi5_session.c.id == session_id


def units_of_registration(connection: sa.Connection, registration: UUID) -> dict[UUID, Any]:
    """What was said of each unit; a unit of which nothing was said has no row."""
    query = sa.select(cmi5_unit).where(cmi5_unit.c.registration == registration)
    return {row.unit_id: row for row in connection.execute(query)}


def find_unit(connection: sa.Connection, registration: UUID, unit_id: UUID) -> Any:
    query = sa.select(cmi5_unit).where(cmi5_unit.c.registration == registration, cmi5_unit.c.unit_id == unit_id)
    return connection.execute(query).one_or_none()


def save_unit(connection: sa.Connection, registration: UUID, unit_id: UUID, **values: Any) -> None:
    """Call with the registration locked."""
    key = {"registration": registration, "unit_id": unit_id}
    insert = insert_new(connection, cmi5_unit).values(**key, **{"waived_reason": "", **values})
    connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))


def satisfied_activities(connection: sa.Connection, registration: UUID) -> dict[str, Any]:
    query = sa.select(cmi5_satisfied).where(cmi5_satisfied.c.registration == registration)
    return {row.activity: row for row in connection.execute(query)}


def insert_satisfied(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(sa.insert(cmi5_satisfied), list(rows))


def listed_registrations(
    connection: sa.Connection, *, package_id: UUID | None, actor_key: UUID | None, satisfied: bool | None
) -> list[Any]:
    table = cmi5_registration
    wanted = []
    if package_id is not None:
        wanted.append(table.c.package_id == package_id)
    if actor_key is not None:
        wanted.append(table.c.actor_key == actor_key)
    if satisfied is not None:
        wanted.append(table.c.satisfied.is_not(None) if satisfied else table.c.satisfied.is_(None))
    return list(connection.execute(sa.select(table).where(*wanted)))


def listed_sessions(
    connection: sa.Connection, *, package_id: UUID | None, registration: UUID | None, outcome: str | None
) -> list[Any]:
    """With the identifier of the unit; ``outcome`` empty asks for those that run."""
    table = cmi5_session
    given = {"package_id": package_id, "registration": registration, "outcome": outcome}
    wanted = [table.c[name] == value for name, value in given.items() if value is not None]
    joined = table.join(launchable_unit, launchable_unit.c.id == table.c.unit_id)
    query = sa.select(table, launchable_unit.c.identifier.label("unit")).select_from(joined)
    return list(connection.execute(query.where(*wanted)))


def known_statements(connection: sa.Connection, ids: Collection[UUID]) -> set[UUID]:
    return set(connection.scalars(sa.select(statement.c.id).where(statement.c.id.in_(list(ids)))))
