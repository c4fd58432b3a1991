"""The floors: what the same server, threads and disk can do at most, with ever more of the work added.

Each is a factory for granian, behind the gate like the product: an empty answer; the same plus JSON parsing; the same
plus one raw insert with group commit into SQLite with synchronous=FULL.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from typing import Any

import orjson
from flask import Flask, Response, jsonify, request

from lrs_bridge.app import THREADS
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.group_commit import GroupCommit
from lrs_bridge.web.gate import Gate


def empty() -> Gate:
    app = Flask("floor")
    app.add_url_rule("/xapi/statements", view_func=lambda: Response(status=204), methods=["POST"], endpoint="post")
    return Gate(app, threads=THREADS)


def parsing() -> Gate:
    app = Flask("floor")

    def post() -> Response:
        body = orjson.loads(request.get_data())
        return jsonify([str(uuid.uuid4()) for _ in (body if isinstance(body, list) else [body])])

    app.add_url_rule("/xapi/statements", view_func=post, methods=["POST"])
    return Gate(app, threads=THREADS)


def inserting() -> Gate:
    """One row a statement: its id and its JSON, nothing else."""
    app = Flask("floor")
    database = Database(f"sqlite:///{os.environ['BENCH_FOLDER']}/floor.db")
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS floor (id TEXT, raw TEXT)")
        connection.exec_driver_sql("CREATE UNIQUE INDEX IF NOT EXISTS floor_id ON floor (id)")
    commits = GroupCommit(database)

    def post() -> Response:
        body = orjson.loads(request.get_data())
        rows = [(uuid.uuid4().hex, orjson.dumps(one).decode()) for one in (body if isinstance(body, list) else [body])]

        def write(connection: Any) -> None:
            connection.connection.cursor().executemany("INSERT INTO floor VALUES (?, ?)", rows)

        commits.run(write)
        return jsonify([row[0] for row in rows])

    app.add_url_rule("/xapi/statements", view_func=post, methods=["POST"])
    return Gate(app, threads=THREADS)


def raw_driver_rate(folder: str, batch: int, commits: int = 200) -> float:
    """Statements a second of the driver alone: ``batch`` rows a durable commit, no HTTP, one thread."""
    from time import perf_counter

    connection = sqlite3.connect(f"{folder}/driver.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS floor (id TEXT PRIMARY KEY, raw TEXT)")
    began = perf_counter()
    for _ in range(commits):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO floor VALUES (?, ?)", [(uuid.uuid4().hex, "x" * 900) for _ in range(batch)])
        connection.execute("COMMIT")
    rate = batch * commits / (perf_counter() - began)
    connection.close()
    return rate
