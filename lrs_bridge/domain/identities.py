"""Whose a statement is: the automatic tiers, as they stand over time, with what people decided laid over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from lrs_bridge.domain.periods import DAY

Tier = Literal["A", "B", "C", "D"]
HOW_WE_KNOW: Mapping[str, str] = {
    "A": "the account of the LMS that HR gives",
    "B": "a launch of ours",
    "C": "an address that HR gives",
    "D": "accepted by hand",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """An actor that belongs to a person, from ``since`` to ``until`` (both included; None is open).

    ``counts_for`` is whom the person's record was merged into. With ``instead_of`` it is a split: over that period
    the actor is not that person's, but ``person_id``'s, or nobody's where that is None.
    """

    actor_key: UUID
    person_id: UUID | None
    tier: Tier
    since: date | None = None
    until: date | None = None
    counts_for: UUID | None = None
    instead_of: UUID | None = None

    def covers(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    @property
    def whose(self) -> UUID | None:
        return self.counts_for or self.person_id


def person_of(identities: Sequence[Identity], happened: datetime, launched_for: UUID | None = None) -> UUID | None:
    """The one person whose the statement is, or None: nobody's, or more than one person's.

    The tiers come in their order, and the first that says anything decides; only where an account is more than one
    person's may a launch of ours still tell.
    """
    if not identities:
        return launched_for
    held = _held_at(identities, happened)
    accounts = {person for tier, person in held if tier == "A"}
    if len(accounts) == 1:
        return accounts.pop()
    if launched_for is not None:
        return launched_for
    found = accounts or {person for tier, person in held if tier == "C"} or {person for _, person in held}
    return found.pop() if len(found) == 1 else None


def _held_at(identities: Sequence[Identity], happened: datetime) -> list[tuple[Tier, UUID]]:
    """Those of the statement's day. The day is that of UTC, so where none is, those of the day before and after:
    a Monday morning in Tokyo, somebody's first, is Sunday in UTC."""
    day = happened.astimezone(UTC).date()
    claims = after_splits(identities)
    exact = [identity for identity in claims if identity.covers(day)]
    held = exact or [identity for identity in claims if any(map(identity.covers, _beside(day)))]
    return [(identity.tier, identity.whose) for identity in held if identity.whose]


def _beside(day: date) -> list[date]:
    """The day before and the day after, as far as the calendar has them."""
    numbers = (day.toordinal() - 1, day.toordinal() + 1)
    return [date.fromordinal(number) for number in numbers if date.min.toordinal() <= number <= date.max.toordinal()]


def after_splits(identities: Sequence[Identity]) -> Sequence[Identity]:
    """Who claims the actor from when until when, once each split has taken its part; a part may be nobody's."""
    splits: dict[UUID | None, Identity] = {one.instead_of: one for one in identities if one.instead_of}
    if not splits:
        return identities
    claims = [identity for identity in identities if identity.instead_of is None]
    return [part for claim in claims for part in _cut(claim, splits.get(claim.person_id))]


def _cut(claim: Identity, split: Identity | None) -> list[Identity]:
    first = split.since if split else None
    if split is None or (first and claim.until and claim.until < first):
        return [claim]
    taken = replace(claim, person_id=split.person_id, counts_for=split.counts_for)
    if first is None or (claim.since and first <= claim.since):
        return [taken]
    return [replace(claim, until=first - DAY), replace(taken, since=first)]


def free_stretch(others: Sequence[Identity], since: date | None) -> tuple[date | None, date | None] | Identity:
    """First and last day of a stretch on which nobody of ``others`` has the actor; or who is in the way.

    It begins on ``since``; without that it lies after all others, or before them where one of them has no end.
    """
    if since is not None:
        later = [one.since for one in others if one.since and one.since > since]
        taken = next((one for one in others if one.covers(since)), None)
        return taken or (since, min(later) - DAY if later else None)
    endless = next((one for one in others if one.until is None), None)
    if endless is None:
        return max((one.until + DAY for one in others if one.until), default=None), None
    first = min(one.since or date.min for one in others)
    return endless if first == date.min else (None, first - DAY)
