"""exemptions: approved waivers and individual due dates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from lrs_bridge.commands.listing import (
    because_option,
    by_option,
    known_at_of,
    known_at_option,
    page_options,
    print_history,
    print_page,
    print_report,
    who_option,
)  # fmt: skip
from lrs_bridge.commands.output import console, format_option, open_bridge
from lrs_bridge.commands.people import day, file_argument
from lrs_bridge.services import exemptions as service
from lrs_bridge.services.exemptions import KINDS, SORTS, ExemptionQuery
from lrs_bridge.services.import_absences import import_exemptions
from lrs_bridge.services.listings import Slice

COLUMNS = ("id", "kind", "employee_id", "name", "requirement_id", "first_day", "last_day", "due", "reason", "approver")


@click.group()
def exemptions() -> None:
    """Approved waivers and individual due dates."""


@exemptions.command("import")
@file_argument
@who_option
def import_(file: Path, who: str) -> None:
    """Record waivers and extensions. Example: lrs-bridge exemptions import waivers.csv"""
    with open_bridge() as bridge:
        report = import_exemptions(bridge, file.read_bytes(), source=file.name, who=who)
    print_report(file, report)


@exemptions.command("list")
@click.option("--employee", "employee_id", default="", metavar="EMPLOYEE_ID", help="Only this person.")
@click.option("--manager", default="", metavar="EMPLOYEE_ID", help="Only the people who answer to this person.")
@click.option("--requirement", default="", help="Only what exempts from this requirement, or from all.")
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="Only these.")
@click.option("--approver", default="", help="Only what this person approved.")
@click.option("--on", "on", type=day, help="Only waivers that hold on this day.")
@click.option("--withdrawn", is_flag=True, help="What was withdrawn or replaced, instead of what holds.")
@known_at_option
@page_options(SORTS)
@format_option
def list_(on: datetime | None, known_at: str | None, part: Slice, format_: str, **filters: Any) -> None:
    """List waivers and individual due dates. Example: lrs-bridge exemptions list --on 2026-03-31 --format json"""
    query = ExemptionQuery(on=on.date() if on else None, known_at=known_at_of(known_at), **filters)
    with open_bridge() as bridge:
        page = service.list_exemptions(bridge, query, part)
    print_page(format_, COLUMNS, page, part)


@exemptions.command()
@click.argument("exemption_id", metavar="ID", type=click.UUID)
@by_option
@because_option
def withdraw(exemption_id: UUID, by: str, because: str) -> None:
    """Take back a waiver or an individual due date, for all its days; the history keeps it.

    Example: lrs-bridge exemptions withdraw ID --by "Jo of HR" --because "the certificate was forged"
    """
    with open_bridge() as bridge:
        service.withdraw_exemption(bridge, exemption_id, who=by, because=because)
    console.print(f"Withdrew {exemption_id}", markup=False)


@exemptions.command()
@click.argument("employee_id")
@format_option
def history(employee_id: str, format_: str) -> None:
    """Every change of a person's exemptions: who, when, what. Example: lrs-bridge exemptions history 000123"""
    with open_bridge() as bridge:
        rows = service.exemption_history(bridge, employee_id)
    print_history(format_, rows)
