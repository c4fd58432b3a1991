"""Requirements as people write them: TOML in, `Requirement` out, or every fault of the file at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from typing import Any, get_args

from lrs_bridge.domain.requirement_links import note_links
from lrs_bridge.domain.requirement_modules import ResolveUnit, read_modules
from lrs_bridge.domain.requirements import (
    AbsenceRule,
    AudienceClause,
    AudienceKey,
    DueAfter,
    DueRule,
    FollowUp,
    LookBack,
    Renewal,
    RenewalBasis,
    Requirement,
)
from lrs_bridge.domain.toml_tables import TomlTable, is_day, is_retake, is_text
from lrs_bridge.errors import Problem, RequirementRefused

__all__ = ["ResolveUnit", "read_requirements"]

_AUTHORITIES = ("regulation", "policy")
_TOML_PLACE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)
_EXAMPLE_DUE = 'due = { days = 30, after = "hire" } or due = { fixed = 2026-03-31 }'
_EXAMPLE_AUDIENCE = 'audience = [ { department = ["Sales"] } ], or leave audience out to mean everybody'
_DEFAULT = Requirement(id="", title="", modules=())
_LONGEST_MONTHS = 600
_LONGEST_LOOK_BACK = 36600


def read_requirements(
    text: str | bytes, *, source: str, resolve_unit: ResolveUnit, stored: Collection[Requirement] = ()
) -> list[Requirement]:
    """All requirements of one file; `RequirementRefused` with every problem if anything in it is wrong.

    ``source`` is the name to print. ``stored`` are the newest versions of those imported before, which the file may
    name. Versions are counted by whoever stores them: all are 1 here.
    """
    problems: list[Problem] = []
    root = TomlTable(_parsed(text, source), source, "", problems)
    tables = root.tables("requirement", "[[requirement]] above each requirement")
    if not root.has("requirement"):
        root.note("requirement", "the file holds no requirement", "Begin each with [[requirement]]")
    root.close()
    requirements = [_requirement(table, resolve_unit) for table in tables]
    _note_repeated_ids(tables, requirements)
    note_links(tables, requirements, stored)
    if problems:
        raise _refused(source, problems)
    return requirements


def _refused(source: str, problems: list[Problem]) -> RequirementRefused:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return RequirementRefused(
        f"{source} has {count}; nothing of it was imported",
        remedy="Correct the file and import it again.",
        problems=problems,
    )


def _parsed(text: str | bytes, source: str) -> dict[str, Any]:
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        return tomllib.loads(decoded)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault = Problem(f"{source}:{line}", "the file is not UTF-8 text", "Save it as UTF-8")
        raise _refused(source, [fault]) from error
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.fullmatch(str(error))
        what, place = (found[1], f"{source}:{found[2]}:{found[3]}") if found else (str(error), source)
        fault = Problem(place, f"this is not TOML: {what}", "Correct the line, or the one before it")
        raise _refused(source, [fault]) from error


def _note_repeated_ids(tables: list[TomlTable], requirements: list[Requirement]) -> None:
    first: dict[str, str] = {}
    for table, requirement in zip(tables, requirements, strict=True):
        before = first.setdefault(requirement.id, table.path)
        if requirement.id and before != table.path:
            table.note("id", f'the id "{requirement.id}" is taken by {before}', "Give each requirement its own id")


def _requirement(table: TomlTable, resolve_unit: ResolveUnit) -> Requirement:
    """What can be read of it; a field with a fault holds its default, and the file is refused anyhow."""
    due = _due(table)
    requirement = Requirement(
        id=table.read("id", is_text) or "",
        title=table.read("title", is_text) or "",
        modules=read_modules(table, resolve_unit),
        authority=table.choice("authority", _AUTHORITIES, _DEFAULT.authority),
        audience=_audience(table),
        due=due,
        renewal=_renewal(table, due),
        absence=_absence(table),
        min_notice_days=table.whole("min_notice_days", _DEFAULT.min_notice_days),
        due_soon_days=table.whole("due_soon_days", _DEFAULT.due_soon_days),
        gap_bridge_days=table.whole("gap_bridge_days", _DEFAULT.gap_bridge_days),
        in_force_from=table.read("in_force_from", is_day, None),
        modules_needed=table.whole("modules_needed", None, least=1),
        requires=table.texts("requires"),
        look_back=_look_back(table),
        follow_up=_follow_up(table),
        retake=table.read("retake", is_retake, False),
        correction=table.read("correction", is_text, ""),
        late_days=table.whole("late_days", _DEFAULT.late_days),
        competencies=table.texts("competencies"),
    )
    table.close()
    _note_impossible(table, requirement)
    return requirement


def _look_back(table: TomlTable) -> LookBack | None:
    days = table.whole("look_back_days", None, most=_LONGEST_LOOK_BACK)
    months = table.whole("look_back_months", None, most=_LONGEST_MONTHS)
    return None if days is None and months is None else LookBack(days or 0, months or 0)


def _follow_up(table: TomlTable) -> FollowUp | None:
    inner = table.table("follow_up")
    if inner is None:
        return None
    follow_up = FollowUp(of=inner.read("of", is_text) or "", days=inner.whole("days", 0))
    inner.close()
    return follow_up


def _note_impossible(table: TomlTable, requirement: Requirement) -> None:
    """What each key allows and the keys together do not."""
    asked, there = requirement.modules_needed, len(requirement.modules)
    if asked and there and asked > there:
        table.note("modules_needed", f"{asked} modules are needed and there are {there}", f"Give 1 to {there}")
    if {"look_back_days", "look_back_months"} <= table.values.keys():
        table.note("look_back_days", "a look-back is in days or in months, not both", "Keep one of them")
    if not requirement.follow_up and any(rule.after == "follow_up" for rule in requirement.due):
        reason = "due after follow_up, and this requirement follows up nothing"
        table.note("due", reason, 'Give follow_up = { of = "…", days = 90 }, or another after')


def _audience(table: TomlTable) -> tuple[AudienceClause, ...]:
    return tuple(_clause(inner) for inner in table.tables("audience", _EXAMPLE_AUDIENCE))


def _clause(table: TomlTable) -> AudienceClause:
    patterns = {key: _patterns(table, key) for key in get_args(AudienceKey) if table.has(key)}
    if not table.values:
        table.note("", "this clause names nobody", f"Write {_EXAMPLE_AUDIENCE}")
    table.close()
    return AudienceClause(patterns)


def _patterns(table: TomlTable, key: str) -> tuple[str, ...]:
    words = table.values[key]
    if isinstance(words, list) and words and all(is_text(word) for word in words):
        return tuple(words)
    table.note(key, f"{key} must be a list of texts, at least one", f'Write {key} = ["…", "…"]; * stands for any text')
    return ()


def _due(table: TomlTable) -> tuple[DueRule, ...]:
    rules = tuple(_due_rule(inner) for inner in table.tables("due", _EXAMPLE_DUE))
    return rules or _DEFAULT.due


def _due_rule(table: TomlTable) -> DueRule:
    fixed = table.read("fixed", is_day, None)
    days = table.whole("days", None)
    after = table.choice("after", get_args(DueAfter), "assignment")
    table.close()
    if "fixed" in table.values and len(table.values.keys() & {"days", "after"}):
        table.note("", "a rule is either a fixed date or days after something, not both", f"Write {_EXAMPLE_DUE}")
    elif not table.values.keys() & {"fixed", "days"}:
        table.note("", "a rule needs a fixed date or a number of days", f"Write {_EXAMPLE_DUE}")
    return DueRule(fixed=fixed, days=days, after=after)


def _renewal(table: TomlTable, due: tuple[DueRule, ...]) -> Renewal | None:
    inner = table.table("renewal")
    if inner is None:
        return None
    renewal = Renewal(
        months=inner.whole("months", least=1, most=_LONGEST_MONTHS) or 0,
        basis=inner.choice("basis", get_args(RenewalBasis), "completion"),
        window_months=inner.whole("window_months", 1, most=_LONGEST_MONTHS),
        grace_days=inner.whole("grace_days", 0),
        min_active_months=inner.whole("min_active_months", 6, most=_LONGEST_MONTHS),
    )
    inner.close()
    _note_contradictions(inner, renewal, due)
    return renewal


def _note_contradictions(table: TomlTable, renewal: Renewal, due: tuple[DueRule, ...]) -> None:
    if renewal.months and renewal.window_months >= renewal.months:
        reason = f"a window of {renewal.window_months} months is never closed within {renewal.months}"
        table.note("window_months", reason, "Give fewer months than the renewal has")
    if renewal.basis == "fixed" and not any(rule.fixed for rule in due):
        table.note("basis", "renewal by the calendar has no date to count from", "Give due = { fixed = 2026-12-31 }")


def _absence(table: TomlTable) -> AbsenceRule:
    inner = table.table("absence")
    if inner is None:
        return _DEFAULT.absence
    rule = AbsenceRule(
        min_days=inner.whole("min_days", _DEFAULT.absence.min_days, least=1),
        return_days=inner.whole("return_days", _DEFAULT.absence.return_days),
    )
    inner.close()
    return rule
