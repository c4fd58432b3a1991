"""The two tables of a SCORM 2004 CMI, interactions and objectives: what changed in them, in the words of events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from lrs_bridge.courseware.cmi_rows import Row, rows
from lrs_bridge.courseware.cmi_values import decimal
from lrs_bridge.courseware.scorm2004_values import duration
from lrs_bridge.domain.runtime_events import Event, EventKind, Interaction, Score

SUCCESS: Final = {"correct": True, "incorrect": False}
LANGUAGE: Final = re.compile(r"^\{lang=[^{}]*\}")


def answers(before: Mapping[str, str], after: Mapping[str, str], at: datetime) -> Iterator[Event]:
    """One event for each interaction that is new or changed and holds an answer."""
    old = rows(before, "interactions")
    for index, row in rows(after, "interactions").items():
        answered = "id" in row and (row.get("learner_response") or row.get("result"))
        if answered and row != old.get(index):
            yield Event(EventKind.RESPONDED, at, key=str(index), interaction=_interaction(row))


def comments(before: Mapping[str, str], after: Mapping[str, str], at: datetime) -> Iterator[Event]:
    old = rows(before, "comments_from_learner")
    for index, row in rows(after, "comments_from_learner").items():
        text = LANGUAGE.sub("", row.get("comment", ""))
        if text and row.get("comment") != old.get(index, {}).get("comment"):
            yield Event(EventKind.COMMENTED, at, key=str(index), comment=text)


def _interaction(row: Row) -> Interaction:
    """Responses and patterns are in the formats of xAPI already: those were taken from SCORM 2004."""
    result = row.get("result", "")
    patterns = [value for name, value in sorted(row.items()) if name.startswith("correct_responses.") and value]
    return Interaction(
        id=row["id"],
        type=row.get("type") or "other",
        response=row.get("learner_response", ""),
        correct=tuple(patterns),
        success=SUCCESS.get(result),
        raw_result=decimal(result),
        latency=duration(row.get("latency", "")),
        description=LANGUAGE.sub("", row.get("description", "")),
    )


def objective_changes(before: Mapping[str, str], after: Mapping[str, str], at: datetime) -> Iterator[Event]:
    """Score, success and completion of each objective that changed. A passed objective stays passed in the attempt."""
    old = {row["id"]: row for row in rows(before, "objectives").values() if "id" in row}
    for index, row in rows(after, "objectives").items():
        if "id" in row:
            yield from _objective_events(f"{index}:{row['id']}", old.get(row["id"], {}), row, at)


def _objective_events(key: str, old: Row, new: Row, at: datetime) -> Iterator[Event]:
    name, score = new["id"], score_of(new, "score.")
    if score and score != score_of(old, "score."):
        yield Event(EventKind.SCORED, at, key=key, score=score, objective=name)
    completion = new.get("completion_status")
    if completion == "completed" and old.get("completion_status") != completion:
        yield Event(EventKind.COMPLETED, at, key=key, score=score, completion=True, objective=name)
    success = new.get("success_status")
    if success in {"passed", "failed"} and old.get("success_status") not in {success, "passed"}:
        yield Event(EventKind(success), at, key=key, score=score, success=success == "passed", objective=name)


def score_of(values: Mapping[str, str], prefix: str) -> Score | None:
    """The score at ``prefix``; None where neither scaled nor raw was set. Scaled is the content's to say (RTE 4.2.21).

    Limits that contradict the raw score are left out: xAPI allows none such (xAPI Data 2.4.5.1).
    """
    scaled, raw, low, high = (decimal(values.get(prefix + part, "")) for part in ("scaled", "raw", "min", "max"))
    if scaled is None and raw is None:
        return None
    floor, ceiling = float("-inf") if low is None else low, float("inf") if high is None else high
    if floor >= ceiling or not (raw is None or floor <= raw <= ceiling):
        return Score(scaled=scaled, raw=raw)
    return Score(scaled=scaled, raw=raw, min=low, max=high)
