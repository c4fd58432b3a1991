"""The files of launched cmi5 units, on the content origin: they run in a window of their own, or in the LMS's frame."""

from __future__ import annotations

from flask import Blueprint, Response, send_file

from lrs_bridge.courseware.entry_names import normal
from lrs_bridge.errors import NotFound
from lrs_bridge.services.cmi5_launch import file_of_session
from lrs_bridge.services.install_package import media_type
from lrs_bridge.web.access import bridge
from lrs_bridge.web.framing import who_may_frame

bp = Blueprint("cmi5_content", __name__)
A_DAY = 86_400


@bp.get("/<token>/<path:name>")
def file(token: str, name: str) -> Response:
    found = None if "\0" in name else file_of_session(bridge(), token, normal(name))
    if found is None:
        raise NotFound(f"The package has no file {name!r}", remedy="Tell the author: a page of the course links to it")
    path = bridge().content.path(found.digest).absolute()
    response = send_file(path, mimetype=media_type(name), conditional=True, etag=found.digest, max_age=A_DAY)
    response.headers["Cache-Control"] = f"private, max-age={A_DAY}"
    response.headers["Content-Security-Policy"] = f"frame-ancestors {who_may_frame()}"
    return response
