"""What a learner leaves behind in a course across its units and attempts (SCORM 2004)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.courseware import sequencing


def find_sequencing(connection: sa.Connection, actor_key: UUID, course: str) -> Any:
    query = sa.select(sequencing).where(sequencing.c.actor_key == actor_key, sequencing.c.course == course)
    return connection.execute(query).one_or_none()


def save_sequencing(
    connection: sa.Connection, actor_key: UUID, course: str, values: Mapping[str, Any], *, at: datetime
) -> None:
    """``values`` are all columns but the key and the time."""
    row = dict(values) | {"updated": at}
    insert = insert_new(connection, sequencing).values(row | {"actor_key": actor_key, "course": course})
    connection.execute(insert.on_conflict_do_update(index_elements=["actor_key", "course"], set_=row))
