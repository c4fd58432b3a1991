"""Absences that excuse: long enough, or of a kind that always does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from lrs_bridge.domain.people import Absence
from lrs_bridge.domain.periods import bridged, plus_days
from lrs_bridge.domain.requirements import AbsenceRule


class Away(NamedTuple):
    """A qualifying absence. One without an end that is not ``long`` qualifies from the day it lasted long enough."""

    first: date
    last: date | None
    qualifies_from: date

    def covers(self, day: date) -> bool:
        return self.qualifies_from <= day and (self.last is None or day <= self.last)


def qualifying(absences: Iterable[Absence], rule: AbsenceRule) -> Iterable[Away]:
    """Absences that touch are one, however HR split them (one sick note after another)."""
    for period in bridged([absence.period for absence in absences], 0):
        long = any(absence.kind == "long" and period.covers(absence.period.first) for absence in absences)
        needed = plus_days(period.first, 0 if long else rule.min_days - 1)
        if long or (period.last is not None and period.last >= needed):
            yield Away(period.first, period.last, period.first)
        elif period.last is None:
            yield Away(period.first, None, max(period.first, needed))
