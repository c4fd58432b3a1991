"""Options that say which: statements, where a secret comes from, rows of the feed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from lrs_bridge.feeds.query import CHOICES
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

DAY = click.DateTime(["%Y-%m-%d"])
FEED_OPTIONS = (
    click.option("--requirement", default="", help="Only this requirement."),
    click.option("--manager", default="", metavar="EMPLOYEE_ID", help="Only the people who answer to this person."),
    click.option("--employee", default="", metavar="EMPLOYEE_ID", help="Only this person."),
    *(
        click.option(f"--{name}", default="", type=click.Choice(["", *CHOICES[name]]), help=f"Only this {name}.")
        for name in ("status", "reason", "progress")
    ),
    *(
        click.option(f"--{name}", default="", help=f"Only this {name}.")
        for name in ("department", "country", "location")
    ),
    click.option("--due-from", type=DAY, help="Only what is due on this day or after."),
    click.option("--due-until", type=DAY, help="Only what is due on this day or before."),
    click.option("--as-of", type=DAY, help="The date asked about; today by default."),
)


def feed_options(command: Command) -> Command:
    """Adds what the feed can be filtered by; the command gets each by its name in FeedQuery."""
    for option in reversed(FEED_OPTIONS):
        command = option(command)
    return command


def filter_options(command: Command) -> Command:
    """Adds the four lists; the command gets them as one argument, ``wanted``."""

    @functools.wraps(command)
    def with_filter(**given: Any) -> Any:
        lists = {name: given.pop(name) for name in ("verbs", "activities", "agents", "authorities")}
        return command(wanted=StatementFilter(**lists), **given)

    for option in reversed(OPTIONS):
        with_filter = option(with_filter)
    return with_filter
