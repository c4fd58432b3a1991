"""The relation as JSON, some rows at a time: what counts the rows stands behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import orjson

from lrs_bridge.feeds.relation import COLUMNS, OF_THE_PERSON, Feed, FeedRow

MEDIA_TYPE = "application/json"
SAME_STATUSES = 4096
ROWS_AT_ONCE = 64


def render(feed: Feed) -> bytes:
    return b"".join(pieces(feed))


def pieces(feed: Feed) -> Iterator[bytes]:
    head = {"as_of": feed.as_of, "known_at": feed.known_at, "roster": feed.roster, "requirements": dict(feed.titles)}
    yield _dumped(head)[:-1] + b',"rows":['
    separator = b""
    for rows in _blocks(feed.rows):
        yield separator + b",".join(rows)
        separator = b","
    yield b"]," + _dumped(_tail(feed))[1:]


def _blocks(rows: Iterable[FeedRow]) -> Iterator[list[bytes]]:
    """Many rows at once: a piece costs as much to pass on as a row to write."""
    person: tuple[Any, ...] = ()
    start, block = b"", list[bytes]()
    for row in rows:
        if row[:OF_THE_PERSON] != person:
            person = row[:OF_THE_PERSON]
            start = _dumped(dict(zip(COLUMNS, person, strict=False)))[:-1]
        block.append(start + _of_status(row[OF_THE_PERSON:]))
        if len(block) == ROWS_AT_ONCE:
            yield block
            block = []
    if block:
        yield block


@lru_cache(SAME_STATUSES)
def _of_status(values: tuple[Any, ...]) -> bytes:
    """What stands behind the columns of the person: the same for many, as most are not asked for most things."""
    return b"," + _dumped(dict(zip(COLUMNS[OF_THE_PERSON:], values, strict=True)))[1:]


def _tail(feed: Feed) -> dict[str, Any]:
    removed = {} if feed.removed is None else {"removed": feed.removed}
    links = {"next": feed.links.next_page or None, "delta": feed.links.delta or None}
    return removed | {"total": feed.total, "counts": feed.counts} | links


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
