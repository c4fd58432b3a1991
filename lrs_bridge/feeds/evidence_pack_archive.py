"""The zip of an evidence pack: its bytes follow from what is put in, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from lrs_bridge.feeds.evidence_pack import PackHead, as_json

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.jws"
NO_CLOCK = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name."""
IN_MEMORY = 1024 * 1024
PIECE = 256 * 1024
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class PackFile:
    path: str
    sha256: str
    size: int


class PackArchive:
    """Files are added once each; ``seal`` writes the manifest of their digests and its signature, and ends it."""

    def __init__(self, target: IO[bytes], files: ExitStack) -> None:
        self._zip = files.enter_context(ZipFile(target, "w"))
        self._files: list[PackFile] = []

    def add(self, path: str, pieces: Iterable[bytes]) -> None:
        digest, size = sha256(), 0
        with self._zip.open(_info(path), "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
        self._files.append(PackFile(path, digest.hexdigest(), size))

    def seal(self, head: PackHead, sign: Sign) -> bytes:
        """Returns the manifest."""
        files = sorted(self._files, key=lambda file: file.path)
        plain = orjson.loads(as_json(head)) | {"files": files}
        manifest = orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
        self.add(MANIFEST, [manifest])
        self.add(SIGNATURE, [sign(manifest)])
        self._zip.close()
        return manifest


def _info(path: str) -> ZipInfo:
    info = ZipInfo(path, NO_CLOCK)
    info.compress_type = ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o600 << 16
    return info


class Listing:
    """A list that is written while it grows, as JSON and as rows of a table: memory does not grow with it."""

    def __init__(self, row: Callable[[Any], str], files: ExitStack) -> None:
        self.count = 0
        self._row = row
        self._json, self._rows = _spool(files), _spool(files)

    def add(self, item: Any) -> None:
        self._json.write((b",\n" if self.count else b"") + as_json(item))
        self._rows.write(self._row(item).encode())
        self.count += 1

    def as_json(self) -> Iterator[bytes]:
        """Once, at the end."""
        yield b"[\n"
        yield from _taken(self._json)
        yield b"\n]\n"

    def rows(self) -> Iterator[bytes]:
        """Once, at the end."""
        yield from _taken(self._rows)


def _spool(files: ExitStack) -> IO[bytes]:
    return files.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))


def _taken(spool: IO[bytes]) -> Iterator[bytes]:
    with closing(spool):
        spool.seek(0)
        while piece := spool.read(PIECE):
            yield piece
