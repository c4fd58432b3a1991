"""The figures a reader asks for: one table, sorted and paged, for the people of that reader only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lrs_bridge.domain.suppression import LEAST
from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.feeds.figures import KEPT_BACK, Figures
from lrs_bridge.feeds.relation import FeedRow, RosterAge
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.figures_people import rows_of
from lrs_bridge.services.figures_query import (
    ABANDONED,
    FORECAST,
    RATES,
    TREND,
    UPTAKE,
    WORKING_TIME,
    FiguresQuery,
    Table,
    When,
)
from lrs_bridge.services.rate_figures import rate_table
from lrs_bridge.services.readers import Reader
from lrs_bridge.services.trend_figures import forecast_table, trend_table
from lrs_bridge.services.uptake_figures import abandoned_table, uptake_table
from lrs_bridge.services.working_time_figures import working_time_table
from lrs_bridge.storage.database import now
from lrs_bridge.storage.requirements import newest_versions
from lrs_bridge.storage.rosters import last_applied

OF_ROWS: Mapping[str, Callable[[Bridge, Sequence[FeedRow], FiguresQuery, When], Table]] = {
    RATES: rate_table,
    FORECAST: forecast_table,
    UPTAKE: uptake_table,
    ABANDONED: abandoned_table,
}
OF_PEOPLE: Mapping[str, Callable[[Bridge, Reader, FiguresQuery, When], Table]] = {
    TREND: trend_table,
    WORKING_TIME: working_time_table,
}


def figures(bridge: Bridge, who: Reader, query: FiguresQuery) -> Figures:
    """Counted over the reader's own people; a manager outside that scope is NotFound, as if not there.

    Groups under five people are there by name, with no figure (`domain.suppression`).
    """
    if problems := query.problems():
        raise RequestRefused("The figures cannot be asked like this", problems=problems)
    when = When.of(query, now())
    if query.figure in OF_ROWS:
        table = OF_ROWS[query.figure](bridge, rows_of(bridge, who, query), query, when)
    else:
        table = OF_PEOPLE[query.figure](bridge, who, query, when)
    columns = (*table.columns, KEPT_BACK)
    rows = _sorted(table.rows, columns, query.sort)
    with bridge.database.reading() as connection:
        last = last_applied(connection, known_at=when.known_at)
        titles = {key: body["title"] for key, body in newest_versions(connection, known_at=when.known_at).items()}
    return Figures(
        figure=query.figure,
        as_of=when.as_of,
        known_at=when.known_at or when.instant,
        roster=RosterAge(last.source, last.as_of, max(0, (when.as_of - last.as_of).days)) if last else None,
        columns=columns,
        rows=rows if query.limit is None else rows[(query.page - 1) * query.limit : query.page * query.limit],
        total=len(rows),
        least_people=LEAST,
        whole=table.whole,
        titles=titles,
    )


def _sorted(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], sort: str) -> list[Mapping[str, Any]]:
    """Rows without the value, and those kept back, come last in either direction; "" leaves the order of the figure."""
    column = sort.removeprefix("-")
    if not column:
        return list(rows)
    if column not in columns:
        problem = Problem("sort", f"is {sort!r}", f"Choose among {', '.join(columns)}")
        raise RequestRefused("The figures cannot be asked like this", problems=[problem])
    valued = [row for row in rows if row.get(column) is not None]
    valued.sort(key=lambda row: row[column], reverse=sort.startswith("-"))
    return valued + [row for row in rows if row.get(column) is None]
