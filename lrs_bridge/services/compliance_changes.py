"""What changed of the statuses that a reader may see: the feed, with the newest change of each of its rows."""

from __future__ import annotations

from dataclasses import replace

from lrs_bridge.errors import Problem
from lrs_bridge.feeds.query import EXPORT_SORT, FeedQuery
from lrs_bridge.feeds.relation import Feed, StatusChange
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import compliance_feed, refuse
from lrs_bridge.services.readers import Reader
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.statuses import newest_changes

REMEDY = "Ask for JSON, CSV or XLSX"


def compliance_changes(bridge: Bridge, who: Reader, query: FeedQuery) -> Feed:
    """As compliance_feed, with ``changes``, newest first; ``limit`` and ``page`` page these.

    A row that was exempt from its beginning has no change to tell.
    """
    refuse([*query.problems(), *_out_of_place(query)])
    feed = compliance_feed(bridge, who, replace(query, limit=None, page=None))
    changes = _newest(bridge, feed)
    if query.limit is None:
        return replace(feed, changes=changes)
    page = query.page or 1
    end = query.limit * page
    following = {"page": str(page + 1)} if query.limit and end < len(changes) else {}
    return replace(feed, changes=changes[end - query.limit : end], following=following)


def _out_of_place(query: FeedQuery) -> list[Problem]:
    past = [
        Problem(name, "has no place here: this tells what changed until now", REMEDY)
        for name in ("as_of", "known_at")
        if getattr(query, name)
    ]
    sorted_otherwise = [Problem("sort", "has no place here: changes come newest first", REMEDY)]
    return past + (sorted_otherwise if query.sort != EXPORT_SORT else [])


def _newest(bridge: Bridge, feed: Feed) -> list[StatusChange]:
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
    return changes
