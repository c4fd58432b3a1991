"""The doctor's look at the database: does it keep what it is given, and is it of this version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from lrs_bridge.errors import Unavailable
from lrs_bridge.services.doctor import Check
from lrs_bridge.services.doctor_records import check_records
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.revisions import known_revisions, newest_revision, revision_of
from lrs_bridge.storage.watermark import DATABASE_CLOCK, latest_stored

CLOCK_TOLERANCE = timedelta(seconds=5)
LEAST_POSTGRESQL = 130000
MAY_SEE_WRITERS = sa.text(
    "SELECT rolsuper OR pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER') "
    "FROM pg_roles WHERE rolname = current_user"
)
OTHER_ROLES = sa.text(
    "SELECT DISTINCT usename FROM pg_stat_activity "
    "WHERE datname = current_database() AND usename <> current_user ORDER BY 1"
)


def check_database(settings: Settings, *, at: datetime) -> Iterator[Check]:
    """Opens the database as it is: nothing is made, and no migration is run."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield Check("database", "fault", f"{url.database} is not there", "Make it with: lrs-bridge init-db")
        return
    database = Database(settings.database_url)
    try:
        yield from _look(database, settings, at)
    except Unavailable as error:
        yield Check("database", "fault", error.reason, "Start it, and check LRS_BRIDGE_DATABASE_URL")
    finally:
        database.close()


def _look(database: Database, settings: Settings, at: datetime) -> Iterator[Check]:
    with database.reading() as connection:
        yield from _sqlite(connection) if database.is_sqlite else _postgresql(connection)
        migrations = _migrations(connection)
        yield migrations
        if migrations.outcome == "fault":
            return  # tables of another version cannot be asked
        yield from _clock(connection, database, at)
    yield from check_records(database, settings, at=at)


def _sqlite(connection: sa.Connection) -> Iterator[Check]:
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    if mode != "wal" or synchronous != 2:
        yield Check(
            "database",
            "fault",
            f"SQLite is in journal mode {mode}, synchronous {synchronous}: a power cut may take what was acknowledged",
            "Put the file on a local disk: WAL does not work on a network file system",
        )
    else:
        yield Check("database", "ok", "SQLite, WAL, synchronous=FULL")


def _postgresql(connection: sa.Connection) -> Iterator[Check]:
    number = int(connection.scalar(sa.text("SHOW server_version_num")))
    version = connection.scalar(sa.text("SHOW server_version"))
    if number < LEAST_POSTGRESQL:
        yield Check("database", "fault", f"PostgreSQL {version} is too old", "Use PostgreSQL 13 or newer")
    else:
        yield Check("database", "ok", f"PostgreSQL {version}")
    yield from _durability(connection)
    yield _writers(connection)


def _durability(connection: sa.Connection) -> Iterator[Check]:
    commit = connection.scalar(sa.text("SHOW synchronous_commit"))
    fsync = connection.scalar(sa.text("SHOW fsync"))
    if "off" in (commit, fsync):
        words = f"synchronous_commit={commit}, fsync={fsync}: a crash may take what was acknowledged"
        yield Check("durability", "fault", words, "Set synchronous_commit=on and fsync=on in postgresql.conf")
    else:
        yield Check("durability", "ok", f"synchronous_commit={commit}, fsync={fsync}")


def _writers(connection: sa.Connection) -> Check:
    """The watermark looks at when each writer began, shown of one's own role only, or by a grant."""
    if connection.scalar(MAY_SEE_WRITERS):
        return Check("watermark", "ok", "this role sees every writer")
    others = list(connection.scalars(OTHER_ROLES))
    if not others:
        return Check("watermark", "ok", "every writer has this role")
    words = f"other roles use this database ({', '.join(others)}), and this one does not see when their writers began"
    return Check("watermark", "warning", f"{words}: readers may wait for them",
                 "GRANT pg_read_all_stats to the bridge's role, or use one role for all")  # fmt: skip


def _migrations(connection: sa.Connection) -> Check:
    found, newest = revision_of(connection), newest_revision()
    if found == newest:
        return Check("migrations", "ok", f"revision {found}, the newest")
    if found and found not in known_revisions():
        return Check("migrations", "fault", f"revision {found} is of a newer version of LRS Bridge",
                     "Use that version, or restore the backup made before its upgrade")  # fmt: skip
    return Check("migrations", "fault", f"revision {found or 'none'}, the newest is {newest}",
                 "Bring it up to date: lrs-bridge init-db")  # fmt: skip


def _clock(connection: sa.Connection, database: Database, at: datetime) -> Iterator[Check]:
    if not database.is_sqlite and (theirs := connection.scalar(DATABASE_CLOCK)):
        apart = abs(theirs - at)
        if apart > CLOCK_TOLERANCE:
            words = f"this machine and the database's are {apart.total_seconds():.0f} s apart"
            yield Check("clock", "warning", words, "Let both follow the same time server (NTP)")
            return
    newest = latest_stored(connection)
    if newest - at > CLOCK_TOLERANCE:
        words = f"the newest statement was stored at {newest:%Y-%m-%d %H:%M:%S} UTC, which is still to come"
        yield Check(
            "clock", "warning", words, "The clock was ahead or has stepped back: check NTP. No poller misses one"
        )
    else:
        yield Check("clock", "ok", f"{at:%Y-%m-%d %H:%M:%S} UTC, not before the newest statement")
