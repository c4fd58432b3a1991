"""What changed of a feed since a token: the rows that became others, and those that a reader has to take out.

A row is told again when its status, its person's columns or the reader's scope changed after the token. It may be
told twice, and a row that was never in the filter may be named as removed: neither does harm. None is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from lrs_bridge.errors import Gone
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.feeds.relation import Feed, FeedRow, RemovedRow, Tally
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import exported, feed_problems, feed_without_rows, open_feed, refuse
from lrs_bridge.services.delta_tokens import LOAD_AGAIN, DeltaToken, give_token, take_token
from lrs_bridge.services.feed_relation import rows_now
from lrs_bridge.services.feed_scope import Scope, as_meant, people_named
from lrs_bridge.services.readers import Reader, people_seen
from lrs_bridge.services.refresh_compliance import mark_whose_day_has_come, refresh
from lrs_bridge.storage.database import now
from lrs_bridge.storage.feed_people import employee_ids, in_order
from lrs_bridge.storage.feed_revisions import kept_scope, people_changed_since, rows_changed_since

Key = tuple[UUID, str]


def compliance_delta(bridge: Bridge, who: Reader, query: FeedQuery) -> Feed:
    """The export, with the token of what comes after it; or, with ``delta``, what changed since that token."""
    if query.delta:
        return _since(bridge, who, query)
    opened = open_feed(bridge, who, query)
    feed = exported(opened, query)
    if query.asks_for_the_past or query.after or (query.page or 1) > 1:
        return feed  # a delta goes on from the first page: what changes while the others are read is in it
    token = give_token(bridge, who, query, opened.people, through=opened.through, at=feed.known_at)
    return replace(feed, token=token)


def _since(bridge: Bridge, who: Reader, query: FeedQuery) -> Feed:
    refuse(feed_problems(bridge, query))
    at = now()
    token = take_token(bridge, who, query, at=at)
    # whom the query names may have left the scope since: their rows are removed, and nothing else is said
    meant = as_meant(bridge, query)
    people = people_named(bridge, meant, people_seen(bridge, who, at.date()), at)
    mark_whose_day_has_come(bridge, people, at=at)
    refresh(bridge, people, at=at)
    feed, through = feed_without_rows(bridge, query, at)
    changes = _changes(bridge, token, people, at)
    rows, removed = _told(bridge, meant, feed, changes)
    return replace(
        feed,
        rows=query.ordered(rows),
        tally=Tally.of(rows),
        removed=removed,
        token=give_token(bridge, who, query, people, through=through, at=at),
    )


@dataclass(frozen=True, slots=True)
class _Changes:
    """Single rows; people of whom every row is to be told; people who left the scope."""

    rows: Collection[Key]
    whole: Collection[UUID]
    left: Collection[UUID]


def _changes(bridge: Bridge, token: DeltaToken, people: Scope, at: datetime) -> _Changes:
    with bridge.database.reading() as connection:
        rows = rows_changed_since(connection, token.instant)
        whole = people_changed_since(connection, token.instant, token.local_day, at.date())
        before = kept_scope(connection, bytes.fromhex(token.scope)) if token.scope else None
    if people is None:
        return _Changes(rows, whole, ())
    if before is None:
        raise Gone("It is no longer known whom this delta was about", remedy=LOAD_AGAIN)
    seen = set(people)
    within = {key for key in rows if key[0] in seen}
    return _Changes(within, (whole & seen) | (seen - before), before - seen)


def _told(bridge: Bridge, query: FeedQuery, feed: Feed, changes: _Changes) -> tuple[list[FeedRow], list[RemovedRow]]:
    touched = {person_id for person_id, _ in changes.rows} | set(changes.whole)
    with bridge.database.reading() as connection:
        ids = employee_ids(connection, touched | set(changes.left))
        order = in_order(connection, touched)
    wanted = {(ids[person_id], requirement) for person_id, requirement in changes.rows}
    wanted |= _all_rows((ids[person_id] for person_id in changes.whole), feed)
    kept = [
        row
        for row in rows_now(bridge, order, feed.as_of)
        if (row.employee_id, row.requirement) in wanted and query.keeps(row)
    ]
    gone = wanted | _all_rows((ids[person_id] for person_id in changes.left), feed)
    gone -= {(row.employee_id, row.requirement) for row in kept}
    return kept, [RemovedRow(*key) for key in sorted(gone) if _was_asked(query, *key)]


def _all_rows(people: Iterable[str], feed: Feed) -> set[tuple[str, str]]:
    return {(employee_id, requirement) for employee_id in people for requirement in feed.titles}


def _was_asked(query: FeedQuery, employee_id: str, requirement: str) -> bool:
    return query.requirement in {"", requirement} and query.employee in {"", employee_id}
