"""SCORM 1.2: imsmanifest.xml to a Course (SCORM 1.2 Content Aggregation Model, chapter 2.3)."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from lrs_bridge.courseware import imscp
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.course import Course
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import warning
from lrs_bridge.courseware.imscp import all_text, attribute, child, place_of, text
from lrs_bridge.courseware.imscp_items import course_of, read_items
from lrs_bridge.errors import Problem

STANDARD = "SCORM 1.2"
CP_NAMESPACE = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
ADL_NAMESPACE = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
TIMESPAN = re.compile(r"\d{2,4}:\d\d:\d\d(\.\d{1,2})?")
TIME_LIMIT_ACTIONS = {f"{end},{word}" for end in ("exit", "continue") for word in ("message", "no message")}


def recognises(archive: Archive) -> bool:
    """An IMS manifest that does not say it belongs to another standard."""
    name = imscp.manifest_name(archive)
    return name is not None and imscp.edition(imscp.read_root(archive, name, [])) in {STANDARD, ""}


def read(archive: Archive) -> tuple[Course, list[Problem]]:
    """The course and what is suspicious about its manifest; PackageRefused with all problems where it cannot run."""
    problems: list[Problem] = []
    root = imscp.read_root(archive, imscp.manifest_name(archive) or imscp.MANIFEST, problems)
    problems += _declaration_problems(root)
    organization, items, structure = read_items(root, archive, problems, _terms)
    return course_of(root, organization, items, structure, standard=STANDARD), problems


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


def _terms(item: etree._Element, problems: list[Problem]) -> dict[str, Any]:
    """What SCORM 1.2 adds to an item."""
    return {
        "mastery_score": _mastery(item, problems),
        "mastery_raw": text(item, "masteryscore"),
        "max_time_allowed": _max_time(item, problems),
        "time_limit_action": _time_limit_action(item, problems),
        "launch_data": _launch_data(item),
        "prerequisites": text(item, "prerequisites"),
    }


def _mastery(item: etree._Element, problems: list[Problem]) -> float | None:
    raw = text(item, "masteryscore")
    if not raw:
        return None
    try:
        score = float(raw)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 100:
        problems.append(_ignored(item, "masteryscore", raw, "a number from 0 to 100"))
        return None
    if 0 < score <= 1:
        problems.append(warning(place_of(item), f"asks for a mastery score of {raw} out of 100",
                                f"Write {score * 100:g} if {score:.0%} is meant"))  # fmt: skip
    return score / 100


def _time_limit_action(item: etree._Element, problems: list[Problem]) -> str:
    raw = text(item, "timelimitaction").lower()
    action = re.sub(r"\s*,\s*", ",", raw)
    if raw and action not in TIME_LIMIT_ACTIONS:
        problems.append(_ignored(item, "timelimitaction", raw, "such as exit,message"))
        return ""
    return action


def _max_time(item: etree._Element, problems: list[Problem]) -> str:
    raw = text(item, "maxtimeallowed")
    if raw and not TIMESPAN.fullmatch(raw):
        problems.append(_ignored(item, "maxtimeallowed", raw, "HHHH:MM:SS"))
        return ""
    return raw


def _ignored(item: etree._Element, name: str, raw: str, form: str) -> Problem:
    return warning(place_of(item), f"{name} is {shown(raw)!r}; it was ignored", f"Write {form}")


def _launch_data(item: etree._Element) -> str:
    found = child(item, "datafromlms")
    return "" if found is None else all_text(found).strip()
