"""The doctor's look at what is in the database: who may do too much, what grows old, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from lrs_bridge.services.backlog import Outgoing, read_backlog
from lrs_bridge.services.doctor import Check
from lrs_bridge.services.doctor_rosters import check_roster_sources
from lrs_bridge.services.targets import COMMAND
from lrs_bridge.services.unused_attachments import AGE, find_unused
from lrs_bridge.settings import Settings
from lrs_bridge.storage.attachments import attachment_store, live_digests
from lrs_bridge.storage.content import ContentStore
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.rosters import newest_day
from lrs_bridge.storage.schema.courseware import package, package_file
from lrs_bridge.storage.schema.people import person_detail
from lrs_bridge.storage.schema.statements import credential, reader

UNUSED = timedelta(days=90)
OLD_ROSTER = timedelta(days=14)
LAZY_REFRESH = 300.0
LATE_DELIVERY = 3600.0
MIB = 1024**2
READS = {"all", "all/read", "statements/read"}


def check_records(database: Database, settings: Settings, *, at: datetime) -> Iterator[Check]:
    with database.reading() as connection:
        yield from _credentials(connection, at)
        yield from _readers(connection, at)
        yield _roster(connection, at)
        yield _people_zones(connection)
        yield _courses(connection, settings.data_dir)
        yield from _attachments(connection, settings.data_dir)
    yield from check_roster_sources(database, at=at)
    yield from _backlog(database, at)


def _credentials(connection: sa.Connection, at: datetime) -> Iterator[Check]:
    expired = credential.c.expires.is_not(None) & (credential.c.expires <= at)
    made_by_hand = credential.c.bound_actor.is_(None) & credential.c.bound_registration.is_(None)
    query = sa.select(credential).where(credential.c.revoked.is_(None), ~expired, made_by_hand)
    rows = list(connection.execute(query.order_by(credential.c.created)))
    found = [check for row in rows for check in _of_credential(row, at)]
    yield from found or [Check("credentials", "ok", f"{len(rows)} live, none too wide, none unused")]


def _of_credential(row: Any, at: datetime) -> Iterator[Check]:
    name, scopes = f"credential {row.name!r} ({row.key})", set(row.scopes)
    revoke = f"lrs-bridge credentials revoke {row.key}"
    if "all" in scopes:
        yield Check(name, "warning", "may do everything in the LRS", f"Make one with fewer scopes, then: {revoke}")
    if row.compat and scopes & READS:
        words = "is for a sender with faults (compat), and may read what others sent"
        yield Check(name, "warning", words, f"Make one with statements/write alone, then: {revoke}")
    if at - (row.used or row.created) > UNUSED:
        words = f"last used {row.used:%Y-%m-%d}" if row.used else f"made {row.created:%Y-%m-%d} and never used"
        yield Check(name, "warning", words, f"If nobody needs it: {revoke}")


def _readers(connection: sa.Connection, at: datetime) -> Iterator[Check]:
    live = sa.select(reader).where(reader.c.revoked.is_(None))
    endless = list(connection.execute(live.where(reader.c.expires.is_(None)).order_by(reader.c.created)))
    if endless:
        names = ", ".join(repr(row.name) for row in endless[:5]) + (" …" if len(endless) > 5 else "")
        words = f"{len(endless)} whose token never expires: {names}"
        yield Check("readers", "warning", words, "Make them with: lrs-bridge readers create NAME --days 365")
    else:
        count = len(list(connection.execute(live.where(reader.c.expires > at))))
        yield Check("readers", "ok", f"{count} live, every token expires")


def _roster(connection: sa.Connection, at: datetime) -> Check:
    newest = newest_day(connection)
    if newest is None:
        return Check("roster", "warning", "no roster was imported yet", "lrs-bridge roster import FILE")
    age = at.date() - newest
    if age > OLD_ROSTER:
        words = f"of {newest}, {age.days} days old: joiners and leavers since are not known"
        return Check("roster", "warning", words, "Import the newest: lrs-bridge roster import FILE")
    return Check("roster", "ok", f"of {newest}, {max(age.days, 0)} days old")


def _people_zones(connection: sa.Connection) -> Check:
    used = sa.select(person_detail.c.time_zone).where(person_detail.c.withdrawn.is_(None)).distinct()
    unknown = sorted(set(connection.scalars(used)) - available_timezones() - {""})
    if unknown:
        words = f"people live in zones that this machine does not know: {', '.join(unknown)}"
        return Check("zones of people", "fault", words, "Update the package tzdata")
    return Check("zones of people", "ok", "every one is known")


def _courses(connection: sa.Connection, data_dir: Path) -> Check:
    live = sa.select(package_file.c.digest).join(package, package.c.id == package_file.c.package_id)
    digests = set(connection.scalars(live.where(package.c.removed.is_(None)).distinct()))
    return _files("course files", ContentStore(data_dir / "content"), digests, "Install the packages again")


def _attachments(connection: sa.Connection, data_dir: Path) -> Iterator[Check]:
    yield _files("attachments", attachment_store(data_dir), live_digests(connection), "Restore them from a backup")
    unused = find_unused(connection, data_dir)
    words = f"{unused.files:,} contents ({unused.size / MIB:,.1f} MiB) that no statement has wait to be removed"
    if unused.oldest > 2 * AGE:  # the server removes them within the hour after a day
        remedy = "Is the server running? By hand: lrs-bridge statements unused-attachments --remove"
        yield Check("unused attachments", "warning", words, remedy)
    else:
        yield Check("unused attachments", "ok", words)


def _files(name: str, store: ContentStore, digests: set[str], remedy: str) -> Check:
    lost = [digest for digest in digests if not _is_readable(store.path(digest))]
    if lost:
        words = f"{len(lost):,} of {len(digests):,} cannot be read below {store.root}, {min(lost)} the first"
        return Check(name, "fault", words, remedy)
    return Check(name, "ok", f"{len(digests):,}, all readable")


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _backlog(database: Database, at: datetime) -> Iterator[Check]:
    found = read_backlog(database, at=at)
    if found.refresh_lag > LAZY_REFRESH:
        words = (
            f"{found.dirty_people:,} people wait to be evaluated, the first for {found.refresh_lag / 60:.0f} minutes"
        )
        yield Check("statuses", "warning", words, "Is the server running? Its log says if evaluating fails")
    else:
        yield Check("statuses", "ok", f"{found.dirty_people:,} people wait to be evaluated")
    yield from map(_outgoing, found.outgoing)
    yield _waiting("quarantine", found.quarantined, "statements that could not be stored wait to be looked at")
    yield _waiting("unmatched", found.unmatched, "statements are about nobody of the roster")


def _outgoing(target: Outgoing) -> Check:
    command = COMMAND[target.kind]
    name = f"{'webhook' if target.kind == 'webhook' else 'forwarding to'} {target.name!r}"
    words = f"{target.pending:,} statements wait, {target.dead_letters:,} were refused for good"
    if target.dead_letters:
        remedy = f"See why: lrs-bridge {command} dead-letters {target.name}"
        return Check(name, "warning", words, remedy)
    if target.oldest > LATE_DELIVERY and target.paused:
        return Check(name, "warning", f"{words}; it is paused", f"lrs-bridge {command} resume {target.name}")
    if target.oldest > LATE_DELIVERY:
        error = f"; the last error: {target.last_error}" if target.last_error else ""
        since = f"the first for {target.oldest / 3600:.0f} hours"
        return Check(name, "warning", f"{words}, {since}{error}", f"Look at it: lrs-bridge {command} list")
    return Check(name, "ok", words)


def _waiting(name: str, count: int, words: str) -> Check:
    remedies = {
        "quarantine": "Look at them, put them right and replay them: lrs-bridge statements quarantine list",
        "unmatched": "Check lms_account and email in the roster: lrs-bridge statements unmatched",
    }
    return Check(name, "warning" if count else "ok", f"{count:,} {words}", remedies[name] if count else "")
