"""roster sources: folders and addresses from which rosters come by themselves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing
from lrs_bridge.errors import RosterHeld, Unavailable
from lrs_bridge.roster.column_names import PRESETS
from lrs_bridge.roster.gates import ACCEPTABLE
from lrs_bridge.services import roster_pulling as pulling
from lrs_bridge.services import roster_sources as service
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.roster_folders import SETTLES

COLUMNS = ("name", "place", "kind", "every", "state", "age", "last_applied", "next_attempt", "trouble")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


class Interval(click.ParamType[timedelta]):
    """15m, 6h, 1d."""

    name = "interval"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,4})([mhd])", str(value))
        if not found:
            self.fail(f"{value!r} is no interval: write 15m, 6h or 1d", param, ctx)
        return timedelta(**{UNITS[found[2]]: int(found[1])})


@click.group()
def sources() -> None:
    """Folders and addresses that the server looks at by itself."""


@sources.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="A folder of the server's machine.")
@click.option("--glob", "pattern", default="*", show_default=True, help="Which files of the folder.")
@click.option("--url", default="", help="An address: https://…")
@click.option("--credential-file", "credential", type=existing_file,
              help="Holds user:password, or a bearer token, in one line.")  # fmt: skip
@click.option("--kind", type=click.Choice(["snapshot", "delta"]), required=True,
              help="A snapshot lists everybody; a delta only what changed.")  # fmt: skip
@click.option("--preset", type=click.Choice([*PRESETS]), default=None, help="The column names of this HR system.")
@click.option("--mapping", type=existing_file, metavar="FILE.toml", help="Your own column names; it is read now.")
@click.option("--every", type=Interval(), required=True, help="How often to look: 15m, 6h, 1d.")
def add(  # noqa: PLR0913 - the options of the command
    *,
    name: str,
    folder: Path | None,
    pattern: str,
    url: str,
    credential: Path | None,
    kind: str,
    preset: str | None,
    mapping: Path | None,
    every: timedelta,
) -> None:
    """Watch a folder, or ask an address.

    Example: lrs-bridge roster sources add hr --folder /srv/hr --kind snapshot --every 15m
    """
    if (folder is None) == (not url):
        raise click.UsageError("Give either --folder or --url")
    with open_bridge() as bridge:
        service.add_source(
            bridge,
            name,
            folder=folder,
            pattern=pattern,
            url=url,
            secret=credential.read_text("utf-8").strip() if credential else "",
            kind="delta" if kind == "delta" else "snapshot",
            preset=preset or "",
            mapping=mapping.read_text("utf-8") if mapping else "",
            every=every,
        )
    console.print(f"Added {name}; the server begins at once. Its state: lrs-bridge roster sources list")


@sources.command("list")
@format_option
def list_(format_: str) -> None:
    """Every source: its state, how old its last roster is, and what is held and why.

    Example: lrs-bridge roster sources list --format json
    """
    with open_bridge() as bridge:
        views = service.list_sources(bridge.database)
    if format_ == "json":
        print_json([_plain(view) for view in views])
        return
    print_listing(format_, COLUMNS, [_row(view) for view in views])
    for view in views:
        for held in view.held:
            console.print(f"\n{view.name}, {held.file}: {held.reason}", soft_wrap=True, markup=False)
            for line in (*held.problems, held.remedy):
                console.print(f"  {line}", soft_wrap=True, markup=False)


def _plain(view: service.RosterSourceView) -> dict[str, Any]:
    age = int(view.age.total_seconds()) if view.age else None
    return asdict(view) | {"every": int(view.every.total_seconds()), "age": age}


def _row(view: service.RosterSourceView) -> dict[str, Any]:
    trouble = view.last_error or "; ".join(
        f"{held.file}: {', '.join(held.gates) or 'unreadable'}" for held in view.held
    )
    shown = {name: _moment(getattr(view, name)) for name in ("last_applied", "next_attempt")}
    return asdict(view) | shown | {"age": told_age(view.age), "trouble": trouble}


def _moment(value: Any) -> str:
    return value.isoformat(timespec="seconds") if value else ""


def told_age(age: timedelta | None) -> str:
    if age is None:
        return "never"
    return f"{age.days} days" if age.days else f"{age.seconds // 3600} h {age.seconds % 3600 // 60} min"


@sources.command()
@click.argument("name")
def run(name: str) -> None:
    """Look at a source now; waits for files that are still being written. Example: lrs-bridge roster sources run hr"""
    with open_bridge() as bridge:
        taken = pulling.pull(bridge, name)
        if not taken and pulling.is_settling(bridge, name):
            time.sleep(SETTLES.total_seconds())
            taken = pulling.pull(bridge, name)
        _tell(bridge, name, taken)


@sources.command()
@click.argument("name")
@click.option("--gate", "gates", multiple=True, required=True, type=click.Choice(ACCEPTABLE),
              help="The gate to override, by its name; may be repeated.")  # fmt: skip
def accept(name: str, gates: tuple[str, ...]) -> None:
    """Apply what is held, over a gate. Example: lrs-bridge roster sources accept hr --gate leavers"""
    with open_bridge() as bridge:
        _tell(bridge, name, pulling.accept_held(bridge, name, gates))


def _tell(bridge: Bridge, name: str, taken: Iterable[pulling.Taken]) -> None:
    """What was applied on stdout; what is held, or could not be had, as a refusal."""
    view = next(view for view in service.list_sources(bridge.database) if view.name == name)
    applied = [one for one in taken if one.outcome == "applied"]
    for one in applied:
        console.print(f"{one.file}: {one.words}", soft_wrap=True, markup=False)
    if view.last_error:
        raise Unavailable(view.last_error, remedy="The server tries again by itself; what was applied before holds")
    if view.held:
        first = view.held[0]
        raise RosterHeld(f"{first.file}: {first.reason}", remedy="\n".join((*first.problems, first.remedy)))
    if not applied:
        console.print(f"Nothing new at {name}; its last roster was applied: {told_age(view.age)} ago")


@sources.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a source; what it brought stays. Example: lrs-bridge roster sources remove hr"""
    with open_bridge() as bridge:
        service.remove_source(bridge, name)
    console.print(f"Removed {name}")
