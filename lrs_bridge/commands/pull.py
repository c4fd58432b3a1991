"""pull: statements from other LRSs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from lrs_bridge.commands.filters import secret_option
from lrs_bridge.commands.output import console, format_option, open_bridge, print_listing, progress
from lrs_bridge.errors import Unavailable
from lrs_bridge.services import pulling as service

COLUMNS = ("name", "url", "authority", "state", "pulled", "since", "last_success", "next_attempt", "last_error")


@click.group()
def pull() -> None:
    """Read statements from other LRSs, every minute, from where the last reading ended."""


@pull.command()
@click.argument("name")
@click.argument("endpoint")
@click.option("--key", required=True, help="Key of a credential of the other LRS that may read.")
@secret_option
@click.option("--xapi-version", "version", type=click.Choice(service.VERSIONS), default="1.0.3", show_default=True)
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Stored there later (UTC).")
@click.option("--keep-authority", is_flag=True, help="Keep who vouched for them there, and when they were stored.")
def add(
    name: str, endpoint: str, key: str, secret: str, version: str, since: datetime | None, keep_authority: bool
) -> None:
    """Read from the LRS at ENDPOINT, the address below which /statements lies.

    Example: lrs-bridge pull add academy https://lrs.example.com/xapi --key 3f9a
    """
    start = since.replace(tzinfo=UTC) if since else None
    with open_bridge() as bridge:
        service.add_source(
            bridge, name, endpoint, key=key, secret=secret, version=version, keep_authority=keep_authority, since=start
        )
    console.print(f"Added {name}; the server begins at once. Its state: lrs-bridge pull list")


@pull.command("list")
@format_option
def list_(format_: str) -> None:
    """Every source with its state and its last error. Example: lrs-bridge pull list --format json"""
    with open_bridge() as bridge:
        rows = [asdict(view) for view in service.list_sources(bridge)]
    print_listing(format_, COLUMNS, rows)


@pull.command()
@click.argument("name")
def run(name: str) -> None:
    """Read a source now, to its end. Example: lrs-bridge pull run academy"""
    with open_bridge() as bridge:
        with progress(f"Reading {name}") as tell:
            count = service.pull(bridge, name, tell=lambda done: tell(done, done))
        view = next(view for view in service.list_sources(bridge) if view.name == name)
    console.print(f"{count:,} new statements")
    if view.last_error:
        raise Unavailable(view.last_error, remedy="What was read is stored; the next run goes on after it")


@pull.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a source; what was read stays. Example: lrs-bridge pull remove academy"""
    with open_bridge() as bridge:
        service.remove_source(bridge, name)
    console.print(f"Removed {name}")
