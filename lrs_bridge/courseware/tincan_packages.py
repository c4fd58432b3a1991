"""xAPI packages: tincan.xml to a Course (Rustici, «Incorporating a TinCan LRS into an LMS»).

The file lists activities flat. Those that can be launched become units under the activity ids that the package gives
them, because the content reports under those; the others only describe what statements may be about.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from lxml import etree

from lrs_bridge.courseware import safe_xml
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.course import Course, DescribedActivity, LaunchableUnit, Section
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import listed, warning
from lrs_bridge.courseware.iris import is_iri
from lrs_bridge.courseware.launch_addresses import is_web_address
from lrs_bridge.courseware.references import Reference, resolve, with_parameters
from lrs_bridge.courseware.safe_xml import local
from lrs_bridge.errors import PackageRefused, Problem

STANDARD: Final = "xAPI"
DESCRIPTION: Final = "tincan.xml"
NAMESPACE: Final = "{http://projecttincan.com/tincan.xsd}"
REFUSED: Final = "The package is refused: its tincan.xml does not lead to a course"
CLAUSE: Final = "Tin Can launch: packaging"
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
CANNOT_START: Final = {
    "scheme": ("starts with {}, which is no page", "Name a file of the package, or an address with https"),
    "outside": ("starts outside the package ({})", "Name a file of the package in <launch>"),
    "malformed": ("starts with an address that holds control characters ({})", "Correct <launch>"),
    "external": ("starts with {}, which is no whole web address", "Write it as https://host/path"),
}


def recognises(archive: Archive) -> bool:
    return archive.like(DESCRIPTION) is not None


def read(archive: Archive) -> tuple[Course, list[Problem]]:
    """The course and what is suspicious about its description; PackageRefused with all problems where it cannot run."""
    problems: list[Problem] = []
    name = archive.like(DESCRIPTION) or DESCRIPTION
    root = safe_xml.parse(archive, name, problems)
    if local(root) != "tincan":
        problem = Problem(name, f"begins with <{shown(local(root))}>, not with <tincan>", "Export the package again")
        raise PackageRefused(REFUSED, problems=[problem])
    problems += _schema_problems(root)
    activities = _Activities(archive, problems)
    for element in root.iter():
        if isinstance(element.tag, str) and local(element) == "activity":
            activities.take(element)
    activities.conclude()
    if activities.refused:
        raise PackageRefused(REFUSED, problems=problems)
    return _course(activities), problems


def _course(activities: _Activities) -> Course:
    first = activities.units[0]
    return Course(
        identifier=first.activity,
        title=first.title,
        version="",
        standard=STANDARD,
        units=tuple(activities.units),
        structure=tuple(Section(unit.title, unit.identifier) for unit in activities.units),
        description=activities.description,
        language=activities.language,
        activities=activities.described(),
    )


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(Path(__file__).with_name("tincan.xsd")))


def _schema_problems(root: etree._Element) -> list[Problem]:
    """As warnings: tools that bend the schema make courses that run."""
    schema = _schema()
    schema.validate(root)
    faults: Any = schema.error_log  # iterable, which lxml-stubs do not know
    return [
        warning(f"{DESCRIPTION}:{fault.line}", shown(fault.message.replace(NAMESPACE, "").rstrip(". ")),
                "Stricter systems refuse the package: export it again", CLAUSE)
        for fault in list(faults)[:8]
    ]  # fmt: skip


class _Activities:
    """Gathers units and problems from the activities, in document order."""

    def __init__(self, archive: Archive, problems: list[Problem]) -> None:
        self.archive = archive
        self.problems = problems
        self.units: list[LaunchableUnit] = []
        self.refused = False
        self.description = self.language = ""
        self._activities: dict[str, DescribedActivity] = {}

    def refuse(self, place: str, reason: str, remedy: str) -> None:
        self.refused = True
        self.problems.append(Problem(place, reason, remedy, CLAUSE))

    def take(self, element: etree._Element) -> None:
        place, iri = f"{DESCRIPTION}:{element.sourceline}", element.get("id", "").strip()
        launches = [text for text, _ in _texts(element, "launch") if text]
        if not is_iri(iri):
            problem = f"has the id {shown(iri)!r}, which is no IRI"
            if launches:
                self.refuse(place, problem, "Give it one of your own, such as https://example.com/courses/1")
            else:
                self.problems.append(warning(place, problem, "Correct it", CLAUSE))
        elif iri in self._activities:
            self.problems.append(warning(place, f"a second activity has the id {shown(iri)}; it was left out",
                                         "Give each its own", CLAUSE))  # fmt: skip
        else:
            kind = element.get("type", "").strip()
            texts = [_by_language(_texts(element, name)) for name in ("name", "description")]
            self._activities[iri] = DescribedActivity(iri, kind if is_iri(kind) else "", *texts)
            if launches:
                self._unit(element, place, iri, launches[0])

    def _unit(self, element: etree._Element, place: str, iri: str, launch: str) -> None:
        names = [found for found in _texts(element, "name") if found[0]]
        title, language = names[0] if names else (iri, "")
        if not names:
            self.problems.append(warning(place, "has no name; it is called by its id", "Add <name>", CLAUSE))
        if not self.units:
            self.description = next((text for text, _ in _texts(element, "description")), "")
            self.language = language
        target = resolve(self.archive, launch)
        self._check(place, title, target)
        whole = target.kind == "external" and is_web_address(target.path)
        self.units.append(
            LaunchableUnit(
                identifier=iri,
                title=title,
                href=target.name or "",
                parameters="" if whole else with_parameters(target.suffix, ""),
                files=(target.name,) if target.name else (),
                order=len(self.units),
                activity=iri,
                activity_type=element.get("type", "").strip(),
                address=target.path if whole else "",
            )
        )

    def _check(self, place: str, title: str, target: Reference) -> None:
        if target.kind == "external" and is_web_address(target.path):
            where = shown(urlsplit(target.path).netloc)
            self.problems.append(warning(place, f"{shown(title)} starts on another server, {where}, which learns "
                                         "who starts it and may write results of that attempt",
                                         "Install it only if you trust that server"))  # fmt: skip
        elif target.kind in CANNOT_START:
            reason, remedy = CANNOT_START[target.kind]
            self.refuse(place, f"{shown(title)} {reason.format(shown(target.path))}", remedy)
        elif target.name is None:
            self.refuse(place, f"{shown(title)} starts with {shown(target.path)}, which is not in the package",
                        "Add the file, or correct <launch>")  # fmt: skip
        elif target.habits:
            self.problems.append(warning(place, f"{shown(target.path)} {'; '.join(target.habits)}", "Correct it"))

    def conclude(self) -> None:
        if not self.units and not self.refused:
            self.refuse(DESCRIPTION, "has no activity that can be launched", "Give one activity a <launch>")
        if len(self.units) > 1:
            self.problems.append(warning(DESCRIPTION, f"launches {len(self.units)} activities, each a unit of its own",
                                         "Stricter systems take one only", CLAUSE))  # fmt: skip
        apart = [shown(iri) for iri in self._activities if not self._is_own(iri)]
        if apart and self.units:
            self.problems.append(warning(DESCRIPTION, "describes activities whose ids are not below that of the one "
                                         f"launched: {listed(apart)}", "Statements about them count only if their "
                                         "context names the launched activity"))  # fmt: skip

    def described(self) -> tuple[DescribedActivity, ...]:
        """The package's own activities only: it has no say over what those of others are called."""
        return tuple(activity for iri, activity in self._activities.items() if self._is_own(iri))

    def _is_own(self, iri: str) -> bool:
        return any(_is_below(iri, unit.activity) for unit in self.units)


def _by_language(texts: list[tuple[str, str]]) -> dict[str, str]:
    """Of a language said twice, the first; of no language or an odd one, ``und``."""
    found: dict[str, str] = {}
    for text, language in texts:
        if text:
            found.setdefault(language if LANGUAGE.fullmatch(language) else "und", text)
    return found


def _texts(element: etree._Element, name: str) -> list[tuple[str, str]]:
    """Each text and its language, as tools write it: ``lang`` or ``xml:lang``."""
    return [
        (" ".join(str(child.xpath("string()")).split()),
         child.get("lang", "") or child.get("{http://www.w3.org/XML/1998/namespace}lang", ""))
        for child in element if isinstance(child.tag, str) and local(child) == name
    ]  # fmt: skip


def _is_below(iri: str, root: str) -> bool:
    return iri == root or iri.startswith(tuple(root + mark for mark in "/#?"))
