"""What rosters changed: the people known before a file, the rows that a change writes, and the imports themselves."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.people import EmploymentSpell, JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import Problem
from lrs_bridge.roster.plan import HeldIdentity, IdentityKind, KnownPerson, RosterKind, RosterPlan
from lrs_bridge.storage.people import all_people, chunks, own_details, own_records, person_key
from lrs_bridge.storage.schema import people as tables

DETAIL_COLUMNS = ("given_name", "family_name", "email", "lms_account", "time_zone")


def known_people(connection: sa.Connection, people: Collection[UUID] | None = None) -> dict[str, KnownPerson]:
    """Everybody (or only ``people``) as now believed, by employee id: what the next roster is compared with."""
    records = own_records(connection, all_people(connection) if people is None else people)
    identities = _held_identities(connection, people)
    since = {row.person_id: row.since for row in connection.execute(sa.select(tables.unlisted))}
    return {
        detail.employee_id: KnownPerson(
            employee_id=detail.employee_id,
            **{name: getattr(detail, name) for name in DETAIL_COLUMNS},
            spells=records[person_id].spells,
            job=records[person_id].jobs[-1] if records[person_id].jobs else None,
            identities=tuple(identities.get(person_id, ())),
            unlisted_since=since.get(person_id),
        )
        for person_id, detail in own_details(connection, people).items()
    }


def _held_identities(
    connection: sa.Connection, people: Collection[UUID] | None = None
) -> dict[UUID, list[HeldIdentity]]:
    table = tables.identity
    columns = (table.c.person_id, table.c.kind, table.c.value, table.c.since, table.c.until, table.c.source)
    said = table.c.kind.in_(get_args(IdentityKind)) & table.c.withdrawn.is_(None)
    query = sa.select(*columns).where(said).distinct().order_by(*columns)
    held: dict[UUID, list[HeldIdentity]] = {}
    for part in [None] if people is None else list(chunks(people)):
        for row in connection.execute(query if part is None else query.where(table.c.person_id.in_(part))):
            identity = HeldIdentity(row.kind, row.value, Period(row.since, row.until), row.source == "roster")
            held.setdefault(row.person_id, []).append(identity)
    return held


def account_keys(connection: sa.Connection) -> set[UUID]:
    """Every actor key that is believed to be some person's account."""
    table = tables.identity
    query = sa.select(table.c.actor_key).where(table.c.kind == "lms_account", table.c.withdrawn.is_(None))
    return set(connection.scalars(query))


def live_accounts(connection: sa.Connection) -> list[tuple[UUID, HeldIdentity]]:
    """Each person's account of today, once, however many LMSs know it."""
    held = _held_identities(connection)
    return [
        (person_id, identity)
        for person_id, identities in held.items()
        for identity in identities
        if identity.kind == "lms_account" and identity.period.last is None
    ]


def insert_people(connection: sa.Connection, employee_ids: Iterable[str], *, at: datetime) -> None:
    values = [{"id": person_key(name), "employee_id": name, "recorded": at} for name in employee_ids]
    if values:
        connection.execute(sa.insert(tables.person), values)


def insert_beliefs(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
    """Add rows to a bitemporal table, believed from ``at`` on."""
    if rows:
        connection.execute(sa.insert(table), [{"id": uuid4(), "recorded": at, "withdrawn": None} | row for row in rows])


def withdraw_belief(connection: sa.Connection, table: sa.Table, row: dict[str, Any], *, at: datetime) -> None:
    """End the belief in exactly this row; it stays readable for every earlier ``known_at``."""
    same = [table.c[name].is_not_distinct_from(value) for name, value in row.items()]
    connection.execute(sa.update(table).where(*same, table.c.withdrawn.is_(None)).values(withdrawn=at))


def spell_row(person_id: UUID, spell: EmploymentSpell) -> dict[str, Any]:
    return {"person_id": person_id, **_days(spell.period), "worker_type": spell.worker_type}


def job_row(person_id: UUID, job: JobAssignment) -> dict[str, Any]:
    values = asdict(job)
    values.pop("period")
    return {"person_id": person_id, **_days(job.period), **values}


def detail_row(person: KnownPerson | None, employee_id: str, values: dict[str, str]) -> dict[str, Any]:
    """The person's columns after a change: the old ones with ``values`` over them."""
    before = {name: getattr(person, name) if person else "" for name in DETAIL_COLUMNS}
    return {"person_id": person_key(employee_id)} | before | values


def identity_rows(person_id: UUID, held: HeldIdentity, home_pages: Sequence[str]) -> list[dict[str, Any]]:
    """Each IFI under which statements may name what HR gave: an account at every LMS, an address and its SHA-1."""
    if held.kind == "lms_account":
        keys = [ActorKey.of_account(home_page, held.value) for home_page in home_pages]
    else:
        address = ActorKey.of_mbox(held.value)
        spellings = dict.fromkeys((address, address.folded()))
        keys = [key for one in spellings for key in (one, one.sha1_equivalent()) if key]
    return [
        {
            "person_id": person_id,
            "actor_key": key.digest,
            "tier": held.tier,
            "kind": held.kind,
            "value": held.value,
            "ifi": f"{key.home_page} {key.value}".strip(),
            "source": "roster" if held.from_roster else "hand",
            "since": held.period.first,
            "until": held.period.last,
        }
        for key in keys
    ]


def withdraw_identity(connection: sa.Connection, person_id: UUID, held: HeldIdentity, *, at: datetime) -> set[UUID]:
    """Every IFI of it; returns their actor keys."""
    table = tables.identity
    row = {"person_id": person_id, "kind": held.kind, "value": held.value, "since": held.period.first}
    same = [table.c[name].is_not_distinct_from(value) for name, value in row.items()]
    update = sa.update(table).where(*same, table.c.until.is_not_distinct_from(held.period.last))
    live = update.where(table.c.withdrawn.is_(None)).values(withdrawn=at)
    return set(connection.scalars(live.returning(table.c.actor_key)))


def line_above(connection: sa.Connection, employee_id: str, longest: int = 100) -> list[str]:
    """The person, their manager and so on, as now believed; a ring ends where it began."""
    table = tables.job_assignment
    jobs = sa.select(table.c.manager_id).where(table.c.withdrawn.is_(None)).order_by(table.c.first_day.desc()).limit(1)
    line: dict[str, None] = {}
    while employee_id and employee_id not in line and len(line) < longest:
        line[employee_id] = None
        employee_id = connection.scalar(jobs.where(table.c.person_id == person_key(employee_id))) or ""
    return list(line)


def set_unlisted(connection: sa.Connection, person_id: UUID, since: date | None) -> None:
    connection.execute(sa.delete(tables.unlisted).where(tables.unlisted.c.person_id == person_id))
    if since is not None:
        connection.execute(sa.insert(tables.unlisted), {"person_id": person_id, "since": since})


def last_applied(connection: sa.Connection, *, kind: RosterKind | None = None, known_at: datetime | None = None) -> Any:
    """The roster (of ``kind``) that was applied last (by ``known_at``), or None."""
    table = tables.roster_import
    query = sa.select(table).where(table.c.outcome == "applied").order_by(table.c.recorded.desc()).limit(1)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if known_at is not None:
        query = query.where(table.c.recorded <= known_at)
    return connection.execute(query).one_or_none()


def newest_day(connection: sa.Connection, *, files_only: bool = False) -> date | None:
    """The latest day that an applied roster described; a push describes one person, and makes no file an older one."""
    table = tables.roster_import
    query = sa.select(sa.func.max(table.c.as_of)).where(table.c.outcome == "applied")
    newest: date | None = connection.scalar(query.where(table.c.kind != "push") if files_only else query)
    return newest


def imports(
    connection: sa.Connection, *, source: str = "", outcome: str = "", limit: int = 0, offset: int = 0
) -> list[Any]:
    table = tables.roster_import
    query = sa.select(table).order_by(table.c.recorded.desc(), table.c.id).offset(offset)
    query = query.where(table.c.source == source) if source else query
    query = query.where(table.c.outcome == outcome) if outcome else query
    return list(connection.execute(query.limit(limit) if limit else query.limit(sys.maxsize)))


def record_import(
    connection: sa.Connection, plan: RosterPlan, *, problems: Iterable[Problem] = (), at: datetime, **values: Any
) -> UUID:
    """Keep in the history that this plan was applied or held; returns the id of the import."""
    import_id = uuid4()
    record = {
        "id": import_id,
        "kind": plan.kind,
        "as_of": plan.as_of,
        "summary": dict(plan.summary().counts),
        "problems": [str(problem) for problem in (*problems, *plan.problems)],
        "recorded": at,
    } | values
    connection.execute(sa.insert(tables.roster_import), record)
    return import_id


def one_at_a_time(connection: sa.Connection) -> None:
    """Until the end of this transaction no other roster is compared or applied: SQLite has one writer anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(712005)"))


def _days(period: Period) -> dict[str, date | None]:
    return {"first_day": period.first, "last_day": period.last}
