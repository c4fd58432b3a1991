"""credentials (of machines) and readers (of feeds and pages)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, print_listing
from lrs_bridge.services import credentials as service
from lrs_bridge.services import readers as reader_service


@click.group()
def credentials() -> None:
    """Who may call the LRS and the admin API, and for what."""


@credentials.command("create")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(list(service.SCOPES)), help="May be repeated."
)
@click.option("--compat", is_flag=True, help="Repair or quarantine invalid statements instead of refusing the batch.")
@click.option("--days", type=click.IntRange(1), help="Days until it expires; without, it does not.")
@format_option
def create_credential(name: str, scopes: tuple[str, ...], compat: bool, days: int | None, format_: str) -> None:
    """Make a credential; the secret is shown once.

    Example: lrs-bridge credentials create moodle --scope statements/write --compat
    """
    with open_bridge() as bridge:
        lifetime = timedelta(days=days) if days else None
        made, secret = service.create_credential(bridge, name, scopes, compat=compat, lifetime=lifetime)
    if format_ == "json":
        print_json({"key": made.key, "secret": secret, "name": name, "scopes": sorted(made.scopes), "compat": compat})
    else:
        token = f"token  {made.key}.{secret}\n" if "scim" in made.scopes else ""
        console.print(f"key    {made.key}\nsecret {secret}\n{token}The secret is not shown again.", soft_wrap=True)


@credentials.command("list")
@click.option("--launches", is_flag=True, help="Those of launches too, of which there is one a launch.")
@format_option
def list_credentials(launches: bool, format_: str) -> None:
    """List credentials, never their secrets. Example: lrs-bridge credentials list --format json"""
    with open_bridge() as bridge:
        rows = [
            {
                "key": item.key,
                "name": item.name,
                "scopes": ", ".join(sorted(item.scopes)),
                "compat": item.compat,
                "created": item.created,
                "expires": item.expires,
                "revoked": item.revoked,
            }
            for item in service.list_credentials(bridge, launches=launches)
        ]
    print_listing(format_, ("key", "name", "scopes", "compat", "created", "expires", "revoked"), rows)


@credentials.command("revoke")
@click.argument("key")
def revoke_credential(key: str) -> None:
    """End a credential at once. Example: lrs-bridge credentials revoke 3f9a0c1d2e4b5a67"""
    with open_bridge() as bridge:
        service.revoke_credential(bridge, key)
    console.print(f"Revoked {key}")


@click.group()
def readers() -> None:
    """Who may pull feeds and open the manager page, and whose people they see."""


@readers.command("create")
@click.argument("name")
@click.option("--manager", default="", help="Employee id of a leader, who sees their own tree.")
@click.option("--role", default="leader", type=click.Choice(reader_service.ROLES), show_default=True)
@click.option("--days", type=click.IntRange(min=1), help="Days until the token expires; without, it does not.")
@format_option
def create_reader(name: str, manager: str, role: str, days: int | None, format_: str) -> None:
    """Make a reader; the token is shown once.

    Example: lrs-bridge readers create "Max Manager" --manager 000068
    """
    with open_bridge() as bridge:
        made, token = reader_service.create_reader(bridge, name, role=role, employee_id=manager, days=days)
    if format_ == "json":
        print_json({"id": made.id, "token": token, "name": name, "role": role, "employee_id": manager})
    else:
        console.print(f"id    {made.id}\ntoken {token}\nThe token is not shown again.")


@readers.command("link")
@click.argument("reader_id", type=click.UUID)
def sign_in_link(reader_id: UUID) -> None:
    """Print a link that signs the reader in, good for twelve hours. Example: lrs-bridge readers link ID"""
    with open_bridge() as bridge:
        who = reader_service.reader_of_session(bridge, str(reader_id))
        name = "admin" if who.role == "admin" else "manage"
        page = bridge.manifest.page(name)
        path = page.path if page else f"/{name}"
        click.echo(f"{bridge.settings.public_url}{path}/enter/{reader_service.sign_in_code(bridge, who)}")


@readers.command("list")
@click.option("--role", default="", type=click.Choice(["", *reader_service.ROLES]), help="Only this role.")
@click.option("--live", is_flag=True, help="Only those neither revoked nor expired.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--offset", default=0, type=click.IntRange(min=0), help="After so many.")
@format_option
def list_readers(role: str, live: bool, limit: int | None, offset: int, format_: str) -> None:
    """List readers, never their tokens. Example: lrs-bridge readers list --live"""
    columns = ("id", "name", "role", "employee_id", "created", "expires", "revoked")
    with open_bridge() as bridge:
        found = reader_service.list_readers(bridge, role=role, live=live, limit=limit, offset=offset)
        rows = [{name: getattr(item, name) for name in columns} for item in found]
    print_listing(format_, columns, rows)


@readers.command("revoke")
@click.argument("reader_id", type=click.UUID)
def revoke_reader(reader_id: UUID) -> None:
    """End a reader's token and sessions at once. Example: lrs-bridge readers revoke ID"""
    with open_bridge() as bridge:
        reader_service.revoke_reader(bridge, reader_id)
    console.print(f"Revoked {reader_id}")
