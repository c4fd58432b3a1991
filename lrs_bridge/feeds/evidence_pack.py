"""What an evidence pack says, item by item: one relation for its JSON files and for its index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from lrs_bridge.domain.explanations import LeftOut, ModuleShown
from lrs_bridge.domain.facts import LearningFact

FORMAT = "lrs-bridge-evidence-pack/1"
AWAY = "away"
"""What a reader who is not HR is told for the reason of an absence (DESIGN 4.10)."""


@dataclass(frozen=True, slots=True)
class PackHead:
    """What the pack is about. ``kind`` is person, requirement or team, ``subject`` its id, ``title`` its name.

    ``seen_by`` is the role of the reader; a ``leader`` (by employee id) is told of those who answer to them only.
    ``reasons`` says whether reasons of absences and waivers are told.
    """

    kind: str
    subject: str
    title: str
    as_of: date
    known_at: datetime
    seen_by: str
    leader: str
    reasons: bool
    installation: str
    made_by: str
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class PackStatus:
    """A row of the status relation, with what counts for each module and what was left out."""

    employee_id: str
    name: str
    manager_id: str
    department: str
    requirement: str
    requirement_version: int
    status: str
    reason: str
    progress: str
    due: date | None
    last_valid_day: date | None
    next_change: date | None
    overdue_before_absence: bool
    modules_met: int
    modules_total: int
    modules: tuple[ModuleShown, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def is_asked(self) -> bool:
        return self.reason not in {"out_of_scope", "not_employed"}


@dataclass(frozen=True, slots=True)
class PackStatement:
    """A statement that counts or was left out, as the bridge understood it. ``file`` is empty where retention has
    deleted the statement: its fact is the proof that stays."""

    id: UUID
    employee_id: str
    activity: str
    outcome: str
    score_scaled: float | None
    happened: datetime
    recorded: datetime | None
    matched: datetime | None
    registration: UUID | None
    file: str

    @classmethod
    def of(cls, fact: LearningFact, employee_id: str, *, kept: bool) -> PackStatement:
        return cls(
            id=fact.statement_id,
            employee_id=employee_id,
            activity=fact.activity,
            outcome=fact.outcome.value,
            score_scaled=fact.score_scaled,
            happened=fact.happened,
            recorded=fact.recorded,
            matched=fact.matched,
            registration=fact.registration,
            file=statement_path(fact.statement_id) if kept else "",
        )


@dataclass(frozen=True, slots=True)
class PackIdentity:
    """An account or address that was held to be this person's, from when until when, and how that was known."""

    employee_id: str
    ifi: str
    tier: str
    how: str
    since: date | None
    until: date | None
    recorded: datetime


@dataclass(frozen=True, slots=True)
class PackExemption:
    """A waiver, an individual due date (extension) or an absence, as it was believed. ``requirement`` empty: all.

    ``reason`` None is one that this reader is not told; ``in_force``: it covers the day asked about.
    """

    employee_id: str
    kind: str
    requirement: str
    first_day: date | None
    last_day: date | None
    due: date | None
    reason: str | None
    approver: str
    state: str
    entered_by: str
    recorded: datetime
    in_force: bool


@dataclass(frozen=True, slots=True)
class PackCommit:
    """What the content reported once: the SHA-256 of its runtime data, and the statements that were made of it."""

    sequence: int
    received: datetime
    final: bool
    sha256: str
    statements: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackLaunch:
    """Who was let into what, on whose word, and when the session began and ended (None: not seen)."""

    employee_id: str
    actor: Mapping[str, Any]
    activity: str
    unit: str
    package: str
    package_version: str
    package_sha256: str
    registration: UUID
    launch: UUID
    requested_by: str
    asked: datetime
    started: datetime | None
    ended: datetime | None
    commits: tuple[PackCommit, ...]


@dataclass(frozen=True, slots=True)
class PackRoster:
    """A roster that was applied and says something of these people, or the last one that was applied."""

    id: UUID
    source: str
    sha256: str
    kind: str
    as_of: date
    rows: int
    received: datetime
    gates: Sequence[str]
    accepted: Sequence[str]
    is_last: bool
    changed: Sequence[str]
    """Employee ids of this pack of whom it said something new."""


@dataclass(frozen=True, slots=True)
class PackPackage:
    """A course package with a unit that a requirement asks for, by the SHA-256 of the file that was installed."""

    identifier: str
    version: str
    title: str
    standard: str
    file_name: str
    sha256: str
    installed: datetime
    removed: datetime | None
    in_force: bool
    activities: Sequence[str]


@dataclass(frozen=True, slots=True)
class PackVersion:
    """A version of a requirement, whole, in a file of its own."""

    requirement: str
    version: int
    title: str
    source: str
    recorded: datetime
    file: str


def statement_path(statement_id: UUID) -> str:
    return f"statements/{statement_id}.json"


def requirement_path(requirement_id: str, version: int) -> str:
    """A file name anywhere, whatever the id is: no slash, no ``..``."""
    return f"requirements/{quote(requirement_id, safe='').replace('.', '%2E')}/{version}.json"


def as_json(value: Any) -> bytes:
    """The same value has the same bytes."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)
