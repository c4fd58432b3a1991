"""What one statement of an assignable unit must hold, whatever came before it (cmi5 9.1, 9.2, 9.4 to 9.7, 10.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import Problem
from lrs_bridge.xapi.cmi5_terms import (
    CMI5_CATEGORY,
    MASTERY_SCORE,
    MOVE_ON_CATEGORY,
    NAME_OF,
    PROGRESS,
    SESSION_ID,
    VERBS_OF_UNITS,
    SessionTerms,
    ids_in,
)
from lrs_bridge.xapi.verbs import VOIDED

Statement = dict[str, Any]
JUDGED = frozenset({"passed", "failed"})
WITH_DURATION = frozenset({"completed", "passed", "failed", "terminated"})
SUCCESS: Final = {"passed": True, "failed": False}
_UTC = re.compile(r"(?:[Zz]|\+00(?::?00)?)$")
_TEMPLATE = "Use the contextTemplate of LMS.LaunchData for the context of every statement"


def is_defined(statement: Statement) -> bool:
    """Whether it calls itself "cmi5 defined" (7.1.3)."""
    return CMI5_CATEGORY in ids_in(statement.get("context", {}), "category")


def verb_name(statement: Statement) -> str:
    """The name of a cmi5 verb; empty for any other."""
    return NAME_OF.get(statement["verb"]["id"], "")


def shape_problems(statement: Statement, terms: SessionTerms) -> Iterator[Problem]:
    """Where a valid statement breaks what cmi5 asks of it alone."""
    yield from _common(statement, terms)
    yield from _context(statement.get("context", {}), terms)
    if is_defined(statement):
        yield from _defined(statement, terms)
    elif MOVE_ON_CATEGORY in ids_in(statement.get("context", {}), "category"):
        reason = "holds the moveOn category in a statement that is not cmi5 defined"
        yield Problem("/context/contextActivities/category", reason, "Leave it out", "cmi5 9.6.2.2")


def _common(statement: Statement, terms: SessionTerms) -> Iterator[Problem]:
    if "id" not in statement:
        yield Problem("/id", "is missing", "Give each statement a UUID", "cmi5 9.1")
    if ActorKey.of_actor(statement["actor"]) != terms.actor_key or statement["actor"].get("objectType") == "Group":
        yield Problem("/actor", "is not the learner of this session", "Use the actor of the launch URL", "cmi5 9.2")
    if statement["verb"]["id"] == VOIDED:
        yield Problem("/verb/id", "voids a statement, which no unit may do", "Leave that to the LMS", "cmi5 6.3")
    if "timestamp" not in statement:
        yield Problem("/timestamp", "is missing", "Say when it happened, in UTC", "cmi5 9.7")
    elif not _UTC.search(statement["timestamp"]):
        reason = f"is {statement['timestamp']}, which is not in UTC"
        yield Problem("/timestamp", reason, "Write it in UTC: 2026-03-31T09:30:00.000Z", "cmi5 9.7")


def _context(context: Statement, terms: SessionTerms) -> Iterator[Problem]:
    if str(context.get("registration", "")).lower() != str(terms.registration):
        reason = f"is not {terms.registration}, that of this session"
        yield Problem("/context/registration", reason, "Use the registration of the launch URL", "cmi5 9.6.1")
    if context.get("extensions", {}).get(SESSION_ID) != str(terms.session_id):
        yield Problem(f"/context/extensions/{_step(SESSION_ID)}", "is not this session's id", _TEMPLATE, "cmi5 9.6.3.1")
    if terms.publisher not in ids_in(context, "grouping"):
        reason = f"does not hold {terms.publisher}, the publisher's id of the unit"
        yield Problem("/context/contextActivities/grouping", reason, _TEMPLATE, "cmi5 9.6.2")


def _defined(statement: Statement, terms: SessionTerms) -> Iterator[Problem]:
    name = verb_name(statement)
    if name not in VERBS_OF_UNITS:
        what = "is the LMS's own" if name else "is none of cmi5"
        remedy = "Leave out the cmi5 category to use another verb"
        yield Problem("/verb/id", f"{statement['verb']['id']} {what}", remedy, "cmi5 7.1.3")
        return
    if terms.mode != "Normal" and name not in {"initialized", "terminated"}:
        reason = f"is {name}, but nothing of a unit in mode {terms.mode} counts"
        yield Problem("/verb/id", reason, "Send initialized and terminated only", "cmi5 10.2.2")
    yield from _object(statement["object"], terms)
    yield from _result(name, statement.get("result", {}))
    yield from _mastery(name, statement, terms)
    yield from _move_on(statement)


def _object(subject: Statement, terms: SessionTerms) -> Iterator[Problem]:
    if subject.get("objectType", "Activity") != "Activity" or subject.get("id") != terms.activity:
        reason = f"is not the unit, {terms.activity}"
        yield Problem("/object/id", reason, "Use the activityId of the launch URL", "cmi5 9.4")


def _result(name: str, result: Statement) -> Iterator[Problem]:
    yield from _flag("success", result, SUCCESS.get(name), "cmi5 9.5.2")
    yield from _flag("completion", result, True if name == "completed" else None, "cmi5 9.5.3")
    if name in WITH_DURATION and "duration" not in result:
        yield Problem("/result/duration", "is missing", f"A {name} statement says how long it took", "cmi5 9.5.4.1")
    if "score" in result:
        yield from _score(name, result["score"])
    progress = result.get("extensions", {}).get(PROGRESS, 0)
    if type(progress) is not int or not 0 <= progress <= 100:
        place = f"/result/extensions/{_step(PROGRESS)}"
        yield Problem(place, f"is {progress!r}", "Write a whole number from 0 to 100", "cmi5 9.5.5.1")


def _flag(member: str, result: Statement, wanted: bool | None, clause: str) -> Iterator[Problem]:
    place = f"/result/{member}"
    if wanted is None and member in result:
        yield Problem(place, "has no place with this verb", "Leave it out", clause)
    elif wanted is not None and result.get(member) is not wanted:
        yield Problem(place, f"must be {str(wanted).lower()} with this verb", "", clause)


def _score(name: str, score: Statement) -> Iterator[Problem]:
    if name not in JUDGED:
        yield Problem("/result/score", "has no place with this verb", "Leave it out", "cmi5 9.5.1")
    if not 0 <= score.get("scaled", 0) <= 1:
        yield Problem("/result/score/scaled", f"is {score['scaled']}", "Write a number from 0 to 1", "cmi5 9.5.1")
    if "raw" in score and not {"min", "max"} <= score.keys():
        yield Problem("/result/score/raw", "stands without min and max", "Give all three", "cmi5 9.5.1")


def _mastery(name: str, statement: Statement, terms: SessionTerms) -> Iterator[Problem]:
    if name not in JUDGED:
        return
    scaled = statement.get("result", {}).get("score", {}).get("scaled")
    extensions = statement.get("context", {}).get("extensions", {})
    if terms.mastery is not None and scaled is not None:
        if (scaled >= terms.mastery) is not (name == "passed"):
            reason = f"is {scaled}, but the unit is {name}, and its masteryScore is {terms.mastery}"
            clause = "cmi5 9.3.4" if name == "passed" else "cmi5 9.3.5"
            yield Problem("/result/score/scaled", reason, "Judge by the masteryScore of LMS.LaunchData", clause)
        if MASTERY_SCORE not in extensions:
            yield _wrong_mastery("is missing", terms)
    if MASTERY_SCORE in extensions and extensions[MASTERY_SCORE] != terms.mastery:
        yield _wrong_mastery(f"is {extensions[MASTERY_SCORE]!r}", terms)


def _wrong_mastery(reason: str, terms: SessionTerms) -> Problem:
    wanted = "Leave it out: the launch has none" if terms.mastery is None else f"Write {terms.mastery}, as launched"
    return Problem(f"/context/extensions/{_step(MASTERY_SCORE)}", reason, wanted, "cmi5 9.6.3.2")


def _move_on(statement: Statement) -> Iterator[Problem]:
    result = statement.get("result", {})
    wanted = "success" in result or "completion" in result
    there = MOVE_ON_CATEGORY in ids_in(statement["context"], "category")
    if wanted is not there:
        reason = "lacks the moveOn category" if wanted else "holds the moveOn category without success or completion"
        yield Problem("/context/contextActivities/category", reason, "", "cmi5 9.6.2.2")


def _step(name: str) -> str:
    """A member's name in a JSON Pointer (RFC 6901 3)."""
    return name.replace("~", "~0").replace("/", "~1")
