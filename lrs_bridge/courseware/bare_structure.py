"""A course structure that came as a bare XML file, without a zip around it (cmi5 14.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

from lrs_bridge.courseware.archive import LIMITS, Archive, Limits, open_archive
from lrs_bridge.courseware.entry_names import collision_key

STRUCTURE_FILE = "cmi5.xml"
LOOKED_AT = 64 * 1024
BEFORE_MARKUP = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"


class BareStructure(Archive):
    """The one file as an archive of itself, under the name that it would have in a zip."""

    def __init__(self, content: bytes) -> None:  # the zip's own is not called: there is no zip
        self._entries = {}
        self._content = content
        self.warnings = []
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.names = (STRUCTURE_FILE,)
        self.folders = frozenset()

    def __contains__(self, name: str) -> bool:
        return name == STRUCTURE_FILE

    def like(self, name: str) -> str | None:
        return STRUCTURE_FILE if collision_key(name) == collision_key(STRUCTURE_FILE) else None

    def size(self, name: str) -> int:  # noqa: ARG002 - there is one
        return len(self._content)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:  # noqa: ARG002 - there is one
        yield BytesIO(self._content)


@contextmanager
def open_package(path: Path, limits: Limits = LIMITS) -> Iterator[Archive]:
    """A zip, or a bare course structure; raises PackageRefused."""
    if path.is_file() and path.stat().st_size <= limits.directory_bytes * 2 and _is_structure(path):
        yield BareStructure(path.read_bytes())
    else:
        with open_archive(path, limits) as archive:
            yield archive


def _is_structure(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(LOOKED_AT)
    # without the zeros UTF-16 reads like ASCII, as far as names of elements go
    return head.lstrip(BEFORE_MARKUP).startswith(b"<") and b"courseStructure" in head.replace(b"\0", b"")
