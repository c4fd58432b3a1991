"""The LRS: statements, documents, activities and agents."""

from __future__ import annotations

from collections.abc import Mapping

from lrs_bridge.web.api_operation import JSON, LRS, MIXED, NOTHING, Content, Operation
from lrs_bridge.web.api_schemas import ANY, COUNT, FLAG, INSTANT, IRI, OBJECT, TEXT, UUID_TEXT, Schema, list_of, ref

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


LRS_OPERATIONS: dict[str, Operation] = {
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
    **{
        f"xapi_documents.{method}_{resource}": operation
        for resource, methods in DOCUMENTS.items()
        for method, operation in methods.items()
    },
}  # fmt: skip
