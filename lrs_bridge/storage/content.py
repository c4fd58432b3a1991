"""Files by their SHA-256, each kept once however many packages hold it."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from lrs_bridge.errors import Unavailable

CHUNK = 1024 * 1024
DIGEST = re.compile(r"[0-9a-f]{64}")
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class StoredFile:
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Unreferenced:
    """Files that nobody refers to: how many, their bytes, and the age of the oldest."""

    files: int = 0
    size: int = 0
    oldest: timedelta = timedelta()


class ContentStore:
    """A folder of files named by their digest; a file is there whole and durable, or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the file of this digest is kept, whether or not it is there."""
        if not DIGEST.fullmatch(digest):
            raise ValueError(f"not a SHA-256 digest: {digest!r}")
        return self.root / digest[:2] / digest

    def put(self, stream: IO[bytes]) -> StoredFile:
        """Keep what the stream holds; when this returns, a power cut does not take it away."""
        with _writing(self.root), self._incoming() as temporary:
            digest, size = _copied(stream, temporary)
            final = self.path(digest)
            with _locked(self.root, fcntl.LOCK_SH):
                if not _renewed(final, size):
                    _make_folder(final.parent)
                    Path(temporary.name).replace(final)
                _sync_folder(final.parent)
        return StoredFile(digest, size)

    def remove_unreferenced(self, live: Collection[str], *, grace: timedelta = timedelta(hours=1)) -> int:
        """Remove files that no package holds, and say how many.

        Files put or renewed within ``grace`` stay: an install may still be about to commit their digests.
        """
        oldest_kept = time.time() - grace.total_seconds()
        removed = 0
        for path in self._unreferenced(live):
            with _locked(self.root, fcntl.LOCK_EX):
                if path.exists() and path.stat().st_mtime <= oldest_kept:
                    path.unlink()
                    removed += 1
        return removed

    def unreferenced(self, live: Collection[str], *, grace: timedelta = timedelta(hours=1)) -> Unreferenced:
        """What ``remove_unreferenced`` would remove now."""
        now = time.time()
        going = [stat for stat in _stats(self._unreferenced(live)) if stat.st_mtime <= now - grace.total_seconds()]
        oldest = max((now - stat.st_mtime for stat in going), default=0.0)
        return Unreferenced(len(going), sum(stat.st_size for stat in going), timedelta(seconds=oldest))

    def _unreferenced(self, live: Collection[str]) -> list[Path]:
        return [path for path in self._files() if path.name not in live]

    def _files(self) -> Iterator[Path]:
        """Stored files, and what a crash left behind half-written."""
        yield from (path for path in self.root.glob("[0-9a-f][0-9a-f]/*") if path.is_file())
        yield from (path for path in (self.root / INCOMING).glob("*") if path.is_file())

    @contextmanager
    def _incoming(self) -> Iterator[IO[bytes]]:
        folder = self.root / INCOMING
        _make_folder(folder)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as temporary:
            try:
                yield temporary
            finally:
                Path(temporary.name).unlink(missing_ok=True)


def _stats(paths: Iterable[Path]) -> Iterator[os.stat_result]:
    for path in paths:
        with suppress(FileNotFoundError):  # it was finished, or removed, while we looked
            yield path.stat()


def _copied(stream: IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size


def _renewed(path: Path, size: int) -> bool:
    """Whether the file is there already; its age starts anew, so that no clean-up takes it from this install."""
    try:
        os.utime(path)
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


@contextmanager
def _locked(root: Path, kind: int) -> Iterator[None]:
    """Puts share the store; a clean-up has it alone while it looks at one file's age and removes it."""
    with (root / "lock").open("a") as lock:
        fcntl.flock(lock, kind)
        yield


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = "the disk is full" if error.errno in FULL else error.strerror or str(error)
        remedy = "Free some space" if error.errno in FULL else "Check the folder and its permissions"
        raise Unavailable(
            f"A file could not be kept in {root}: {reason}",
            remedy=f"{remedy}, then try again; nothing was installed",
        ) from error
