"""Feeds and figures."""

from __future__ import annotations

from collections.abc import Mapping

from lrs_bridge.web.api_operation import (
    ATOM,
    BINARY,
    CALENDAR,
    CSV,
    JSON,
    NOTHING,
    PARQUET,
    PULLER,
    READER,
    XLSX,
    Operation,
)
from lrs_bridge.web.api_schemas import COUNT, DATE, INSTANT, TEXT, Schema, ref

FEED_QUERY: Mapping[str, Schema] = {
    "requirement": TEXT,
    "manager": TEXT,
    "employee": TEXT,
    "status": {"enum": ["compliant", "missing", "exempt"]},
    "reason": TEXT,
    "progress": {"enum": ["not_started", "in_progress", "failed"]},
    "department": TEXT,
    "country": TEXT,
    "location": TEXT,
    "due_from": DATE,
    "due_until": DATE,
    "as_of": DATE,
    "known_at": INSTANT,
    "sort": TEXT,
    "limit": COUNT,
    "page": {"type": "integer", "minimum": 1},
    "after": TEXT | {"description": "The place that the link to the next page names"},
}

DELTA_QUERY = {**FEED_QUERY, "delta": TEXT | {"description": "The token that an earlier answer's delta names"}}

FIGURES_QUERY: Mapping[str, Schema] = {
    "figure": {"enum": ["rates", "trend", "forecast", "uptake", "abandoned", "working_time"]},
    "group_by": TEXT | {"description": "One or two, with a comma: team, department, country, location, requirement"},
    "requirement": TEXT,
    "manager": TEXT,
    "department": TEXT,
    "country": TEXT,
    "location": TEXT,
    "since": DATE,
    "as_of": DATE,
    "known_at": INSTANT,
    "period": {"enum": ["week", "month"]},
    "periods": COUNT,
    "sort": TEXT,
    "limit": COUNT,
    "page": {"type": "integer", "minimum": 1},
}


FEEDS_OPERATIONS: dict[str, Operation] = {
    "feed.compliance.json": Operation(
        "Who is compliant, missing or exempt, and why", {200: {JSON: ref("Feed")}, 304: NOTHING}, PULLER, DELTA_QUERY,
        refusals=(404, 410),
    ),
    "feed.compliance.parquet": Operation(
        "The same as Parquet", {200: {PARQUET: BINARY}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404, 501)
    ),
    "feed.compliance.csv": Operation(
        "The same as CSV", {200: {CSV: TEXT}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.xlsx": Operation(
        "The same as an Excel workbook", {200: {XLSX: BINARY}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.atom": Operation(
        "What changed, newest first", {200: {ATOM: TEXT}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.ics": Operation(
        "The due dates of what is missing", {200: {CALENDAR: TEXT}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.aggregates.json": Operation(
        "Figures about groups of people; groups under five are named and not shown",
        {200: {JSON: ref("Figures")}, 304: NOTHING}, READER, FIGURES_QUERY, refusals=(404,),
    ),
    "feed.aggregates.csv": Operation(
        "The same as CSV", {200: {CSV: TEXT}, 304: NOTHING}, READER, FIGURES_QUERY, refusals=(404,)
    ),
    "feed.aggregates.xlsx": Operation(
        "The same as an Excel workbook", {200: {XLSX: BINARY}, 304: NOTHING}, READER, FIGURES_QUERY, refusals=(404,)
    ),
}  # fmt: skip
