"""The feed: the status relation, filtered for one reader, fresh for everybody it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.feeds.relation import Feed, FeedRow, RosterAge, Tally
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.feed_relation import rows_now, rows_then
from lrs_bridge.services.feed_scope import Scope, as_meant, people_asked
from lrs_bridge.services.readers import Reader
from lrs_bridge.services.refresh_compliance import mark_whose_day_has_come, refresh
from lrs_bridge.storage.database import now
from lrs_bridge.storage.feed_people import in_order
from lrs_bridge.storage.feed_revisions import revised_through
from lrs_bridge.storage.requirements import newest_versions
from lrs_bridge.storage.rosters import last_applied
from lrs_bridge.storage.schema.base import EPOCH

__all__ = ["FeedQuery", "compliance_export", "compliance_feed", "feed_problems", "open_feed"]


def compliance_feed(bridge: Bridge, who: Reader, query: FeedQuery) -> Feed:
    """Rows of the reader's own people only; a manager outside that scope is NotFound, as if not there.

    Without ``as_of`` and ``known_at`` each person is judged on today's date in their own zone, and whoever is
    dirty is evaluated first. With either, the past is evaluated anew from what was recorded by ``known_at``.
    """
    return _paged(open_feed(bridge, who, query), query)


def compliance_export(bridge: Bridge, who: Reader, query: FeedQuery) -> Feed:
    """The same, but the rows are read as they are taken where the query allows it: memory does not grow with them."""
    return exported(open_feed(bridge, who, query), query)


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """The feed with all but its rows; the rows of its filter as they are read; what a delta goes on from."""

    feed: Feed
    rows: Iterator[FeedRow]
    people: Scope
    through: datetime


def open_feed(bridge: Bridge, who: Reader, query: FeedQuery) -> OpenFeed:
    refuse(feed_problems(bridge, query))
    at, query = now(), as_meant(bridge, query)
    people = people_asked(bridge, who, query, at)
    if not query.asks_for_the_past:
        mark_whose_day_has_come(bridge, people, at=at)
        refresh(bridge, people, at=at)
    feed, through = feed_without_rows(bridge, query, at)
    with bridge.database.reading() as connection:
        ids = in_order(connection, people)
    if query.asks_for_the_past:
        rows = rows_then(bridge, ids, feed.as_of, query.known_at)
    else:
        rows = rows_now(bridge, ids, feed.as_of)
    return OpenFeed(feed, rows if query.keeps_all else filter(query.keeps, rows), people, through)


def exported(opened: OpenFeed, query: FeedQuery) -> Feed:
    if not query.is_export:
        return _paged(opened, query)
    tally = Tally()
    return replace(opened.feed, rows=tally.passing(opened.rows), tally=tally)


def _paged(opened: OpenFeed, query: FeedQuery) -> Feed:
    ordered = query.ordered(opened.rows)
    rows, after = query.page_of(ordered)
    following = {"after": after} if after else {}
    return replace(opened.feed, rows=rows, tally=Tally.of(ordered), following=following)


def feed_without_rows(bridge: Bridge, query: FeedQuery, at: datetime) -> tuple[Feed, datetime]:
    """What holds once for a feed, and the instant up to which every change is in rows that are read after this."""
    day = query.as_of or (query.known_at or at).date()
    with bridge.database.reading() as connection:
        through = revised_through(connection)
        titles = {key: body["title"] for key, body in newest_versions(connection, known_at=query.known_at).items()}
        last = last_applied(connection, known_at=query.known_at)
    modified = max(EPOCH, min(query.known_at or at, max(through, last.recorded if last else through)))
    feed = Feed(day, query.known_at or at, _age(last, day), (), Tally(), titles, modified)
    return feed, through


def _age(last: Any, day: date) -> RosterAge | None:
    return RosterAge(last.source, last.as_of, max(0, (day - last.as_of).days)) if last else None


def feed_problems(bridge: Bridge, query: FeedQuery) -> list[Problem]:
    """Everything that is wrong with a query. A requirement that is not known is: nobody would be missing it."""
    problems = query.problems()
    if query.requirement:
        with bridge.database.reading() as connection:
            known = sorted(newest_versions(connection, known_at=query.known_at))
        if query.requirement not in known:
            remedy = f"Choose among {', '.join(known)}" if known else "Import one: lrs-bridge requirements import FILE"
            problems.append(Problem("requirement", f"is {query.requirement!r}, which is not known", remedy))
    return problems


def refuse(problems: list[Problem]) -> None:
    if problems:
        raise RequestRefused("The feed cannot be asked like this", problems=problems)
