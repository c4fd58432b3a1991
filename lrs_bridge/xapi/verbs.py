"""The verbs and extensions that the bridge understands, by their IRIs."""

from __future__ import annotations

_ADL = "http://adlnet.gov/expapi/verbs/"
_ADL_W3ID = "https://w3id.org/xapi/adl/verbs/"
_STREAMS = "http://activitystrea.ms/schema/1.0/"

VOIDED = _ADL + "voided"

PASSED = _ADL + "passed"
MASTERED = _ADL + "mastered"
FAILED = _ADL + "failed"
COMPLETED = _ADL + "completed"
WAIVED = _ADL_W3ID + "waived"  # cmi5 9.3.7; no version of cmi5 has it under adlnet.gov
ATTEMPTED = _ADL + "attempted"
STARTED = frozenset(
    {ATTEMPTED, *(_ADL + name for name in ("initialized", "launched", "experienced", "resumed", "progressed"))}
    | {_STREAMS + "start"}
)

MASTERY_SCORE = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
IMPERSONATED_BY = "https://lrs-bridge.dev/xapi/extensions/impersonated-by"
"""Our own: somebody else acted under the learner's name, so the result proves nothing about the learner."""
