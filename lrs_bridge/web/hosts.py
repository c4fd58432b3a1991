"""Two origins on one server: the application, and the content that must never see a session of it (DESIGN 4.7)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from lrs_bridge.errors import NotFound
from lrs_bridge.settings import Settings

SESSION_BLUEPRINTS = {"manage", "admin"}
CONTENT_BLUEPRINTS = {"player", "content", "runtime", "cmi5_content"}


def install(app: Flask, settings: Settings) -> None:
    content_host = urlsplit(settings.content_url).netloc

    @app.before_request
    def keep_origins_apart() -> None:
        on_content_host = request.host.lower() == content_host
        if request.blueprint in SESSION_BLUEPRINTS and on_content_host:
            raise NotFound("This page is not on the content host", remedy=f"Open it at {settings.public_url}")
        if request.blueprint in CONTENT_BLUEPRINTS and not on_content_host:
            raise NotFound("Courses are not on this host", remedy=f"They are at {settings.content_url}")

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        if request.blueprint not in CONTENT_BLUEPRINTS:
            response.headers.setdefault(
                "Content-Security-Policy",
                "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
            )
        return response
