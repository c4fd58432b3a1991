"""An evidence pack for a regulator: one signed zip about a person, a requirement or a team at (as_of, known_at)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge import __version__
from lrs_bridge.errors import NotAllowed, NotFound, Problem, RequestRefused
from lrs_bridge.feeds.evidence_pack import PackHead, PackPackage, PackRoster, PackVersion, requirement_path
from lrs_bridge.feeds.evidence_pack_contents import PackContents
from lrs_bridge.feeds.evidence_pack_seal import seal
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import feed_problems
from lrs_bridge.services.evidence_keys import signing_key
from lrs_bridge.services.evidence_pack_asked import Asked
from lrs_bridge.services.evidence_pack_people import add_people
from lrs_bridge.services.feed_scope import Scope, people_asked
from lrs_bridge.services.figures_people import programme_of
from lrs_bridge.services.readers import Reader
from lrs_bridge.storage.database import now
from lrs_bridge.storage.evidence_packs import packages_with, rosters_about, rosters_of, settled_through
from lrs_bridge.storage.feed_people import in_order
from lrs_bridge.storage.merges import merged_people, records_of
from lrs_bridge.storage.people import chunks, people_details, person_key
from lrs_bridge.storage.requirements import newest_versions, versions
from lrs_bridge.storage.rosters import last_applied

KINDS = {"person": "person", "requirement": "requirement", "manager": "team"}
"""By what a pack is asked for, and what it is then about."""
Progress = Callable[[int, int], None]


def unseen(done: int, of: int) -> None:
    """No progress."""


@dataclass(frozen=True, slots=True)
class PackQuery:
    """One of ``person``, ``requirement`` and ``manager`` (the team), and the two dates: without ``known_at`` by all
    that is recorded now, without ``as_of`` on the day of that instant."""

    person: str = ""
    requirement: str = ""
    manager: str = ""
    as_of: date | None = None
    known_at: datetime | None = None

    @property
    def about(self) -> list[str]:
        return [name for name in KINDS if getattr(self, name)]

    @property
    def subject(self) -> str:
        return self.person or self.requirement or self.manager

    def as_feed_query(self) -> FeedQuery:
        return FeedQuery(
            employee=self.person,
            requirement=self.requirement,
            manager=self.manager,
            as_of=self.as_of,
            known_at=self.known_at,
        )

    def problems(self, at: datetime) -> Iterator[Problem]:
        if len(self.about) != 1:
            given = f"{' and '.join(self.about)} are given" if self.about else "none of them is given"
            yield Problem(", ".join(KINDS), given, "A pack is about one of the three: give that one")
        if self.known_at and self.known_at > at:
            yield Problem("known_at", f"{self.known_at} is still to come", "Give an instant up to now, or leave it out")


def write_pack(
    bridge: Bridge, who: Reader, query: PackQuery, target: IO[bytes], *, progress: Progress = unseen
) -> PackHead:
    """The whole pack into ``target``, a file that can seek. The same query with ``known_at`` gives the same bytes.

    Of the reader's own people; NotFound for anybody else, as for nobody.
    """
    at = now()
    if problems := [*query.problems(at), *feed_problems(bridge, query.as_feed_query())]:
        raise RequestRefused("The evidence pack cannot be asked for like this", problems=problems)
    if who.role == "admin":
        raise NotAllowed("An administrator sees nobody's evidence", remedy="Ask with a reader of HR, or an auditor's")
    known_at = query.known_at or settled_through(bridge.database)
    settled = replace(query, known_at=known_at, as_of=query.as_of or known_at.date())
    scope = people_asked(bridge, who, settled.as_feed_query(), at)
    with bridge.database.reading() as connection:
        people = _people(connection, settled, scope, known_at)
        asked = _asked(connection, settled, known_at, reasons=who.role == "hr")
        head = _head(bridge, connection, who, settled, asked)
    with ExitStack() as files:
        _fill(bridge, PackContents.of(head, target, asked.titles, files), people, asked, progress)
    return head


def _fill(bridge: Bridge, contents: PackContents, people: Sequence[UUID], asked: Asked, progress: Progress) -> None:
    key, done = signing_key(bridge.settings), 0
    for part in chunks(people):
        with bridge.database.reading() as connection:
            add_people(connection, contents, part, asked)
        done += len(part)
        progress(done, len(people))
    with bridge.database.reading() as connection:
        _add_requirements(connection, contents, asked)
        _add_packages(connection, contents, asked)
        _add_rosters(connection, contents, people, asked.known_at)
    contents.finish(lambda manifest: seal(manifest, key))


def _people(connection: sa.Connection, query: PackQuery, scope: Scope, known_at: datetime) -> list[UUID]:
    """Those known at that instant, in order."""
    known = people_details(connection, scope, known_at=known_at)
    if not known:
        words = {
            "person": f"Nobody in your scope had the employee id {query.person!r}",
            "requirement": "There was nobody in your scope",
            "manager": f"Nobody in your scope answered to {query.manager!r} on {query.as_of}",
        }
        raise NotFound(f"{words[query.about[0]]}, by what was known at {known_at}", remedy="Ask with other dates")
    return in_order(connection, known)


def _asked(connection: sa.Connection, query: PackQuery, known_at: datetime, *, reasons: bool) -> Asked:
    titles = {key: body["title"] for key, body in newest_versions(connection, known_at=known_at).items()}
    wanted = [query.requirement] if query.requirement else titles
    programme = programme_of(connection, list(wanted), known_at)
    activities = {
        activity
        for history in programme.histories
        if history.newest.id in wanted
        for version, _ in history.versions
        for activity in version.activities
    }
    day = query.as_of or known_at.date()
    return Asked(day, known_at, query.requirement, reasons, titles, programme, frozenset(activities))


def _head(bridge: Bridge, connection: sa.Connection, who: Reader, query: PackQuery, asked: Asked) -> PackHead:
    key = person_key(query.person or query.manager)
    detail = people_details(connection, [key], known_at=asked.known_at).get(key)
    return PackHead(
        kind=KINDS[query.about[0]],
        subject=query.subject,
        title=asked.titles.get(query.requirement, "") or (detail.name if detail else ""),
        as_of=asked.as_of,
        known_at=asked.known_at,
        seen_by=who.role,
        leader=who.employee_id,
        reasons=asked.reasons,
        installation=bridge.settings.public_url,
        made_by=f"LRS Bridge {__version__}",
    )


def _add_requirements(connection: sa.Connection, contents: PackContents, asked: Asked) -> None:
    """Every version there was, of those asked about and of those on which they depend."""
    for requirement_id in sorted(history.newest.id for history in asked.programme.histories):
        for row in versions(connection, known_at=asked.known_at, requirement_id=requirement_id):
            file = requirement_path(row.id, row.version)
            version = PackVersion(row.id, row.version, row.title, row.source, row.recorded, file)
            contents.add_version(version, row.body)


def _add_packages(connection: sa.Connection, contents: PackContents, asked: Asked) -> None:
    """Of what somebody in the pack is asked for."""
    activities = {
        activity
        for history in asked.programme.histories
        if history.newest.id in contents.asked
        for version, _ in history.versions
        for activity in version.activities
    }
    found = packages_with(connection, activities, asked.known_at)
    newest = {row.identifier: row.id for row, _ in found if _is_installed(row, asked)}
    for row, named in found:
        removed = row.removed if row.removed and row.removed <= asked.known_at else None
        in_force = newest.get(row.identifier) == row.id
        contents.add("packages", PackPackage(
            row.identifier, row.version, row.title, row.standard, row.file_name, row.sha256, row.installed, removed,
            in_force, named,
        ))  # fmt: skip


def _is_installed(row: Any, asked: Asked) -> bool:
    """On the day asked about (UTC): whoever began the course on it was given the newest of these."""
    gone = row.removed is not None and row.removed <= asked.known_at and row.removed.date() <= asked.as_of
    return row.installed.date() <= asked.as_of and not gone


def _add_rosters(connection: sa.Connection, contents: PackContents, people: Sequence[UUID], known_at: datetime) -> None:
    records = records_of(people, merged_people(connection, known_at))
    changed = rosters_about(connection, records, known_at)
    last = last_applied(connection, known_at=known_at)
    for row in rosters_of(connection, {*changed, *([last.id] if last else [])}):
        contents.add("rosters", PackRoster(
            row.id, row.source, row.sha256, row.kind, row.as_of, row.rows, row.recorded, row.gates, row.accepted,
            row.id == last.id, sorted(changed.get(row.id, ())),
        ))  # fmt: skip
