"""SCORM 1.2 run time: the CMI a session starts with, and what each commit of it changes (RTE 1.2, chapter 3.4).

Pure: ``first_cmi`` for the player, ``commit`` for what comes back, ``close_stale`` for a session that never said
LMSFinish. A verdict is never taken back within an attempt: passed stays passed, completed stays completed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from lrs_bridge.courseware import runtime_sessions
from lrs_bridge.courseware.attempt_state import AttemptState, Learner
from lrs_bridge.courseware.cmi_values import decimal
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.runtime_sessions import Cmi, Model, is_news
from lrs_bridge.courseware.scorm12_rows import answers, comments, objective_changes, score_of
from lrs_bridge.courseware.scorm12_values import FINISHED, as_timespan, believed, timespan
from lrs_bridge.courseware.scorm12_verdict import UNTOUCHED, Claim, judged, mastery_of, words
from lrs_bridge.domain.runtime_events import Event, EventKind, Score

STATUS: Final = "cmi.core.lesson_status"
EXIT: Final = "cmi.core.exit"
SESSION_TIME: Final = "cmi.core.session_time"
RAW: Final = "cmi.core.score.raw"
# What a course left behind for its own next session; given back only to one that goes on (see first_cmi).
BOOKMARKS: Final = ("cmi.suspend_data", "cmi.core.lesson_location")
# A commit that comes after a newer session has begun may still prove something; that session's bookmark is not its own.
PROVES: Final = re.compile(r"cmi\.(core\.(lesson_status|score\..+)|interactions\..+|objectives\..+)")


def first_cmi(unit: LaunchableUnit, learner: Learner, previous: AttemptState | None = None) -> dict[str, str]:
    """The elements that the API adapter is loaded with, flat (``{"cmi.core.entry": "ab-initio", …}``).

    ``entry`` is ``resume`` only after an exit of ``suspend`` (RTE 1.2, cmi.core.entry), or when the window was lost
    before LMSFinish, which is not the learner's choice. Bookmarks are given back to every session that was not both
    finished and left for good: the standard ties them to no exit, and many courses never set one.
    """
    state, _ = close_stale(previous or AttemptState(), unit)
    kept = _carried_over(state)
    return {
        "cmi.core.student_id": learner.id,
        "cmi.core.student_name": f"{learner.family_name}, {learner.given_name}",
        "cmi.core.credit": "credit",
        "cmi.core.lesson_mode": "normal",
        "cmi.core.entry": _entry(state),
        STATUS: UNTOUCHED,
        "cmi.core.total_time": as_timespan(timedelta(seconds=state.total_seconds)),
        **_unit_terms(unit),
        # of an interaction only its id: the rest is write-only to the course (RTE 1.2, 3.4.7), which needs the count
        **{name: value for name, value in kept.items() if not re.match(r"cmi\.interactions\.\d+\.(?!id$)", name)},
    }


def _entry(state: AttemptState) -> str:
    if not state.begun:
        return "ab-initio"
    return "resume" if state.suspended else ""


def _unit_terms(unit: LaunchableUnit) -> dict[str, str]:
    mastery = mastery_of(unit)
    terms = {
        "cmi.launch_data": unit.launch_data,
        "cmi.student_data.mastery_score": "" if mastery is None else f"{mastery:g}",
        "cmi.student_data.max_time_allowed": unit.max_time_allowed,
        "cmi.student_data.time_limit_action": unit.time_limit_action,
    }
    return {name: value for name, value in terms.items() if value}


def _carried_over(state: AttemptState) -> dict[str, str]:
    """What of the last session the next one starts with; its exit and time are its own."""
    left_behind = {EXIT, SESSION_TIME} | (set() if state.goes_on else set(BOOKMARKS))
    return {name: value for name, value in state.cmi.items() if name not in left_behind}


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
    """See runtime_sessions.commit; ``final`` is LMSFinish."""
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
    word = state.cmi.get(STATUS, UNTOUCHED)
    return "incomplete" if word == "browsed" else word


def _told(before: Cmi, after: Cmi, at: datetime) -> list[Event]:
    """Answers, objectives, comments and score: what stands in the CMI and was not there before."""
    events = [*answers(before, after, at), *objective_changes(before, after, at), *comments(before, after, at)]
    score = _score(after)
    if score and score != _score(before):
        events.append(Event(EventKind.SCORED, at, score=score))
    return events


def _score(cmi: Cmi) -> Score | None:
    return score_of(cmi, "cmi.core.score.")


def _judge(state: AttemptState, unit: LaunchableUnit, at: datetime, ended: bool) -> tuple[AttemptState, list[Event]]:
    raw = decimal(state.cmi.get(RAW, ""))
    claim = Claim(state.cmi.get(STATUS, UNTOUCHED), raw, state.cmi.get(EXIT, ""), ended)
    mastery = mastery_of(unit)
    status = judged(claim, mastery)
    passed, failed = status == "passed", status == "failed" and state.success is not True
    told = (passed or failed) and is_news(state, raw, success=passed)
    after = replace(
        state,
        # passed implies completed in 1.2, where one element holds both
        completed=state.completed or passed or "completed" in {status, claim.status},
        success=True if passed else False if failed else state.success,
        verdict_raw=raw if told else state.verdict_raw,
        notes=(*state.notes, *words(claim, status, mastery, completed=state.completed, passed=state.success is True)),
    )
    if ended:  # until then the course's own word stands, for the mastery score to be weighed against
        after = replace(after, cmi=dict(after.cmi) | {STATUS: _lasting(after, status)})
    score = _score(after.cmi)
    events = []
    if after.completed and not state.completed:
        # no success: that is what passed and failed say, and voiding those must leave nothing behind that says it too
        events.append(Event(EventKind.COMPLETED, at, score=score, completion=True))
    if told:
        kind = EventKind.PASSED if passed else EventKind.FAILED
        events.append(Event(kind, at, score=score, completion=after.completed or None, success=passed))
    return after, events


def _lasting(state: AttemptState, status: str) -> str:
    """The one word of 1.2 that the course finds at its next start."""
    if state.success is True:
        return "passed"
    return "completed" if state.completed and status != "failed" else status


MODEL: Final = Model(
    believed=believed,
    proves=PROVES,
    cut_off=MappingProxyType({EXIT: "suspend"}),
    suspends=lambda cmi: cmi.get(EXIT) == "suspend",
    session_time=lambda cmi: timespan(cmi.get(SESSION_TIME, "")),
    score=_score,
    told=_told,
    judge=_judge,
    carried_over=_carried_over,
    left_for_good=lambda cmi: cmi.get(STATUS, UNTOUCHED) in FINISHED,
)
