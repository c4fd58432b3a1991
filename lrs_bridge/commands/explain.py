"""explain: why somebody is compliant, missing or exempt."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.markup import escape

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_table
from lrs_bridge.services.explain_status import ExplainedStatus, explain_statuses

COLUMNS = ("module", "evidence", "done", "until", "judged by version", "look at")


@click.command()
@click.argument("employee_id")
@click.option("--requirement", default="", help="Only this requirement.")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The date asked about; today by default.")
@format_option
def explain(employee_id: str, requirement: str, as_of: datetime | None, format_: str) -> None:
    """Why a person stands as they do: module by module what counts, and what was left out.

    Example: lrs-bridge explain 000123 --requirement security-essentials
    """
    day = as_of.date() if as_of else None
    with open_bridge() as bridge:
        found = explain_statuses(bridge, employee_id, requirement=requirement, as_of=day)
    if format_ == "json":
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        _print(one)


def _as_json(one: ExplainedStatus) -> dict[str, Any]:
    status = one.status
    return {
        "requirement": one.requirement.id,
        "requirement_version": status.version,
        "status": status.status,
        "reason": status.reason,
        "progress": status.progress,
        "due": status.due,
        "last_valid_day": status.last_valid_day,
        "next_change": status.next_change,
        "modules_met": status.modules_met,
        "modules_total": status.modules_total,
        "modules": [asdict(module) for module in one.modules],
        "left_out": [asdict(fact) for fact in one.left_out],
    }


def _print(one: ExplainedStatus) -> None:
    status = one.status
    words = [f"{status.status} / {status.reason}", status.progress or ""]
    words += [f"due {status.due}" if status.due else "", f"version {status.version}"]
    console.print(f"[bold]{escape(one.requirement.id)}[/]: {', '.join(word for word in words if word)}")
    rows = [
        (module.title or module.activity, module.evidence, module.done, module.until, module.judged_by,
         ", ".join(module.marks))
        for module in one.modules
    ]  # fmt: skip
    print_table(COLUMNS, rows)
    for fact in one.left_out:
        console.print(f"  left out ({escape(fact.because)}): {fact.statement_id} about {escape(fact.activity)}")
