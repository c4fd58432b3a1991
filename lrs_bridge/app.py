"""create_app: the bridge opened and its doors mounted, in this order."""

from __future__ import annotations

import atexit
import gc
from datetime import timedelta

from flask import Flask

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.jobs import Jobs, background_jobs
from lrs_bridge.settings import Settings
from lrs_bridge.web import errors, hosts, logging, mounting
from lrs_bridge.web.gate import Gate
from lrs_bridge.web.sessions import PageSessions

LARGEST_BODY = 64 * 1024 * 1024
THREADS = 16


def create_app(settings: Settings | None = None) -> Flask:
    """A WSGI application on an open bridge. Raises SettingInvalid or ManifestInvalid rather than start half."""
    settings = settings or Settings.from_environment()
    bridge = Bridge.open(settings)
    app = Flask("lrs_bridge.web", static_folder=None)
    _configure(app, bridge)
    logging.install(app)
    errors.install(app)
    hosts.install(app, settings)
    mounting.mount(app, bridge.manifest)
    _start_jobs(app, bridge)
    return app


def create_server() -> Gate:
    """What `serve` runs in each worker: the application behind the gate that keeps slow clients from its threads."""
    app = create_app()
    gc.freeze()  # what is loaded by now stays: no collection needs to look at it while rows stream
    return Gate(app, threads=THREADS)


def _configure(app: Flask, bridge: Bridge) -> None:
    app.extensions["lrs_bridge"] = bridge
    app.session_interface = PageSessions()
    app.config.update(
        SECRET_KEY=bridge.signing_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SESSION_COOKIE_NAME="lrs_bridge",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=bridge.settings.public_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )


def _start_jobs(app: Flask, bridge: Bridge) -> None:
    jobs = Jobs(bridge, background_jobs())
    jobs.start()

    def close() -> None:
        jobs.stop()
        bridge.close()

    app.extensions["lrs_bridge_close"] = close
    atexit.register(close)
