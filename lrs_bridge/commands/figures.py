"""figures: rates, trends, forecasts and uptake on the command line, as the operator (who sees everybody)."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from lrs_bridge.commands.output import console, open_bridge, print_table
from lrs_bridge.feeds import figures as figures_feed
from lrs_bridge.feeds import figures_xlsx
from lrs_bridge.feeds.figures import KEPT_BACK, Figures
from lrs_bridge.services.figures import figures as ask
from lrs_bridge.services.figures_query import ABANDONED, FORECAST, RATES, TREND, UPTAKE, WORKING_TIME, FiguresQuery
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.storage.schema.base import as_utc

Command = Callable[..., Any]
RENDER = {"json": figures_feed.render_json, "csv": figures_feed.render_csv, "xlsx": figures_xlsx.render}
DAY = click.DateTime(["%Y-%m-%d"])
OPTIONS = (
    click.option("--requirement", default="", help="Only this requirement."),
    click.option("--manager", default="", metavar="EMPLOYEE_ID", help="Only the people who answer to this person."),
    click.option("--department", default="", help="Only this department."),
    click.option("--country", default="", help="Only this country."),
    click.option("--location", default="", help="Only this location."),
    click.option("--as-of", "as_of", type=DAY, help="The date asked about; today by default."),
    click.option("--known-at", "known_at", metavar="INSTANT", help="By what had been recorded then."),
    click.option("--sort", default="", help="A column; descending with a leading minus."),
    click.option("--format", "format_", type=click.Choice(["table", *RENDER]), default="table", show_default=True),
)
group_by_option = click.option(
    "--group-by", "group_by", default="", metavar="NAMES", help="One or two, with a comma: team,requirement."
)
since_option = click.option("--since", type=DAY, help="The first day; 90 days by default.")


def figure_options(command: Command) -> Command:
    """Adds what every figure takes, and prints what the command's own query asks for."""

    @functools.wraps(command)
    def asked(format_: str, as_of: datetime | None, known_at: str | None, **given: Any) -> None:
        query = command(as_of=as_of.date() if as_of else None, known_at=_instant(known_at), **given)
        with open_bridge() as bridge:
            found = ask(bridge, OPERATOR, query)
        if format_ == "table":
            _print(found)
        else:
            sys.stdout.buffer.write(RENDER[format_](found))

    for option in reversed(OPTIONS):
        asked = option(asked)
    return asked


@click.group()
def figures() -> None:
    """Figures about groups of people. Groups under five people are named and not shown."""


@figures.command("rates")
@figure_options
@group_by_option
def rates(group_by: str, **given: Any) -> FiguresQuery:
    """How many are compliant, missing and exempt, by team, department, country, location or requirement.

    Example: lrs-bridge figures rates --group-by department,requirement --as-of 2026-03-31
    """
    return FiguresQuery(RATES, tuple(name for name in group_by.split(",") if name), **given)


@figures.command("trend")
@figure_options
@since_option
def trend(since: datetime | None, **given: Any) -> FiguresQuery:
    """How a requirement went day by day.

    Example: lrs-bridge figures trend --requirement security-essentials --since 2026-01-01 --format csv
    """
    return FiguresQuery(TREND, since=since.date() if since else None, **given)


@figures.command("forecast")
@figure_options
@click.option("--period", type=click.Choice(["week", "month"]), default="month", show_default=True)
@click.option("--periods", type=int, default=12, show_default=True, help="How many of them.")
def forecast(**given: Any) -> FiguresQuery:
    """What expires ahead where nobody does anything, by week or month.

    Example: lrs-bridge figures forecast --requirement security-essentials --period week --periods 8
    """
    return FiguresQuery(FORECAST, **given)


@figures.command("uptake")
@figure_options
def uptake(**given: Any) -> FiguresQuery:
    """Who was assigned, began and came through, module by module; how long it took; who is back and late.

    Example: lrs-bridge figures uptake --requirement security-essentials
    """
    return FiguresQuery(UPTAKE, **given)


@figures.command("abandoned")
@figure_options
def abandoned(**given: Any) -> FiguresQuery:
    """At which question or page of a module people stopped.

    Example: lrs-bridge figures abandoned --requirement security-essentials
    """
    return FiguresQuery(ABANDONED, **given)


@figures.command("working-time")
@figure_options
@group_by_option
@since_option
def working_time(group_by: str, since: datetime | None, **given: Any) -> FiguresQuery:
    """Which share of training was done in working hours, by team.

    Example: lrs-bridge figures working-time --group-by country --since 2026-01-01
    """
    names = tuple(name for name in group_by.split(",") if name)
    return FiguresQuery(WORKING_TIME, names, since=since.date() if since else None, **given)


def _instant(text: str | None) -> datetime | None:
    try:
        return as_utc(datetime.fromisoformat(text)) if text else None
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not an instant like 2026-03-31T12:00:00Z", param_hint="--known-at"
        ) from error


def _print(found: Figures) -> None:
    shown = [name for name in found.columns if name != KEPT_BACK]
    print_table(
        [name.replace("_", " ") for name in shown],
        [[row.get(name, "under five people" if name == "people" else None) for name in shown] for row in found.rows],
    )
    age = f"roster of {found.roster.as_of}, {found.roster.days} days old" if found.roster else "no roster yet"
    console.print(f"{found.total:,} rows as of {found.as_of}; {age}")
    if found.whole and not found.whole[KEPT_BACK]:
        told = (f"{name.replace('_', ' ')} {value}" for name, value in found.whole.items() if name != KEPT_BACK)
        console.print(f"All together: {', '.join(told)}")
