"""The walk through a course structure: what each element says, and what of it breaks the specification (cmi5 13.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.bare_structure import STRUCTURE_FILE
from lrs_bridge.courseware.cmi5_addresses import Start, start_of
from lrs_bridge.courseware.cmi5_course import Block, Cmi5Unit, Objective
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import warning
from lrs_bridge.courseware.iris import is_iri
from lrs_bridge.errors import Problem

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
OURS = f"{{{NAMESPACE}}}"
NO_LANGUAGE = "und"
DECIMALS = 4
CLAUSE_OF = {
    "course": "cmi5 13.1.1",
    "block": "cmi5 13.1.2",
    "objective": "cmi5 13.1.3",
    "au": "cmi5 13.1.4",
}


def place_of(element: etree._Element) -> str:
    return f"{STRUCTURE_FILE}:{element.sourceline}"


def child(element: etree._Element, name: str) -> etree._Element | None:
    return element.find(OURS + name)


def words(element: etree._Element, name: str) -> dict[str, str]:
    """The langstrings of a title or description by their language; of two in one language the first."""
    found: dict[str, str] = {}
    for one in element.iterfind(f"{OURS}{name}/{OURS}langstring"):
        found.setdefault(one.get("lang", "").strip() or NO_LANGUAGE, (one.text or "").strip())
    return found


def first(texts: dict[str, str]) -> str:
    return next(iter(texts.values()), "")


@dataclass
class Structure:
    """Reads elements that the schema has accepted, and keeps units, objectives and faults as it goes."""

    archive: Archive
    units: list[Cmi5Unit] = field(default_factory=list)
    objectives: list[Objective] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)
    _references: list[tuple[str, str]] = field(default_factory=list)

    def read(self, root: etree._Element) -> Block:
        course = child(root, "course")
        assert course is not None  # noqa: S101 - the schema has it
        identifier = self._identifier(course)
        for one in root.iterfind(f"{OURS}objectives/{OURS}objective"):
            self.objectives.append(Objective(self._identifier(one), words(one, "title"), words(one, "description")))
        tree = Block(
            identifier, words(course, "title"), words(course, "description"), self._members(root),
            extensions=(*_extensions(course), *_extensions(root)), foreign=_foreign(course) | _foreign(root),
        )  # fmt: skip
        self._check_references()
        return tree

    def _members(self, element: etree._Element) -> tuple[Block | str, ...]:
        return tuple(
            self._unit(one) if one.tag == f"{OURS}au" else self._block(one)
            for one in element
            if one.tag in {f"{OURS}au", f"{OURS}block"}
        )

    def _block(self, element: etree._Element) -> Block:
        return Block(
            self._identifier(element), words(element, "title"), words(element, "description"), self._members(element),
            self._referenced(element), _extensions(element), _foreign(element),
        )  # fmt: skip

    def _unit(self, element: etree._Element) -> str:
        identifier = self._identifier(element)
        start = self._start(element)
        titles = words(element, "title")
        self.units.append(Cmi5Unit(
            identifier=identifier, title=first(titles) or identifier, href=start.href, parameters=start.parameters,
            mastery_score=self._mastery(element), mastery_raw=element.get("masteryScore", "").strip(),
            files=(start.href,) if start.href else (), order=len(self.units), address=start.address,
            titles=titles, descriptions=words(element, "description"), objectives=self._referenced(element),
            move_on=element.get("moveOn", "NotApplicable").strip(),
            launch_method=element.get("launchMethod", "AnyWindow").strip(),
            activity_type=self._activity_type(element),
            launch_parameters=_text(element, "launchParameters"), entitlement_key=_text(element, "entitlementKey"),
            extensions=_extensions(element), foreign=_foreign(element),
        ))  # fmt: skip
        return identifier

    def _start(self, element: etree._Element) -> Start:
        url = child(element, "url")
        assert url is not None  # noqa: S101 - the schema has it
        start = start_of(self.archive, (url.text or "").strip(), place_of(url))
        self.problems += start.problems
        return start

    def _mastery(self, element: etree._Element) -> float | None:
        given = element.get("masteryScore", "").strip()
        if not given:
            return None
        mastery = round(float(given), DECIMALS)
        if len(given.partition(".")[2]) > DECIMALS:
            reason = f"masteryScore {shown(given)} has more than four decimals; units are told {mastery}"
            self.problems.append(warning(place_of(element), reason, "Round it", CLAUSE_OF["au"]))
        return mastery

    def _identifier(self, element: etree._Element) -> str:
        kind = etree.QName(element).localname
        found, place, clause = (element.get("id") or "").strip(), place_of(element), CLAUSE_OF[kind]
        if not is_iri(found):
            reason = f"the id of this {kind} is {shown(found)!r}, which is no whole IRI"
            self.problems.append(Problem(place, reason, "Write one with its scheme: https://…, urn:uuid:…", clause))
        elif found in self._ids:
            reason = f"the id of this {kind}, {shown(found)}, is already used at {self._ids[found]}"
            self.problems.append(Problem(place, reason, "Give each element an id of its own", clause))
        self._ids.setdefault(found, place)
        return found

    def _activity_type(self, element: etree._Element) -> str:
        found = element.get("activityType", "").strip()
        if found and not is_iri(found):
            reason = f"activityType is {shown(found)!r}, which is no whole IRI"
            remedy = "Write one like http://adlnet.gov/expapi/activities/lesson, or leave it out"
            self.problems.append(Problem(place_of(element), reason, remedy, CLAUSE_OF["au"]))
        return found

    def _referenced(self, element: etree._Element) -> tuple[str, ...]:
        found = [one.get("idref", "").strip() for one in element.iterfind(f"{OURS}objectives/{OURS}objective")]
        self._references += [(reference, place_of(element)) for reference in found]
        return tuple(found)

    def _check_references(self) -> None:
        known = {objective.identifier for objective in self.objectives}
        for reference, place in self._references:
            if reference not in known:
                reason = f"names the objective {shown(reference)}, which the course does not describe"
                self.problems.append(warning(place, reason, "Add it under objectives", "cmi5 13.1.3"))


def _text(element: etree._Element, name: str) -> str | None:
    found = child(element, name)
    return None if found is None else str(found.xpath("string()")).strip()


def _extensions(element: etree._Element) -> tuple[str, ...]:
    return tuple(etree.tostring(one, encoding="unicode", with_tail=False) for one in _others(element))


def _others(element: etree._Element) -> Iterator[etree._Element]:
    return (one for one in element if isinstance(one.tag, str) and not one.tag.startswith(OURS))


def _foreign(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items() if str(name).startswith("{")}
