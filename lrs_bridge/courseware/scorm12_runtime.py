"""SCORM 1.2 run time: the CMI a session starts with, and what each commit of it changes (RTE 1.2, chapter 3.4).

Pure: ``first_cmi`` for the player, ``commit`` for what comes back, ``close_stale`` for a session that never said
LMSFinish. A verdict is never taken back within an attempt: passed stays passed, completed stays completed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Self

from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.scorm12_rows import answers, merged, objective_changes, score_of
from lrs_bridge.courseware.scorm12_values import FINISHED, as_timespan, believed, decimal, timespan
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


@dataclass(frozen=True, slots=True)
class Learner:
    """As the launch knows them; what a body says about identity is never read."""

    id: str
    family_name: str
    given_name: str


@dataclass(frozen=True, slots=True)
class AttemptState:
    """What the runtime keeps of an attempt between commits.

    ``launch`` and ``sequence`` name the last commit applied; ``open`` is true between the first commit of a session
    and its LMSFinish. ``total_seconds`` counts closed sessions only. ``verdict_raw`` is the raw score that the last
    verdict was said with. ``notes`` are the words about the last commit: what was ignored or decided, and why.
    """

    launch: str = ""
    sequence: int = 0
    open: bool = False
    suspended: bool = False
    completed: bool = False
    success: bool | None = None
    verdict_raw: float | None = None
    total_seconds: float = 0.0
    last_at: datetime | None = None
    cmi: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__slots__}
        when = self.last_at.isoformat() if self.last_at else None
        return plain | {"last_at": when, "cmi": dict(self.cmi), "notes": list(self.notes)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        when = stored["last_at"]
        return cls(
            **{
                **stored,
                "last_at": datetime.fromisoformat(when) if when else None,
                "cmi": MappingProxyType(dict(stored["cmi"])),
                "notes": tuple(stored["notes"]),
            }
        )

    @property
    def begun(self) -> bool:
        return bool(self.launch)

    @property
    def goes_on(self) -> bool:
        """Whether the next session resumes this one: suspended, cut off, or left before it was finished."""
        return self.begun and (self.open or self.suspended or self.cmi.get(STATUS, UNTOUCHED) not in FINISHED)

    @property
    def score(self) -> Score | None:
        return score_of(self.cmi, "cmi.core.score.")


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


def _session_time(state: AttemptState) -> timedelta | None:
    return timespan(state.cmi.get(SESSION_TIME, ""))


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
    """The state after one commit, and what it changed, in order. ``cmi`` may be whole or hold changes only.

    ``final`` is LMSFinish. A commit that was applied already (same launch, no higher sequence) changes nothing.
    A ``launch`` other than the last begins a session; the caller knows the launches and passes none that is older than
    the last one (see ``proof_only``).
    """
    if launch == previous.launch and sequence <= previous.sequence:
        return replace(previous, notes=()), []
    changes, problems = believed(cmi)
    begun, events = _in_session(previous, launch, at, unit)
    after = _with_changes(begun, changes, sequence, at)
    after = replace(after, notes=tuple(str(problem) for problem in problems))
    events += _told(begun, after, at)
    after, verdicts = _judge(after, unit, at, ended=final)
    events += verdicts
    return (_ended(after), [*events, _end_event(after, at)]) if final else (after, events)


def close_stale(state: AttemptState, unit: LaunchableUnit) -> tuple[AttemptState, list[Event]]:
    """End a session that never said LMSFinish, as suspended at its last commit; its last verdict is kept."""
    if not state.open or state.last_at is None:
        return state, []
    left = replace(state, cmi=dict(state.cmi) | {EXIT: "suspend"}, notes=())
    left, events = _judge(left, unit, state.last_at, ended=True)
    events.append(_end_event(left, state.last_at))
    # the key tells these from the same kinds in the commit that finds the session stale
    return _ended(left), [replace(event, key=f"closed:{state.launch}") for event in events]


def proof_only(cmi: Mapping[str, Any]) -> dict[str, str]:
    """What to apply of a commit that arrives after a newer session has begun: its verdict, score and answers.

    Pass it to ``commit`` under the newer session's launch and next sequence: it can add a verdict and remove none.
    """
    return {element: value for element, value in believed(cmi)[0].items() if PROVES.fullmatch(element)}


def _in_session(
    previous: AttemptState, launch: str, at: datetime, unit: LaunchableUnit
) -> tuple[AttemptState, list[Event]]:
    """The session that the commit belongs to, begun if need be; one that was lost before it is closed first."""
    if previous.open and previous.launch == launch:
        return previous, []
    closed, events = close_stale(previous, unit)
    kind = EventKind.RESUMED if closed.suspended else EventKind.INITIALIZED
    begun = replace(closed, launch=launch, open=True, suspended=False, cmi=_carried_over(closed))
    return begun, [*events, Event(kind, at)]


def _with_changes(state: AttemptState, changes: Mapping[str, str], sequence: int, at: datetime) -> AttemptState:
    after = replace(state, sequence=sequence, last_at=at, cmi=merged(state.cmi, changes))
    before, now = _session_time(state), _session_time(after)
    if before and now and now < before:
        # the page was loaded anew within one launch, and the course began to count again
        return replace(after, total_seconds=round(after.total_seconds + before.total_seconds(), 2))
    return after


def _told(before: AttemptState, after: AttemptState, at: datetime) -> list[Event]:
    """Answers, objectives and score: what stands in the CMI and was not there before."""
    events = [*answers(before.cmi, after.cmi, at), *objective_changes(before.cmi, after.cmi, at)]
    if after.score and after.score != before.score:
        events.append(Event(EventKind.SCORED, at, score=after.score))
    return events


def _judge(state: AttemptState, unit: LaunchableUnit, at: datetime, *, ended: bool) -> tuple[AttemptState, list[Event]]:
    raw = decimal(state.cmi.get(RAW, ""))
    claim = Claim(state.cmi.get(STATUS, UNTOUCHED), raw, state.cmi.get(EXIT, ""), ended)
    mastery = mastery_of(unit)
    status = judged(claim, mastery)
    passed, failed = status == "passed", status == "failed" and state.success is not True
    after = replace(
        state,
        # passed implies completed in 1.2, where one element holds both
        completed=state.completed or passed or "completed" in {status, claim.status},
        success=True if passed else False if failed else state.success,
        verdict_raw=raw if (passed or failed) and _is_news(state, raw, success=passed) else state.verdict_raw,
        notes=(*state.notes, *words(claim, status, mastery, completed=state.completed, passed=state.success is True)),
    )
    if ended:  # until then the course's own word stands, for the mastery score to be weighed against
        after = replace(after, cmi=dict(after.cmi) | {STATUS: _lasting(after, status)})
    events = []
    if after.completed and not state.completed:
        # no success: that is what passed and failed say, and voiding those must leave nothing behind that says it too
        events.append(Event(EventKind.COMPLETED, at, score=after.score, completion=True))
    if (passed or failed) and _is_news(state, raw, success=passed):
        kind = EventKind.PASSED if passed else EventKind.FAILED
        events.append(Event(kind, at, score=after.score, completion=after.completed or None, success=passed))
    return after, events


def _is_news(before: AttemptState, raw: float | None, *, success: bool) -> bool:
    """A verdict is said when it changes, and again when its score has risen: a requirement may ask for more."""
    if before.success is not success:
        return True
    return raw is not None and (before.verdict_raw is None or raw > before.verdict_raw)


def _lasting(state: AttemptState, status: str) -> str:
    """The one word of 1.2 that the course finds at its next start."""
    if state.success is True:
        return "passed"
    return "completed" if state.completed and status != "failed" else status


def _end_event(state: AttemptState, at: datetime) -> Event:
    """Suspended or terminated, with the overall result (xAPI SCORM profile, 5.0)."""
    kind = EventKind.SUSPENDED if state.cmi.get(EXIT) == "suspend" else EventKind.TERMINATED
    return Event(kind, at, "", state.score, state.completed, state.success, _session_time(state))


def _ended(state: AttemptState) -> AttemptState:
    spent = _session_time(state) or timedelta()
    return replace(
        state,
        open=False,
        suspended=state.cmi.get(EXIT) == "suspend",
        total_seconds=round(state.total_seconds + spent.total_seconds(), 2),
    )
