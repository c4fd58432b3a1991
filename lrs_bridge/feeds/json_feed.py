"""The relation as JSON, row by row: what counts the rows stands behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from lrs_bridge.feeds.relation import Feed

MEDIA_TYPE = "application/json"


def render(feed: Feed) -> bytes:
    return b"".join(pieces(feed))


def pieces(feed: Feed) -> Iterator[bytes]:
    head = {"as_of": feed.as_of, "known_at": feed.known_at, "roster": feed.roster, "requirements": dict(feed.titles)}
    yield _dumped(head)[:-1] + b',"rows":['
    separator = b""
    for row in feed.rows:
        yield separator + _dumped(row)
        separator = b","
    yield b"]," + _dumped(_tail(feed))[1:]


def _tail(feed: Feed) -> dict[str, Any]:
    removed = {} if feed.removed is None else {"removed": feed.removed}
    links = {"next": feed.links.next_page or None, "delta": feed.links.delta or None}
    return removed | {"total": feed.total, "counts": feed.counts} | links


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
