"""The version header, the same for every resource of the LRS (xAPI Communication 3.3, IEEE 9274.1.1 4.1.7)."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from lrs_bridge.errors import RequestRefused
from lrs_bridge.web.access import bridge
from lrs_bridge.xapi.versions import HEADER, version_of_request

WITHOUT_VERSION = {"xapi.get_about"}
"""About is for those who do not know yet what is spoken here: it takes any version or none."""


def speak_versions(bp: Blueprint) -> None:
    """Every request to ``bp`` chooses a version, ``g.xapi_version``, and every answer names it."""
    bp.before_request(_choose)
    bp.after_request(_name)


def _choose() -> None:
    declared = bridge().manifest.xapi
    spoken = declared.versions if declared else ()
    # of an answer to a request that names none, or one that is not spoken
    g.xapi_version = bridge().settings.xapi_answer_version or spoken[0]
    try:
        g.xapi_version = version_of_request(request.headers.get(HEADER), spoken=spoken)
    except RequestRefused:
        if request.endpoint not in WITHOUT_VERSION:
            raise


def _name(response: Response) -> Response:
    if "xapi_version" in g:
        response.headers[HEADER] = g.xapi_version
    return response
