"""SCORM 2004 run time: the CMI a session starts with, and what each commit of it changes (RTE 4.2 of the 4th edition).

Pure; the same functions as scorm12_runtime. Completion and success are two statuses here, and neither is ever taken
back within an attempt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from lrs_bridge.courseware import runtime_sessions
from lrs_bridge.courseware.attempt_state import AttemptState, Learner
from lrs_bridge.courseware.cmi_values import decimal
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.runtime_sessions import Cmi, Model, is_news
from lrs_bridge.courseware.scorm2004_rows import answers, comments, objective_changes, score_of
from lrs_bridge.courseware.scorm2004_values import as_duration, believed, duration
from lrs_bridge.courseware.scorm2004_verdict import UNKNOWN, Claim, completion_of, success_of, words
from lrs_bridge.domain.runtime_events import Event, EventKind, Score

COMPLETION: Final = "cmi.completion_status"
SUCCESS: Final = "cmi.success_status"
PROGRESS: Final = "cmi.progress_measure"
EXIT: Final = "cmi.exit"
SESSION_TIME: Final = "cmi.session_time"
REQUEST: Final = "adl.nav.request"
ITS_OWN: Final = frozenset({EXIT, SESSION_TIME, REQUEST})
"""Elements of one session that the next does not start with."""
PROVES: Final = re.compile(
    r"cmi\.(completion_status|success_status|progress_measure|score\..+|interactions\..+|objectives\..+)"
)


def first_cmi(unit: LaunchableUnit, learner: Learner, previous: AttemptState | None = None) -> dict[str, str]:
    """The elements that the API adapter is loaded with, flat.

    A session that was suspended, or whose window was lost, goes on with everything it left; any other is a new attempt
    and starts empty (RTE 4.2.8, cmi.entry).
    """
    state, _ = close_stale(previous or AttemptState(), unit)
    return {
        "cmi.learner_id": learner.id,
        "cmi.learner_name": f"{learner.family_name}, {learner.given_name}",
        "cmi.credit": "credit",
        "cmi.mode": "normal",
        "cmi.entry": "resume" if state.suspended else "ab-initio",
        "cmi.total_time": as_duration(state.total_seconds if state.suspended else 0),
        **_unit_terms(unit),
        **_carried_over(state),
    }


def _unit_terms(unit: LaunchableUnit) -> dict[str, str]:
    passing, threshold = unit.mastery_score, unit.completion_threshold
    terms = {
        "cmi.launch_data": unit.launch_data,
        "cmi.scaled_passing_score": "" if passing is None else f"{passing:g}",
        "cmi.completion_threshold": "" if threshold is None else f"{threshold:g}",
        "cmi.max_time_allowed": unit.max_time_allowed,
        "cmi.time_limit_action": unit.time_limit_action,
    }
    return {name: value for name, value in terms.items() if value}


def _carried_over(state: AttemptState) -> dict[str, str]:
    return {name: value for name, value in state.cmi.items() if name not in ITS_OWN} if state.suspended else {}


def commit(
    previous: AttemptState,
    cmi: Mapping[str, Any],
    *,
    final: bool,
    at: datetime,
    unit: LaunchableUnit,
    launch: str,
    sequence: int,
) -> tuple[AttemptState, list[Event]]:
    """See runtime_sessions.commit; ``final`` is Terminate."""
    return runtime_sessions.commit(
        MODEL, previous, cmi, final=final, at=at, unit=unit, launch=launch, sequence=sequence
    )


def close_stale(state: AttemptState, unit: LaunchableUnit) -> tuple[AttemptState, list[Event]]:
    """See runtime_sessions.close_stale."""
    return runtime_sessions.close_stale(MODEL, state, unit)


def proof_only(cmi: Mapping[str, Any]) -> dict[str, str]:
    """See runtime_sessions.proof_only."""
    return runtime_sessions.proof_only(MODEL, cmi)


def status_of(state: AttemptState) -> str:
    """One word for the table of contents."""
    if state.success is not None:
        return "passed" if state.success else "failed"
    if state.completed:
        return "completed"
    return "incomplete" if state.begun else "not attempted"


def _suspends(cmi: Cmi) -> bool:
    """Suspending the whole course suspends its current unit, whatever the exit of that (SN, TB.2.3)."""
    return cmi.get(EXIT) == "suspend" or cmi.get(REQUEST) == "suspendAll"


def _score(cmi: Cmi) -> Score | None:
    return score_of(cmi, "cmi.score.")


def _told(before: Cmi, after: Cmi, at: datetime) -> list[Event]:
    """Answers, objectives, comments, score and progress: what stands in the CMI and was not there before."""
    events = [*answers(before, after, at), *objective_changes(before, after, at), *comments(before, after, at)]
    score, progress = _score(after), after.get(PROGRESS)
    if score and score != _score(before):
        events.append(Event(EventKind.SCORED, at, score=score))
    if progress and progress != before.get(PROGRESS):
        events.append(Event(EventKind.PROGRESSED, at, score=Score(scaled=decimal(progress))))
    return events


def _claim(cmi: Cmi, *, ended: bool) -> Claim:
    return Claim(
        completion=cmi.get(COMPLETION, UNKNOWN),
        success=cmi.get(SUCCESS, UNKNOWN),
        scaled=decimal(cmi.get("cmi.score.scaled", "")),
        progress=decimal(cmi.get(PROGRESS, "")),
        suspends=_suspends(cmi),
        ended=ended,
    )


def _judge(state: AttemptState, unit: LaunchableUnit, at: datetime, ended: bool) -> tuple[AttemptState, list[Event]]:
    claim = _claim(state.cmi, ended=ended)
    completion = completion_of(claim, unit)
    success = success_of(claim, unit, completion)
    passed, failed = success == "passed", success == "failed" and state.success is not True
    told = (passed or failed) and is_news(state, claim.scaled, success=passed)
    after = replace(
        state,
        completed=state.completed or completion == "completed",
        success=True if passed else False if failed else state.success,
        verdict_raw=claim.scaled if told else state.verdict_raw,
        notes=(*state.notes, *words(claim, unit, completion, success), *_kept(state, completion, success)),
    )
    score = _score(after.cmi)
    events = []
    if after.completed and not state.completed:
        # no success: that is what passed and failed say, and voiding those must leave nothing behind that says it too
        events.append(Event(EventKind.COMPLETED, at, score=score, completion=True))
    if told:
        kind = EventKind.PASSED if passed else EventKind.FAILED
        events.append(Event(kind, at, score=score, completion=after.completed or None, success=passed))
    return after, events


def _kept(before: AttemptState, completion: str, success: str) -> list[str]:
    """Words about what is not taken back."""
    found = []
    if before.success is True and success == "failed":
        found.append("The course now comes to failed; the attempt was passed before, and stays passed")
    if before.completed and completion == "incomplete":
        found.append("The course now comes to incomplete; the attempt was completed before, and stays completed")
    return found


MODEL: Final = Model(
    believed=believed,
    proves=PROVES,
    cut_off=MappingProxyType({EXIT: "suspend"}),
    suspends=_suspends,
    session_time=lambda cmi: duration(cmi.get(SESSION_TIME, "")),
    score=_score,
    told=_told,
    judge=_judge,
    carried_over=_carried_over,
    left_for_good=lambda _cmi: True,
)
