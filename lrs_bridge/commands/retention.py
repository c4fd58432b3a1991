"""retention: what may be deleted when, and what must not be."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Any
from uuid import UUID

import click

from lrs_bridge.commands.filters import filter_options
from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing
from lrs_bridge.services import legal_holds
from lrs_bridge.services import retention as service
from lrs_bridge.services.statement_filters import StatementFilter

who_option = click.option("--who", default=getpass.getuser, help="Who says so; your account on this machine.")
reason_option = click.option("--reason", required=True, help="Why; it is kept.")
HOLD_COLUMNS = ("id", "kind", "value", "reason", "who", "recorded", "released", "released_by", "released_because")
RUN_COLUMNS = ("began", "outcome", "who", "rules", "deleted", "kept")


@click.group()
def retention() -> None:
    """Delete old statements by rules; evidence of a current status and legal holds always stay."""


@retention.command()
@click.argument("name")
@click.option("--days", type=int, required=True, help="Statements stored longer ago than this.")
@filter_options
def add(name: str, days: int, wanted: StatementFilter) -> None:
    """Add a rule. Example: lrs-bridge retention add clicks --days 400 --verb http://activitystrea.ms/schema/1.0/open"""
    with open_bridge() as bridge:
        service.add_rule(bridge, name, days, wanted)
    console.print(f"Added {name}; see what it would delete: lrs-bridge retention run")


@retention.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a rule. Example: lrs-bridge retention remove clicks"""
    with open_bridge() as bridge:
        service.remove_rule(bridge, name)
    console.print(f"Removed {name}")


@retention.command()
@format_option
def rules(format_: str) -> None:
    """List the rules. Example: lrs-bridge retention rules --format json"""
    with open_bridge() as bridge:
        rows = [
            {"name": rule.name, "days": rule.days, "filter": rule.wanted.as_json()}
            for rule in service.list_rules(bridge)
        ]
    print_listing(format_, ("name", "days", "filter"), rows)


@retention.command()
@click.option("--apply", is_flag=True, help="Delete. Without it nothing is changed.")
@who_option
@format_option
def run(apply: bool, who: str, format_: str) -> None:
    """Count what the rules name, with examples; with --apply delete it. Example: lrs-bridge retention run --apply"""
    with open_bridge() as bridge:
        done = service.run_retention(bridge, apply=apply, who=who)
    if format_ == "json":
        print_json(_row(done))
        return
    console.print(f"{done.deleted:,} statements {'were deleted' if apply else 'would be deleted'}")
    for example in done.examples:
        console.print("  {stored}  {verb}  {object}  {id}".format(**example), markup=False, soft_wrap=True)
    for reason, count in sorted(done.kept.items()):
        console.print(f"{count:,} kept: {reason}")


@retention.command()
@format_option
def history(format_: str) -> None:
    """Every run, dry ones too, newest first. Example: lrs-bridge retention history"""
    with open_bridge() as bridge:
        print_listing(format_, RUN_COLUMNS, [_row(run) for run in service.history(bridge)])


@retention.command()
@click.argument("kind", type=click.Choice(["person", "requirement", "agent"]))
@click.argument("value")
@reason_option
@who_option
@format_option
def hold(kind: legal_holds.Kind, value: str, reason: str, who: str, format_: str) -> None:
    """Keep all that names a person (employee id), the courses of a requirement (id) or an agent.

    Example: lrs-bridge retention hold person 000123 --reason "Case 17" --who "Legal"
    """
    with open_bridge() as bridge:
        hold_id = legal_holds.hold(bridge, kind, value, reason=reason, who=who)
    if format_ == "json":
        print_json({"id": hold_id})
    else:
        console.print(f"Held under {hold_id}")


@retention.command()
@format_option
def holds(format_: str) -> None:
    """Every hold, released ones too. Example: lrs-bridge retention holds"""
    with open_bridge() as bridge:
        print_listing(format_, HOLD_COLUMNS, [asdict(found) for found in legal_holds.list_holds(bridge)])


@retention.command()
@click.argument("hold_id", type=click.UUID)
@reason_option
@who_option
def release(hold_id: UUID, reason: str, who: str) -> None:
    """End a hold. Example: lrs-bridge retention release ID --reason "Case 17 is closed" """
    with open_bridge() as bridge:
        legal_holds.release(bridge, hold_id, reason=reason, who=who)
    console.print(f"Released {hold_id}")


def _row(run: service.RetentionRun) -> dict[str, Any]:
    return asdict(run) | {"kept": dict(run.kept)}
