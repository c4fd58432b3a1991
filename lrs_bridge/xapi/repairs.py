"""What a ``compat`` credential may send although it is invalid, because repairing it changes no meaning.

Grown from traffic of real systems only. Moodle's logstore_xapi writes ``"response": null`` for a question that was
not answered: a null says no more than a property that is not there (xAPI Data 2.2 allows neither to mean anything).
"""

from __future__ import annotations

from typing import Any

from lrs_bridge.errors import Problem
from lrs_bridge.xapi.faults import FORMAT, MOST, pointer


def repair_statement(statement: dict[str, Any], *, place: str = "") -> tuple[dict[str, Any], list[Problem]]:
    """The statement without nulls outside extensions, and a warning for each (up to ``MOST``); the original stays.

    Nulls in lists stay: to drop one would move its neighbours. Meant for a statement that ``validate_statement``
    refused; the result has to be validated again.
    """
    repairs: list[Problem] = []
    repaired = _without_nulls(statement, place, repairs)
    if len(repairs) > MOST:
        reason = f"more nulls were dropped; only the first {MOST:,} are listed"
        repairs[MOST:] = [Problem(place, reason, clause=FORMAT, severity="warning")]
    return repaired, repairs


def _without_nulls(value: Any, place: str, repairs: list[Problem]) -> Any:
    if type(value) is list:
        return [_without_nulls(item, place + pointer(index), repairs) for index, item in enumerate(value)]
    if type(value) is not dict:
        return value
    kept: dict[str, Any] = {}
    for name, item in value.items():
        if item is None and len(repairs) > MOST:
            continue
        if item is None:
            reason = "null is allowed in extensions only, so this property was dropped"
            repairs.append(Problem(place + pointer(name), reason, clause=FORMAT, severity="warning"))
        elif name == "extensions":
            kept[name] = item
        else:
            kept[name] = _without_nulls(item, place + pointer(name), repairs)
    return kept
