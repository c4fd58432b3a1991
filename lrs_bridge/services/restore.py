"""Restoring a backup: everything is unpacked beside its place and checked; only then does it take that place.

Files go in first. They are named by their digest, so adding them disturbs nothing. Then the database, in one step, and
the signing key. Broken off before that step, the old database is there with all its files; after it, the new one.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from sqlalchemy.engine import make_url

from lrs_bridge.errors import Problem, Refused, Unavailable
from lrs_bridge.services.backup import (
    DATABASE,
    FOLDERS,
    MANIFEST,
    SECRET_KEY,
    BackupManifest,
    Entry,
    Progress,
    stored_files,
    unseen,
)
from lrs_bridge.services.evidence_keys import FOLDER as KEYS
from lrs_bridge.services.evidence_keys import restore_keys
from lrs_bridge.settings import Settings
from lrs_bridge.storage.content import ContentStore
from lrs_bridge.storage.dumps import check_sqlite, is_empty, load_database
from lrs_bridge.storage.revisions import known_revisions

NAME = re.compile(
    rf"{DATABASE}|{SECRET_KEY}|{re.escape(MANIFEST)}|(?:{'|'.join(FOLDERS)})/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}"
    rf"|{KEYS}/[A-Za-z0-9_-]+\.pem"
)
CHUNK = 1024 * 1024
ANOTHER = "Take another backup; nothing was changed"


def restore(settings: Settings, source: Path, *, force: bool = False, progress: Progress = unseen) -> BackupManifest:
    """Put the backup in the place of what is configured. Raises Refused, having changed nothing."""
    if not force:
        _refuse_what_is_there(settings)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".lrs-bridge-restore-", dir=settings.data_dir) as name:
            folder = Path(name)
            manifest = _checked(settings, folder, _unpack(source, folder, progress))
            _put_in_place(settings, folder)
    except OSError as error:
        raise Unavailable(f"The backup could not be restored: {error.strerror or error}",
                          remedy="The old database is untouched; put this right, then repeat") from error  # fmt: skip
    return manifest


def _refuse_what_is_there(settings: Settings) -> None:
    there = []
    if not is_empty(settings.database_url):
        there.append(make_url(settings.database_url).render_as_string(hide_password=True))
    if next(stored_files(settings.data_dir), None):
        there.append(str(settings.data_dir))
    if there:
        raise Refused(
            f"There is something already: {' and '.join(there)}",
            remedy="Restore into an empty database and data folder, or replace what is there with --force",
        )


def _unpack(source: Path, folder: Path, progress: Progress) -> dict[str, Entry]:
    """Every member to its place in ``folder``; returns what was really there."""
    found: dict[str, Entry] = {}
    try:
        total = source.stat().st_size
        with source.open("rb") as raw, tarfile.open(fileobj=raw, mode="r|gz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is None or not NAME.fullmatch(member.name) or member.name in found:
                    raise Refused(f"{source} is not a backup of LRS Bridge: it holds {member.name!r}", remedy=ANOTHER)
                found[member.name] = _copy(content, folder / member.name)
                progress(raw.tell(), total)
    except FileNotFoundError as error:
        raise Refused(f"{source} is not there") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Refused(f"{source} is damaged or cut off, or no backup of LRS Bridge", remedy=ANOTHER) from error
    return found


def _copy(content: IO[bytes], target: Path) -> Entry:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as written:
        while part := content.read(CHUNK):
            digest.update(part)
            written.write(part)
            size += len(part)
    return Entry(digest.hexdigest(), size)


def _checked(settings: Settings, folder: Path, found: dict[str, Entry]) -> BackupManifest:
    try:
        manifest = BackupManifest.from_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("The backup has no manifest of its contents: it was cut off", remedy=ANOTHER) from error
    if problems := list(_differences(manifest, found)):
        raise Refused("The backup does not hold what it says", remedy=ANOTHER, problems=problems)
    kind = make_url(settings.database_url).get_backend_name()
    if manifest.kind != kind:
        raise Refused(f"The backup is of {manifest.kind}, and the database is {kind}",
                      remedy="Set LRS_BRIDGE_DATABASE_URL to a database of that kind")  # fmt: skip
    if manifest.revision not in known_revisions():
        raise Refused(f"The backup was made by a newer LRS Bridge, {manifest.version} (schema {manifest.revision})",
                      remedy="Install that version, then restore")  # fmt: skip
    if kind == "sqlite":
        check_sqlite(folder / DATABASE)
    return manifest


def _differences(manifest: BackupManifest, found: dict[str, Entry]) -> Iterator[Problem]:
    for name in sorted(manifest.files.keys() | (found.keys() - {MANIFEST}) | {DATABASE, SECRET_KEY}):
        if name not in found or name not in manifest.files:
            yield Problem(name, "is missing" if name not in found else "is not in the manifest")
        elif manifest.files[name] != found[name]:
            yield Problem(name, "has another digest than when it was written")
        elif name.startswith(FOLDERS) and not name.endswith(found[name].sha256):
            yield Problem(name, "is not the file that its name says")


def _put_in_place(settings: Settings, folder: Path) -> None:
    for kind in FOLDERS:
        store = ContentStore(settings.data_dir / kind)
        for _, path in stored_files(folder):
            if path.is_relative_to(folder / kind):
                with path.open("rb") as content:
                    store.put(content)
                path.unlink()
    restore_keys(settings.data_dir, folder)
    load_database(settings.database_url, folder / DATABASE)
    key = folder / SECRET_KEY
    key.chmod(0o600)
    key.replace(settings.data_dir / SECRET_KEY)
