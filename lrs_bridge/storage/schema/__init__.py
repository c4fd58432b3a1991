"""All tables; importing this package fills ``metadata``."""

from lrs_bridge.storage.schema import (
    compliance,
    courseware,
    documents,
    evidence,
    feeds,
    outbox,
    people,
    roster_sources,
    scim,
    statements,
)
from lrs_bridge.storage.schema.base import Instant, believed, metadata

__all__ = [
    "Instant",
    "believed",
    "compliance",
    "courseware",
    "documents",
    "evidence",
    "feeds",
    "metadata",
    "outbox",
    "people",
    "roster_sources",
    "scim",
    "statements",
]
