"""Recording evidence that came without a statement: it is written as one, and counts by that one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey, digest_key
from lrs_bridge.domain.evidence import Evidence
from lrs_bridge.domain.verdicts import Objection, Verdict, grades_as_json
from lrs_bridge.errors import Problem, RequestRefused, RosterRefused
from lrs_bridge.roster.evidence import EvidenceEntry, EvidenceRows, evidence_of_cells, read_evidence
from lrs_bridge.roster.sheets import Fault
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.evidence_checks import Ground
from lrs_bridge.services.launches import actor_of_person
from lrs_bridge.services.record_statements import Recorder, record_within
from lrs_bridge.storage import evidence as storage
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import withdraw_facts
from lrs_bridge.storage.people import chunks, person_key
from lrs_bridge.xapi.evidence_drafts import draft_evidence, draft_withdrawal

NAMESPACE = uuid5(NAMESPACE_URL, "https://lrs-bridge.dev/xapi/evidence")
OWN_CREDENTIAL = UUID(int=0)
BATCH = 500
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """``left_out``: rows of which the record was withdrawn by hand. ``problems`` are warnings and notes."""

    rows: int
    added: int
    changed: int
    unchanged: int
    left_out: int
    problems: tuple[Problem, ...]
    ids: tuple[UUID, ...]
    """Of the record that stands for each entry, in their order."""


def _untold(done: int, of: int) -> None:
    """Nobody watches."""


def import_evidence(
    bridge: Bridge, raw: bytes, *, source: str, by: str, progress: Progress = _untold
) -> EvidenceReport:
    """Record a whole file, or refuse it whole with every problem. Imported again it changes nothing; a row that says
    something else of the same record withdraws that one. RosterRefused."""
    return _record(bridge, read_evidence(raw, source=source), source=source, by=by, progress=progress)


def record_one(bridge: Bridge, values: Mapping[str, str], *, source: str, by: str) -> EvidenceReport:
    """The same for one record, by the columns of a file. RequestRefused, its places the members ``/employee_id``…"""
    try:
        return _record(bridge, evidence_of_cells(values), source=source, by=by)
    except RosterRefused as error:
        problems = [replace(problem, place=f"/{problem.place}") for problem in error.problems]
        raise RequestRefused("The evidence cannot be recorded", problems=problems) from error


def withdraw_within(
    bridge: Bridge, connection: sa.Connection, ids: Mapping[UUID, UUID | None], *, by: str, because: str
) -> None:
    """Void the statements of these records (each with what replaces it), and say why."""
    authority = _own(bridge).authority
    at = now()
    for part in chunks(ids, BATCH):
        record_within(connection, [draft_withdrawal(one, authority) for one in part], by=_own(bridge))
        # retention may have deleted a statement since: what it proved is withdrawn all the same
        withdraw_facts(connection, part, at=at)
        for one in part:
            storage.explain_withdrawal(connection, one, at=at, by=by, because=because, replaced_by=ids[one])


def _record(
    bridge: Bridge, given: EvidenceRows, *, source: str, by: str, progress: Progress = _untold
) -> EvidenceReport:
    with bridge.database.writing() as connection:
        storage.lock_records(connection)
        ground = Ground.of(connection, given.entries, now())
        fresh = [entry for entry in given.entries if _is_fresh(ground, entry)]
        left_out = {entry.key for entry in fresh if _note(given, ground, entry)}
        given.findings.refuse_errors()
        new = [_New.of(ground, entry) for entry in fresh if entry.key not in left_out]
        replaced = {row.id: one.id for one in new if (row := ground.live(one.entry))}
        withdraw_within(bridge, connection, replaced, by=by, because=f"replaced by {source}")
        _write(bridge, connection, ground, new, source=source, by=by, progress=progress)
    made = {one.entry.key: one.id for one in new}
    standing = (made.get(entry.key) or _known_id(ground, entry) for entry in given.entries)
    return EvidenceReport(
        rows=given.rows,
        added=len(new) - len(replaced),
        changed=len(replaced),
        unchanged=len(given.entries) - len(fresh),
        left_out=len(left_out),
        problems=given.findings.problems(),
        ids=tuple(one for one in standing if one),
    )


def _is_fresh(ground: Ground, entry: EvidenceEntry) -> bool:
    live = ground.live(entry)
    return live is None or live.digest != entry.digest


def _note(given: EvidenceRows, ground: Ground, entry: EvidenceEntry) -> bool:
    """Note what is wrong with the row; True where it repeats a record that was withdrawn, and is left out."""
    revoked = ground.revoked(entry)
    if revoked:
        words = f"this record was withdrawn by {revoked.withdrawn_by or 'a statement'}: {revoked.because}"
        remedy = "It is left out. If it is right after all, record it with a note, or a new external_id."
        given.findings.add(entry.line, "", Fault(words, remedy), "warning")
        return True
    for column, fault, severity in ground.findings(entry):
        given.findings.add(entry.line, column, fault, severity)
    return False


def _known_id(ground: Ground, entry: EvidenceEntry) -> UUID | None:
    row = ground.live(entry) or ground.revoked(entry)
    return row.id if row else None


@dataclass(frozen=True, slots=True)
class _New:
    """One record to write."""

    id: UUID
    entry: EvidenceEntry
    verdict: Verdict
    happened: datetime

    @classmethod
    def of(cls, ground: Ground, entry: EvidenceEntry) -> _New:
        """The id is made of what it says, and of how often that record was corrected before."""
        found = ground.judged(entry)
        if isinstance(found, Objection):
            raise RosterRefused(found.reason, remedy=found.remedy)
        made = uuid5(NAMESPACE, f"{entry.key}\n{entry.digest}\n{ground.revision(entry)}")
        return cls(made, entry, found, ground.happened(entry))

    @property
    def evidence(self) -> Evidence:
        entry = self.entry
        return Evidence(
            record_id=self.id,
            employee_id=entry.employee_id,
            activity=entry.activity,
            kind=entry.kind,
            outcome=self.verdict.outcome,
            happened=self.happened,
            recorded_by=entry.assessor,
            title=entry.title,
            score_scaled=self.verdict.score,
            grades=self.verdict.grades,
            issuer=entry.issuer,
            number=entry.number,
            expires=entry.valid_until,
            note=entry.note,
            location=entry.location,
            duration=timedelta(minutes=entry.duration_minutes) if entry.duration_minutes else None,
        )

    def row(self, *, source: str, by: str, at: datetime) -> dict[str, Any]:
        entry = self.entry
        same = ("title", "day", "activity", "assessor", "issuer", "number", "valid_until", "location",
                "duration_minutes", "note", "external_id", "digest")  # fmt: skip
        return {name: getattr(entry, name) for name in same} | {
            "person_id": person_key(entry.employee_id),
            "id": self.id,
            "record_key": digest_key(entry.key),
            "kind": entry.kind.value,
            "happened": self.happened,
            "outcome": self.verdict.outcome.value,
            "score_scaled": self.verdict.score,
            "grades": grades_as_json(self.verdict.grades),
            "source": source,
            "entered_by": by,
            "recorded": at,
        }


def _write(
    bridge: Bridge,
    connection: sa.Connection,
    ground: Ground,
    new: Sequence[_New],
    *,
    source: str,
    by: str,
    progress: Progress,
) -> None:
    """The records first: they say whose the facts of their statements are."""
    for number, part in enumerate(chunks(new, BATCH)):
        storage.insert_records(connection, [one.row(source=source, by=by, at=ground.at) for one in part])
        record_within(connection, list(_statements(bridge, ground, part)), by=_own(bridge))
        storage.take_stored(connection, {one.id: person_key(one.entry.employee_id) for one in part})
        progress(number * BATCH + len(part), len(new))


def _statements(bridge: Bridge, ground: Ground, new: Iterable[_New]) -> Iterable[dict[str, Any]]:
    for one in new:
        actor = actor_of_person(bridge, ground.people[one.entry.employee_id])
        instructor = _instructor(bridge, ground, one.entry.assessor)
        yield draft_evidence(one.evidence, actor, instructor, one.entry.external_id)


def _instructor(bridge: Bridge, ground: Ground, assessor: str) -> dict[str, Any] | None:
    """An account of the person, or of the name where it is nobody's id."""
    if assessor in ground.people:
        return actor_of_person(bridge, ground.people[assessor])
    home_page = f"{bridge.settings.public_url}/evidence/named"
    return ActorKey.of_account(home_page, assessor).as_actor(assessor) if assessor else None


def _own(bridge: Bridge) -> Recorder:
    """The bridge itself, as the authority of what people recorded in it."""
    authority = ActorKey.of_account(bridge.settings.public_url, "lrs-bridge").as_actor("LRS Bridge")
    return Recorder(OWN_CREDENTIAL, authority)
