"""What an evidence pack is asked for, when that is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lrs_bridge.domain.programmes import Programme


@dataclass(frozen=True, slots=True)
class Asked:
    """``requirement`` empty: every one. ``activities`` are those that evidence of these requirements names."""

    as_of: date
    known_at: datetime
    requirement: str
    reasons: bool
    titles: Mapping[str, str]
    programme: Programme
    activities: frozenset[str]
