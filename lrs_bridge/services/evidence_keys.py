"""The keys by which this installation signs evidence packs: one private, and the public halves of all there ever were.

They lie in the data folder, in ``evidence_keys``: ``private.pem``, which only its owner may read, and for each key its
public half under its thumbprint. They are read anew each time, so that every process signs by the newest one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from lrs_bridge.errors import Unavailable
from lrs_bridge.feeds.evidence_pack_seal import ALGORITHM
from lrs_bridge.settings import Settings

FOLDER, PRIVATE = "evidence_keys", "private.pem"


def signing_key(settings: Settings) -> OKPKey:
    """Made at the first need; workers that need it at the same moment get the same one."""
    folder = settings.data_dir / FOLDER
    with _reachable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / PRIVATE).exists():
            with suppress(FileExistsError), _written(folder, _new()) as fresh:
                os.link(fresh, folder / PRIVATE)
        key = OKPKey.import_key((folder / PRIVATE).read_bytes())
        _publish(folder, key)
    return key


def rotate_key(settings: Settings) -> OKPKey:
    """Sign by a new key from now on. The old private half is gone; its public half stays, for the packs it signed."""
    signing_key(settings)
    folder = settings.data_dir / FOLDER
    fresh = _new()
    with _reachable(folder):
        _publish(folder, fresh)
        with _written(folder, fresh) as path:
            os.link(path, beside := path.with_suffix(".next"))
            beside.replace(folder / PRIVATE)
    return fresh


def verification_keys(settings: Settings) -> list[OKPKey]:
    """Public halves: of the key that signs now, then of those before it."""
    current = signing_key(settings).thumbprint()
    folder = settings.data_dir / FOLDER
    with _reachable(folder):
        names = sorted(path.stem for path in folder.glob("*.pem") if path.name != PRIVATE)
        ordered = [current, *(name for name in names if name != current)]
        return [OKPKey.import_key((folder / f"{name}.pem").read_bytes()) for name in ordered]


def key_files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    """What a backup holds of them, by name; the private half last, when its public one is there."""
    for path in sorted((data_dir / FOLDER).glob("*.pem"), key=lambda path: (path.name == PRIVATE, path.name)):
        yield f"{FOLDER}/{path.name}", path


def restore_keys(data_dir: Path, source: Path) -> None:
    """Put back those that lie under ``source``. Public halves that are there stay."""
    for name, path in key_files(source):
        (data_dir / FOLDER).mkdir(exist_ok=True)
        path.chmod(0o600)
        path.replace(data_dir / name)


def _new() -> OKPKey:
    return OKPKey.generate_key(ALGORITHM)


def _publish(folder: Path, key: OKPKey) -> None:
    """There whole or not at all, like the private half."""
    path = folder / f"{key.thumbprint()}.pem"
    if not path.exists():
        with suppress(FileExistsError), NamedTemporaryFile(dir=folder) as fresh:
            fresh.write(key.as_pem(private=False))
            fresh.flush()
            os.link(fresh.name, path)


@contextmanager
def _written(folder: Path, key: OKPKey) -> Iterator[Path]:
    """A file that its owner alone may read, from its first byte; gone at the end unless it got another name."""
    with NamedTemporaryFile(dir=folder) as fresh:
        fresh.write(key.as_pem(private=True))
        fresh.flush()
        os.fsync(fresh.fileno())
        yield Path(fresh.name)


@contextmanager
def _reachable(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, JoseError, ValueError) as error:
        raise Unavailable(
            f"The keys that sign evidence packs cannot be read or kept in {folder}: {error}",
            remedy="Name a data folder that the server may write to, or put the keys back from a backup",
        ) from error
