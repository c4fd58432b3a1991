"""The modules of a requirement together on a day: all of them, or *n* of *m*."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from lrs_bridge.domain.validity import NOTHING_DONE, ModuleRecord, Validity, Worth


@dataclass(frozen=True, slots=True)
class ModuleSet:
    """What somebody did for the modules of one version, of which ``needed`` are enough."""

    needed: int
    records: tuple[ModuleRecord, ...]


class Standing(NamedTuple):
    """Each module is valid by its own evidence and for its own term; the requirement holds while enough of them do.

    The best are those valid longest (a tie goes to the one named first), as many as are needed: the requirement
    holds up to the last day of the first of them to end, and no other choice would hold longer. Its window opens
    with the first of their windows, and to renew that module alone is enough. A module done early is not stretched
    to the day on which the last one was done.
    """

    held: tuple[Validity, ...]
    is_met: bool
    last_valid_day: date | None

    @classmethod
    def of(cls, modules: ModuleSet, day: date) -> Standing:
        records = modules.records
        held = tuple([v for record in records if (v := record.latest_on(day)) and v.covers(day)])
        if len(held) < modules.needed:
            return cls(held, False, _last_day_met(modules, day))
        lasts = sorted((validity.last or date.max for validity in held), reverse=True)
        last = lasts[modules.needed - 1]
        return cls(held, True, None if last == date.max else last)

    def is_renewable_on(self, day: date, needed: int) -> bool:
        """Of a standing that is met."""
        chosen = best(self.held, needed)
        return any(validity.renewable_from and validity.renewable_from <= day for validity in chosen)


NOTHING_HELD = Standing((), False, None)


def best(held: Sequence[Validity], needed: int) -> tuple[Validity, ...]:
    """The ``needed`` that hold longest, in the modules' order."""
    if len(held) <= needed:
        return tuple(held)
    ranked = sorted(range(len(held)), key=lambda number: held[number].last or date.max, reverse=True)
    return tuple(held[number] for number in sorted(ranked[:needed]))


def best_standing(sets: Sequence[ModuleSet], day: date) -> Standing:
    """By the modules of the version in force, the first of ``sets``; or by those of an older one, if that is met and
    holds longer. Who once met an older one has lapsed, not never begun.
    """
    own = Standing.of(sets[0], day)
    if len(sets) == 1:
        return own
    others = [Standing.of(modules, day) for modules in sets[1:]]
    met = [standing for standing in (own, *others) if standing.is_met]
    if met:
        return max(met, key=lambda standing: standing.last_valid_day or date.max)
    lapsed = [standing.last_valid_day for standing in (own, *others) if standing.last_valid_day]
    return own._replace(last_valid_day=max(lapsed, default=None))


def most_begun(records: Iterable[ModuleRecord], day: date) -> Worth:
    """Over the modules that do not hold. A failed attempt outlives a new start, or opening the course once more
    would hide it."""
    worths = (record.begun_on(day) for record in records if record is not NOTHING_DONE and not record.holds_on(day))
    return max(worths, default=Worth.NOTHING)


def _last_day_met(modules: ModuleSet, day: date) -> date | None:
    """The last day before ``day`` on which enough modules held; None if there never was one."""
    met = day
    while True:
        latest = [validity for record in modules.records if (validity := record.latest_on(met))]
        if len(latest) < modules.needed:
            return None
        lasts = sorted((min(validity.last or met, met) for validity in latest), reverse=True)
        earlier = lasts[modules.needed - 1]
        if earlier >= met:
            return met
        met = earlier
