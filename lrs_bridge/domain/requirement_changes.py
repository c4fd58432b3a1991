"""What a new version of a requirement changes, in the words of the file that says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
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

_SILENT = frozenset({"id", "version", "modules"})
_ALWAYS_TOLD = ("audience", "due")
_EMPTY = {"audience": "everybody", "renewal": "once for all", "modules_needed": "all", "in_force_from": "since ever"}
_NOTHING = Requirement(id="", title="", modules=())


def changes_in_words(before: Requirement | None, after: Requirement) -> list[str]:
    """One line for each key that differs; of a requirement that is new, one for each that is not as by default."""
    old = before or _NOTHING
    return [*_changed(old, after), *_changed_modules(old.modules, after.modules)]


def _changed(old: Requirement | Module, new: Requirement | Module) -> Iterator[str]:
    for key in (field.name for field in fields(new) if field.name not in _SILENT):
        was, is_now, nothing = getattr(old, key), getattr(new, key), _EMPTY.get(key, "none")
        if old is _NOTHING and key != "title" and (was != is_now or key in _ALWAYS_TOLD):
            yield f"{key}: {_told(is_now, nothing)}"
        elif old is not _NOTHING and was != is_now:
            yield f"{key}: {_told(was, nothing)} → {_told(is_now, nothing)}"


def _changed_modules(old: tuple[Module, ...], new: tuple[Module, ...]) -> Iterator[str]:
    before = {module.activity: module for module in old}
    after = {module.activity: module for module in new}
    for activity, module in after.items():
        if activity not in before:
            yield f"module added: {_module(module)}"
        else:
            yield from (f"module {_name(module)}: {words}" for words in _changed(before[activity], module))
    yield from (f"module removed: {_name(module)}" for activity, module in before.items() if activity not in after)
    kept = [activity for activity in before if activity in after]
    if kept != [activity for activity in after if activity in before]:
        yield f"order of modules: {', '.join(_name(module) for module in new)}"


def _told(value: Any, nothing: str = "none") -> str:
    if value is None or value in ("", ()):
        return nothing
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(_told(one) for one in value)
    tell = _TELL.get(type(value))
    return tell(value) if tell else str(value)


def _name(module: Module) -> str:
    return f'"{module.title}"' if module.title else module.activity


def _module(module: Module) -> str:
    told = f'"{module.title}" {module.activity}' if module.title else module.activity
    return f"{told}, {_bar(module)}" + (f", after {', '.join(module.after)}" if module.after else "")


def _bar(asked: Module | Equivalent) -> str:
    return asked.needs if asked.mastery is None else f"{asked.needs} with {asked.mastery:g}"


def _clause(clause: AudienceClause) -> str:
    return ", and ".join(f"{key} {' or '.join(words)}" for key, words in clause.patterns.items())


def _due(rule: DueRule) -> str:
    return str(rule.fixed) if rule.fixed else f"{rule.days} days after {rule.after}"


def _renewal(renewal: Renewal) -> str:
    return (
        f"every {renewal.months} months by {renewal.basis}, window {renewal.window_months} months, "
        f"grace {renewal.grace_days} days, at least {renewal.min_active_months} months active"
    )


def _look_back(look_back: LookBack) -> str:
    return f"{look_back.months} months" if look_back.months else f"{look_back.days} days"


_TELL: Mapping[type, Callable[[Any], str]] = {
    AudienceClause: _clause,
    DueRule: _due,
    Renewal: _renewal,
    AbsenceRule: lambda rule: f"from {rule.min_days} days, {rule.return_days} days after the return",
    FollowUp: lambda follow_up: f"{follow_up.days} days after {follow_up.of}",
    LookBack: _look_back,
    Equivalent: lambda other: f"{other.activity} {_bar(other)}",
    Criterion: lambda one: f"{one.id} weight {one.weight:g} minimum {one.minimum:g}",
    date: date.isoformat,
}
