"""Whom an employee id means, once records were merged."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.schema.base import believed
from lrs_bridge.storage.schema.people import merged_person, person


def surviving_id(connection: sa.Connection, employee_id: str, *, known_at: datetime | None = None) -> str:
    """The employee id of the person whom this one means: another's, where the record was merged into theirs."""
    query = (
        sa.select(person.c.employee_id)
        .join_from(merged_person, person, person.c.id == merged_person.c.counts_for)
        .where(merged_person.c.person_id == person_key(employee_id), believed(merged_person, known_at))
    )
    return connection.scalar(query) or employee_id
