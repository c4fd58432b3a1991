"""Group commit: each piece of work whole or not at all, answered after the commit that holds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from lrs_bridge.errors import NotFound, Unavailable
from lrs_bridge.storage.database import Database, now
from lrs_bridge.storage.group_commit import GroupCommit
from lrs_bridge.storage.leases import take_lease
from lrs_bridge.storage.schema.compliance import lease


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.migrate()
    yield opened
    opened.close()


def put(name: str) -> sa.Insert:
    return sa.insert(lease).values(name=name, holder="test", until=now())


def names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.scalars(sa.select(lease.c.name)))


def test_one_that_fails_leaves_the_others_of_its_group_alone(database: Database) -> None:
    commits = GroupCommit(database)

    def work(name: str) -> str:
        def do(connection: sa.Connection) -> str:
            connection.execute(put(name))
            if name.startswith("bad"):
                raise NotFound(name)
            return name

        return commits.run(do)

    wanted = [f"{'bad' if n % 3 == 0 else 'good'}-{n}" for n in range(60)]
    with ThreadPoolExecutor(16) as pool:
        results = [pool.submit(work, name) for name in wanted]
        failed = {str(error) for result in results if (error := result.exception())}
    commits.close()
    assert failed == {name for name in wanted if name.startswith("bad")}
    assert names(database) == {name for name in wanted if name.startswith("good")}


def test_an_answer_comes_after_the_commit(database: Database) -> None:
    commits = GroupCommit(database)
    commits.run(lambda connection: connection.execute(put("written")))
    assert names(database) == {"written"}
    commits.close()


def test_concurrent_work_shares_transactions_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bridge.db'}")
    database.migrate()
    commits = GroupCommit(database)
    begun: list[int] = []
    sa.event.listen(database.engine, "commit", lambda connection: begun.append(1))
    inside, go_on = threading.Event(), threading.Event()

    def hold(connection: sa.Connection) -> None:
        inside.set()
        go_on.wait(10)

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(commits.run, hold)
        inside.wait(10)
        others = [pool.submit(commits.run, lambda c, n=n: c.execute(put(f"n{n}")) and None) for n in range(8)]
        while commits._waiting.qsize() < 8:
            pass
        go_on.set()
        for each in [first, *others]:
            each.result()
    commits.close()
    database.close()
    assert len(begun) == 2, "one transaction for the first, one for the eight that waited"


def test_after_closing_nothing_is_taken(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bridge.db'}")
    database.migrate()
    commits = GroupCommit(database)
    commits.run(lambda connection: connection.execute(put("before")))
    commits.close()
    with pytest.raises(Unavailable, match="shutting down"):
        commits.run(lambda connection: connection.execute(put("after")))
    assert names(database) == {"before"}
    database.close()


def test_a_lease_has_one_holder_until_it_runs_out(database: Database) -> None:
    minute, gone = timedelta(minutes=1), timedelta(seconds=-1)
    taken = [
        take_lease(database, "job", holder, span) for holder, span in (("a", minute), ("b", minute), ("a", minute))
    ]
    assert taken == [True, False, True]
    assert take_lease(database, "other", "a", gone)
    assert take_lease(database, "other", "b", minute)
