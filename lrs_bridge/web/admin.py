"""/admin: pages for those who look after the bridge. Each section is a module of its own that adds its routes here."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint

from lrs_bridge.services.backlog import read_backlog
from lrs_bridge.web import admin_quarantine, sign_in
from lrs_bridge.web.access import bridge
from lrs_bridge.web.admin_access import let_in, page

bp = Blueprint("admin", __name__)
sign_in.add_to(bp)
admin_quarantine.add_to(bp)


@bp.app_template_filter("instant")
def instant_filter(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


@bp.get("/")
def get_overview() -> str:
    let_in()
    backlog = read_backlog(bridge().database)
    return page("admin.html", waiting={"admin.list_quarantine": backlog.quarantined})
