"""organisation: who answers to whom on a date, who stands in for whom, and who belongs to nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import click

from lrs_bridge.commands.listing import (
    because_option,
    by_option,
    known_at_of,
    known_at_option,
    page_options,
    print_page,
    print_rest,
)  # fmt: skip
from lrs_bridge.commands.output import (
    console,
    format_option,
    open_bridge,
    print_json,
    print_listing,
    print_problems,
)  # fmt: skip
from lrs_bridge.commands.people import day
from lrs_bridge.domain.periods import Period
from lrs_bridge.services import delegations as service
from lrs_bridge.services.delegations import DelegationQuery
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.organisation_chart import (
    UNOWNED_SORTS,
    Chart,
    OrganisationQuery,
    organisation_chart,
    unowned_people,
)  # fmt: skip

LINES = 500
CHART_COLUMNS = ("who", "span", "below", "acting_for", "delegates")
DELEGATIONS = ("id", "employee_id", "name", "delegate_id", "first_day", "last_day", "who")
as_of_option = click.option("--as-of", "as_of", type=day, help="The date asked about; today by default.")


@click.group()
def organisation() -> None:
    """Who answers to whom on a date, and who stands in for whom."""


@organisation.command()
@click.option("--manager", default="", metavar="EMPLOYEE_ID", help="Only the tree of this person.")
@click.option("--everybody", is_flag=True, help="Also those who lead nobody.")
@as_of_option
@known_at_option
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=LINES, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, help="Skip so many lines.")
@format_option
def show(
    manager: str, everybody: bool, as_of: datetime | None, known_at: str | None, limit: int, offset: int, format_: str
) -> None:
    """The tree of leaders with the width of each team. Example: lrs-bridge organisation show --as-of 2026-03-31"""
    query = OrganisationQuery(manager, everybody, as_of.date() if as_of else None, known_at_of(known_at))
    with open_bridge() as bridge:
        found = organisation_chart(bridge, query, limit=limit, offset=offset)
    print_problems(found.warnings)
    if format_ == "json":
        print_json({"as_of": found.as_of, "total": found.total, "employed": found.employed, "unowned": found.unowned,
                    "warnings": [problem.as_dict() for problem in found.warnings], "items": found.lines})  # fmt: skip
        return
    print_listing(format_, CHART_COLUMNS, map(_row, found.lines))
    _print_counts(found)
    print_rest(offset + len(found.lines), found.total)


@organisation.command()
@as_of_option
@known_at_option
@page_options(UNOWNED_SORTS)
@format_option
def unowned(as_of: datetime | None, known_at: str | None, part: Slice, format_: str) -> None:
    """Those whom no leader sees, and why. Example: lrs-bridge organisation unowned --format json"""
    query = OrganisationQuery(as_of=as_of.date() if as_of else None, known_at=known_at_of(known_at))
    with open_bridge() as bridge:
        page = unowned_people(bridge, query, part)
    print_page(format_, UNOWNED_SORTS, page, part)


@organisation.command()
@click.argument("manager")
@click.argument("delegate_id", metavar="DELEGATE")
@click.option("--from", "first", type=day, required=True, help="The first day.")
@click.option("--until", "last", type=day, required=True, help="The last day.")
@by_option
@format_option
def delegate(manager: str, delegate_id: str, first: datetime, last: datetime, by: str, format_: str) -> None:
    """Let somebody see and answer for a manager's team for a while.

    Example: lrs-bridge organisation delegate 000068 000123 --from 2026-07-01 --until 2026-07-31 --by 000068
    """
    period = Period(first.date(), last.date())
    with open_bridge() as bridge:
        made = service.name_delegate(bridge, manager, delegate_id, period, who=by)
    if format_ == "json":
        print_json({"id": made})
    else:
        console.print(f"{delegate_id} is the delegate of {manager} until {period.last}, under {made}", markup=False)


@organisation.command()
@click.option("--on", "on", type=day, help="Only those in force on this day.")
@click.option("--withdrawn", is_flag=True, help="What was taken back or shortened, instead of what holds.")
@known_at_option
@page_options(service.SORTS)
@format_option
def delegations(on: datetime | None, withdrawn: bool, known_at: str | None, part: Slice, format_: str) -> None:
    """Who stands in for whom. Example: lrs-bridge organisation delegations --on 2026-07-15"""
    query = DelegationQuery(on.date() if on else None, known_at_of(known_at), withdrawn)
    with open_bridge() as bridge:
        page = service.list_delegations(bridge, query, part)
    print_page(format_, DELEGATIONS, page, part)


@organisation.command()
@click.argument("delegation_id", metavar="ID", type=click.UUID)
@by_option
@because_option
def end_delegation(delegation_id: UUID, by: str, because: str) -> None:
    """End a delegation with yesterday.

    Example: lrs-bridge organisation end-delegation ID --by 000068 --because "back earlier"
    """
    with open_bridge() as bridge:
        service.end_delegation(bridge, delegation_id, who=by, because=because)
    console.print(f"Ended {delegation_id}", markup=False)


def _row(line: dict[str, Any]) -> dict[str, Any]:
    delegates = ", ".join(f"{one['delegate_id']} until {one['until']}" for one in line["delegates"])
    acting = f"acting for {line['acting_for']}" if line["acting_for"] else ""
    who = f"{'  ' * line['level']}{line['employee_id']} {line['name']}"
    return line | {"who": who, "delegates": delegates, "acting_for": acting}


def _print_counts(found: Chart) -> None:
    rest = f"; {found.unowned:,} answer to nobody: lrs-bridge organisation unowned" if found.unowned else ""
    console.print(f"{found.employed:,} employed on {found.as_of}{rest}", markup=False, soft_wrap=True)
