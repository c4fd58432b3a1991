"""Derived statuses, and the marks that say which of them are stale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.storage.feed_revisions import note_people, open_revision
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.raw_sql import insert_rows, raw_cursor, select_by_keys, write_rows
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.storage.schema.compliance import compliance_change, compliance_status, dirty_person
from lrs_bridge.storage.schema.people import person_detail

Marks = Mapping[UUID, int]
"""People whose statuses are stale, each with the instant of the mark in microseconds."""
Shown = tuple[Any, ...]
"""One status as a feed shows it: the columns of `compliance_status` between the person and the stamp."""
Stored = tuple[Any, ...]
"""The same as the driver takes it, and as it crosses from process to process: dates and JSON are texts."""
SHOWN = tuple(column for column in compliance_status.c if column.name not in {"person_id", "changed"})
_AS_TEXT = (sa.Date, sa.JSON, sa.Uuid)
_TEXTS = tuple(
    sa.cast(one, sa.Text) if isinstance(one.type, _AS_TEXT) else one for one in (compliance_status.c.person_id, *SHOWN)
)
_STATUS, _REASON = ([column.name for column in SHOWN].index(name) for name in ("status", "reason"))
SAME_STATUSES = 4096
_NOT_ASKED = {"out_of_scope", "not_employed"}


class Difference(NamedTuple):
    """A status that became another; ``old`` None: there was none, ``new`` None: there is none any more."""

    old: Stored | None
    new: Stored | None


def some_marks(connection: sa.Connection, people: Collection[UUID]) -> dict[UUID, int]:
    """The marks of those of ``people`` that have one."""
    columns = (dirty_person.c.person_id, dirty_person.c.marked)
    return {row[0]: row[1] for row in select_by_keys(connection, columns, dirty_person.c.person_id, people, "true")}


def next_marks(connection: sa.Connection, after: UUID | None, limit: int) -> dict[UUID, int]:
    """The marks of the first ``limit`` people behind ``after``, in the order of their ids: whoever goes on so looks at
    each row once, however many there are."""
    query = sa.select(dirty_person).order_by(dirty_person.c.person_id).limit(limit)
    if after is not None:
        query = query.where(dirty_person.c.person_id > after)
    return {row.person_id: (row.marked - EPOCH) // MICROSECOND for row in connection.execute(query)}


def count_marks(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(dirty_person)) or 0


def standing(connection: sa.Connection, people: Collection[UUID]) -> dict[UUID, list[Shown]]:
    """The statuses that stand, by person in the order of the requirements' ids."""
    found = stored_statuses(connection, people)
    return {person_id: sorted(map(_shown, rows), key=itemgetter(0)) for person_id, rows in found.items()}


def stored_statuses(connection: sa.Connection, people: Collection[UUID]) -> dict[UUID, list[Stored]]:
    """The same as they are stored, in no order: to be compared with what is to be written."""
    found: dict[str, list[Stored]] = defaultdict(list)
    for row in select_by_keys(connection, _TEXTS, compliance_status.c.person_id, people, "true"):
        found[row[0]].append(row[1:])
    return {UUID(person_id): rows for person_id, rows in found.items()}


@lru_cache(SAME_STATUSES)
def _shown(row: Stored) -> Shown:
    """Made once for all who stand alike: most people are not asked for most things."""
    *words, due, last_valid_day, next_change, overdue, met, total, evidence = row
    days = [day and date.fromisoformat(day) for day in (due, last_valid_day, next_change)]
    return (*words, *days, bool(overdue), met, total, tuple(orjson.loads(evidence)))


def stored(row: Shown) -> Stored:
    *words, due, last_valid_day, next_change, overdue, met, total, evidence = row
    days = [day and day.isoformat() for day in (due, last_valid_day, next_change)]
    return (*words, *days, overdue, met, total, orjson.dumps(evidence).decode() if evidence else "[]")


def differences(before: Iterable[Stored], after: Iterable[Stored]) -> list[Difference]:
    """What is to be written so that ``after`` stands where ``before`` did."""
    old, new = {row[0]: row for row in before}, {row[0]: row for row in after}
    gone = [Difference(row, None) for key, row in old.items() if key not in new]
    return gone + [Difference(old.get(key), row) for key, row in new.items() if old.get(key) != row]


def replace_statuses(connection: sa.Connection, marks: Marks, changed: Mapping[UUID, Sequence[Difference]]) -> int:
    """Write what became another of people whose mark is still the one evaluated; the others are evaluated again.

    So two refreshers never put an older picture over a newer one, and no lock is held while evaluating. Each status or
    reason that becomes another is kept as a change. Returns how many people's statuses are fresh now.
    """
    done = _unmarked(connection, marks)
    recorded = open_revision(connection)
    note_people(connection, done, at=recorded)
    at = (recorded - EPOCH) // MICROSECOND
    found = [(person_id, *difference) for person_id in done for difference in changed.get(person_id, ())]
    for person_id, old, new in found:
        if old and new is None:
            same = (compliance_status.c.person_id == person_id, compliance_status.c.requirement_id == old[0])
            connection.execute(sa.delete(compliance_status).where(*same))
    write_rows(connection, compliance_status, [(key, *new, at) for key, _, new in found if new])
    insert_rows(connection, compliance_change, list(_changes(found, at)))
    return len(done)


def _unmarked(connection: sa.Connection, marks: Marks) -> list[UUID]:
    """Take away the marks that are still these; whose they were. In order, so that no two wait for each other."""
    locked = "true" if connection.dialect.name == "sqlite" else "true ORDER BY person_id FOR UPDATE"
    key = dirty_person.c.person_id
    done: list[UUID] = []
    for part in chunks(sorted(marks)):
        rows = select_by_keys(connection, (key, dirty_person.c.marked), key, part, locked)
        done += (person_id for person_id, marked in rows if marks[person_id] == marked)
    with raw_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            taken = orjson.dumps([person_id.hex for person_id in done]).decode()
            cursor.execute("DELETE FROM dirty_person WHERE person_id IN (SELECT value FROM json_each(?))", [taken])
        else:
            cursor.execute("DELETE FROM dirty_person WHERE person_id = ANY(%s)", [done])
    return done


def _changes(found: Iterable[tuple[UUID, Stored | None, Stored | None]], at: int) -> Iterator[tuple[Any, ...]]:
    """In the order of the table's columns. Not to be asked at first is no change: of most people, for most things."""
    for person_id, old, new in found:
        if old is None and new and new[_REASON] in _NOT_ASKED:
            continue
        before, after = ((row[_STATUS], row[_REASON]) if row else ("", "") for row in (old, new))
        if before != after:
            yield person_id, (new or old or ("",))[0], at, *before, *after


def newest_changes(connection: sa.Connection, people: Collection[UUID]) -> Iterator[Any]:
    """The newest change of each requirement of ``people`` that still is one of theirs, or is again."""
    table = compliance_change
    for part in chunks(people):
        latest = (
            sa.select(table.c.person_id, table.c.requirement_id, sa.func.max(table.c.recorded).label("recorded"))
            .where(table.c.person_id.in_(part))
            .group_by(table.c.person_id, table.c.requirement_id)
            .subquery()
        )
        same = [table.c[name] == latest.c[name] for name in ("person_id", "requirement_id", "recorded")]
        yield from connection.execute(sa.select(table).join(latest, sa.and_(*same)).where(table.c.to_status != ""))


def people_whose_day_has_come(
    connection: sa.Connection, latest: date, people: Collection[UUID] | None = None
) -> Iterator[tuple[UUID, str, date]]:
    """Who of ``people`` (None: all) has a status that changes by ``latest`` with no event at all; their zone, and the
    first such day."""
    status, detail = compliance_status.c, person_detail.c
    query = (
        sa.select(status.person_id, detail.time_zone, sa.func.min(status.next_change))
        .join_from(compliance_status, person_detail, status.person_id == detail.person_id)
        .where(status.next_change <= latest, detail.withdrawn.is_(None))
        .group_by(status.person_id, detail.time_zone)
    )
    for part in [None] if people is None else chunks(people):
        for row in connection.execute(query if part is None else query.where(status.person_id.in_(part))):
            yield row[0], row[1], row[2]


def statuses_of(connection: sa.Connection, people: Collection[UUID] | None) -> Iterator[Any]:
    """The current status rows of ``people``, or all."""
    query = sa.select(compliance_status)
    if people is None:
        yield from connection.execute(query)
        return
    for part in chunks(people):
        yield from connection.execute(query.where(compliance_status.c.person_id.in_(part)))
