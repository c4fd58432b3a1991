"""The database: one engine, transactions that say whether they write, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, cast

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from lrs_bridge.errors import RequestRefused, Unavailable
from lrs_bridge.storage.schema.base import EPOCH

MIGRATIONS = Path(__file__).parent / "migrations"
WRITES = {"bridge_writes": True}
ANNOUNCED = "bridge_announced"
BUSY_TIMEOUT = 30_000
"""Milliseconds that SQLite waits for its write lock."""
WRITER_CACHE, READER_CACHE = -48_000, -4_000
"""Of each connection, in KiB (negative, as SQLite counts). A reader's is void as soon as anybody has written."""
CHECKPOINT_PAGES = 16_000
"""64 MB of log before SQLite moves it into the database: pages that change again and again are then moved once."""


class Announced:
    """The latest watermark that readers were told of through one Database; it never steps back."""

    def __init__(self) -> None:
        self.through = EPOCH
        self._raising = Lock()

    def raise_to(self, instant: datetime) -> None:
        with self._raising:
            self.through = max(self.through, instant)

    @staticmethod
    def beside(connection: sa.Connection) -> Announced:
        """That of the Database which opened this writing transaction."""
        return cast(Announced, connection.get_execution_options()[ANNOUNCED])


class Database:
    """An engine and its two kinds of transaction.

    SQLite runs in WAL mode with ``synchronous=FULL``: an answer after the commit survives a power cut.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # errors are logged, and what was stored is not to be: no parameters in their words
        self.engine = sa.create_engine(url, hide_parameters=True, **_pool(self.is_sqlite))
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        self.announced = Announced()
        self._writing_engine = self.engine.execution_options(**WRITES, **{ANNOUNCED: self.announced})

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with _as_unavailable(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, kept: sa.Connection | None = None) -> Iterator[sa.Connection]:
        """One transaction: committed at the end of the block, rolled back when it raises; on ``kept`` if given."""
        with _as_unavailable():
            if kept is None:
                with self._writing_engine.begin() as connection:
                    yield connection
            else:
                with kept.begin():
                    yield kept

    def kept_writer(self) -> sa.Connection:
        """A connection for one thread that writes again and again: what SQLite has read, it need not read anew."""
        with _as_unavailable():
            connection = self._writing_engine.connect()
        if self.is_sqlite:
            with closing(connection.connection.cursor()) as cursor:
                cursor.execute(f"PRAGMA cache_size={WRITER_CACHE}")
        return connection

    def migrate(self) -> None:
        """Bring the schema to the newest revision; does nothing where it is."""
        with self.writing() as connection:
            if not self.is_sqlite:  # several workers start at once: one migrates, the others wait
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(712004)"))
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        self.engine.dispose()


def now() -> datetime:
    return datetime.now(UTC)


def insert_new(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT for this dialect that knows ON CONFLICT: the database decides what is new (DESIGN 4.2)."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _pool(is_sqlite: bool) -> dict[str, Any]:
    return {"pool_size": 32} if is_sqlite else {"pool_size": 16, "max_overflow": 16, "pool_pre_ping": True}


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT}",
        "foreign_keys=ON",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        f"cache_size={READER_CACHE}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later can fail with SQLITE_BUSY at once; a writer takes its lock first.
    writes = connection.get_execution_options().get("bridge_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except sa.exc.OperationalError as error:
        raise Unavailable(
            f"The database does not answer: {str(error.orig).strip()}",
            remedy="Nothing of this request was stored; try again. `lrs-bridge doctor` says more",
        ) from error
    except sa.exc.DataError as error:  # PostgreSQL has no NUL in texts
        raise RequestRefused(
            f"The database cannot hold or look for this: {str(error.orig).strip()}", remedy="Send plain text"
        ) from error
