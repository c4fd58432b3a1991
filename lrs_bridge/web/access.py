"""Who is asking, and with what body: credentials of machines, JSON objects."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, g, request

from lrs_bridge.errors import NotAuthenticated, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.cmi5_sessions import require_running
from lrs_bridge.services.credentials import Credential, authenticate
from lrs_bridge.services.oauth import credential_of_token
from lrs_bridge.xapi.parsing import parse_json


def bridge() -> Bridge:
    """The one open bridge of this process."""
    return cast(Bridge, current_app.extensions["lrs_bridge"])


def lrs_credential() -> Credential:
    """The credential of a request to the LRS, by Basic or bearer token, as far as the manifest declares them."""
    declared = bridge().manifest.xapi
    given = request.authorization
    if given is not None and given.type == "bearer" and declared and "oauth2" in declared.auth:
        return _named(credential_of_token(bridge(), given.token or ""))
    if declared and "basic" not in declared.auth:
        raise NotAuthenticated("This LRS takes bearer tokens only", remedy="Get one from its token issuer")
    found = basic_credential()
    if found.bounds.session:
        require_running(bridge(), found.bounds)
    return found


def basic_credential() -> Credential:
    """The credential of this request; raises NotAuthenticated."""
    given = request.authorization
    if given is None or given.type != "basic" or given.username is None or given.password is None:
        raise NotAuthenticated(
            "This needs a credential by HTTP Basic",
            remedy="Make one: lrs-bridge credentials create NAME --scope statements/write",
        )
    # RFC 7617: no control characters; one database would refuse to look for a NUL
    return _named(authenticate(bridge(), given.username.replace("\0", " "), given.password))


def machine_credential() -> Credential:
    """By HTTP Basic, or as a bearer token, KEY.SECRET, for senders that know nothing else; raises NotAuthenticated."""
    given = request.authorization
    if given is None:
        raise NotAuthenticated(
            "This needs a credential: Authorization: Bearer KEY.SECRET, or HTTP Basic",
            remedy="Make one: lrs-bridge credentials create NAME --scope scim",
        )
    if given.type != "bearer":
        return basic_credential()
    key, _, secret = (given.token or "").partition(".")
    return _named(authenticate(bridge(), key.replace("\0", " "), secret))


def _named(found: Credential) -> Credential:
    """For the log: a key is written there only when it was proven to be one."""
    g.credential_key = found.key
    return found


def json_object() -> dict[str, Any]:
    """The body of this request, a JSON object; raises RequestRefused."""
    body = parse_json(request.get_data())
    if not isinstance(body, dict):
        raise RequestRefused("The body is not a JSON object")
    return body
