"""Short ways to write a Problem that does not refuse the package."""

from __future__ import annotations

from collections.abc import Sequence

from lrs_bridge.errors import Problem

LISTED = 8


def warning(place: str, reason: str, remedy: str = "", clause: str = "") -> Problem:
    return Problem(place, reason, remedy, clause, "warning")


def notice(place: str, reason: str, remedy: str = "", clause: str = "") -> Problem:
    return Problem(place, reason, remedy, clause, "info")


def listed(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    rest = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {rest:,} more" if rest > 0 else "")
