"""What forward and webhooks have in common: list, pause, resume, remove, dead-letters, retry."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_listing
from lrs_bridge.services import targets as service
from lrs_bridge.services.targets import Kind

COLUMNS = ("name", "url", "state", "delivered", "lag_statements", "lag_seconds", "dead_letters", "last_success",
           "next_attempt", "last_error")  # fmt: skip
LETTER_COLUMNS = ("statement_id", "recorded", "retrying", "reason")
name_argument = click.argument("name")


def add_common(group: click.Group, kind: Kind) -> None:
    example = f"Example: lrs-bridge {group.name}"

    @group.command("list", help=f"Every target with its lag and its last error. {example} list --format json")
    @format_option
    def list_(format_: str) -> None:
        with open_bridge() as bridge:
            rows = [asdict(view) for view in service.list_targets(bridge, kind)]
        print_listing(format_, COLUMNS, rows)

    @group.command(help=f"Deliver nothing until resumed; nothing is lost. {example} pause NAME")
    @name_argument
    def pause(name: str) -> None:
        with open_bridge() as bridge:
            service.pause_target(bridge, kind, name, paused=True)
        console.print(f"Paused {name}")

    @group.command(help=f"Go on where it stopped, at once. {example} resume NAME")
    @name_argument
    def resume(name: str) -> None:
        with open_bridge() as bridge:
            service.pause_target(bridge, kind, name, paused=False)
        console.print(f"Resumed {name}")

    @group.command(help=f"Forget a target, its place and its dead letters. {example} remove NAME")
    @name_argument
    def remove(name: str) -> None:
        with open_bridge() as bridge:
            service.remove_target(bridge, kind, name)
        console.print(f"Removed {name}")

    _add_dead_letters(group, kind, example)


def _add_dead_letters(group: click.Group, kind: Kind, example: str) -> None:
    @group.command("dead-letters", help=f"What the target refused, and why. {example} dead-letters NAME")
    @name_argument
    @format_option
    def dead_letters(name: str, format_: str) -> None:
        with open_bridge() as bridge:
            rows = [asdict(letter) for letter in service.dead_letters(bridge, kind, name)]
        print_listing(format_, LETTER_COLUMNS, rows)

    @group.command(help=f"Have dead letters tried again by the server. {example} retry NAME")
    @name_argument
    @click.option("--id", "statement_id", type=click.UUID, help="This statement only; without, all of them.")
    def retry(name: str, statement_id: UUID | None) -> None:
        with open_bridge() as bridge:
            count = service.retry_dead_letters(bridge, kind, name, statement_id)
        console.print(f"{count} will be tried again")
