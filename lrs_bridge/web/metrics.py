"""/metrics for Prometheus, and who may read it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from lrs_bridge.services.backlog import Backlog, read_backlog
from lrs_bridge.web.access import basic_credential, bridge

if TYPE_CHECKING:
    from prometheus_client import Metric

bp = Blueprint("metrics", __name__)
GAUGES = {
    "dirty_people": ("lrs_bridge_dirty_people", "People whose statuses wait to be evaluated"),
    "refresh_lag": ("lrs_bridge_refresh_lag_seconds", "Age of the oldest status that waits to be evaluated"),
    "watermark_lag": (
        "lrs_bridge_watermark_lag_seconds",
        "How far the newest statement is ahead of what readers may rely on",
    ),
    "quarantined": ("lrs_bridge_quarantined_statements", "Statements set aside that nobody has settled"),
    "unmatched": ("lrs_bridge_unmatched_statements", "Statements whose actor is nobody of the roster"),
}

OUTGOING = {
    "pending": ("lrs_bridge_outbox_pending_statements", "Statements that wait for a target, up to 100,000"),
    "oldest": ("lrs_bridge_outbox_oldest_seconds", "Age of the oldest statement that waits for a target"),
    "dead_letters": ("lrs_bridge_outbox_dead_letters", "Statements that a target refused for good"),
}
"""Of each other LRS and each webhook."""


@bp.get("")
def get_metrics() -> Response:
    """No names and no ids are in it, but it tells how a company works: it is not for everybody."""
    if not _is_own_machine():
        basic_credential().require("metrics", "all/read")
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    now = CollectorRegistry()
    now.register(_State(read_backlog(bridge().database)))
    body = generate_latest(bridge().meters.registry()) + generate_latest(now)
    return Response(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


class _State:
    """One reading of the database as gauges."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterable[Metric]:
        from prometheus_client.metrics_core import GaugeMetricFamily

        for field, (name, words) in GAUGES.items():
            yield GaugeMetricFamily(name, words, value=getattr(self._backlog, field))
        for field, (name, words) in OUTGOING.items():
            family = GaugeMetricFamily(name, words, labels=("kind", "target"))
            for one in self._backlog.outgoing:
                family.add_metric((one.kind, one.name), getattr(one, field))
            yield family


def _is_own_machine() -> bool:
    """A bridge that is itself at localhost, asked there from the same machine.

    The peer's address alone says nothing: behind a reverse proxy everybody comes from 127.0.0.1. Such a bridge has a
    PUBLIC_URL of its own, and there a credential is needed. The Host header keeps out a page of another site whose
    name was made to lead to 127.0.0.1.
    """
    named = (urlsplit(bridge().settings.public_url).hostname, urlsplit(f"//{request.host}").hostname)
    return all(map(_is_loopback, (request.remote_addr, *named)))


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
