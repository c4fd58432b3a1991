"""Whether a pack is what was signed: its public key is all that this needs."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import orjson
from joserfc.jwk import OKPKey

from lrs_bridge.errors import Problem, Refused
from lrs_bridge.feeds.evidence_pack import FORMAT
from lrs_bridge.feeds.evidence_pack_archive import MANIFEST, SIGNATURE, PackFile
from lrs_bridge.feeds.evidence_pack_seal import is_signed_by, signer_named

LARGEST_MANIFEST = 512 * 1024 * 1024
LARGEST_SIGNATURE = 4096
PIECE = 256 * 1024
UNREADABLE = (BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError)
"""What zipfile says of an entry that is damaged, encrypted or packed in a way that it does not know."""
NOT_TRUSTED = "Ask for the pack again; nothing in this one is proven"


@dataclass(frozen=True, slots=True)
class CheckedPack:
    """``manifest`` says what the pack is about; it is to be believed only where there are no problems."""

    manifest: Mapping[str, Any]
    signer: str
    files: int
    problems: tuple[Problem, ...]


def check_pack(source: IO[bytes], keys: Sequence[OKPKey]) -> CheckedPack:
    """Everything that is wrong, file by file; Refused where it is no zip at all."""
    try:
        archive = ZipFile(source)
    except UNREADABLE as error:
        raise Refused("This is no zip file, or it is damaged beyond reading", remedy=NOT_TRUSTED) from error
    with archive:
        manifest = _read(archive, MANIFEST, LARGEST_MANIFEST)
        sealed = _read(archive, SIGNATURE, LARGEST_SIGNATURE)
        signer, problems = _signature(manifest, sealed, keys)
        told, files = _told(manifest)
        if files is None:
            problems.append(Problem(MANIFEST, "is not the manifest of an evidence pack", NOT_TRUSTED))
        problems += _differences(archive, files or {})
    return CheckedPack(told, signer, len(files or {}), tuple(problems))


def _signature(manifest: bytes | None, sealed: bytes | None, keys: Sequence[OKPKey]) -> tuple[str, list[Problem]]:
    missing = [path for path, content in ((MANIFEST, manifest), (SIGNATURE, sealed)) if content is None]
    if manifest is None or sealed is None:
        return "", [Problem(path, "is missing or cannot be read", NOT_TRUSTED) for path in missing]
    try:
        signer = signer_named(sealed)
    except ValueError as error:
        return "", [Problem(SIGNATURE, str(error), NOT_TRUSTED)]
    mine = [key for key in keys if key.thumbprint() == signer]
    if not mine:
        known = ", ".join(key.thumbprint() for key in keys)
        reason = f"is by the key {signer}, and the one given is {known}"
        return signer, [Problem(SIGNATURE, reason, "Get the public keys from the installation itself, old ones too")]
    if not is_signed_by(mine[0], manifest, sealed):
        reason = f"is not the signature of this {MANIFEST} by the key {signer}"
        return signer, [Problem(SIGNATURE, reason, NOT_TRUSTED)]
    return signer, []


def _told(manifest: bytes | None) -> tuple[Mapping[str, Any], dict[str, PackFile] | None]:
    try:
        plain = orjson.loads(manifest or b"")
        files = [PackFile(str(file["path"]), str(file["sha256"]), int(file["size"])) for file in plain["files"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}, None
    return plain, {file.path: file for file in files} if plain.get("format") == FORMAT else None


def _differences(archive: ZipFile, files: Mapping[str, PackFile]) -> Iterator[Problem]:
    # as it stands in the zip: zipfile itself cuts a name off at a NUL
    there = Counter(info.orig_filename for info in archive.infolist())
    for path in sorted(there):
        if there[path] > 1:
            yield Problem(path, f"is in the zip {there[path]} times", NOT_TRUSTED)
        elif path not in files and path not in (MANIFEST, SIGNATURE):
            yield Problem(path, "is extra: the manifest does not name it", "It was added after the pack was signed")
    for path, file in sorted(files.items()):
        if path not in there:
            yield Problem(path, "is missing", "It was removed or renamed after the pack was signed")
        elif there[path] == 1 and _digest(archive, path, file.size) != file.sha256:
            yield Problem(path, "differs from what was signed", "It was changed after the pack was signed")


def _digest(archive: ZipFile, path: str, size: int) -> str:
    """Of no more than one byte beyond what there should be: a small file may unpack to a large one."""
    digest, left = sha256(), size + 1
    try:
        with archive.open(path) as entry:
            while left > 0 and (piece := entry.read(min(PIECE, left))):
                digest.update(piece)
                left -= len(piece)
    except (*UNREADABLE, KeyError):
        return ""
    return digest.hexdigest()


def _read(archive: ZipFile, path: str, largest: int) -> bytes | None:
    try:
        with archive.open(path) as entry:
            content = entry.read(largest + 1)
    except (*UNREADABLE, KeyError):
        return None
    return content if len(content) <= largest else None
