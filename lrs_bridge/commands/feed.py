"""feed: the status relation on the command line, as the operator (who sees everybody)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from lrs_bridge.commands.filters import feed_options
from lrs_bridge.commands.output import console, open_bridge, print_table
from lrs_bridge.feeds import atom_feed, calendar_feed, csv_feed, json_feed, parquet_feed, xlsx_feed
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.feeds.relation import Feed, FeedLinks
from lrs_bridge.services.compliance_changes import compliance_changes
from lrs_bridge.services.compliance_delta import compliance_delta
from lrs_bridge.services.compliance_feed import compliance_export
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.storage.schema.base import as_utc

PIECES: dict[str, Callable[[Feed], Iterable[bytes]]] = {
    "json": json_feed.pieces,
    "csv": csv_feed.pieces,
    "xlsx": lambda found: (xlsx_feed.render(found),),
    "atom": lambda found: (atom_feed.render(found),),
    "ics": lambda found: (calendar_feed.render(found),),
    "parquet": lambda found: (parquet_feed.render(found),),
}
COLUMNS = ("employee_id", "name", "requirement", "status", "reason", "progress", "due", "last_valid_day")


@click.command()
@feed_options
@click.option("--known-at", "known_at", metavar="INSTANT", help="By what had been recorded then: 2026-03-31T12:00:00Z.")
@click.option("--sort", default="employee_id", show_default=True, help="A column; descending with a leading minus.")
@click.option("--limit", type=click.IntRange(0), help="At most so many rows.")
@click.option("--page", type=click.IntRange(1), help="Which page of so many rows.")
@click.option("--delta", default="", metavar="TOKEN", help="What changed since: the delta of an earlier JSON answer.")
@click.option("--format", "format_", type=click.Choice(["table", *PIECES]), default="table", show_default=True)
def feed(known_at: str | None, format_: str, **given: Any) -> None:
    """Who is compliant, missing or exempt, and why.

    Example: lrs-bridge feed --requirement security-essentials --status missing --format xlsx > team.xlsx
    """
    values = {name: _day(value) for name, value in given.items()}
    query = FeedQuery(**values, known_at=_instant(known_at))
    ask = compliance_changes if format_ == "atom" else compliance_delta if format_ == "json" else compliance_export
    ask = compliance_delta if query.delta else ask
    if query.delta and format_ not in {"table", "json"}:
        raise click.BadParameter("changes are told as a table or as JSON only", param_hint="--delta")
    with open_bridge() as bridge:
        found = ask(bridge, OPERATOR, query)
        found = replace(found, links=FeedLinks(delta=found.token))
        if format_ == "table":
            _print(found)
        else:
            for piece in PIECES[format_](found):
                sys.stdout.buffer.write(piece)


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _instant(text: str | None) -> datetime | None:
    try:
        return as_utc(datetime.fromisoformat(text)) if text else None
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not an instant like 2026-03-31T12:00:00Z", param_hint="--known-at"
        ) from error


def _print(found: Feed) -> None:
    print_table(
        [name.replace("_", " ") for name in COLUMNS], [[getattr(row, name) for name in COLUMNS] for row in found.rows]
    )
    for row in found.removed or ():
        console.print(f"removed: {row.employee_id} {row.requirement}", markup=False)
    if found.removed is not None:
        console.print(f"the next delta: {found.token}", markup=False, soft_wrap=True)
    age = f"roster of {found.roster.as_of}, {found.roster.days} days old" if found.roster else "no roster yet"
    counts = ", ".join(f"{number:,} {name}" for name, number in found.counts.items())
    console.print(f"{found.total:,} rows as of {found.as_of}: {counts}; {age}")
