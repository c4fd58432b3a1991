"""How every command speaks: tables for people, JSON for machines, problems in full on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lrs_bridge.errors import LrsBridgeError, Problem
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
# a pipe or a log has no width of its own: no word may be lost to the 80 columns that rich would assume
UNBOUND = None if sys.stdout.isatty() else 200
console = Console(highlight=False, width=UNBOUND)
errors_console = Console(stderr=True, highlight=False)

format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)


@contextmanager
def open_bridge() -> Iterator[Bridge]:
    bridge = Bridge.open(Settings.from_environment())
    try:
        yield bridge
    finally:
        bridge.close()


@contextmanager
def progress(words: str, total: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, or a line at the end where that is no terminal; tell it what is done and what there is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    began = monotonic()
    with Progress(*columns, console=errors_console, disable=not errors_console.is_terminal) as bar:
        task = bar.add_task(escape(words), total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)
    if not errors_console.is_terminal:
        errors_console.print(f"{words}: {monotonic() - began:.1f} s", markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z, default=str).decode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
    table = Table(*columns, title=title or None, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def print_listing(format_: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """The same rows as a table of ``columns``, or whole as JSON."""
    found = list(rows)
    if format_ == "json":
        print_json(found)
    else:
        print_table([name.replace("_", " ") for name in columns], [[row[name] for name in columns] for row in found])


def print_problems(problems: Iterable[Problem]) -> None:
    styles = {"error": "red", "warning": "yellow", "info": "dim"}
    for problem in problems:
        errors_console.print(
            f"[{styles[problem.severity]}]{problem.severity}[/] {escape(str(problem))}", soft_wrap=True
        )


def print_refusal(error: LrsBridgeError) -> None:
    errors_console.print(f"[bold red]Refused:[/] {escape(error.reason)}", soft_wrap=True)
    print_problems(error.problems)
    if error.remedy:
        errors_console.print(escape(error.remedy), soft_wrap=True)
