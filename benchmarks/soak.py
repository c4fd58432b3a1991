"""A worker's memory over an hour of mixed traffic, minute by minute: `python -m benchmarks.soak --minutes 60`."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from benchmarks.load import free_port, memory_mb, serving
from benchmarks.lrs import OURS, environment_of
from benchmarks.performance_page import machine, write_section
from benchmarks.statements import HOME_PAGE, statement

VERSION = {"X-Experience-API-Version": "1.0.3"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.02, help="Seconds between two requests.")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="bridge-soak-") as folder:
        found = _samples(Path(folder), options.minutes, options.pause)
    text = "\n".join(["## Memory", "", *_told(found)])
    write_section("memory", text)
    print(text)


def _told(found: list[float]) -> list[str]:
    first, last = statistics.median(found[:5]), statistics.median(found[-5:])
    return [
        f"`python -m benchmarks.soak` wrote this on {machine()}: one worker, {len(found)} minutes of single",
        "statements, batches of fifty and pages, one request after the other.",
        "",
        f"The first five minutes {first:.0f} MB, the last five {last:.0f} MB (medians), at most {max(found):.0f} MB.",
    ]


def _samples(folder: Path, minutes: int, pause: float) -> list[float]:
    port = free_port()
    environment = environment_of(folder, port)
    session = requests.Session()
    session.headers.update(VERSION | {"Authorization": environment["BENCH_AUTH"]})
    found: list[float] = []
    numbers = count()
    with serving(OURS, environment, port) as group:
        for minute in range(minutes):
            ends = time.monotonic() + 60
            while time.monotonic() < ends:
                _one_round(session, f"http://localhost:{port}/xapi/statements", next(numbers))
                time.sleep(pause)
            found.append(memory_mb(group))
            print(
                f"minute {minute + 1}: {found[-1]:.0f} MB after {next(numbers):,} rounds", file=sys.stderr, flush=True
            )
    return found


def _one_round(session: requests.Session, url: str, number: int) -> None:
    """Mostly single statements, every tenth round a batch of fifty; a page by agent, a page by since."""
    batch = [statement(number * 50 + one) for one in range(50)] if number % 10 == 0 else statement(number)
    session.post(url, json=batch).raise_for_status()
    agent = json.dumps({"account": {"homePage": HOME_PAGE, "name": str(number % 1000)}})
    session.get(url, params={"agent": agent, "limit": "10"}).raise_for_status()
    if number % 10 == 5:
        session.get(url, params={"since": "2026-01-01T00:00:00Z", "limit": "100"}).raise_for_status()


if __name__ == "__main__":
    main()
