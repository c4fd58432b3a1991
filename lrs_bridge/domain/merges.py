"""Two records of one person: whom each counts for, and what both say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from lrs_bridge.domain.people import EmploymentSpell, Extension, JobAssignment, PersonRecord
from lrs_bridge.domain.periods import DAY, Period

Held = TypeVar("Held", EmploymentSpell, JobAssignment)


def counts_for(merges: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Each record that is given up → the one at the end of its chain. ``merges`` have no circle (`is_circular`)."""
    return {given_up: _end(given_up, merges) for given_up in merges}


def is_circular(merges: Mapping[UUID, UUID], given_up: UUID, into: UUID) -> bool:
    return _end(into, merges) == given_up


def _end(person_id: UUID, merges: Mapping[UUID, UUID]) -> UUID:
    while person_id in merges:
        person_id = merges[person_id]
    return person_id


def united(record: PersonRecord, others: Iterable[PersonRecord]) -> PersonRecord:
    """``record`` with what the others say beside it: it alone speaks where both say who employs them, and as what."""
    for other in others:
        record = replace(
            record,
            spells=beside(record.spells, other.spells),
            jobs=beside(record.jobs, other.jobs),
            absences=tuple(sorted((*record.absences, *other.absences), key=lambda absence: absence.period.first)),
            waivers=(*record.waivers, *other.waivers),
            extensions=(*record.extensions, *(one for one in other.extensions if not _is_extended(record, one))),
        )
    return record


def _is_extended(record: PersonRecord, other: Extension) -> bool:
    return any(own.requirement_id == other.requirement_id for own in record.extensions)


def beside(own: Sequence[Held], others: Sequence[Held]) -> tuple[Held, ...]:
    """``own``, and of the others what falls on days that it leaves open."""
    taken = [one.period for one in own]
    held: list[Held] = list(own)
    held.extend(replace(other, period=period) for other in others for period in without(other.period, taken))
    return tuple(sorted(held, key=lambda one: one.period.first))


def without(period: Period, taken: Iterable[Period]) -> list[Period]:
    """The stretches of ``period`` that none of ``taken`` covers."""
    left = [period]
    for other in taken:
        left = [part for one in left for part in _minus(one, other)]
    return left


def _minus(one: Period, other: Period) -> Iterable[Period]:
    if (other.last is not None and other.last < one.first) or (one.last is not None and one.last < other.first):
        return [one]
    before = [Period(one.first, other.first - DAY)] if one.first < other.first else []
    ends_later = other.last is not None and (one.last is None or other.last < one.last)
    return [*before, Period(other.last + DAY, one.last)] if ends_later and other.last else before
