"""Delegates: a manager names somebody who sees and answers for the team, from a day until a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lrs_bridge.domain.periods import DAY, Period, overlap
from lrs_bridge.errors import NotFound, Problem, RequestRefused
from lrs_bridge.roster.cells import LATEST_YEAR
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.hr_scope import HR, require_seen, require_words
from lrs_bridge.services.listings import Page, Slice, page_of
from lrs_bridge.services.organisation import reporting_lines
from lrs_bridge.storage.beliefs import BeliefChange, belief, beliefs, change_beliefs, lock_people, says
from lrs_bridge.storage.database import now
from lrs_bridge.storage.listings import Wanted, delegation_rows
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.schema.people import delegation

SORTS = ("employee_id", "first_day", "last_day", "delegate_id", "name", "who", "recorded", "id")


@dataclass(frozen=True, slots=True)
class DelegationQuery:
    on: date | None = None
    known_at: datetime | None = None
    withdrawn: bool = False


def name_delegate(bridge: Bridge, manager: str, delegate: str, period: Period, *, who: str) -> UUID:
    """Raises NotFound for people of no roster, RequestRefused for what cannot be; returns the id."""
    require_words(who=who)
    for employee_id in (manager, delegate):
        require_seen(bridge, employee_id, HR)
    if problems := _problems(bridge, manager, delegate, period):
        raise RequestRefused("Nobody was named delegate", problems=problems)
    key = person_key(manager)
    row = {"person_id": key, "first_day": period.first, "last_day": period.last, "delegate_id": delegate}
    with bridge.database.writing() as connection:
        lock_people(connection, [key])
        for other in beliefs(connection, delegation, [key]):
            if other["delegate_id"] == delegate and overlap(period, Period(other["first_day"], other["last_day"])):
                raise RequestRefused(
                    f"{delegate} is the delegate of {manager} already, "
                    f"from {other['first_day']} until {other['last_day']}",
                    remedy="End that one first: lrs-bridge organisation end-delegation ID --by … --because …",
                )
        (made,) = change_beliefs(connection, delegation, [BeliefChange("named", None, row)], who=who, at=now())
    return made


def end_delegation(bridge: Bridge, delegation_id: UUID, *, who: str, because: str) -> None:
    """Yesterday was the last day of it; one that has not begun never was."""
    require_words(who=who, because=because)
    at = now()
    yesterday = at.date() - DAY
    with bridge.database.writing() as connection:
        row = belief(connection, delegation, delegation_id)
        if row is None or row["withdrawn"] is not None or row["last_day"] <= yesterday:
            raise NotFound(
                f"No delegation that is to come or in force has the id {delegation_id}",
                remedy="lrs-bridge organisation delegations",
            )
        begun = row["first_day"] <= yesterday
        shorter = BeliefChange("shortened", row, says(row) | {"last_day": yesterday})
        change = shorter if begun else BeliefChange("withdrawn", row, None)
        change_beliefs(connection, delegation, [change], who=who, because=because, at=at)


def list_delegations(bridge: Bridge, query: DelegationQuery, part: Slice) -> Page:
    with bridge.database.reading() as connection:
        rows = list(delegation_rows(connection, Wanted(None, query.on, query.known_at, query.withdrawn)))
    return page_of(rows, part, SORTS)


def _problems(bridge: Bridge, manager: str, delegate: str, period: Period) -> list[Problem]:
    found = []
    if manager == delegate:
        found.append(Problem("delegate", f"{delegate} cannot stand in for themselves", "Name somebody else."))
    if period.last is None or period.last.year > LATEST_YEAR:
        words = f"the delegation has no end: {period.last} stands for none"
        found.append(Problem("until", words, "Give the last day; another delegation can follow."))
    elif period.last < period.first:
        words = f"the delegation ends on {period.last}, before it starts on {period.first}"
        found.append(Problem("until", words, "Correct the dates; until is the last day of it."))
    elif not reporting_lines(bridge).on(period.first).team_of(manager):
        words = f"nobody reports to {manager} on {period.first}: there is nothing to see"
        found.append(Problem("manager", words, "Check the id: lrs-bridge organisation show."))
    return found
