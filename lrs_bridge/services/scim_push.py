"""A push of one person goes the way of a roster: compared, told and applied in the caller's transaction.

The gates of a file do not stand in its way: they protect from a file that is wrong as a whole. What a push leaves
wrong all the same, a manager whom nobody knows or a ring of managers, is in `roster history` and in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import orjson
import sqlalchemy as sa
from scim2_models import UniquenessException

from lrs_bridge.errors import Problem
from lrs_bridge.roster.plan import KnownPerson, RosterPlan
from lrs_bridge.roster.pushes import Push, cancelled, entry_of
from lrs_bridge.roster.reconcile import reconcile
from lrs_bridge.services.apply_roster import apply_plan
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.refresh_compliance import today
from lrs_bridge.services.rematch import rematch
from lrs_bridge.services.scim_columns import OnRecord, Values, period_of
from lrs_bridge.storage import rosters, scim_users
from lrs_bridge.storage.beliefs import BeliefChange, beliefs, change_beliefs, says
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.schema import people as tables

COLUMNS = frozenset(rosters.DETAIL_COLUMNS) | {
    "manager_id", "department", "job_code", "job_title", "location", "country", "worker_type", "hire_date",
    "termination_date",
}  # fmt: skip
CONFIRMED = "confirmed"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a provider said before and says now; ``before`` is empty for a User that it makes."""

    employee_id: str
    before: Values
    after: Values
    was_active: bool | None
    active: bool | None
    called: str = ""


def on_record(connection: sa.Connection, people: list[UUID]) -> dict[UUID, OnRecord]:
    """What our tables say of these people, as far as they know them."""
    away: dict[UUID, list[list[str]]] = {}
    confirmed = (row for row in beliefs(connection, tables.absence, people) if row["state"] == CONFIRMED)
    for row in confirmed:
        away.setdefault(row["person_id"], []).append([str(row["first_day"]), str(row["last_day"] or ""), row["kind"]])
    known = rosters.known_people(connection, people)
    return {
        (key := person_key(employee_id)): OnRecord(person, sorted(away.get(key, [])))
        for employee_id, person in known.items()
    }


def push(bridge: Bridge, connection: sa.Connection, pushed: Pushed, *, who: str, at: datetime) -> set[UUID]:
    """Apply it; returns the actor keys whose statements may now be another person's."""
    current = _concerned(connection, pushed)
    known = current.get(pushed.employee_id)
    zone = pushed.after["time_zone"] or (known.time_zone if known else "")
    meant = _meant(pushed, known, f"{who}/{pushed.employee_id}", today(zone or "UTC", at))
    _refuse_taken_account(current, meant)
    plan = cancelled(meant, known) or _plan(meant, current)
    if plan is None:
        return set()
    keys: set[UUID] = set()
    if plan.changes:
        import_id = rosters.record_import(
            connection,
            replace(plan, as_of=at.date()),
            kind="push",
            source=who,
            sha256=sha256(orjson.dumps(pushed.after)).hexdigest(),
            rows=1,
            gates=[],
            accepted=[],
            outcome="applied",
            at=at,
        )
        keys = apply_plan(bridge, connection, plan, current, import_id, at=at)
        rematch(connection, keys, at=at)
    _change_absences(connection, pushed, who, at)
    for problem in plan.problems:
        log.warning("%s", problem)
    return keys


def _concerned(connection: sa.Connection, pushed: Pushed) -> dict[str, KnownPerson]:
    """The person, whoever has the same account or address, and the lines of managers above, old and new."""
    after = pushed.after
    lines = (rosters.line_above(connection, start) for start in (pushed.employee_id, after["manager_id"]))
    ids = {employee_id for line in lines for employee_id in line}
    for kind in ("lms_account", "email"):
        if after[kind]:
            ids |= scim_users.employee_ids_of(connection, kind, after[kind])
    return rosters.known_people(connection, [person_key(employee_id) for employee_id in sorted(ids)])


def _meant(pushed: Pushed, known: KnownPerson | None, place: str, day: date) -> Push:
    after = {column: value for column, value in pushed.after.items() if column in COLUMNS}
    changed = {column for column, value in after.items() if value != pushed.before.get(column, "")}
    is_new = known is None or known.spell is None
    if not after["given_name"] and not after["family_name"] and (known is None or not known.given_name):
        after["family_name"] = pushed.called
        changed |= {"family_name"} if known is None or known.family_name != pushed.called else set()
    return Push(
        employee_id=pushed.employee_id,
        columns=after,
        changed=frozenset(COLUMNS if is_new else changed),
        hire_date=_day(after["hire_date"]),
        termination_date=_day(after["termination_date"]),
        active=pushed.active,
        was_active=pushed.was_active,
        today=day,
        place=place,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _refuse_taken_account(current: Mapping[str, KnownPerson], meant: Push) -> None:
    """An account proves who acted, so it moves on only from somebody who has left."""
    account = meant.columns["lms_account"]
    for other in current.values():
        last = other.spell.period.last if other.spell else date.min
        is_here = last is None or last >= meant.today
        if account and other.lms_account == account and other.employee_id != meant.employee_id and is_here:
            raise UniquenessException(detail=f"lmsAccount {account} is that of {other.employee_id}")


def _plan(meant: Push, current: Mapping[str, KnownPerson]) -> RosterPlan | None:
    """None where there is nothing to write yet; the problems are those of this person."""
    entry = entry_of(meant, current.get(meant.employee_id))
    if entry is None:
        return None
    plan = reconcile(current, [entry], kind="delta", as_of=meant.today, leaver_after_days=0)
    own = [problem for problem in plan.problems if problem.place.startswith(f"{meant.place}:")]
    if entry.manager_id == entry.employee_id:
        own.append(Problem(f"{meant.place}:manager_id", f"{entry.employee_id} is given as their own manager"))
    return replace(plan, problems=tuple(own))


def _change_absences(connection: sa.Connection, pushed: Pushed, who: str, at: datetime) -> None:
    """The User has them all: one that it has no longer is over. What leaders reported waits for HR as before."""
    person_id = person_key(pushed.employee_id)
    if pushed.after["absences"] == pushed.before.get("absences", []):
        return
    before = {row["first_day"]: row for row in beliefs(connection, tables.absence, [person_id])}
    wanted = {}
    for absence in pushed.after["absences"]:
        period = period_of(absence)
        days = {"first_day": period.first, "last_day": period.last}
        wanted[period.first] = {"person_id": person_id, **days, "kind": absence[2], "state": CONFIRMED}
    changes = [
        BeliefChange("corrected" if day in before else "recorded", before.get(day), row)
        for day, row in wanted.items()
        if day not in before or says(before[day]) != row
    ]
    gone = [row for day, row in before.items() if day not in wanted and row["state"] == CONFIRMED]
    changes += [BeliefChange("ended", row, None) for row in gone]
    change_beliefs(connection, tables.absence, changes, who=who, because="a push", at=at)
    if changes:
        mark_dirty(connection, {person_id}, at=at)
