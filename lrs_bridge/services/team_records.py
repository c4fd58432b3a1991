"""What a leader's page reads beside the feed: zones, days of completion, ends of waivers, the way down the tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.compliance import Reason, Status
from lrs_bridge.errors import NotFound
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.readers import Reader
from lrs_bridge.services.refresh_compliance import today
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import chunks, jobs_on, people_details, person_key, person_records
from lrs_bridge.storage.schema.compliance import learning_fact

EVIDENCE_CHUNK = 200
"""People at a time: each brings one id for every module."""


@dataclass(frozen=True, slots=True)
class LeaderName:
    employee_id: str
    name: str


def completion_days(bridge: Bridge, rows: Iterable[FeedRow]) -> dict[str, date]:
    """By employee id, the local day on which the evidence of each compliant row was whole."""
    done = [row for row in rows if row.status == Status.COMPLIANT and row.evidence]
    days: dict[str, date] = {}
    with bridge.database.reading() as connection:
        for part in chunks(done, EVIDENCE_CHUNK):
            keys = {person_key(row.employee_id): row for row in part}
            zones = people_details(connection, keys)
            for person_id, happened in _last_evidence(connection, keys.values()).items():
                days[keys[person_id].employee_id] = today(zones[person_id].time_zone, happened)
    return days


def local_days(bridge: Bridge, rows: Sequence[FeedRow], at: datetime) -> dict[str, date]:
    """By employee id, the date at ``at`` where each person is."""
    keys = {person_key(row.employee_id) for row in rows}
    with bridge.database.reading() as connection:
        details = people_details(connection, keys).values()
    return {detail.employee_id: today(detail.time_zone, at) for detail in details}


def waiver_ends(bridge: Bridge, rows: Iterable[FeedRow], days: Mapping[str, date]) -> dict[str, date]:
    """By employee id, the last day of the waiver that excuses a row on the person's day; who is not here has no end."""
    waived = {person_key(row.employee_id): row for row in rows if row.reason == Reason.WAIVER}
    with bridge.database.reading() as connection:
        records = person_records(connection, waived)
    ends: dict[str, date] = {}
    for person_id, record in records.items():
        wanted = {"", waived[person_id].requirement}
        day = days[record.employee_id]
        lasts = [w.period.last for w in record.waivers if w.requirement_id in wanted and w.period.covers(day)]
        known = [last for last in lasts if last]
        if known and len(known) == len(lasts):
            ends[record.employee_id] = max(known)
    return ends


def way_down(bridge: Bridge, who: Reader, leader_id: str) -> list[LeaderName]:
    """The leaders from below the reader down to ``leader_id``, whom the reader may see; NotFound for nobody."""
    way: list[LeaderName] = []
    day = now().date()
    with bridge.database.reading() as connection:
        while leader_id not in {"", who.employee_id, *(leader.employee_id for leader in way)}:
            key = person_key(leader_id)
            detail = people_details(connection, [key]).get(key)
            if detail is None:
                break
            way.insert(0, LeaderName(leader_id, detail.name))
            job = jobs_on(connection, [key], day).get(key)
            leader_id = job.manager_id if job else ""
    if not way and leader_id not in {"", who.employee_id}:
        raise NotFound(f"Nobody in your scope has the employee id {leader_id!r}")
    return way


def _last_evidence(connection: sa.Connection, rows: Iterable[FeedRow]) -> dict[UUID, datetime]:
    ids = {person_key(row.employee_id): {UUID(text) for text in row.evidence} for row in rows}
    wanted = set[UUID]().union(*ids.values())
    query = (
        sa.select(learning_fact.c.person_id, sa.func.max(learning_fact.c.happened).label("last"))
        .where(learning_fact.c.person_id.in_(list(ids)), learning_fact.c.statement_id.in_(list(wanted)))
        .group_by(learning_fact.c.person_id)
    )
    return {row.person_id: row.last for row in connection.execute(query)}
