"""Statuses are derived: evaluate who is dirty, and whose ``next_change`` has come (DESIGN 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing, nullcontext
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.evaluate_people import Evaluator, Judged, histories_at, programme_at, status_row, today
from lrs_bridge.services.evaluators import cores, judge_on_every_core
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import chunks
from lrs_bridge.storage.requirements import versions_stamp
from lrs_bridge.storage.statuses import (
    Marks,
    count_marks,
    next_marks,
    people_whose_day_has_come,
    replace_statuses,
    some_marks,
)

__all__ = ["histories_at", "mark_whose_day_has_come", "programme_at", "refresh", "status_row", "today"]

BATCH = 250
"""People in memory at once, and in one transaction."""
MANY = 50_000
"""Statuses, from which on every core is worth the second that its process takes to start."""
EARLIEST_ZONE = timedelta(hours=14)
"""Somewhere it is already tomorrow: Kiribati is fourteen hours ahead of UTC."""
Tell = Callable[[int, int], object]
_on_every_core = Lock()
"""Two at once would judge the same people; who waits finds them done."""


def refresh(
    bridge: Bridge, people: Collection[UUID] | None = None, *, at: datetime | None = None, tell: Tell | None = None
) -> int:
    """Evaluate every dirty person among ``people`` (None: all); returns how many people's statuses were renewed.

    ``tell`` is told how many are done and how many were dirty; when it answers False, the rest waits.
    """
    instant, done = at or now(), 0
    while dirty := _count(bridge, people):
        most = done + dirty
        is_much = cores() > 1 and dirty * _requirements(bridge) >= MANY
        judged = _judged(bridge, _batches(bridge, people), instant, is_much=is_much)
        with (
            _on_every_core if is_much else nullcontext(),
            closing(_written(bridge, judged, is_much=is_much)) as written,
        ):
            for renewed in written:
                done += renewed
                if tell and tell(done, most) is False:
                    return done
    return done


def mark_whose_day_has_come(
    bridge: Bridge, people: Collection[UUID] | None = None, *, at: datetime | None = None
) -> int:
    """Mark those of ``people`` (None: all) of whom a status changes today in their own zone, with no event at all."""
    instant = at or now()
    with bridge.database.reading() as connection:
        rows = people_whose_day_has_come(connection, (instant + EARLIEST_ZONE).date(), people)
        due = {person_id for person_id, zone, day in rows if day <= today(zone, instant)}
    if due:
        with bridge.database.writing() as connection:
            mark_dirty(connection, due, at=now())
    return len(due)


def _count(bridge: Bridge, people: Collection[UUID] | None) -> int:
    with bridge.database.reading() as connection:
        return count_marks(connection) if people is None else len(some_marks(connection, people))


def _requirements(bridge: Bridge) -> int:
    with bridge.database.reading() as connection:
        return versions_stamp(connection)[0]


def _batches(bridge: Bridge, people: Collection[UUID] | None) -> Iterator[Marks]:
    if people is not None:
        with bridge.database.reading() as connection:
            dirty = some_marks(connection, people)
        yield from ({person_id: dirty[person_id] for person_id in part} for part in chunks(sorted(dirty), BATCH))
        return
    last: UUID | None = None
    while True:
        with bridge.database.reading() as connection:
            marks = next_marks(connection, last, BATCH)
        if not marks:
            return
        yield marks
        last = max(marks)


def _judged(bridge: Bridge, batches: Iterator[Marks], at: datetime, *, is_much: bool) -> Generator[Judged, None, None]:
    if is_much:
        yield from judge_on_every_core(bridge.settings.database_url, at, batches)
    else:
        yield from map(Evaluator(bridge.database, at).judge, batches)


def _written(bridge: Bridge, judged: Generator[Judged, None, None], *, is_much: bool) -> Generator[int, None, None]:
    """How many people each batch renewed. The evaluators end with the writer, whatever ends it."""
    with closing(judged), bridge.database.kept_writer() if is_much else nullcontext() as kept:
        if kept is not None:
            kept.detach()  # its large cache goes with it
        for marks, changed in judged:
            with bridge.database.writing(kept) as connection:
                renewed = replace_statuses(connection, marks, changed)
            yield renewed
