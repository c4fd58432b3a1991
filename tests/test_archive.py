"""Zips: what is refused, what is forgiven, and in which words."""

from __future__ import annotations

import hashlib
import stat
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZipFile, ZipInfo

import pytest

from lrs_bridge.courseware.archive import LIMITS, Limits, open_archive
from lrs_bridge.courseware.entry_names import decoded, shown
from lrs_bridge.errors import PackageRefused
from tests.packages import manifest, package, patched, with_entry


def refusal(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(PackageRefused) as caught, open_archive(path, limits):
        pass
    return "\n".join(map(str, [caught.value.reason, *caught.value.problems]))


def entry(name: str, kind: int = 0, method: int = 0) -> ZipInfo:
    made = ZipInfo(name)
    made.external_attr = (kind | 0o644) << 16
    made.compress_type = method
    return made


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (entry("../evil.html"), "leaves the package"),
        (entry("a/../../evil.html"), "leaves the package"),
        (entry("a/.. /evil.html"), "leaves the package"),
        (entry("..\\..\\evil.html"), "leaves the package"),
        (entry("/etc/passwd"), "absolute path"),
        (entry("\\\\server\\share\\x"), "absolute path"),
        (entry("C:\\Windows\\x.dll"), "absolute path"),
        (entry("c:evil.html"), "absolute path"),
        (entry("__MACOSX/../../evil.html"), "leaves the package"),
        (entry("link", stat.S_IFLNK), "symbolic link"),
        (entry("pipe", stat.S_IFIFO), "device or pipe"),
        (entry("INDEX.html"), "differs from index.html only in case"),
        (entry("index.html/x"), "lies in index.html, which is a file"),
        (entry("a/con.txt"), "Windows device"),
        (entry("a/b."), "ends with a dot or a space"),
        (entry("a/b:hidden"), "colon"),
        (entry("a\x07b"), "control characters"),
        (entry("evil\u202elmth.exe"), "control characters"),
        (entry("x" * 300), "part longer than 255"),
        (entry("abc/" * 140 + "x"), "longer than 512"),
        (entry("packed", method=ZIP_BZIP2), "'bzip2'"),
    ],
)
def test_entry_is_refused(tmp_path: Path, info: ZipInfo, words: str) -> None:
    assert words in refusal(with_entry(tmp_path, info))


def test_same_name_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = with_entry(tmp_path, entry("index.html"))
    assert "is in the zip twice" in refusal(path)


def test_every_problem_is_said(tmp_path: Path) -> None:
    words = refusal(package(tmp_path, {"../a": "x", "/b": "x", "c.": "x"}))
    assert [name in words for name in ("../a", "/b", "c.")] == [True] * 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: patched(path, "index.html", flags=1), "is encrypted"),
        (lambda path: patched(path, "index.html", flags=0x41), "is encrypted"),
        (lambda path: patched(path, "index.html", size=7), "declares 7 bytes but holds more"),
        (lambda path: patched(path, "index.html", size=9999), "declares 9,999 bytes but holds"),
        (lambda path: path.write_bytes(path.read_bytes()[:-40]), "cut off or damaged"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"PK\x03\x04", b"PK\x03\x05", 1)), "is damaged"),
        (lambda path: path.write_bytes(b"<html>"), "is not a zip"),
        (lambda path: path.write_bytes(b"Rar!\x1a\x07\x00" + b"x" * 90), "is a RAR archive"),
        (lambda path: path.write_bytes(b""), "is not a zip"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"index.html", b"ind\0x.html")), "control characters"),
        (lambda path: path.unlink(), "cannot be read: No such file"),
    ],
)
def test_broken_zip(tmp_path: Path, change: Callable[[Path], object], words: str) -> None:
    path = package(tmp_path, {})
    change(path)
    assert words in refusal(path)


def test_lie_with_a_checksum_that_fits(tmp_path: Path) -> None:
    """The declared size and checksum describe the beginning only: another unzipper would write more."""
    path = package(tmp_path, {"big.txt": b"a" * 5000})
    honest, short = zlib.crc32(b"a" * 5000), zlib.crc32(b"a" * 10)
    content = path.read_bytes().replace(struct.pack("<L", honest), struct.pack("<L", short))
    path.write_bytes(content)
    assert "big.txt" in refusal(patched(path, "big.txt", size=10))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(entries=3), "holds 5 entries; at most 3"),
        (Limits(total_bytes=1024), "at most"),
        (Limits(directory_bytes=100), "entries; at most"),
        (Limits(ratio=10, ratio_from_bytes=1000), "zip bomb"),
    ],
)
def test_limits(tmp_path: Path, limits: Limits, words: str) -> None:
    assert words in refusal(package(tmp_path, {"a.txt": "a" * 50_000, "b": "", "c": ""}), limits)


def test_entries_that_share_their_bytes(tmp_path: Path) -> None:
    path = package(tmp_path, {"twin.html": "x" * 40, "twix.html": "y" * 40})
    content = bytearray(path.read_bytes())
    first = content.find(b"twin.html", content.find(b"PK\x01\x02")) - 46
    second = content.find(b"twix.html", content.find(b"PK\x01\x02")) - 46
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    path.write_bytes(content)
    assert "shares its bytes" in refusal(path)


def test_zip64_directory_of_too_many(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with ZipFile(path, "w") as target:
        for number in range(65_540):
            target.writestr(f"{number}", b"")
    assert "holds 65,540 entries; at most 20,000 are allowed" in refusal(path)


@pytest.mark.parametrize("around", [(b"#!/bin/sh\n", b""), (b"", b"trailing bytes")])
def test_bytes_around_the_zip_do_no_harm(tmp_path: Path, around: tuple[bytes, bytes]) -> None:
    path = package(tmp_path, {})
    path.write_bytes(around[0] + path.read_bytes() + around[1])
    with open_archive(path) as archive:
        assert archive.names == ("imsmanifest.xml", "index.html")


def test_zip64_entry(tmp_path: Path) -> None:
    path = package(tmp_path, {})
    with ZipFile(path, "a") as target, target.open("video.mp4", "w", force_zip64=True) as stream:
        stream.write(b"film")
    with open_archive(path) as archive:
        assert archive.read("video.mp4", 9) == b"film"


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = package(tmp_path, {})
    with open_archive(path) as archive:
        path.write_bytes(b"\0" * path.stat().st_size)
        with pytest.raises(PackageRefused):
            archive.read("index.html", 99)


def test_names_sizes_and_content(tmp_path: Path) -> None:
    path = package(tmp_path, {"a/b.txt": "hello"})
    with open_archive(path) as archive:
        assert archive.names == ("imsmanifest.xml", "index.html", "a/b.txt")
        assert (archive.size("a/b.txt"), archive.read("a/b.txt", 3)) == (5, b"hel")
        with archive.open("a/b.txt") as stream:
            assert stream.read() == b"hello"
        assert archive.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert archive.warnings == []


def test_litter_is_left_out(tmp_path: Path) -> None:
    litter = {"__MACOSX/._index.html": "", ".DS_Store": "", "img/Thumbs.db": "", "img/": "", "._x": ""}
    with open_archive(package(tmp_path, litter)) as archive:
        assert archive.names == ("imsmanifest.xml", "index.html")


@pytest.mark.parametrize("prefix", ["My Course/", "a/b/", "My Course\\"])
def test_wrapper_folders(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "wrapped.zip"
    with ZipFile(path, "w") as target:
        target.writestr(prefix + "imsmanifest.xml", manifest())
        target.writestr(prefix + "img/x.png", "x")
        target.writestr("__MACOSX/._x", "litter does not count as a second folder")
    with open_archive(path) as archive:
        assert archive.names == ("imsmanifest.xml", "img/x.png")
        assert any("the whole package lies in this folder" in str(warning) for warning in archive.warnings)


def test_backslashes_are_folders(tmp_path: Path) -> None:
    with open_archive(with_entry(tmp_path, entry("js\\api.js"))) as archive:
        assert "js/api.js" in archive
        assert [warning.severity for warning in archive.warnings] == ["warning"]


def unmarked(name: bytes, extra: bytes = b"") -> ZipInfo:
    made = ZipInfo(name.decode("cp437"))
    made.extra = extra
    return made


UNICODE_PATH = struct.pack("<HHBL", 0x7075, 5 + 6, 1, zlib.crc32("caf\xe9.h".encode("cp850"))) + "café.".encode()


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (unmarked("Übung.html".encode("cp437")), ("Übung.html", "cp437")),
        (unmarked("Übung.html".encode()), ("Übung.html", "UTF-8")),  # macOS
        (unmarked("日本.html".encode()), ("日本.html", "UTF-8")),
        (unmarked("café.h".encode("cp850"), UNICODE_PATH), ("café.", "")),
        (unmarked(b"plain.html"), ("plain.html", "")),
    ],
)
def test_names_without_the_utf8_flag(info: ZipInfo, expected: tuple[str, str]) -> None:
    assert decoded(info) == expected


def test_cp437_entry_is_read_with_a_warning(tmp_path: Path) -> None:
    path = with_entry(tmp_path, entry("Uebung.html"))
    path.write_bytes(path.read_bytes().replace(b"Uebung", "Übung".encode("cp437") + b"s"))
    with open_archive(path) as archive:
        assert archive.read("Übungs.html", 9) == b"x"
        assert "read as cp437" in str(archive.warnings[0])


def test_accents_are_one_spelling(tmp_path: Path) -> None:
    with open_archive(package(tmp_path, {"cafe\u0301.html": "x"})) as archive:
        assert "caf\u00e9.html" in archive
        assert archive.like("CAFE\u0301.html") == "caf\u00e9.html"


def test_shown_is_harmless() -> None:
    assert shown("a\x1b[31m\n") == "a\\u001b[31m\\u000a"
    assert len(shown("x" * 5000)) < 200
