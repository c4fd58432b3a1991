"""feed: the status relation on the command line, as the operator (who sees everybody)."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from lrs_bridge.commands.output import console, open_bridge, print_table
from lrs_bridge.feeds import atom_feed, calendar_feed, csv_feed, json_feed, xlsx_feed
from lrs_bridge.feeds.relation import Feed
from lrs_bridge.services.compliance_changes import compliance_changes
from lrs_bridge.services.compliance_feed import STATUSES, FeedQuery, compliance_feed
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.storage.schema.base import as_utc

RENDER = {
    "json": json_feed.render,
    "csv": csv_feed.render,
    "xlsx": xlsx_feed.render,
    "atom": atom_feed.render,
    "ics": calendar_feed.render,
}
COLUMNS = ("employee_id", "name", "requirement", "status", "reason", "progress", "due", "last_valid_day")


@click.command()
@click.option("--requirement", default="", help="Only this requirement.")
@click.option("--manager", default="", metavar="EMPLOYEE_ID", help="Only the people who answer to this person.")
@click.option("--status", default="", type=click.Choice(["", *STATUSES]), help="Only this status.")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The date asked about; today by default.")
@click.option("--known-at", "known_at", metavar="INSTANT", help="By what had been recorded then: 2026-03-31T12:00:00Z.")
@click.option("--sort", default="employee_id", show_default=True, help="A column; descending with a leading minus.")
@click.option("--format", "format_", type=click.Choice(["table", *RENDER]), default="table", show_default=True)
def feed(
    requirement: str,
    manager: str,
    status: str,
    as_of: datetime | None,
    known_at: str | None,
    sort: str,
    format_: str,
) -> None:
    """Who is compliant, missing or exempt, and why.

    Example: lrs-bridge feed --requirement security-essentials --status missing --format xlsx > team.xlsx
    """
    query = FeedQuery(
        requirement=requirement,
        manager=manager,
        status=status,
        as_of=as_of.date() if as_of else None,
        known_at=_instant(known_at),
        sort=sort,
    )
    with open_bridge() as bridge:
        found = (compliance_changes if format_ == "atom" else compliance_feed)(bridge, OPERATOR, query)
    if format_ == "table":
        _print(found)
    else:
        sys.stdout.buffer.write(RENDER[format_](found))


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
    age = f"roster of {found.roster.as_of}, {found.roster.days} days old" if found.roster else "no roster yet"
    counts = ", ".join(f"{number:,} {name}" for name, number in found.counts.items())
    console.print(f"{found.total:,} rows as of {found.as_of}: {counts}; {age}")
