"""The Users of identity providers, by their id and by the names that providers look for them under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.people import identity, person
from lrs_bridge.storage.schema.scim import scim_user

LIVE = scim_user.c.deleted.is_(None)


def user_of_id(connection: sa.Connection, resource_id: str) -> sa.Row[Any] | None:
    query = sa.select(scim_user).where(scim_user.c.resource_id == resource_id, LIVE)
    return connection.execute(query).one_or_none()


def users_named(connection: sa.Connection, column: str, value: str) -> list[sa.Row[Any]]:
    """By ``user_name_key`` or ``external_id``."""
    return list(connection.execute(sa.select(scim_user).where(scim_user.c[column] == value, LIVE)))


def count_users(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(scim_user).where(LIVE)) or 0


def users(connection: sa.Connection, *, offset: int = 0, limit: int | None = None) -> Sequence[sa.Row[Any]]:
    """A page of everybody, by their ids."""
    query = sa.select(scim_user).where(LIVE).order_by(scim_user.c.resource_id)
    return connection.execute(query.offset(offset).limit(limit) if limit is not None else query).all()


def keep_user(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    """Add it, or put it in the place of the one with its ``person_id``, deleted or not."""
    insert = insert_new(connection, scim_user).values(**values)
    rest = {name: insert.excluded[name] for name in values if name != "person_id"}
    connection.execute(insert.on_conflict_do_update(index_elements=[scim_user.c.person_id], set_=rest))


def forget_user(connection: sa.Connection, person_id: UUID, *, at: datetime) -> None:
    """Nothing that the provider said of them is kept."""
    gone = {"deleted": at, "modified": at, "document": {}, "told": {}, "external_id": "", "user_name_key": ""}
    connection.execute(sa.update(scim_user).where(scim_user.c.person_id == person_id).values(**gone))


def employee_ids_of(connection: sa.Connection, kind: str, value: str) -> set[str]:
    """Whose account or address this is from now on, as rosters have it."""
    live = (identity.c.withdrawn.is_(None), identity.c.until.is_(None))
    query = sa.select(person.c.employee_id).join(identity, identity.c.person_id == person.c.id)
    return set(connection.scalars(query.where(identity.c.kind == kind, identity.c.value == value, *live)))
