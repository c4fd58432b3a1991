"""A database as one file, as it was at one moment, while others go on writing; and a database from such a file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from lrs_bridge.errors import Refused, Unavailable
from lrs_bridge.storage.database import Database

OTHER_SESSIONS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
STOP_FIRST = "Stop the server (and whatever else uses the database), then restore"


def dump_database(database: Database, target: Path) -> None:
    """SQLite's own online copy; of PostgreSQL what pg_dump writes."""
    url = database.engine.url
    if not database.is_sqlite:
        _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
        return
    with closing(sqlite3.connect(str(url.database))) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)  # in one step: readers and writers go on beside it


def is_empty(url: str) -> bool:
    """Whether nothing of ours, or of anybody, is in the database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        return not path.exists() or path.stat().st_size == 0
    database = Database(url)
    try:
        with database.reading() as connection:
            return not sa.inspect(connection).get_table_names()
    finally:
        database.close()


def load_database(url: str, dump: Path) -> None:
    """Put ``dump`` in the place of what is there, whole or not at all. Raises Refused while somebody uses it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _replace_sqlite(Path(str(parsed.database)), dump)
    else:
        _refuse_sessions(url)
        _run(parsed, "pg_restore", "--single-transaction", "--clean", "--if-exists", "--no-owner", "--no-privileges",
             "--exit-on-error", f"--dbname={_place(parsed)}", str(dump))  # fmt: skip


def check_sqlite(dump: Path) -> None:
    """Raises Refused where the file is no sound SQLite database."""
    try:
        with closing(sqlite3.connect(f"file:{dump}?mode=ro&immutable=1", uri=True)) as copy:
            found = copy.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise Refused("The database in the backup is damaged", remedy="Take another backup") from error
    if found != ("ok",):
        raise Refused(f"The database in the backup is damaged: {found[0]}", remedy="Take another backup")


def _replace_sqlite(path: Path, dump: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        try:
            with closing(sqlite3.connect(path, timeout=1)) as old:
                old.execute("PRAGMA journal_mode=DELETE")  # only whoever is alone may leave WAL
        except sqlite3.OperationalError as error:
            raise Refused(f"{path} is in use", remedy=STOP_FIRST) from error
        except sqlite3.DatabaseError:  # not a database: nobody has it open as one, and it is to be replaced
            pass
    for suffix in ("-wal", "-shm", "-journal"):  # of another time: they would be played into the new file
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    near = path.with_name(f".{path.name}.restored")
    shutil.copyfile(dump, near)
    near.chmod(0o600)
    with near.open("rb") as written:
        os.fsync(written.fileno())
    near.replace(path)


def _refuse_sessions(url: str) -> None:
    database = Database(url)
    try:
        with database.reading() as connection:
            others = connection.scalar(OTHER_SESSIONS)
    finally:
        database.close()
    if others:
        raise Refused(f"The database is in use by {others} other sessions", remedy=STOP_FIRST)


def _place(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run(url: URL, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        remedy = "Install PostgreSQL's client programs (Debian: postgresql-client), of the server's version or newer"
        raise Refused(f"{program} is not on this machine, and a PostgreSQL database needs it", remedy=remedy)
    place = [] if program == "pg_restore" else [f"--dbname={_place(url)}"]
    # the password goes by the environment: a command line is everybody's to read
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 - our own arguments
        [found, *place, *arguments], env=os.environ | secret, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(
            f"{program} failed: {done.stderr.strip()[-2000:]}",
            remedy="Nothing was changed; put this right, then repeat",
        )
