"""packages: check, install, list, remove."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

import click

from lrs_bridge.commands.output import (
    console,
    format_option,
    open_bridge,
    print_json,
    print_listing,
    print_problems,
    print_refusal,
    progress,
)
from lrs_bridge.errors import LrsBridgeError
from lrs_bridge.services import install_package as service

files_argument = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group()
def packages() -> None:
    """Course packages."""


@packages.command()
@files_argument
@format_option
def check(files: tuple[Path, ...], format_: str) -> None:
    """Say what is wrong or suspicious in packages, without installing them.

    Example: lrs-bridge packages check security.zip
    """
    results = []
    for path in files:
        try:
            found = service.check_package(path)
        except LrsBridgeError as error:
            results.append({"file": str(path), "ok": False, "reason": error.reason,
                            "problems": [problem.as_dict() for problem in error.problems]})  # fmt: skip
            if format_ == "table":
                console.print(f"[bold]{path}[/]")
                print_refusal(error)
            continue
        units = [{"identifier": unit.identifier, "title": unit.title} for unit in found.course.units]
        results.append({"file": str(path), "ok": True, "title": found.course.title, "standard": found.course.standard,
                        "units": units, "problems": [problem.as_dict() for problem in found.problems]})  # fmt: skip
        if format_ == "table":
            console.print(f"[bold]{path}[/]: {found.course.title} ({found.course.standard}, {len(units)} units)")
            print_problems(found.problems)
    if format_ == "json":
        print_json(results)
    sys.exit(0 if all(result["ok"] for result in results) else 1)


@packages.command()
@files_argument
@format_option
def install(files: tuple[Path, ...], format_: str) -> None:
    """Install packages; each whole or not at all, and the same bytes only once.

    Example: lrs-bridge packages install security.zip
    """
    refused = 0
    rows = []
    with open_bridge() as bridge:
        for path in files:
            try:
                with progress(f"Installing {path.name}") as tell:
                    installed = service.install_package(bridge, path, progress=tell)
            except LrsBridgeError as error:
                refused += 1
                console.print(f"[bold]{path}[/]") if format_ == "table" else None
                print_refusal(error)
                continue
            print_problems(installed.problems)
            rows += _unit_rows(installed)
    print_listing(format_, ("package", "title", "unit", "activity"), rows)
    sys.exit(1 if refused else 0)


@packages.command("list")
@format_option
def list_packages(format_: str) -> None:
    """List installed packages and their units. Example: lrs-bridge packages list --format json"""
    with open_bridge() as bridge:
        rows = [row for installed in service.list_packages(bridge) for row in _unit_rows(installed)]
    print_listing(format_, ("package", "title", "unit", "activity"), rows)


@packages.command()
@click.argument("package_id", type=click.UUID)
def remove(package_id: UUID) -> None:
    """Take a package out of use; attempts that run keep their files. Example: lrs-bridge packages remove ID"""
    with open_bridge() as bridge:
        service.remove_package(bridge, package_id)
    console.print(f"Removed {package_id}")


def _unit_rows(installed: service.InstalledPackage) -> list[dict[str, object]]:
    return [
        {
            "package": installed.id,
            "identifier": installed.identifier,
            "title": installed.title,
            "version": installed.version,
            "standard": installed.standard,
            "unit": unit.identifier,
            "unit_id": unit.id,
            "unit_title": unit.title,
            "activity": unit.activity,
        }
        for unit in installed.units
    ]
