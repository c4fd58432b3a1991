"""webhooks: a web address hears of statements."""

from __future__ import annotations

import click

from lrs_bridge.commands.filters import filter_options
from lrs_bridge.commands.output import console, format_option, open_bridge, print_json
from lrs_bridge.commands.targets import add_common
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.services.webhooks import add_webhook


@click.group()
def webhooks() -> None:
    """Post matching statements to a web address, signed."""


@webhooks.command()
@click.argument("name")
@click.argument("url")
@click.option("--from-start", is_flag=True, help="Everything that is stored already, too.")
@filter_options
@format_option
def add(name: str, url: str, from_start: bool, wanted: StatementFilter, format_: str) -> None:
    """Post to URL; the secret of the signatures is shown once.

    Example: lrs-bridge webhooks add hr https://hr.example.com/hook --verb http://adlnet.gov/expapi/verbs/passed
    """
    with open_bridge() as bridge:
        secret = add_webhook(bridge, name, url, wanted, from_start=from_start)
    if format_ == "json":
        print_json({"name": name, "url": url, "secret": secret})
    else:
        console.print(f"secret {secret}\nThe secret is not shown again.")


add_common(webhooks, "webhook")
