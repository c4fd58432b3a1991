"""A course package as a zip that is safe to read: checked whole before anything of it is used."""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lrs_bridge.courseware.entry_names import LITTER, collision_key, decoded, faults, normal, shown
from lrs_bridge.errors import PackageRefused, Problem

MIB = 1024 * 1024
CHUNK = 256 * 1024
ENCRYPTED = 0x1 | 0x40 | 0x2000  # any of: traditional, strong, masked directory
BROKEN_ENTRY = (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)
BROKEN_DIRECTORY = (BadZipFile, NotImplementedError, ValueError, struct.error)
OTHER_METHODS = {9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz", 98: "ppmd"}  # APPNOTE 4.4.5
OTHER_KINDS = ((b"Rar!", "a RAR archive"), (b"7z\xbc\xaf", "a 7-Zip archive"), (b"\x1f\x8b", "a gzip file"))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may cost. Real courses stay far below; bombs do not."""

    entries: int = 20_000
    total_bytes: int = 2048 * MIB
    ratio: int = 100
    ratio_from_bytes: int = 10 * MIB  # a small file of blanks may shrink a thousandfold and harm nobody
    directory_bytes: int = 8 * MIB
    path_length: int = 512
    step_length: int = 255


LIMITS = Limits()


class Archive:
    """The files of a package by their normal names: no wrapper folder, no litter, forward slashes, NFC."""

    def __init__(self, zip_file: ZipFile, entries: Mapping[str, ZipInfo], warnings: list[Problem], sha256: str) -> None:
        self._zip_file = zip_file
        self._entries = dict(entries)
        self._by_key = {collision_key(name): name for name in entries}
        self.warnings = warnings
        self.sha256 = sha256
        self.names: tuple[str, ...] = tuple(entries)
        self.folders = frozenset(folder for name in entries for folder in _folders(name))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def like(self, name: str) -> str | None:
        """The entry whose name differs at most in case and in the way its accents are written."""
        return self._by_key.get(collision_key(name))

    @property
    def is_wrapped(self) -> bool:
        """Whether a folder was left out of every name."""
        return any(normal(decoded(info)[0]) != name for name, info in self._entries.items())

    def size(self, name: str) -> int:
        return self._entries[name].file_size

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The content as a stream; PackageRefused where the zip changed under our hands."""
        try:
            with self._zip_file.open(self._entries[name]) as stream:
                yield stream
        except (BadZipFile, zlib.error, EOFError) as error:
            raise _refused([Problem(shown(name), f"cannot be read: {error}", "Upload the package again")]) from error

    def read(self, name: str, limit: int) -> bytes:
        """At most ``limit`` bytes from the start of the file."""
        with self.open(name) as stream:
            return stream.read(limit)


@contextmanager
def open_archive(path: Path, limits: Limits = LIMITS) -> Iterator[Archive]:
    """Open and check a zip; raises PackageRefused with every problem that was found."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise PackageRefused(f"{path.name} cannot be read: {error.strerror}", remedy="Check the path") from error
    with stream, _zip_file(stream, path.name, limits) as zip_file:
        size = stream.seek(0, 2)
        entries, warnings = _checked(zip_file.infolist(), size, limits)
        _check_contents(zip_file)
        stream.seek(0)
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        yield Archive(zip_file, entries, warnings, sha256)


def _refused(problems: Iterable[Problem]) -> PackageRefused:
    return PackageRefused("The package is refused: its zip is broken or dangerous", problems=problems)


def _zip_file(stream: IO[bytes], name: str, limits: Limits) -> ZipFile:
    _check_directory(stream, name, limits)
    try:
        return ZipFile(stream)
    except BROKEN_DIRECTORY as error:
        raise _refused([_not_a_zip(stream, name, str(error))]) from error


def _not_a_zip(stream: IO[bytes], name: str, detail: str) -> Problem:
    stream.seek(0)
    start = stream.read(8)
    if start.startswith(b"PK\x03\x04"):
        reason = f"is a zip that is cut off or damaged: {detail}"
        return Problem(name, reason, "The copy is probably incomplete: export or upload it again")
    kind = next((words for magic, words in OTHER_KINDS if start.startswith(magic)), "not a zip")
    return Problem(name, f"is {kind}", "Export the course as a zip package")


def _check_directory(stream: IO[bytes], name: str, limits: Limits) -> None:
    """Refuse a directory too large to be read at all: reading it costs some 600 bytes of memory an entry."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 66_000))
    tail = stream.read()
    claims = list(_directory_claims(tail))
    entries, directory = (max(claim) for claim in zip(*claims, strict=True)) if claims else (0, 0)
    problems = []
    if entries > limits.entries or directory > limits.directory_bytes:
        problems.append(_too_many(name, entries, limits))
    if size > limits.total_bytes:
        problems.append(_too_large(name, size, limits))
    if problems:
        raise _refused(problems)


def _directory_claims(tail: bytes) -> Iterator[tuple[int, int]]:
    """Entries and bytes of the directory, as each end record in the tail claims (a false one may stand after it)."""
    for found in re.finditer(rb"PK\x05\x06", tail[:-18]):
        end = found.start()
        if end >= 76 and tail[end - 76 : end - 72] == b"PK\x06\x06":  # zip64: APPNOTE 4.3.14
            yield struct.unpack_from("<QQ", tail, end - 76 + 32)
        else:
            yield struct.unpack_from("<HL", tail, end + 10)


def _too_many(name: str, entries: int, limits: Limits) -> Problem:
    reason = f"holds {entries:,} entries; at most {limits.entries:,} are allowed"
    return Problem(name, reason, "Leave out what learners do not see")


def _too_large(name: str, size: int, limits: Limits) -> Problem:
    reason = f"unpacks to {size / MIB:,.0f} MiB; at most {limits.total_bytes / MIB:,.0f} MiB are allowed"
    return Problem(name, reason, "Compress the videos, or split the course")


def _checked(infos: list[ZipInfo], size: int, limits: Limits) -> tuple[dict[str, ZipInfo], list[Problem]]:
    problems = [problem for info in infos for problem in _entry_problems(info, limits)]
    problems += [*_total_problems(infos, size, limits), *_overlaps(infos)]
    warnings: list[Problem] = []
    files = {info: normal(_name(info, warnings)) for info in infos if not _is_folder(info)}
    kept = {info: name for info, name in files.items() if not LITTER.search(name)}
    problems += _collisions(kept.values())
    if problems:
        raise _refused(problems)
    return _unwrapped({name: info for info, name in kept.items()}, warnings), warnings


def _is_folder(info: ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\"))


def _name(info: ZipInfo, warnings: list[Problem]) -> str:
    name, guess = decoded(info)
    if guess:
        reason = f"has a name that is not marked as UTF-8; it was read as {guess}"
        warnings.append(Problem(shown(name), reason, "If it looks wrong, make the zip with UTF-8 names", "APPNOTE D.1",
                                "warning"))  # fmt: skip
    if "\\" in name:
        reason = "has a name with backslashes; they were read as folders"
        warnings.append(Problem(shown(name), reason, "Make the zip with a current tool", "APPNOTE 4.4.17.1", "warning"))
    return name


def _entry_problems(info: ZipInfo, limits: Limits) -> Iterator[Problem]:
    name, _ = decoded(info)
    place = shown(name)
    for fault in faults(name, limits.path_length, limits.step_length):
        yield Problem(place, fault.reason, fault.remedy)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        what = "a symbolic link" if kind == stat.S_IFLNK else "a device or pipe"
        yield Problem(place, f"is {what}", "Put the file itself in the package")
    if info.flag_bits & ENCRYPTED:
        yield Problem(place, "is encrypted", "Export the package without a password")
    elif info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        method = OTHER_METHODS.get(info.compress_type, str(info.compress_type))
        yield Problem(place, f"is compressed by the method {method!r}", "Use the ordinary zip method (deflate)")
    if _is_bomb(info.file_size, info.compress_size, limits):
        yield Problem(place, f"unpacks to {info.file_size / MIB:,.0f} MiB from {info.compress_size / MIB:,.1f} MiB",
                      "This is a zip bomb, or a file of blanks that no course needs: remove it")  # fmt: skip


def _is_bomb(size: int, compressed: int, limits: Limits) -> bool:
    return size > limits.ratio_from_bytes and size > limits.ratio * compressed


def _total_problems(infos: list[ZipInfo], size: int, limits: Limits) -> Iterator[Problem]:
    total = sum(info.file_size for info in infos)
    if len(infos) > limits.entries:
        yield _too_many("", len(infos), limits)
    if total > limits.total_bytes:
        yield _too_large("", total, limits)
    if _is_bomb(total, size, limits):
        yield Problem("", f"the zip of {size / MIB:,.1f} MiB unpacks to {total / MIB:,.0f} MiB",
                      "This is a zip bomb; nothing of it was unpacked")  # fmt: skip


def _overlaps(infos: list[ZipInfo]) -> Iterator[Problem]:
    """Entries that share their bytes: the trick of the bombs that are small per entry."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for before, after in pairwise(ordered):
        if before.header_offset + 30 + before.compress_size > after.header_offset:
            yield Problem(shown(after.orig_filename), f"shares its bytes with {shown(before.orig_filename)}",
                          "No honest tool writes this; make the zip again")  # fmt: skip


def _collisions(names: Iterable[str]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(collision_key(name), name)
        if twin is not name:
            how = "is in the zip twice" if twin == name else f"differs from {shown(twin)} only in case or accents"
            yield Problem(shown(name), how, "Remove or rename one of them")
    for name in seen.values():
        folder = next((step for step in _folders(name) if collision_key(step) in seen), None)
        if folder:
            yield Problem(shown(name), f"lies in {shown(folder)}, which is a file", "Rename one of them")


def _folders(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _unwrapped(entries: dict[str, ZipInfo], warnings: list[Problem]) -> dict[str, ZipInfo]:
    """Strip the folder in which everything lies: authors zip the folder instead of its content."""
    folders = {name.partition("/")[0] for name in entries}
    if len(folders) != 1 or not all("/" in name for name in entries):
        return entries
    (folder,) = folders
    reason = "the whole package lies in this folder; it was left out"
    warnings.append(
        Problem(shown(folder) + "/", reason, "Zip the content of the folder, not the folder", "", "warning")
    )
    return _unwrapped({name.partition("/")[2]: info for name, info in entries.items()}, warnings)


def _check_contents(zip_file: ZipFile) -> None:
    """Inflate every entry once: what a header declares is a claim, and a bad checksum is known before the install."""
    problems = []
    for info in zip_file.infolist():
        try:
            fault = _lie(zip_file, info)
        except BROKEN_ENTRY as error:
            fault = f"is damaged: {error or type(error).__name__}"
        if fault:
            problems.append(Problem(shown(decoded(info)[0]), fault, "Make the zip again, or upload it again"))
    if problems:
        raise _refused(problems)


def _lie(zip_file: ZipFile, info: ZipInfo) -> str:
    patient = copy(info)
    patient.file_size += CHUNK  # ZipFile stops at the declared size: give it room to show a lie
    counted = 0
    with zip_file.open(patient) as stream:
        while chunk := stream.read(CHUNK):
            counted += len(chunk)
    if counted == info.file_size:
        return ""
    return f"declares {info.file_size:,} bytes but holds {'more' if counted > info.file_size else f'{counted:,}'}"
