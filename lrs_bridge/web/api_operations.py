"""One entry a route: what it is for, what it takes, how it answers. A test fails where a route has none.

``refusals`` are answers with the Error schema beside those that every operation of its kind may give (see openapi).
"""

from __future__ import annotations

from lrs_bridge.web.api_courses import COURSES_OPERATIONS
from lrs_bridge.web.api_feeds import FEEDS_OPERATIONS
from lrs_bridge.web.api_lrs import LRS_OPERATIONS
from lrs_bridge.web.api_operation import BASIC, JSON, NOTHING, Operation
from lrs_bridge.web.api_pages import PAGES_OPERATIONS
from lrs_bridge.web.api_people import PEOPLE_OPERATIONS
from lrs_bridge.web.api_schemas import ANY, OBJECT, TEXT, ref

OPERATIONS: dict[str, Operation] = {
    "plugin_manifest": Operation("What this server offers", {200: {"application/xml": ANY}}),
    "openapi": Operation("This description", {200: {JSON: OBJECT}}),
    "static": Operation("A file of our own pages", {200: {"*/*": ANY}, 304: NOTHING}),
    "metrics.get_metrics": Operation(
        "Metrics for Prometheus", {200: {"text/plain; version=1.0.0; charset=utf-8": TEXT}}, BASIC, refusals=(401, 403)
    ),
    "health.live": Operation("The process answers", {200: {JSON: ref("Health")}}),
    "health.ready": Operation("The database answers too", {200: {JSON: ref("Health")}}),
    **LRS_OPERATIONS,
    **COURSES_OPERATIONS,
    **PEOPLE_OPERATIONS,
    **FEEDS_OPERATIONS,
    **PAGES_OPERATIONS,
}  # fmt: skip
