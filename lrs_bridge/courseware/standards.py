"""The standards that the bridge installs. A new one is a module with ``recognises`` and ``read``, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lrs_bridge.courseware import aicc, cmi5, imscp, scorm12, scorm2004, tincan_packages
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.course import Course
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.errors import PackageRefused, Problem


class Standard(NamedTuple):
    """What a module of a standard offers."""

    name: str
    recognises: Callable[[Archive], bool]
    read: Callable[[Archive], tuple[Course, list[Problem]]]


STANDARDS = (
    Standard(scorm12.STANDARD, scorm12.recognises, scorm12.read),
    Standard(scorm2004.STANDARD, scorm2004.recognises, scorm2004.read),
    Standard(cmi5.STANDARD, cmi5.recognises, cmi5.read),
    Standard(tincan_packages.STANDARD, tincan_packages.recognises, tincan_packages.read),
    Standard(aicc.STANDARD, aicc.recognises, aicc.read),
)
# Files that mark a package of a standard, at its top level.
MARKERS = {
    imscp.MANIFEST: "SCORM",
    "cmi5.xml": "cmi5",
    "tincan.xml": "xAPI (Tin Can)",
    ".crs": "AICC",
    ".des": "AICC",
}
WHERE = "The package is refused: "


def read_course(archive: Archive) -> tuple[Course, list[Problem]]:
    """The course by the first standard that recognises the package; PackageRefused says what was looked for."""
    for standard in STANDARDS:
        if standard.recognises(archive):
            return standard.read(archive)
    markers = [name for name in archive.names if "/" not in name and _kind(name)]
    if markers:
        raise _unsupported(archive, markers)
    raise _unknown(archive)


def _kind(name: str) -> str:
    """The standard that a file of this name marks."""
    last = name.rpartition("/")[2].lower()
    return next((kind for marker, kind in MARKERS.items() if last.endswith(marker) and
                 (marker.startswith(".") or last == marker)), "")  # fmt: skip


def _unsupported(archive: Archive, markers: list[str]) -> PackageRefused:
    kinds = dict.fromkeys(_edition(archive, name) for name in markers)
    known = " and ".join(kinds)
    installable = ", ".join(standard.name for standard in STANDARDS)
    problem = Problem(
        shown(markers[0]),
        f"marks a package of the standard {known}, which this version of LRS Bridge does not install yet",
        f"Export the course as {installable}",
    )
    return PackageRefused(f"{WHERE}its standard, {known}, is not supported yet", problems=[problem])


def _edition(archive: Archive, marker: str) -> str:
    if _kind(marker) != MARKERS[imscp.MANIFEST]:
        return _kind(marker)
    return imscp.edition(imscp.read_root(archive, marker, []))


def _unknown(archive: Archive) -> PackageRefused:
    looked_for = "imsmanifest.xml, cmi5.xml, tincan.xml, AICC files (*.crs, *.au, *.des, *.cst)"
    reason = f"the zip is no course package: none of {looked_for} is at its top level"
    if not archive.names:
        reason += "; it holds no file"
    return PackageRefused(WHERE + reason, problems=[Problem("", reason, _what_to_do(archive))])


def _what_to_do(archive: Archive) -> str:
    deeper = next((name for name in archive.names if _kind(name)), None)
    if deeper:
        return f"{shown(deeper)} lies in a folder: zip what is inside that folder, and nothing beside it"
    inner = next((name for name in archive.names if name.lower().endswith(".zip")), None)
    if inner:
        return f"This zip holds another zip, {shown(inner)}: unpack once and upload that one"
    return "Export the course from the authoring tool for an LMS (SCORM), not for the web"
