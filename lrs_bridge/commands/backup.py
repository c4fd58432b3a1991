"""backup and restore: everything in one file, and everything from it."""

from __future__ import annotations

from pathlib import Path

import click

from lrs_bridge.commands.output import console, open_bridge, progress
from lrs_bridge.services.backup import back_up
from lrs_bridge.services.restore import restore as service
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write database, course files, attachments and signing key into one file, while the server runs.

    Example: lrs-bridge backup /backup/lrs-bridge-2026-03-31.tar.gz
    """
    with open_bridge() as bridge, progress("Backing up") as tell:
        made = back_up(bridge, file, at=now(), progress=tell)
    console.print(f"{file}: {len(made.files):,} files, {file.stat().st_size:,} bytes", markup=False)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace a database and files that are there already.")
def restore(file: Path, force: bool) -> None:
    """Restore what `backup` wrote, after checking all of it. Stop the server first.

    Example: lrs-bridge restore /backup/lrs-bridge-2026-03-31.tar.gz
    """
    settings = Settings.from_environment()
    with progress("Restoring") as tell:
        found = service(settings, file, force=force, progress=tell)
    console.print(f"Restored the backup of {found.made:%Y-%m-%d %H:%M} UTC: {len(found.files):,} files", markup=False)
    if settings.secret_key:
        console.print("LRS_BRIDGE_SECRET_KEY is set and goes before the backup's key: keep the value of then")
