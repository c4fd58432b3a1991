"""cmi5: cmi5.xml to a Course (cmi5 13 and 14). What breaks the specification is refused, with every fault at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from lrs_bridge.courseware import safe_xml
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.bare_structure import STRUCTURE_FILE
from lrs_bridge.courseware.cmi5_course import Block, Cmi5Course
from lrs_bridge.courseware.cmi5_structure import NAMESPACE, NO_LANGUAGE, Structure, first
from lrs_bridge.courseware.course import Section
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.errors import PackageRefused, Problem

STANDARD = "cmi5"
MOST_LISTED = 100
REFUSED = "The package is refused: its course structure breaks the cmi5 specification"
_FOREIGN_NAMES = re.compile(r"\{[^{}]*\}")
_REMEDIES = {
    "SCHEMAV_ELEMENT_CONTENT": "Put the elements in the order of the specification, and leave none that it needs out",
    "SCHEMAV_CVC_ENUMERATION_VALID": "Choose one of the values that are listed",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "Add the attribute",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "Take the attribute out; those of vendors have a namespace of their own",
}


def recognises(archive: Archive) -> bool:
    return archive.like(STRUCTURE_FILE) is not None


def read(archive: Archive) -> tuple[Cmi5Course, list[Problem]]:
    """The course and what is suspicious about its structure; PackageRefused with every fault."""
    problems: list[Problem] = []
    name = archive.like(STRUCTURE_FILE) or STRUCTURE_FILE
    _refuse_where_it_is_wrong(list(_misplaced(archive, name)))
    root = safe_xml.parse(archive, name, problems)
    _refuse_where_it_is_wrong(list(_misshapen(root)))
    structure = Structure(archive)
    tree = structure.read(root)
    problems += structure.problems
    _refuse_where_it_is_wrong(problems)
    return _course(tree, structure), problems


def _refuse_where_it_is_wrong(problems: list[Problem]) -> None:
    if any(problem.severity == "error" for problem in problems):
        raise PackageRefused(REFUSED, problems=problems)


def _misplaced(archive: Archive, name: str) -> Iterator[Problem]:
    if name != STRUCTURE_FILE:
        reason = "is how the course structure is called here"
        yield Problem(shown(name), reason, f"Call it {STRUCTURE_FILE}, in small letters", "cmi5 14")
    if archive.is_wrapped:
        reason = "the course structure lies in a folder of the zip, not at its root"
        yield Problem(shown(name), reason, "Zip what is inside the folder, not the folder", "cmi5 14.1")


def _misshapen(root: etree._Element) -> Iterator[Problem]:
    """Where it departs from our schema; the words are libxml2's, without its namespaces."""
    if root.tag != f"{{{NAMESPACE}}}courseStructure":
        reason = f"begins with <{shown(str(root.tag))}>, not with <courseStructure> of the namespace {NAMESPACE}"
        yield Problem(f"{STRUCTURE_FILE}:{root.sourceline}", reason, "Export the course for cmi5 again", "cmi5 14")
        return
    schema = etree.XMLSchema(file=str(Path(__file__).with_name("cmi5.xsd")))
    schema.validate(root)
    faults: Any = schema.error_log  # iterable, which lxml-stubs do not know
    for fault in list(faults)[:MOST_LISTED]:
        reason = _FOREIGN_NAMES.sub("", fault.message).replace("[facet '", "(").replace("']", ")").rstrip(". ")
        remedy = _REMEDIES.get(fault.type_name, "Compare it with section 13.1 of the specification")
        yield Problem(f"{STRUCTURE_FILE}:{fault.line}", reason, remedy, "cmi5 13.1")


def _course(tree: Block, structure: Structure) -> Cmi5Course:
    titles = {unit.identifier: unit.title for unit in structure.units}
    language = next(iter(tree.titles), "")
    return Cmi5Course(
        identifier=tree.identifier,
        title=first(dict(tree.titles)) or tree.identifier,
        version="",
        standard=STANDARD,
        units=tuple(structure.units),
        structure=_contents(tree, titles),
        description=first(dict(tree.descriptions)),
        language="" if language == NO_LANGUAGE else language,
        tree=tree,
        objectives=tuple(structure.objectives),
    )


def _contents(block: Block, titles: dict[str, str]) -> tuple[Section, ...]:
    return tuple(
        Section(titles[member], unit=member)
        if isinstance(member, str)
        else Section(first(dict(member.titles)), children=_contents(member, titles))
        for member in block.members
    )
