"""Every status from nothing for ever larger companies: time linear in people, memory not growing with them.

    python -m benchmarks.compliance_sizes [--sizes 5000 10000 20000 40000]

Writes its section of docs/performance.md. By hand, on a quiet machine; 40,000 people take minutes and 1 GB of disk.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import correlation, linear_regression
from tempfile import mkdtemp

from benchmarks.compliance_company import open_company, populate
from benchmarks.performance_page import machine, write_section
from benchmarks.timing import Time, timed
from lrs_bridge.services.refresh_compliance import refresh

REQUIREMENTS, FACTS = 20, 50
LARGEST = 200_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 10_000, 20_000, 40_000])
    asked = parser.parse_args()
    folder = Path(mkdtemp(prefix="bridge-sizes-"))
    try:
        lines = [*_head(), *_by_size(folder, asked.sizes)]
    finally:
        shutil.rmtree(folder)
    write_section("compliance sizes", "\n".join(lines))
    print("\n".join(lines))


def _head() -> list[str]:
    return [
        f"### Ever more people: {REQUIREMENTS} requirements, {FACTS} facts a person",
        "",
        f"`python -m benchmarks.compliance_sizes` wrote this on {machine()}: every status from nothing, SQLite.",
        "An evaluator took that much memory at most, or the writer when it started it.",
        "",
        "| people | facts | seconds | ms of processor a person | memory of the writer, MB | of an evaluator, MB |",
        "|---|---|---|---|---|---|",
    ]


def _by_size(folder: Path, sizes: Sequence[int]) -> Iterator[str]:
    times = []
    for people in sizes:
        taken = _of(folder / str(people), people)
        times.append(taken)
        each = taken.cpu / people * 1000
        line = f"| {people:,} | {people * FACTS:,} | {taken} | {each:.2f} | {taken.memory:.0f} | {taken.other:.0f} |"
        print(line, file=sys.stderr)
        yield line
    if len(sizes) > 1:
        yield ""
        yield _slope(sizes, times)


def _of(place: Path, people: int) -> Time:
    """In a process of its own, whose memory is this company's alone."""
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        other.submit(_populate, place, people).result()
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        taken = other.submit(_refresh, place).result()
    shutil.rmtree(place)
    return taken


def _populate(place: Path, people: int) -> None:
    bridge = open_company(place)
    populate(bridge, people, REQUIREMENTS, FACTS)
    bridge.close()


def _refresh(place: Path) -> Time:
    bridge = open_company(place)
    with timed() as taken:
        refresh(bridge)
    bridge.close()
    return taken


def _slope(sizes: Sequence[int], times: Sequence[Time]) -> str:
    line = linear_regression(sizes, [one.cpu for one in times])
    straight = correlation(sizes, [one.cpu for one in times]) ** 2
    minutes = (line.slope * LARGEST + line.intercept) / 60
    return (
        f"Slope: {line.slope * 1000:.2f} ms of processor a person (R² {straight:.4f}), so {LARGEST:,} people with "
        f"{LARGEST * FACTS / 1e6:.0f} million facts take about {minutes:.1f} minutes of processor, shared by the cores."
    )


if __name__ == "__main__":
    main()
