"""evidence: workshops, sessions, assessments, certificates and past completions, beside statements."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from lrs_bridge.commands import evidence_packs
from lrs_bridge.commands.output import (
    console,
    format_option,
    open_bridge,
    print_json,
    print_listing,
    print_problems,
    progress,
)
from lrs_bridge.domain.evidence import EvidenceKind
from lrs_bridge.services.evidence_records import CHOICES, LARGEST_PAGE, PAGE, EvidenceQuery, list_evidence
from lrs_bridge.services.evidence_records import withdraw_evidence as withdraw_record
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.services.record_evidence import import_evidence
from lrs_bridge.storage.schema.base import as_utc

COLUMNS = ("id", "date", "employee_id", "kind", "title", "outcome", "score", "assessor", "valid_until", "state")
day = click.DateTime(["%Y-%m-%d"])
sorts = click.Choice([f"{sign}{name}" for name in CHOICES["sort"] for sign in ("", "-")])


@click.group()
def evidence() -> None:
    """What was learned away from any system, and counts all the same."""


@evidence.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", default="command line", show_default=True, metavar="WHO", help="Who vouches for the file.")
@format_option
def import_evidence_(file: Path, by: str, format_: str) -> None:
    """Record a file of evidence (CSV, XLSX or JSON), or refuse it whole. Importing it again changes nothing.

    Example: lrs-bridge evidence import workshops.xlsx --by "Training office"
    """
    with open_bridge() as bridge, progress(f"Evidence of {file.name}") as tell:
        report = import_evidence(bridge, file.read_bytes(), source=file.name, by=by, progress=tell)
    print_problems(report.problems)
    counts = {name: getattr(report, name) for name in ("rows", "added", "changed", "unchanged", "left_out")}
    if format_ == "json":
        print_json(counts | {"ids": [str(one) for one in report.ids]})
        return
    told = f"{report.added:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged"
    left_out = f", {report.left_out:,} left out" if report.left_out else ""
    console.print(f"{file.name}: {told}{left_out}", markup=False)


@evidence.command("list")
@click.option("--person", "employee_id", default="", metavar="EMPLOYEE_ID", help="Only of this person.")
@click.option("--activity", default="", metavar="IRI", help="Only about this activity.")
@click.option("--kind", default="", type=click.Choice(["", *EvidenceKind]), help="Only of this kind.", metavar="KIND")
@click.option("--since", type=day, help="From this day on.")
@click.option("--until", type=day, help="Up to this day.")
@click.option("--known-at", type=click.DateTime(), help="As it had been recorded by this instant (UTC).")
@click.option("--withdrawn", is_flag=True, help="Those that were withdrawn or corrected, too.")
@click.option("--sort", type=sorts, default="-day", show_default=True, metavar="COLUMN",
              help=f"{', '.join(CHOICES['sort'])}; with - the other way round.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, LARGEST_PAGE), default=PAGE, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, show_default=True)
@format_option
def list_(
    since: datetime | None, until: datetime | None, known_at: datetime | None, format_: str, **wanted: str | int | bool
) -> None:
    """List evidence. Example: lrs-bridge evidence list --person 000123 --kind certificate --format json"""
    query = EvidenceQuery(
        since=since.date() if since else None,
        until=until.date() if until else None,
        known_at=as_utc(known_at) if known_at else None,
        **wanted,  # type: ignore[arg-type]  # click made each of them
    )
    with open_bridge() as bridge:
        page = list_evidence(bridge, OPERATOR, query)
    rows = [record.as_plain() for record in page.items]
    if format_ == "json":
        print_json({"total": page.total, "items": rows})
        return
    print_listing("table", COLUMNS, [row | {"state": "withdrawn" if row["withdrawn"] else "stands"} for row in rows])
    console.print(f"{page.total} altogether")


@evidence.command("withdraw")
@click.argument("record_id", metavar="ID", type=click.UUID)
@click.option("--because", required=True, help="Why; it stays with the record.")
@click.option("--by", required=True, metavar="WHO", help="Who decided it.")
@format_option
def withdraw(record_id: UUID, because: str, by: str, format_: str) -> None:
    """Withdraw a record: its statement is voided, and it counts no longer.

    Example: lrs-bridge evidence withdraw ID --because "wrong person" --by "Ada Byrne, HR"
    """
    with open_bridge() as bridge:
        record = withdraw_record(bridge, OPERATOR, record_id, because=because, by=by)
    if format_ == "json":
        print_json(record.as_plain())
    else:
        console.print(f"Withdrawn: {record.kind} of {record.employee_id} on {record.day}: {because}", markup=False)


evidence_packs.add_to(evidence)
