"""Whose rows a query is about: the reader's own people of today, and of these whom the query names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from lrs_bridge.errors import NotFound
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.organisation import people_below, records_seen
from lrs_bridge.services.readers import Reader, people_seen
from lrs_bridge.storage.people import own_details, person_key
from lrs_bridge.storage.survivors import surviving_id

Scope = Collection[UUID] | None
"""None: everybody."""


def as_meant(bridge: Bridge, query: FeedQuery) -> FeedQuery:
    """The same, naming people as they were known: by another id, where a record was merged into theirs."""
    if not (query.manager or query.employee):
        return query
    with bridge.database.reading() as connection:
        manager, employee = (
            surviving_id(connection, employee_id, known_at=query.known_at)
            for employee_id in (query.manager, query.employee)
        )
    return replace(query, manager=manager, employee=employee)


def people_asked(bridge: Bridge, who: Reader, query: FeedQuery, at: datetime) -> Scope:
    """NotFound for a manager or an employee whom the reader does not see, as if they were not there.

    The scope is that of the moment of asking, whatever day is asked about; the manager's tree is that of the day.
    """
    query = as_meant(bridge, query)
    scope = people_seen(bridge, who, at.date())
    if query.known_at:  # who was known by two records then has a row of each
        scope = records_seen(bridge, scope)
    for employee_id in (query.manager, query.employee):
        if employee_id not in {"", who.employee_id} and not _is_in_scope(bridge, person_key(employee_id), scope):
            raise NotFound(f"Nobody in your scope has the employee id {employee_id!r}")
    return people_named(bridge, query, scope, at)


def people_named(bridge: Bridge, query: FeedQuery, scope: Scope, at: datetime) -> Scope:
    """Those of ``scope`` whom the query names."""
    people = scope
    if query.manager:
        day = query.as_of or (query.known_at or at).date()
        team = people_below(bridge, query.manager, day, known_at=query.known_at)
        people = team if people is None else team & set(people)
    if query.employee:
        key = person_key(query.employee)
        people = {key} if people is None or key in people else set()
    return people


def _is_in_scope(bridge: Bridge, person_id: UUID, scope: Scope) -> bool:
    if scope is not None:
        return person_id in scope
    with bridge.database.reading() as connection:
        return bool(own_details(connection, [person_id]))
