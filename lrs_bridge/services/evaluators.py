"""Evaluators on every core: each a process with connections of its own, that reads and judges; one process writes."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from itertools import islice
from multiprocessing import get_context, parent_process

from lrs_bridge.services.evaluate_people import Evaluator, Judged
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.statuses import Marks

WAITING = 2
"""Batches that wait behind those being judged: memory holds so many, however many people there are."""


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def judge_on_every_core(database_url: str, at: datetime, batches: Iterable[Marks]) -> Iterator[Judged]:
    """Each batch judged, in the order in which they come.

    The processes are started anew and not forked: a fork of a server has its locks and its connections.
    """
    workers = cores()
    waiting: deque[Future[Judged]] = deque()
    taken = iter(batches)
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_open, initargs=(database_url, at)) as pool:
        try:
            waiting.extend(pool.submit(_judge, marks) for marks in islice(taken, workers + WAITING))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(_judge, marks) for marks in islice(taken, 1))
        finally:  # the writer may have failed
            pool.shutdown(cancel_futures=True)


class _Own:
    """What a process of evaluators has open."""

    evaluator: Evaluator


def _open(database_url: str, at: datetime) -> None:
    """Ctrl-C is for the one that writes; who lost it ends, or it would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is loaded by now stays: no collection needs to look at it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _Own.evaluator = Evaluator(Database(database_url), at)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _judge(marks: Marks) -> Judged:
    return _Own.evaluator.judge(marks)
