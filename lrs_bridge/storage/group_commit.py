"""Group commit: concurrent requests share one transaction, and each is answered after the commit that holds it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from lrs_bridge.errors import Unavailable
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.raw_sql import raw_cursor

T = TypeVar("T")
P = TypeVar("P")
Store = Callable[[sa.Connection, Sequence[Any]], Sequence[Any]]
"""Does several pieces at once, and returns what came of each. Raises when that cannot be: then each is done alone."""
LARGEST_GROUP = 64


class _Waiting(NamedTuple):
    store: Store
    piece: Any
    outcome: Future[Any]


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
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._connection: sa.Connection | None = None
        self._starting = threading.Lock()
        self._closed = False

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` inside a transaction; returns or raises only after that transaction has ended."""
        return self.run_together(None, lambda connection, _: [work(connection)])

    def run_together(self, piece: P, store: Callable[[sa.Connection, Sequence[P]], Sequence[T]]) -> T:
        """The same for a ``piece`` that ``store`` does together with all of its kind that wait, in one go."""
        if not self._database.is_sqlite:
            with self._database.writing() as connection:
                return store(connection, [piece])[0]
        if self._closed:
            raise Unavailable("The server is shutting down", remedy="Send the request again")
        self._ensure_writer()
        outcome: Future[T] = Future()
        self._waiting.put(_Waiting(store, piece, outcome))
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
        try:
            self._write_until_closed()
        finally:
            self._let_go()

    def _write_until_closed(self) -> None:
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

    def _commit(self, group: list[_Waiting]) -> None:
        if self._observe is not None:
            self._observe(len(group))
        kinds: dict[Store, list[_Waiting]] = {}
        for waiting in group:
            kinds.setdefault(waiting.store, []).append(waiting)
        outcomes: list[tuple[_Waiting, Any, BaseException | None]] = []
        try:
            with self._transaction() as connection:
                for store, alike in kinds.items():
                    outcomes += _attempt_together(connection, store, alike)
        except Exception as error:  # noqa: BLE001 - a job runner's edge: every caller must learn of it
            outcomes = [(waiting, None, error) for waiting in group]
        for waiting, result, failure in outcomes:
            if failure is None:
                waiting.outcome.set_result(result)
            else:
                waiting.outcome.set_exception(failure)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        self._connection = self._connection or self._database.kept_writer()
        try:
            with self._database.writing(self._connection) as connection:
                yield connection
        except Exception:  # whatever it was, the next group begins with a connection that is known to be sound
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _attempt_together(
    connection: sa.Connection, store: Store, alike: list[_Waiting]
) -> Iterator[tuple[_Waiting, Any, BaseException | None]]:
    """What fails together is tried alone: one failure leaves the others of the group alone."""
    results, failure = _attempt(connection, store, [waiting.piece for waiting in alike])
    if failure is not None and len(alike) > 1:
        for waiting in alike:
            yield from _attempt_together(connection, store, [waiting])
    else:
        for place, waiting in enumerate(alike):
            yield waiting, results and results[place], failure


def _attempt(
    connection: sa.Connection, store: Store, pieces: Sequence[Any]
) -> tuple[Sequence[Any] | None, BaseException | None]:
    """In a savepoint of its own: all of it or nothing."""
    with raw_cursor(connection) as cursor:
        cursor.execute("SAVEPOINT piece")
        try:
            results = store(connection, pieces)
        except sa.exc.OperationalError:  # the disk or the database itself: the whole group fails
            raise
        except Exception as error:  # noqa: BLE001 - handed to the one who waits for it
            cursor.execute("ROLLBACK TO piece")
            cursor.execute("RELEASE piece")
            return None, error
        cursor.execute("RELEASE piece")
    return results, None
