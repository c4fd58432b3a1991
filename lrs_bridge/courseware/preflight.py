"""What an author should know before learners meet the course. Advice only: a refusal is the readers' task."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from lrs_bridge.courseware import aicc, cmi5, scorm2004, tincan_packages
from lrs_bridge.courseware.archive import MIB, Archive
from lrs_bridge.courseware.course import Course, LaunchableUnit
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import listed, notice, warning
from lrs_bridge.courseware.pages import Page
from lrs_bridge.courseware.survey import Source, Survey, survey
from lrs_bridge.errors import Problem

LARGE_UNIT = 50 * MIB
WORDS_PER_MINUTE = 200
LONG_UNIT_MINUTES = 20
NEVER_REPORTS = "No file of this package ever reports a completion: learners would never become compliant"
SPEAKS: Mapping[str, Callable[[Source], bool]] = {
    aicc.STANDARD: lambda source: source.calls_aicc,
    cmi5.STANDARD: lambda source: source.calls_xapi,
    tincan_packages.STANDARD: lambda source: source.calls_xapi,
}
"""Standards that a page speaks without a runtime around it, and how one sees that a file does."""
SWITCH_ON = "Publish it again for SCORM 1.2 with tracking of completion and score switched on"


def preflight(archive: Archive, course: Course) -> list[Problem]:
    """Warnings and notices in the words of an author, the gravest first."""
    found = survey(archive)
    return [
        *_reporting(found, course),
        *_missing(found),
        *_external(found),
        *_removed(found),
        *_sizes(found, course),
        *_durations(found, course),
        *_accessibility(found),
        *_unread(found),
    ]


def _reporting(found: Survey, course: Course) -> Iterator[Problem]:
    """Whether a result will ever arrive; the calls looked for are those of the course's standard."""
    sources = found.sources.values()
    if course.standard in SPEAKS:
        yield from _speechless(found, course)
        return
    if course.standard.startswith(scorm2004.STANDARD):
        yield from _speechless_2004(found)
    elif not any(source.calls_scorm12 or source.sets_status for source in sources):
        yield _never_reports(found)
    elif not any(source.sets_status for source in sources):
        yield warning("", "the package opens a connection to the LMS, but no file of it ever names a completion "
                      "(cmi.core.lesson_status): it counts only if leaving the course counts", SWITCH_ON,
                      "SCORM 1.2 RTE 3.4.4")  # fmt: skip
    else:
        yield from _silent_units(found, course)


def _speechless(found: Survey, course: Course) -> Iterator[Problem]:
    """A unit on another server reports from there; one of the package needs a file that can."""
    if all(unit.address for unit in course.units) or any(map(SPEAKS[course.standard], found.sources.values())):
        return
    scripts = sorted({_host(path) for path, _ in _loads_from_elsewhere(found)})
    where = f"; it may come from what it loads from {listed(scripts)}" if scripts else ""
    yield warning("", f"No file of this package that could be read speaks {course.standard}: its learners may never "
                  f"become compliant{where}", "Try one learner's completion before you assign it")  # fmt: skip


def _speechless_2004(found: Survey) -> Iterator[Problem]:
    """A unit that only opens and ends its session is completed (SN, UP.4): it has to do that much."""
    sources = found.sources.values()
    if any(source.calls_scorm2004 for source in sources):
        return
    scripts = sorted({_host(path) for path, _ in _loads_from_elsewhere(found)})
    if any(source.calls_scorm12 for source in sources):
        where = ". Its files speak SCORM 1.2, though the manifest says SCORM 2004"
    else:
        where = f"; it may come from what it loads from {listed(scripts)}" if scripts else ""
    yield warning("", f"No file of this package that could be read speaks SCORM 2004: its learners may never become "
                  f"compliant{where}", "Try one learner's completion before you assign it")  # fmt: skip


def _never_reports(found: Survey) -> Problem:
    if any(source.calls_scorm2004 for source in found.sources.values()):
        return warning(
            "", f"{NEVER_REPORTS}. Its files speak SCORM 2004, though the manifest says SCORM 1.2", SWITCH_ON
        )
    scripts = sorted({_host(path) for path, _ in _loads_from_elsewhere(found)})
    if scripts:
        return warning("", "No file of this package reports a completion itself; it may come from what it loads from "
                       + listed(scripts), "Try one learner's completion before you assign it")  # fmt: skip
    if found.unread:
        return warning("", "No file of this package that could be read reports a completion; too large to be read: "
                       + listed(found.unread), "Try one learner's completion before you assign it")  # fmt: skip
    return warning("", NEVER_REPORTS, SWITCH_ON)


def _silent_units(found: Survey, course: Course) -> Iterator[Problem]:
    silent = [unit for unit in course.units if unit.reports and not _sets_status(found, unit)]
    if silent:
        yield warning("", "no file that these units list or load reports a completion; whoever starts them may never "
                      "be done: " + listed([shown(unit.title) for unit in silent]),
                      "Try one learner's completion of each, or make them assets")  # fmt: skip


def _sets_status(found: Survey, unit: LaunchableUnit) -> bool:
    names = found.reached(unit)
    return any(found.sources[name].sets_status for name in names if name in found.sources)


def _missing(found: Survey) -> Iterator[Problem]:
    for source in found.sources.values():
        references = (*source.loads, *source.links)
        absent = [shown(ref.path) for ref in references if ref.kind == "inside" and ref.name is None and ref.path]
        absent = [path for path in absent if path not in found.archive.folders]
        if absent:
            yield warning(shown(source.name), "refers to files that are not in the package: " + listed(absent),
                          "Add the files, or remove the references")  # fmt: skip
        outside = [shown(ref.path) for ref in references if ref.kind == "outside"]
        if outside:
            yield warning(shown(source.name), "leads outside the package: " + listed(outside), "Correct the references")
        habits = [f"{shown(ref.path)} {habit}" for ref in references for habit in ref.habits if ref.name]
        if habits:
            yield warning(shown(source.name), "works on some systems only: " + listed(habits), "Correct the spelling")


def _loads_from_elsewhere(found: Survey) -> Iterator[tuple[str, Source]]:
    for source in found.sources.values():
        for reference in source.loads:
            if reference.kind == "external":
                yield reference.path, source


def _external(found: Survey) -> Iterator[Problem]:
    insecure: dict[str, list[str]] = defaultdict(list)
    hosts: Counter[str] = Counter()
    for url, source in _loads_from_elsewhere(found):
        hosts[_host(url)] += 1
        if url.lower().startswith("http:"):
            insecure[source.name].append(shown(url))
    for name, urls in insecure.items():
        yield warning(shown(name), "loads without encryption, which browsers block on a secure page: " + listed(urls),
                      "Put the files in the package, or use https")  # fmt: skip
    if hosts:
        yield notice("", "needs other servers while it runs: " + listed(sorted(hosts)),
                     "It fails where they cannot be reached, and they see who learns when")  # fmt: skip


def _host(url: str) -> str:
    try:
        return shown(urlsplit(url).netloc or url)
    except ValueError:  # http://[broken
        return shown(url)


def _removed(found: Survey) -> Iterator[Problem]:
    films = [shown(name) for name in found.archive.names if name.lower().endswith((".swf", ".xap"))]
    if films:
        yield warning("", "holds Flash or Silverlight, which no browser plays: " + listed(films),
                      "Publish the course again as HTML5")  # fmt: skip
    by_fault: dict[str, list[str]] = defaultdict(list)
    for source in found.sources.values():
        for fault in source.faults:
            by_fault[fault].append(shown(source.name))
    for fault, names in by_fault.items():
        yield warning(listed(names), fault, "Publish the course again with a current version of the authoring tool")


def _sizes(found: Survey, course: Course) -> Iterator[Problem]:
    for unit in course.units:
        size = sum(found.archive.size(name) for name in found.loaded(unit))
        if size > LARGE_UNIT:
            yield warning(shown(unit.title), f"has files of {size / MIB:,.0f} MiB: slow on a telephone",
                          "Compress videos and pictures, or split the unit")  # fmt: skip


def _durations(found: Survey, course: Course) -> Iterator[Problem]:
    pages = {unit.identifier: frozenset(_pages(found, unit)) for unit in course.units}
    shared = Counter(pages.values())
    for unit in course.units:
        names = pages[unit.identifier]
        if shared[names] > 1:
            continue  # the manifest does not say which unit shows which page
        words = sum(page.words for name in names if (page := found.sources[name].page))
        minutes = round(words / WORDS_PER_MINUTE)
        how = f"takes about {minutes} minutes to read ({words:,} words; media and text inside scripts not counted)"
        if minutes > LONG_UNIT_MINUTES:
            yield warning(
                shown(unit.title), how, f"Split it: units over {LONG_UNIT_MINUTES} minutes are left unfinished"
            )
        elif minutes > 1:
            yield notice(shown(unit.title), how)


def _pages(found: Survey, unit: LaunchableUnit) -> Iterator[str]:
    return (name for name in found.loaded(unit) if name in found.sources and found.sources[name].page)


def _accessibility(found: Survey) -> Iterator[Problem]:
    checks: tuple[tuple[Callable[[Page], bool], str, str], ...] = (
        (lambda page: page.is_document and not page.has_language, "no language is given",
         "Add lang to <html>: screen readers choose the voice by it (WCAG 3.1.1)"),
        (lambda page: page.is_document and not page.has_title, "no title is given", "Add <title> (WCAG 2.4.2)"),
        (lambda page: page.images_without_text > 0, "an image has no text for those who do not see it",
         'Describe each image in alt, or write alt="" where it only decorates (WCAG 1.1.1)'),
        (lambda page: page.videos_without_captions > 0, "a video has no captions",
         "Add a <track> of captions (WCAG 1.2.2)"),
    )  # fmt: skip
    pages = [(source.name, source.page) for source in found.sources.values() if source.page]
    for fails, words, remedy in checks:
        names = [shown(name) for name, page in pages if fails(page)]
        if names:
            yield notice(listed(names), words, remedy)


def _unread(found: Survey) -> Iterator[Problem]:
    if found.unread:
        yield notice("", "not looked into, because of their size: " + listed([shown(name) for name in found.unread]))
