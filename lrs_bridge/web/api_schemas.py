"""The shapes that /openapi.json names: light ones, for a reader and a generator of clients.

What a Statement may be is ruled by xAPI, in more words than JSON Schema has; the LRS checks it, not this.
"""

from __future__ import annotations

from typing import Any

from lrs_bridge.domain.evidence import EvidenceKind
from lrs_bridge.feeds.relation import COLUMNS
from lrs_bridge.roster.evidence import COLUMNS as EVIDENCE_COLUMNS
from lrs_bridge.roster.evidence import EVIDENCE, OUTCOMES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
IRI: Schema = {"type": "string", "format": "uri"}
DATE: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "string", "enum": ["true", "false"]}
ANY: Schema = {}
OBJECT: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def shape(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(required), "properties": required | (optional or {})}


NULLABLE = {"due": DATE, "last_valid_day": DATE, "next_change": DATE}
COUNTS = {"modules_met": COUNT, "modules_total": COUNT, "requirement_version": COUNT}
OTHER = {"overdue_before_absence": {"type": "boolean"}, "evidence": list_of(TEXT)}


def _column(name: str) -> Schema:
    if name in NULLABLE:
        return {"oneOf": [NULLABLE[name], {"type": "null"}]}
    return (COUNTS | OTHER).get(name, TEXT)


_ACTOR: Schema = {
    "type": "object",
    "description": "An xAPI Agent or Group",
    "properties": {
        "objectType": {"enum": ["Agent", "Group"]},
        "name": TEXT,
        "mbox": TEXT,
        "mbox_sha1sum": TEXT,
        "openid": IRI,
        "account": shape({"homePage": IRI, "name": TEXT}),
    },
}


def _evidence_part(name: str) -> Schema:
    """Empty or null says nothing; scores, minutes and criteria may be numbers and objects."""
    return ANY if name in EVIDENCE.structured else {"type": ["string", "null"]}


SCHEMAS: dict[str, Schema] = {
    "Error": shape(
        {"error": TEXT},
        {"remedy": TEXT, "problems": list_of(ref("Problem"))},
    )
    | {"description": "What is wrong, and what to do about it. problems holds everything that was found"},
    "Problem": shape(
        {"reason": TEXT, "severity": {"enum": ["error", "warning", "info"]}},
        {"place": TEXT, "remedy": TEXT, "clause": TEXT},
    )
    | {
        "description": "place is a JSON Pointer, a parameter or a file; clause the paragraph of the standard that rules"
    },
    "Actor": _ACTOR,
    "Statement": shape(
        {"actor": ref("Actor"), "verb": shape({"id": IRI}, {"display": OBJECT}), "object": OBJECT},
        {
            "id": UUID_TEXT,
            "result": OBJECT,
            "context": OBJECT,
            "timestamp": INSTANT,
            "stored": INSTANT,
            "authority": ref("Actor"),
            "version": TEXT,
            "attachments": list_of(OBJECT),
        },
    ),
    "StatementResult": shape({"statements": list_of(ref("Statement"))}, {"more": TEXT}),
    "Launch": shape(
        {
            "launch_url": IRI,
            "registration": UUID_TEXT,
            "launch": UUID_TEXT,
            "unit": TEXT,
            "activity": IRI,
            "actor": ref("Actor"),
        }
    ),
    "Cmi5Learner": shape({"course": TEXT}, {"employee_id": TEXT, "actor": ref("Actor"), "registration": UUID_TEXT})
    | {"additionalProperties": False, "description": "One learner: either employee_id or actor, an account"},
    "Cmi5LaunchRequest": shape(
        {"course": TEXT},
        {
            "unit": TEXT,
            "employee_id": TEXT,
            "actor": ref("Actor"),
            "registration": UUID_TEXT,
            "mode": {"enum": ["Normal", "Browse", "Review"]},
            "return_url": TEXT,
        },
    )
    | {"additionalProperties": False},
    "Cmi5Launch": shape(
        {
            "launch_url": TEXT,
            "registration": UUID_TEXT,
            "session": UUID_TEXT,
            "unit": TEXT,
            "activity": IRI,
            "actor": ref("Actor"),
            "launch_method": {"enum": ["AnyWindow", "OwnWindow"]},
        }
    ),
    "Cmi5Registration": shape(
        {
            "registration": UUID_TEXT,
            "course": UUID_TEXT,
            "actor": ref("Actor"),
            "created": INSTANT,
            "satisfied": {"oneOf": [INSTANT, {"type": "null"}]},
        },
        {"units": list_of(OBJECT), "blocks": list_of(OBJECT), "sessions": list_of(ref("Cmi5Session"))},
    ),
    "Cmi5Session": shape(
        {
            "session": UUID_TEXT,
            "registration": UUID_TEXT,
            "course": UUID_TEXT,
            "unit": TEXT,
            "mode": TEXT,
            "outcome": {"enum": ["running", "terminated", "abandoned"]},
            "launched": INSTANT,
            "fetched": {"oneOf": [INSTANT, {"type": "null"}]},
            "ended": {"oneOf": [INSTANT, {"type": "null"}]},
            "said": OBJECT,
        }
    ),
    "Cmi5Fetched": shape({}, {"auth-token": TEXT, "error-code": {"enum": ["1", "2", "3"]}, "error-text": TEXT}),
    "LaunchRequest": shape(
        {"package": TEXT}, {"unit": TEXT, "employee_id": TEXT, "actor": ref("Actor"), "return_url": TEXT}
    )
    | {"additionalProperties": False, "description": "One learner: either employee_id or actor"},
    "Package": shape(
        {
            "id": UUID_TEXT,
            "identifier": TEXT,
            "title": TEXT,
            "version": TEXT,
            "standard": TEXT,
            "file_name": TEXT,
            "sha256": TEXT,
            "installed": INSTANT,
            "units": list_of(shape({"id": UUID_TEXT, "identifier": TEXT, "title": TEXT, "activity": IRI})),
            "problems": list_of(ref("Problem")),
        }
    ),
    "AbsenceReport": shape({"employee_id": TEXT, "first_day": DATE, "kind": TEXT}, {"last_day": TEXT})
    | {"additionalProperties": False, "description": "last_day is left out while it is open"},
    "RecordedAbsence": shape({"id": UUID_TEXT, "state": {"enum": ["pending", "standing", "confirmed"]}}),
    "Absence": shape(
        {
            "id": UUID_TEXT,
            "employee_id": TEXT,
            "name": TEXT,
            "first_day": DATE,
            "last_day": {"oneOf": [DATE, {"type": "null"}]},
            "state": {"enum": ["pending", "standing", "confirmed"]},
            "who": TEXT,
            "recorded": INSTANT,
        },
        {"kind": {"enum": ["long", "short"], "description": "Told to HR only"}},
    ),
    "EvidenceEntry": shape(
        {"employee_id": TEXT, "kind": {"enum": [*EvidenceKind]}, "activity": TEXT, "date": DATE},
        {name: _evidence_part(name) for name in EVIDENCE_COLUMNS[4:]},
    )
    | {"additionalProperties": False, "description": "One row of a file of evidence, by the same columns"},
    "Evidence": shape(
        {
            "id": UUID_TEXT,
            "employee_id": TEXT,
            "kind": {"enum": [*EvidenceKind]},
            "activity": TEXT,
            "date": DATE,
            "outcome": {"enum": [*OUTCOMES]},
            "recorded": INSTANT,
            "withdrawn": {"oneOf": [INSTANT, {"type": "null"}]},
        },
        {"title": TEXT, "criteria": list_of(OBJECT), "because": TEXT, "problems": list_of(ref("Problem"))},
    )
    | {"description": "id is its statement's too"},
    "EvidencePage": shape({"total": COUNT, "items": list_of(ref("Evidence"))}),
    "Absences": shape({"total": COUNT, "absences": list_of(ref("Absence"))}),
    "Packages": shape({"packages": list_of(ref("Package"))}),
    "FeedRow": shape({name: _column(name) for name in COLUMNS}),
    "Feed": shape(
        {
            "as_of": DATE,
            "known_at": INSTANT,
            "roster": {"oneOf": [OBJECT, {"type": "null"}]},
            "total": COUNT,
            "counts": OBJECT,
            "requirements": OBJECT,
            "rows": list_of(ref("FeedRow")),
            "next": {"oneOf": [IRI, {"type": "null"}]},
            "delta": {"oneOf": [IRI, {"type": "null"}]},
        },
        {"removed": list_of(shape({"employee_id": TEXT, "requirement": TEXT}))},
    ),
    "Figures": shape(
        {
            "figure": TEXT,
            "as_of": DATE,
            "known_at": INSTANT,
            "roster": {"oneOf": [OBJECT, {"type": "null"}]},
            "least_people": COUNT,
            "total": COUNT,
            "requirements": OBJECT,
            "whole": {"oneOf": [OBJECT, {"type": "null"}]},
            "rows": list_of(OBJECT),
        }
    )
    | {"description": "A row with suppressed true has the names of its group and no figure: it is under five people"},
    "IdentityReview": shape(
        {
            "actors": COUNT,
            "statements": COUNT,
            "items": list_of(
                shape(
                    {
                        "actor": ref("Actor"),
                        "statements": COUNT,
                        "first": INSTANT,
                        "last": INSTANT,
                        "reason": TEXT,
                        "score": COUNT,
                        "suggestions": list_of(
                            shape(
                                {
                                    "employee_id": TEXT,
                                    "name": TEXT,
                                    "department": TEXT,
                                    "score": COUNT,
                                    "clues": list_of(
                                        shape({"kind": TEXT, "words": TEXT, "certainty": {"type": "number"}})
                                    ),
                                }
                            )
                        ),
                    }
                )
            ),
        }
    ),
    "PersonIdentities": shape(
        {
            "employee_id": TEXT,
            "name": TEXT,
            "counts_for": TEXT,
            "records": list_of(TEXT),
            "identities": list_of(shape({"ifi": TEXT, "tier": {"enum": ["A", "C", "D"]}, "how": TEXT, "record": TEXT})),
        }
    ),
    "IdentityHistory": shape(
        {
            "total": COUNT,
            "items": list_of(
                shape(
                    {
                        "id": UUID_TEXT,
                        "action": {"enum": ["accept", "reject", "merge", "split"]},
                        "employee_id": TEXT,
                        "other": TEXT,
                        "who": TEXT,
                        "because": TEXT,
                        "recorded": INSTANT,
                        "undone_by": TEXT,
                        "undone_because": TEXT,
                    }
                )
            ),
        }
    ),
    "IdentityDecision": shape({"id": UUID_TEXT, "replayed": COUNT, "moved": COUNT, "waiting_again": COUNT})
    | {"description": "How many waiting results were matched, moved to another person, or wait again"},
    "Commit": shape(
        {"launch": TEXT, "sequence": {"type": "integer", "minimum": 1}, "final": {"type": "boolean"}, "cmi": OBJECT},
        {"client_time": TEXT, "sent_at": TEXT, "replay": {"type": "boolean"}},
    ),
    "CommitAnswer": shape({}, {"acknowledged": COUNT, "refused": ANY, "superseded": {"const": True}, "reason": TEXT}),
    "About": shape({"version": list_of(TEXT)}, {"extensions": OBJECT}),
    "Health": shape({"status": TEXT}),
}
