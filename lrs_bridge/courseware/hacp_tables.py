"""The tables of HACP, PutInteractions and PutObjectives, as rows of a SCORM 1.2 CMI (AICC CMI001 4.0, 6.4 and 5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from lrs_bridge.courseware.aicc_tables import Row, table
from lrs_bridge.courseware.cmi_rows import rows
from lrs_bridge.courseware.cmi_values import ROWS_LIMIT
from lrs_bridge.courseware.hacp_groups import Taken, as_time, take_objectives
from lrs_bridge.courseware.scorm12_values import believed
from lrs_bridge.errors import PackageRefused

TYPES: Final = {
    "c": "choice",
    "t": "true-false",
    "f": "fill-in",
    "m": "matching",
    "p": "performance",
    "l": "likert",
    "s": "sequencing",
    "n": "numeric",
}
RESULTS: Final = {"c": "correct", "w": "wrong", "u": "unanticipated", "n": "neutral"}
TIME_OF_DAY: Final = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?", re.ASCII)


def taken_interactions(text: str, known: Mapping[str, str]) -> Taken:
    """Each row that is not in the attempt's CMI already, behind those that are: what is sent twice counts once."""
    found = Taken()
    held = rows(known, "interactions")
    seen = {frozenset(row.items()) for row in held.values()}
    free = max(held, default=-1) + 1
    for row in _rows(text, "interaction_id", found):
        told, problems = believed({f"interactions.0.{name}": value for name, value in _interaction(row).items()})
        plain = {element.removeprefix("cmi.interactions.0."): value for element, value in told.items()}
        found.notes += [f"{row.place}: {problem.reason}" for problem in problems]
        if "id" in plain and frozenset(plain.items()) not in seen:
            seen.add(frozenset(plain.items()))
            found.cmi |= {f"cmi.interactions.{free}.{name}": value for name, value in plain.items()}
            free += 1
    return found


def taken_objectives(text: str, known: Mapping[str, str]) -> Taken:
    found = Taken()
    told = [(row["objective_id"], row["score"], row["status"]) for row in _rows(text, "objective_id", found)]
    take_objectives(iter(told), found, known)
    return found


def _rows(text: str, needed: str, found: Taken) -> Iterator[Row]:
    try:
        told = list(islice(table(text, "row"), ROWS_LIMIT))
    except PackageRefused as error:
        found.notes.append(f"The table could not be read: {error.problems[0].reason}")
        return
    if told and needed not in told[0].cells:
        found.notes.append(f"The table has no column {needed}; nothing of it was taken")
        return
    yield from told


def _interaction(row: Row) -> dict[str, str]:
    result = row["result"]
    told = {
        "id": row["interaction_id"],
        "time": row["time"][:11] if TIME_OF_DAY.fullmatch(row["time"]) else "",
        "type": TYPES.get((row["type_interaction"] or row["type"])[:1].lower(), ""),
        "objectives.0.id": row["objective_id"],
        "correct_responses.0.pattern": row["correct_response"],
        "student_response": row["student_response"],
        "result": RESULTS.get(result[:1].lower(), result),
        "weighting": row["weighting"],
        "latency": as_time(row["latency"]) or row["latency"],
    }
    return {name: value for name, value in told.items() if value}
