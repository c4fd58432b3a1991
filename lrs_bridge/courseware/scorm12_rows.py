"""The two tables of a SCORM 1.2 CMI, interactions and objectives: what changed in them, in the words of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from lrs_bridge.courseware.cmi_rows import Row, rows
from lrs_bridge.courseware.cmi_values import decimal
from lrs_bridge.courseware.scorm12_values import timespan
from lrs_bridge.domain.runtime_events import Event, EventKind, Interaction, Score

SUCCESS: Final = {"correct": True, "wrong": False}
TRUE_FALSE: Final = {"t": "true", "1": "true", "f": "false", "0": "false"}
# In 1.2 a list is written with commas, a set may stand in braces, and a match has a period (RTE 1.2, 3.4.7).
LISTS: Final = frozenset({"choice", "sequencing", "matching", "performance"})


def answers(before: Mapping[str, str], after: Mapping[str, str], at: datetime) -> Iterator[Event]:
    """One event for each interaction that is new or changed and holds an answer."""
    old = rows(before, "interactions")
    for index, row in rows(after, "interactions").items():
        answered = "id" in row and (row.get("student_response") or row.get("result"))
        if answered and row != old.get(index):
            yield Event(EventKind.RESPONDED, at, key=str(index), interaction=_interaction(row))


def comments(before: Mapping[str, str], after: Mapping[str, str], at: datetime) -> Iterator[Event]:
    """What was added: in 1.2 each comment is appended to the ones before (RTE 1.2, cmi.comments)."""
    added = after.get("cmi.comments", "").removeprefix(before.get("cmi.comments", ""))
    if added:
        yield Event(EventKind.COMMENTED, at, comment=added)


def _interaction(row: Row) -> Interaction:
    kind = row.get("type", "")
    patterns = [value for name, value in sorted(row.items()) if name.startswith("correct_responses.") and value]
    result = row.get("result", "")
    return Interaction(
        id=row["id"],
        # SCORM 1.2 has no "other"; a course that names no type gets xAPI's
        type=kind or "other",
        response=as_xapi_response(kind, row.get("student_response", "")),
        correct=tuple(as_xapi_response(kind, pattern) for pattern in patterns),
        success=SUCCESS.get(result),
        raw_result=decimal(result),
        latency=timespan(row.get("latency", "")),
    )


def as_xapi_response(kind: str, text: str) -> str:
    """A response of SCORM 1.2 in the format that xAPI gives its interaction type (xAPI Data, appendix C)."""
    if kind == "true-false":
        return TRUE_FALSE.get(text[:1].lower(), text)
    if kind not in LISTS:
        return text
    items = [item.strip() for item in text.strip("{} ").split(",")]
    if kind in {"matching", "performance"}:
        items = [item.replace(".", "[.]", 1) for item in items]
    return "[,]".join(items)


def objective_changes(before: Mapping[str, str], after: Mapping[str, str], at: datetime) -> Iterator[Event]:
    """Score and status of each objective that changed. A passed objective stays passed within the attempt."""
    old = {row["id"]: row for row in rows(before, "objectives").values() if "id" in row}
    for index, row in rows(after, "objectives").items():
        if "id" in row:
            yield from _objective_events(f"{index}:{row['id']}", old.get(row["id"], {}), row, at)


def _objective_events(key: str, old: Row, new: Row, at: datetime) -> Iterator[Event]:
    name, score = new["id"], score_of(new, "score.")
    if score and score != score_of(old, "score."):
        yield Event(EventKind.SCORED, at, key=key, score=score, objective=name)
    status = new.get("status", "")
    if status == old.get("status", "") or old.get("status") == "passed":
        return
    if status in {"passed", "failed"}:
        success = status == "passed"
        yield Event(EventKind(status), at, key=key, score=score, success=success, objective=name)
    elif status == "completed":
        yield Event(EventKind.COMPLETED, at, key=key, score=score, completion=True, objective=name)


def score_of(values: Mapping[str, str], prefix: str) -> Score | None:
    """The score at ``prefix`` with its scaled form, or None where no raw score was set.

    In 1.2 a raw score is normalised to 0…100 (RTE 1.2, cmi.core.score.raw), so that without a maximum it is a
    percentage. Limits that contradict the raw score are left out: xAPI allows none such (xAPI Data 2.4.5.1).
    """
    raw, low, high = (decimal(values.get(f"{prefix}{part}", "")) for part in ("raw", "min", "max"))
    if raw is None:
        return None
    floor, ceiling = 0.0 if low is None else low, 100.0 if high is None else high
    if not floor <= raw <= ceiling or floor >= ceiling:
        return Score(scaled=round(raw / 100, 4), raw=raw)
    return Score(scaled=round((raw - floor) / (ceiling - floor), 4), raw=raw, min=low, max=high)
