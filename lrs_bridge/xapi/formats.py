"""The formats of GET /statements other than ``exact`` (xAPI Communication 2.1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lrs_bridge.xapi.actors import IFI_NAMES

Json = dict[str, Any]
Activities = Mapping[str, Json]
"""The canonical definition of an Activity, by its id."""

COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def as_ids(statement: Json) -> Json:
    """Only what identifies Agents, Groups, Activities and verbs."""
    return _mapped(statement, _agent_ids, _activity_ids, lambda verb: {"id": verb["id"]})


def canonical(statement: Json, definitions: Activities, accept_language: str = "") -> Json:
    """Activities with the definition that the LRS holds, and one language in each of their maps and of the verb."""
    ranges = language_ranges(accept_language)

    def activity(value: Json) -> Json:
        definition = definitions.get(value["id"], value.get("definition"))
        return value | {"definition": _definition_in(definition, ranges)} if definition else value

    def verb(value: Json) -> Json:
        return value | {"display": one_language(value["display"], ranges)} if "display" in value else value

    return _mapped(statement, lambda actor, _: actor, activity, verb)


def activity_ids(statement: Json) -> Iterator[str]:
    """The id of every Activity in a statement, for whoever looks up their definitions."""
    found: list[str] = []

    def note(activity: Json) -> Json:
        found.append(activity["id"])
        return activity

    _mapped(statement, lambda actor, _: actor, note, lambda verb: verb)
    yield from dict.fromkeys(found)


def _mapped(
    statement: Json,
    agent: Callable[[Json, bool], Json],
    activity: Callable[[Json], Json],
    verb: Callable[[Json], Json],
) -> Json:
    """The statement with each Agent or Group (and whether it is an object), Activity and verb mapped."""

    def each(value: Json) -> Json:
        mapped = dict(value)
        mapped |= {name: agent(value[name], False) for name in ("actor", "authority") if name in value}
        mapped |= {"verb": verb(value["verb"]), "object": subject(value["object"])}
        if "context" in value:
            mapped["context"] = context(value["context"])
        return mapped

    def subject(value: Json) -> Json:
        kind = value.get("objectType", "Activity")
        if kind in ("Agent", "Group"):
            return agent(value, True)
        if kind == "SubStatement":
            return each(value)
        return activity(value) if kind == "Activity" else value

    def context(value: Json) -> Json:
        mapped = dict(value)
        mapped |= {name: agent(value[name], False) for name in ("instructor", "team") if name in value}
        for name, part in (("contextAgents", "agent"), ("contextGroups", "group")):
            if name in value:
                mapped[name] = [item | {part: agent(item[part], False)} for item in value[name]]
        if "contextActivities" in value:
            mapped["contextActivities"] = {
                key: [activity(one) for one in (some if type(some) is list else [some])]
                for key, some in value["contextActivities"].items()
            }
        return mapped

    return each(statement)


def _activity_ids(activity: Json) -> Json:
    # objectType may be left out: an object without one is an Activity (Data 2.4.4)
    return {"id": activity["id"]}


def _agent_ids(actor: Json, is_object: bool) -> Json:
    is_group = actor.get("objectType") == "Group"
    kind = {"objectType": actor["objectType"]} if is_group or is_object else {}
    identifier = {name: actor[name] for name in IFI_NAMES if name in actor}
    if is_group and not identifier:
        return kind | {"member": [_agent_ids(member, False) for member in actor["member"]]}
    return kind | identifier


def _definition_in(definition: Json, ranges: Mapping[str, float]) -> Json:
    chosen = dict(definition)
    chosen |= {name: one_language(definition[name], ranges) for name in ("name", "description") if name in definition}
    for name in COMPONENT_LISTS:
        if name in definition:
            chosen[name] = [
                item | {"description": one_language(item["description"], ranges)} if "description" in item else item
                for item in definition[name]
            ]
    return chosen


def language_ranges(accept_language: str) -> dict[str, float]:
    """The ranges of an Accept-Language header with their quality (RFC 2616 14.4), in the order of the header."""
    ranges: dict[str, float] = {}
    for item in accept_language.lower().split(","):
        name, *parameters = (piece.strip() for piece in item.split(";"))
        if name:
            ranges.setdefault(name, _quality(parameters))
    return ranges


def _quality(parameters: list[str]) -> float:
    text = next((piece[2:].strip() for piece in parameters if piece.startswith("q=")), "1")
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0  # also not a number


def one_language(languages: Mapping[str, str], ranges: Mapping[str, float]) -> dict[str, str]:
    """The entry of a language map that the reader likes best; where none is acceptable, the author's first.

    For every map by itself, as Communication 2.1.3 demands: one in which nothing fits does not become empty.
    """
    if not languages:
        return {}
    order = list(ranges)

    def liking(tag: str) -> tuple[float, int]:
        best = _range_of(tag.lower(), ranges)
        return (ranges[best], -order.index(best)) if best is not None else (0.0, 0)

    best_tag = max(languages, key=liking)
    if liking(best_tag)[0] <= 0:
        best_tag = _looked_up(languages, ranges) or next(iter(languages))
    return {best_tag: languages[best_tag]}


def _range_of(tag: str, ranges: Mapping[str, float]) -> str | None:
    """The longest range that matches a tag: ``en`` matches ``en-GB``, ``*`` what nothing else matches."""
    fitting = [name for name in ranges if tag == name or tag.startswith(name + "-")]
    return max(fitting, key=len) if fitting else "*" if "*" in ranges else None


def _looked_up(languages: Mapping[str, str], ranges: Mapping[str, float]) -> str | None:
    """RFC 4647 3.4: who asks for ``en-GB`` is better served with ``en`` than with something else."""
    tags = {tag.lower(): tag for tag in languages}
    for name in sorted((name for name in ranges if ranges[name] > 0), key=lambda name: -ranges[name]):
        shorter = name
        while "-" in shorter:
            shorter = shorter.rpartition("-")[0]
            if shorter in tags and ranges.get(shorter, 1) > 0:
                return tags[shorter]
    return None
