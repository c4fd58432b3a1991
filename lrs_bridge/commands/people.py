"""roster: what HR says of who works here."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from lrs_bridge.commands.output import (
    console,
    format_option,
    open_bridge,
    print_json,
    print_listing,
    print_problems,
    progress,
)
from lrs_bridge.commands.roster_sources import sources
from lrs_bridge.roster.column_names import OURS, PRESETS, read_mapping
from lrs_bridge.roster.gates import ACCEPTABLE
from lrs_bridge.services.import_roster import import_roster, roster_history

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
day = click.DateTime(["%Y-%m-%d"])
SHOWN_LINES = 40


@click.group()
def roster() -> None:
    """Who works here, since when, doing what, for whom."""


@roster.command("import")
@file_argument
@click.option("--kind", type=click.Choice(["snapshot", "delta"]), default="snapshot", show_default=True,
              help="A snapshot lists everybody; a delta only what changed.")  # fmt: skip
@click.option("--as-of", "as_of", type=day, help="The day the file describes; today by default.")
@click.option(
    "--accept",
    multiple=True,
    metavar="GATE",
    type=click.Choice(ACCEPTABLE),
    help="Override a gate by its name; may be repeated.",
)
@click.option("--preset", type=click.Choice([*PRESETS]), help="The column names of this HR system.")
@click.option("--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.toml",
              help="Your own column names, dates and values; over the preset if there is one.")  # fmt: skip
@format_option
def import_(
    file: Path,
    kind: str,
    as_of: datetime | None,
    accept: tuple[str, ...],
    preset: str | None,
    mapping: Path | None,
    format_: str,
) -> None:
    """Compare a roster (CSV, XLSX or JSON) with what is known, and apply it whole or hold it whole.

    Example: lrs-bridge roster import people.xlsx --preset workday --as-of 2026-03-31 --accept leavers
    """
    names = PRESETS[preset] if preset else OURS
    if mapping:
        names = read_mapping(mapping.read_text("utf-8"), source=mapping.name, base=names)
    with open_bridge() as bridge, progress(f"Comparing and writing {file.name}") as tell:
        report = import_roster(
            bridge,
            file.read_bytes(),
            source=file.name,
            kind="delta" if kind == "delta" else "snapshot",
            as_of=as_of.date() if as_of else None,
            accept=accept,
            names=names,
            tell=tell,
        )
    print_problems(report.file.problems)
    if format_ == "json":
        print_json({"counts": dict(report.summary.counts), "replayed": report.replayed, "rows": report.file.rows,
                    "encoding": report.file.encoding, "delimiter": report.file.delimiter})  # fmt: skip
        return
    how = f"{file.name}: {report.file.rows:,} rows, {report.file.encoding}, {report.file.delimiter}"
    console.print(how, soft_wrap=True, markup=False)
    for line in report.summary.lines[:SHOWN_LINES]:
        console.print(line, soft_wrap=True, markup=False)
    if (more := len(report.summary.lines) - SHOWN_LINES) > 0:
        console.print(f"… and {more:,} more changes")
    if report.replayed:
        console.print(f"{report.replayed:,} waiting results now belong to somebody")


@roster.command()
@click.option("--source", default="", help="Only of this file, roster source or SCIM credential.")
@click.option("--outcome", type=click.Choice(["applied", "held"]), help="Only these.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="So many at most.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out so many of the newest.")
@format_option
def history(source: str, outcome: str | None, limit: int, offset: int, format_: str) -> None:
    """Every roster that was applied or held, newest first. Example: lrs-bridge roster history --outcome held"""
    columns = ("recorded", "source", "kind", "as_of", "rows", "outcome", "gates", "accepted")
    with open_bridge() as bridge:
        found = roster_history(bridge, source=source, outcome=outcome or "", limit=limit, offset=offset)
        rows = [{name: _shown(getattr(row, name)) for name in (*columns, "sha256")} for row in found]
        rows = [shown | {"problems": row.problems} for shown, row in zip(rows, found, strict=True)]
    print_listing(format_, (*columns, "problems"), [row | _counted(row, format_) for row in rows])


def _counted(row: dict[str, object], format_: str) -> dict[str, object]:
    """A table has room for the number of problems only."""
    problems = row["problems"]
    return {"problems": len(problems)} if format_ == "table" and isinstance(problems, list) else {}


roster.add_command(sources)


def _shown(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else _day(value)


def _day(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
