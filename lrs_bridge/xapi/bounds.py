"""What a launch's credential may write about: its own learner, registration and activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import Problem
from lrs_bridge.xapi.lexical import is_uuid

REMEDY = "A launch writes about its own learner, attempt and activity only"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is not named here is not bounded. Statements of a cmi5 ``session`` have rules of their own (cmi5_rules)."""

    actor: ActorKey | None = None
    registration: UUID | None = None
    activity: str = ""
    session: UUID | None = None

    def statement_problems(self, statement: dict[str, Any], *, pointer: str = "") -> list[Problem]:
        """Where a valid statement leaves the bounds; none: an empty list.

        It is about the activity when its object is the activity or a part of it (an IRI below), or when its context
        names the activity: cmi5 puts the unit into ``grouping``, content its course into ``parent``. A StatementRef is
        about no activity, so nothing can be voided from inside a launch.
        """
        problems: list[Problem] = []
        if self.session:
            return problems
        if not self._same_actor(ActorKey.of_actor(statement["actor"])):
            problems.append(Problem(f"{pointer}/actor", "is not the learner of this launch", REMEDY))
        if self.registration and _registration_of(statement) != self.registration:
            place = f"{pointer}/context/registration"
            problems.append(Problem(place, f"is not {self.registration}, that of this launch", REMEDY))
        if self.activity and not any(self._covers(iri) for iri in _activities_of(statement)):
            problems.append(Problem(f"{pointer}/object", f"is not about {self.activity}, launched here", REMEDY))
        return problems

    def document_problems(
        self, *, actor: ActorKey | None = None, activity: str | None = None, registration: UUID | None = None
    ) -> list[Problem]:
        """The same for a document: give what the request names. A state without a registration is the learner's own."""
        problems = []
        if actor and not self._same_actor(actor):
            problems.append(Problem("agent", "is not the learner of this launch", REMEDY))
        if activity and self.activity and not self._covers(activity):
            problems.append(Problem("activityId", f"is not {self.activity}, launched here", REMEDY))
        if registration and self.registration and registration != self.registration:
            problems.append(Problem("registration", f"is not {self.registration}, that of this launch", REMEDY))
        return problems

    def _same_actor(self, actor: ActorKey | None) -> bool:
        return self.actor is None or (actor is not None and actor in (self.actor, self.actor.sha1_equivalent()))

    def _covers(self, iri: str) -> bool:
        return iri == self.activity or iri.startswith(tuple(self.activity + mark for mark in "/#?"))


def _registration_of(statement: dict[str, Any]) -> UUID | None:
    given = statement.get("context", {}).get("registration")
    return UUID(given) if type(given) is str and is_uuid(given) else None


def _activities_of(statement: dict[str, Any]) -> Iterator[str]:
    subject = statement["object"]
    kind = subject.get("objectType", "Activity")
    if kind == "Activity":
        yield subject["id"]
    if kind == "StatementRef":
        return
    for listed in statement.get("context", {}).get("contextActivities", {}).values():
        for activity in listed if type(listed) is list else (listed,):
            yield activity["id"]
