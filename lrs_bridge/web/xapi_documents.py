"""/xapi/activities/state, /xapi/activities/profile, /xapi/agents/profile (xAPI Communication 2.3, 2.6, 2.7)."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from lrs_bridge.errors import Problem, TooLarge
from lrs_bridge.services import documents
from lrs_bridge.services.cmi5_sessions import refuse_launch_data
from lrs_bridge.services.documents import Draft
from lrs_bridge.web.access import bridge, lrs_credential
from lrs_bridge.web.xapi_answers import conditional, document_answer, json_answer, precondition
from lrs_bridge.web.xapi_version import speak_versions
from lrs_bridge.xapi.documents import DocumentQuery, Method, Resource, parse_document_query

bp = Blueprint("xapi_documents", __name__)
speak_versions(bp)

LARGEST_DOCUMENT = 16 * 1024 * 1024
SCOPE: dict[Resource, str] = {"state": "state", "activity_profile": "profile", "agent_profile": "profile"}
PATHS: dict[str, Resource] = {
    "/activities/state": "state",
    "/activities/profile": "activity_profile",
    "/agents/profile": "agent_profile",
}


def get_documents(resource: Resource) -> Response:
    """One document, or the ids of all of a scope."""
    query = _query(resource, "GET")
    if query.document_id is None:
        listing = documents.list_documents(bridge(), query)
        return conditional(json_answer(listing.body, listing.updated))
    return conditional(document_answer(documents.read_document(bridge(), query)))


def put_document(resource: Resource) -> Response:
    query = _query(resource, "PUT")
    documents.put_document(bridge(), query, _draft(), precondition(), version=g.xapi_version)
    return Response(status=204)


def post_document(resource: Resource) -> Response:
    query = _query(resource, "POST")
    documents.post_document(bridge(), query, _draft(), precondition())
    return Response(status=204)


def delete_documents(resource: Resource) -> Response:
    documents.delete_documents(bridge(), _query(resource, "DELETE"), precondition())
    return Response(status=204)


for path, served in PATHS.items():
    for method, view in (
        ("GET", get_documents),
        ("PUT", put_document),
        ("POST", post_document),
        ("DELETE", delete_documents),
    ):
        bp.add_url_rule(path, f"{method.lower()}_{served}", view, methods=[method], defaults={"resource": served})


def _query(resource: Resource, method: Method) -> DocumentQuery:
    """What the request is about, once it is sure that the credential may do this to it."""
    credential = lrs_credential()
    credential.require(SCOPE[resource], *(["all/read"] if method == "GET" else []))
    query = parse_document_query(resource, method, request.args.items(multi=True), g.xapi_version)
    scope = query.scope
    credential.require_within(actor=scope.agent, activity=scope.activity or None, registration=scope.registration)
    if method != "GET" and resource == "state":
        refuse_launch_data(credential.bounds, query.document_id)
    return query


def _draft() -> Draft:
    _require_size(request.content_length or 0)
    body = request.get_data()
    _require_size(len(body))  # a body in chunks does not say its length before
    # RFC 9110 8.3: a body of no stated type is of an unknown one
    return Draft(request.headers.get("Content-Type") or "application/octet-stream", body)


def _require_size(size: int) -> None:
    if size > LARGEST_DOCUMENT:
        reason = f"The document is larger than {LARGEST_DOCUMENT // (1024 * 1024)} MiB, the most that is kept"
        remedy = "Keep large files elsewhere, and their address in the document"
        raise TooLarge(reason, remedy=remedy, problems=[Problem("Content-Length", reason, remedy)])
