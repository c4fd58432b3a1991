"""From a statement to the LearningFact that it proves, if it proves any."""

from __future__ import annotations

from math import inf
from typing import Any
from uuid import UUID

from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.xapi import verbs
from lrs_bridge.xapi.cmi5_terms import is_allowed_only
from lrs_bridge.xapi.evidence_terms import evidence_kind, valid_until
from lrs_bridge.xapi.instants import parse_timestamp

_MOODLE_EVENT = "http://lrs.learninglocker.net/define/extensions/info"
# Moodle's logstore_xapi (5.0.1) says "completed" of the SCO whenever it reports a status or a raw score, "incomplete"
# and "failed" included, and does not say which. That something was reported proves that it was begun, and no more;
# the completion comes as a statement of its own about the module (view.php?id=N, without #sco), with completion true.
_REPORTS_ONLY = frozenset({"\\mod_scorm\\event\\status_submitted", "\\mod_scorm\\event\\scoreraw_submitted"})

# Its "uncompleted" is no fact and withdraws none. In all 9 cases of the captured traffic it stands right before the
# "completed" of the same learner, activity and second: Moodle reports its own first look ("incomplete") at a page that
# is just being done. Times are whole seconds, so nothing says which of the two came last once a batch is sent again.
# And a trainer who changes the completion settings of an activity makes Moodle say it of everybody. What is to be
# withdrawn is voided: that names the statement.
_WAIVED_REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"

# cmi5 "satisfied" is no fact: it says that a block is done because its units are, and those are facts already
_OUTCOME_OF = dict.fromkeys(verbs.STARTED, Outcome.STARTED) | {
    verbs.PASSED: Outcome.PASSED,
    verbs.MASTERED: Outcome.PASSED,
    verbs.FAILED: Outcome.FAILED,
    verbs.COMPLETED: Outcome.COMPLETED,
    verbs.WAIVED: Outcome.WAIVED,
}


def facts_of(statement: dict[str, Any]) -> LearningFact | None:
    """The fact of a valid, stamped statement about an Activity; None for every other statement."""
    verb_id, subject = statement["verb"]["id"], statement["object"]
    outcome = _OUTCOME_OF.get(verb_id)
    if outcome is None or subject.get("objectType", "Activity") != "Activity":
        return None
    stored = parse_timestamp(statement["stored"])
    happened = parse_timestamp(statement["timestamp"])
    if stored is None or happened is None:
        return None
    result, context = statement.get("result", {}), statement.get("context", {})
    if is_allowed_only(context):  # cmi5 7.1.3: such statements are no part of what satisfies a unit
        return None
    registration = context.get("registration")
    return LearningFact(
        statement_id=UUID(statement["id"]),
        activity=subject["id"],
        outcome=Outcome.STARTED if _only_reports(result, context) else _judged(verb_id, outcome, result),
        happened=happened,
        score_scaled=scaled_score(result.get("score", {})),
        recorded=stored,
        registration=UUID(registration) if registration else None,
        launched_mastery=_launched_mastery(context),
        never_evidence=_never_evidence(statement["actor"], context),
        waived_reason=_waived_reason(outcome, result),
        kind=evidence_kind(context),
        expires=valid_until(result),
    )


def _judged(verb_id: str, outcome: Outcome, result: dict[str, Any]) -> Outcome:
    """What verb and result say together.

    Moodle sends "completed" for a finished quiz and tells by ``success`` whether it was passed; the specification's
    own example (Data, appendix A) does so with "attempted". Where verb and result contradict each other, the less
    favourable counts.
    """
    success, completion = result.get("success"), result.get("completion")
    if outcome is Outcome.PASSED:
        return Outcome.FAILED if success is False else outcome
    if outcome is not Outcome.COMPLETED and verb_id != verbs.ATTEMPTED:
        return outcome
    if success is not None:
        return Outcome.PASSED if success else Outcome.FAILED
    if completion is None:
        return outcome
    return Outcome.COMPLETED if completion else Outcome.STARTED


def _only_reports(result: dict[str, Any], context: dict[str, Any]) -> bool:
    """Whether it is one of Moodle's reports from a SCO, and says neither success nor completion."""
    event = context.get("extensions", {}).get(_MOODLE_EVENT)
    name = event.get("event_name") if type(event) is dict else None
    return type(name) is str and name in _REPORTS_ONLY and "success" not in result and "completion" not in result


def scaled_score(score: dict[str, Any]) -> float | None:
    """A score from 0 to 1, or None.

    raw, min and max win over scaled: Moodle's logstore_xapi spreads 0 to 10 points over -1 to 1, so that 5 of 10
    points arrive as scaled 0, where everybody else (and a mastery of 0.8) means the share of the points.
    """
    raw, low, high = score.get("raw"), score.get("min"), score.get("max")
    if raw is not None and low is not None and high is not None:
        span = float(high) - float(low)
        if 0 < span < inf:  # numbers too close, or too far apart, for a double say nothing
            return min(1.0, max(0.0, (float(raw) - float(low)) / span))
    scaled = score.get("scaled")
    return None if scaled is None else float(scaled)


def _launched_mastery(context: dict[str, Any]) -> float | None:
    """cmi5 9.6.3.2; the value of an extension may be anything, and only a number from 0 to 1 is a mastery."""
    mastery = context.get("extensions", {}).get(verbs.MASTERY_SCORE)
    return float(mastery) if type(mastery) in (int, float) and 0 <= mastery <= 1 else None


def _waived_reason(outcome: Outcome, result: dict[str, Any]) -> str:
    """cmi5 9.5.5.2: why the LMS let it pass."""
    reason = result.get("extensions", {}).get(_WAIVED_REASON) if outcome is Outcome.WAIVED else None
    return reason if type(reason) is str else ""


def _never_evidence(actor: dict[str, Any], context: dict[str, Any]) -> str:
    if actor.get("objectType") == "Group":
        return "group"
    return "impersonated" if verbs.IMPERSONATED_BY in context.get("extensions", {}) else ""
