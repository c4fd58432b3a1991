"""identities: whose results are whose, where a human has to say it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing
from lrs_bridge.domain.actors import ActorKey, actor_key_of
from lrs_bridge.services import identity_decisions as decisions
from lrs_bridge.services import identity_history, identity_review
from lrs_bridge.services.identity_decisions import Decided
from lrs_bridge.services.identity_review import Review

day = click.DateTime(["%Y-%m-%d"])
by_option = click.option("--by", required=True, help="Who decides this; it is recorded.")
because_option = click.option("--because", required=True, help="Why; it is recorded.")
limit_option = click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
offset_option = click.option("--offset", type=click.IntRange(0), default=0, help="How many to pass over.")
actor_argument = click.argument("actor")


@click.group()
def identities() -> None:
    """Accounts and addresses of people. ACTOR is mailto:ada@example.com, 'homePage|account', or a mbox_sha1sum."""


@identities.command("review")
@click.option("--sort", default="-statements", show_default=True,
              help="statements, first, last or score; with a leading - the most first.")  # fmt: skip
@limit_option
@offset_option
@format_option
def review(sort: str, limit: int, offset: int, format_: str) -> None:
    """List actors that nobody is known for, and who each may be, with what speaks for it.

    Example: lrs-bridge identities review --sort -score
    """
    with open_bridge() as bridge:
        page = identity_review.review(bridge, sort=sort, limit=limit, offset=offset)
    if format_ == "json":
        items = [asdict(item) | {"score": item.score} for item in page.items]
        print_json({"actors": page.actors, "statements": page.statements, "items": items})
        return
    columns = ("actor", "statements", "score", "employee_id", "name", "department", "because")
    print_listing("table", columns, [row for item in page.items for row in _rows(item)])
    console.print(f"{page.statements} statements of {page.actors} actors wait; {len(page.items)} actors are shown")


def _rows(item: Review) -> list[dict[str, Any]]:
    said: dict[str, Any] = {"actor": _written(item.actor), "statements": item.statements}
    rows: list[dict[str, Any]] = [
        {
            "score": one.score,
            "employee_id": one.employee_id,
            "name": one.name,
            "department": one.department,
            "because": "; ".join(clue.words for clue in one.clues),
        }
        for one in item.suggestions
    ]
    nobody: dict[str, Any] = dict.fromkeys(("score", "employee_id", "name", "department"), "")
    nobody["because"] = item.reason
    return [(said if place == 0 else dict.fromkeys(said, "")) | row for place, row in enumerate(rows or [nobody])]


@identities.command("accept")
@actor_argument
@click.argument("employee_id")
@by_option
@click.option("--since", type=day, help="From this day on; without it for all the time that it was nobody else's.")
@format_option
def accept(actor: str, employee_id: str, by: str, since: datetime | None, format_: str) -> None:
    """Say that ACTOR is this person; what waits is matched, as of now.

    Example: lrs-bridge identities accept mailto:ada@old.example.com 000123 --by "Max Manager"
    """
    with open_bridge() as bridge:
        made = decisions.accept(bridge, actor_key_of(actor), employee_id, by=by, since=since.date() if since else None)
    _print_decided(made, format_)


@identities.command("reject")
@actor_argument
@click.argument("employee_id")
@by_option
@because_option
@format_option
def reject(actor: str, employee_id: str, by: str, because: str, format_: str) -> None:
    """Say that ACTOR is not this person; the pair is not suggested again.

    Example: lrs-bridge identities reject mailto:ada@old.example.com 000124 --by Max --because "another Ada"
    """
    with open_bridge() as bridge:
        made = decisions.reject(bridge, actor_key_of(actor), employee_id, by=by, because=because)
    _print_decided(made, format_)


@identities.command("merge")
@click.argument("given_up", metavar="FROM")
@click.argument("into", metavar="INTO")
@by_option
@because_option
@format_option
def merge(given_up: str, into: str, by: str, because: str, format_: str) -> None:
    """Say that two employee ids are one person: all of FROM counts for INTO, and FROM is not reported by itself.

    Example: lrs-bridge identities merge 900071 000123 --by Max --because "hired after two years as a contractor"
    """
    with open_bridge() as bridge:
        made = decisions.merge(bridge, given_up, into, by=by, because=because)
    _print_decided(made, format_)


@identities.command("split")
@click.argument("employee_id")
@actor_argument
@click.option("--into", default="", metavar="EMPLOYEE_ID", help="Whose it is instead; without it nobody's: it waits.")
@click.option("--since", type=day, help="From this day on; without it from the beginning.")
@by_option
@because_option
@format_option
def split(employee_id: str, actor: str, into: str, since: datetime | None, by: str, because: str, format_: str) -> None:
    """Say that what ACTOR did is not this person's, whatever HR's files say of the account or address.

    Example: lrs-bridge identities split 000123 'https://lms.example.com|58' --into 000124 --since 2026-02-01
    --by Max --because "they shared a desk"
    """
    with open_bridge() as bridge:
        key, first = actor_key_of(actor), since.date() if since else None
        made = decisions.split(bridge, employee_id, key, into=into, since=first, by=by, because=because)
    _print_decided(made, format_)


@identities.command("undo")
@click.argument("decision_id", metavar="ID", type=click.UUID)
@by_option
@click.option("--because", default="", help="Why; it is recorded.")
@format_option
def undo(decision_id: UUID, by: str, because: str, format_: str) -> None:
    """Undo an accept, reject, merge or split, exactly; the history keeps both.

    Example: lrs-bridge identities undo 1056aea2-aeb7-4a28-90cf-fd9e30d8c4d4 --by Max --because "two people after all"
    """
    with open_bridge() as bridge:
        made = decisions.undo(bridge, decision_id, by=by, because=because)
    _print_decided(made, format_)


@identities.command("list")
@click.option("--person", required=True, metavar="EMPLOYEE_ID", help="Whose.")
@click.option("--known-at", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="As it was known then (UTC).")
@format_option
def list_(person: str, known_at: datetime | None, format_: str) -> None:
    """List what belongs to a person, from when until when, and how we know.

    Example: lrs-bridge identities list --person 000123
    """
    instant = known_at.replace(tzinfo=UTC) if known_at else None
    with open_bridge() as bridge:
        found = identity_history.identities_of_person(bridge, person, known_at=instant)
    if format_ == "json":
        print_json(asdict(found))
        return
    columns = ("ifi", "tier", "how", "since", "until", "record", "given_to", "decision")
    print_listing("table", columns, [asdict(one) for one in found.identities])
    if found.counts_for:
        console.print(f"{person} was merged: its results count for {found.counts_for}")


@identities.command("history")
@click.option("--person", default="", metavar="EMPLOYEE_ID", help="Only about this person.")
@click.option("--action", type=click.Choice(identity_history.ACTIONS), help="Only this kind.")
@click.option("--standing", is_flag=True, help="Without those that were undone.")
@click.option("--sort", default="-recorded", show_default=True, help="recorded, action or who.")
@limit_option
@offset_option
@format_option
def history(person: str, action: str | None, standing: bool, sort: str, limit: int, offset: int, format_: str) -> None:
    """List every decision about identities, newest first. Example: lrs-bridge identities history --person 000123"""
    with open_bridge() as bridge:
        page = identity_history.history(
            bridge, person=person, action=action or "", standing=standing, sort=sort, limit=limit, offset=offset
        )
    if format_ == "json":
        print_json({"total": page.total, "items": [asdict(item) for item in page.items]})
        return
    columns = ("id", "recorded", "action", "employee_id", "other", "actor", "who", "because", "undone", "undone_by")
    rows = [
        asdict(item)
        | {"actor": _written(item.actor), "recorded": _second(item.recorded), "undone": _second(item.undone)}
        for item in page.items
    ]
    print_listing("table", columns, rows)
    console.print(f"{page.total} altogether")


def _print_decided(made: Decided, format_: str) -> None:
    if format_ == "json":
        print_json({"id": made.id} | asdict(made.results))
        return
    found = made.results
    words = f"{found.replayed:,} waiting results matched, {found.moved:,} moved, {found.waiting_again:,} wait again"
    console.print(f"{made.id}: {words}")
    console.print(f"To undo it: lrs-bridge identities undo {made.id} --by NAME", markup=False)


def _written(actor: dict[str, Any] | None) -> str:
    key = ActorKey.of_actor(actor) if actor else None
    return f"{key.home_page}|{key.value}".removeprefix("|") if key else ""


def _second(instant: datetime | None) -> str:
    return instant.isoformat(timespec="seconds") if instant else ""
