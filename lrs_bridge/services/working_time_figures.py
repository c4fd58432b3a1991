"""Which share of training is done in working hours, by team: training time belongs in working time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.periods import DAY, local_date
from lrs_bridge.domain.suppression import Key, hidden_groups
from lrs_bridge.domain.tallies import share
from lrs_bridge.domain.working_time import Moment, TimeSpent, WorkingCalendar, time_spent
from lrs_bridge.feeds.figures import KEPT_BACK
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.figures_people import Member, members
from lrs_bridge.services.figures_query import FiguresQuery, Table, When
from lrs_bridge.services.rate_figures import group_labels, group_of, label_columns
from lrs_bridge.services.readers import Reader
from lrs_bridge.services.refresh_compliance import histories_at
from lrs_bridge.services.told_statements import told_statements
from lrs_bridge.services.working_calendars import working_calendar
from lrs_bridge.xapi.places import moment_of

HOUR = timedelta(hours=1)
COLUMNS = ("people", "hours", "hours_in_working_time", "share_in_hours")


def working_time_table(bridge: Bridge, who: Reader, query: FiguresQuery, when: When) -> Table:
    """Of statements from ``since`` to ``as_of`` about the modules of the requirements asked about."""
    first, last = query.first_day(when.as_of), when.as_of
    query.refuse_days(first, last)
    people = members(bridge, who, query, when)
    with bridge.database.reading() as connection:
        moments = _moments(connection, people, query, when, first)

    @cache
    def calendar(country: str) -> WorkingCalendar:
        # a sitting begins or ends a day beyond the window by the clock of another zone
        return working_calendar(bridge.settings, country, first - DAY, last + DAY)

    spent = {
        person_id: time_spent(found, calendar(people[person_id].job.country), people[person_id].zone)
        for person_id, found in moments.items()
    }
    return _table(bridge, query, when, people, {person_id: time for person_id, time in spent.items() if time.total})


def _moments(
    connection: sa.Connection, people: Mapping[UUID, Member], query: FiguresQuery, when: When, first: date
) -> dict[UUID, list[Moment]]:
    activities = {
        activity
        for history in histories_at(connection, when.known_at)
        if query.requirement in ("", history.newest.id)
        for activity in history.newest.activities
    }
    found: dict[UUID, list[Moment]] = {}
    since = datetime.combine(first - DAY, datetime.min.time(), UTC)  # nothing is stored before it happened
    told = told_statements(connection, people, activities, since=since, known_at=when.known_at)
    for person_id, at, statement in told:
        if first <= local_date(at, people[person_id].zone) <= when.as_of:
            found.setdefault(person_id, []).append(moment_of(statement, at))
    return found


def _table(
    bridge: Bridge, query: FiguresQuery, when: When, people: Mapping[UUID, Member], spent: Mapping[UUID, TimeSpent]
) -> Table:
    names = query.groupings
    groups: dict[Key, set[UUID]] = {}
    for person_id in spent:
        groups.setdefault(group_of(people[person_id].job, names), set()).add(person_id)
    hidden = hidden_groups(groups)
    labels = group_labels(bridge, groups, names, when)
    return Table(
        columns=(*label_columns(names), *COLUMNS),
        rows=[
            labels[key] | _figures([spent[person_id] for person_id in found], hidden=key in hidden.groups)
            for key, found in sorted(groups.items())
        ],
        whole=_figures(list(spent.values()), hidden=hidden.whole),
    )


def _figures(spent: list[TimeSpent], *, hidden: bool) -> dict[str, Any]:
    if hidden:
        return {KEPT_BACK: True}
    time = sum(spent, TimeSpent())
    return {
        "people": len(spent),
        "hours": round(time.total / HOUR, 2),
        "hours_in_working_time": round(time.in_hours / HOUR, 2),
        "share_in_hours": share(time.in_hours / HOUR, time.total / HOUR),
        KEPT_BACK: False,
    }
