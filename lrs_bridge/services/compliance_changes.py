"""What changed of the statuses that a reader may see: the feed, with the newest change of each of its rows."""

from __future__ import annotations

from dataclasses import replace

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.feeds.relation import Feed, StatusChange
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.readers import Reader
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.statuses import newest_changes


def compliance_changes(bridge: Bridge, who: Reader, query: FeedQuery) -> Feed:
    """As compliance_feed, with ``changes``, newest first; ``limit`` and ``offset`` page these.

    A row that was exempt from its beginning has no change to tell.
    """
    if query.as_of or query.known_at:
        problems = [
            Problem(name, "has no place here: this tells what changed until now", "Ask for JSON, CSV or XLSX")
            for name in ("as_of", "known_at")
            if getattr(query, name)
        ]
        raise RequestRefused("The changes cannot be asked like this", problems=problems)
    feed = compliance_feed(bridge, who, replace(query, limit=None, offset=0))
    rows = {(person_key(row.employee_id), row.requirement): row for row in feed.rows}
    with bridge.database.reading() as connection:
        found = newest_changes(connection, {person_id for person_id, _ in rows})
        changes = [
            StatusChange(
                row, change.from_status, change.from_reason, change.to_status, change.to_reason, change.recorded
            )
            for change in found
            if (row := rows.get((change.person_id, change.requirement_id)))
            and (change.from_status or change.to_status != "exempt")
        ]
    changes.sort(key=lambda change: (change.recorded, change.row.employee_id, change.row.requirement), reverse=True)
    end = None if query.limit is None else query.offset + query.limit
    return replace(feed, changes=changes[query.offset : end])
