"""Time by the clock and by all processors, and the memory it took."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass
class Time:
    """Seconds by the clock and of all processors; the largest memory of this process and of one it started, in MB."""

    clock: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0
    other: float = 0.0

    def __str__(self) -> str:
        return f"{self.clock:.3g} ({self.cpu:.3g})"


@contextmanager
def timed() -> Iterator[Time]:
    taken = Time()
    began, cpu = perf_counter(), _cpu()
    yield taken
    taken.clock, taken.cpu = perf_counter() - began, _cpu() - cpu
    taken.memory = _own_memory()
    taken.other = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _own_memory() -> float:
    """Since this program began: what ``getrusage`` says is never less than that of the process that started it."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def _cpu() -> float:
    """To the microsecond, as a feed takes a few milliseconds."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
