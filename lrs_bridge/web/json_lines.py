"""Where a JSON Pointer leads in the text that people read: the line, as orjson indents."""

from __future__ import annotations

from typing import Any

import orjson


def indented(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def line_of(value: Any, pointer: str) -> int | None:
    """The line of ``indented(value)`` that ``pointer`` names, counted from 1; of what is missing, its parent's."""
    line, here = 1, value
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        before = _children_before(here, key)
        if before is None:
            break
        line += 1 + sum(map(_height, before))
        here = here[key] if isinstance(here, dict) else here[int(key)]
    return line if pointer.startswith("/") else None


def _children_before(value: Any, key: str) -> list[Any] | None:
    """What stands before ``key`` in an object or array; None where it is not there."""
    if isinstance(value, dict) and key in value:
        return list(value.values())[: list(value).index(key)]
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return value[: int(key)]
    return None


def _height(value: Any) -> int:
    """Lines that a value takes."""
    if isinstance(value, dict | list) and value:
        children = value.values() if isinstance(value, dict) else value
        return 2 + sum(map(_height, children))
    return 1
