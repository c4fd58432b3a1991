"""What an evidence pack says of some people: their statuses with the proof, exemptions, and launches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.explanations import left_out, modules_shown
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.people import JobAssignment, PersonRecord
from lrs_bridge.domain.periods import Period, local_date
from lrs_bridge.feeds.evidence_pack import (
    PackCommit,
    PackLaunch,
    PackStatement,
    PackStatus,
    as_json,
)
from lrs_bridge.feeds.evidence_pack_contents import PackContents, ids_of
from lrs_bridge.services.evidence_pack_asked import Asked
from lrs_bridge.services.evidence_pack_beliefs import exemptions, identities
from lrs_bridge.services.refresh_compliance import status_row
from lrs_bridge.storage.evidence_packs import commits_of, launches_of
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.merges import merged_people, records_of
from lrs_bridge.storage.people import PersonDetail, chunks, jobs_on, people_details, person_records
from lrs_bridge.storage.statements import raw_statements

NOWHERE = JobAssignment(period=Period(date.min))


@dataclass(frozen=True, slots=True)
class _Known:
    """One person by all that was recorded then."""

    detail: PersonDetail
    job: JobAssignment
    record: PersonRecord
    facts: Sequence[LearningFact]


def add_people(connection: sa.Connection, contents: PackContents, part: Sequence[UUID], asked: Asked) -> None:
    """In the order of ``part``; whoever was not known then is left out."""
    known, proven = _known(connection, part, asked), list[UUID]()
    for person in known.values():
        statuses = list(_statuses(person, asked))
        for status in statuses:
            contents.add_status(status)
        if ids := ids_of(statuses):
            _add_statements(connection, contents, person, ids)
            proven.append(person.detail.person_id)
    merged = merged_people(connection, asked.known_at)
    records = records_of(known, merged)
    for identity in identities(connection, {key: known[key].detail.employee_id for key in proven}, merged, asked):
        contents.add("identities", identity)
    for exemption in exemptions(connection, records, asked):
        contents.add("exemptions", exemption)
    for launch in _launches(connection, known, records, merged, asked):
        contents.add("launches", launch)


def _known(connection: sa.Connection, part: Sequence[UUID], asked: Asked) -> dict[UUID, _Known]:
    details = people_details(connection, part, known_at=asked.known_at)
    jobs = jobs_on(connection, part, asked.as_of, known_at=asked.known_at)
    records = person_records(connection, part, known_at=asked.known_at)
    facts = facts_of_people(connection, part)
    return {
        person_id: _Known(
            details[person_id],
            jobs.get(person_id, NOWHERE),
            records[person_id],
            sorted(
                (fact for fact in facts.get(person_id, ()) if fact.known_at(asked.known_at)),
                key=lambda fact: (fact.happened, fact.statement_id),
            ),
        )
        for person_id in part
        if person_id in details and person_id in records
    }


def _statuses(person: _Known, asked: Asked) -> Iterator[PackStatus]:
    judged = asked.programme.evaluate(person.record, person.facts, as_of=asked.as_of, known_at=asked.known_at)
    for requirement, status in sorted(judged, key=lambda one: one[0].id):
        if asked.requirement in ("", requirement.id):
            row = status_row(requirement, status)
            yield PackStatus(
                employee_id=person.detail.employee_id,
                name=person.detail.name,
                manager_id=person.job.manager_id,
                department=person.job.department,
                requirement=requirement.id,
                modules=tuple(modules_shown(requirement, status)),
                left_out=tuple(left_out(requirement, person.facts, asked.known_at)),
                **{name: row[name] for name in OF_THE_ROW},
            )


OF_THE_ROW = (
    "requirement_version", "status", "reason", "progress", "due", "last_valid_day", "next_change",
    "overdue_before_absence", "modules_met", "modules_total",
)  # fmt: skip


def _add_statements(connection: sa.Connection, contents: PackContents, person: _Known, ids: Collection[UUID]) -> None:
    shown = [fact for fact in person.facts if fact.statement_id in ids]
    raws: dict[UUID, str] = {}
    for part in chunks(fact.statement_id for fact in shown):
        raws |= raw_statements(connection, part)
    for fact in shown:
        raw = raws.get(fact.statement_id)
        contents.add_statement(PackStatement.of(fact, person.detail.employee_id, kept=raw is not None), raw)


def _launches(
    connection: sa.Connection,
    known: Mapping[UUID, _Known],
    records: Collection[UUID],
    merged: Mapping[UUID, UUID],
    asked: Asked,
) -> Iterator[PackLaunch]:
    owners = {
        fact.registration: person_id
        for person_id, person in known.items()
        for fact in person.facts
        if fact.registration and fact.activity in asked.activities
    }
    rows = [
        (known[owner], row)
        for row in launches_of(connection, records, owners.keys(), asked.known_at)
        if (owner := owners.get(row.registration) or merged.get(row.person_id, row.person_id)) in known
        and row.activity in asked.activities
        and local_date(row.created, known[owner].record.zone) <= asked.as_of
    ]
    commits = commits_of(connection, {row.registration for _, row in rows}, asked.known_at)
    for person, row in rows:
        yield _launch(person.detail.employee_id, row, commits.get((row.registration, row.id), ()), asked.known_at)


def _launch(employee_id: str, row: Any, commits: Iterable[Any], known_at: datetime) -> PackLaunch:
    """The end is that of the last report that said it was final: a session may be gone on with after one."""
    reports = tuple(map(_commit, commits))
    started = row.started if row.started and row.started <= known_at else None
    return PackLaunch(
        employee_id=employee_id,
        actor=row.actor,
        activity=row.activity,
        unit=row.title,
        package=row.identifier,
        package_version=row.version,
        package_sha256=row.sha256,
        registration=row.registration,
        launch=row.id,
        requested_by=row.requested_by,
        asked=row.created,
        started=started,
        ended=max((report.received for report in reports if report.final), default=None),
        commits=reports,
    )


def _commit(row: Any) -> PackCommit:
    return PackCommit(
        sequence=row.sequence,
        received=row.received,
        final=row.final,
        sha256=sha256(as_json(row.cmi)).hexdigest(),
        statements=tuple(row.statement_ids),
        notes=tuple(row.notes),
    )
