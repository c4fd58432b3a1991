"""The State documents of an attempt (ADL xAPI SCORM profile, 5.0, 6.0 and its data objects).

``activity-state`` of a unit lists its attempts; ``attempt-state`` and the suspend data are of the attempt's activity.
None has a registration: the attempt is in the activity's IRI.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from lrs_bridge.courseware.attempt_state import AttemptState
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.storage import documents
from lrs_bridge.storage.documents import Content, Shelf, StoredDocument
from lrs_bridge.xapi.concurrency import etag_of
from lrs_bridge.xapi.documents import Scope
from lrs_bridge.xapi.drafts import AttemptContext, duration_of_seconds

ACTIVITY_STATE: Final = "https://w3id.org/xapi/scorm/activity-state"
ATTEMPT_STATE: Final = "https://w3id.org/xapi/scorm/attempt-state"
SUSPEND_DATA: Final = "https://w3id.org/xapi/scorm/types/adl-suspend-data"
LOCATIONS: Final = ("cmi.core.lesson_location", "cmi.location")
JSON: Final = "application/json"


def record_documents(
    connection: sa.Connection, before: AttemptState, after: AttemptState, context: AttemptContext, *, at: datetime
) -> None:
    """Write what the commit changed of them, in its transaction."""
    if not before.begun:
        _list_attempt(connection, context, at)
    if (state := attempt_state(after)) != attempt_state(before) or not before.begun:
        _put(connection, context.attempt_iri, context, ATTEMPT_STATE, JSON, orjson.dumps(state), at)
    kept = after.cmi.get("cmi.suspend_data", "")
    if kept != before.cmi.get("cmi.suspend_data", ""):
        _put(connection, context.attempt_iri, context, SUSPEND_DATA, "text/plain; charset=utf-8", kept.encode(), at)


def attempt_state(state: AttemptState) -> dict[str, Any]:
    """The profile's SCORM Activity Attempt State."""
    found = {"credit": "credit", "mode": "normal", "total_time": duration_of_seconds(state.total_seconds)}
    location = next((value for name in LOCATIONS if (value := state.cmi.get(name))), "")
    return found | ({"location": location} if location else {})


def _list_attempt(connection: sa.Connection, context: AttemptContext, at: datetime) -> None:
    def make(stored: StoredDocument | None) -> Content:
        known = _attempts(stored)
        listed = known if context.attempt_iri in known else [*known, context.attempt_iri]
        body = orjson.dumps({"attempts": listed})
        return JSON, body, etag_of(body)

    shelf = _shelf(context.unit.id, context)
    documents.write_document(connection, shelf, ACTIVITY_STATE, make, at=at)


def _attempts(stored: StoredDocument | None) -> list[str]:
    """Anybody with the scope may have written another document under this id: that one is begun anew."""
    try:
        found = orjson.loads(stored.body).get("attempts") if stored else []
    except (orjson.JSONDecodeError, AttributeError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _put(
    connection: sa.Connection,
    activity: str,
    context: AttemptContext,
    document_id: str,
    content_type: str,
    body: bytes,
    at: datetime,
) -> None:
    content = (content_type, body, etag_of(body))
    documents.write_document(connection, _shelf(activity, context), document_id, lambda _: content, at=at)


def _shelf(activity: str, context: AttemptContext) -> Shelf:
    agent = ActorKey.of_actor(context.actor)
    scope = Scope("state", activity, agent)
    return Shelf(scope.key, scope.resource, activity, agent.digest if agent else None, None)
