"""By what a statement can be found: the agents, activities and statements it names, and in which part of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey, digest_key
from lrs_bridge.xapi.verbs import VOIDED


class AgentUsage(IntEnum):
    """Stored as numbers: never renumber. Members of a Group stand where their Group stands, except MEMBER."""

    ACTOR = 1
    OBJECT = 2
    MEMBER = 3  # of the Group that is the actor or the object
    AUTHORITY = 4
    INSTRUCTOR = 5
    TEAM = 6
    SUB_ACTOR = 7
    SUB_OBJECT = 8
    SUB_INSTRUCTOR = 9
    SUB_TEAM = 10
    CONTEXT_AGENT = 11  # of xAPI 2.0, as all below
    CONTEXT_GROUP = 12
    SUB_CONTEXT_AGENT = 13
    SUB_CONTEXT_GROUP = 14


class ActivityUsage(IntEnum):
    """Stored as numbers: never renumber."""

    OBJECT = 1
    PARENT = 2
    GROUPING = 3
    CATEGORY = 4
    OTHER = 5
    SUB_OBJECT = 6
    SUB_CONTEXT = 7


# xAPI Communication 2.1.3, IEEE 9274.1.1 4.1.6.1: what ``agent`` and ``activity`` look at;
# ``related_agents`` and ``related_activities`` look at all
AGENT_FILTER = frozenset({AgentUsage.ACTOR, AgentUsage.OBJECT, AgentUsage.MEMBER})
ACTIVITY_FILTER = frozenset({ActivityUsage.OBJECT})

_CONTEXT_USAGE = {
    "parent": ActivityUsage.PARENT,
    "grouping": ActivityUsage.GROUPING,
    "category": ActivityUsage.CATEGORY,
    "other": ActivityUsage.OTHER,
}

AgentLink = tuple[UUID, AgentUsage]
ActivityLink = tuple[UUID, ActivityUsage]


@dataclass(frozen=True, slots=True)
class StatementLinks:
    """Each pair once. ``references`` are the statements that this one targets, with whether it voids them."""

    verb_key: UUID
    registration: UUID | None
    agents: tuple[AgentLink, ...]
    activities: tuple[ActivityLink, ...]
    references: tuple[tuple[UUID, bool], ...]
    voiding: bool


def links_of(statement: dict[str, Any]) -> StatementLinks:
    """The links of a valid statement, stamped or not.

    A StatementRef in the context is no target (Communication 2.1.3, "Filter Conditions for StatementRefs").
    """
    verb_id, subject = statement["verb"]["id"], statement["object"]
    references: tuple[tuple[UUID, bool], ...] = ()
    if subject.get("objectType") == "StatementRef":
        references = ((UUID(subject["id"]), verb_id == VOIDED),)
    registration = statement["context"].get("registration") if "context" in statement else None
    return StatementLinks(
        verb_key=digest_key(verb_id),
        registration=UUID(registration) if registration else None,
        agents=tuple(dict.fromkeys(_agents(statement))),
        activities=tuple(dict.fromkeys(_activities(statement))),
        references=references,
        voiding=any(voids for _, voids in references),
    )


def _agents(statement: dict[str, Any]) -> Iterator[AgentLink]:
    yield from _actor(statement["actor"], AgentUsage.ACTOR, AgentUsage.MEMBER)
    subject, context = statement["object"], statement.get("context", {})
    kind = subject.get("objectType")
    if kind == "Agent" or kind == "Group":  # noqa: PLR1714 - the quicker of the two on the hot path
        yield from _actor(subject, AgentUsage.OBJECT, AgentUsage.MEMBER)
    elif kind == "SubStatement":
        yield from _agents_within(subject)
    for name, usage in (("instructor", AgentUsage.INSTRUCTOR), ("team", AgentUsage.TEAM)):
        if name in context:
            yield from _actor(context[name], usage, usage)
    if "contextAgents" in context or "contextGroups" in context:
        yield from _related(context, AgentUsage.CONTEXT_AGENT, AgentUsage.CONTEXT_GROUP)
    if "authority" in statement:
        yield from _actor(statement["authority"], AgentUsage.AUTHORITY, AgentUsage.AUTHORITY)


def _agents_within(substatement: dict[str, Any]) -> Iterator[AgentLink]:
    subject, context = substatement["object"], substatement.get("context", {})
    parts = [(substatement["actor"], AgentUsage.SUB_ACTOR)]
    if subject.get("objectType") in ("Agent", "Group"):
        parts.append((subject, AgentUsage.SUB_OBJECT))
    parts += [
        (context[name], usage)
        for name, usage in (("instructor", AgentUsage.SUB_INSTRUCTOR), ("team", AgentUsage.SUB_TEAM))
        if name in context
    ]
    for actor, usage in parts:
        yield from _actor(actor, usage, usage)
    yield from _related(context, AgentUsage.SUB_CONTEXT_AGENT, AgentUsage.SUB_CONTEXT_GROUP)


def _related(context: dict[str, Any], agent_usage: AgentUsage, group_usage: AgentUsage) -> Iterator[AgentLink]:
    """Who is in contextAgents and contextGroups, whatever their relevantTypes (IEEE 9274.1.1 4.2.2.5)."""
    for item in context.get("contextAgents", ()):
        yield from _actor(item["agent"], agent_usage, agent_usage)
    for item in context.get("contextGroups", ()):
        yield from _actor(item["group"], group_usage, group_usage)


def _actor(actor: dict[str, Any], usage: AgentUsage, member_usage: AgentUsage) -> Iterator[AgentLink]:
    if key := ActorKey.of_actor(actor):
        yield key.digest, usage
    for member in actor.get("member", ()):
        if key := ActorKey.of_actor(member):
            yield key.digest, member_usage


def _activities(statement: dict[str, Any]) -> Iterator[ActivityLink]:
    subject = statement["object"]
    kind = subject.get("objectType", "Activity")
    if kind == "Activity":
        yield digest_key(subject["id"]), ActivityUsage.OBJECT
    elif kind == "SubStatement":
        if subject["object"].get("objectType", "Activity") == "Activity":
            yield digest_key(subject["object"]["id"]), ActivityUsage.SUB_OBJECT
        for _, activity in _context_activities(subject):
            yield digest_key(activity["id"]), ActivityUsage.SUB_CONTEXT
    for key, activity in _context_activities(statement):
        yield digest_key(activity["id"]), _CONTEXT_USAGE[key]


def _context_activities(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    by_key = statement["context"].get("contextActivities", {}) if "context" in statement else {}
    for key, value in by_key.items():
        for activity in value if type(value) is list else (value,):
            yield key, activity
