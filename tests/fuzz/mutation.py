"""JSON that is nearly right: real statements with one part changed, taken away, repeated or put elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import orjson

AWKWARD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 2**63, -(2**63), "", " ", "a", "1", "null", "é", "\x00",
    "\U0001f600", [], {}, [[]], [{}], {"": {}}, [None], "Agent", "Group", "agent", "Activity", "StatementRef",
    "SubStatement",
    "contextAgent", "contextGroup", "Person", "1.0.0", "1.0", "2.0.0", "2.0", "2.1.0", "2.0.0-rc1",
    "2026-03-31T09:30:00Z", "2026-03-31T09:30:00", "2026-03-31", "2026-03-31T24:00:00Z", "2026-03-31t09:30:60-00:00",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999999-23:59", "20260331T0930Z", "2026-W14-2T09,5",
    "PT0S", "P1W", "P1Y2M3DT4H5M6.789S", "P", "PT", "P0001-01-01T00:00:00", "mailto:a@b", "mailto:", "https://",
    "https://example.com/a b", "urn:x", "javascript:alert(1)", "a:b", "//x", "http://[::1", "en", "EN-us", "i-klingon",
    "x-y", "de-1996-1996", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "http://adlnet.gov/expapi/verbs/voided", "http://adlnet.gov/expapi/verbs/completed", "0" * 40, "f" * 64, "x" * 300,
    "application/json", "application/octet-stream", "http://adlnet.gov/expapi/attachments/signature",
)  # fmt: skip
NAMES = (
    "id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments",
    "objectType", "name", "mbox", "mbox_sha1sum", "openid", "account", "homePage", "member", "display", "definition",
    "extensions", "score", "scaled", "raw", "min", "max", "success", "completion", "duration", "registration", "team",
    "instructor", "contextActivities", "contextAgents", "contextGroups", "agent", "group", "relevantTypes", "statement",
    "parent", "language", "revision", "platform", "interactionType", "choices", "Actor", "~", "a/b", "https://e.example/x",
)  # fmt: skip

Holder = dict[str, Any] | list[Any]


def slots(value: Any) -> Iterator[tuple[Holder, Any]]:
    """Every place in ``value`` that holds something, as (holder, key)."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from slots(value[key])


def change(value: Any, random: Random) -> Any:
    """One change to a JSON value, in place where there is a place."""
    places = list(slots(value))
    if not places:
        return random.choice(AWKWARD)
    holder, key = random.choice(places)
    random.choice(CHANGES)(holder, key, places, random)
    return value


def _replace(holder: Any, key: Any, places: list[tuple[Holder, Any]], random: Random) -> None:
    holder[key] = random.choice(AWKWARD)


def _graft(holder: Any, key: Any, places: list[tuple[Holder, Any]], random: Random) -> None:
    source, name = random.choice(places)
    holder[key] = orjson.loads(orjson.dumps(source[name]))  # type: ignore[index]


def _take_away(holder: Any, key: Any, places: list[tuple[Holder, Any]], random: Random) -> None:
    del holder[key]


def _add(holder: Any, key: Any, places: list[tuple[Holder, Any]], random: Random) -> None:
    if isinstance(holder, dict):
        holder[random.choice(NAMES)] = holder[key]
    else:
        holder.extend(holder[:20])


def _rename(holder: Any, key: Any, places: list[tuple[Holder, Any]], random: Random) -> None:
    if isinstance(holder, dict):
        holder[random.choice(NAMES)] = holder.pop(key)


def _wrap(holder: Any, key: Any, places: list[tuple[Holder, Any]], random: Random) -> None:
    holder[key] = [holder[key]] if random.random() < 0.5 else {random.choice(NAMES): holder[key]}


CHANGES: tuple[Callable[[Any, Any, list[tuple[Holder, Any]], Random], None], ...] = (
    _replace,
    _graft,
    _take_away,
    _add,
    _rename,
    _wrap,
)
