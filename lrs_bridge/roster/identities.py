"""Who an LMS account or an address belongs to from when on, as the roster tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from lrs_bridge.domain.periods import DAY, Period
from lrs_bridge.roster.cells import EARLIEST
from lrs_bridge.roster.entries import RosterEntry
from lrs_bridge.roster.plan import HeldIdentity, IdentityKind, KnownPerson, RosterChange, Swap, identity_key

Key = tuple[IdentityKind, str]
Held = TypeVar("Held")
KINDS: tuple[IdentityKind, ...] = ("lms_account", "email")


@dataclass(frozen=True, slots=True)
class Claims:
    """Who lists which key in this file, who held it before, and as of when the file speaks."""

    as_of: date
    listed: Mapping[Key, tuple[str, ...]]
    held: Mapping[Key, tuple[tuple[str, HeldIdentity], ...]]
    in_use: Mapping[Key, tuple[str, ...]]

    def lost(self, employee_id: str, key: Key) -> bool:
        """Others list it in this file, and this person does not (or has left, and they have not)."""
        return employee_id not in self.listed.get(key, (employee_id,))

    def sole(self, employee_id: str, key: Key) -> bool:
        return self.listed.get(key) == (employee_id,)

    def free_from(self, employee_id: str, key: Key) -> date:
        """The first day on which no earlier period of this key stands, whoever held it."""
        others = set(self.in_use.get(key, ())) - {employee_id}
        days = [self.as_of] if others else []
        for _, identity in self.held.get(key, ()):
            last = identity.period.last
            days.append(self.as_of if last is None else last + DAY)
        return max(days, default=EARLIEST)


def claims(known: Iterable[KnownPerson], entries: Sequence[RosterEntry], as_of: date) -> Claims:
    """Those who have left yield to those who have not: an address may pass on while the old row is still listed."""
    held: dict[Key, list[tuple[str, HeldIdentity]]] = {}
    in_use: dict[Key, list[str]] = {}
    for person in known:
        for identity in person.identities:
            held.setdefault(identity.key, []).append((person.employee_id, identity))
        for kind in KINDS:
            if value := getattr(person, kind):
                in_use.setdefault(identity_key(kind, value), []).append(person.employee_id)
    return Claims(as_of, _listed(entries, as_of), _frozen(held), _frozen(in_use))


def _listed(entries: Sequence[RosterEntry], as_of: date) -> dict[Key, tuple[str, ...]]:
    staying: dict[Key, list[str]] = {}
    left: dict[Key, list[str]] = {}
    for entry in entries:
        gone = entry.termination_date is not None and entry.termination_date < as_of
        for kind in KINDS:
            if value := getattr(entry, kind):
                (left if gone else staying).setdefault(identity_key(kind, value), []).append(entry.employee_id)
    return _frozen(left) | _frozen(staying)


def _frozen(lists: Mapping[Key, list[Held]]) -> dict[Key, tuple[Held, ...]]:
    return {key: tuple(values) for key, values in lists.items()}


def value_after(person: KnownPerson | None, entry: RosterEntry | None, kind: IdentityKind, claimed: Claims) -> str:
    """The account or address of a person after the file: listed, else kept, unless it is somebody else's now."""
    employee_id = entry.employee_id if entry else person.employee_id if person else ""
    value: str = (getattr(entry, kind) if entry else "") or (getattr(person, kind) if person else "")
    return "" if claimed.lost(employee_id, identity_key(kind, value)) else value


def identity_swaps(
    person: KnownPerson, value: str, kind: IdentityKind, claimed: Claims, hired: date
) -> tuple[Swap[HeldIdentity], ...]:
    """What begins and ends for this person so that ``value`` is theirs alone, or nobody's while it is shared."""
    held = [identity for identity in person.identities if identity.kind == kind]
    live = [identity for identity in held if identity.period.last is None]
    ends = [identity for identity in live if _ends(identity, person.employee_id, value, claimed)]
    swaps = [Swap(identity, ended(identity, claimed.as_of)) for identity in ends]
    key = identity_key(kind, value)
    if claimed.sole(person.employee_id, key) and not any(identity.key == key for identity in live):
        first = max(_floor(held, kind, claimed.as_of, hired), claimed.free_from(person.employee_id, key))
        swaps.append(Swap(None, HeldIdentity(kind, value, Period(first))))
    return tuple(swaps)


def _ends(identity: HeldIdentity, employee_id: str, value: str, claimed: Claims) -> bool:
    if identity.key in claimed.listed and not claimed.sole(employee_id, identity.key):
        return True
    return identity.from_roster and identity.key != identity_key(identity.kind, value)


def _floor(held: Sequence[HeldIdentity], kind: IdentityKind, as_of: date, hired: date) -> date:
    """A first account was always theirs (people learn before their first day); a first address since they were hired,

    because addresses of people who left before the first roster are given out again.
    """
    if held:
        return as_of
    return EARLIEST if kind == "lms_account" else hired


def ended(identity: HeldIdentity, as_of: date) -> HeldIdentity | None:
    """The same until the day before; None when it had not begun by then."""
    if identity.period.first >= as_of:
        return None
    return replace(identity, period=Period(identity.period.first, as_of - DAY))


def identity_change(
    person: KnownPerson, entry: RosterEntry | None, kind: IdentityKind, claimed: Claims, hired: date
) -> RosterChange | None:
    before: str = getattr(person, kind)
    after = value_after(person, entry, kind, claimed)
    swaps = identity_swaps(person, after, kind, claimed, hired)
    if before == after and not swaps:
        return None
    return RosterChange(
        employee_id=person.employee_id,
        name=person.name,
        kind="email" if kind == "email" else "account",
        before=before or "none",
        after=_told(person.employee_id, before, after, kind, claimed),
        values={} if before == after else {kind: after},
        identities=swaps,
        place=entry.place if entry else "",
    )


def _told(employee_id: str, before: str, after: str, kind: IdentityKind, claimed: Claims) -> str:
    since = f"from {claimed.as_of}"
    now = ", ".join(claimed.listed.get(identity_key(kind, after or before), ()))
    if not after:
        return f"none {since} (it is now that of {now})" if now else f"none {since}"
    shared = now and not claimed.sole(employee_id, identity_key(kind, after))
    return f"{after} {since} (shared by {now}: it identifies nobody)" if shared else f"{after} {since}"
