"""What the listings of people's records share: who signs a change, which page, how it is printed."""

from __future__ import annotations

import functools
import getpass
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from lrs_bridge.commands.output import console, print_json, print_listing, print_problems
from lrs_bridge.services.import_absences import BeliefReport
from lrs_bridge.services.listings import PAGE, Page, Slice
from lrs_bridge.storage.schema.base import as_utc

Command = Callable[..., Any]
by_option = click.option("--by", required=True, help="Who says so; it is kept.")
who_option = click.option("--who", default=getpass.getuser, help="Who imports it; your account on this machine.")
because_option = click.option("--because", required=True, help="Why; it is kept.")
known_at_option = click.option("--known-at", metavar="INSTANT", help="As it was known then: 2026-03-31T12:00:00Z.")


def page_options(sorts: Sequence[str]) -> Callable[[Command], Command]:
    """Adds --sort, --limit and --offset; the command gets them as one argument, ``part``."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_part(sort: str, limit: int, offset: int, **given: Any) -> Any:
            return command(part=Slice(sort, limit, offset), **given)

        choices = ", ".join(sorts)
        for option in (
            click.option("--offset", type=click.IntRange(0), default=0, help="Skip so many rows."),
            click.option("--limit", type=click.IntRange(1, 100_000), default=PAGE, show_default=True),
            click.option("--sort", default=sorts[0], help=f"{choices}; descending with a leading minus."),
        ):
            with_part = option(with_part)
        return with_part

    return decorate


def known_at_of(text: str | None) -> datetime | None:
    try:
        return as_utc(datetime.fromisoformat(text)) if text else None
    except ValueError as error:
        words = f"{text!r} is not an instant like 2026-03-31T12:00:00Z"
        raise click.BadParameter(words, param_hint="--known-at") from error


def print_page(format_: str, columns: Sequence[str], page: Page, part: Slice) -> None:
    if format_ == "json":
        print_json({"total": page.total, "items": page.items})
        return
    print_listing(format_, columns, page.items)
    print_rest(part.offset + len(page.items), page.total)


def print_report(file: Path, report: BeliefReport) -> None:
    print_problems(report.problems)
    console.print(
        f"{file.name}: {report.added:,} new, {report.changed:,} changed, {report.ended:,} ended, "
        f"{report.unchanged:,} unchanged"
    )


def print_rest(shown: int, total: int) -> None:
    """How many there are, and how to see those that come next."""
    console.print(f"{total:,} altogether" + (f"; the next page: --offset {shown}" if shown < total else ""))


def print_history(format_: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """The oldest first; as a table, what each change said before and after in words."""
    if format_ == "json":
        print_json(rows)
        return
    told = [
        {**row, "recorded": row["recorded"].isoformat(timespec="seconds"), "before": _told(row["before"]),
         "after": _told(row["after"])}
        for row in rows
    ]  # fmt: skip
    print_listing(format_, ("recorded", "subject", "action", "who", "because", "before", "after"), told)


def _told(said: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in (said or {}).items() if value)
