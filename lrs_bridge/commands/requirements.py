"""requirements: import, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lrs_bridge.commands.listing import print_rest
from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing, progress
from lrs_bridge.commands.requirement_plans import plan_as_json, print_plan
from lrs_bridge.domain.requirement_json import requirement_as_json
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.services import import_requirements as service
from lrs_bridge.services.listings import PAGE, Slice, page_of
from lrs_bridge.services.plan_requirements import plan_requirements

COLUMNS = ("id", "version", "title", "authority", "modules")
VERSION_COLUMNS = ("version", "title", "recorded", "in_force_from", "source")


@click.group()
def requirements() -> None:
    """What is demanded, of whom, by when."""


@requirements.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show the difference that it would make.")
@format_option
def import_(file: Path, dry_run: bool, format_: str) -> None:
    """Show the difference that a TOML file makes to people and statuses, then record it.

    What differs becomes a new version. Example: lrs-bridge requirements import requirements.toml --dry-run
    """
    text = file.read_bytes()
    with open_bridge() as bridge:
        with progress("Working out the difference") as on_progress:
            plan = plan_requirements(bridge, text, source=file.name, on_progress=on_progress)
        if format_ == "table":
            print_plan(plan)
        if not dry_run:
            service.import_requirements(bridge, text, source=file.name, planned_on=plan.planned_on)
    if format_ == "json":
        print_json(plan_as_json(plan, is_applied=not dry_run))
    elif dry_run or not plan.is_change:
        console.print("Nothing was imported: " + ("this is a dry run." if dry_run else "it is all known already."))
    else:
        console.print("Imported.", style="bold")


@requirements.command("list")
@click.argument("requirement_id", required=False)
@click.option("--sort", default="", help="A column, the first by default; descending with a leading minus.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=PAGE, show_default=True, help="At most so many rows.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Skip so many rows.")
@format_option
def list_(requirement_id: str | None, sort: str, limit: int, offset: int, format_: str) -> None:
    """List requirements in their newest version, or the versions of one.

    Example: lrs-bridge requirements list --sort -version --limit 20
    """
    with open_bridge() as bridge:
        rows = (
            [_newest(item) for item in service.list_requirements(bridge)]
            if requirement_id is None
            else [_version(stored) for stored in service.versions_of_requirement(bridge, requirement_id)]
        )
    columns = COLUMNS if requirement_id is None else VERSION_COLUMNS
    page = page_of(rows, Slice(sort or columns[0], limit, offset), columns)
    print_listing(format_, columns, page.items)
    if format_ == "table":
        print_rest(offset + len(page.items), page.total)


def _newest(item: Requirement) -> dict[str, Any]:
    return {
        "id": item.id,
        "version": item.version,
        "title": item.title,
        "authority": item.authority,
        "modules": len(item.modules),
    }


def _version(stored: service.StoredVersion) -> dict[str, Any]:
    return {
        "version": stored.requirement.version,
        "title": stored.requirement.title,
        "recorded": stored.recorded.isoformat(timespec="seconds"),
        "in_force_from": stored.requirement.in_force_from,
        "source": stored.source,
    }


@requirements.command()
@click.argument("requirement_id")
@click.option("--version", type=int, help="The newest by default.")
def show(requirement_id: str, version: int | None) -> None:
    """Print one requirement as JSON. Example: lrs-bridge requirements show security-essentials --version 1"""
    with open_bridge() as bridge:
        print_json(requirement_as_json(service.show_requirement(bridge, requirement_id, version=version)))
