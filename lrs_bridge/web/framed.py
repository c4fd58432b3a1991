"""The page around a unit that speaks to the server itself: xAPI packages and AICC courses."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, render_template, request, url_for

from lrs_bridge.services.framed_launches import open_frame
from lrs_bridge.web.access import bridge
from lrs_bridge.web.framing import who_may_frame
from lrs_bridge.web.play import player
from lrs_bridge.web.player_words import language_of

BLUEPRINTS = {"player": player}
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"


@player.get("/<token>/unit")
def frame(token: str) -> Response:
    opened = open_frame(bridge(), token)
    elsewhere = urlsplit(opened.address)
    whole = bool(elsewhere.scheme)
    root = "" if whole or not opened.address else url_for("content.file", token=token, name="")
    body = render_template(
        "framed.html",
        opened=opened,
        address=root + opened.address,
        language=language_of(request.accept_languages),
        units=[(unit, url_for("player.other_unit", token=token, unit_id=unit.id)) for unit in opened.units],
    )
    response = Response(body)
    shown_from = f"{elsewhere.scheme}://{elsewhere.netloc}" if whole else "'self'"
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src {shown_from}; frame-ancestors {who_may_frame()}"
    response.headers["Cache-Control"] = "no-store"
    return response
