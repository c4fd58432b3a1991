"""The tables of a CMI, interactions and objectives, as rows; the same in every edition of SCORM."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

ROW: Final = re.compile(r"cmi\.(interactions|objectives|comments_from_learner)\.(\d+)\.(.+)")
Row = dict[str, str]


def rows(cmi: Mapping[str, str], table: str) -> dict[int, Row]:
    """The rows of ``interactions`` or ``objectives`` by their index, in order."""
    found: dict[int, Row] = {}
    for element, value in cmi.items():
        match = ROW.fullmatch(element)
        if match and match[1] == table:
            found.setdefault(int(match[2]), {})[match[3]] = value
    return dict(sorted(found.items()))


def merged(before: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """``before`` with ``changes``. A row whose id is said again is said whole: nothing of the old row stays in it."""
    restated = {element.removesuffix("id") for element in changes if ROW.fullmatch(element) and _is_row_id(element)}
    kept = {element: value for element, value in before.items() if _row_prefix(element) not in restated}
    return kept | dict(changes)


def _is_row_id(element: str) -> bool:
    return element.count(".") == 3 and element.endswith(".id")


def _row_prefix(element: str) -> str:
    return ".".join(element.split(".", 3)[:3]) + "."
