"""What is known of a person, what a roster changes about it, and the plan that holds all changes of one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Generic, Literal, TypeVar, get_args

from lrs_bridge.domain.people import EmploymentSpell, JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import Problem

Fact = TypeVar("Fact")

RosterKind = Literal["snapshot", "delta"]
IdentityKind = Literal["lms_account", "email"]
ChangeKind = Literal[
    "joiner",
    "rehire",
    "leaver",
    "unlisted",
    "relisted",
    "employment",
    "job",
    "correction",
    "name",
    "email",
    "account",
    "zone",
]
# for one person's line, and for the counts at the head
CHANGE_WORDS: Mapping[ChangeKind, tuple[str, str]] = MappingProxyType(
    {
        "joiner": ("joins", "joiners"),
        "rehire": ("is hired again", "hired again"),
        "leaver": ("leaves", "leavers"),
        "unlisted": ("is no longer listed", "no longer listed"),
        "relisted": ("is listed again", "listed again"),
        "employment": ("has other employment dates", "corrected employment dates"),
        "job": ("changes job", "job changes"),
        "correction": ("has a job corrected", "corrected jobs"),
        "name": ("has another name", "name changes"),
        "email": ("has another e-mail address", "e-mail changes"),
        "account": ("has another LMS account", "account changes"),
        "zone": ("has another time zone", "time zone changes"),
    }
)
_COUNT_WORDS = {kind: words for kind, (_, words) in CHANGE_WORDS.items()} | {
    "manager_moves": "with another manager",
    "waiting": "unlisted and waiting",
}


def identity_key(kind: IdentityKind, value: str) -> tuple[IdentityKind, str]:
    """By what two of them are compared: capitals make no other mailbox, and they do make another account."""
    return kind, value.lower() if kind == "email" else value


@dataclass(frozen=True, slots=True)
class HeldIdentity:
    """An LMS account or e-mail address that belongs to a person over a period.

    ``from_roster`` False: somebody bound it by hand; a roster ends it only by giving the same to another person.
    """

    kind: IdentityKind
    value: str
    period: Period
    from_roster: bool = True

    @property
    def key(self) -> tuple[IdentityKind, str]:
        return identity_key(self.kind, self.value)

    @property
    def tier(self) -> Literal["A", "C"]:
        return "A" if self.kind == "lms_account" else "C"


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What is believed of one person before the file: all spells and identities in order, the latest job."""

    employee_id: str
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    lms_account: str = ""
    time_zone: str = ""
    spells: tuple[EmploymentSpell, ...] = ()
    job: JobAssignment | None = None
    identities: tuple[HeldIdentity, ...] = ()
    unlisted_since: date | None = None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def spell(self) -> EmploymentSpell | None:
        return self.spells[-1] if self.spells else None

    def employed_on(self, day: date) -> bool:
        return any(spell.period.covers(day) for spell in self.spells)


@dataclass(frozen=True, slots=True)
class Swap(Generic[Fact]):
    """``old`` is believed no longer and ``new`` is from now on; without old a fact is added, without new withdrawn."""

    old: Fact | None
    new: Fact | None


@dataclass(frozen=True, slots=True)
class RosterChange:
    """One difference for one person: in words for HR, and as the facts to write.

    ``values`` are new values of the person's own columns. The changes of a plan are written in their order.
    """

    employee_id: str
    name: str
    kind: ChangeKind
    before: str
    after: str
    values: Mapping[str, str] = field(default_factory=dict)
    spells: tuple[Swap[EmploymentSpell], ...] = ()
    jobs: tuple[Swap[JobAssignment], ...] = ()
    identities: tuple[Swap[HeldIdentity], ...] = ()
    unlisted: Swap[date] | None = None
    place: str = ""

    def __str__(self) -> str:
        change = f"{self.before} → {self.after}" if self.before else self.after
        return f"{self.employee_id} {self.name} {CHANGE_WORDS[self.kind][0]}: {change}"

    @property
    def moves_manager(self) -> bool:
        """Another manager for somebody who had a job already."""
        old = next((swap.old for swap in self.jobs if swap.old), None)
        if old is None or self.kind not in ("job", "correction"):
            return False
        return any(swap.new and swap.new.manager_id != old.manager_id for swap in self.jobs)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """``counts`` has every kind of change, also those at 0."""

    counts: Mapping[str, int]
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """``unlisted`` are all who are employed but not in the snapshot, waiting to become leavers."""

    kind: RosterKind
    as_of: date
    changes: tuple[RosterChange, ...] = ()
    unchanged: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    employed_before: int = 0
    problems: tuple[Problem, ...] = ()

    def of_kind(self, kind: ChangeKind) -> list[RosterChange]:
        return [change for change in self.changes if change.kind == kind]

    @property
    def manager_moves(self) -> int:
        return sum(change.moves_manager for change in self.changes)

    def identity_swaps(self) -> Iterator[tuple[str, Swap[HeldIdentity]]]:
        """(employee_id, swap), those that end or withdraw first: no address has two owners in between."""
        swaps = [(change.employee_id, swap) for change in self.changes for swap in change.identities]
        yield from (pair for pair in swaps if pair[1].old is not None)
        yield from (pair for pair in swaps if pair[1].old is None)

    def summary(self) -> PlanSummary:
        tally = Counter(change.kind for change in self.changes)
        counts = {kind: tally[kind] for kind in get_args(ChangeKind)}
        counts |= {"manager_moves": self.manager_moves, "waiting": len(self.unlisted), "unchanged": len(self.unchanged)}
        told = ", ".join(f"{number:,} {_COUNT_WORDS.get(name, name)}" for name, number in counts.items() if number)
        head = f"{self.kind.capitalize()} as of {self.as_of}: {told or 'no people'}."
        return PlanSummary(counts, (head, *map(str, self.changes), *map(str, self.problems)))
