"""People as HR knows them: every fact about a person holds over whole local dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from lrs_bridge.domain.periods import Period

AbsenceKind = Literal["long", "short"]
"""``long``: parental, maternity, long sickness, sabbatical: qualifies whatever its length."""


@dataclass(frozen=True, slots=True)
class EmploymentSpell:
    period: Period
    worker_type: str = ""


@dataclass(frozen=True, slots=True)
class JobAssignment:
    """What a person does, where and under whom; audiences are matched against these words."""

    period: Period
    manager_id: str = ""
    department: str = ""
    job_code: str = ""
    job_title: str = ""
    location: str = ""
    country: str = ""
    worker_type: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    period: Period
    kind: AbsenceKind


@dataclass(frozen=True, slots=True)
class Waiver:
    """An approved exemption from one requirement, or from all when ``requirement_id`` is empty."""

    period: Period
    requirement_id: str = ""
    reason: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """An individual due date that beats every rule."""

    requirement_id: str
    due: date


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """All that one status depends on from HR's side, as it was believed at one moment."""

    person_id: UUID
    employee_id: str
    zone: str
    spells: tuple[EmploymentSpell, ...] = ()
    jobs: tuple[JobAssignment, ...] = ()
    absences: tuple[Absence, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    extensions: tuple[Extension, ...] = ()
