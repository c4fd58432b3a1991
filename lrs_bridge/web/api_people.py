"""People: identities, evidence, absences, SCIM."""

from __future__ import annotations

from collections.abc import Mapping

from lrs_bridge.web.api_operation import BINARY, HR_OR_READER, JSON, NOTHING, READER, ZIP, Content, Operation
from lrs_bridge.web.api_schemas import COUNT, DATE, FLAG, INSTANT, OBJECT, TEXT, Schema, ref

EVIDENCE_QUERY: Mapping[str, Schema] = {
    "employee_id": TEXT,
    "activity": TEXT,
    "kind": TEXT,
    "since": DATE,
    "until": DATE,
    "known_at": INSTANT,
    "withdrawn": FLAG,
    "sort": TEXT,
    "limit": COUNT,
    "offset": COUNT,
}

PACK_QUERY: Mapping[str, Schema] = {
    "person": TEXT,
    "requirement": TEXT,
    "manager": TEXT,
    "as_of": DATE,
    "known_at": INSTANT,
}

ABSENCE_QUERY: Mapping[str, Schema] = {
    "employee_id": TEXT,
    "manager": TEXT,
    "pending": FLAG,
    "on": DATE,
    "sort": TEXT,
    "limit": COUNT,
    "offset": COUNT,
}

SCIM = "application/scim+json"

SCIM_REFUSALS = (400, 401, 403, 404, 405, 409, 412, 413, 415, 501, 503)

SCIM_QUERY: Mapping[str, Schema] = dict.fromkeys(("attributes", "excludedAttributes"), TEXT)

SCIM_SEARCH: Mapping[str, Schema] = {
    **SCIM_QUERY, **dict.fromkeys(("filter", "sortBy", "sortOrder"), TEXT), "startIndex": COUNT, "count": COUNT,
}  # fmt: skip


def _scim(summary: str, code: int, query: Mapping[str, Schema] = NOTHING, *, writes: bool = False) -> Operation:
    """SCIM says everything in its own type, what is wrong too (RFC 7644 3.12)."""
    told: dict[int, Content] = {refusal: {SCIM: OBJECT} for refusal in SCIM_REFUSALS}
    answers = told | ({204: NOTHING, 200: {SCIM: OBJECT}} if code == 204 else {code: {SCIM: OBJECT}})
    body: Content = {SCIM: OBJECT} if writes else NOTHING
    return Operation(summary, answers | {304: NOTHING}, ("scim_token", "credential"), query, body=body)


def _identity_decision(summary: str, needed: tuple[str, ...], more: tuple[str, ...] = ()) -> Operation:
    body: Schema = {
        "type": "object",
        "properties": dict.fromkeys((*needed, *more), TEXT),
        "additionalProperties": False,
    }
    body |= {"required": list(needed)} if needed else {}
    answers = {201: {JSON: ref("IdentityDecision")}}
    return Operation(summary, answers, HR_OR_READER, body={JSON: body}, refusals=(404, 413))


PEOPLE_OPERATIONS: dict[str, Operation] = {
    "identities.get_review": Operation(
        "Actors that nobody is known for, and who each may be", {200: {JSON: ref("IdentityReview")}}, HR_OR_READER,
        {"sort": TEXT, "limit": COUNT, "offset": COUNT},
    ),
    "identities.get_history": Operation(
        "Every decision about identities", {200: {JSON: ref("IdentityHistory")}}, HR_OR_READER,
        {"person": TEXT, "action": TEXT, "standing": FLAG, "sort": TEXT, "limit": COUNT, "offset": COUNT},
    ),
    "identities.get_person": Operation(
        "What belongs to a person, from when until when, and how we know", {200: {JSON: ref("PersonIdentities")}},
        HR_OR_READER, {"known_at": INSTANT},
    ),
    "identities.post_accept": _identity_decision("Say that an actor is a person", ("actor", "employee_id"), ("since",)),
    "identities.post_reject": _identity_decision(
        "Say that an actor is not a person", ("actor", "employee_id", "because")
    ),
    "identities.post_merge": _identity_decision(
        "Say that two employee ids are one person", ("from", "into", "because")
    ),
    "identities.post_split": _identity_decision(
        "Say that what an actor did is another person's", ("employee_id", "actor", "because"), ("into", "since")
    ),
    "identities.post_undo": _identity_decision("Undo a decision", (), ("because",)),
    "evidence.get_evidence": Operation(
        "Evidence beside statements, of the caller's people", {200: {JSON: ref("EvidencePage")}}, HR_OR_READER,
        EVIDENCE_QUERY,
    ),
    "evidence.post_evidence": Operation(
        "Record evidence; 200 where the same was recorded before",
        {200: {JSON: ref("Evidence")}, 201: {JSON: ref("Evidence")}}, HR_OR_READER,
        body={JSON: ref("EvidenceEntry")}, refusals=(404, 409, 413),
    ),
    "evidence.get_record": Operation("One record", {200: {JSON: ref("Evidence")}}, HR_OR_READER),
    "evidence.post_withdrawal": Operation(
        "Withdraw a record, with the reason", {200: {JSON: ref("Evidence")}}, HR_OR_READER,
        body={JSON: {"type": "object", "required": ["because"], "properties": {"because": TEXT},
                     "additionalProperties": False}}, refusals=(413,),
    ),
    "evidence_packs.get_pack": Operation(
        "One signed zip of the proof about a person, a requirement or a team", {200: {ZIP: BINARY}}, READER, PACK_QUERY,
        refusals=(404,),
    ),
    "evidence_packs.get_keys": Operation(
        "The public keys that packs are checked by (JWKS), those of old packs too", {200: {JSON: OBJECT}}
    ),
    "absences.get_absences": Operation(
        "Who of the reader's people is away; long or short is told to HR only", {200: {JSON: ref("Absences")}}, READER,
        ABSENCE_QUERY, refusals=(404,),
    ),
    "absences.post_absence": Operation(
        "Report an absence; a leader's waits for HR", {201: {JSON: ref("RecordedAbsence")}}, READER,
        body={JSON: ref("AbsenceReport")}, refusals=(404, 413),
    ),
    "absences.confirm_absence": Operation("HR confirms a report", {200: {JSON: ref("RecordedAbsence")}}, READER),
    "absences.refuse_absence": Operation(
        "HR refuses a report, with the reason", {204: NOTHING}, READER,
        body={JSON: {"type": "object", "required": ["because"], "properties": {"because": TEXT},
                     "additionalProperties": False}}, refusals=(413,),
    ),
    "scim.get_service_provider_config": _scim("What this SCIM server can do (RFC 7643 5)", 200),
    "scim.get_resource_types": _scim("The types of resource: User", 200),
    "scim.get_resource_type": _scim("One type of resource", 200),
    "scim.get_schemas": _scim("The schemas of a User and its extensions", 200),
    "scim.get_schema": _scim("One schema", 200),
    "scim.get_users": _scim("Users, filtered, sorted and in pages", 200, SCIM_SEARCH),
    "scim.post_user": _scim("Make a User: a joiner, or somebody hired again", 201, writes=True),
    "scim.search_users": _scim("The same question as GET, in a body", 200, writes=True),
    "scim.get_user": _scim("One User", 200, SCIM_QUERY),
    "scim.put_user": _scim("Replace a User", 200, SCIM_QUERY, writes=True),
    "scim.patch_user": _scim("Change a User; 200 where attributes are asked for", 204, SCIM_QUERY, writes=True),
    "scim.delete_user": _scim("End the employment; the history stays", 204),
    "scim.search": _scim("Everything, which is the Users", 200, SCIM_SEARCH),
    "scim.search_with_body": _scim("The same, asked in a body", 200, writes=True),
    "scim.post_bulk": _scim("Many operations, each for itself", 200, writes=True),
}  # fmt: skip
