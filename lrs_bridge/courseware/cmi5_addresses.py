"""Where an assignable unit starts: a file of the package, or a fully qualified URL (cmi5 13.1.4, 14)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.bare_structure import BareStructure
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import warning
from lrs_bridge.courseware.iris import is_iri
from lrs_bridge.courseware.references import SCHEME, resolve, with_parameters
from lrs_bridge.errors import Problem

LAUNCH_PARAMETERS = ("endpoint", "fetch", "actor", "registration", "activityId")
# what a browser would run or read instead of opening it
NEVER_OPENED = {"javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "view-source"}
URL = "cmi5 13.1.4 url"
IN_ZIP, WITHOUT_ZIP = "cmi5 14.1", "cmi5 14.2"


@dataclass(frozen=True, slots=True)
class Start:
    """``href`` and ``parameters`` of a file of the package, or ``address``; with ``problems`` perhaps neither."""

    href: str = ""
    parameters: str = ""
    address: str = ""
    problems: tuple[Problem, ...] = field(default=())


def start_of(archive: Archive, url: str, place: str) -> Start:
    conflicts = tuple(_conflicts(url, place))
    if url.startswith("//") or SCHEME.match(url):
        return Start(address=url, problems=(*conflicts, *_address_problems(url, place)))
    if isinstance(archive, BareStructure):
        reason = f"is the relative URL {shown(url)!r}, but without a zip there is nothing that it could lead to"
        remedy = "Write the whole URL, or put the structure and its files into a zip"
        return Start(problems=(*conflicts, Problem(place, reason, remedy, WITHOUT_ZIP)))
    return _inside(archive, url, place, conflicts)


def _inside(archive: Archive, url: str, place: str, conflicts: tuple[Problem, ...]) -> Start:
    found = resolve(archive, url)
    if found.kind != "inside" or found.name is None:
        reason = f"is {shown(url)!r}, which is no file of the package"
        remedy = "Add the file to the zip, or write the whole URL where it is elsewhere"
        return Start(problems=(*conflicts, Problem(place, reason, remedy, IN_ZIP)))
    habits = tuple(
        warning(place, f"{shown(url)} {habit}: others may not find it", "Correct the spelling")
        for habit in found.habits
    )
    return Start(found.name, with_parameters(found.suffix, ""), problems=(*conflicts, *habits))


def _conflicts(url: str, place: str) -> Iterator[Problem]:
    query = url.partition("#")[0].partition("?")[2]
    for name in dict.fromkeys(name for name, _ in parse_qsl(query, keep_blank_values=True)):
        if name in LAUNCH_PARAMETERS:
            reason = f"has the parameter {name!r}, which is the LMS's own at the launch"
            yield Problem(place, reason, "Call it something else", "cmi5 8.1")


def _address_problems(url: str, place: str) -> Iterator[Problem]:
    scheme = url.partition(":")[0].lower()
    if scheme in NEVER_OPENED:
        yield Problem(place, f"starts with {scheme}:, which is no place", "Name the page that starts the unit", URL)
    elif url.startswith("//") or not url[len(scheme) :].startswith("://"):
        reason = f"is {shown(url)!r}, neither a fully qualified URL nor one relative to the package"
        yield Problem(place, reason, "Write it whole: https://content.example.com/start.html", URL)
    elif not is_iri(url) or not _has_place(url):
        yield Problem(place, f"is {shown(url)!r}, which is no URL", "Correct it; blanks are written %20", URL)


def _has_place(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # checked only when it is asked for
    except ValueError:
        return False
    return bool(parts.netloc)
