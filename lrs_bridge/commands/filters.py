"""Options that several commands share: which statements, and where a secret comes from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from lrs_bridge.services.statement_filters import StatementFilter

Command = Callable[..., Any]
secret_option = click.option(
    "--secret", envvar="LRS_SECRET", prompt=True, hide_input=True, show_envvar=True,
    help="Asked for where it is not given; other users of this machine can see arguments.",
)  # fmt: skip
OPTIONS = (
    click.option("--verb", "verbs", multiple=True, metavar="IRI", help="Only these verbs; may be repeated."),
    click.option("--activity", "activities", multiple=True, metavar="IRI", help="Only about these activities."),
    click.option("--agent", "agents", multiple=True, metavar="AGENT", help="mailto:ada@example.com or homePage|name."),
    click.option("--authority", "authorities", multiple=True, metavar="AGENT", help="Only written by these."),
)


def filter_options(command: Command) -> Command:
    """Adds the four lists; the command gets them as one argument, ``wanted``."""

    @functools.wraps(command)
    def with_filter(**given: Any) -> Any:
        lists = {name: given.pop(name) for name in ("verbs", "activities", "agents", "authorities")}
        return command(wanted=StatementFilter(**lists), **given)

    for option in reversed(OPTIONS):
        with_filter = option(with_filter)
    return with_filter
