"""What this server counts while it runs, for Prometheus. What the database knows is read when asked (backlog)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The client library's own variable; ``serve`` sets it where there are several processes."""
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
GROUPS = (1, 2, 4, 8, 16, 32, 64)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
NOT_SUMMED = frozenset({"process_start_time_seconds", "process_max_fds"})


class Meters:
    """Counters of one open bridge, in a registry of its own.

    Several processes share a folder of counters, so that whichever of them is asked answers for all. The library
    chooses between the two when it is imported: so it is imported here, by the process that serves, and not before.
    """

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._own = own = CollectorRegistry()
        own.register(_Processes())
        self.requests = Histogram(
            "lrs_bridge_request_seconds",
            "Time until the answer was ready, by route",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=own,
        )
        self.statements = Counter("lrs_bridge_statements_stored", "Statements stored that were new", registry=own)
        self.launches = Counter("lrs_bridge_launches", "Launches made", registry=own)
        self.commits = Counter("lrs_bridge_commits", "Commits of course players acknowledged", registry=own)
        self.groups = Histogram(
            "lrs_bridge_group_commit_size",
            "Pieces of work that shared one transaction (SQLite only)",
            buckets=GROUPS,
            registry=own,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """``route`` is the rule with its placeholders: no id or token becomes a label."""
        known = method if method in METHODS else "other"
        self.requests.labels(known, route, str(status)).observe(seconds)

    def registry(self) -> CollectorRegistry:
        """What answers a scrape: of all processes of this server, with their CPU time and memory."""
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        folder = os.environ.get(SHARED_FOLDER)
        if not folder:
            return self._own
        shared = CollectorRegistry()
        MultiProcessCollector(shared, folder)  # type: ignore[no-untyped-call]
        shared.register(_Processes(Path(folder)))
        return shared


class _Processes:
    """The usual process metrics, summed over the processes that share ``folder``; without one, of this process."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        sums: dict[str, Metric] = {}
        for pid in self._pids():
            for metric in _process_metrics(pid):
                known = sums.setdefault(metric.name, metric)
                if known is not metric and metric.name not in NOT_SUMMED:
                    was, more = known.samples[0], metric.samples[0]
                    known.samples = [was._replace(value=was.value + more.value)]
        return sums.values()

    def _pids(self) -> Iterator[str]:
        if self._folder is None:
            yield "self"
            return
        for path in self._folder.glob("counter_*.db"):
            pid = path.stem.removeprefix("counter_")
            if Path("/proc", pid).is_dir():
                yield pid


def _process_metrics(pid: str) -> Iterable[Metric]:
    from prometheus_client import ProcessCollector

    return ProcessCollector(pid=lambda: pid, registry=None).collect()
