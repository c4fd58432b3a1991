"""Sessions of an attempt: commits applied in order, a session begun, ended or found lost, whatever the standard.

Pure. A standard says in a ``Model`` what its elements mean; what is never taken back, what a replay changes (nothing)
and how a lost window is closed is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from re import Pattern
from typing import Any

from lrs_bridge.courseware.attempt_state import AttemptState
from lrs_bridge.courseware.cmi_rows import merged
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.domain.runtime_events import Event, EventKind, Score
from lrs_bridge.errors import Problem

Cmi = Mapping[str, str]
Judge = Callable[[AttemptState, LaunchableUnit, datetime, bool], tuple[AttemptState, list[Event]]]


@dataclass(frozen=True, slots=True)
class Model:
    """A standard's run time.

    ``proves`` are the elements that count even when a newer session has begun. ``cut_off`` is what a session that was
    lost is ended with; ``told`` are the answers, objectives and scores that changed; ``judge`` weighs the status, told
    whether the session ends; ``carried_over`` is what the next session starts with; ``left_for_good`` whether the next
    launch is a new attempt.
    """

    believed: Callable[[Mapping[str, Any]], tuple[dict[str, str], tuple[Problem, ...]]]
    proves: Pattern[str]
    cut_off: Cmi
    suspends: Callable[[Cmi], bool]
    session_time: Callable[[Cmi], timedelta | None]
    score: Callable[[Cmi], Score | None]
    told: Callable[[Cmi, Cmi, datetime], list[Event]]
    judge: Judge
    carried_over: Callable[[AttemptState], dict[str, str]]
    left_for_good: Callable[[Cmi], bool]


def commit(  # noqa: PLR0913 - what a commit is made of
    model: Model,
    previous: AttemptState,
    cmi: Mapping[str, Any],
    *,
    final: bool,
    at: datetime,
    unit: LaunchableUnit,
    launch: str,
    sequence: int,
) -> tuple[AttemptState, list[Event]]:
    """The state after one commit, and what it changed, in order. ``cmi`` may be whole or hold changes only.

    ``final`` ends the session. A commit that was applied already (same launch, no higher sequence) changes nothing.
    A ``launch`` other than the last begins a session; the caller knows the launches and passes none that is older than
    the last one (see ``proof_only``).
    """
    if launch == previous.launch and sequence <= previous.sequence:
        return replace(previous, notes=()), []
    changes, problems = model.believed(cmi)
    begun, events = _in_session(model, previous, launch, at, unit)
    after = _with_changes(model, begun, changes, sequence, at)
    after = replace(after, notes=tuple(str(problem) for problem in problems))
    events += model.told(begun.cmi, after.cmi, at)
    after, verdicts = model.judge(after, unit, at, final)
    events += verdicts
    return (_ended(model, after), [*events, _end_event(model, after, at)]) if final else (after, events)


def close_stale(model: Model, state: AttemptState, unit: LaunchableUnit) -> tuple[AttemptState, list[Event]]:
    """End a session that was never ended, as suspended at its last commit; its last verdict is kept."""
    if not state.open or state.last_at is None:
        return state, []
    left = replace(state, cmi=dict(state.cmi) | dict(model.cut_off), notes=())
    left, events = model.judge(left, unit, state.last_at, True)
    events.append(_end_event(model, left, state.last_at))
    # the key tells these from the same kinds in the commit that finds the session stale
    return _ended(model, left), [replace(event, key=f"closed:{state.launch}") for event in events]


def proof_only(model: Model, cmi: Mapping[str, Any]) -> dict[str, str]:
    """What to apply of a commit that arrives after a newer session has begun: its verdict, score and answers.

    Pass it to ``commit`` under the newer session's launch and next sequence: it can add a verdict and remove none.
    """
    return {element: value for element, value in model.believed(cmi)[0].items() if model.proves.fullmatch(element)}


def is_news(before: AttemptState, score: float | None, *, success: bool) -> bool:
    """A verdict is said when it changes, and again when its score has risen: a requirement may ask for more."""
    if before.success is not success:
        return True
    return score is not None and (before.verdict_raw is None or score > before.verdict_raw)


def _in_session(
    model: Model, previous: AttemptState, launch: str, at: datetime, unit: LaunchableUnit
) -> tuple[AttemptState, list[Event]]:
    """The session that the commit belongs to, begun if need be; one that was lost before it is closed first."""
    if previous.open and previous.launch == launch:
        return previous, []
    closed, events = close_stale(model, previous, unit)
    kind = EventKind.RESUMED if closed.suspended else EventKind.INITIALIZED
    carried = model.carried_over(closed)
    begun = replace(closed, launch=launch, open=True, suspended=False, left=False, cmi=carried)
    return begun, [*events, Event(kind, at)]


def _with_changes(
    model: Model, state: AttemptState, changes: Mapping[str, str], sequence: int, at: datetime
) -> AttemptState:
    after = replace(state, sequence=sequence, last_at=at, cmi=merged(state.cmi, changes))
    before, now = model.session_time(state.cmi), model.session_time(after.cmi)
    if before and now and now < before:
        # the page was loaded anew within one launch, and the course began to count again
        return replace(after, total_seconds=round(after.total_seconds + before.total_seconds(), 2))
    return after


def _end_event(model: Model, state: AttemptState, at: datetime) -> Event:
    """Suspended or terminated, with the overall result (xAPI SCORM profile, 5.0)."""
    kind = EventKind.SUSPENDED if model.suspends(state.cmi) else EventKind.TERMINATED
    score, spent = model.score(state.cmi), model.session_time(state.cmi)
    return Event(kind, at, "", score, state.completed, state.success, spent)


def _ended(model: Model, state: AttemptState) -> AttemptState:
    spent = model.session_time(state.cmi) or timedelta()
    suspended = model.suspends(state.cmi)
    return replace(
        state,
        open=False,
        suspended=suspended,
        left=not suspended and model.left_for_good(state.cmi),
        total_seconds=round(state.total_seconds + spent.total_seconds(), 2),
    )
