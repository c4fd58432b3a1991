"""The LRS beside its floors, in one run: `make bench`, or `python -m benchmarks.lrs --sizes 10000 1000000`.

Writes its section of docs/performance.md. Needs wrk (Debian: apt-get install wrk).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

from benchmarks.floors import raw_driver_rate
from benchmarks.load import Load, drive, free_port, serving
from benchmarks.performance_page import write_section
from benchmarks.populate import populate
from benchmarks.statements import HOME_PAGE, statement
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import create_credential
from lrs_bridge.settings import Settings

OURS = "lrs_bridge.app:create_server"
FLOORS = {
    "empty answer": "benchmarks.floors:empty",
    "+ JSON parsing": "benchmarks.floors:parsing",
    "+ one raw insert, group commit": "benchmarks.floors:inserting",
}
SHAPES = {"a": (1, 16), "b": (50, 4)}
"""Statements a POST, and connections."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument(
        "--databases", type=Path, help="Keep the populated databases in this folder, and use them again."
    )
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing. On Debian: apt-get install wrk")
    folder = Path(mkdtemp(prefix="bridge-bench-"))
    try:
        lines = [
            *_writing(folder, options.seconds),
            "",
            *_reading(options.databases or folder, options.sizes, options.seconds),
        ]
    finally:
        shutil.rmtree(folder)
    text = "\n".join([*_head(), *lines, ""])
    write_section("lrs", text)
    print(text)


def _head() -> list[str]:
    processor = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return [
        "# Performance",
        "",
        f"`make bench` wrote this on {datetime.now(UTC):%Y-%m-%d} ({processor}): one run, one machine, SQLite with",
        "`synchronous=FULL`, every answer after its commit, load and server on the same cores. Compare within the",
        "table; the figures of another machine will differ, the ratios less.",
        "",
    ]


def _writing(folder: Path, seconds: int) -> list[str]:
    lines = ["## Writing", "", "| statements/s | " + " | ".join(_titles()) + " |", "|---" * (len(SHAPES) * 4 + 1) + "|"]
    rows = {name: _post(folder, name, factory, seconds) for name, factory in (FLOORS | {"LRS Bridge": OURS}).items()}
    for name, loads in rows.items():
        cells = [_cell(load, size) for load, (size, _) in zip(loads, SHAPES.values(), strict=True)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    driver = [f"{raw_driver_rate(str(folder), size):,.0f} | – | – | –" for size, _ in SHAPES.values()]
    lines.append("| raw driver, one thread, a commit a batch, no HTTP | " + " | ".join(driver) + " |")
    floor = rows["+ one raw insert, group commit"]
    shares = [ours.rate / least.rate for ours, least in zip(rows["LRS Bridge"], floor, strict=True)]
    names = [f"({key}) {share:.0%}" for key, share in zip(SHAPES, shares, strict=True)]
    return [*lines, "", f'Of the floor "parse plus one raw insert with group commit": {", ".join(names)}.']


def _titles() -> list[str]:
    return [
        f"({key}) {size} a POST, {connections} connections | p50 ms | p99 ms | cpu, memory"
        for key, (size, connections) in SHAPES.items()
    ]


def _cell(load: Load, size: int) -> str:
    errors = f" ({load.errors} errors)" if load.errors else ""
    return (
        f"{load.rate * size:,.0f}{errors} | {load.p50:.1f} | {load.p99:.1f} | {load.cpu:.2f}, {load.memory_mb:.0f} MB"
    )


def _post(folder: Path, name: str, factory: str, seconds: int) -> list[Load]:
    place = Path(mkdtemp(dir=folder))
    port = free_port()
    environment = environment_of(place, port)
    loads = []
    with serving(factory, environment, port) as group:
        for key, (size, connections) in SHAPES.items():
            body = place / f"{key}.json"
            body.write_text(json.dumps([statement(number) for number in range(size)]))
            url = f"http://localhost:{port}/xapi/statements"
            loads.append(drive("post.lua", url, connections=connections, seconds=seconds, group=group,
                               environment=environment | {"BENCH_BODY": str(body)}))  # fmt: skip
            print(f"{name} ({key}): {loads[-1]}", file=sys.stderr)
    return loads


def environment_of(place: Path, port: int) -> dict[str, str]:
    own = {
        "LRS_BRIDGE_DATA_DIR": str(place),
        "LRS_BRIDGE_PUBLIC_URL": f"http://localhost:{port}",
        "LRS_BRIDGE_CONTENT_URL": f"http://127.0.0.1:{port}",
        "LRS_BRIDGE_LMS_HOME_PAGES": HOME_PAGE,
    }
    bridge = Bridge.open(Settings.from_environment(own))
    credential, secret = create_credential(bridge, "bench", ["all"])
    bridge.close()
    basic = b64encode(f"{credential.key}:{secret}".encode()).decode()
    return own | {"BENCH_AUTH": f"Basic {basic}", "BENCH_FOLDER": str(place)}


def _paths() -> dict[str, list[str]]:
    """Each kind of query, asked about many agents, activities and instants."""

    def agent(number: int) -> str:
        return quote(json.dumps({"account": {"homePage": HOME_PAGE, "name": str(number)}}))

    activity = f"{HOME_PAGE}/mod/page/view.php?id="
    verb = quote("http://adlnet.gov/expapi/verbs/completed")
    return {
        "by agent": [f"agent={agent(n)}&limit=10" for n in range(50)],
        "by activity and verb": [f"activity={quote(activity + str(n))}&verb={verb}&limit=10" for n in range(1, 200, 5)],
        "by since, first page": [f"since=2026-01-01T00:00:0{n}Z&ascending=true&limit=25" for n in range(8)],
    }  # fmt: skip


def _reading(folder: Path, sizes: list[int], seconds: int) -> list[str]:
    heading = "| statements | query | requests/s | p50 | p99 | memory MB | database |"
    lines = ["## Reading", "", "4 connections; p50 and p99 in ms.", "", heading, "|---" * 7 + "|"]
    for size in sizes:
        place = folder / str(size)
        if not place.exists():
            populate(place, size)
        port = free_port()
        environment = environment_of(place, port)
        size_gb = (place / "lrs_bridge.db").stat().st_size / 1e9
        with serving(OURS, environment, port) as group:
            for name, queries in (_paths() | {"by id": _ids(place)}).items():
                paths = place / "paths"
                paths.write_text("\n".join(f"/xapi/statements?{query}" for query in queries))
                load = drive("get.lua", f"http://localhost:{port}", connections=4, seconds=seconds, group=group,
                             environment=environment | {"BENCH_PATHS": str(paths)})  # fmt: skip
                errors = f" ({load.errors} errors)" if load.errors else ""
                lines.append(f"| {size:,} | {name} | {load.rate:,.0f}{errors} | {load.p50:.1f} | {load.p99:.1f} | "
                             f"{load.memory_mb:.0f} | {size_gb:.2f} GB |")  # fmt: skip
                print(lines[-1], file=sys.stderr)
    return lines


def _ids(place: Path) -> list[str]:
    import sqlite3
    from contextlib import closing
    from uuid import UUID

    with closing(sqlite3.connect(place / "lrs_bridge.db")) as connection:
        rows = connection.execute("SELECT id FROM statement LIMIT 200").fetchall()
    return [f"statementId={UUID(row[0])}" for row in rows]


if __name__ == "__main__":
    main()
