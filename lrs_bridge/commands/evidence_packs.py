"""evidence pack, verify, key: signed proof for a regulator, and the keys that it is checked by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import click

from lrs_bridge.commands.output import console, format_option, open_bridge, print_json, progress
from lrs_bridge.errors import Refused, Unavailable
from lrs_bridge.feeds.evidence_pack_check import check_pack
from lrs_bridge.feeds.evidence_pack_seal import as_jwks, public_keys
from lrs_bridge.services.evidence_keys import rotate_key, verification_keys
from lrs_bridge.services.evidence_packs import PackQuery, write_pack
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.settings import Settings
from lrs_bridge.storage.schema.base import as_utc

readable = click.Path(exists=True, dir_okay=False, path_type=Path)


def add_to(evidence: click.Group) -> None:
    for command in (pack, verify, key):
        evidence.add_command(command)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--person", default="", metavar="EMPLOYEE_ID", help="About this person.")
@click.option("--requirement", default="", metavar="ID", help="About everybody whom this requirement means.")
@click.option("--manager", default="", metavar="EMPLOYEE_ID", help="About the people who answer to this person.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The date asked about.")
@click.option("--known-at", metavar="INSTANT", help="By what had been recorded then: 2026-03-31T12:00:00Z.")
@format_option
def pack(
    file: Path, person: str, requirement: str, manager: str, as_of: datetime | None, known_at: str | None, format_: str
) -> None:
    """Write one signed zip of everything that shows who was compliant, missing or exempt.

    Example: lrs-bridge evidence pack q1.zip --requirement security-essentials --as-of 2026-03-31
    """
    query = PackQuery(person, requirement, manager, as_of.date() if as_of else None, _instant(known_at))
    if len(query.about) != 1:
        raise click.UsageError("Give one of --person, --requirement and --manager")
    if file.exists():
        raise Refused(f"{file} is there already", remedy="Name a new file, or remove the old one")
    with open_bridge() as bridge, progress(f"Evidence pack {file.name}") as tell, _fresh(file) as target:
        head = write_pack(bridge, OPERATOR, query, target, progress=tell)
    if format_ == "json":
        print_json({"file": str(file), "as_of": head.as_of, "known_at": head.known_at, "kind": head.kind,
                    "subject": head.subject})  # fmt: skip
        return
    console.print(f"{file}: {head.kind} {head.subject} as of {head.as_of}, known at {head.known_at.isoformat()}",
                  markup=False)  # fmt: skip


@click.command()
@click.argument("file", type=readable)
@click.option("--key", "key_file", type=readable, required=True, metavar="PUBLIC.pem|jwks.json",
              help="The public keys of the installation that made the pack.")  # fmt: skip
@format_option
def verify(file: Path, key_file: Path, format_: str) -> None:
    """Check a pack against a public key: every file that differs, is missing or is extra. Needs no database.

    Example: lrs-bridge evidence verify q1.zip --key jwks.json
    """
    keys = public_keys(key_file.read_bytes())
    with file.open("rb") as source:
        checked = check_pack(source, keys)
    if checked.problems:
        raise Refused(
            f"{file} is not what was signed", remedy="Do not rely on anything in it", problems=checked.problems
        )
    told = {name: checked.manifest[name] for name in ("kind", "subject", "as_of", "known_at", "installation")}
    if format_ == "json":
        print_json({"verified": True, "key": checked.signer, "files": checked.files} | told)
        return
    words = f"{told['kind']} {told['subject']} as of {told['as_of']}, known at {told['known_at']}"
    console.print(f"{file} is genuine: {checked.files:,} files, signed by {checked.signer}", markup=False)
    console.print(f"It is about {words}, and comes from {told['installation']}", markup=False)


@click.command()
@click.option("--rotate", is_flag=True, help="Sign by a new key from now on; the old public keys stay.")
@click.option("--format", "format_", type=click.Choice(["pem", "jwks"]), default="pem", show_default=True,
              help="pem: the key that signs now. jwks: the old ones too.")  # fmt: skip
def key(format_: str, *, rotate: bool) -> None:
    """Print the public key that packs are checked by. It is made at the first need.

    Example: lrs-bridge evidence key --format jwks > jwks.json
    """
    settings = Settings.from_environment()
    if rotate:
        rotate_key(settings)
    keys = verification_keys(settings)
    if format_ == "jwks":
        print_json(as_jwks(keys))
    else:
        click.echo(keys[0].as_pem(private=False), nl=False)


def _instant(text: str | None) -> datetime | None:
    try:
        return as_utc(datetime.fromisoformat(text)) if text else None
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not an instant like 2026-03-31T12:00:00Z", param_hint="--known-at"
        ) from error


@contextmanager
def _fresh(file: Path) -> Iterator[IO[bytes]]:
    """A file that appears when it is whole, and that its owner alone may read: it is about people."""
    try:
        with NamedTemporaryFile(dir=file.absolute().parent, prefix=".lrs-bridge-evidence-") as fresh:
            yield fresh
            fresh.flush()
            os.link(fresh.name, file)
    except OSError as error:
        raise Unavailable(
            f"{file} could not be written: {error.strerror or error}", remedy="Nothing was left behind"
        ) from error
