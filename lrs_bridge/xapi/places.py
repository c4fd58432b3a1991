"""What a statement tells of where a learner is in a course: a question, a page, how far along; and of their time."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any, Final, NamedTuple

from lrs_bridge.domain.working_time import Moment
from lrs_bridge.xapi import verbs
from lrs_bridge.xapi.durations import parse_duration
from lrs_bridge.xapi.instants import parse_timestamp

_TYPES: Final = "http://adlnet.gov/expapi/activities/"
_WHOLES: Final = ("course", "lesson", "module", "attempt", "assessment", "objective")
_CONTAINERS: Final = frozenset(_TYPES + name for name in _WHOLES)
_INTERACTION: Final = _TYPES + "cmi.interaction"
_PERCENT: Final = "https://w3id.org/xapi/cmi5/result/extensions/progress"  # cmi5 9.5.5.1: a whole number from 0 to 100
_SHARE: Final = "https://w3id.org/xapi/video/extensions/progress"  # video profile: a part of the whole
LONGEST_NAME: Final = 120


class Place(NamedTuple):
    """``kind``: question, page or progress."""

    kind: str
    name: str


def place_of(statement: dict[str, Any], modules: Set[str]) -> Place | None:
    """Of a valid statement about one of the activities ``modules`` or a part of one; None where it tells of none."""
    subject = statement["object"]
    if subject.get("objectType", "Activity") != "Activity":
        return None
    if subject["id"] in modules:
        return _progress(statement.get("result", {}).get("extensions", {}))
    definition = subject.get("definition", {})
    kind = definition.get("type")
    if kind == _INTERACTION or "interactionType" in definition:
        return Place("question", _name(subject, definition))
    if statement["verb"]["id"] in verbs.STARTED and kind not in _CONTAINERS:
        return Place("page", _name(subject, definition))
    return None


def _progress(extensions: dict[str, Any]) -> Place | None:
    """In steps of ten: no two people stop at the same hundredth."""
    for iri, whole in ((_PERCENT, 100), (_SHARE, 1)):
        value = extensions.get(iri)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= whole:
            return Place("progress", f"{int(value * 10 / whole) * 10} %")
    return None


def _name(subject: dict[str, Any], definition: dict[str, Any]) -> str:
    names = definition.get("name") or {}
    english = next((text for tag, text in names.items() if tag.lower().split("-")[0] == "en"), None)
    name: str = english or next(iter(names.values()), "") or subject["id"].rstrip("/").rpartition("/")[2]
    return name[:LONGEST_NAME]


def happened(statement: dict[str, Any]) -> datetime | None:
    return parse_timestamp(statement["timestamp"])


def moment_of(statement: dict[str, Any], at: datetime) -> Moment:
    """Of a statement that happened ``at``. Without a registration, what one does with one activity is one attempt."""
    attempt = statement.get("context", {}).get("registration") or statement["object"].get("id", "")
    duration = statement.get("result", {}).get("duration")
    return Moment(at, parse_duration(duration) if duration else None, attempt)
