"""The activity tree of a SCORM 2004 course: organization and items with their sequencing, as the player's sequencer
takes it (the settings ``sequencing.activityTree`` of scorm-again; SCORM 2004 SN, chapter 3).

Every default of the standard is written out: the sequencer's own defaults are not the standard's (``flow``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import warning
from lrs_bridge.courseware.imscp import attribute, child, children, place_of, text
from lrs_bridge.courseware.imscp_items import Items
from lrs_bridge.courseware.safe_xml import local
from lrs_bridge.courseware.scorm2004_rules import Settings, flag, number, objectives, rollup_rules, sequencing_rules
from lrs_bridge.errors import Problem

TIMINGS: Final = frozenset({"never", "once", "onEachNewAttempt"})
HIDDEN: Final = frozenset({"continue", "previous", "exit", "exitAll", "abandon", "abandonAll", "suspendAll"})
CONSIDERATIONS: Final = ("requiredForSatisfied", "requiredForNotSatisfied", "requiredForCompleted",
                         "requiredForIncomplete")  # fmt: skip
Parts = Mapping[str, etree._Element]
"""The elements of a sequencing definition by name; one that the item gives itself hides that of its collection."""


def activity_tree(root: etree._Element, organization: etree._Element, items: Items) -> Settings:
    collections = _collections(root)
    tree = _activity(organization, attribute(organization, "identifier") or "organization", items, collections)
    return tree | {
        "objectivesGlobalToSystem": flag(organization, "objectivesGlobalToSystem", absent=True),
        "sharedDataGlobalToSystem": flag(organization, "sharedDataGlobalToSystem", absent=True),
    }


def _collections(root: etree._Element) -> dict[str, etree._Element]:
    holder = child(root, "sequencingCollection")
    return {attribute(element, "id"): element for element in children(holder, "sequencing")}


def _activity(
    element: etree._Element, identifier: str, items: Items, collections: Mapping[str, etree._Element]
) -> Settings:
    parts = _parts(element, collections, items.problems)
    found: Settings = {
        "id": identifier,
        "title": text(element, "title") or identifier,
        "isVisible": attribute(element, "isvisible").lower() not in {"false", "0"},
        "sequencingControls": _controls(parts, items.problems),
        "deliveryControls": _delivery(parts),
        "sequencingRules": sequencing_rules(parts.get("sequencingRules"), items.problems),
        "rollupRules": rollup_rules(parts.get("rollupRules"), items.problems),
        "rollupConsiderations": _considerations(parts.get("rollupConsiderations")),
        **objectives([parts[name] for name in ("objectives", "adlseq:objectives") if name in parts], items.problems),
        **_limits(parts.get("limitConditions"), items.problems),
        **_extras(element, items.problems),
    }
    below = [_activity(item, items.identifier_of(item), items, collections) for item in children(element, "item")]
    return found | ({"children": below} if below else {})


def _parts(element: etree._Element, collections: Mapping[str, etree._Element], problems: list[Problem]) -> Parts:
    own = child(element, "sequencing")
    reference = attribute(own, "idref")
    if reference and reference not in collections:
        problems.append(warning(place_of(element), f"refers to the sequencing {shown(reference)}, which is not there",
                                "Correct IDRef, or add it to sequencingCollection", "SN 3.3.2"))  # fmt: skip
    found: dict[str, etree._Element] = {}
    for definition in (collections.get(reference), own):
        found |= {_part_name(part): part for part in definition} if definition is not None else {}
    return found


def _part_name(part: etree._Element) -> str:
    """Both imsss and adlseq have an element objectives."""
    name = local(part)
    return f"adlseq:{name}" if name == "objectives" and "adlseq" in (etree.QName(part).namespace or "") else name


def _controls(parts: Parts, problems: list[Problem]) -> Settings:
    mode, rollup = parts.get("controlMode"), parts.get("rollupRules")
    choice = parts.get("constrainedChoiceConsiderations")
    if choice is None:  # the name in the 2nd edition
        choice = parts.get("constrainChoiceConsiderations")
    weight = number(attribute(rollup, "objectivemeasureweight"), 0, 1, rollup, "objectiveMeasureWeight",
                    problems) if rollup is not None else None  # fmt: skip
    return {
        "choice": flag(mode, "choice", absent=True),
        "choiceExit": flag(mode, "choiceExit", absent=True),
        "flow": flag(mode, "flow", absent=False),
        "forwardOnly": flag(mode, "forwardOnly", absent=False),
        "useCurrentAttemptObjectiveInfo": flag(mode, "useCurrentAttemptObjectiveInfo", absent=True),
        "useCurrentAttemptProgressInfo": flag(mode, "useCurrentAttemptProgressInfo", absent=True),
        "preventActivation": flag(choice, "preventActivation", absent=False),
        "constrainChoice": flag(choice, "constrainChoice", absent=False),
        "rollupObjectiveSatisfied": flag(rollup, "rollupObjectiveSatisfied", absent=True),
        "rollupProgressCompletion": flag(rollup, "rollupProgressCompletion", absent=True),
        "objectiveMeasureWeight": 1.0 if weight is None else weight,
        **_randomization(parts.get("randomizationControls"), problems),
    }


def _randomization(element: etree._Element | None, problems: list[Problem]) -> Settings:
    if element is None:
        return {}
    selection, randomization = (_timing(element, name, problems) for name in ("selectionTiming", "randomizationTiming"))
    count = number(attribute(element, "selectcount"), 0, 10_000, element, "selectCount", problems)
    return {
        "selectionTiming": selection,
        "selectCount": None if count is None else int(count),
        "randomizationTiming": randomization,
        "randomizeChildren": flag(element, "reorderChildren", absent=False),
    }


def _timing(element: etree._Element, name: str, problems: list[Problem]) -> str:
    raw = attribute(element, name.lower()) or "never"
    if raw not in TIMINGS:
        problems.append(warning(place_of(element), f"{name} is {shown(raw)!r}; it was ignored",
                                "Write never, once or onEachNewAttempt", "SN 3.12"))  # fmt: skip
        return "never"
    return raw


def _delivery(parts: Parts) -> Settings:
    controls = parts.get("deliveryControls")
    return {
        "tracked": flag(controls, "tracked", absent=True),
        "completionSetByContent": flag(controls, "completionSetByContent", absent=False),
        "objectiveSetByContent": flag(controls, "objectiveSetByContent", absent=False),
    }


def _considerations(element: etree._Element | None) -> Settings:
    if element is None:
        return {}
    required = {name: attribute(element, name.lower()) or "always" for name in CONSIDERATIONS}
    return required | {"measureSatisfactionIfActive": flag(element, "measureSatisfactionIfActive", absent=True)}


def _limits(element: etree._Element | None, problems: list[Problem]) -> Settings:
    if element is None:
        return {}
    limit = number(attribute(element, "attemptlimit"), 0, 10_000, element, "attemptLimit", problems)
    duration = attribute(element, "attemptabsolutedurationlimit")
    return ({} if limit is None else {"attemptLimit": int(limit)}) | (
        {"attemptAbsoluteDurationLimit": duration} if duration else {}
    )


def _extras(item: etree._Element, problems: list[Problem]) -> Settings:
    """What ADL adds to an item: completion threshold, the buttons to hide, shared data."""
    found: Settings = {}
    threshold = child(item, "completionThreshold")
    if threshold is not None:
        found["completionThreshold"] = completion_threshold(threshold, problems)
    if hidden := _hidden(item):
        found["hideLmsUi"] = hidden
    maps = [_shared(one) for one in children(child(item, "data"), "map")]
    return found | ({"sharedDataMaps": maps} if maps else {})


def completion_threshold(element: etree._Element, problems: list[Problem]) -> Settings:
    """An attribute since the 4th edition, the element's text before (CAM 3.4.1.13)."""
    raw = attribute(element, "minprogressmeasure")
    old = text_of(element)
    minimum = number(raw or old, 0, 1, element, "completionThreshold", problems)
    weight = number(attribute(element, "progressweight"), 0, 1, element, "progressWeight", problems)
    by_measure = flag(element, "completedByMeasure", absent=bool(old))
    return {
        "completedByMeasure": by_measure and (minimum is not None or not old),
        "minProgressMeasure": 1.0 if minimum is None else minimum,
        "progressWeight": 1.0 if weight is None else weight,
    }


def text_of(element: etree._Element) -> str:
    return (element.text or "").strip()


def _hidden(item: etree._Element) -> list[str]:
    interface = child(child(item, "presentation"), "navigationInterface")
    return [word for one in children(interface, "hideLMSUI") if (word := text_of(one)) in HIDDEN]


def _shared(element: etree._Element) -> dict[str, Any]:
    return {
        "targetID": attribute(element, "targetid"),
        "readSharedData": flag(element, "readSharedData", absent=True),
        "writeSharedData": flag(element, "writeSharedData", absent=True),
    }
