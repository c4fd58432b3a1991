"""The organisation as of a date: who answers for whom. Every scope of a reader is asked for here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from lrs_bridge.roster.reporting_lines import ReportingLines, tree_of
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.merges import merged_people, records_of
from lrs_bridge.storage.organisation import lines_stamp, read_lines


def reporting_lines(bridge: Bridge, *, known_at: datetime | None = None) -> ReportingLines:
    """As believed at ``known_at`` (None: now); read anew only after a change of anybody's."""
    with bridge.database.reading() as connection:
        key = (lines_stamp(connection), known_at)
        kept = bridge.organisations.get(key)
        if kept is None:
            kept = read_lines(connection, known_at=known_at)
            bridge.organisations.keep(key, kept)
    return kept


def people_below(bridge: Bridge, employee_id: str, day: date, *, known_at: datetime | None = None) -> set[UUID]:
    """`tree_of` by person id: whom a manager or delegate sees and answers for on the day, without themselves."""
    lines = reporting_lines(bridge, known_at=known_at)
    return {lines.ids[person] for person in tree_of(lines, employee_id, day)}


def records_seen(bridge: Bridge, people: Collection[UUID] | None) -> set[UUID] | None:
    """``people`` (None: everybody) with what was merged into them: what HR says stays with the record of its file."""
    if people is None:
        return None
    with bridge.database.reading() as connection:
        return records_of(people, merged_people(connection))
