"""statements quarantine: what a compat credential sent and no repair made valid."""

from __future__ import annotations

import sys
from getpass import getuser
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing, print_problems
from lrs_bridge.services import quarantine as service
from lrs_bridge.services.quarantine import Held, Replayed


@click.group()
def quarantine() -> None:
    """Statements that could not be stored as they came. Nothing here is ever lost."""


@quarantine.command("list")
@click.option("--settled", is_flag=True, help="Those that were replayed or dropped, instead of those that wait.")
@click.option("--limit", type=click.IntRange(1, 1000), default=service.PAGE, show_default=True)
@click.option("--more", default="", help="Go on behind the last page: the mark that it ended with.")
@format_option
def list_held(settled: bool, limit: int, more: str, format_: str) -> None:
    """List what waits, the oldest first. Example: lrs-bridge statements quarantine list --format json"""
    with open_bridge() as bridge:
        page = service.list_held(bridge, settled=settled, more=more, limit=limit)
    if format_ == "json":
        print_json({"total": page.total, "items": [_as_json(item) for item in page.items], "more": page.more})
        return
    rows = [
        {"id": one.id, "received": one.received, "sender": one.sender, "state": one.state, "why": _why(one)}
        for one in page.items
    ]
    print_listing("table", ("id", "received", "sender", "state", "why"), rows)
    console.print(f"{page.total} altogether" + (f"; the next page: --more {page.more}" if page.more else ""))


@quarantine.command("show")
@click.argument("held_id", metavar="ID", type=click.UUID)
@format_option
def show(held_id: UUID, format_: str) -> None:
    """Show a statement, what is wrong with it and what to do. Example: lrs-bridge statements quarantine show ID"""
    with open_bridge() as bridge:
        held = service.show_held(bridge, held_id)
    if format_ == "json":
        print_json(_as_json(held))
        return
    console.print(f"{held.id}, from {held.sender}, received {held.received}: {held.state}", markup=False)
    if held.because:
        console.print(f"because: {held.because}", markup=False)
    print_json(held.corrected or held.statement)
    for one in held.contents:
        console.print(f"with {one.content_type}, {one.size:,} bytes, sha2 {one.sha2}", markup=False)
    print_problems(held.problems)
    for problem in held.arrived_with_besides:
        console.print(f"held for: {problem.place} {problem.reason}", markup=False)
    if held.state == "waiting" and not held.problems:
        console.print(f"It is valid now: lrs-bridge statements quarantine replay {held.id}", markup=False)


@quarantine.command("fix")
@click.argument("held_id", metavar="ID", type=click.UUID)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@format_option
def fix(held_id: UUID, file: Path, format_: str) -> None:
    """Give the corrected statement, a JSON file (- for standard input); what came is kept beside it. Replay it then.

    Example: lrs-bridge statements quarantine fix ID corrected.json
    """
    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    with open_bridge() as bridge:
        held = service.fix_held(bridge, held_id, body, who=getuser())
    if format_ == "json":
        print_json(_as_json(held))
    else:
        console.print(f"Corrected. Now: lrs-bridge statements quarantine replay {held_id}", markup=False)


@quarantine.command("replay")
@click.argument("held_ids", metavar="[ID]...", type=click.UUID, nargs=-1)
@format_option
def replay(held_ids: tuple[UUID, ...], format_: str) -> None:
    """Store them after all, those named or every one that waits. What is still wrong goes on waiting.

    Example: lrs-bridge statements quarantine replay
    """
    with open_bridge() as bridge:
        who = getuser()
        outcome = service.replay_held(bridge, held_ids, who=who) if held_ids else service.replay_all(bridge, who=who)
    if format_ == "json":
        print_json([_replayed(one) for one in outcome])
    else:
        for one in outcome:
            console.print(f"{one.id}: {f'stored as {one.statement_id}' if one.statement_id else 'still waits'}")
            print_problems(one.problems)
    if any(one.statement_id is None for one in outcome):
        sys.exit(1)


@quarantine.command("drop")
@click.argument("held_id", metavar="ID", type=click.UUID)
@click.option("--because", required=True, help="Why it is given up; it stays readable with this reason.")
def drop(held_id: UUID, because: str) -> None:
    """Give one up. Example: lrs-bridge statements quarantine drop ID --because "test of the new LMS" """
    with open_bridge() as bridge:
        service.drop_held(bridge, held_id, because=because, who=getuser())
    console.print(f"Dropped {held_id}: {because}", markup=False)


def _why(held: Held) -> str:
    if held.state != "waiting":
        return held.because
    return "; ".join(f"{one.place} {one.reason}" for one in held.problems) or "valid now: replay it"


def _as_json(held: Held) -> dict[str, Any]:
    problems = {name: [one.as_dict() for one in getattr(held, name)] for name in ("problems", "arrived_with")}
    plain = ("id", "received", "sender", "state", "statement", "corrected", "because", "settled", "statement_id")
    contents = [{"sha2": one.sha2, "content_type": one.content_type, "size": one.size} for one in held.contents]
    return {name: getattr(held, name) for name in plain} | problems | {"contents": contents}


def _replayed(one: Replayed) -> dict[str, Any]:
    return {
        "id": one.id,
        "statement_id": one.statement_id,
        "problems": [problem.as_dict() for problem in one.problems],
    }
