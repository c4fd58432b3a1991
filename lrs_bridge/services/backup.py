"""One file that holds everything: the database as it was at one moment, course files, attachments, the signing keys.

A compressed tar, written in one pass while the server runs, its manifest of digests last: a file that was cut off has
none. The database goes first. Files are only ever added, so those written after it hold all that it names.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import orjson

from lrs_bridge import __version__
from lrs_bridge.errors import Refused, Unavailable
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.evidence_keys import key_files
from lrs_bridge.storage.dumps import dump_database
from lrs_bridge.storage.revisions import revision_of

FORMAT = 1
DATABASE, SECRET_KEY, MANIFEST = "database", "secret_key", "manifest.json"
FOLDERS = ("content", "attachments")
FAST = 1
Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


def unseen(done: int, of: int) -> None:
    """No progress."""


@dataclass(frozen=True, slots=True)
class Entry:
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What the file holds. ``kind`` is sqlite or postgresql; one cannot be restored as the other."""

    kind: str
    revision: str
    made: datetime
    version: str = __version__
    files: dict[str, Entry] = field(default_factory=dict)

    def as_json(self) -> bytes:
        plain: dict[str, Any] = {"format": FORMAT, "kind": self.kind, "revision": self.revision, "made": self.made}
        files = {name: [entry.sha256, entry.size] for name, entry in self.files.items()}
        return orjson.dumps(plain | {"version": self.version, "files": files})

    @classmethod
    def from_json(cls, text: bytes) -> BackupManifest:
        """Raises ValueError, KeyError or TypeError where it is not one."""
        plain = orjson.loads(text)
        if plain["format"] != FORMAT:
            raise ValueError("another format")
        files = {name: Entry(*entry) for name, entry in plain["files"].items()}
        made = datetime.fromisoformat(plain["made"])
        return cls(plain["kind"], plain["revision"], made, plain["version"], files)


def back_up(bridge: Bridge, target: Path, *, at: datetime, progress: Progress = unseen) -> BackupManifest:
    """Write ``target``, which must not be there yet; it appears when it is whole."""
    if target.exists():
        raise Refused(f"{target} is there already", remedy="Name a new file, or remove the old one")
    if not target.absolute().parent.is_dir():
        raise Refused(f"The folder {target.absolute().parent} is not there", remedy="Make it first")
    try:
        # beside the target: that is where there is to be room
        with TemporaryDirectory(prefix=".lrs-bridge-backup-", dir=target.absolute().parent) as folder:
            return _write(bridge, target, Path(folder), at, progress)
    except OSError as error:
        raise Unavailable(
            f"The backup could not be written: {error.strerror or error}",
            remedy="Nothing was left behind; free some space",
        ) from error


def _write(bridge: Bridge, target: Path, folder: Path, at: datetime, progress: Progress) -> BackupManifest:
    dump = folder / DATABASE
    dump_database(bridge.database, dump)
    with bridge.database.reading() as connection:
        revision = revision_of(connection) or ""
    manifest = BackupManifest("sqlite" if bridge.database.is_sqlite else "postgresql", revision, at)
    sources = {
        DATABASE: dump,
        **dict(stored_files(bridge.settings.data_dir)),
        **dict(key_files(bridge.settings.data_dir)),
    }
    total, done = sum(path.stat().st_size for path in sources.values()), 0
    whole = folder / "whole"
    with whole.open("xb") as raw:
        whole.chmod(0o600)  # it holds the key that signs sessions, and everything about everybody
        with (
            gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=FAST, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|") as archive,
        ):
            for name, path in sources.items():
                manifest.files[name] = _add_file(archive, name, path)
                done += manifest.files[name].size
                progress(done, total)
            manifest.files[SECRET_KEY] = _add(archive, SECRET_KEY, bridge.signing_key.encode())
            _add(archive, MANIFEST, manifest.as_json())
        raw.flush()
        os.fsync(raw.fileno())
    whole.rename(target)
    return manifest


def stored_files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    """Every whole file of the stores, under its name in a backup."""
    for folder in FOLDERS:
        for path in sorted((data_dir / folder).glob("[0-9a-f][0-9a-f]/*")):
            yield f"{folder}/{path.parent.name}/{path.name}", path


class _Counted:
    """A file that is read once, and its digest while it is."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self._digest.update(part)
        return part

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _add_file(archive: tarfile.TarFile, name: str, path: Path) -> Entry:
    with path.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        return _add_stream(archive, name, source, size)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> Entry:
    return _add_stream(archive, name, io.BytesIO(content), len(content))


def _add_stream(archive: tarfile.TarFile, name: str, source: IO[bytes], size: int) -> Entry:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    counted = _Counted(source)
    archive.addfile(member, counted)
    return Entry(counted.sha256, size)
