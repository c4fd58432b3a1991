"""The parameters of GET /statements (xAPI Communication 2.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.xapi import parameters
from lrs_bridge.xapi.clauses import cited
from lrs_bridge.xapi.faults import capped
from lrs_bridge.xapi.links import ACTIVITY_FILTER, AGENT_FILTER
from lrs_bridge.xapi.parameters import Pairs, Reader

GET_STATEMENTS = "xAPI Communication 2.1.3"
Format = Literal["ids", "exact", "canonical"]


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """What a caller asks for. ``limit`` 0 means as many as the server allows."""

    statement_id: UUID | None = None
    voided_statement_id: UUID | None = None
    agent: ActorKey | None = None
    verb: str | None = None
    activity: str | None = None
    registration: UUID | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 0
    format: Format = "exact"
    attachments: bool = False
    ascending: bool = False

    @property
    def agent_usages(self) -> frozenset[int]:
        """The usages in which ``agent`` counts; empty means any."""
        return frozenset() if self.related_agents else frozenset(AGENT_FILTER)

    @property
    def activity_usages(self) -> frozenset[int]:
        """The usages in which ``activity`` counts; empty means any."""
        return frozenset() if self.related_activities else frozenset(ACTIVITY_FILTER)


_FIELD_OF = {"statementId": "statement_id", "voidedStatementId": "voided_statement_id"}
_WITH_AN_ID = {"statementId", "voidedStatementId", "attachments", "format"}
_PARAMETERS: Mapping[str, Reader] = {
    "statementId": parameters.uuid,
    "voidedStatementId": parameters.uuid,
    "agent": parameters.actor,
    "verb": parameters.iri,
    "activity": parameters.iri,
    "registration": parameters.uuid,
    "related_activities": parameters.boolean,
    "related_agents": parameters.boolean,
    "since": parameters.timestamp,
    "until": parameters.timestamp,
    "limit": parameters.count,
    "format": parameters.choice("ids", "exact", "canonical"),
    "attachments": parameters.boolean,
    "ascending": parameters.boolean,
}
_PARAMETERS_OF: Mapping[str, Mapping[str, Reader]] = {
    "1.0.3": _PARAMETERS,
    "2.0.0": {**_PARAMETERS, "since": parameters.timestamp_2_0, "until": parameters.timestamp_2_0},
}


def parse_query(pairs: Pairs, version: str = "1.0.3") -> StatementQuery:
    """The query, or RequestRefused with every problem. Give the pairs of a multi-dict, so that repeats are seen."""
    listed = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
    problems: list[Problem] = []
    values = parameters.read_parameters(listed, _PARAMETERS_OF[version], problems)
    problems += _combined(dict.fromkeys(name for name, _ in listed))
    if problems:
        listed_problems = capped(cited(problems, version, of_parameters=True))
        raise RequestRefused("The query cannot be answered as it is asked", problems=listed_problems)
    return StatementQuery(**{_FIELD_OF.get(name, name): value for name, value in values.items()})


def _combined(names: Mapping[str, Any]) -> list[Problem]:
    """One statement by its id is asked for alone."""
    ids = [name for name in ("statementId", "voidedStatementId") if name in names]
    if len(ids) == 2:
        return [Problem(ids[1], "cannot be given together with statementId", "Give one of them", GET_STATEMENTS)]
    return [
        Problem(name, f"cannot be given together with {ids[0]}", "Leave it out", GET_STATEMENTS)
        for name in names
        if ids and name not in _WITH_AN_ID and name in _PARAMETERS
    ]


def parse_put_query(pairs: Pairs, version: str = "1.0.3") -> UUID:
    """The one parameter of PUT /statements (xAPI Communication 2.1.1)."""
    problems: list[Problem] = []
    values = parameters.read_parameters(pairs, {"statementId": parameters.uuid}, problems)
    if not problems and "statementId" not in values:
        remedy = "Name the statement in the query, or send it with POST"
        problems.append(Problem("statementId", "is missing", remedy, "xAPI Communication 2.1.1"))
    if problems:
        listed_problems = capped(cited(problems, version, of_parameters=True))
        raise RequestRefused("A PUT names the statement that it stores", problems=listed_problems)
    statement_id: UUID = values["statementId"]
    return statement_id
