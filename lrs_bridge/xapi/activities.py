"""Activities, their definitions and interactions (xAPI Data 2.4.4.1)."""

from __future__ import annotations

from typing import Any

from lrs_bridge.errors import Problem
from lrs_bridge.xapi.faults import MOST, OK, Check, Faults, fault, pointer, shown
from lrs_bridge.xapi.lexical import is_irl
from lrs_bridge.xapi.shapes import extensions, formatted, iri, language_map, list_of, object_of, one_of, text

ACTIVITY = "xAPI Data 2.4.4.1"

INTERACTION_TYPES = (
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
)
# which interaction types may carry which list of components
_TYPES_WITH = {
    "choices": ("choice", "sequencing"),
    "scale": ("likert",),
    "source": ("matching",),
    "target": ("matching",),
    "steps": ("performance",),
}

_component = object_of(
    "an interaction component", ACTIVITY, {"id": text, "description": language_map}, required=("id",)
)
_component_list = list_of(_component, "interaction components", ACTIVITY)


def components(value: Any) -> Faults:
    if faults := _component_list(value):
        return faults
    repeats: list[Problem] = []
    seen: set[str] = set()
    for index, component in enumerate(value):
        if component["id"] in seen:
            reason = f"the id {shown(component['id'])} is used before in this list"
            repeats += fault(reason, ACTIVITY, place=pointer(index, "id"))
            if len(repeats) > MOST:
                break
        seen.add(component["id"])
    return tuple(repeats)


def _fits_its_interaction(definition: dict[str, Any]) -> Faults:
    """Interaction Activities must have a valid interactionType, and only the lists that it supports."""
    lists = [name for name in _TYPES_WITH if name in definition]
    if not lists and "correctResponsesPattern" not in definition:
        return OK
    if "interactionType" not in definition:
        return fault("an interaction must have interactionType", ACTIVITY, place="/interactionType")
    interaction = definition["interactionType"]
    if interaction not in INTERACTION_TYPES:
        return OK  # reported where it stands
    return tuple(
        problem
        for name in lists
        if interaction not in _TYPES_WITH[name]
        for problem in fault(
            f"{name} belongs to {' and '.join(_TYPES_WITH[name])}, not to {interaction}", ACTIVITY, place=pointer(name)
        )
    )


definition = object_of(
    "an Activity definition",
    ACTIVITY,
    {
        "name": language_map,
        "description": language_map,
        "type": iri(ACTIVITY),
        "moreInfo": formatted(is_irl, "an IRL with a scheme", ACTIVITY),
        "interactionType": one_of(INTERACTION_TYPES, ACTIVITY),
        "correctResponsesPattern": list_of(text, "texts", ACTIVITY),
        **dict.fromkeys(_TYPES_WITH, components),
        "extensions": extensions,
    },
    rules=(_fits_its_interaction,),
)

activity: Check = object_of(
    "an Activity",
    ACTIVITY,
    {"objectType": one_of(("Activity",), ACTIVITY), "id": iri(ACTIVITY), "definition": definition},
    required=("id",),
)
