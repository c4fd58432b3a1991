"""Pages in the browser."""

from __future__ import annotations

from collections.abc import Mapping

from lrs_bridge.web.api_operation import CSV, FORM, HTML, NOTHING, SESSION, Operation
from lrs_bridge.web.api_schemas import COUNT, TEXT, UUID_TEXT, Schema, list_of

QUARANTINE_QUERY: Mapping[str, Schema] = {
    "state": {"enum": ["waiting", "replayed", "dropped"]},
    "sender": TEXT,
    "text": TEXT,
    "sort": TEXT,
    "page": TEXT,
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


PAGES_OPERATIONS: dict[str, Operation] = {
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
}  # fmt: skip
