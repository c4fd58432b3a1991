"""What a statement tells of its actor beside the identifier: enough for a human to recognise somebody by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from lrs_bridge.xapi.instants import parse_timestamp


@dataclass(frozen=True, slots=True)
class ActorTraits:
    name: str
    departments: tuple[str, ...]
    activity: str
    day: date | None


def traits_of(statement: dict[str, Any]) -> ActorTraits:
    """Of a stored statement."""
    happened = parse_timestamp(statement.get("timestamp", ""))
    return ActorTraits(
        name=statement["actor"].get("name", ""),
        departments=tuple(dict.fromkeys(_departments(statement.get("context", {})))),
        activity=statement["object"].get("id", ""),
        day=happened.astimezone(UTC).date() if happened else None,
    )


def _departments(context: dict[str, Any]) -> Iterator[str]:
    """An extension whose IRI ends in the word, as plugins of LMSs send it; or the team that worked together."""
    for iri, value in context.get("extensions", {}).items():
        if iri.rstrip("/").lower().endswith("department") and isinstance(value, str):
            yield value
    if name := context.get("team", {}).get("name"):
        yield name
