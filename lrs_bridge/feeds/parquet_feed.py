"""The relation as Parquet for BI: typed columns, dates as dates, what holds for the whole feed beside each row.

pyarrow is an extra (ADR 15): it is larger than the rest of the product, and few ask for this.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from lrs_bridge.errors import NotInstalled
from lrs_bridge.feeds.relation import COLUMNS, Feed, FeedRow

if TYPE_CHECKING:
    import pyarrow

MEDIA_TYPE = "application/vnd.apache.parquet"
ROWS_IN_GROUP = 20_000
"""Rows that are in memory at once; a reader skips whole groups by their least and greatest values."""
TEXTS = {"employee_id", "name", "manager_id", "evidence"}
"""Texts that differ from row to row; the others are kept once, in a dictionary."""
DATES = {"due", "last_valid_day", "next_change"}
COUNTS = {"requirement_version", "modules_met", "modules_total"}


def render(feed: Feed) -> bytes:
    arrow, parquet = _library()
    raw, schema = io.BytesIO(), _schema(arrow, feed)
    with parquet.ParquetWriter(raw, schema, use_dictionary=_repeated(), compression="zstd") as writer:
        for rows in _groups(feed.rows):
            writer.write_table(_table(arrow, schema, rows, feed))
    return raw.getvalue()


def _library() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise NotInstalled(
            "Parquet needs pyarrow, which is not installed here",
            remedy="pip install 'lrs-bridge[parquet]' and start again; or ask for CSV or JSON",
        ) from error
    return pyarrow, parquet


def _repeated() -> list[str]:
    return [name for name in COLUMNS if name not in TEXTS | DATES | COUNTS | {"overdue_before_absence"}]


def _schema(arrow: Any, feed: Feed) -> pyarrow.Schema:
    def kind(name: str) -> Any:
        if name in DATES:
            return arrow.date32()
        if name in COUNTS:
            return arrow.int32()
        return {"overdue_before_absence": arrow.bool_(), "evidence": arrow.list_(arrow.string())}.get(
            name, arrow.string()
        )

    columns = [arrow.field(name, kind(name), nullable=name in DATES) for name in COLUMNS]
    once = [
        arrow.field("as_of", arrow.date32(), nullable=False),
        arrow.field("known_at", arrow.timestamp("us", tz="UTC"), nullable=False),
        arrow.field("roster_as_of", arrow.date32()),
        arrow.field("roster_age_days", arrow.int32()),
    ]
    titles = {f"requirement:{key}": title for key, title in feed.titles.items()}
    return arrow.schema([*columns, *once], metadata=titles)


def _table(arrow: Any, schema: pyarrow.Schema, rows: list[FeedRow], feed: Feed) -> pyarrow.Table:
    roster = feed.roster
    once = (feed.as_of, feed.known_at, roster.as_of if roster else None, roster.days if roster else None)
    values = [[getattr(row, name) for row in rows] for name in COLUMNS] + [[value] * len(rows) for value in once]
    arrays = [arrow.array(column, field.type) for column, field in zip(values, schema, strict=True)]
    return arrow.Table.from_arrays(arrays, schema=schema)


def _groups(rows: Iterable[FeedRow]) -> Iterator[list[FeedRow]]:
    iterator = iter(rows)
    while group := list(islice(iterator, ROWS_IN_GROUP)):
        yield group
