"""Rates over many statuses: the exempt are shown, and counted for nobody and against nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrs_bridge.domain.compliance import Reason, Status


@dataclass(frozen=True, slots=True)
class Rate:
    """``compliant`` and ``overdue`` as parts of those who are asked; None where nobody is."""

    compliant: int
    missing: int
    exempt: int
    overdue: int

    @property
    def compliant_rate(self) -> float | None:
        return self._of_asked(self.compliant)

    @property
    def overdue_rate(self) -> float | None:
        return self._of_asked(self.overdue)

    def _of_asked(self, count: int) -> float | None:
        asked = self.compliant + self.missing
        return count / asked if asked else None


def rate(counts: Mapping[tuple[Status, Reason], int]) -> Rate:
    """From the number of people per status and reason; overdue are the overdue and the expired, not those in grace."""

    def count(status: Status, *reasons: Reason) -> int:
        return sum(n for (found, reason), n in counts.items() if found is status and (not reasons or reason in reasons))

    return Rate(
        compliant=count(Status.COMPLIANT),
        missing=count(Status.MISSING),
        exempt=count(Status.EXEMPT),
        overdue=count(Status.MISSING, Reason.OVERDUE, Reason.EXPIRED),
    )
