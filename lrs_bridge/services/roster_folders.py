"""A watched folder: which files are whole, in which order they are read, and where they go afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from lrs_bridge.outbound.deliveries import Postponed
from lrs_bridge.outbound.remote_files import LARGEST_FILE

SETTLES = timedelta(seconds=5)
"""A file that somebody is still writing changes in size or time while we wait so long."""
APPLIED, OUTDATED = "applied", "outdated"

Mark = dict[str, Any]
"""What is kept of a file between two looks: size, time, since when it has both, and ``held`` once it was refused."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file of the folder and its mark; ``settled`` when nobody has written to it for a while."""

    path: Path
    mark: Mark
    settled: bool

    @property
    def day(self) -> date:
        """The day that it describes: that of its last change."""
        return datetime.fromtimestamp(self.mark["modified"] / 1e9, UTC).date()


def look(folder: Path, pattern: str, marks: Mapping[str, Mark], at: datetime) -> list[Waiting]:
    """The files of the folder, the oldest first; raises Postponed where it cannot be read."""
    try:
        found = [(path.stat(), path) for path in _files(folder, pattern)]
    except OSError as error:
        raise Postponed(f"{folder} cannot be read: {error.strerror}") from error
    waiting = []
    for stat, path in sorted(found, key=lambda item: (item[0].st_mtime_ns, item[1].name)):
        mark = {"size": stat.st_size, "modified": stat.st_mtime_ns, "since": at.timestamp()}
        known = marks.get(path.name, {})
        same = all(known.get(name) == mark[name] for name in ("size", "modified"))
        kept = dict(known) if same else mark
        waiting.append(Waiting(path, kept, same and at.timestamp() - kept["since"] >= SETTLES.total_seconds()))
    return waiting


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    """Not those whose name begins with a dot: so do the unfinished ones of many senders."""
    for path in folder.iterdir():
        if path.is_file() and fnmatch(path.name, pattern) and not path.name.startswith("."):
            yield path


def read_whole(path: Path) -> bytes:
    """Raises Postponed for what cannot be read, or is larger than any roster."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Postponed(f"{path.name} has more than {LARGEST_FILE // 1024**2} MiB")
        return path.read_bytes()
    except OSError as error:
        raise Postponed(f"{path.name} cannot be read: {error.strerror}") from error


def file_away(path: Path, subfolder: str, at: datetime) -> bool:
    """Move a file out of the way, under the instant of it; False where the folder cannot be written."""
    target = path.parent / subfolder
    with suppress(OSError):
        target.mkdir(exist_ok=True)
        path.rename(target / f"{at:%Y%m%dT%H%M%SZ}-{path.name}")
        return True
    return False
