"""/xapi/activities and /xapi/agents (xAPI Communication 2.4, 2.5)."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.services.activities import full_activity, person
from lrs_bridge.web.access import bridge, lrs_credential
from lrs_bridge.web.xapi_answers import conditional, json_answer
from lrs_bridge.web.xapi_version import speak_versions
from lrs_bridge.xapi.documents import parse_activity_query, parse_agent_query

bp = Blueprint("xapi_resources", __name__)
speak_versions(bp)

# The specification names no scope for these. What an activity is called is told to whoever works with it; the names
# of people only to those who may read what people did, or keep profiles of them.
READ_ACTIVITIES = ("statements/read", "define", "profile", "state", "all/read")
READ_AGENTS = ("statements/read", "profile", "all/read")


@bp.get("/activities")
def get_activity() -> Response:
    lrs_credential().require(*READ_ACTIVITIES)
    activity = parse_activity_query(request.args.items(multi=True), g.xapi_version)
    return _answer(full_activity(bridge(), activity))


@bp.get("/agents")
def get_agent() -> Response:
    credential = lrs_credential()
    credential.require(*READ_AGENTS)
    agent = parse_agent_query(request.args.items(multi=True), g.xapi_version)
    credential.require_within(actor=ActorKey.of_actor(agent))
    return _answer(person(bridge(), agent))


def _answer(value: dict[str, Any]) -> Response:
    return conditional(json_answer(orjson.dumps(value)))
