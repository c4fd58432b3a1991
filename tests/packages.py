"""Packages made in a test: a small valid SCORM 1.2 course, and zips with one thing wrong."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

CP = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
ADL = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
PAGE = """<!doctype html><html lang="en"><head><title>One</title></head><body><p>Read this.</p>
<script>API.LMSInitialize(""); API.LMSSetValue("cmi.core.lesson_status", "completed")</script></body></html>"""
ITEM = '<item identifier="I1" identifierref="R1"><title>One</title></item>'
RESOURCE = (
    '<resource identifier="R1" type="webcontent" adlcp:scormtype="sco" href="index.html"><file href="index.html"/>'
    "</resource>"
)


def manifest(items: str = ITEM, resources: str = RESOURCE, *, head: str = "", base: str = "", root: str = "") -> str:
    return (
        f'{head}<manifest identifier="M1" version="1.0" xmlns="{CP}" xmlns:adlcp="{ADL}"{root}>'
        "<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>"
        f'<organizations default="O1"><organization identifier="O1"><title>Course</title>{items}</organization>'
        f"</organizations><resources{base}>{resources}</resources></manifest>"
    )


def resource(href: str, *files: str, kind: str = "sco", base: str = "", inside: str = "") -> str:
    listed = "".join(f'<file href="{file}"/>' for file in files)
    return (
        f'<resource identifier="R1" type="webcontent" adlcp:scormtype="{kind}" href="{href}"{base}>'
        f"{listed}{inside}</resource>"
    )


def package(folder: Path, files: Mapping[str, str | bytes], name: str = "package.zip") -> Path:
    """A zip of these files; manifest and start page are added where the test does not give its own."""
    path = folder / name
    with ZipFile(path, "w", ZIP_DEFLATED) as target:
        for entry, content in {"imsmanifest.xml": manifest(), "index.html": PAGE, **files}.items():
            target.writestr(entry, content)
    return path


def with_entry(folder: Path, entry: ZipInfo, content: bytes = b"x") -> Path:
    path = package(folder, {})
    with ZipFile(path, "a") as target:
        target.writestr(entry, content)
    return path


def patched(path: Path, name: str, *, flags: int | None = None, size: int | None = None) -> Path:
    """Change what both headers of an entry claim: the flag bits, the uncompressed size."""
    content = bytearray(path.read_bytes())
    for signature, at_flags, at_size, at_name in ((b"PK\x03\x04", 6, 22, 30), (b"PK\x01\x02", 8, 24, 46)):
        start = content.find(signature)
        while content[start + at_name : start + at_name + len(name)] != name.encode():
            start = content.find(signature, start + 1)
            assert start >= 0
        if flags is not None:
            struct.pack_into("<H", content, start + at_flags, flags)
        if size is not None:
            struct.pack_into("<L", content, start + at_size, size)
    path.write_bytes(content)
    return path


def zipped(folder: Path, files: Mapping[str, str | bytes], name: str = "package.zip") -> Path:
    """A zip of these files and nothing else."""
    path = folder / name
    with ZipFile(path, "w", ZIP_DEFLATED) as target:
        for entry, content in files.items():
            target.writestr(entry, content)
    return path
