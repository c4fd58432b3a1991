"""The content origin: a one-time launch, the player's page, the package's files, and the runtime's commits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from lrs_bridge.courseware.entry_names import normal
from lrs_bridge.courseware.runtime_wire import BODY_LIMIT, acknowledged, read_commit
from lrs_bridge.errors import NotFound, RequestRefused, StatementRefused
from lrs_bridge.services.framed_launches import is_framed
from lrs_bridge.services.install_package import media_type
from lrs_bridge.services.launches import start_launch
from lrs_bridge.services.player_pages import OpenedPlayer, UnitState, content_file, open_player, switch_unit
from lrs_bridge.services.run_attempt import record_commit
from lrs_bridge.web.access import bridge, json_object
from lrs_bridge.web.framing import who_may_frame
from lrs_bridge.web.player_words import language_of

player = Blueprint("player", __name__)
content = Blueprint("content", __name__)
runtime = Blueprint("runtime", __name__)
BLUEPRINTS = {"player": player, "content": content, "runtime": runtime}

PLAYER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'"
)
A_DAY = 86_400
LIBRARY, LIBRARY_2004 = "scorm-again.min.js", "scorm-again-2004.min.js"


@player.get("/start/<token>")
def start(token: str) -> Any:
    """The one-time address: good for the first who comes. A link checker's HEAD uses nothing up."""
    if request.method == "HEAD":
        return Response()
    running = start_launch(bridge(), token)
    return redirect(url_for("player.frame" if is_framed(bridge(), running) else "player.page", token=running), 303)


@player.get("/<token>/")
def page(token: str) -> Response:
    opened = open_player(bridge(), token)
    body = render_template(
        "player.html",
        course_title=opened.course_title,
        course_language=opened.language,
        unit_title=opened.unit.title,
        language=language_of(request.accept_languages),
        assets="/static",
        library=LIBRARY_2004 if opened.sequencing else LIBRARY,
        units=[_line(unit, token) for unit in opened.units],
        launch=_for_script(opened, token),
    )
    response = Response(body)
    response.headers["Content-Security-Policy"] = f"{PLAYER_POLICY}; frame-ancestors {who_may_frame()}"
    response.headers["Cache-Control"] = "no-store"
    return response


@player.get("/<token>/units/<uuid:unit_id>")
def other_unit(token: str, unit_id: UUID) -> Any:
    return redirect(switch_unit(bridge(), token, unit_id).url, 303)


@content.get("/<token>/<path:name>")
def file(token: str, name: str) -> Response:
    """A file of the launched package: strong validator, ranges, no guessing of types."""
    found = None if "\0" in name else content_file(bridge(), token, normal(name))
    if found is None:
        raise NotFound(f"The package has no file {name!r}", remedy="Tell the author: a page of the course links to it")
    response = send_file(
        bridge().content.path(found.digest).absolute(),
        mimetype=media_type(name),
        conditional=True,
        etag=found.digest,
        max_age=A_DAY,
    )
    response.headers["Cache-Control"] = f"private, max-age={A_DAY}"
    response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
    return response


@runtime.post("/<token>/commit")
def commit(token: str) -> tuple[Response, int]:
    """The wire is described in courseware/runtime_wire.py."""
    request.max_content_length = BODY_LIMIT
    sequence = 0
    try:
        body = json_object()
        sequence = body.get("sequence", 0)
        message = read_commit(body)
        outcome = record_commit(bridge(), token, message)
    except (RequestRefused, StatementRefused, RequestEntityTooLarge) as error:
        return jsonify({"refused": sequence, "reason": str(error)}), 400
    if outcome.superseded:
        return jsonify({"superseded": True}), 409
    return jsonify(acknowledged(message, cmi=outcome.cmi, sequencing=outcome.sequencing)), 200


def _line(unit: UnitState, token: str) -> dict[str, Any]:
    return {
        "identifier": unit.identifier,
        "title": unit.title,
        "url": url_for("player.other_unit", token=token, unit_id=unit.id),
        "state": unit.state,
        "current": unit.is_current,
    }


def _for_script(opened: OpenedPlayer, token: str) -> dict[str, Any]:
    return {
        "launch": str(opened.launch_id),
        "attempt": f"{opened.registration}/{opened.unit.identifier}",
        "sequence": opened.last_sequence,
        "activity": opened.unit.identifier,
        "commit_url": url_for("runtime.commit", token=token),
        "content_url": url_for("content.file", token=token, name="") + opened.unit.url,
        "cmi": opened.cmi,
        "sequencing": _sequencing(opened, token),
        "return_url": opened.return_url,
    }


def _sequencing(opened: OpenedPlayer, token: str) -> dict[str, Any]:
    """Each unit by the address that launches it."""
    if not opened.sequencing:
        return {}
    units = {
        identifier: url_for("player.other_unit", token=token, unit_id=unit_id)
        for identifier, unit_id in opened.sequencing["units"].items()
    }
    return opened.sequencing | {"units": units}
