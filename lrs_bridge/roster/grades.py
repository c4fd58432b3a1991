"""Grades and scores as people write them: 0.8, 80 %, 4/5; name=grade pairs, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from lrs_bridge.domain.verdicts import Graded
from lrs_bridge.roster.sheets import Fault

_SHARE = re.compile(r"(?P<number>\d+(?:[.,]\d+)?) ?(?:(?P<percent>%)|/ ?(?P<whole>\d+(?:[.,]\d+)?))?")
_PARTS = {"criterion", "grade", "weight", "required", "remark"}
_EXAMPLE = "greeting=0.8; closing=4/5"
_JSON_EXAMPLE = '{"greeting": 0.8, "closing": {"grade": 0.5, "weight": 2, "required": 0.4, "remark": "…"}}'


def share(text: str) -> float | Fault:
    """A part of the whole, from 0 to 1."""
    found = _SHARE.fullmatch(text)
    if not found:
        return Fault(f'"{text}" is not a grade or score', "Write 0.8, 80% or 4/5.")
    whole = 100.0 if found["percent"] else _number(found["whole"] or "1")
    value = _number(found["number"]) / whole if whole else -1.0
    if not 0 <= value <= 1:
        return Fault(f'"{text}" is not between 0 and 1', "Write 0.8, 80% or 4/5.")
    return value


def criteria(text: str) -> tuple[Graded, ...] | Fault:
    """``greeting=0.8; closing=4/5``, or JSON: an object by criterion, or a list of objects with ``criterion``."""
    if text.startswith(("{", "[")):
        return _from_json(text)
    pairs = [part.rpartition("=") for part in text.split(";") if part.strip()]
    found = [_graded(name.strip(), grade.strip()) for name, _, grade in pairs]
    return _unless_faulty(found)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _graded(name: str, grade: str) -> Graded | Fault:
    if not name or not grade:
        return Fault(f'"{grade or name}" is no pair of a criterion and its grade', f"Write {_EXAMPLE}, or JSON.")
    value = share(grade)
    return Fault(f"{name}: {value.reason}", value.remedy) if isinstance(value, Fault) else Graded(name, value)


def _unless_faulty(found: Iterable[Graded | Fault]) -> tuple[Graded, ...] | Fault:
    graded: list[Graded] = []
    for one in found:
        if isinstance(one, Fault):
            return one
        if any(one.name.casefold() == other.name.casefold() for other in graded):
            return Fault(f"{one.name} is graded twice", "Give each criterion one grade.")
        graded.append(one)
    return tuple(graded)


def _from_json(text: str) -> tuple[Graded, ...] | Fault:
    try:
        value = json.loads(text, object_pairs_hook=_Pairs)
    except (json.JSONDecodeError, RecursionError):
        return Fault("criteria begin like JSON and are none", f"Write {_JSON_EXAMPLE}, or {_EXAMPLE}.")
    if isinstance(value, _Pairs):
        return _unless_faulty(_of_json(name, one) for name, one in value)
    return _unless_faulty(_of_entry(one) for one in value)


class _Pairs(list[Any]):
    """A JSON object that keeps a name which comes twice."""


def _of_entry(entry: Any) -> Graded | Fault:
    name = dict(entry).get("criterion") if isinstance(entry, _Pairs) else None
    if not isinstance(name, str) or not name.strip():
        return Fault("an entry of criteria names no criterion", 'Write [{"criterion": "greeting", "grade": 0.8}, …].')
    return _of_json(name, entry)


def _of_json(name: str, value: Any) -> Graded | Fault:
    if not isinstance(value, _Pairs):
        value = _Pairs([("grade", value)])
    parts = dict(value)
    if unknown := sorted(parts.keys() - _PARTS):
        return Fault(f"{name}: {unknown[0]} is not known here", f"Write {', '.join(sorted(_PARTS))}.")
    remark, weight = parts.get("remark", ""), parts.get("weight", 1)
    if not isinstance(remark, str):
        return Fault(f"{name}: the remark is no text", "Write text.")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
        return Fault(f"{name}: the weight is {weight!r}", "Give a number above 0; 1 is the usual one.")
    shares = {key: _share_of(parts.get(key, 0)) for key in ("grade", "required")}
    if "grade" not in parts:
        return Fault(f"{name} has no grade", f"Write {_JSON_EXAMPLE}.")
    for key, found in shares.items():
        if isinstance(found, Fault):
            return Fault(f"{name}: {key}: {found.reason}", found.remedy)
    grade, required = (found for found in shares.values() if not isinstance(found, Fault))
    return Graded(name.strip(), grade, float(weight), required, remark.strip())


def _share_of(value: Any) -> float | Fault:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return Fault(f"{json.dumps(value)} is not a grade or score", "Write 0.8, 80% or 4/5.")
    if isinstance(value, str):
        return share(value.strip())
    return float(value) if 0 <= value <= 1 else Fault(f"{value:g} is not between 0 and 1", "Write 0.8 for 80 %.")
