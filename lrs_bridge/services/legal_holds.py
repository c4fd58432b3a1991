"""Legal holds: what must not be deleted, why, and who said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.domain.actors import digest_key
from lrs_bridge.domain.requirement_json import requirement_from_json
from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.statement_filters import agent_key
from lrs_bridge.storage import retention as storage
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import people_details, person_key
from lrs_bridge.storage.retention import Held
from lrs_bridge.storage.schema.compliance import requirement

Kind = Literal["person", "requirement", "agent"]


@dataclass(frozen=True, slots=True)
class LegalHold:
    id: UUID
    kind: str
    value: str
    reason: str
    who: str
    recorded: datetime
    released: datetime | None
    released_by: str
    released_because: str


def hold(bridge: Bridge, kind: Kind, value: str, *, reason: str, who: str) -> UUID:
    """Raises NotFound for a person or requirement that is not known: a slip of the pen would protect nothing."""
    _say_who_and_why(reason, who)
    hold_id = uuid4()
    values = {
        "id": hold_id,
        "kind": kind,
        "value": value,
        "reason": reason,
        "who": who,
        "recorded": now(),
        "released_by": "",
        "released_because": "",
    }
    with bridge.database.writing() as connection:
        _check(connection, kind, value)
        storage.add_hold(connection, values)
    return hold_id


def _check(connection: sa.Connection, kind: str, value: str) -> None:
    if kind == "agent":
        agent_key(value)
    elif kind == "person" and not people_details(connection, [person_key(value)]):
        raise NotFound(f"Nobody has the employee id {value!r}")
    elif kind == "requirement" and not _activities_of(connection, value):
        raise NotFound(f"No requirement has the id {value!r}", remedy="lrs-bridge requirements list")


def release(bridge: Bridge, hold_id: UUID, *, reason: str, who: str) -> None:
    _say_who_and_why(reason, who)
    with bridge.database.writing() as connection:
        if not storage.release_hold(connection, hold_id, at=now(), by=who, because=reason):
            raise NotFound(f"No hold that is in force has the id {hold_id}", remedy="lrs-bridge retention holds")


def list_holds(bridge: Bridge) -> list[LegalHold]:
    with bridge.database.reading() as connection:
        return [LegalHold(**row._mapping) for row in storage.holds(connection)]


def what_is_held(connection: sa.Connection) -> Held:
    """The holds in force as the keys that statements are linked by."""
    agents: set[UUID] = set()
    activities: set[UUID] = set()
    people: set[UUID] = set()
    for row in storage.holds(connection, released=False):
        if row.kind == "agent":
            key = agent_key(row.value)
            same = key.sha1_equivalent()
            agents |= {key.digest} | ({same.digest} if same else set())
        elif row.kind == "person":
            people.add(person_key(row.value))
        else:
            activities |= {digest_key(activity) for activity in _activities_of(connection, row.value)}
    agents |= storage.keys_of_people(connection, people) if people else set()
    return Held(frozenset(agents), frozenset(activities), frozenset(people))


def _activities_of(connection: sa.Connection, requirement_id: str) -> set[str]:
    """Of every version that ever was."""
    bodies = connection.scalars(sa.select(requirement.c.body).where(requirement.c.id == requirement_id))
    return {module.activity for body in bodies for module in requirement_from_json(body).modules}


def _say_who_and_why(reason: str, who: str) -> None:
    if not reason.strip() or not who.strip():
        raise RequestRefused("A hold needs a reason and who says so", remedy="Give --reason and --who")
