"""The parameters of the State, Activity Profile and Agent Profile, Agents and Activities resources, by version.

xAPI Communication 2.3 to 2.7. 1.0.3 takes an Agent only (its 2.6 has an Identified Group ask by its identifier within
an Agent); IEEE 9274.1.1 takes an Identified Group too, of which the identifier alone counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey, digest_key
from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.xapi import parameters
from lrs_bridge.xapi.actors import agent as agent_faults
from lrs_bridge.xapi.clauses import cited
from lrs_bridge.xapi.faults import capped
from lrs_bridge.xapi.parameters import VALUES, Pairs, Reader
from lrs_bridge.xapi.parsing import parse_json

Resource = Literal["state", "activity_profile", "agent_profile"]
Method = Literal["GET", "PUT", "POST", "DELETE"]

CLAUSE: Mapping[Resource, str] = {
    "state": "xAPI Communication 2.3",
    "agent_profile": "xAPI Communication 2.6",
    "activity_profile": "xAPI Communication 2.7",
}
AGENTS = "xAPI Communication 2.4"
ACTIVITIES = "xAPI Communication 2.5"


@dataclass(frozen=True, slots=True)
class Scope:
    """Among which documents an id is unique. State without a registration is a scope of its own."""

    resource: Resource
    activity: str = ""
    agent: ActorKey | None = None
    registration: UUID | None = None

    @property
    def key(self) -> UUID:
        agent = self.agent.digest.hex if self.agent else ""
        registration = self.registration.hex if self.registration else ""
        return digest_key(f"{self.resource}\n{agent}\n{registration}\n{self.activity}")


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """One document of a scope, or, without an id, all of them that changed after ``since``."""

    scope: Scope
    document_id: str | None = None
    since: datetime | None = None


def agent_object(text: str) -> dict[str, Any]:
    """An Agent as JSON, and no Group."""
    value = parse_json(text.encode(errors="surrogatepass"))
    if type(value) is dict and value.get("objectType") == "Group":
        reason = "must be an Agent, but is a Group"
        problem = Problem(
            "/objectType", reason, "Give the Group's identifier within an Agent", "xAPI Communication 2.6"
        )
        raise RequestRefused(reason, problems=[problem])
    if faults := agent_faults(value):
        raise RequestRefused("is no Agent", problems=faults)
    agent: dict[str, Any] = value
    return agent


def _agent_key(text: str) -> ActorKey | None:
    return ActorKey.of_actor(agent_object(text))


def document_id(text: str) -> str:
    if text and "\0" not in text:
        return text
    reason = "must not hold the character NUL" if text else "must not be empty"
    raise RequestRefused(reason, problems=[Problem("", reason, "Leave it out to name all documents", VALUES)])


# the name of the id first, then what makes the scope
_ID: Mapping[Resource, str] = {"state": "stateId", "activity_profile": "profileId", "agent_profile": "profileId"}
_REQUIRED: Mapping[Resource, tuple[str, ...]] = {
    "state": ("activityId", "agent"),
    "activity_profile": ("activityId",),
    "agent_profile": ("agent",),
}
_AGENT: Mapping[str, Reader] = {"1.0.3": _agent_key, "2.0.0": parameters.actor}
_SINCE: Mapping[str, Reader] = {"1.0.3": parameters.timestamp, "2.0.0": parameters.timestamp_2_0}


def _readers(resource: Resource, method: Method, version: str) -> dict[str, Reader]:
    of = {"activityId": parameters.iri, "agent": _AGENT[version]}
    readers: dict[str, Reader] = {name: of[name] for name in _REQUIRED[resource]}
    if resource == "state":
        readers["registration"] = parameters.uuid
    readers[_ID[resource]] = document_id
    if method == "GET":
        readers["since"] = _SINCE[version]
    return readers


def parse_document_query(resource: Resource, method: Method, pairs: Pairs, version: str = "1.0.3") -> DocumentQuery:
    """What a request to a document resource is about, or RequestRefused with every problem."""
    listed = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
    problems: list[Problem] = []
    values = parameters.read_parameters(listed, _readers(resource, method, version), problems)
    named = {name for name, _ in listed}
    id_name = _ID[resource]
    # all state of a scope can be deleted at once; profiles go one by one
    names_one = method in ("PUT", "POST") or (method == "DELETE" and resource != "state")
    required = (*_REQUIRED[resource], id_name) if names_one else _REQUIRED[resource]
    problems += [_missing(name, CLAUSE[resource]) for name in required if name not in named]
    if "since" in named and id_name in named and method == "GET":
        reason = f"cannot be given together with {id_name}"
        problems.append(Problem("since", reason, "It belongs to the list of ids", CLAUSE[resource]))
    _refuse("The parameters do not say which document is meant", problems, version)
    scope = Scope(resource, values.get("activityId", ""), values.get("agent"), values.get("registration"))
    return DocumentQuery(scope, values.get(id_name), values.get("since"))


def parse_agent_query(pairs: Pairs, version: str = "1.0.3") -> dict[str, Any]:
    """The Agent that GET /agents asks about, as it was given."""
    agent: dict[str, Any] = _only(pairs, "agent", agent_object, AGENTS, version)
    return agent


def parse_activity_query(pairs: Pairs, version: str = "1.0.3") -> str:
    """The IRI that GET /activities asks about."""
    activity: str = _only(pairs, "activityId", parameters.iri, ACTIVITIES, version)
    return activity


def _only(pairs: Pairs, name: str, reader: Reader, clause: str, version: str) -> Any:
    listed = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
    problems: list[Problem] = []
    values = parameters.read_parameters(listed, {name: reader}, problems)
    if name not in {given for given, _ in listed}:
        problems.append(_missing(name, clause))
    _refuse(f"This resource takes one parameter, {name}", problems, version)
    return values[name]


def _refuse(reason: str, problems: list[Problem], version: str) -> None:
    if problems:
        raise RequestRefused(reason, problems=capped(cited(problems, version, of_parameters=True)))


def _missing(name: str, clause: str) -> Problem:
    return Problem(name, "is missing", "Upper and lower case matter", clause)
