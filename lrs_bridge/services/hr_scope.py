"""Who asks about people, or changes what is said of them: HR for everybody, a leader for those whom they see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.organisation import people_below, records_seen
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import own_details, person_key

ASKED = {"who": "who said so (--by)", "because": "why (--because)"}


@dataclass(frozen=True, slots=True)
class Asker:
    """A leader, by employee id; or, without one, whoever sees everybody. Anybody else sees nobody."""

    name: str
    employee_id: str = ""
    sees_everybody: bool = False
    is_hr: bool = False


def hr(name: str) -> Asker:
    return Asker(name, sees_everybody=True, is_hr=True)


HR = hr("HR")


def scope_of(bridge: Bridge, by: Asker) -> set[UUID] | None:
    """None is everybody."""
    if by.sees_everybody:
        return None
    return people_below(bridge, by.employee_id, now().date()) if by.employee_id else set()


def require_seen(bridge: Bridge, employee_id: str, by: Asker) -> None:
    """NotFound for somebody outside the asker's people, as for nobody."""
    key, scope = person_key(employee_id), records_seen(bridge, scope_of(bridge, by))
    if scope is None:
        with bridge.database.reading() as connection:
            known = bool(own_details(connection, [key]))
    else:
        known = key in scope
    if not known:
        raise NotFound(
            f"Nobody in your scope has the employee id {employee_id!r}", remedy="Ids are text: 000123 is not 123"
        )


def people_wanted(
    bridge: Bridge, by: Asker, *, employee_id: str = "", manager: str = "", on: date, known_at: datetime | None = None
) -> set[UUID] | None:
    """The asker's people, or those of a manager among them, or one of them."""
    if employee_id:
        require_seen(bridge, employee_id, by)
        return {person_key(employee_id)}
    scope = records_seen(bridge, scope_of(bridge, by))
    if not manager:
        return scope
    if manager != by.employee_id:
        require_seen(bridge, manager, by)
    below = records_seen(bridge, people_below(bridge, manager, on, known_at=known_at)) or set()
    return below if scope is None else below & scope


def require_words(**words: str) -> None:
    """A change that nobody signs or gives a reason for cannot be judged later."""
    if missing := [name for name, word in words.items() if not word.strip()]:
        raise RequestRefused(
            f"It is not said {' and '.join(ASKED[name] for name in missing)}", remedy="Both are kept with the change"
        )
