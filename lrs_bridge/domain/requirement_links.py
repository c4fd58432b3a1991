"""Requirements that depend on others: each named one must exist, and none may depend on itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.domain.toml_tables import TomlTable


def note_links(tables: Iterable[TomlTable], requirements: list[Requirement], stored: Collection[Requirement]) -> None:
    """Those of the file replace those of the same id that are stored."""
    known = {requirement.id: requirement for requirement in (*stored, *requirements)}
    for table, requirement in zip(tables, requirements, strict=True):
        for other in filter(None, requirement.other_requirements):
            if other not in known:
                _note_unknown(table, _key(requirement, other), other, known)
        circle = circle_from(requirement.id, known)
        if circle:
            key = _key(requirement, circle[1])
            table.note(key, f"it depends on itself: {' → '.join(circle)}", "Take one of these links away")


def circle_from(start: str, known: Mapping[str, Requirement]) -> tuple[str, ...]:
    """The way from a requirement over those it depends on back to itself; empty if there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = set()
    while ways:
        way = ways.pop(0)
        for other in known[way[-1]].other_requirements if way[-1] in known else ():
            if other == start:
                return (*way, other)
            if other not in seen:
                seen.add(other)
                ways.append((*way, other))
    return ()


def in_order(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Those that others depend on first. ValueError where they depend on each other: import refuses that."""
    known = {requirement.id: requirement for requirement in requirements}
    ordered: dict[str, Requirement] = {}
    waiting = dict(known)
    while waiting:
        free = [one for one in waiting.values() if not any(other in waiting for other in one.other_requirements)]
        if not free:
            raise ValueError(f"requirements depend on each other: {', '.join(sorted(waiting))}")
        for requirement in free:
            ordered[requirement.id] = waiting.pop(requirement.id)
    return list(ordered.values())


def _key(requirement: Requirement, other: str) -> str:
    return "requires" if other in requirement.requires else "follow_up.of"


def _note_unknown(table: TomlTable, key: str, other: str, known: Collection[str]) -> None:
    meant = get_close_matches(other, [one for one in known if one], n=1)
    hint = f'Did you mean "{meant[0]}"?' if meant else "Put it in the same file, or import it first"
    table.note(key, f'no requirement is called "{other}", in this file or before', hint)
