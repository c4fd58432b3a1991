"""All tables; importing this package fills ``metadata``."""

from lrs_bridge.storage.schema import (
    cmi5,
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
    "cmi5",
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
