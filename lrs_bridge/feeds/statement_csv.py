"""A statement as a line of CSV: what most people ask of it; the whole of it is in the JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.feeds.csv_feed import BYTE_ORDER_MARK, FORMULA_STARTS

COLUMNS = (
    "id",
    "stored",
    "timestamp",
    "actor_name",
    "actor",
    "verb",
    "verb_display",
    "object_type",
    "object",
    "object_name",
    "success",
    "completion",
    "score_scaled",
    "score_raw",
    "duration",
    "response",
    "registration",
    "authority",
    "voided",
)


def _line(cells: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


HEADER_LINE = BYTE_ORDER_MARK.encode() + _line(list(COLUMNS))


def csv_line(statement: Mapping[str, Any], *, voided: bool) -> bytes:
    subject, result = statement["object"], statement.get("result", {})
    score, registration = result.get("score", {}), statement.get("context", {}).get("registration")
    kind = subject.get("objectType", "Activity")
    return _line(
        [
            *(_cell(statement[name]) for name in ("id", "stored", "timestamp")),
            _cell(statement["actor"].get("name")),
            _cell(identifier(statement["actor"])),
            _cell(statement["verb"]["id"]),
            _cell(_first(statement["verb"].get("display"))),
            kind,
            _cell(subject["id"] if "id" in subject else identifier(subject)),
            _cell(subject.get("name") or _first(subject.get("definition", {}).get("name"))),
            *(_cell(result.get(name)) for name in ("success", "completion")),
            *(_cell(score.get(name)) for name in ("scaled", "raw")),
            *(_cell(result.get(name)) for name in ("duration", "response")),
            _cell(registration),
            _cell(identifier(statement["authority"])),
            _cell(voided),
        ]
    )


def identifier(actor: Mapping[str, Any]) -> str:
    """One IFI; of an anonymous Group those of its members."""
    if key := ActorKey.of_actor(actor):
        return f"{key.home_page} {key.value}".strip()
    return "; ".join(identifier(member) for member in actor.get("member", ()))


def _first(language_map: Mapping[str, str] | None) -> str | None:
    """English where it is there, else whatever comes first."""
    if not language_map:
        return None
    english = next((text for tag, text in language_map.items() if tag.lower().split("-")[0] == "en"), None)
    return english or next(iter(language_map.values()))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"  # a name such as "=HYPERLINK(…)" must stay a name
    return "" if value is None else value
