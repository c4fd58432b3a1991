"""doctor: what an operator can put right, and how."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
from rich.markup import escape

from lrs_bridge.commands.output import console, format_option, print_json
from lrs_bridge.errors import SettingInvalid
from lrs_bridge.services.doctor import Check, check_machine
from lrs_bridge.services.doctor_database import check_database
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now

STYLES = {"ok": "green", "warning": "yellow", "fault": "bold red"}


@click.command()
@format_option
def doctor(format_: str) -> None:
    """Look at everything that can go wrong, change nothing, and say what to do. Exits with 1 where there is a fault.

    Example: lrs-bridge doctor --format json
    """
    checks = _checks()
    if format_ == "json":
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            _print(check)
    if any(check.outcome == "fault" for check in checks):
        sys.exit(1)


def _checks() -> list[Check]:
    try:
        settings = Settings.from_environment()
    except SettingInvalid as error:
        return [Check("settings", "fault", f"{found.place} {found.reason}", found.remedy) for found in error.problems]
    at = now()
    return [*check_machine(settings, at=at), *check_database(settings, at=at)]


def _print(check: Check) -> None:
    style = STYLES[check.outcome]
    console.print(f"[{style}]{check.outcome:<7}[/] {escape(check.name)}: {escape(check.words)}", soft_wrap=True)
    if check.remedy:
        console.print(f"        {escape(check.remedy)}", soft_wrap=True)
