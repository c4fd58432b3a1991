"""The people of a feed in the order of their employee ids, which is the order of an export."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.people import person


def in_order(connection: sa.Connection, people: Collection[UUID] | None) -> list[UUID]:
    """``people``, or everybody, as Python sorts texts: databases differ in how they do."""
    ids = employee_ids(connection, people)
    return sorted(ids, key=ids.__getitem__)


def employee_ids(connection: sa.Connection, people: Iterable[UUID] | None) -> dict[UUID, str]:
    """The employee id of each, those of today and those of the past."""
    query = sa.select(person.c.id, person.c.employee_id)
    if people is None:
        return {row.id: row.employee_id for row in connection.execute(query)}
    parts = (query.where(person.c.id.in_(part)) for part in chunks(people))
    return {row.id: row.employee_id for part in parts for row in connection.execute(part)}
