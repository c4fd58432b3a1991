"""State and profile documents: read, listed, replaced, merged, deleted (xAPI Communication 2.2, 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa

from lrs_bridge.errors import DocumentConflict, NotFound, PreconditionFailed, Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage import documents as store
from lrs_bridge.storage.database import now
from lrs_bridge.storage.documents import Content, Shelf, StoredDocument
from lrs_bridge.xapi.concurrency import CLAUSE, Demand, Precondition, etag_of, put_demand, quoted
from lrs_bridge.xapi.documents import DocumentQuery, Scope
from lrs_bridge.xapi.merging import CLAUSE as MERGING
from lrs_bridge.xapi.merging import merge_objects, require_object

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as it was sent."""

    content_type: str
    body: bytes

    @property
    def is_json(self) -> bool:
        return _is_json(self.content_type)


@dataclass(frozen=True, slots=True)
class Listing:
    """The ids of a scope as JSON, and when the one changed last that changed last."""

    body: bytes
    etag: str
    updated: datetime | None


def read_document(bridge: Bridge, query: DocumentQuery) -> StoredDocument:
    """The document that ``query`` names; NotFound where there is none."""
    with bridge.database.reading() as connection:
        found = store.find_document(connection, _shelf(query.scope), _id(query))
    if found is None:
        raise NotFound(f"No document has the id {query.document_id!r} here")
    return found


def list_documents(bridge: Bridge, query: DocumentQuery) -> Listing:
    with bridge.database.reading() as connection:
        found = store.list_documents(connection, _shelf(query.scope), since=query.since)
    body = _listed([document_id for document_id, _ in found])
    return Listing(body, etag_of(body), max((updated for _, updated in found), default=None))


def put_document(
    bridge: Bridge, query: DocumentQuery, draft: Draft, precondition: Precondition, *, version: str
) -> None:
    """Store ``draft`` in place of what is there.

    Raises PreconditionFailed; or, where a precondition is demanded and none was given, DocumentConflict over a
    document that is there, and RequestRefused where there is none.
    """
    demand = put_demand(query.scope.resource, version)

    def make(stored: StoredDocument | None) -> Content:
        _allow(precondition, stored.etag if stored else None, demand=demand)
        return draft.content_type, draft.body, etag_of(draft.body)

    _write(bridge, query, make)


def post_document(bridge: Bridge, query: DocumentQuery, draft: Draft, precondition: Precondition) -> None:
    """Merge ``draft`` into what is there, or store it where nothing is.

    Raises RequestRefused, and changes nothing, when one of the two is not a JSON object sent as application/json.
    """
    if draft.is_json:
        require_object(draft.body, "The posted document")

    def make(stored: StoredDocument | None) -> Content:
        _allow(precondition, stored.etag if stored else None)
        if stored is None:
            return draft.content_type, draft.body, etag_of(draft.body)
        _require_json("stored", stored.content_type)
        _require_json("posted", draft.content_type)
        merged = merge_objects(stored.body, draft.body)
        return stored.content_type, merged, etag_of(merged)

    _write(bridge, query, make)


def delete_documents(bridge: Bridge, query: DocumentQuery, precondition: Precondition) -> None:
    """Delete the document that ``query`` names, or all of its scope. What is gone already is no error."""
    shelf = _shelf(query.scope)

    def work(connection: sa.Connection) -> None:
        if query.document_id is None:
            # the entity tag of the list is that of the GET on the same address
            store.delete_all(connection, shelf, lambda ids: _allow(precondition, etag_of(_listed(ids))))
        else:
            store.delete_document(
                connection,
                shelf,
                query.document_id,
                lambda stored: _allow(precondition, stored.etag if stored else None),
            )

    bridge.commits.run(work)


def _write(bridge: Bridge, query: DocumentQuery, make: store.Make) -> None:
    shelf, document_id = _shelf(query.scope), _id(query)
    bridge.commits.run(lambda connection: store.write_document(connection, shelf, document_id, make, at=now()))


def _allow(precondition: Precondition, etag: str | None, *, demand: Demand = "never") -> None:
    verdict = precondition.judge(etag, demand=demand)
    there = f"the document is there with ETag {quoted(etag)}" if etag else "there is no such document"
    if verdict == "failed":
        header = "If-None-Match" if precondition.matches(etag) else "If-Match"
        reason = f"{header} does not hold: {there}"
        remedy = "GET the document, and decide again with the ETag that it has now"
        raise PreconditionFailed(reason, remedy=remedy, problems=[Problem(header, reason, remedy, CLAUSE)])
    if verdict == "conflict":
        reason = "A document is there already, and the request has neither If-Match nor If-None-Match"
        remedy = "Check its current state with GET, then set If-Match to the ETag that it has now"
        raise DocumentConflict(reason, remedy=remedy, problems=[Problem("If-Match", reason, remedy, CLAUSE)])
    if verdict == "missing":
        reason = "A PUT of a profile document needs If-Match or If-None-Match"
        remedy = "Send If-None-Match: * to store a document where there is none"
        raise RequestRefused(reason, remedy=remedy, problems=[Problem("If-None-Match", reason, remedy, CLAUSE)])


def _require_json(which: str, content_type: str) -> None:
    if not _is_json(content_type):
        reason = f"The {which} document is {content_type}, and only application/json can be merged"
        remedy = "Replace the document with PUT"
        raise RequestRefused(reason, remedy=remedy, problems=[Problem("Content-Type", reason, remedy, MERGING)])


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == JSON


def _shelf(scope: Scope) -> Shelf:
    agent_key = scope.agent.digest if scope.agent else None
    return Shelf(scope.key, scope.resource, scope.activity, agent_key, scope.registration)


def _id(query: DocumentQuery) -> str:
    if query.document_id is None:
        raise NotFound("The request names no document")
    return query.document_id


def _listed(ids: list[str]) -> bytes:
    return orjson.dumps(ids)
