"""The store of course files: whole and durable, or not there."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest

from lrs_bridge.errors import Unavailable
from lrs_bridge.storage.content import ContentStore, StoredFile

NO_GRACE = timedelta(seconds=-5)


def kept(store: ContentStore) -> list[str]:
    return sorted(path.name for path in store.root.rglob("*") if path.is_file() and path.name != "lock")


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path / "content")


@pytest.mark.parametrize("content", [b"", b"hello", os.urandom(3 << 20)])
def test_put_and_read(store: ContentStore, content: bytes) -> None:
    stored = store.put(BytesIO(content))
    assert stored == StoredFile(hashlib.sha256(content).hexdigest(), len(content))
    assert store.path(stored.digest).read_bytes() == content
    assert kept(store) == [stored.digest]


def test_the_same_content_is_kept_once(store: ContentStore) -> None:
    first = store.put(BytesIO(b"same"))
    inode = store.path(first.digest).stat().st_ino
    assert store.put(BytesIO(b"same")) == first
    assert store.path(first.digest).stat().st_ino == inode
    assert kept(store) == [first.digest]


def test_a_damaged_file_is_replaced(store: ContentStore) -> None:
    stored = store.put(BytesIO(b"whole"))
    store.path(stored.digest).write_bytes(b"wh")
    store.put(BytesIO(b"whole"))
    assert store.path(stored.digest).read_bytes() == b"whole"


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_digests_have_a_path(store: ContentStore, digest: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256 digest"):
        store.path(digest)


def test_remove_unreferenced(store: ContentStore) -> None:
    live, dead = store.put(BytesIO(b"live")), store.put(BytesIO(b"dead"))
    (store.root / "incoming" / "left-by-a-crash").write_bytes(b"half")
    assert store.remove_unreferenced({live.digest}) == 0  # both may belong to an install that is under way
    assert store.remove_unreferenced({live.digest}, grace=NO_GRACE) == 2
    assert kept(store) == [live.digest]
    assert not store.path(dead.digest).exists()


def test_a_renewed_file_is_young_again(store: ContentStore) -> None:
    stored = store.put(BytesIO(b"again"))
    os.utime(store.path(stored.digest), (0, 0))
    store.put(BytesIO(b"again"))
    assert store.remove_unreferenced(set()) == 0


def test_an_empty_store_has_nothing_to_remove(store: ContentStore) -> None:
    assert store.remove_unreferenced(set()) == 0


class _Breaking(BytesIO):
    """A source that fails in the middle, as a real one does."""

    def __init__(self, content: bytes, number: int) -> None:
        super().__init__(content)
        self.number = number

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) or self._fail()

    def _fail(self) -> bytes:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EIO, "Input/output error")])
def test_nothing_is_left_of_a_failed_put(store: ContentStore, number: int, words: str) -> None:
    with pytest.raises(Unavailable, match=words) as caught:
        store.put(_Breaking(b"x" * 5000, number))
    assert isinstance(caught.value.__cause__, OSError)
    assert kept(store) == []


def test_a_write_that_the_system_refuses(store: ContentStore) -> None:
    """A real refused write: the system lets this process write files of 1 MiB at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(Unavailable, match="the disk is full"):
            store.put(BytesIO(b"x" * (3 << 20)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert kept(store) == []


def test_many_at_once(store: ContentStore) -> None:
    def put(number: int) -> StoredFile:
        source: IO[bytes] = BytesIO(b"%d" % (number % 5) * 1000)
        return store.put(source)

    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(put, range(40)))
    assert kept(store) == sorted(file.digest for file in stored)
    assert len(stored) == 5
