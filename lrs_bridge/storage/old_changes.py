"""Changes of statuses that nobody can ask for any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.people import CHUNK
from lrs_bridge.storage.schema.compliance import compliance_change


def people_with_old_changes(connection: sa.Connection, before: datetime, after: UUID | None) -> list[UUID]:
    """The first of those behind ``after`` of whom something may go, in the order of their ids."""
    query = sa.select(compliance_change.c.person_id).where(*_is_past(before)).distinct()
    if after is not None:
        query = query.where(compliance_change.c.person_id > after)
    return list(connection.scalars(query.order_by(compliance_change.c.person_id).limit(CHUNK)))


def forget_changes(connection: sa.Connection, people: list[UUID], before: datetime) -> int:
    """Of each status the newest change stays, however old it is: a feed of changes shows it."""
    wanted = compliance_change.c.person_id.in_(people)
    return connection.execute(sa.delete(compliance_change).where(wanted, *_is_past(before))).rowcount


def _is_past(before: datetime) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    newer = compliance_change.alias()
    same = [newer.c[name] == compliance_change.c[name] for name in ("person_id", "requirement_id")]
    later = newer.c.recorded > compliance_change.c.recorded
    has_newer = sa.exists().where(*same, later).correlate(compliance_change)
    return compliance_change.c.recorded < before, has_newer
