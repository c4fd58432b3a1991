"""Evidence records: written once, withdrawn with a reason, found by person, activity, kind and date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.schema.base import believed
from lrs_bridge.storage.schema.evidence import evidence
from lrs_bridge.storage.schema.people import person
from lrs_bridge.storage.schema.statements import statement

IMPORT_LOCK = 712005
VOIDED = "Its statement was voided"
SORTS = {name: evidence.c[name] for name in ("day", "recorded", "kind", "activity", "outcome")} | {
    "employee_id": person.c.employee_id
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records; empty fields do not filter. ``people`` None: everybody's. ``withdrawn``: those too."""

    people: Collection[UUID] | None = None
    employee_id: str = ""
    activity: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    known_at: datetime | None = None
    withdrawn: bool = False


def lock_records(connection: sa.Connection) -> None:
    """Two who record at once would both find a record missing: the second one waits for the first."""
    if connection.dialect.name != "sqlite":  # where whoever writes holds the one lock already
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": IMPORT_LOCK})


def records_of_keys(connection: sa.Connection, keys: Iterable[UUID]) -> dict[UUID, list[Any]]:
    """Every record under each key, the oldest first, withdrawn ones too."""
    found: dict[UUID, list[Any]] = {}
    for part in chunks(keys):
        query = sa.select(evidence).where(evidence.c.record_key.in_(part)).order_by(evidence.c.recorded)
        for row in connection.execute(query):
            found.setdefault(row.record_key, []).append(row)
    return found


def insert_records(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    blank = {"withdrawn": None, "withdrawn_by": "", "because": "", "replaced_by": None}
    if rows:
        connection.execute(sa.insert(evidence), [blank | dict(row) for row in rows])


def take_stored(connection: sa.Connection, people: Mapping[UUID, UUID]) -> None:
    """From when a record counts is from when its statement does, to the microsecond. ``people``: whose each is."""
    change = sa.update(evidence).where(evidence.c.person_id == sa.bindparam("of"), evidence.c.id == sa.bindparam("one"))
    for part in chunks(people):
        query = sa.select(statement.c.id, statement.c.stored).where(statement.c.id.in_(part))
        rows = [{"of": people[row.id], "one": row.id, "at": row.stored} for row in connection.execute(query)]
        connection.execute(change.values(recorded=sa.bindparam("at", type_=evidence.c.recorded.type)), rows)


def withdraw_voided(connection: sa.Connection, statement_ids: Collection[UUID], *, at: datetime) -> None:
    """A voided statement withdraws the record that it tells of."""
    if statement_ids:
        live = evidence.c.id.in_(list(statement_ids)) & evidence.c.withdrawn.is_(None)
        connection.execute(sa.update(evidence).where(live).values(withdrawn=at, because=VOIDED))


def explain_withdrawal(
    connection: sa.Connection, record_id: UUID, *, at: datetime, by: str, because: str, replaced_by: UUID | None = None
) -> None:
    """Why a record was withdrawn and by whom; ``at`` counts where its statement was there no longer to be voided."""
    values = {
        "withdrawn": sa.func.coalesce(evidence.c.withdrawn, sa.literal(at, evidence.c.withdrawn.type)),
        "withdrawn_by": by,
        "because": because,
        "replaced_by": replaced_by,
    }
    connection.execute(sa.update(evidence).where(evidence.c.id == record_id).values(values))


def record_of_id(connection: sa.Connection, record_id: UUID) -> Any:
    """With the employee id, or None."""
    return connection.execute(_joined().where(evidence.c.id == record_id)).one_or_none()


def people_of_records(connection: sa.Connection, record_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """By the id of a record, which is its statement's too, whose it is."""
    found: dict[UUID, UUID] = {}
    for part in chunks(record_ids):
        query = sa.select(evidence.c.id, evidence.c.person_id).where(evidence.c.id.in_(part))
        found |= {row.id: row.person_id for row in connection.execute(query)}
    return found


def find_records(
    connection: sa.Connection, wanted: Wanted, *, sort: str, limit: int | None, offset: int
) -> tuple[list[Any], int]:
    """One page, with the number of all. ``sort``: one of SORTS, descending with a leading ``-``."""
    query = _filtered(_joined(), wanted)
    if wanted.people is not None:
        query = query.where(_is_of(connection, wanted.people))
    total = connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    column = SORTS[sort.removeprefix("-")]
    ordered = query.order_by(column.desc() if sort.startswith("-") else column.asc(), evidence.c.id)
    return list(connection.execute(ordered.limit(limit).offset(offset))), total


def _is_of(connection: sa.Connection, people: Collection[UUID]) -> sa.ColumnElement[bool]:
    """One parameter, however many they are: a database limits their number."""
    if connection.dialect.name == "sqlite":
        listed = sa.func.json_each(orjson.dumps([one.hex for one in people]).decode()).table_valued("value")
        return evidence.c.person_id.in_(sa.select(listed.c.value))
    return evidence.c.person_id == sa.any_(sa.literal(list(people), ARRAY(sa.Uuid)))


def _joined() -> sa.Select[Any]:
    return sa.select(evidence, person.c.employee_id).join_from(evidence, person, evidence.c.person_id == person.c.id)


def _filtered(query: sa.Select[Any], wanted: Wanted) -> sa.Select[Any]:
    for column, value in (
        (person.c.employee_id, wanted.employee_id),
        (evidence.c.activity, wanted.activity),
        (evidence.c.kind, wanted.kind),
    ):
        if value:
            query = query.where(column == value)
    if wanted.since:
        query = query.where(evidence.c.day >= wanted.since)
    if wanted.until:
        query = query.where(evidence.c.day <= wanted.until)
    if wanted.withdrawn:
        return query if wanted.known_at is None else query.where(evidence.c.recorded <= wanted.known_at)
    return query.where(believed(evidence, wanted.known_at))
