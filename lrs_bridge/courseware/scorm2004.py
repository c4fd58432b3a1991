"""SCORM 2004, 2nd to 4th edition: imsmanifest.xml to a Course (SCORM 2004 Content Aggregation Model, chapter 3).

Names are matched without their namespaces, because tools mix those of the editions; what is missing or unknown is said
as a warning, and the package is installed as far as it can be understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from lxml import etree

from lrs_bridge.courseware import imscp
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.course import Course, LaunchableUnit
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import warning
from lrs_bridge.courseware.imscp import all_text, attribute, child, children, place_of, text
from lrs_bridge.courseware.imscp_items import course_of, read_items
from lrs_bridge.courseware.scorm2004_tree import activity_tree
from lrs_bridge.courseware.scorm2004_values import duration
from lrs_bridge.errors import Problem

STANDARD: Final = "SCORM 2004"
EDITIONS: Final = ("2nd Edition", "3rd Edition", "4th Edition")
CP_NAMESPACE: Final = "http://www.imsglobal.org/xsd/imscp_v1p1"
ADL_NAMESPACE: Final = "http://www.adlnet.org/xsd/adlcp_v1p3"
TIME_LIMIT_ACTIONS: Final = {f"{end},{word}" for end in ("exit", "continue") for word in ("message", "no message")}


def recognises(archive: Archive) -> bool:
    """An IMS manifest that says it is SCORM 2004, or whose namespaces do."""
    name = imscp.manifest_name(archive)
    return name is not None and imscp.edition(imscp.read_root(archive, name, [])).startswith(STANDARD)


def read(archive: Archive) -> tuple[Course, list[Problem]]:
    """The course and what is suspicious about its manifest; PackageRefused with all problems where it cannot run."""
    problems: list[Problem] = []
    root = imscp.read_root(archive, imscp.manifest_name(archive) or imscp.MANIFEST, problems)
    problems += _declaration_problems(root)
    organization, items, structure = read_items(root, archive, problems, _terms)
    course = course_of(root, organization, items, structure, standard=_edition(root))
    if organization is None:
        return course, problems
    tree = activity_tree(root, organization, items)
    known = dict(_activities(tree))
    units = tuple(_with_sequencing(unit, known[unit.identifier]) for unit in course.units)
    return replace(course, units=units, activity_tree=tree), list(dict.fromkeys(problems))


def _edition(root: etree._Element) -> str:
    version = text(child(root, "metadata"), "schemaversion")
    return next((f"{STANDARD} {edition}" for edition in EDITIONS if edition.lower() in version.lower()), STANDARD)


def _declaration_problems(root: etree._Element) -> Iterator[Problem]:
    namespaces = {str(uri) for element in root.iter() for uri in element.nsmap.values()}
    version = text(child(root, "metadata"), "schemaversion")
    if _edition(root) == STANDARD:
        says = f"calls its version {shown(version)}" if version else "does not say which edition of SCORM 2004 it is"
        yield warning(imscp.MANIFEST, f"{says}; it was read as SCORM 2004",
                      "Add <schemaversion>2004 4th Edition</schemaversion> to its metadata", "CAM 3.4.1.3")  # fmt: skip
    for namespace in (CP_NAMESPACE, ADL_NAMESPACE):
        if namespace not in namespaces:
            yield warning(imscp.MANIFEST, f"does not use the namespace {namespace}; names were matched without",
                          "Declare it: stricter systems refuse the package", "CAM 3.4.1.1")  # fmt: skip
    if not attribute(root, "identifier"):
        yield warning(place_of(root), "the manifest has no identifier", "Add one that stays between versions")
    for inner in children(root, "manifest"):
        yield warning(place_of(inner), "a manifest inside the manifest was not read", "Bring its items into the outer "
                      "one: the standard withdrew it", "CAM 3.4.1.2")  # fmt: skip


def _terms(item: etree._Element, problems: list[Problem]) -> dict[str, Any]:
    """What SCORM 2004 adds to an item; what its sequencing says about the run time is taken from the tree."""
    return {"time_limit_action": _time_limit_action(item, problems), "launch_data": _launch_data(item)}


def _with_sequencing(unit: LaunchableUnit, activity: Mapping[str, Any]) -> LaunchableUnit:
    """The elements of its run time that a unit's sequencing gives it: scaled_passing_score and the like (RTE 4.2)."""
    primary, threshold = activity.get("primaryObjective", {}), activity.get("completionThreshold", {})
    passing = primary.get("minNormalizedMeasure")
    longest = activity.get("attemptAbsoluteDurationLimit", "")
    return replace(
        unit,
        mastery_score=passing,
        mastery_raw="" if passing is None else f"{passing:g}",
        completion_threshold=threshold["minProgressMeasure"] if threshold.get("completedByMeasure") else None,
        content_completes=activity["deliveryControls"]["completionSetByContent"],
        max_time_allowed=longest if duration(longest) else "",
    )


def _activities(tree: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield tree["id"], tree
    for below in tree.get("children", ()):
        yield from _activities(below)


def _time_limit_action(item: etree._Element, problems: list[Problem]) -> str:
    raw = text(item, "timeLimitAction").lower()
    action = re.sub(r"\s*,\s*", ",", raw)
    if raw and action not in TIME_LIMIT_ACTIONS:
        problems.append(warning(place_of(item), f"timeLimitAction is {shown(raw)!r}; it was ignored",
                                "Write one such as exit,message", "CAM 3.4.1.11"))  # fmt: skip
        return ""
    return action


def _launch_data(item: etree._Element) -> str:
    found = child(item, "dataFromLMS")
    return "" if found is None else all_text(found).strip()
