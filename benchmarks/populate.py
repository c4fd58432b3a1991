"""Fill an SQLite database with statements, faster than any client could post them: same rows, same keys, no HTTP.

python -m benchmarks.populate FOLDER COUNT
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson

from benchmarks.statements import AGENTS, statement
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.raw_sql import insert_rows
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.storage.schema.statements import statement as statement_table
from lrs_bridge.storage.schema.statements import statement_activity, statement_agent
from lrs_bridge.xapi.links import links_of
from lrs_bridge.xapi.stamping import stamp

CHUNK = 20_000
START = datetime(2026, 1, 1, tzinfo=UTC)
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://bridge.example.com", "name": "bench"}}


def populate(folder: Path, count: int) -> None:
    """``count`` statements, a millisecond apart; indexes are dropped first and made anew, which sorts them at once."""
    database = Database(f"sqlite:///{folder / 'lrs_bridge.db'}")
    database.migrate()
    templates = [links_of(stamp(statement(n), statement_id=UUID(int=n), stored=START, authority=AUTHORITY))
                 for n in range(AGENTS)]  # fmt: skip
    tables = (statement_table, statement_agent, statement_activity)
    indexes = [index for table in tables for index in table.indexes]
    with database.writing() as connection:
        for index in indexes:
            index.drop(connection)
    shuffled = random.Random(1)
    for start in range(0, count, CHUNK):
        statements, agents, activities = [], [], []
        for number in range(start, min(start + CHUNK, count)):
            stored = START + timedelta(milliseconds=number)
            statement_id = UUID(int=shuffled.getrandbits(128), version=4)
            micros = (stored - EPOCH) // MICROSECOND
            links = templates[number % AGENTS]
            made = stamp(statement(number), statement_id=statement_id, stored=stored, authority=AUTHORITY)
            raw = orjson.dumps(made).decode()
            statements.append((statement_id, micros, links.verb_key, links.registration, False, False, raw))
            agents += [(key, micros, statement_id, int(usage)) for key, usage in links.agents]
            activities += [(key, micros, statement_id, int(usage)) for key, usage in links.activities]
        with database.writing() as connection:
            for table, rows in zip(tables, (statements, agents, activities), strict=True):
                insert_rows(connection, table, rows)
        print(f"\r{start + len(statements):,} of {count:,}", end="", file=sys.stderr, flush=True)
    with database.writing() as connection:
        for index in indexes:
            index.create(connection)
        connection.exec_driver_sql("ANALYZE")
    print(file=sys.stderr)
    database.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    populate(Path(sys.argv[1]), int(sys.argv[2]))
