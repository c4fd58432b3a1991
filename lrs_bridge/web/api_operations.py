"""One entry a route: what it is for, what it takes, how it answers. A test fails where a route has none.

``refusals`` are answers with the Error schema beside those that every operation of its kind may give (see openapi).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrs_bridge.web.api_schemas import (
    ANY,
    COUNT,
    DATE,
    FLAG,
    INSTANT,
    IRI,
    OBJECT,
    TEXT,
    UUID_TEXT,
    Schema,
    list_of,
    ref,
)

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
PARQUET = "application/vnd.apache.parquet"
ATOM = "application/atom+xml; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
BINARY: Schema = {"type": "string", "format": "binary"}
HTML = "text/html"
PLAIN = "text/plain"
MIXED = "multipart/mixed"
FORM = "application/x-www-form-urlencoded"
NOTHING: Mapping[str, Schema] = {}
Content = Mapping[str, Schema]


@dataclass(frozen=True, slots=True)
class Operation:
    """``answers`` and ``body``: media type → schema. ``by``: the kinds of security any one of which will do."""

    summary: str
    answers: Mapping[int, Content]
    by: tuple[str, ...] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    headers: Mapping[str, Schema] = field(default_factory=dict)
    body: Content = field(default_factory=dict)
    refusals: tuple[int, ...] = ()


BASIC = ("credential",)
LRS = ("credential", "bearer_token")
READER = ("reader_token",)
PULLER = (*READER, "reader_password")
HR_OR_READER = (*BASIC, *READER)
SESSION = ("session",)
VERSION: Mapping[str, Schema] = {"X-Experience-API-Version": {"type": "string", "examples": ["1.0.3", "2.0.0"]}}
STATEMENTS_BODY: Content = {JSON: {"oneOf": [ref("Statement"), list_of(ref("Statement"))]}, MIXED: TEXT}
STATEMENT_QUERY: Mapping[str, Schema] = {
    "statementId": UUID_TEXT,
    "voidedStatementId": UUID_TEXT,
    "agent": TEXT | {"description": "An Agent or identified Group as JSON"},
    "verb": IRI,
    "activity": IRI,
    "registration": UUID_TEXT,
    "related_activities": FLAG,
    "related_agents": FLAG,
    "since": INSTANT,
    "until": INSTANT,
    "limit": COUNT,
    "format": {"enum": ["ids", "exact", "canonical"]},
    "attachments": FLAG,
    "ascending": FLAG,
    "more": TEXT | {"description": "The place that an earlier answer named in its member more"},
}
FEED_QUERY: Mapping[str, Schema] = {
    "requirement": TEXT,
    "manager": TEXT,
    "employee": TEXT,
    "status": {"enum": ["compliant", "missing", "exempt"]},
    "reason": TEXT,
    "progress": {"enum": ["not_started", "in_progress", "failed"]},
    "department": TEXT,
    "country": TEXT,
    "location": TEXT,
    "due_from": DATE,
    "due_until": DATE,
    "as_of": DATE,
    "known_at": INSTANT,
    "sort": TEXT,
    "limit": COUNT,
    "page": {"type": "integer", "minimum": 1},
    "after": TEXT | {"description": "The place that the link to the next page names"},
}
DELTA_QUERY = {**FEED_QUERY, "delta": TEXT | {"description": "The token that an earlier answer's delta names"}}
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
FIGURES_QUERY: Mapping[str, Schema] = {
    "figure": {"enum": ["rates", "trend", "forecast", "uptake", "abandoned", "working_time"]},
    "group_by": TEXT | {"description": "One or two, with a comma: team, department, country, location, requirement"},
    "requirement": TEXT,
    "manager": TEXT,
    "department": TEXT,
    "country": TEXT,
    "location": TEXT,
    "since": DATE,
    "as_of": DATE,
    "known_at": INSTANT,
    "period": {"enum": ["week", "month"]},
    "periods": COUNT,
    "sort": TEXT,
    "limit": COUNT,
    "page": {"type": "integer", "minimum": 1},
}
QUARANTINE_QUERY: Mapping[str, Schema] = {
    "state": {"enum": ["waiting", "replayed", "dropped"]},
    "sender": TEXT,
    "text": TEXT,
    "sort": TEXT,
    "page": TEXT,
}
PART: Mapping[str, Schema] = {"sort": TEXT, "limit": COUNT, "offset": COUNT}
LISTED: Schema = {
    "type": "object", "required": ["total", "items"], "properties": {"total": COUNT, "items": list_of(OBJECT)},
}  # fmt: skip
PAGE_QUERY: Mapping[str, Schema] = {
    "manager": TEXT,
    "requirement": TEXT,
    "status": TEXT,
    "reason": TEXT,
    "department": TEXT,
    "sort": TEXT,
    "page": TEXT,
}


def _document(what: str, query: Mapping[str, Schema], needs: tuple[str, ...], one: str) -> dict[str, Operation]:
    """The four methods of one document resource. ``one`` is the parameter that names a single document."""
    whole = {name: schema for name, schema in query.items() if name != "since"}
    given: Content = {JSON: ANY, "application/octet-stream": TEXT}
    named = (*needs, one)
    return {
        "get": Operation(
            f"Read {what}, or list the ids of a scope", {200: {"*/*": ANY}, 304: NOTHING}, LRS, query, needs, VERSION,
            refusals=(404, 412),
        ),
        "put": Operation(
            f"Replace {what}", {204: NOTHING}, LRS, whole, named, VERSION, given, refusals=(409, 412, 413)
        ),
        "post": Operation(
            f"Store {what}, or merge JSON into it", {204: NOTHING}, LRS, whole, named, VERSION, given,
            refusals=(409, 412, 413),
        ),
        "delete": Operation(f"Remove {what}", {204: NOTHING}, LRS, query, needs, VERSION, refusals=(404, 409, 412)),
    }  # fmt: skip


STATE_QUERY = {"activityId": IRI, "agent": TEXT, "registration": UUID_TEXT, "stateId": TEXT, "since": INSTANT}
ACTIVITY_PROFILE_QUERY = {"activityId": IRI, "profileId": TEXT, "since": INSTANT}
AGENT_PROFILE_QUERY = {"agent": TEXT, "profileId": TEXT, "since": INSTANT}
DOCUMENTS = {
    "state": _document("a state document", STATE_QUERY, ("activityId", "agent"), "stateId"),
    "activity_profile": _document("a profile of an activity", ACTIVITY_PROFILE_QUERY, ("activityId",), "profileId"),
    "agent_profile": _document("a profile of an agent", AGENT_PROFILE_QUERY, ("agent",), "profileId"),
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


OPERATIONS: dict[str, Operation] = {
    "plugin_manifest": Operation("What this server offers", {200: {"application/xml": ANY}}),
    "openapi": Operation("This description", {200: {JSON: OBJECT}}),
    "static": Operation("A file of our own pages", {200: {"*/*": ANY}, 304: NOTHING}),
    "metrics.get_metrics": Operation(
        "Metrics for Prometheus", {200: {"text/plain; version=1.0.0; charset=utf-8": TEXT}}, BASIC, refusals=(401, 403)
    ),
    "health.live": Operation("The process answers", {200: {JSON: ref("Health")}}),
    "health.ready": Operation("The database answers too", {200: {JSON: ref("Health")}}),
    "xapi.get_about": Operation("Which versions of xAPI are spoken", {200: {JSON: ref("About")}}),
    "xapi.post_statements": Operation(
        "Store statements; answers their ids, after the commit", {200: {JSON: list_of(UUID_TEXT)}}, LRS,
        headers=VERSION, body=STATEMENTS_BODY, refusals=(409, 413),
    ),
    "xapi.put_statement": Operation(
        "Store one statement under its id", {204: NOTHING}, LRS, {"statementId": UUID_TEXT}, ("statementId",), VERSION,
        {JSON: ref("Statement"), MIXED: TEXT}, refusals=(409, 413),
    ),
    "xapi.get_statements": Operation(
        "One statement by its id, or a page of those asked for",
        {200: {JSON: {"oneOf": [ref("StatementResult"), ref("Statement")]}, MIXED: TEXT}}, LRS, STATEMENT_QUERY,
        headers=VERSION, refusals=(404,),
    ),
    "xapi_resources.get_activity": Operation(
        "What is known of an activity", {200: {JSON: OBJECT}, 304: NOTHING}, LRS, {"activityId": IRI}, ("activityId",),
        VERSION, refusals=(412,),
    ),
    "xapi_resources.get_agent": Operation(
        "Every name under which an agent was seen", {200: {JSON: OBJECT}, 304: NOTHING}, LRS, {"agent": TEXT},
        ("agent",), VERSION, refusals=(412,),
    ),
    "packages.get_packages": Operation("Installed course packages", {200: {JSON: ref("Packages")}}, BASIC),
    "packages.post_package": Operation(
        "Install a course package; 200 where the same bytes are installed already",
        {200: {JSON: ref("Package")}, 201: {JSON: ref("Package")}}, BASIC,
        body={"multipart/form-data": {
            "type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}},
        }, "application/zip": BINARY, "application/xml": TEXT}, refusals=(413,),
    ),
    "packages.delete_package": Operation("Remove a course package", {204: NOTHING}, BASIC),
    "launches.post_launch": Operation(
        "A one-time address at which a learner starts a unit", {201: {JSON: ref("Launch")}}, BASIC,
        body={JSON: ref("LaunchRequest")}, refusals=(404, 413),
    ),
    "cmi5.get_courses": Operation(
        "Installed cmi5 courses", {200: {JSON: LISTED}}, BASIC, {"title": TEXT, **PART}
    ),
    "cmi5.get_units": Operation(
        "The assignable units of a course", {200: {JSON: LISTED}}, BASIC, {"move_on": TEXT, **PART}
    ),
    "cmi5.get_registrations": Operation(
        "Registrations and whether each is satisfied", {200: {JSON: LISTED}}, BASIC,
        {"course": UUID_TEXT, "actor": TEXT, "satisfied": FLAG, **PART},
    ),
    "cmi5.post_registration": Operation(
        "Enrol a learner; 200 where the registration is there",
        {200: {JSON: ref("Cmi5Registration")}, 201: {JSON: ref("Cmi5Registration")}}, BASIC,
        body={JSON: ref("Cmi5Learner")}, refusals=(404, 413),
    ),
    "cmi5.get_registration": Operation(
        "How units and blocks of a registration stand", {200: {JSON: ref("Cmi5Registration")}}, BASIC
    ),
    "cmi5.post_waiver": Operation(
        "Waive a unit; 200 where that was done before",
        {200: {JSON: ref("Cmi5Registration")}, 201: {JSON: ref("Cmi5Registration")}}, BASIC,
        body={JSON: {"type": "object", "required": ["unit", "reason"],
                     "properties": {"unit": TEXT, "reason": TEXT}, "additionalProperties": False}}, refusals=(413,),
    ),
    "cmi5.post_launch": Operation(
        "The launch URL of an assignable unit", {201: {JSON: ref("Cmi5Launch")}}, BASIC,
        body={JSON: ref("Cmi5LaunchRequest")}, refusals=(404, 413),
    ),
    "cmi5.get_sessions": Operation(
        "Sessions and how each ended", {200: {JSON: LISTED}}, BASIC,
        {"course": UUID_TEXT, "registration": UUID_TEXT, "outcome": {"enum": ["running", "terminated", "abandoned"]},
         **PART},
    ),
    "cmi5.post_abandonment": Operation(
        "Abandon a session; 200 where it had ended",
        {200: {JSON: ref("Cmi5Session")}, 201: {JSON: ref("Cmi5Session")}}, BASIC,
    ),
    "cmi5.post_fetch": Operation("The credential of a launched unit, once", {200: {JSON: ref("Cmi5Fetched")}}),
    "cmi5_content.file": Operation(
        "A file of a launched cmi5 package", {200: {"*/*": ANY}, 206: {"*/*": ANY}, 304: NOTHING},
        refusals=(400, 403, 416),
    ),
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
    "feed.compliance.json": Operation(
        "Who is compliant, missing or exempt, and why", {200: {JSON: ref("Feed")}, 304: NOTHING}, PULLER, DELTA_QUERY,
        refusals=(404, 410),
    ),
    "feed.compliance.parquet": Operation(
        "The same as Parquet", {200: {PARQUET: BINARY}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404, 501)
    ),
    "feed.compliance.csv": Operation(
        "The same as CSV", {200: {CSV: TEXT}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.xlsx": Operation(
        "The same as an Excel workbook", {200: {XLSX: BINARY}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.atom": Operation(
        "What changed, newest first", {200: {ATOM: TEXT}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.ics": Operation(
        "The due dates of what is missing", {200: {CALENDAR: TEXT}, 304: NOTHING}, PULLER, FEED_QUERY, refusals=(404,)
    ),
    "feed.aggregates.json": Operation(
        "Figures about groups of people; groups under five are named and not shown",
        {200: {JSON: ref("Figures")}, 304: NOTHING}, READER, FIGURES_QUERY, refusals=(404,),
    ),
    "feed.aggregates.csv": Operation(
        "The same as CSV", {200: {CSV: TEXT}, 304: NOTHING}, READER, FIGURES_QUERY, refusals=(404,)
    ),
    "feed.aggregates.xlsx": Operation(
        "The same as an Excel workbook", {200: {XLSX: BINARY}, 304: NOTHING}, READER, FIGURES_QUERY, refusals=(404,)
    ),
    "manage.get_team": Operation(
        "A leader's page", {200: {HTML: TEXT}, 302: NOTHING}, SESSION, PAGE_QUERY, refusals=(404,)
    ),
    "manage.get_team_csv": Operation(
        "The list of the page as CSV", {200: {CSV: TEXT}, 302: NOTHING}, SESSION, PAGE_QUERY, refusals=(404,)
    ),
    "manage.get_sign_in": Operation("The form to sign in with a token", {200: {HTML: TEXT}}, refusals=(404,)),
    "manage.post_sign_in": Operation(
        "Sign in", {303: NOTHING, 401: {HTML: TEXT}},
        body={FORM: {"type": "object", "properties": {"token": TEXT}}}, refusals=(400, 403, 404, 413),
    ),
    "manage.enter": Operation("Sign in by a signed link", {303: NOTHING, 401: {HTML: TEXT}}),
    "manage.post_sign_out": Operation("Sign out", {303: NOTHING}, refusals=(403, 404)),
    "admin.get_overview": Operation(
        "The pages of administrators", {200: {HTML: TEXT}, 302: NOTHING}, SESSION, refusals=(403, 404)
    ),
    "admin.get_sign_in": Operation("The form to sign in with a token", {200: {HTML: TEXT}}, refusals=(404,)),
    "admin.post_sign_in": Operation(
        "Sign in", {303: NOTHING, 401: {HTML: TEXT}},
        body={FORM: {"type": "object", "properties": {"token": TEXT}}}, refusals=(400, 403, 404, 413),
    ),
    "admin.enter": Operation("Sign in by a signed link", {303: NOTHING, 401: {HTML: TEXT}}),
    "admin.post_sign_out": Operation("Sign out", {303: NOTHING}, refusals=(403, 404)),
    "admin.list_quarantine": Operation(
        "Statements in quarantine", {200: {HTML: TEXT}, 302: NOTHING}, SESSION, QUARANTINE_QUERY, refusals=(403, 404)
    ),
    "admin.replay_chosen": Operation(
        "Replay the chosen statements", {200: {HTML: TEXT}, 302: NOTHING}, SESSION,
        body={FORM: {"type": "object", "properties": {"id": list_of(UUID_TEXT)}}}, refusals=(403, 404, 413),
    ),
    "admin.replay_all": Operation(
        "Replay the next of what a filter matches", {200: {HTML: TEXT}, 302: NOTHING}, SESSION,
        body={FORM: {"type": "object", "properties": {**QUARANTINE_QUERY, "passed": COUNT}}}, refusals=(403, 404, 413),
    ),
    "admin.show_held": Operation(
        "One statement in quarantine", {200: {HTML: TEXT}, 302: NOTHING}, SESSION, refusals=(403, 404)
    ),
    "admin.correct_held": Operation(
        "Check, keep or store a correction",
        {200: {HTML: TEXT}, 302: NOTHING, 303: NOTHING, 400: {HTML: TEXT}, 409: {HTML: TEXT}}, SESSION,
        body={FORM: {"type": "object", "properties": {
            "statement": TEXT, "action": {"enum": ["check", "keep", "replay"]}}}},
        refusals=(403, 404, 413),
    ),
    "admin.discard_held": Operation(
        "Discard it, with the reason", {302: NOTHING, 303: NOTHING, 400: {HTML: TEXT}}, SESSION,
        body={FORM: {"type": "object", "properties": {"because": TEXT}}}, refusals=(403, 404, 413),
    ),
    "player.start": Operation("Start a launch, once", {303: NOTHING}, refusals=(403,)),
    "player.page": Operation("The course player of a running launch", {200: {HTML: TEXT}}, refusals=(403,)),
    "player.frame": Operation(
        "The page around a running unit of an xAPI package or AICC course", {200: {HTML: TEXT}}, refusals=(403,)
    ),
    "player.other_unit": Operation("Go on with another unit of the course", {303: NOTHING}, refusals=(403,)),
    "content.file": Operation(
        "A file of the launched package", {200: {"*/*": ANY}, 206: {"*/*": ANY}, 304: NOTHING}, refusals=(403, 416)
    ),
    "runtime.hacp": Operation(
        "A message of an AICC unit (HACP)", {200: {PLAIN: TEXT}, 413: {PLAIN: TEXT}},
        body={FORM: {"type": "object", "properties": {
            "command": TEXT, "version": TEXT, "session_id": TEXT, "aicc_data": TEXT}}},
    ),
    "runtime.commit": Operation(
        "What the course said, from the player",
        {200: {JSON: ref("CommitAnswer")}, 400: {JSON: ref("CommitAnswer")}, 409: {JSON: ref("CommitAnswer")}},
        body={JSON: ref("Commit")}, refusals=(403,),
    ),
    **{
        f"xapi_documents.{method}_{resource}": operation
        for resource, methods in DOCUMENTS.items()
        for method, operation in methods.items()
    },
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
