"""Evidence that somebody recorded as a statement, and its withdrawal as the statement that voids it. Beside
`drafts`, the one module that uses ``tincan``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid5

import tincan

from lrs_bridge.domain.evidence import Evidence
from lrs_bridge.domain.facts import Outcome
from lrs_bridge.domain.verdicts import grades_as_json
from lrs_bridge.xapi import evidence_terms, verbs
from lrs_bridge.xapi.drafts import VERBS, duration_text, instant_text

_SUCCESS: Final[Mapping[Outcome, bool]] = {Outcome.PASSED: True, Outcome.FAILED: False}
Actor = Mapping[str, Any]


def draft_evidence(evidence: Evidence, actor: Actor, instructor: Actor | None, external_id: str = "") -> dict[str, Any]:
    """A plain dict with the record's own id, without version, stored and authority, which the LRS sets."""
    statement: dict[str, Any] = tincan.Statement(
        id=evidence.record_id,
        actor=dict(actor),
        verb=_verb(evidence.outcome.value),
        object=_subject(evidence),
        result=_result(evidence),
        context=_context(evidence, external_id),
    ).as_version()
    # tincan names a version, which is the LRS's to say, and rewrites agents and durations (PT01H30M00S)
    del statement["version"]
    statement["actor"] = dict(actor)
    statement["timestamp"] = instant_text(evidence.happened)
    if instructor:
        statement["context"]["instructor"] = dict(instructor)
    if evidence.duration:
        statement["result"]["duration"] = duration_text(evidence.duration)
    return statement


def draft_withdrawal(record_id: UUID, by: Actor) -> dict[str, Any]:
    """The statement that voids a record's own (xAPI Data 2.3.2); the same id however often it is made."""
    statement: dict[str, Any] = tincan.Statement(
        id=uuid5(record_id, "voided"),
        actor=dict(by),
        verb=_verb("voided"),
        object=tincan.StatementRef(id=record_id),
    ).as_version()
    del statement["version"]
    statement["actor"] = dict(by)
    return statement


def _verb(name: str) -> tincan.Verb:
    return tincan.Verb(id=verbs.VOIDED if name == "voided" else f"{VERBS}{name}", display={"en-US": name})


def _subject(evidence: Evidence) -> tincan.Activity:
    if not evidence.title:
        return tincan.Activity(id=evidence.activity)
    definition = tincan.ActivityDefinition(name={"en": evidence.title})
    return tincan.Activity(id=evidence.activity, definition=definition)


def _result(evidence: Evidence) -> tincan.Result:
    parts: dict[str, Any] = {
        "completion": evidence.outcome is not Outcome.FAILED or None,
        "success": _SUCCESS.get(evidence.outcome),
        "score": None if evidence.score_scaled is None else tincan.Score(scaled=evidence.score_scaled),
        "duration": evidence.duration,
        "extensions": _extensions(
            {
                evidence_terms.VALID_UNTIL: evidence.expires.isoformat() if evidence.expires else "",
                evidence_terms.CRITERIA: grades_as_json(evidence.grades),
                evidence_terms.CERTIFICATE_NUMBER: evidence.number,
                evidence_terms.ISSUER: evidence.issuer,
            }
        ),
    }
    return tincan.Result(**{name: value for name, value in parts.items() if value is not None})


def _context(evidence: Evidence, external_id: str) -> tincan.Context:
    kind = {
        "id": evidence_terms.KIND + evidence.kind,
        "definition": {"type": evidence_terms.KIND_TYPE, "name": {"en-US": evidence.kind.value}},
    }
    more = {
        evidence_terms.LOCATION: evidence.location,
        evidence_terms.NOTE: evidence.note,
        evidence_terms.EXTERNAL_ID: external_id,
    }
    parts = {"context_activities": tincan.ContextActivities(category=[kind]), "extensions": _extensions(more)}
    return tincan.Context(**{name: value for name, value in parts.items() if value is not None})


def _extensions(given: Mapping[str, Any]) -> tincan.Extensions | None:
    found = {iri: value for iri, value in given.items() if value}
    return tincan.Extensions(found) if found else None
