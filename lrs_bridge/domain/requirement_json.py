"""A requirement version as JSON, for storing: what is written today must be readable by every later release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from lrs_bridge.domain.requirements import (
    AbsenceRule,
    AudienceClause,
    Criterion,
    DueRule,
    Equivalent,
    FollowUp,
    LookBack,
    Module,
    Renewal,
    Requirement,
)


def requirement_as_json(requirement: Requirement) -> dict[str, Any]:
    """Every field by its name; the same requirement gives equal JSON, so versions can be compared by it."""
    plain: dict[str, Any] = asdict(requirement) | {
        "audience": [{key: list(words) for key, words in clause.patterns.items()} for clause in requirement.audience],
        "due": [_with_iso_date(asdict(rule), "fixed") for rule in requirement.due],
    }
    if isinstance(requirement.retake, date):
        plain["retake"] = requirement.retake.isoformat()
    return _with_iso_date(_listed(plain), "in_force_from")


def _listed(value: Any) -> Any:
    """Tuples as the lists that JSON makes of them, so that what is written equals what is read."""
    if isinstance(value, dict):
        return {key: _listed(inner) for key, inner in value.items()}
    return [_listed(inner) for inner in value] if isinstance(value, list | tuple) else value


def requirement_from_json(stored: Mapping[str, Any]) -> Requirement:
    """The inverse. A field that the stored version does not have yet takes its default."""
    fields = dict(stored)
    fields["modules"] = tuple(_module(module) for module in stored["modules"])
    if "audience" in stored:
        fields["audience"] = tuple(_clause(clause) for clause in stored["audience"])
    if "due" in stored:
        fields["due"] = tuple(DueRule(**_with_date(rule, "fixed")) for rule in stored["due"])
    for key, kind in _PARTS.items():
        if stored.get(key):
            fields[key] = kind(**stored[key])
    if isinstance(stored.get("retake"), str):
        fields["retake"] = date.fromisoformat(stored["retake"])
    for key in ("requires", "competencies"):
        fields[key] = tuple(stored.get(key, ()))
    return Requirement(**_with_date(fields, "in_force_from"))


_PARTS: Mapping[str, Callable[..., Any]] = {
    "renewal": Renewal,
    "absence": AbsenceRule,
    "look_back": LookBack,
    "follow_up": FollowUp,
}


def _module(stored: Mapping[str, Any]) -> Module:
    fields = dict(stored)
    for key in ("after", "competencies"):
        fields[key] = tuple(stored.get(key, ()))
    fields["equivalents"] = tuple(Equivalent(**other) for other in stored.get("equivalents", ()))
    fields["criteria"] = tuple(Criterion(**criterion) for criterion in stored.get("criteria", ()))
    return Module(**fields)


def _clause(stored: Mapping[str, Any]) -> AudienceClause:
    patterns: dict[Any, tuple[str, ...]] = {key: tuple(words) for key, words in stored.items()}
    return AudienceClause(patterns)


def _with_iso_date(fields: dict[str, Any], key: str) -> dict[str, Any]:
    return fields | {key: fields[key].isoformat() if fields[key] else None}


def _with_date(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    text = fields.get(key)
    return {**fields, key: date.fromisoformat(text) if text else None}
