"""Reading a TOML table key by key: every fault is noted with its place, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Final, TypeGuard, TypeVar

from lrs_bridge.errors import Problem

T = TypeVar("T")
REQUIRED: Final = object()


def is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    return is_whole(value) or isinstance(value, float)


def is_day(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)


def is_retake(value: object) -> TypeGuard[bool | date]:
    return isinstance(value, bool) or is_day(value)


def is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and bool(value) and all(is_text(one) for one in value)


def is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


_WORDS: Mapping[Callable[[object], bool], tuple[str, str]] = {
    is_text: ("text that is not empty", '"text"'),
    is_whole: ("a whole number", "12"),
    is_number: ("a number", "0.8"),
    is_day: ("a date", "2026-03-31, without quotes or time"),
    is_retake: ("true, false or a date", "2026-09-30, without quotes"),
    is_texts: ("a list of texts, at least one", '["…", "…"]'),
    is_table: ("a table", "{ … }"),
}
_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list of something else",
    dict: "a table",
    datetime: "a date with a time",
    date: "a date",
}


def kind_of(value: object) -> str:
    """What somebody wrote, in words."""
    return "empty text" if value == "" else _KINDS.get(type(value), "something else")


@dataclass(slots=True)
class TomlTable:
    """One table, where it stands, and the list on which all tables of a file note what is wrong.

    A key that was asked for counts as known; `close` notes the rest.
    """

    values: Mapping[str, Any]
    source: str
    path: str
    problems: list[Problem]
    _known: list[str] = field(default_factory=list)

    def note(self, key: str, reason: str, remedy: str) -> None:
        """``key`` may be empty: the table itself is wrong."""
        where = ".".join(part for part in (self.path, key) if part)
        self.problems.append(Problem(f"{self.source}: {where}", reason, remedy))

    def has(self, key: str) -> bool:
        self._known.append(key)
        return key in self.values

    def read(self, key: str, is_kind: Callable[[object], TypeGuard[T]], default: Any = REQUIRED) -> Any:
        """The value if it is of the kind, else the default, with a note unless the key is only absent."""
        if not self.has(key):
            if default is REQUIRED:
                words, example = _WORDS[is_kind]
                self.note(key, f"{key} is not given", f"Give {words}: {key} = {example}")
            return None if default is REQUIRED else default
        value = self.values[key]
        if is_kind(value):
            return value
        words, example = _WORDS[is_kind]
        self.note(key, f"{key} must be {words}, not {kind_of(value)}", f"Write {key} = {example}")
        return None if default is REQUIRED else default

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self.read(key, is_texts, ()))

    def whole(self, key: str, default: Any = REQUIRED, *, least: int = 0, most: int = 3660) -> Any:
        value = self.read(key, is_whole, default)
        if value is None or least <= value <= most:
            return value
        self.note(key, f"{key} is {value}", f"Give a whole number from {least} to {most}")
        return None if default is REQUIRED else default

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> Any:
        value = self.read(key, is_text, default)
        if value in choices:
            return value
        meant = get_close_matches(value, choices, n=1)
        hint = f'Did you mean "{meant[0]}"? ' if meant else ""
        self.note(key, f'{key} is "{value}"', f"{hint}It can be {', '.join(choices)}")
        return default

    def table(self, key: str) -> TomlTable | None:
        value = self.read(key, is_table, None)
        return None if value is None else self.inner(key, value)

    def tables(self, key: str, example: str) -> list[TomlTable]:
        """A list of tables; one table alone is a list of one."""
        if not self.has(key):
            return []
        value = self.values[key]
        if is_table(value):
            return [self.inner(key, value)]
        if not isinstance(value, list) or not value or not all(is_table(one) for one in value):
            found = "an empty list" if value == [] else kind_of(value)
            self.note(key, f"{key} must be a table or a list of tables, not {found}", f"Write {example}")
            return []
        return [self.inner(f"{key}[{number}]", one) for number, one in enumerate(value)]

    def inner(self, key: str, values: Mapping[str, Any]) -> TomlTable:
        path = ".".join(part for part in (self.path, key) if part)
        return TomlTable(values, self.source, path, self.problems)

    def close(self) -> None:
        """Note every key that nobody asked for: it would be ignored, and its author believes otherwise."""
        for key in self.values:
            if key not in self._known:
                meant = get_close_matches(key, self._known, n=1)
                known = ", ".join(sorted(set(self._known)))
                self.note(key, f"{key} is not a known key", f"Did you mean {meant[0]}?" if meant else f"Known: {known}")
