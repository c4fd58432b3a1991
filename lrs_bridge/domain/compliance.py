"""The decision table: on a date, is a person compliant with a requirement, missing or exempt, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from lrs_bridge.domain.assignments import Assignment, ExemptionKind
from lrs_bridge.domain.chapters import Chapter, chapters_of
from lrs_bridge.domain.deeds import Deeds, Doubt
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.periods import Period, plus_days
from lrs_bridge.domain.standings import Standing, best, most_begun
from lrs_bridge.domain.validity import Validity, Worth


class Status(StrEnum):
    COMPLIANT = "compliant"
    MISSING = "missing"
    EXEMPT = "exempt"


class Reason(StrEnum):
    CURRENT = "current"
    DUE_FOR_RENEWAL = "due_for_renewal"
    WAIVER = "waiver"
    ABSENT = "absent"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_EMPLOYED = "not_employed"
    UPCOMING = "upcoming"
    DUE_SOON = "due_soon"
    IN_GRACE = "in_grace"
    OVERDUE = "overdue"
    EXPIRED = "expired"


class Progress(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ComplianceStatus:
    """What a feed says of one person and one requirement on one date.

    ``progress`` is told while something is asked for: Missing, and Exempt by waiver or absence (what waits on
    return). It is None where nothing is asked: Compliant, out of scope, not employed. ``due`` is the day by which
    to act: the renewal's for the Compliant; None where nothing is asked, where evidence holds for ever, and during
    an absence without an end. ``last_valid_day`` is the last day on which every module held, past or to come; None
    when that never was, or never ends. ``evidence`` has one id for each module that holds, in the modules' order.
    """

    status: Status
    reason: Reason
    modules_met: int
    modules_total: int
    version: int
    progress: Progress | None = None
    due: date | None = None
    last_valid_day: date | None = None
    next_change: date | None = None
    overdue_before_absence: bool = False
    held: tuple[Validity, ...] = ()
    """Every module that holds, in the modules' order, those beyond the number needed too."""

    @property
    def evidence(self) -> tuple[UUID, ...]:
        """One id for each module that counts: of *n* of *m* the *n* that hold longest."""
        return tuple(validity.statement_id for validity in best(self.held, self.modules_total))

    @property
    def doubts(self) -> tuple[tuple[UUID, Doubt], ...]:
        """What to look at twice in the evidence, though it counts."""
        chosen = best(self.held, self.modules_total)
        return tuple((validity.statement_id, doubt) for validity in chosen for doubt in validity.doubts)

    @property
    def is_met(self) -> bool:
        """Whether the evidence is enough on the date, whoever asks for it."""
        return self.modules_met == self.modules_total


def evaluate(
    assignment: Assignment, facts: Iterable[LearningFact] | Deeds, *, as_of: date, known_at: datetime | None = None
) -> ComplianceStatus:
    """The status on ``as_of`` by what had been recorded at ``known_at`` (None: by all that is).

    ``next_change`` is the first later date on which any other field differs, with nothing new recorded; a fact
    already held that carries a later date enters on that date. None: it stays as it is for ever. Whoever asks about
    many requirements makes the `Deeds` once; they hold what was known by then, and ``known_at`` is not looked at.
    """
    case = Case.of(assignment, facts, known_at)
    status = case.status_on(as_of)
    change = case.next_change(as_of, status)
    return replace(status, next_change=change) if change else status


@dataclass(frozen=True, slots=True)
class Case:
    """One assignment with the person's record for it: ask for as many days as needed (a trend, a forecast)."""

    chapters: tuple[Chapter, ...]
    """The newest version first; the last one begins at the beginning of time."""

    @classmethod
    def of(
        cls, assignment: Assignment, facts: Iterable[LearningFact] | Deeds, known_at: datetime | None = None
    ) -> Case:
        deeds = facts if isinstance(facts, Deeds) else Deeds.of(facts, assignment.zone, known_at)
        return cls(chapters_of(assignment, deeds))

    def chapter_on(self, day: date) -> Chapter:
        return next(chapter for chapter in self.chapters if chapter.first <= day)

    def status_on(self, day: date) -> ComplianceStatus:
        """The decision table, row by row; facts that happened after ``day`` do not exist. No ``next_change``."""
        chapter = self.chapter_on(day)
        assignment = chapter.assignment
        standing = chapter.standing_on(day)
        if exemption := assignment.exemption_on(day):
            return _status(assignment, standing, Status.EXEMPT, Reason(exemption.kind))
        due = assignment.due_on(day, standing.last_valid_day)
        if standing.is_met:
            renewal_due = due.day if standing.last_valid_day else None
            renewable = standing.is_renewable_on(day, assignment.requirement.needed)
            reason = Reason.DUE_FOR_RENEWAL if renewable else Reason.CURRENT
            return _status(assignment, standing, Status.COMPLIANT, reason, due=renewal_due)
        progress = _progress(chapter, standing, day)
        if excuse := assignment.excuse_on(day):
            late = due.missed and excuse.kind is ExemptionKind.ABSENT
            return _status(assignment, standing, Status.EXEMPT, Reason(excuse.kind), due.day, progress, late)
        reason = _timing(assignment, day, due.day, has_lapsed=standing.last_valid_day is not None)
        return _status(assignment, standing, Status.MISSING, reason, due.day, progress)

    def next_change(self, day: date, status: ComplianceStatus) -> date | None:
        """The first day after ``day`` with another status than ``status``, the one on ``day``.

        Until that day the due date is the one in ``status``, so its own thresholds and the boundaries of the
        chapters are all the days on which anything can change.
        """
        candidates = {boundary for chapter in self.chapters for boundary in chapter.boundaries() if boundary > day}
        if status.status is Status.MISSING and status.due:
            candidates.update(_thresholds(self.chapter_on(day).assignment, status.due))
        later = sorted(candidate for candidate in candidates if candidate > day)
        return next((candidate for candidate in later if self.status_on(candidate) != status), None)

    def periods_met(self) -> tuple[Period, ...]:
        """When the evidence was enough by the version in force, whether or not anybody asked."""
        return tuple(met for chapter in reversed(self.chapters) for met in chapter.periods_met())


def _thresholds(assignment: Assignment, due: date) -> tuple[date, ...]:
    soon = assignment.requirement.due_soon_days
    return plus_days(due, -soon), plus_days(due, 1), plus_days(due, _grace_days(assignment) + 1)


def _grace_days(assignment: Assignment) -> int:
    renewal = assignment.requirement.renewal
    return renewal.grace_days if renewal else 0


def _timing(assignment: Assignment, day: date, due: date | None, *, has_lapsed: bool) -> Reason:
    """Grace runs after any due date, the first one too; ``expired`` is for those who were compliant once."""
    if due is None or day < plus_days(due, -assignment.requirement.due_soon_days):
        return Reason.UPCOMING
    if day <= due:
        return Reason.DUE_SOON
    if day <= plus_days(due, _grace_days(assignment)):
        return Reason.IN_GRACE
    return Reason.EXPIRED if has_lapsed else Reason.OVERDUE


def _progress(chapter: Chapter, standing: Standing, day: date) -> Progress:
    most = most_begun(chapter.sets_on(day)[0].records, day)
    if most is Worth.FAILED:
        return Progress.FAILED
    return Progress.IN_PROGRESS if most is Worth.BEGUN or standing.held else Progress.NOT_STARTED


def _status(
    assignment: Assignment,
    standing: Standing,
    status: Status,
    reason: Reason,
    due: date | None = None,
    progress: Progress | None = None,
    overdue_before_absence: bool = False,
) -> ComplianceStatus:
    """A standing by an older version's modules counts them as the newest's, of which it stands for all."""
    needed = assignment.requirement.needed
    return ComplianceStatus(
        status=status,
        reason=reason,
        modules_met=needed if standing.is_met else min(len(standing.held), needed),
        modules_total=needed,
        version=assignment.requirement.version,
        progress=progress,
        due=due,
        last_valid_day=standing.last_valid_day,
        overdue_before_absence=overdue_before_absence,
        held=standing.held,
    )
