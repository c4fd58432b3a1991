"""forward: statements to other LRSs."""

from __future__ import annotations

import click

from lrs_bridge.commands.filters import filter_options, secret_option
from lrs_bridge.commands.output import console, open_bridge
from lrs_bridge.commands.targets import add_common
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.services.targets import add_target


@click.group()
def forward() -> None:
    """Forward statements to other LRSs: each once, in order, whatever is restarted in between."""


@forward.command()
@click.argument("name")
@click.argument("endpoint")
@click.option("--key", required=True, help="Key of a credential of the other LRS that may write.")
@secret_option
@click.option("--from-now", is_flag=True, help="Only what is stored from now on; without, everything.")
@filter_options
def add(name: str, endpoint: str, key: str, secret: str, from_now: bool, wanted: StatementFilter) -> None:
    """Forward to the LRS at ENDPOINT, the address below which /statements lies.

    Example: lrs-bridge forward add warehouse https://lrs.example.com/xapi --key 3f9a
    """
    with open_bridge() as bridge:
        add_target(bridge, "lrs", name, endpoint, key=key, secret=secret, wanted=wanted, from_now=from_now)
    console.print(f"Added {name}; the server begins at once. Its state: lrs-bridge forward list")


add_common(forward, "lrs")
