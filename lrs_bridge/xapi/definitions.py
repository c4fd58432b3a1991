"""What statements tell of activities and agents, and how the LRS keeps it (Data 2.4.4.1, Communication 2.4, 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Definition = dict[str, Any]

# maps that grow by their keys: the Activity Object is to hold all that statements told of it (Communication 2.5)
_GROWING = ("name", "description", "extensions")
_INTERACTION = ("interactionType", "correctResponsesPattern", "choices", "scale", "source", "target", "steps")


def defined_activities(statement: dict[str, Any]) -> Iterator[tuple[str, Definition]]:
    """Every Activity of a valid statement that comes with a definition, as (id, definition)."""
    for part in _parts(statement):
        for activity in _activities(part):
            if definition := activity.get("definition"):
                yield activity["id"], definition


def named_actors(statement: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every Agent and Group of a valid statement that comes with a name, as (actor, name)."""
    for part in _parts(statement):
        for actor in _actors(part):
            if name := actor.get("name"):
                yield actor, name
            for member in actor.get("member", ()):
                if name := member.get("name"):
                    yield member, name


def _parts(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield statement
    if statement["object"].get("objectType") == "SubStatement":
        yield statement["object"]


def _activities(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if part["object"].get("objectType", "Activity") == "Activity":
        yield part["object"]
    context = part.get("context")
    if context and "contextActivities" in context:
        for value in context["contextActivities"].values():
            yield from value if type(value) is list else (value,)


def _actors(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield part["actor"]
    if part["object"].get("objectType") in ("Agent", "Group"):
        yield part["object"]
    context = part.get("context")
    if context:
        for name in ("instructor", "team"):
            if name in context:
                yield context[name]
        for item in context.get("contextAgents", ()):  # 2.0
            yield item["agent"]
        for item in context.get("contextGroups", ()):
            yield item["group"]


def merge_definition(stored: Definition, told: Definition) -> Definition:
    """What is held once ``told`` has come: languages and extensions are added, the rest is replaced.

    An interaction is replaced whole, since its components belong to its type.
    """
    kept = stored
    if "interactionType" in told:
        kept = {name: value for name, value in stored.items() if name not in _INTERACTION}
    grown = {name: stored[name] | told[name] for name in _GROWING if name in stored and name in told}
    return kept | told | grown


def activity_object(activity: str, definition: Definition | None) -> dict[str, Any]:
    """The full Activity Object; without a definition where none is known (Communication 2.5)."""
    head: dict[str, Any] = {"objectType": "Activity", "id": activity}
    return head | {"definition": definition} if definition else head


def person_object(agent: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The Person of one Agent: its identifier, and every name it is known by, the one it was asked with included."""
    identifiers = {name: [agent[name]] for name in ("mbox", "mbox_sha1sum", "openid", "account") if name in agent}
    if "name" in agent:
        names = list(dict.fromkeys([*names, agent["name"]]))
    return {"objectType": "Person"} | ({"name": names} if names else {}) | identifiers
