"""What the LRS adds to a valid statement before it is stored, once, as it will be answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from lrs_bridge.xapi.instants import parse_timestamp, render_instant
from lrs_bridge.xapi.versions import STATEMENT_VERSION


def stamp(
    statement: dict[str, Any],
    *,
    statement_id: UUID,
    stored: datetime,
    authority: dict[str, Any],
    version: str = "1.0.3",
) -> dict[str, Any]:
    """A new statement with id, stored, timestamp, authority and version set.

    ``statement_id`` is used when it has none. ``stored`` and ``authority`` are always ours (Data 2.4.8, 2.4.9); its
    version is retained (2.4.10), and without one follows from ``version``, that of the request. The caller's dictionary
    is left as it is; the new one shares its parts.

    Under 2.0 every timestamp is converted to UTC (IEEE 9274.1.1 4.2.7), that of a SubStatement too.
    """
    now = render_instant(stored)
    in_utc = _with_offset_in_utc if version.startswith("1.") else _in_utc
    head: dict[str, Any] = {
        "id": statement.get("id") or str(statement_id),
        "timestamp": in_utc(statement["timestamp"]) if "timestamp" in statement else now,
        "stored": now,
        "version": statement.get("version") or STATEMENT_VERSION[version],
        "authority": authority,
    }
    stamped = head | {name: value for name, value in statement.items() if name not in head}
    _list_context_activities(stamped)
    if stamped["object"].get("objectType") == "SubStatement":
        stamped["object"] = inner = dict(stamped["object"])
        if "timestamp" in inner and in_utc is _in_utc:
            inner["timestamp"] = _in_utc(inner["timestamp"])
        _list_context_activities(stamped["object"])
    return stamped


def _with_offset_in_utc(timestamp: str) -> str:
    """Data 4.5: the LRS should answer in UTC. What is in UTC already, or names no zone, stays as it was sent."""
    if timestamp.endswith("Z"):
        return timestamp
    instant = parse_timestamp(timestamp)
    return render_instant(instant) if instant is not None and instant.utcoffset() else timestamp


def _in_utc(timestamp: str) -> str:
    """What ends in Z stays as it was sent, with all its decimals; everything else is written anew."""
    if timestamp.endswith("Z"):
        return timestamp
    instant = parse_timestamp(timestamp)
    return render_instant(instant) if instant is not None else timestamp


def _list_context_activities(holder: dict[str, Any]) -> None:
    """Data 2.4.6.2: a single Activity must be answered as a list of one. ``holder`` is changed, its parts are not."""
    context = holder.get("context")
    activities = context.get("contextActivities") if context else None
    if not context or not activities or all(type(value) is list for value in activities.values()):
        return
    listed = {key: value if type(value) is list else [value] for key, value in activities.items()}
    holder["context"] = context | {"contextActivities": listed}
