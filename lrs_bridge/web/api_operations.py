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
ATOM = "application/atom+xml; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
BINARY: Schema = {"type": "string", "format": "binary"}
HTML = "text/html"
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
    "status": {"enum": ["compliant", "missing", "exempt"]},
    "reason": TEXT,
    "department": TEXT,
    "country": TEXT,
    "due_by": DATE,
    "as_of": DATE,
    "known_at": INSTANT,
    "sort": TEXT,
    "limit": COUNT,
    "offset": COUNT,
}
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
        }}, refusals=(413,),
    ),
    "packages.delete_package": Operation("Remove a course package", {204: NOTHING}, BASIC),
    "launches.post_launch": Operation(
        "A one-time address at which a learner starts a unit", {201: {JSON: ref("Launch")}}, BASIC,
        body={JSON: ref("LaunchRequest")}, refusals=(404, 413),
    ),
    "feed.compliance.json": Operation(
        "Who is compliant, missing or exempt, and why", {200: {JSON: ref("Feed")}, 304: NOTHING}, READER, FEED_QUERY,
        refusals=(404,),
    ),
    "feed.compliance.csv": Operation(
        "The same as CSV", {200: {CSV: TEXT}, 304: NOTHING}, READER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.xlsx": Operation(
        "The same as an Excel workbook", {200: {XLSX: BINARY}, 304: NOTHING}, READER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.atom": Operation(
        "What changed, newest first", {200: {ATOM: TEXT}, 304: NOTHING}, READER, FEED_QUERY, refusals=(404,)
    ),
    "feed.compliance.ics": Operation(
        "The due dates of what is missing", {200: {CALENDAR: TEXT}, 304: NOTHING}, READER, FEED_QUERY, refusals=(404,)
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
    "player.start": Operation("Start a launch, once", {303: NOTHING}, refusals=(403,)),
    "player.page": Operation("The course player of a running launch", {200: {HTML: TEXT}}, refusals=(403,)),
    "player.other_unit": Operation("Go on with another unit of the course", {303: NOTHING}, refusals=(403,)),
    "content.file": Operation(
        "A file of the launched package", {200: {"*/*": ANY}, 206: {"*/*": ANY}, 304: NOTHING}, refusals=(403, 416)
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
}  # fmt: skip
