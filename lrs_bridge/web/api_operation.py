"""What an entry of the OpenAPI description holds: an operation, the media types, who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrs_bridge.web.api_schemas import (
    COUNT,
    OBJECT,
    TEXT,
    Schema,
    list_of,
)

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
PARQUET = "application/vnd.apache.parquet"
ATOM = "application/atom+xml; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
BINARY: Schema = {"type": "string", "format": "binary"}
HTML = "text/html"
PLAIN = "text/plain"
MIXED = "multipart/mixed"
FORM = "application/x-www-form-urlencoded"
NOTHING: Mapping[str, Schema] = {}
Content = Mapping[str, Schema]


@dataclass(frozen=True, slots=True)
class Operation:
    """``answers`` and ``body``: media type → schema. ``by``: the kinds of security any one of which will do."""

    summary: str
    answers: Mapping[int, Content]
    by: tuple[str, ...] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    headers: Mapping[str, Schema] = field(default_factory=dict)
    body: Content = field(default_factory=dict)
    refusals: tuple[int, ...] = ()


BASIC = ("credential",)

LRS = ("credential", "bearer_token")

READER = ("reader_token",)

PULLER = (*READER, "reader_password")

HR_OR_READER = (*BASIC, *READER)

SESSION = ("session",)

PART: Mapping[str, Schema] = {"sort": TEXT, "limit": COUNT, "offset": COUNT}

LISTED: Schema = {
    "type": "object", "required": ["total", "items"], "properties": {"total": COUNT, "items": list_of(OBJECT)},
}  # fmt: skip
