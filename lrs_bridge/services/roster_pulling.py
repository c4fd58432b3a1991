"""What a source of rosters offers is taken by the same door as `roster import`: applied whole, or held and listed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from lrs_bridge.errors import NotFound, Refused, RequestRefused, RosterHeld, RosterRefused, SettingInvalid
from lrs_bridge.outbound.deliveries import Postponed
from lrs_bridge.outbound.remote_files import fetch
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.forwarding import StillOurs, pause_after
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.roster_folders import APPLIED, OUTDATED, SETTLES, Mark, Waiting, file_away, look, read_whole
from lrs_bridge.services.roster_sources import column_names, source_named
from lrs_bridge.services.sealing import unseal
from lrs_bridge.storage import roster_sources as storage
from lrs_bridge.storage.database import now
from lrs_bridge.storage.leases import release_lease, take_lease

LEASE = timedelta(minutes=10)
"""Longer than the largest roster takes: one file is never applied by two processes at once."""
TOLD_PROBLEMS = 50
ADDRESS = "(address)"
"""Stands for the name of a file where there is only one."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file, in words."""

    file: str
    outcome: str
    words: str


@dataclass
class _Visit:
    """One look at one source: what was taken, and what is to be remembered until the next one."""

    bridge: Bridge
    source: Any
    at: datetime
    accept: Collection[str] = ()
    marks: dict[str, Mark] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    unsettled: bool = False

    def apply(self, name: str, raw: bytes, day: date) -> bool:
        """False where it is held. Gates are opened for the very file that a human looked at, and no other."""
        source = f"{self.source.name}: {name if self.source.pattern else self.source.place}"
        looked_at = self.source.files.get(name, {}).get("held") or {}
        accept = self.accept if looked_at.get("digest") == sha256(raw).hexdigest() else ()
        try:
            report = import_roster(
                self.bridge,
                raw,
                source=source,
                kind=self.source.kind,
                as_of=day,
                accept=accept,
                names=column_names(self.source.preset, self.source.mapping),
            )
        except (RosterHeld, RosterRefused) as error:
            self._hold(name, raw, error, accept)
            return False
        self.values["last_applied"] = self.at
        self.taken.append(Taken(name, "applied", report.summary.lines[0]))
        return True

    def _hold(self, name: str, raw: bytes, error: Refused, accepted: Collection[str]) -> None:
        """All gates are named, those accepted in vain too: they must be accepted together."""
        held_by = [problem.reason.split('"')[1] for problem in error.problems if problem.reason.startswith("held by")]
        gates = sorted({*held_by, *accepted})
        accept = " ".join(f"--gate {gate}" for gate in gates)
        opens = f"if it is right: lrs-bridge roster sources accept {self.source.name} {accept}"
        self.marks.setdefault(name, {})["held"] = {
            "digest": sha256(raw).hexdigest(),
            "reason": error.reason,
            "remedy": f"Correct it at its origin; {opens}" if gates else error.remedy,
            "gates": gates,
            "problems": [str(problem) for problem in error.problems[:TOLD_PROBLEMS]],
        }
        self.taken.append(Taken(name, "held", error.reason))


def pull_due(bridge: Bridge, *, still_ours: StillOurs = lambda: True) -> int:
    """Visit every source whose time has come; returns how many rosters were applied."""
    at = now()
    with bridge.database.reading() as connection:
        due = [row for row in storage.sources(connection) if row.next_attempt is None or row.next_attempt <= at]
    taken = [one for row in due if still_ours() for one in pull(bridge, row.name)]
    return sum(one.outcome == "applied" for one in taken)


def pull(bridge: Bridge, name: str, *, at: datetime | None = None, accept: Collection[str] = ()) -> list[Taken]:
    """Take what a source offers now; what could not be had or is held is recorded, and tried or told again.

    Returns nothing where another process is at it.
    """
    source, holder = source_named(bridge, name), uuid4().hex
    lease = f"roster source {source.id}"
    if not take_lease(bridge.database, lease, holder, LEASE):
        return []
    try:
        return _visited(_Visit(bridge, source_named(bridge, name), at or now(), accept))
    finally:
        release_lease(bridge.database, lease, holder)


def is_settling(bridge: Bridge, name: str) -> bool:
    """Whether a file is there that was not looked at for long enough to be whole."""
    source = source_named(bridge, name)
    return any(not mark.get("held") and not mark.get("done") for mark in source.files.values())


def _visited(visit: _Visit) -> list[Taken]:
    try:
        _watch(visit) if visit.source.pattern else _ask(visit)
    except (Postponed, SettingInvalid) as error:
        failures = visit.source.failures + 1
        later = visit.at + pause_after(failures, getattr(error, "seconds", 0.0))
        visit.values |= {"failures": failures, "next_attempt": later, "last_error": error.reason}
    else:
        later = visit.at + (SETTLES if visit.unsettled else timedelta(seconds=visit.source.every_seconds))
        visit.values |= {"failures": 0, "next_attempt": later, "last_error": ""}
        if not any(mark.get("held") for mark in visit.marks.values()):
            visit.values["last_success"] = visit.at
        visit.values["files"] = visit.marks
    with visit.bridge.database.writing() as connection:
        storage.change_source(connection, visit.source.id, **visit.values)
    return visit.taken


def _ask(visit: _Visit) -> None:
    """An address. A snapshot is read whole once a day even if it is the same: it still says who is not listed."""
    source, today = visit.source, visit.at.date()
    said_today = source.last_applied is not None and source.last_applied.date() == today
    fresh = source.etag if (source.kind == "delta" or said_today) and not visit.accept else ""
    secret = unseal(visit.bridge, source.sealed_secret) if source.sealed_secret else ""
    answer = fetch(source.place, secret=secret, etag=fresh)
    if answer.body is None:
        visit.marks = dict(source.files)
        return
    digest = sha256(answer.body).hexdigest()
    held = source.files.get(ADDRESS, {}).get("held")
    if held and held["digest"] == digest and not visit.accept and _applied_as_of(visit, digest) is None:
        visit.marks = dict(source.files)  # nothing new: it is still the one that waits
        return
    if digest == source.digest and (source.kind == "delta" or said_today) and not visit.accept:
        return
    if visit.apply(ADDRESS, answer.body, today):
        visit.values |= {"etag": answer.etag, "digest": digest}


def _watch(visit: _Visit) -> None:
    """A folder, in the order of its files: a delta waits for those before it, a snapshot outdates them."""
    waiting = look(Path(visit.source.place), visit.source.pattern, visit.source.files, visit.at)
    visit.marks = {one.path.name: one.mark for one in waiting}
    visit.unsettled = any(not one.settled for one in waiting)
    held: list[Waiting] = []
    for one in waiting:
        if one.mark.get("done"):
            continue
        if one.settled and _take(visit, one):
            for older in held:
                _finish(visit, older, OUTDATED)
            held = []
        elif visit.source.kind == "delta":
            break
        elif one.mark.get("held"):
            held.append(one)


def _take(visit: _Visit, one: Waiting) -> bool:
    """True once it is applied: now, or by hand since it was held."""
    name, held = one.path.name, one.mark.get("held")
    if held and not visit.accept:
        done = _applied_as_of(visit, held["digest"]) is not None
    else:
        raw = read_whole(one.path)
        applied = _applied_as_of(visit, sha256(raw).hexdigest())
        day = min(one.day, visit.at.date())
        done = (applied is not None and applied >= day) or visit.apply(name, raw, day)
    if done:
        _finish(visit, one, APPLIED)
    return done


def _finish(visit: _Visit, one: Waiting, subfolder: str) -> None:
    """Moved away; or marked, where the folder is not ours to write."""
    mark = visit.marks.pop(one.path.name)
    if not file_away(one.path, subfolder, visit.at):
        visit.marks[one.path.name] = {key: mark[key] for key in ("size", "modified", "since")} | {"done": subfolder}


def _applied_as_of(visit: _Visit, digest: str) -> date | None:
    with visit.bridge.database.reading() as connection:
        return storage.applied_as_of(connection, digest)


def accept_held(bridge: Bridge, name: str, gates: Collection[str], *, at: datetime | None = None) -> list[Taken]:
    """Take what is held, over these gates; what others hold too, or was changed since, is held again."""
    held = [mark["held"] for mark in source_named(bridge, name).files.values() if mark.get("held")]
    if not held:
        raise NotFound(f"Nothing of {name!r} is held", remedy="lrs-bridge roster sources list")
    holding = {gate for one in held for gate in one["gates"]}
    if strange := sorted(set(gates) - holding):
        remedy = f"It is held by {', '.join(sorted(holding))}" if holding else "It cannot be read: correct it"
        raise RequestRefused(f"No gate {', '.join(strange)} holds anything of {name!r}", remedy=remedy)
    return pull(bridge, name, at=at, accept=gates)
