"""roster, absences, exemptions: what HR says."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing, print_problems
from lrs_bridge.roster.column_names import OURS, PRESETS, read_mapping
from lrs_bridge.roster.gates import ACCEPTABLE
from lrs_bridge.services.import_absences import BeliefReport, import_absences, import_exemptions
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
    with open_bridge() as bridge:
        report = import_roster(
            bridge,
            file.read_bytes(),
            source=file.name,
            kind="delta" if kind == "delta" else "snapshot",
            as_of=as_of.date() if as_of else None,
            accept=accept,
            names=names,
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
@format_option
def history(format_: str) -> None:
    """Every roster that was applied or held, newest first. Example: lrs-bridge roster history"""
    columns = ("recorded", "source", "kind", "as_of", "rows", "outcome", "gates", "accepted")
    with open_bridge() as bridge:
        rows = [{name: _shown(getattr(row, name)) for name in (*columns, "sha256")} for row in roster_history(bridge)]
    print_listing(format_, columns, rows)


@click.group()
def absences() -> None:
    """Who is away from when until when."""


@absences.command("import")
@file_argument
@click.option("--kind", type=click.Choice(["snapshot", "delta"]), default="delta", show_default=True,
              help="A snapshot also ends every absence that it does not list.")  # fmt: skip
def import_absences_(file: Path, kind: str) -> None:
    """Record absences. Example: lrs-bridge absences import absences.csv"""
    with open_bridge() as bridge:
        report = import_absences(
            bridge, file.read_bytes(), source=file.name, kind="snapshot" if kind == "snapshot" else "delta"
        )
    _print_report(file, report)


@click.group()
def exemptions() -> None:
    """Approved waivers and individual due dates."""


@exemptions.command("import")
@file_argument
def import_exemptions_(file: Path) -> None:
    """Record waivers and extensions. Example: lrs-bridge exemptions import waivers.csv"""
    with open_bridge() as bridge:
        report = import_exemptions(bridge, file.read_bytes(), source=file.name)
    _print_report(file, report)


def _print_report(file: Path, report: BeliefReport) -> None:
    print_problems(report.problems)
    console.print(
        f"{file.name}: {report.added:,} new, {report.changed:,} changed, {report.ended:,} ended, "
        f"{report.unchanged:,} unchanged"
    )


def _shown(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else _day(value)


def _day(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
