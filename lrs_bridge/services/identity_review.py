"""The review queue (tier D): actors that wait, and who of the roster each may be, with what speaks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.requirement_json import requirement_from_json
from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.roster.suggestions import Colleague, HeldAddress, Roll, Stranger, Suggestion, with_courses
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.unmatched import why_unmatched
from lrs_bridge.storage.database import now
from lrs_bridge.storage.identities import identities_of, identity_rows_of, roster_identities
from lrs_bridge.storage.identity_decisions import rejected_pairs
from lrs_bridge.storage.merges import merged_people
from lrs_bridge.storage.people import jobs_on, people_details, person_key
from lrs_bridge.storage.requirements import newest_versions
from lrs_bridge.storage.statements import raw_statements
from lrs_bridge.storage.statuses import statuses_of
from lrs_bridge.storage.unmatched import SORTS, WaitingActor, count_waiting, newest_waiting, waiting_actors
from lrs_bridge.xapi.actor_traits import ActorTraits, traits_of

PAGE = 20
LOOKED_AT = 20
"""Statements of each actor that are read for names, departments and courses."""
REVIEW_SORTS = (*SORTS, "score")


@dataclass(frozen=True, slots=True)
class Review:
    """One actor, why nobody was found, and who it may be, the likeliest first."""

    actor: dict[str, Any]
    statements: int
    first: datetime
    last: datetime
    reason: str
    suggestions: tuple[Suggestion, ...]

    @property
    def score(self) -> int:
        return self.suggestions[0].score if self.suggestions else 0


@dataclass(frozen=True, slots=True)
class ReviewPage:
    items: list[Review]
    actors: int
    statements: int


def review(bridge: Bridge, *, sort: str = "-statements", limit: int = PAGE, offset: int = 0) -> ReviewPage:
    """One page, with how many actors and statements wait. By ``score`` everybody who waits is looked at first."""
    name = sort.removeprefix("-")
    if name not in REVIEW_SORTS:
        problem = Problem("sort", f"is {sort!r}", f"Choose among {', '.join(REVIEW_SORTS)}, or -{name} …")
        raise RequestRefused("The queue cannot be sorted like this", problems=[problem])
    by_score = name == "score"
    with bridge.database.reading() as connection:
        actors, statements = count_waiting(connection)
        ordered = "-statements" if by_score else sort
        part = {"limit": None, "offset": 0} if by_score else {"limit": limit, "offset": offset}
        waiting = waiting_actors(connection, sort=ordered, **part)
        items = _reviewed(bridge, connection, waiting)
    if by_score:
        items.sort(key=lambda one: one.score, reverse=sort.startswith("-"))
        items = items[offset : offset + limit]
    return ReviewPage(items, actors, statements)


def _reviewed(bridge: Bridge, connection: sa.Connection, waiting: Collection[WaitingActor]) -> list[Review]:
    if not waiting:
        return []
    keys = [one.actor_key for one in waiting]
    roll, names = _roll(connection)
    traits = _traits(connection, keys)
    held = _held_once(connection, keys, names)
    without = _rejected(connection, keys, names)
    courses = _Courses.of(connection)
    known = identities_of(connection, keys)
    items = []
    for one in waiting:
        actor = orjson.loads(one.actor)
        seen = traits.get(one.actor_key, [])
        stranger = _stranger(actor, seen, held.get(one.actor_key, {}))
        found = roll.suggestions(stranger, without=without.get(one.actor_key, frozenset()))
        weighed = with_courses(found, courses.missing(connection, found, {trait.activity for trait in seen}))
        reason, _ = why_unmatched(actor, known.get(one.actor_key, []), bridge.settings.lms_home_pages)
        items.append(Review(actor, one.statements, one.first, one.last, reason, tuple(weighed)))
    return items


def _roll(connection: sa.Connection) -> tuple[Roll, dict[UUID, str]]:
    """Everybody, with all addresses and accounts that ever were theirs; and their employee ids."""
    details, merged = people_details(connection), merged_people(connection)
    jobs = jobs_on(connection, None, now().date())
    said: dict[tuple[UUID, str], dict[HeldAddress, None]] = {}
    for row in roster_identities(connection):
        owner = merged.get(row.person_id, row.person_id)
        said.setdefault((owner, row.kind), {})[HeldAddress(row.value, row.since, row.until)] = None
    colleagues = []
    for person_id, detail in details.items():
        mail = said.get((person_id, "email"), {})
        if detail.email and not any(held.value == detail.email for held in mail):
            mail = {**mail, HeldAddress(detail.email): None}  # shared: it identifies nobody
        job = jobs.get(person_id)
        accounts = tuple(said.get((person_id, "lms_account"), {}))
        department = job.department if job else ""
        colleagues.append(Colleague(detail.employee_id, detail.name, department, tuple(mail), accounts))
    return Roll(colleagues), {person_id: detail.employee_id for person_id, detail in details.items()}


def _traits(connection: sa.Connection, keys: Iterable[UUID]) -> dict[UUID, list[ActorTraits]]:
    chosen = newest_waiting(connection, keys, each=LOOKED_AT)
    found: dict[UUID, list[ActorTraits]] = {}
    for key, statement_ids in chosen.items():
        raws = raw_statements(connection, statement_ids)
        found[key] = [traits_of(orjson.loads(raw)) for raw in raws.values()]
    return found


def _held_once(
    connection: sa.Connection, keys: Iterable[UUID], names: Mapping[UUID, str]
) -> dict[UUID, dict[str, HeldAddress]]:
    """Whose the very actor is at another time."""
    merged = merged_people(connection)
    found: dict[UUID, dict[str, HeldAddress]] = {}
    for row in identity_rows_of(connection, keys=keys):
        if employee_id := names.get(merged.get(row.person_id, row.person_id)):
            held = HeldAddress(row.value.removeprefix("mailto:"), row.since, row.until)
            found.setdefault(row.actor_key, {})[employee_id] = held
    return found


def _rejected(connection: sa.Connection, keys: Iterable[UUID], names: Mapping[UUID, str]) -> dict[UUID, frozenset[str]]:
    merged = merged_people(connection)
    found: dict[UUID, frozenset[str]] = {}
    for key, person_id in rejected_pairs(connection, keys):
        employee_id = names.get(merged.get(person_id, person_id), "")
        found[key] = found.get(key, frozenset()) | {employee_id}
    return found


def _stranger(actor: dict[str, Any], seen: list[ActorTraits], held: Mapping[str, HeldAddress]) -> Stranger:
    key = ActorKey.of_actor(actor)
    days = [trait.day for trait in seen if trait.day]
    names = (actor.get("name", ""), *(trait.name for trait in seen))
    stranger = Stranger(
        names=tuple(dict.fromkeys(name for name in names if name)),
        departments=tuple(dict.fromkeys(said for trait in seen for said in trait.departments)),
        days=(min(days), max(days)) if days else None,
        held=held,
    )
    if key and key.kind == "mbox":
        return replace(stranger, address=key.value.removeprefix("mailto:"))
    return replace(stranger, account=key.value) if key and key.kind == "account" else stranger


@dataclass(frozen=True, slots=True)
class _Courses:
    """By activity, the requirements that name it."""

    demanded_by: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, connection: sa.Connection) -> _Courses:
        found: dict[str, frozenset[str]] = {}
        for requirement_id, body in newest_versions(connection).items():
            for module in requirement_from_json(body).modules:
                found[module.activity] = found.get(module.activity, frozenset()) | {requirement_id}
        return cls(found)

    def missing(
        self, connection: sa.Connection, suggestions: Iterable[Suggestion], activities: Iterable[str]
    ) -> dict[str, str]:
        """By employee id, the first of ``activities`` that is required of the person and was not done."""
        wanted = {
            activity: self.demanded_by[activity] for activity in sorted(activities) if activity in self.demanded_by
        }
        people = {person_key(one.employee_id): one.employee_id for one in suggestions} if wanted else {}
        open_now: dict[str, set[str]] = {}
        for row in statuses_of(connection, people):
            if row.status == "missing":
                open_now.setdefault(people[row.person_id], set()).add(row.requirement_id)
        found = {}
        for employee_id, requirements in open_now.items():
            if course := next((one for one, by in wanted.items() if by & requirements), None):
                found[employee_id] = course
        return found
