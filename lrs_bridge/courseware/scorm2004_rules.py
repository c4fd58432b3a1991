"""Sequencing rules, rollup rules and objectives of an item, as settings of an activity (SCORM 2004 SN, 3.4 to 3.10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import warning
from lrs_bridge.courseware.imscp import attribute, child, children, place_of, text
from lrs_bridge.errors import Problem

Settings = dict[str, Any]

ROLLUP: Final = frozenset(
    {"satisfied", "objectiveStatusKnown", "objectiveMeasureKnown", "completed", "activityProgressKnown", "attempted",
     "attemptLimitExceeded"}
)  # fmt: skip
CONDITIONS: Final = ROLLUP | {
    "objectiveMeasureGreaterThan", "objectiveMeasureLessThan", "timeLimitExceeded", "outsideAvailableTimeRange",
    "always",
}  # fmt: skip
ACTIONS: Final = {
    "preConditionRule": ("preConditionRules", frozenset({"skip", "disabled", "hiddenFromChoice",
                                                         "stopForwardTraversal"})),
    "exitConditionRule": ("exitConditionRules", frozenset({"exit"})),
    "postConditionRule": ("postConditionRules", frozenset({"exitParent", "exitAll", "retry", "retryAll", "continue",
                                                           "previous"})),
}  # fmt: skip
# the sequencer has another word for one condition of rollup rules
ROLLUP_WORDS: Final = {"activityProgressKnown": "progressKnown"}
ROLLUP_ACTIONS: Final = frozenset({"satisfied", "notSatisfied", "completed", "incomplete"})
MAP_FLAGS: Final = (
    "readSatisfiedStatus", "readNormalizedMeasure", "writeSatisfiedStatus", "writeNormalizedMeasure",
    "readRawScore", "writeRawScore", "readMinScore", "writeMinScore", "readMaxScore", "writeMaxScore",
    "readCompletionStatus", "writeCompletionStatus", "readProgressMeasure", "writeProgressMeasure",
)  # fmt: skip


def flag(element: etree._Element | None, name: str, *, absent: bool) -> bool:
    raw = attribute(element, name.lower()).lower()
    return absent if raw == "" else raw in {"true", "1"}


def number(
    raw: str, low: float, high: float, place: etree._Element, name: str, problems: list[Problem]
) -> float | None:
    """A number within its bounds; anything else is ignored with a word."""
    if not raw:
        return None
    try:
        value = float(raw)
    except ValueError:
        value = float("nan")
    if low <= value <= high:
        return value
    problems.append(warning(place_of(place), f"{name} is {shown(raw)!r}; it was ignored",
                            f"Write a number from {low:g} to {high:g}", "SN 3"))  # fmt: skip
    return None


def sequencing_rules(holder: etree._Element | None, problems: list[Problem]) -> Settings:
    found: Settings = {}
    for element in [] if holder is None else list(holder):
        kind = ACTIONS.get(etree.QName(element).localname)
        if kind and (rule := _rule(element, kind[1], problems)):
            found.setdefault(kind[0], []).append(rule)
    return found


def _rule(element: etree._Element, actions: frozenset[str], problems: list[Problem]) -> Settings | None:
    action = attribute(child(element, "ruleAction"), "action")
    holder = child(element, "ruleConditions")
    conditions = [found for one in children(holder, "ruleCondition") if (found := _condition(one, problems))]
    if action not in actions or not conditions:
        problems.append(warning(place_of(element), f"a sequencing rule with the action {shown(action)!r} "
                                f"and {len(conditions)} conditions was ignored",
                                f"Give it a condition and one of the actions {', '.join(sorted(actions))}",
                                "SN 3.4"))  # fmt: skip
        return None
    combination = attribute(holder, "conditioncombination") or "all"
    return {"action": action, "conditionCombination": combination, "conditions": conditions}


def _condition(element: etree._Element, problems: list[Problem]) -> Settings | None:
    name = attribute(element, "condition")
    if name not in CONDITIONS:
        problems.append(warning(place_of(element), f"{shown(name)!r} is no condition of a sequencing rule; "
                                "it was ignored", "Correct the attribute condition", "SN 3.4.2"))  # fmt: skip
        return None
    condition: Settings = {"condition": name}
    if attribute(element, "operator") == "not":
        condition["operator"] = "not"
    if objective := attribute(element, "referencedobjective"):
        condition["referencedObjective"] = objective
    threshold = number(attribute(element, "measurethreshold"), -1, 1, element, "measureThreshold", problems)
    if threshold is not None:
        condition["parameters"] = {"threshold": threshold}
    return condition


def rollup_rules(holder: etree._Element | None, problems: list[Problem]) -> Settings:
    rules = [rule for element in children(holder, "rollupRule") if (rule := _rollup_rule(element, problems))]
    return {"rules": rules}


def _rollup_rule(element: etree._Element, problems: list[Problem]) -> Settings | None:
    action = attribute(child(element, "rollupAction"), "action")
    holder = child(element, "rollupConditions")
    conditions = list(_rollup_conditions(holder))
    if action not in ROLLUP_ACTIONS or not conditions:
        problems.append(warning(place_of(element), f"a rollup rule with the action {shown(action)!r} and "
                                f"{len(conditions)} conditions was ignored", "Correct it", "SN 3.7"))  # fmt: skip
        return None
    rule: Settings = {
        "action": action,
        "consideration": attribute(element, "childactivityset") or "all",
        "conditionCombination": attribute(holder, "conditioncombination") or "any",
        "conditions": conditions,
    }
    count = number(attribute(element, "minimumcount"), 0, 10_000, element, "minimumCount", problems)
    percent = number(attribute(element, "minimumpercent"), 0, 1, element, "minimumPercent", problems)
    return rule | {"minimumCount": int(count or 0), "minimumPercent": percent or 0}


def _rollup_conditions(holder: etree._Element | None) -> Iterator[Settings]:
    for element in children(holder, "rollupCondition"):
        name = attribute(element, "condition")
        if name in ROLLUP:
            yield {"condition": ROLLUP_WORDS.get(name, name), "operator": attribute(element, "operator") or "noOp"}


def objectives(sequencing: list[etree._Element], problems: list[Problem]) -> Settings:
    """``sequencing`` holds the imsss:objectives and, after it, the adlseq:objectives of the 4th edition."""
    primary: Settings | None = None
    others: list[Settings] = []
    for holder in sequencing:
        for element in [] if holder is None else list(holder):
            name = etree.QName(element).localname
            if name == "primaryObjective":
                primary = _objective(element, problems) | {"isPrimary": True}
            elif name == "objective":
                _merge(others, primary, _objective(element, problems))
    found: Settings = {}
    if primary is not None:
        # The sequencer drops an objective without an id, and shows one with an id to the content (cmi.objectives),
        # which the standard does only where the manifest names it: a blank id is kept and not shown.
        found["primaryObjective"] = primary | {"objectiveID": primary["objectiveID"] or " "}
    return found | ({"objectives": others} if others else {})


def _merge(others: list[Settings], primary: Settings | None, found: Settings) -> None:
    """The extension of the 4th edition names an objective again and adds maps to it."""
    known = [one for one in (primary, *others) if one and one["objectiveID"] == found["objectiveID"]]
    if known:
        known[0]["mapInfo"] = _merged_maps(known[0]["mapInfo"], found["mapInfo"])
    else:
        others.append(found)


def _merged_maps(before: list[Settings], added: list[Settings]) -> list[Settings]:
    targets = {one["targetObjectiveID"]: dict(one) for one in before}
    for one in added:
        targets.setdefault(one["targetObjectiveID"], dict(one)).update(
            {name: value for name, value in one.items() if name.endswith(("Score", "CompletionStatus",
                                                                           "ProgressMeasure"))})  # fmt: skip
    return list(targets.values())


def _objective(element: etree._Element, problems: list[Problem]) -> Settings:
    by_measure = flag(element, "satisfiedByMeasure", absent=False)
    minimum = number(text(element, "minNormalizedMeasure"), -1, 1, element, "minNormalizedMeasure", problems)
    return {
        "objectiveID": attribute(element, "objectiveid"),
        "satisfiedByMeasure": by_measure,
        # 1.0 where the manifest names none (SN 3.10.2)
        "minNormalizedMeasure": (1.0 if minimum is None else minimum) if by_measure else None,
        "mapInfo": [_map_info(one) for one in children(element, "mapInfo")],
    }


def _map_info(element: etree._Element) -> Settings:
    flags = {name: flag(element, name, absent=name.startswith("read")) for name in MAP_FLAGS}
    return {"targetObjectiveID": attribute(element, "targetobjectiveid")} | flags
