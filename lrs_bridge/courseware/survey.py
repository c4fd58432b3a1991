"""A walk over the readable files of a package: which speak to an LMS, and which files a unit leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from lrs_bridge.courseware.archive import MIB, Archive
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.pages import Page, css_loads, decoded, named_files, read_page
from lrs_bridge.courseware.references import Reference, resolve

PAGES = (".html", ".htm", ".xhtml")
SCRIPTS = (".js", ".mjs")
FILE_LIMIT = 16 * MIB
PAGE_LIMIT = 2 * MIB
TOTAL_LIMIT = 192 * MIB

SCORM12_CALL = re.compile(r"\bLMS(Initialize|SetValue|GetValue|Finish|Commit)\b")
SCORM12_STATUS = re.compile(r"\blesson_status\b")
SCORM2004_CALL = re.compile(r"\bAPI_1484_11\b|cmi\.(completion|success)_status\b")
AICC_CALL = re.compile(r"\b(AICC_URL|AICC_SID|PutParam|ExitAU)\b", re.IGNORECASE)
XAPI_CALL = re.compile(r"X-Experience-API-Version|\b(sendStatements?|XAPIWrapper|TinCan)\b")
UNLOAD = re.compile(r"\bon(before)?unload\b|[\"'](before)?unload[\"']")
SYNCHRONOUS = re.compile(r"""\.open\(\s*["'](?:GET|POST|PUT)["']\s*,[^;]{0,200}?,\s*(?:false|!1)\s*[,)]""")
REMOVED = (
    (re.compile(r"\bshowModalDialog\s*\("), "opens windows with showModalDialog, which browsers have removed"),
    (re.compile(r"\bdocument\.domain\s*=[^=]"), "sets document.domain, which browsers ignore now"),
    (re.compile(r"<applet\b", re.IGNORECASE), "needs Java applets, which no browser runs"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One page, script or style sheet, read."""

    name: str
    page: Page | None
    loads: tuple[Reference, ...]
    links: tuple[Reference, ...]
    hints: tuple[str, ...]
    calls_scorm12: bool
    sets_status: bool
    calls_scorm2004: bool
    calls_aicc: bool
    calls_xapi: bool
    faults: tuple[str, ...]


@dataclass
class Survey:
    """What was read, and ``unread``: the names of files too large to be read whole."""

    archive: Archive
    sources: dict[str, Source] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def reached(self, unit: LaunchableUnit) -> set[str]:
        """The files that the manifest lists for the unit, and those its pages and scripts lead to."""
        return self._closure({unit.href, *unit.files}, follow_links=True)

    def loaded(self, unit: LaunchableUnit) -> set[str]:
        """As ``reached``, without following the hyperlinks between pages."""
        return self._closure({unit.href, *unit.files}, follow_links=False)

    def _closure(self, names: set[str], *, follow_links: bool) -> set[str]:
        found = names - {""}  # of a unit that starts on another server
        waiting = list(found)
        while waiting:
            source = self.sources.get(waiting.pop())
            if source is None:
                continue
            references = (*source.loads, *source.links) if follow_links else source.loads
            targets = {*source.hints, *(reference.name for reference in references if reference.name)} - found
            found |= targets
            waiting.extend(targets)
        return found


def survey(archive: Archive) -> Survey:
    """Read every page, script and style sheet, up to a limit for each and for all."""
    result = Survey(archive)
    left = TOTAL_LIMIT
    for name in archive.names:
        if not name.lower().endswith((*PAGES, *SCRIPTS, ".css")):
            continue
        if archive.size(name) > min(FILE_LIMIT, left):
            result.unread.append(name)
            continue
        left -= archive.size(name)
        result.sources[name] = _source(archive, name, decoded(archive.read(name, FILE_LIMIT)))
    return result


def _source(archive: Archive, name: str, text: str) -> Source:
    page = read_page(text[:PAGE_LIMIT]) if name.lower().endswith(PAGES) else None
    loads = css_loads(text) if name.lower().endswith(".css") else (page.loads if page else ())
    base = quote(name)
    return Source(
        name=name,
        page=page,
        loads=_resolved(archive, base, loads),
        links=_resolved(archive, base, page.links if page else ()),
        hints=_hints(archive, base, _named(name, page, text)),
        calls_scorm12=bool(SCORM12_CALL.search(text)),
        sets_status=bool(SCORM12_STATUS.search(text)),
        calls_scorm2004=bool(SCORM2004_CALL.search(text)),
        calls_aicc=bool(AICC_CALL.search(text)),
        calls_xapi=bool(XAPI_CALL.search(text)),
        faults=_faults(text),
    )


def _resolved(archive: Archive, base: str, urls: Iterable[str]) -> tuple[Reference, ...]:
    return tuple(resolve(archive, url, [base]) for url in urls)


def _named(name: str, page: Page | None, text: str) -> tuple[str, ...]:
    if page:
        return page.named
    return named_files(text) if name.lower().endswith(SCRIPTS) else ()


def _hints(archive: Archive, base: str, named: Iterable[str]) -> tuple[str, ...]:
    """Names in strings are relative to the page that runs the script, which is unknown: folder, then top level."""
    found: dict[str, None] = {}
    for hint in named:
        name = resolve(archive, hint, [base]).name or resolve(archive, hint).name
        if name:
            found[name] = None
    return tuple(found)


def _faults(text: str) -> tuple[str, ...]:
    faults = [words for pattern, words in REMOVED if pattern.search(text)]
    if UNLOAD.search(text) and SYNCHRONOUS.search(text):
        faults.append("sends results by a synchronous request while the page closes, which browsers block")
    return tuple(faults)
