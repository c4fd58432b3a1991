"""The relation as JSON."""

from __future__ import annotations

from dataclasses import asdict

import orjson

from lrs_bridge.feeds.relation import Feed, as_plain

MEDIA_TYPE = "application/json"


def render(feed: Feed) -> bytes:
    return orjson.dumps(
        {
            "as_of": feed.as_of,
            "known_at": feed.known_at,
            "roster": asdict(feed.roster) if feed.roster else None,
            "total": feed.total,
            "counts": feed.counts,
            "requirements": feed.titles,
            "rows": [as_plain(row) for row in feed.rows],
        },
        option=orjson.OPT_UTC_Z,
    )
