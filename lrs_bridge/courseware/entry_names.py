"""Names of zip entries: which bytes mean which text, and which names are refused."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from typing import NamedTuple
from zipfile import ZipInfo

UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075  # Info-ZIP's extra field: the name in UTF-8 beside one in a code page
DRIVE = re.compile(r"^[A-Za-z]:")
WINDOWS_DEVICE = re.compile(r"^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)", re.IGNORECASE)
# What operating systems leave in every zip. It is never content, and its name never decides anything.
LITTER = re.compile(r"(^|/)(__MACOSX(/|$)|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]*$)", re.IGNORECASE)


class Fault(NamedTuple):
    reason: str
    remedy: str


def shown(name: str) -> str:
    """The name as it may be printed: short, and without a character that changes the terminal."""
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in name)
    return text if len(text) <= 160 else f"{text[:100]}…{text[-50:]}"


def decoded(entry: ZipInfo) -> tuple[str, str]:
    """The entry's name, and the encoding where it had to be guessed.

    A name without the UTF-8 flag is cp437 by the standard (APPNOTE D.1), but macOS writes UTF-8 without the flag.
    """
    if entry.flag_bits & UTF8_FLAG or entry.orig_filename.isascii():
        return entry.orig_filename, ""
    raw = entry.orig_filename.encode("cp437")
    declared = _unicode_path(entry.extra, raw)
    if declared is not None:
        return declared, ""
    try:
        return raw.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return entry.orig_filename, "cp437"


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == UNICODE_PATH and len(body) > 5 and struct.unpack_from("<L", body, 1)[0] == zlib.crc32(raw):
            return body[5:].decode("utf-8", "replace")
    return None


def normal(name: str) -> str:
    """One spelling per file: forward slashes, no empty or ``.`` step, Unicode NFC (macOS writes NFD)."""
    steps = [step for step in name.replace("\\", "/").split("/") if step not in {"", "."}]
    return unicodedata.normalize("NFC", "/".join(steps))


def collision_key(name: str) -> str:
    return normal(name).casefold()


def faults(name: str, path_length: int, step_length: int) -> Iterator[Fault]:
    """Everything for which an entry of this name is refused."""
    steps = name.replace("\\", "/").split("/")
    if name[:1] in {"/", "\\"} or DRIVE.match(name):
        yield Fault("is an absolute path", "A package holds relative paths only; make the zip from inside the folder")
    if any(step.strip() == ".." for step in steps):
        yield Fault("leaves the package with '..'", "No honest tool writes this; ask where the package comes from")
    if any(unicodedata.category(char) in {"Cc", "Cs"} or char in "\u202a\u202b\u202d\u202e" for char in name):
        yield Fault("holds control characters", "Rename the file with plain letters and digits")
    if len(name) > path_length:
        yield Fault(f"is longer than {path_length} characters", "Use shorter folder and file names")
    for step in steps:
        yield from _step_faults(step, step_length)


def _step_faults(step: str, step_length: int) -> Iterator[Fault]:
    if step in {"", ".", ".."}:
        return
    if len(step.encode("utf-8", "replace")) > step_length:
        yield Fault(f"has a part longer than {step_length} bytes", "Use shorter folder and file names")
    if step.rstrip(". ") != step:
        yield Fault("has a part that ends with a dot or a space", "Windows cannot keep such a name: rename it")
    if ":" in step:
        yield Fault("holds a colon", "Windows reads it as a hidden stream of another file: rename it")
    if WINDOWS_DEVICE.match(step):
        yield Fault("has a part that is the name of a Windows device", "Rename it")
