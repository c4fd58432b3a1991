"""When the rows of the feed last changed, so that a delta skips none (DESIGN 4.4).

Whoever replaces statuses takes one instant for all that the transaction changes: after it has said that it is open,
and above every instant that was committed. A reader stays below the oldest open writer. Whatever is written about a
person marks them dirty in the same transaction, so their columns are compared here, too, when they are evaluated.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.database import insert_new, now
from lrs_bridge.storage.merges import merged_people, surviving_ids
from lrs_bridge.storage.people import chunks, people_details
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.storage.schema.compliance import compliance_change, compliance_status
from lrs_bridge.storage.schema.feeds import feed_scope, person_revision
from lrs_bridge.storage.schema.people import job_assignment, person_detail

REFRESH_LOCK = 712006
STAMPS = (compliance_status.c.changed, compliance_change.c.recorded, person_revision.c.changed)
DATABASE_CLOCK = sa.text("SELECT greatest(now(), clock_timestamp())")
OLDEST_REFRESH = sa.text(
    """
    SELECT min(coalesce(activity.xact_start, to_timestamp(0)))
    FROM pg_locks JOIN pg_stat_activity activity USING (pid)
    WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock AND granted
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
)


def open_revision(connection: sa.Connection) -> datetime:
    """Declare this transaction a writer of statuses; returns the instant of all that it changes."""
    if connection.dialect.name == "sqlite":
        clock = now()  # SQLite's one write lock is held already: nobody else is open
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": REFRESH_LOCK})
        clock = connection.scalar(DATABASE_CLOCK) or now()
    return max(clock, _latest(connection) + MICROSECOND)


def revised_through(connection: sa.Connection) -> datetime:
    """The instant up to which every change that ever will be stamped can be read. Ask for it before the rows.

    The latest stamp comes first: a writer that opens after that look takes a later one, and one that was open by
    then is still seen, or has committed.
    """
    latest = _latest(connection)
    if connection.dialect.name == "sqlite":
        return latest
    oldest = connection.scalar(OLDEST_REFRESH, {"lock": REFRESH_LOCK})
    return min(latest, oldest - MICROSECOND) if oldest else latest


def _latest(connection: sa.Connection) -> datetime:
    found = [connection.scalar(sa.select(sa.func.max(column))) for column in STAMPS]
    return max((instant for instant in found if instant), default=EPOCH)


def note_people(connection: sa.Connection, people: Collection[UUID], *, at: datetime) -> None:
    """Stamp those of ``people`` whose own columns are no longer those that were last noted."""
    table, values = person_revision, []
    for part in chunks(people):
        query = sa.select(table.c.person_id, table.c.seen).where(table.c.person_id.in_(part))
        known = {row.person_id: row.seen for row in connection.execute(query)}
        shown = _shown(connection, part)
        values += [
            {"person_id": key, "seen": shown[key], "changed": at} for key in part if known.get(key) != shown[key]
        ]
    if values:
        insert = insert_new(connection, table)
        newer = {name: insert.excluded[name] for name in ("seen", "changed")}
        connection.execute(insert.on_conflict_do_update(index_elements=[table.c.person_id], set_=newer), values)


def _shown(connection: sa.Connection, people: Collection[UUID]) -> dict[UUID, bytes]:
    """A digest of what HR gives of each, the name and every job with its days, and since when: a reader may have seen
    what was believed in between, and corrected back before anybody was evaluated."""
    details = people_details(connection, people)
    detail, job = person_detail.c, job_assignment.c
    columns = (job.first_day, job.last_day, job.manager_id, job.department, job.location, job.country, job.recorded)
    since = sa.select(detail.person_id, detail.recorded).where(detail.person_id.in_(people), detail.withdrawn.is_(None))
    jobs = sa.select(job.person_id, *columns).where(job.person_id.in_(people), job.withdrawn.is_(None))
    said = {key: repr(one.name).encode() for key, one in details.items()}
    meant = surviving_ids(connection, merged_people(connection))
    for query in (since, jobs.order_by(job.person_id, *columns)):
        for row in connection.execute(query):
            shown = [*tuple(row)[1:], *(meant[value] for value in row if value in meant)]  # a manager who was merged
            said[row.person_id] = said.get(row.person_id, b"") + repr(shown).encode()
    return {key: sha256(said.get(key, b"")).digest() for key in people}


def rows_changed_since(connection: sa.Connection, since: datetime) -> set[tuple[UUID, str]]:
    """Person and requirement of each status that became another after ``since``, or is none any more."""
    status, change = compliance_status.c, compliance_change.c
    now_other = sa.select(status.person_id, status.requirement_id).where(status.changed > since)
    gone = sa.select(change.person_id, change.requirement_id).where(change.recorded > since, change.to_status == "")
    return {(row[0], row[1]) for query in (now_other, gone) for row in connection.execute(query)}


def people_changed_since(connection: sa.Connection, since: datetime, day: date, today: date) -> set[UUID]:
    """Whose own columns became others after ``since``, or by a job that began or ended between the two days."""
    job, revision = job_assignment.c, person_revision.c
    began = (job.first_day > day) & (job.first_day <= today)
    ended = (job.last_day >= day) & (job.last_day < today)
    queries = (
        sa.select(revision.person_id).where(revision.changed > since),
        sa.select(job.person_id).where(job.withdrawn.is_(None), began | ended),
    )
    return {person_id for query in queries for person_id in connection.scalars(query)}


def scope_digest(people: Collection[UUID]) -> bytes:
    return sha256(_packed(people)).digest()


def keep_scope(connection: sa.Connection, people: Collection[UUID], *, at: datetime, forget: datetime) -> None:
    """Remember whom a token was given for; scopes that were last given before ``forget`` go."""
    insert = insert_new(connection, feed_scope).values(digest=scope_digest(people), people=_packed(people), given=at)
    later = insert.on_conflict_do_update(index_elements=[feed_scope.c.digest], set_={"given": insert.excluded.given})
    connection.execute(later)
    connection.execute(sa.delete(feed_scope).where(feed_scope.c.given < forget))


def scope_given(connection: sa.Connection, digest: bytes) -> datetime | None:
    """When a token was last given for the scope, if it is still remembered."""
    given: datetime | None = connection.scalar(sa.select(feed_scope.c.given).where(feed_scope.c.digest == digest))
    return given


def kept_scope(connection: sa.Connection, digest: bytes) -> set[UUID] | None:
    packed = connection.scalar(sa.select(feed_scope.c.people).where(feed_scope.c.digest == digest))
    if packed is None:
        return None
    return {UUID(bytes=packed[start : start + 16]) for start in range(0, len(packed), 16)}


def _packed(people: Collection[UUID]) -> bytes:
    return b"".join(sorted(person_id.bytes for person_id in people))
