"""requirements: import, list, show."""

from __future__ import annotations

from pathlib import Path

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing
from lrs_bridge.domain.requirement_json import requirement_as_json
from lrs_bridge.services import import_requirements as service


@click.group()
def requirements() -> None:
    """What is demanded, of whom, by when."""


@requirements.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Record the requirements of a TOML file; what differs becomes a new version.

    Example: lrs-bridge requirements import requirements.toml
    """
    with open_bridge() as bridge:
        imported = service.import_requirements(bridge, file.read_bytes(), source=file.name)
    for item in imported:
        change = "is new" if item.is_new_version else "is unchanged"
        console.print(f"{item.requirement.id} version {item.requirement.version} {change}: {item.requirement.title}")


@requirements.command("list")
@format_option
def list_(format_: str) -> None:
    """List requirements in their newest version. Example: lrs-bridge requirements list"""
    with open_bridge() as bridge:
        rows = [
            {
                "id": item.id,
                "version": item.version,
                "title": item.title,
                "authority": item.authority,
                "modules": len(item.modules),
            }
            for item in service.list_requirements(bridge)
        ]
    print_listing(format_, ("id", "version", "title", "authority", "modules"), rows)


@requirements.command()
@click.argument("requirement_id")
@click.option("--version", type=int, help="The newest by default.")
def show(requirement_id: str, version: int | None) -> None:
    """Print one requirement as JSON. Example: lrs-bridge requirements show security-essentials --version 1"""
    with open_bridge() as bridge:
        print_json(requirement_as_json(service.show_requirement(bridge, requirement_id, version=version)))
