"""The items of an organization as units and lines of contents: what SCORM 1.2 and SCORM 2004 share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from lrs_bridge.courseware import imscp
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.course import Course, LaunchableUnit, Section
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import listed, notice, warning
from lrs_bridge.courseware.imscp import Resource, attribute, child, children, place_of, text
from lrs_bridge.courseware.references import with_parameters
from lrs_bridge.errors import PackageRefused, Problem

CANNOT_LAUNCH = {
    "external": (
        "starts on another server ({}): the bridge can neither keep it nor hear its results",
        "Put the start page in the package",
    ),
    "scheme": ("starts with {}, which is no file of the package", "Name a file of the package as href"),
    "outside": ("starts outside the package ({})", "Name a file of the package as href"),
    "malformed": ("starts with a URL that holds control characters ({})", "Correct the href of its resource"),
}
Terms = Callable[[etree._Element, list[Problem]], dict[str, Any]]
"""What a standard says about a unit in its item, as fields of LaunchableUnit; problems are added to the list."""


class Items:
    """Walks the items of an organization and gathers units and problems."""

    def __init__(self, archive: Archive, resources: dict[str, Resource], problems: list[Problem], terms: Terms) -> None:
        self.archive = archive
        self.resources = resources
        self.problems = problems
        self.terms = terms
        self.units: list[LaunchableUnit] = []
        self.assets: list[str] = []
        self.untyped: list[str] = []
        self.refused = False
        self._identifiers: dict[etree._Element, str] = {}

    def refuse(self, place: str, reason: str, remedy: str) -> None:
        self.refused = True
        self.problems.append(Problem(place, reason, remedy))

    def section(self, item: etree._Element) -> Section:
        identifier = self._identified(item)
        title = text(item, "title") or identifier
        visible = attribute(item, "isvisible").lower() not in {"false", "0"}
        unit = ""
        if wanted := attribute(item, "identifierref"):
            unit = self._unit(item, wanted, identifier, title, visible)
        sections = tuple(self.section(below) for below in children(item, "item"))
        return Section(title, unit, visible, sections, identifier)

    def _identified(self, item: etree._Element) -> str:
        identifier = attribute(item, "identifier")
        if not identifier:
            identifier = f"item-{len(self._identifiers) + 1}"
            self.problems.append(warning(place_of(item), f"has no identifier; it is called {identifier}", "Add one"))
        if identifier in self._identifiers.values():
            self.refuse(place_of(item), f"a second item has the identifier {shown(identifier)}",
                        "Give each item its own: results are kept by it")  # fmt: skip
        self._identifiers[item] = identifier
        return identifier

    def identifier_of(self, item: etree._Element) -> str:
        """As ``section`` called it."""
        return self._identifiers[item]

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
                files=imscp.with_dependencies(resource, self.resources, self.problems),
                order=len(self.units),
                visible=visible,
                reports=self._reports(resource, title),
                **self.terms(item, self.problems),
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


def read_items(
    root: etree._Element, archive: Archive, problems: list[Problem], terms: Terms
) -> tuple[etree._Element | None, Items, tuple[Section, ...]]:
    """The organization that counts, its items walked; PackageRefused with all problems where they lead to no course.

    The problems found are in ``problems`` and in the items alike, each once.
    """
    resources = imscp.read_resources(root, archive, problems)
    organization = _default_organization(root, problems)
    items = Items(archive, resources, problems, terms)
    structure = tuple(items.section(item) for item in children(organization, "item"))
    problems += items.type_problems()
    if not items.units and not items.refused:
        items.refuse(imscp.MANIFEST, "has no item that can be launched", "Give it an organization with an item")
    problems[:] = dict.fromkeys(problems)
    if items.refused:
        raise PackageRefused("The package is refused: its manifest does not lead to a course", problems=problems)
    return organization, items, structure


def course_of(
    root: etree._Element,
    organization: etree._Element | None,
    items: Items,
    structure: tuple[Section, ...],
    *,
    standard: str,
    **more: Any,
) -> Course:
    first = items.units[0].identifier
    identifier = attribute(root, "identifier") or attribute(organization, "identifier") or first
    return Course(
        identifier=identifier,
        title=text(organization, "title") or imscp.described(root, "title") or identifier,
        version=attribute(root, "version"),
        standard=standard,
        units=tuple(items.units),
        structure=structure,
        description=imscp.described(root, "description"),
        language=root.get(imscp.XML + "lang", "") or imscp.described(root, "language"),
        **more,
    )


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
