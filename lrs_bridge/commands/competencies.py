"""competencies: what people can, as requirements name it."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from lrs_bridge.commands.listing import print_rest
from lrs_bridge.commands.output import open_bridge, print_json, print_table
from lrs_bridge.feeds.csv_feed import BYTE_ORDER_MARK, guarded
from lrs_bridge.services.competencies import COLUMNS, CompetencyQuery
from lrs_bridge.services.competencies import competencies as find_competencies
from lrs_bridge.services.listings import Page, Slice


@click.command()
@click.option("--person", default="", metavar="EMPLOYEE_ID", help="All that is asked of this person, or held.")
@click.option("--requirement", default="", help="What this requirement names, of everybody.")
@click.option("--not-held", is_flag=True, help="Only what is not held.")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The date asked about; today by default.")
@click.option("--sort", default=COLUMNS[0], show_default=True, help="A column; descending with a leading minus.")
@click.option("--limit", type=click.IntRange(1), default=sys.maxsize, show_default="all", help="At most so many rows.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Skip so many rows.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def competencies(
    person: str, requirement: str, not_held: bool, as_of: datetime | None, format_: str, **part: Any
) -> None:
    """The competencies of a person or a requirement, held or not, with the evidence.

    Example: lrs-bridge competencies --person 000123 --as-of 2026-03-31
    """
    if not person and not requirement:
        raise click.UsageError("Name a --person, a --requirement, or both.")
    query = CompetencyQuery(person, requirement, not_held, as_of.date() if as_of else None)
    with open_bridge() as bridge:
        page = find_competencies(bridge, query, Slice(**part))
    _print(format_, page, part["offset"])


def _print(format_: str, page: Page, offset: int) -> None:
    if format_ == "json":
        print_json({"total": page.total, "items": page.items})
    elif format_ == "csv":
        sys.stdout.write(BYTE_ORDER_MARK)
        writer = csv.writer(sys.stdout)
        writer.writerow(COLUMNS)
        writer.writerows(map(guarded, _texts(row)) for row in page.items)
    else:
        print_table([name.replace("_", " ") for name in COLUMNS], [_texts(row) for row in page.items])
        print_rest(offset + len(page.items), page.total)


def _texts(row: Mapping[str, Any]) -> list[str]:
    return [_text(row[name]) for name in COLUMNS]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
