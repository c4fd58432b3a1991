"""/health: is the process alive, and can it answer."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

from lrs_bridge.web.access import bridge

bp = Blueprint("health", __name__)


@bp.get("/live")
def live() -> Response:
    return jsonify({"status": "alive"})


@bp.get("/ready")
def ready() -> Response:
    """503 by the table of errors when the database does not answer."""
    with bridge().database.reading() as connection:
        connection.execute(sa.text("SELECT 1"))
    return jsonify({"status": "ready"})
