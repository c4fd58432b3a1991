"""The modules of a requirement as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from lrs_bridge.domain.evidence import certificate_activity
from lrs_bridge.domain.requirements import Criterion, Equivalent, Module, Needs
from lrs_bridge.domain.toml_tables import TomlTable, is_number, is_text

ResolveUnit = Callable[[str, str | None], str | None]
"""The activity IRI of a package and unit (None: its only unit); None when that is not installed."""

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]+")
_EXAMPLE_EQUIVALENT = 'equivalents = [ { activity = "https://…" }, { certificate = "…" } ]'
_EXAMPLE_CRITERIA = 'criteria = [ { id = "greeting", title = "Greets the customer", weight = 1, minimum = 0.5 } ]'


def read_modules(table: TomlTable, resolve_unit: ResolveUnit) -> tuple[Module, ...]:
    inners = table.tables("module", "[[requirement.module]] above each module")
    if not table.has("module"):
        table.note(
            "module", "there is no module, so nothing is demanded", "Add [[requirement.module]] with an activity"
        )
    modules = tuple(_module(inner, resolve_unit) for inner in inners)
    _note_repeated_names(inners, modules)
    _note_order(inners, modules)
    return modules


def _note_repeated_names(tables: list[TomlTable], modules: tuple[Module, ...]) -> None:
    first: dict[str, str] = {}
    for table, module in zip(tables, modules, strict=True):
        before = first.setdefault(module.activity, table.path)
        if module.activity and before != table.path:
            table.note("activity", f"{module.activity} is already asked for by {before}", "Name each activity once")
        if module.key and (before := first.setdefault(module.key, table.path)) != table.path:
            table.note("key", f'the key "{module.key}" is taken by {before}', "Give each module its own key")


def _note_order(tables: list[TomlTable], modules: tuple[Module, ...]) -> None:
    """``after`` names modules of the same requirement, and leads nowhere in a circle."""
    number_of = {name: number for number, module in enumerate(modules) for name in module.names if name}
    before = [{number_of[name] for name in module.after if name in number_of} for module in modules]
    done: set[int] = set()
    while free := {number for number in range(len(modules)) if number not in done and before[number] <= done}:
        done |= free
    for number, (table, module) in enumerate(zip(tables, modules, strict=True)):
        for name in module.after:
            if name not in number_of:
                table.note("after", f'no module of this requirement is called "{name}"', "Name its key or its activity")
        if number not in done and before[number] - done and _waits_for_itself(number, before):
            table.note("after", "this module waits for itself, over those it names", "Take one after away")


def _waits_for_itself(start: int, before: list[set[int]]) -> bool:
    seen: set[int] = set()
    ahead = set(before[start])
    while ahead:
        seen |= ahead
        ahead = set().union(*(before[number] for number in ahead)) - seen
    return start in seen


def _module(table: TomlTable, resolve_unit: ResolveUnit) -> Module:
    module = Module(
        activity=_activity(table, resolve_unit) or "",
        title=table.read("title", is_text, ""),
        needs=table.choice("needs", get_args(Needs), "passed"),
        mastery=_share(table, "mastery", None),
        key=table.read("key", is_text, ""),
        after=table.texts("after"),
        equivalents=tuple(
            _equivalent(inner, resolve_unit) for inner in table.tables("equivalents", _EXAMPLE_EQUIVALENT)
        ),
        competencies=table.texts("competencies"),
        criteria=_criteria(table),
    )
    table.close()
    _note_idle_mastery(table, module.needs)
    _note_repeated_equivalents(table, module)
    return module


def _note_idle_mastery(table: TomlTable, needs: Needs) -> None:
    if needs == "completed" and "mastery" in table.values:
        reason = 'a mastery has no effect where needs = "completed"'
        table.note("mastery", reason, 'Take mastery away, or ask for needs = "passed"')


def _note_repeated_equivalents(table: TomlTable, module: Module) -> None:
    activities = [module.activity, *(other.activity for other in module.equivalents)]
    repeated = {activity for activity in activities if activity and activities.count(activity) > 1}
    for activity in sorted(repeated):
        table.note("equivalents", f"{activity} is named twice for this module", "Name each once")


def _equivalent(table: TomlTable, resolve_unit: ResolveUnit) -> Equivalent:
    certificate = table.read("certificate", is_text, None)
    if certificate and table.values.keys() & {"activity", "package", "unit"}:
        table.note("", "an equivalent is either a certificate or an activity, not both", "Keep one of them")
    activity = certificate_activity(certificate) if certificate else _activity(table, resolve_unit)
    needs = table.choice("needs", get_args(Needs), "passed")
    equivalent = Equivalent(activity or "", needs, _share(table, "mastery", None))
    table.close()
    _note_idle_mastery(table, needs)
    return equivalent


def _criteria(table: TomlTable) -> tuple[Criterion, ...]:
    inners = table.tables("criteria", _EXAMPLE_CRITERIA)
    criteria = tuple(_criterion(inner) for inner in inners)
    for number, (inner, criterion) in enumerate(zip(inners, criteria, strict=True)):
        if criterion.id and any(criterion.id == other.id for other in criteria[:number]):
            inner.note("id", f'the id "{criterion.id}" is taken', "Give each criterion its own id")
    return criteria


def _criterion(table: TomlTable) -> Criterion:
    weight = table.read("weight", is_number, 1.0)
    if not 0 < weight < float("inf"):
        table.note("weight", f"weight is {weight:g}", "Give a number above 0; 1 is the usual one")
    criterion = Criterion(
        id=table.read("id", is_text) or "",
        title=table.read("title", is_text, ""),
        weight=float(weight),
        minimum=_share(table, "minimum", 0.0) or 0.0,
    )
    table.close()
    return criterion


def _share(table: TomlTable, key: str, default: float | None) -> float | None:
    share = table.read(key, is_number, default)
    if share is None or 0 <= share <= 1:
        return None if share is None else float(share)
    meant = f"Write {share / 100:g} for {share:g} %" if 1 < share <= 100 else "0.8 stands for 80 %"
    table.note(key, f"{key} is {share:g}; it is a part of the whole, from 0 to 1", meant)
    return default


def _activity(table: TomlTable, resolve_unit: ResolveUnit) -> str | None:
    if table.has("package") or table.has("unit"):
        return _activity_of_unit(table, resolve_unit)
    activity: str | None = table.read("activity", is_text)
    if activity and not _IRI.fullmatch(activity):
        reason = f'"{activity}" is not an absolute IRI'
        table.note("activity", reason, 'Write it whole, such as "https://learn.example.com/courses/security/1"')
        return None
    return activity


def _activity_of_unit(table: TomlTable, resolve_unit: ResolveUnit) -> str | None:
    if table.has("activity"):
        reason = "a module names either an activity or a package, not both"
        table.note("", reason, "Keep activity, or package with unit")
    package, unit = table.read("package", is_text), table.read("unit", is_text, None)
    if package is None:
        return None
    activity = resolve_unit(package, unit)
    if activity is None:
        with_unit = f"no package {package} with unit {unit} is installed"
        without = f"{package} is not installed, or has more than one unit"
        table.note(
            "package", with_unit if unit else without, "Install it first" + ("" if unit else ", or give its unit")
        )
    return activity
