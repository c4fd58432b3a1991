"""Group commit: concurrent requests share one transaction, and each is answered after the commit that holds it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import sqlalchemy as sa

from lrs_bridge.errors import Unavailable
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.raw_sql import raw_cursor

T = TypeVar("T")
Work = Callable[[sa.Connection], Any]
LARGEST_GROUP = 64


class GroupCommit:
    """Runs pieces of work, each whole or not at all.

    On SQLite one thread writes and takes along whatever waits, since a commit costs a flush of the disk and
    there is one writer at a time anyway. PostgreSQL groups the flushes of its sessions by itself, so there each
    piece has its own transaction.
    """

    def __init__(self, database: Database, *, observe: Callable[[int], None] | None = None) -> None:
        """``observe`` is told how many pieces each transaction held."""
        self._database = database
        self._observe = observe
        self._waiting: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` inside a transaction; returns or raises only after that transaction has ended."""
        if not self._database.is_sqlite:
            with self._database.writing() as connection:
                return work(connection)
        if self._closed:
            raise Unavailable("The server is shutting down", remedy="Send the request again")
        self._ensure_writer()
        outcome: Future[T] = Future()
        self._waiting.put((work, outcome))
        return outcome.result()

    def close(self) -> None:
        """Finish what waits, then stop."""
        self._closed = True
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()

    def _ensure_writer(self) -> None:
        with self._starting:
            if self._writer is None or not self._writer.is_alive():  # also after a fork
                self._writer = threading.Thread(target=self._write_groups, name="group-commit", daemon=True)
                self._writer.start()

    def _write_groups(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            last = False
            while len(group) < LARGEST_GROUP and not last:
                try:
                    item = self._waiting.get_nowait()
                except queue.Empty:
                    break
                last = item is None
                if item is not None:
                    group.append(item)
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[tuple[Work, Future[Any]]]) -> None:
        if self._observe is not None:
            self._observe(len(group))
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._database.writing() as connection:
                outcomes.extend((future, *_attempt(connection, work)) for work, future in group)
        except Exception as error:  # noqa: BLE001 - a job runner's edge: every caller must learn of it
            outcomes = [(future, None, error) for _, future in group]
        for future, result, failure in outcomes:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)


def _attempt(connection: sa.Connection, work: Work) -> tuple[Any, BaseException | None]:
    """One piece in its own savepoint: its failure leaves the others of the group alone."""
    with raw_cursor(connection) as cursor:
        cursor.execute("SAVEPOINT piece")
        try:
            result = work(connection)
        except sa.exc.OperationalError:  # the disk or the database itself: the whole group fails
            raise
        except Exception as error:  # noqa: BLE001 - handed to the one who waits for it
            cursor.execute("ROLLBACK TO piece")
            cursor.execute("RELEASE piece")
            return None, error
        cursor.execute("RELEASE piece")
    return result, None
