"""The versions of one requirement: which was in force on a day, and what each asked to be done again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from lrs_bridge.domain.periods import DAY
from lrs_bridge.domain.requirements import Requirement


class Retake(NamedTuple):
    """What was done before ``first`` counts only up to ``last``."""

    first: date
    last: date


@dataclass(frozen=True)
class Edition:
    """One version in its place: from ``first`` (`date.min`: since ever) to the day before the next one's."""

    requirement: Requirement
    first: date = date.min
    begins: date = date.min
    """When it first asked anybody; ``first`` is also when its judgement of evidence begins."""
    before: Edition | None = None
    retake: Retake | None = None

    @cached_property
    def line(self) -> tuple[Edition, ...]:
        """This one and those before it, the newest first."""
        return (self, *self.before.line) if self.before else (self,)

    @cached_property
    def retakes(self) -> tuple[Retake, ...]:
        """Those that have been asked for by now, the newest first."""
        return tuple(edition.retake for edition in self.line if edition.retake)

    def in_force_on(self, day: date) -> Requirement:
        """The version by which evidence of ``day`` is judged."""
        return next(edition.requirement for edition in self.line if edition.first <= day)


@dataclass(frozen=True)
class RequirementHistory:
    """Versions in their order, each with the instant at which it was recorded (None: always known).

    A version takes over on the day it was recorded (UTC), or on its ``in_force_from`` where it says another one
    than its predecessor. The first one judges whatever was done before. A version replaces its predecessor wholly,
    as if that had never been, when the predecessor had not begun yet, began that same day, or the new one is dated
    back to its beginning or says that it is a correction: so a slip that is corrected judges nobody.
    """

    versions: tuple[tuple[Requirement, datetime | None], ...]

    @property
    def newest(self) -> Requirement:
        return self.versions[-1][0]

    def known_at(self, instant: datetime | None) -> RequirementHistory | None:
        """What had been recorded by then; None if nothing had."""
        known = tuple(version for version in self.versions if _by(version[1], instant))
        return RequirementHistory(known) if known else None

    @cached_property
    def edition(self) -> Edition:
        """The newest version, with those that were in force before it."""
        first, recorded = self.versions[0]
        line = Edition(first, begins=first.in_force_from or _day(recorded))
        for (earlier, _), (later, recorded) in pairwise(self.versions):
            is_moved = later.in_force_from != earlier.in_force_from
            if later.correction and later.correction != earlier.correction:
                line = _corrected(line, later, is_moved=is_moved)
            else:
                line = _followed(line, later, _day(recorded), is_moved=is_moved)
        return line


def _followed(line: Edition, later: Requirement, recorded: date, *, is_moved: bool) -> Edition:
    begins = later.in_force_from if is_moved and later.in_force_from else recorded
    while line.before and begins <= line.first:
        line = line.before
    if begins > line.begins and recorded >= line.begins:
        return Edition(later, begins, begins, line, _retake(later, line, begins))
    return _replacing(line.before, later, line.first, later.in_force_from or begins)


def _corrected(line: Edition, later: Requirement, *, is_moved: bool) -> Edition:
    first, begins = line.first, line.begins
    if is_moved and later.in_force_from:
        first = begins = later.in_force_from
    before = line.before
    while before and first <= before.first:
        before = before.before
    return _replacing(before, later, first if before else date.min, begins)


def _replacing(before: Edition | None, later: Requirement, first: date, begins: date) -> Edition:
    return Edition(later, first, begins, before, _retake(later, before, first) if before else None)


def _by(recorded: datetime | None, instant: datetime | None) -> bool:
    return recorded is None or instant is None or recorded <= instant


def _day(recorded: datetime | None) -> date:
    return recorded.astimezone(UTC).date() if recorded else date.min


def _retake(later: Requirement, before: Edition, first: date) -> Retake | None:
    if later.retake is False or later.retake == before.requirement.retake:
        return None
    day_before = first - DAY
    return Retake(first, day_before if later.retake is True else max(later.retake, day_before))


def history_of(versions: Iterable[tuple[Requirement, datetime | None]]) -> RequirementHistory:
    """In the order of their numbers, whatever the order in which they come."""
    return RequirementHistory(tuple(sorted(versions, key=lambda version: version[0].version)))
