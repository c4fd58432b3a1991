"""/scim/v2: identity providers and HR systems push people (RFC 7644). The protocol is scim2-server's."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

import orjson
from flask import Blueprint, Response, request
from scim2_models import Error, SCIMException, ScimProvider
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, match
from scim2_server.service import ScimService

from lrs_bridge.errors import LrsBridgeError
from lrs_bridge.services.scim_models import scim_provider
from lrs_bridge.services.scim_quirks import put_right
from lrs_bridge.services.scim_users import ScimUsers
from lrs_bridge.storage.database import now
from lrs_bridge.web.access import bridge, machine_credential
from lrs_bridge.web.errors import STATUS

bp = Blueprint("scim", __name__)
SCOPE = "scim"
WRITES = {Operation.create, Operation.replace, Operation.patch, Operation.delete, Operation.bulk}
CHALLENGE = 'Bearer realm="LRS Bridge SCIM", Basic realm="LRS Bridge SCIM", charset="UTF-8"'


@lru_cache(maxsize=1)
def _provider() -> ScimProvider:
    return scim_provider()


def serve(**_: str) -> Response:
    """Any request: who asks, what the library says to it, and our own errors in the words of SCIM."""
    asked = _request()
    service = ScimService(_provider())
    try:
        answer = _answer(service, asked)
    except SCIMException as error:
        answer = service.error_response(error)
    except LrsBridgeError as error:
        answer = _refusal(error)
    answer.headers.setdefault("Cache-Control", "no-store")
    body = b"" if answer.body is None else orjson.dumps(answer.body)
    return Response(body, int(answer.status), answer.headers)


def _request() -> ScimRequest:
    declared = bridge().manifest.endpoint("scim")
    prefix = declared.path if declared else ""
    return ScimRequest(
        method=request.method,
        base_url=bridge().settings.public_url + prefix,
        path=request.path.removeprefix(prefix),
        query=request.args,
        headers=list(request.headers.items()),
        body=put_right(request.get_data()),
    )


def _answer(service: ScimService, asked: ScimRequest) -> ScimResponse:
    """What the service can do may be read by anybody (RFC 7643 5)."""
    operation = match(asked.method, asked.path).operation
    who = ""
    if operation is not Operation.service_provider_config:
        found = machine_credential()
        found.require(SCOPE)
        who = f"SCIM {found.name}"
    users = ScimUsers(bridge(), who, at=now(), writes=operation in WRITES)
    return ScimHandler(service, users).handle(asked)


def _refusal(error: LrsBridgeError) -> ScimResponse:
    status = STATUS[type(error)]
    words = ". ".join((error.reason, *map(str, error.problems), error.remedy)).rstrip(". ")
    answer = ScimResponse(HTTPStatus(status), Error(status=status, detail=words).model_dump())
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = CHALLENGE
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "5"
    return answer


ROUTES = (
    ("get_service_provider_config", "GET", "/ServiceProviderConfig"),
    ("get_resource_types", "GET", "/ResourceTypes"),
    ("get_resource_type", "GET", "/ResourceTypes/<resource_id>"),
    ("get_schemas", "GET", "/Schemas"),
    ("get_schema", "GET", "/Schemas/<resource_id>"),
    ("get_users", "GET", "/Users"),
    ("post_user", "POST", "/Users"),
    ("search_users", "POST", "/Users/.search"),
    ("get_user", "GET", "/Users/<resource_id>"),
    ("put_user", "PUT", "/Users/<resource_id>"),
    ("patch_user", "PATCH", "/Users/<resource_id>"),
    ("delete_user", "DELETE", "/Users/<resource_id>"),
    ("search", "GET", "/"),
    ("search_with_body", "POST", "/.search"),
    ("post_bulk", "POST", "/Bulk"),
)
EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]

for name, method, rule in ROUTES:
    bp.add_url_rule(rule, name, serve, methods=[method])
# the library knows what there is and what not, and says so in the words of SCIM
bp.add_url_rule("/<path:rest>", "refuse", serve, methods=EVERY_METHOD)
