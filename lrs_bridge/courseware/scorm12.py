"""SCORM 1.2: imsmanifest.xml to a Course (SCORM 1.2 Content Aggregation Model, chapter 2.3)."""

from __future__ import annotations

import re

from lxml import etree

from lrs_bridge.courseware import imscp
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.course import Course, LaunchableUnit, Section
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import listed, notice, warning
from lrs_bridge.courseware.imscp import Resource, all_text, attribute, child, children, place_of, text
from lrs_bridge.courseware.references import with_parameters
from lrs_bridge.errors import PackageRefused, Problem

STANDARD = "SCORM 1.2"
CP_NAMESPACE = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
ADL_NAMESPACE = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
TIMESPAN = re.compile(r"\d{2,4}:\d\d:\d\d(\.\d{1,2})?")
TIME_LIMIT_ACTIONS = {f"{end},{word}" for end in ("exit", "continue") for word in ("message", "no message")}
CANNOT_LAUNCH = {
    "external": (
        "starts on another server ({}): the bridge can neither keep it nor hear its results",
        "Put the start page in the package",
    ),
    "scheme": ("starts with {}, which is no file of the package", "Name a file of the package as href"),
    "outside": ("starts outside the package ({})", "Name a file of the package as href"),
    "malformed": ("starts with a URL that holds control characters ({})", "Correct the href of its resource"),
}


def recognises(archive: Archive) -> bool:
    """An IMS manifest that does not say it belongs to another standard."""
    name = imscp.manifest_name(archive)
    return name is not None and imscp.edition(imscp.read_root(archive, name, [])) in {STANDARD, ""}


def read(archive: Archive) -> tuple[Course, list[Problem]]:
    """The course and what is suspicious about its manifest; PackageRefused with all problems where it cannot run."""
    problems: list[Problem] = []
    root = imscp.read_root(archive, imscp.manifest_name(archive) or imscp.MANIFEST, problems)
    problems += _declaration_problems(root)
    resources = imscp.read_resources(root, archive, problems)
    organization = _default_organization(root, problems)
    items = _Items(archive, resources, problems)
    structure = tuple(items.section(item) for item in children(organization, "item"))
    problems += items.type_problems()
    if not items.units and not items.refused:
        items.refuse(imscp.MANIFEST, "has no item that can be launched", "Give it an organization with an item")
    problems = list(dict.fromkeys(problems))
    if items.refused:
        raise PackageRefused("The package is refused: its manifest does not lead to a course", problems=problems)
    return _course(root, organization, items.units, structure), problems


def _course(
    root: etree._Element,
    organization: etree._Element | None,
    units: list[LaunchableUnit],
    structure: tuple[Section, ...],
) -> Course:
    identifier = attribute(root, "identifier") or attribute(organization, "identifier") or units[0].identifier
    return Course(
        identifier=identifier,
        title=text(organization, "title") or imscp.described(root, "title") or identifier,
        version=attribute(root, "version"),
        standard=STANDARD,
        units=tuple(units),
        structure=structure,
        description=imscp.described(root, "description"),
        language=root.get(imscp.XML + "lang", "") or imscp.described(root, "language"),
    )


def _declaration_problems(root: etree._Element) -> list[Problem]:
    found = []
    namespaces = {str(uri) for element in root.iter() for uri in element.nsmap.values()}
    version = text(child(root, "metadata"), "schemaversion")
    if not version.startswith("1.2"):
        says = f"calls its version {shown(version)}" if version else "does not say which version of SCORM it follows"
        found.append(warning(imscp.MANIFEST, f"{says}; it was read as SCORM 1.2",
                             "Add <schemaversion>1.2</schemaversion> to its metadata", "CAM 2.3.2"))  # fmt: skip
    for namespace in (CP_NAMESPACE, ADL_NAMESPACE):
        if namespace not in namespaces:
            found.append(warning(imscp.MANIFEST, f"does not use the namespace {namespace}; names were matched without",
                                 "Declare it: stricter systems refuse the package", "CAM 2.3.2"))  # fmt: skip
    if not attribute(root, "identifier"):
        found.append(warning(place_of(root), "the manifest has no identifier", "Add one that stays between versions"))
    return found


def _default_organization(root: etree._Element, problems: list[Problem]) -> etree._Element | None:
    holder = child(root, "organizations")
    organizations = list(children(holder, "organization"))
    if not organizations:
        return None
    default = attribute(holder, "default")
    named = [element for element in organizations if attribute(element, "identifier") == default]
    if default and not named:
        problems.append(warning(imscp.MANIFEST, f"the default organization {shown(default)} is not there; "
                                "the first is used", "Correct the attribute default"))  # fmt: skip
    if len(organizations) > 1:
        problems.append(warning(imscp.MANIFEST, f"has {len(organizations)} organizations; only the default is used",
                                "Make a package of each, if learners need both"))  # fmt: skip
    return (named or organizations)[0]


class _Items:
    """Walks the items of an organization and gathers units and problems."""

    def __init__(self, archive: Archive, resources: dict[str, Resource], problems: list[Problem]) -> None:
        self.archive = archive
        self.resources = resources
        self.problems = problems
        self.units: list[LaunchableUnit] = []
        self.assets: list[str] = []
        self.untyped: list[str] = []
        self.refused = False
        self._identifiers: set[str] = set()

    def refuse(self, place: str, reason: str, remedy: str) -> None:
        self.refused = True
        self.problems.append(Problem(place, reason, remedy))

    def section(self, item: etree._Element) -> Section:
        identifier = self._identifier(item)
        title = text(item, "title") or identifier
        visible = attribute(item, "isvisible").lower() not in {"false", "0"}
        unit = ""
        if wanted := attribute(item, "identifierref"):
            unit = self._unit(item, wanted, identifier, title, visible)
        sections = tuple(self.section(below) for below in children(item, "item"))
        return Section(title, unit, visible, sections)

    def _identifier(self, item: etree._Element) -> str:
        identifier = attribute(item, "identifier")
        if not identifier:
            identifier = f"item-{len(self._identifiers) + 1}"
            self.problems.append(warning(place_of(item), f"has no identifier; it is called {identifier}", "Add one"))
        if identifier in self._identifiers:
            self.refuse(place_of(item), f"a second item has the identifier {shown(identifier)}",
                        "Give each item its own: results are kept by it")  # fmt: skip
        self._identifiers.add(identifier)
        return identifier

    def _unit(self, item: etree._Element, wanted: str, identifier: str, title: str, visible: bool) -> str:
        resource = self.resources.get(wanted)
        if resource is None:
            self.refuse(place_of(item), f"{shown(title)} refers to the resource {shown(wanted)}, which is not there",
                        "Correct identifierref, or add the resource")  # fmt: skip
            return ""
        href = self._launch_file(resource, title)
        if not href:
            return ""
        if not visible:
            self.problems.append(notice(place_of(item), f"{shown(title)} is hidden (isvisible): learners do not see it "
                                        "in the contents"))  # fmt: skip
        self.units.append(
            LaunchableUnit(
                identifier=identifier,
                title=title,
                href=href,
                parameters=with_parameters(resource.target.suffix, attribute(item, "parameters")),
                mastery_score=self._mastery(item),
                mastery_raw=text(item, "masteryscore"),
                max_time_allowed=self._checked(item, "maxtimeallowed", TIMESPAN, "HHHH:MM:SS"),
                time_limit_action=self._time_limit_action(item),
                launch_data=self._launch_data(item),
                prerequisites=text(item, "prerequisites"),
                files=imscp.with_dependencies(resource, self.resources, self.problems),
                order=len(self.units),
                visible=visible,
                reports=self._reports(resource, title),
            )
        )
        return identifier

    def _launch_file(self, resource: Resource, title: str) -> str:
        target = resource.target
        if target.kind == "empty":
            self.refuse(resource.place, f"{shown(title)} cannot start: its resource names no file (href)", "Add href")
        elif target.kind in CANNOT_LAUNCH:
            reason, remedy = CANNOT_LAUNCH[target.kind]
            self.refuse(resource.place, f"{shown(title)} {reason.format(shown(target.path))}", remedy)
        elif target.name is None:
            self.refuse(resource.place, f"{shown(title)} starts with {shown(target.path)}, which is not in the package",
                        "Add the file, or correct the href")  # fmt: skip
        return target.name or ""

    def type_problems(self) -> list[Problem]:
        """One problem for all units of a kind: a course of forty assets has one fault, not forty."""
        found = []
        if self.assets:
            found.append(warning(imscp.MANIFEST, "assets can be opened, but never report a completion: "
                                 + listed(self.assets), "Make them SCOs if learners must complete them",
                                 "CAM 2.3.2.5"))  # fmt: skip
        if self.untyped:
            found.append(warning(imscp.MANIFEST, "units that are said to be neither SCO nor asset were read as SCOs: "
                                 + listed(self.untyped),
                                 'Add adlcp:scormtype="sco" to the resources', "CAM 2.3.2.5"))  # fmt: skip
        return found

    def _reports(self, resource: Resource, title: str) -> bool:
        if resource.scorm_type == "asset":
            self.assets.append(shown(title))
        elif resource.scorm_type != "sco":
            self.untyped.append(shown(title))
        return resource.scorm_type != "asset"

    def _mastery(self, item: etree._Element) -> float | None:
        raw = text(item, "masteryscore")
        if not raw:
            return None
        try:
            score = float(raw)
        except ValueError:
            score = -1.0
        if not 0 <= score <= 100:
            self._ignored(item, "masteryscore", raw, "a number from 0 to 100")
            return None
        if 0 < score <= 1:
            self.problems.append(warning(place_of(item), f"asks for a mastery score of {raw} out of 100",
                                         f"Write {score * 100:g} if {score:.0%} is meant"))  # fmt: skip
        return score / 100

    def _time_limit_action(self, item: etree._Element) -> str:
        raw = text(item, "timelimitaction").lower()
        action = re.sub(r"\s*,\s*", ",", raw)
        if raw and action not in TIME_LIMIT_ACTIONS:
            self._ignored(item, "timelimitaction", raw, "such as exit,message")
            return ""
        return action

    def _checked(self, item: etree._Element, name: str, pattern: re.Pattern[str], form: str) -> str:
        raw = text(item, name)
        if raw and not pattern.fullmatch(raw):
            self._ignored(item, name, raw, form)
            return ""
        return raw

    def _ignored(self, item: etree._Element, name: str, raw: str, form: str) -> None:
        self.problems.append(warning(place_of(item), f"{name} is {shown(raw)!r}; it was ignored", f"Write {form}"))

    def _launch_data(self, item: etree._Element) -> str:
        found = child(item, "datafromlms")
        return "" if found is None else all_text(found).strip()
