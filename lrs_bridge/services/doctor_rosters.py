"""The doctor's look at the sources of rosters: what fails, what is held, and how old the last good state is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lrs_bridge.services.doctor import Check
from lrs_bridge.services.roster_sources import RosterSourceView, list_sources
from lrs_bridge.storage.database import Database


def check_roster_sources(database: Database, *, at: datetime) -> Iterator[Check]:
    for view in list_sources(database, at=at):
        yield _check(view)


def _check(view: RosterSourceView) -> Check:
    name = f"roster source {view.name!r}"
    good = f"the last good state is of {view.last_applied:%Y-%m-%d %H:%M} UTC" if view.last_applied else "none came yet"
    if view.last_error:
        remedy = f"Put the place right, then look: lrs-bridge roster sources run {view.name}"
        return Check(name, "warning", f"{view.last_error}; {good}", remedy)
    if view.held:
        first = view.held[0]
        more = f" and {len(view.held) - 1} more" if len(view.held) > 1 else ""
        why = ", ".join(first.gates) or first.reason
        return Check(name, "warning", f"{first.file} is held{more}: {why}; {good}", first.remedy)
    return Check(name, "ok", good)
