"""A server under load: started, driven by wrk, watched through /proc, stopped."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """``rate`` in requests a second, times in milliseconds, ``cpu`` in processor seconds a second."""

    rate: float
    p50: float
    p99: float
    errors: int
    cpu: float
    memory_mb: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(factory: str, environment: Mapping[str, str], port: int) -> Iterator[int]:
    """A factory under granian as `serve` runs it, one process behind the gate; yields the process group."""
    code = (
        "from granian.server import Server; from granian.constants import Interfaces; "
        f"Server({factory!r}, address='127.0.0.1', port={port}, interface=Interfaces.ASGINL, factory=True, workers=1, "
        "websockets=False, backpressure=4096, log_access=False, log_enabled=False).serve()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | dict(environment), start_new_session=True)
    try:
        _wait(port)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def drive(script: str, url: str, *, connections: int, seconds: int, group: int, environment: Mapping[str, str]) -> Load:
    """Run wrk with one of our Lua scripts against ``url``."""
    before, began = _cpu(group), time.perf_counter()
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(HERE / script), url]
    done = subprocess.run(command, env=os.environ | dict(environment), capture_output=True, text=True, check=True)
    cpu = (_cpu(group) - before) / (time.perf_counter() - began)
    found = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    return Load(
        rate=float(rate[1]) if rate else 0.0,
        p50=_percentile(done.stdout, "50%"),
        p99=_percentile(done.stdout, "99%"),
        errors=int(found[1]) if found else 0,
        cpu=cpu,
        memory_mb=memory_mb(group),
    )


def _percentile(text: str, name: str) -> float:
    found = re.search(rf"{name}\s+([\d.]+)(us|ms|s)", text)
    return float(found[1]) * UNITS[found[2]] if found else float("nan")


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1)
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def _members(group: int) -> list[Path]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found.append(path.parent)
    return found


def _cpu(group: int) -> float:
    total = 0
    for process in _members(group):
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mb(group: int) -> float:
    """The largest process of the group: the worker."""
    sizes = [int(re.search(r"VmRSS:\s+(\d+)", (p / "status").read_text())[1]) for p in _members(group)]  # type: ignore[index]
    return max(sizes, default=0) / 1024
