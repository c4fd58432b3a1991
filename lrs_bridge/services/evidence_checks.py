"""What a row of evidence is checked against: the people, the requirements, the clock, and what is recorded already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from lrs_bridge.domain.actors import digest_key
from lrs_bridge.domain.evidence import EvidenceKind
from lrs_bridge.domain.requirement_json import requirement_from_json
from lrs_bridge.domain.verdicts import Objection, Scheme, Verdict, schemes_of, verdict
from lrs_bridge.errors import Severity
from lrs_bridge.roster import cells
from lrs_bridge.roster.evidence import EvidenceEntry
from lrs_bridge.roster.sheets import Fault
from lrs_bridge.storage.evidence import records_of_keys
from lrs_bridge.storage.people import PersonDetail, own_details
from lrs_bridge.storage.requirements import newest_versions

Found = tuple[str, Fault, Severity]
"""A column, what is wrong with it, and how bad that is."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Read once for a whole file. ``schemes`` are by activity; ``known`` are records by their key."""

    people: Mapping[str, PersonDetail]
    bare: Mapping[str, str]
    schemes: Mapping[str, Sequence[Scheme]]
    asked: frozenset[str]
    known: Mapping[UUID, Sequence[Any]]
    at: datetime

    @classmethod
    def of(cls, connection: sa.Connection, entries: Sequence[EvidenceEntry], at: datetime) -> Ground:
        requirements = [requirement_from_json(body) for body in newest_versions(connection).values()]
        people = {detail.employee_id: detail for detail in own_details(connection).values()}
        return cls(
            people=people,
            bare={cells.without_zeros(employee_id): employee_id for employee_id in sorted(people)},
            schemes=schemes_of(requirements),
            asked=frozenset(activity for requirement in requirements for activity in requirement.activities),
            known=records_of_keys(connection, {digest_key(entry.key) for entry in entries}),
            at=at,
        )

    def live(self, entry: EvidenceEntry) -> Any:
        """The record that this entry repeats or corrects, or None."""
        return next((row for row in self._history(entry) if row.withdrawn is None), None)

    def revoked(self, entry: EvidenceEntry) -> Any:
        """The same record word for word, where somebody withdrew it and nothing replaced it."""
        same = (row for row in self._history(entry) if row.digest == entry.digest)
        return next((row for row in same if row.withdrawn and row.replaced_by is None), None)

    def revision(self, entry: EvidenceEntry) -> int:
        return len(self._history(entry))

    def _history(self, entry: EvidenceEntry) -> Sequence[Any]:
        return self.known.get(digest_key(entry.key), ())

    def happened(self, entry: EvidenceEntry) -> datetime:
        """Noon where the person is when no time is told, so that the day stays theirs; never later than now today."""
        zone = ZoneInfo(self.people[entry.employee_id].time_zone or "UTC")
        told = datetime.combine(entry.day, entry.clock or time(12), zone)
        is_today = entry.day == self.at.astimezone(zone).date()
        return min(told, self.at) if is_today and entry.clock is None else told

    def judged(self, entry: EvidenceEntry) -> Verdict | Objection:
        is_assessment = entry.kind is EvidenceKind.ASSESSMENT
        schemes = self.schemes.get(entry.activity, ()) if is_assessment else ()
        return verdict(entry.outcome, entry.score, entry.criteria, schemes, must_grade=is_assessment)

    def findings(self, entry: EvidenceEntry) -> Iterator[Found]:
        """Everything that is wrong with a new row, or doubtful."""
        if entry.employee_id not in self.people:
            words = f"{entry.employee_id} is in no roster{cells.meant_with_zeros(entry.employee_id, self.bare)}"
            yield "employee_id", Fault(words, "Import the roster first, or correct the id."), "error"
        elif self.happened(entry) > self.at:
            yield "date", Fault(f"{entry.day} is still to come", "Record it when it has happened."), "error"
        found = self.judged(entry)
        if isinstance(found, Objection):
            yield found.about, Fault(found.reason, found.remedy), "error"
        yield from self._doubts(entry)

    def _doubts(self, entry: EvidenceEntry) -> Iterator[Found]:
        if entry.activity not in self.asked:
            words = f"no requirement asks for {entry.activity}: this proves nothing until one does"
            yield "activity", Fault(words, "Check it: lrs-bridge requirements show ID."), "warning"
        if entry.assessor not in self.people and any(letter.isdigit() for letter in entry.assessor):
            words = f"{entry.assessor} is in no roster, and was taken for a name"
            yield "assessor", Fault(words, "Correct the id if it is one."), "warning"
