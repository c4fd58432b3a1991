"""serve and init-db."""

from __future__ import annotations

import atexit
import os
import resource
from tempfile import TemporaryDirectory

import click
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from lrs_bridge.commands.output import console, open_bridge
from lrs_bridge.manifest import default_manifest_path, load_manifest
from lrs_bridge.services.metrics import SHARED_FOLDER
from lrs_bridge.settings import DEFAULT_PORT, PREFIX, Settings, remember_port

CONNECTIONS = 4096
"""For each worker. Far more than are worked on at once: a slow client costs a connection here, but no thread."""
HEADER_MILLISECONDS = 20_000
"""For the headers of a request, also the next one of a connection that is kept. The body's limits are the gate's."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, help="Processes; leave 1 with SQLite, which has one writer.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the bridge until stopped.

    Example: lrs-bridge serve --host 0.0.0.0 --port 8000
    """
    settings = Settings.from_environment(port=port)
    load_manifest(settings.manifest or default_manifest_path())  # refuse here, in words, not in a worker
    remember_port(settings.data_dir, port)
    # the workers read the environment themselves
    os.environ[PREFIX + "PUBLIC_URL"] = settings.public_url
    os.environ[PREFIX + "CONTENT_URL"] = settings.content_url
    _share_metrics(workers)
    _allow_open_files()
    console.print(f"Serving at {settings.public_url}, courses at {settings.content_url}")
    Server(
        "lrs_bridge.app:create_server",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,  # of HTTP/2, a connection carries any number of requests, past the limits here
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        websockets=False,
        backpressure=CONNECTIONS,
        factory=True,
        workers=workers,
        log_access=False,
    ).serve()


def _share_metrics(workers: int) -> None:
    """Several processes count into one folder, which goes with the server."""
    if workers > 1:
        folder = TemporaryDirectory(prefix="lrs-bridge-metrics-")
        atexit.register(folder.cleanup)
        os.environ[SHARED_FOLDER] = folder.name


def _allow_open_files() -> None:
    """A connection is an open file, and the usual limit of 1,024 leaves none for the database."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS if most == resource.RLIM_INFINITY else min(2 * CONNECTIONS, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@click.command("init-db")
def init_db() -> None:
    """Create the database, or bring its schema up to date.

    Example: LRS_BRIDGE_DATABASE_URL=postgresql://… lrs-bridge init-db
    """
    with open_bridge() as bridge:
        console.print(f"The database is ready: {bridge.database.engine.url.render_as_string(hide_password=True)}")
