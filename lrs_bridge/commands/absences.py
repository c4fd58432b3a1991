"""absences: who is away from when until when, as HR says or as a leader reports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
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
from lrs_bridge.commands.output import console, format_option, open_bridge, print_json
from lrs_bridge.commands.people import day, file_argument
from lrs_bridge.services import absences as service
from lrs_bridge.services.absence_list import SORTS, AbsenceQuery, absence_history, list_absences
from lrs_bridge.services.hr_scope import Asker
from lrs_bridge.services.import_absences import import_absences
from lrs_bridge.services.listings import Slice

COLUMNS = ("id", "employee_id", "name", "first_day", "last_day", "kind", "state", "who")
absence_argument = click.argument("absence_id", metavar="ID", type=click.UUID)


@click.group()
def absences() -> None:
    """Who is away from when until when."""


@absences.command("import")
@file_argument
@click.option("--kind", type=click.Choice(["snapshot", "delta"]), default="delta", show_default=True,
              help="A snapshot also ends every absence that it does not list.")  # fmt: skip
@who_option
def import_(file: Path, kind: str, who: str) -> None:
    """Record absences. Example: lrs-bridge absences import absences.csv"""
    with open_bridge() as bridge:
        report = import_absences(
            bridge, file.read_bytes(), source=file.name, kind="snapshot" if kind == "snapshot" else "delta", who=who
        )
    print_report(file, report)


@absences.command()
@click.argument("employee_id")
@click.option("--first-day", required=True, metavar="YYYY-MM-DD")
@click.option("--last-day", default="", metavar="YYYY-MM-DD", help="The last day away; left out while it is open.")
@click.option("--kind", required=True, help="long or short, or a word that stands for one, such as sick.")
@click.option("--by", required=True, metavar="MANAGER_ID", help="The leader who reports; only of their own people.")
@format_option
def report(employee_id: str, first_day: str, last_day: str, kind: str, by: str, format_: str) -> None:
    """Report an absence as a leader; it waits until HR confirms it, unless the setting lets it stand.

    Example: lrs-bridge absences report 000123 --first-day 2026-03-02 --last-day 2026-03-20 --kind sick --by 000068
    """
    said = {"employee_id": employee_id, "first_day": first_day, "last_day": last_day, "kind": kind}
    with open_bridge() as bridge:
        made = service.report_absence(bridge, said, Asker(by, by))
    if format_ == "json":
        print_json({"id": made.id, "state": made.state})
        return
    console.print(f"Reported under {made.id}", markup=False)
    waits = f"It excuses from nothing before HR confirms it: lrs-bridge absences confirm {made.id} --by …"
    console.print("It excuses at once" if made.state == service.STANDING else waits, markup=False, soft_wrap=True)


@absences.command()
@absence_argument
@by_option
def confirm(absence_id: UUID, by: str) -> None:
    """Confirm a reported absence, as HR. Example: lrs-bridge absences confirm ID --by "Jo of HR" """
    with open_bridge() as bridge:
        made = service.confirm_absence(bridge, absence_id, who=by)
    console.print(f"Confirmed; its id is {made.id} from now on", markup=False)


@absences.command()
@absence_argument
@by_option
@because_option
def refuse(absence_id: UUID, by: str, because: str) -> None:
    """Refuse a reported absence, as HR.

    Example: lrs-bridge absences refuse ID --by "Jo of HR" --because "was at work"
    """
    with open_bridge() as bridge:
        service.refuse_absence(bridge, absence_id, who=by, because=because)
    console.print(f"Refused {absence_id}", markup=False)


@absences.command()
@absence_argument
@by_option
@because_option
def withdraw(absence_id: UUID, by: str, because: str) -> None:
    """Take back an absence that never was; the history keeps it.

    Example: lrs-bridge absences withdraw ID --by "Jo of HR" --because "booked on the wrong person"
    """
    with open_bridge() as bridge:
        service.withdraw_absence(bridge, absence_id, who=by, because=because)
    console.print(f"Withdrew {absence_id}", markup=False)


@absences.command("list")
@click.option("--pending", is_flag=True, help="Only what leaders reported and HR has not confirmed.")
@click.option("--employee", default="", metavar="EMPLOYEE_ID", help="Only this person.")
@click.option("--manager", default="", metavar="EMPLOYEE_ID", help="Only the people who answer to this person.")
@click.option("--on", "on", type=day, help="Only who is away on this day.")
@known_at_option
@page_options(SORTS)
@format_option
def list_(
    pending: bool, employee: str, manager: str, on: datetime | None, known_at: str | None, part: Slice, format_: str
) -> None:
    """List absences. Example: lrs-bridge absences list --pending --sort first_day"""
    query = AbsenceQuery(employee, manager, pending, on.date() if on else None, known_at_of(known_at))
    with open_bridge() as bridge:
        page = list_absences(bridge, query, part)
    print_page(format_, COLUMNS, page, part)


@absences.command()
@click.argument("employee_id")
@format_option
def history(employee_id: str, format_: str) -> None:
    """Every change of a person's absences: who, when, what. Example: lrs-bridge absences history 000123"""
    with open_bridge() as bridge:
        rows = absence_history(bridge, employee_id)
    print_history(format_, rows)
