"""statements: into the store and out of it in bulk, what waits for a person, what is in quarantine."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import click

from lrs_bridge.commands.output import (
    console,
    errors_console,
    format_option,
    open_bridge,
    print_json,
    print_listing,
    print_problems,
    progress,
)
from lrs_bridge.commands.quarantine import quarantine
from lrs_bridge.errors import LrsBridgeError, Problem, RequestRefused
from lrs_bridge.services import transfer_statements as transfer
from lrs_bridge.services.unmatched import list_unmatched
from lrs_bridge.services.unused_attachments import find_unused, remove_unused
from lrs_bridge.xapi.instants import parse_timestamp

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.group()
def statements() -> None:
    """Statements in bulk, and those that could not be used as they came."""


statements.add_command(quarantine)


@statements.command("import")
@click.argument("file", type=INPUT)
@click.option("--keep-stored", is_flag=True, help="Keep `stored` and `authority`: a migration from another LRS.")
@click.option("--from-line", type=click.IntRange(1), default=1, help="Go on there after an import that was stopped.")
@format_option
def import_file(file: Path, keep_stored: bool, from_line: int, format_: str) -> None:
    """Import a file of one statement a line (JSON lines, plain or gzip); faulty lines are listed, the rest is stored.

    Run it again after a stop: what is there already is recognised. Give the oldest statements first.

    Example: lrs-bridge statements import old-lrs.jsonl.gz --keep-stored
    """
    problems: list[Problem] = []
    reached = transfer.Progress(line=from_line - 1)
    tell = problems.append if format_ == "json" else _print_problem
    try:
        with open_bridge() as bridge, progress(f"Importing {file.name} (KiB)", 1 + file.stat().st_size // 1024) as show:

            def note(now: transfer.Progress) -> None:
                nonlocal reached
                reached = now
                show(now.bytes_read // 1024, 1 + file.stat().st_size // 1024)

            reached = transfer.import_statements(
                bridge, file, keep_stored=keep_stored, from_line=from_line, on_progress=note, on_fault=tell
            )
    except (KeyboardInterrupt, LrsBridgeError):
        errors_console.print(_stopped(file, keep_stored, reached), markup=False, soft_wrap=True)
        raise
    _print_outcome(file, reached, problems, format_)
    if reached.faulty:
        sys.exit(1)


def _print_problem(problem: Problem) -> None:
    print_problems([problem])


def _stopped(file: Path, keep_stored: bool, reached: transfer.Progress) -> str:
    again = (
        f"lrs-bridge statements import {file}{' --keep-stored' if keep_stored else ''} --from-line {reached.line + 1}"
    )
    return f"Stopped after line {reached.line}; everything up to there is stored or listed. To go on:\n  {again}"


def _print_outcome(file: Path, reached: transfer.Progress, problems: list[Problem], format_: str) -> None:
    counts = {"lines": reached.line, "stored": reached.stored, "already_there": reached.repeated}
    if format_ == "json":
        print_json(counts | {"faulty": reached.faulty, "problems": [problem.as_dict() for problem in problems]})
        return
    words = f"{reached.stored} stored, {reached.repeated} were there already, {reached.faulty} faulty lines"
    console.print(f"{file.name}: {reached.line} lines, {words}", markup=False)


@statements.command("export")
@click.argument("file", type=OUTPUT, required=False)
@click.option("--since", help="Only what was stored after this instant, e.g. 2026-03-01T00:00:00Z.")
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
def export_file(file: Path | None, since: str | None, format_: str) -> None:
    """Write every statement, oldest first, to FILE or to standard output; FILE.gz is compressed.

    Contents of attachments are not part of it: `lrs-bridge backup` takes them along.

    Example: lrs-bridge statements export --since 2026-03-01T00:00:00Z march.jsonl
    """
    start = _instant(since) if since else None
    render = transfer.export_csv if format_ == "csv" else transfer.export_jsonl
    with open_bridge() as bridge, _target(file) as target:
        for line in render(bridge, since=start):
            target.write(line)


@contextmanager
def _target(file: Path | None) -> Iterator[IO[bytes]]:
    """A file appears whole or not at all."""
    if file is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = file.with_name(f"{file.name}.part")
    try:
        plain = unfinished.open("wb")
    except OSError as error:
        raise RequestRefused(f"{file} cannot be written: {error.strerror}", remedy="Name another place") from error
    with plain:
        if file.suffix == ".gz":
            with gzip.GzipFile(filename="", fileobj=plain, mode="wb") as packed:
                yield cast(IO[bytes], packed)
        else:
            yield plain
    unfinished.replace(file)


def _instant(text: str) -> datetime:
    instant = parse_timestamp(text if "T" in text.upper() else f"{text}T00:00:00Z")
    if instant is None:
        raise RequestRefused(f"--since {text} is no instant", remedy="Write it as 2026-03-01T00:00:00Z")
    return instant.astimezone(UTC)


@statements.command("unused-attachments")
@click.option("--remove", is_flag=True, help="Remove them now, instead of leaving it to the server.")
@format_option
def unused_attachments(remove: bool, format_: str) -> None:
    """Count contents that no statement has and that are older than a day; the server removes them every hour.

    Example: lrs-bridge statements unused-attachments --remove
    """
    with open_bridge() as bridge:
        with bridge.database.reading() as connection:
            found = find_unused(connection, bridge.settings.data_dir)
        removed = remove_unused(bridge) if remove else 0
    if format_ == "json":
        print_json({"files": found.files, "bytes": found.size, "removed": removed})
    else:
        done = f"; {removed} were removed" if remove else ""
        console.print(f"{found.files} contents of {found.size} bytes are of no statement{done}")


@statements.command("unmatched")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many actors.")
@click.option("--offset", type=click.IntRange(0), default=0, help="How many to pass over.")
@format_option
def unmatched(limit: int, offset: int, format_: str) -> None:
    """List whose results wait because no person is known for them, and why.

    Example: lrs-bridge statements unmatched --format json
    """
    with open_bridge() as bridge:
        page = list_unmatched(bridge, limit=limit, offset=offset)
    columns = ("actor", "statements", "first", "last", "reason", "remedy")
    rows = [{name: getattr(item, name) for name in columns} for item in page.items]
    if format_ == "json":
        print_json({"actors": page.actors, "statements": page.statements, "items": rows})
        return
    from lrs_bridge.feeds.statement_csv import identifier

    print_listing("table", columns, [row | {"actor": identifier(row["actor"])} for row in rows])
    console.print(f"{page.statements} statements of {page.actors} actors wait; {len(rows)} actors are shown")
