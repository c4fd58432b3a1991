"""How rates went day by day, and what expires ahead. Evaluated when asked, not kept (docs/decisions/0017)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from lrs_bridge.domain.compliance import ComplianceStatus, Reason, Status
from lrs_bridge.domain.periods import DAY, plus_days
from lrs_bridge.domain.suppression import LEAST
from lrs_bridge.domain.tallies import COUNTED, LATE, NOT_ASKED, Counts, tally
from lrs_bridge.domain.timelines import Ahead, Stretch, forecast, periods_ahead, timeline, trend
from lrs_bridge.feeds.figures import KEPT_BACK
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.figures_people import judge_of, members, programme_of, records_of
from lrs_bridge.services.figures_query import FiguresQuery, Table, When
from lrs_bridge.services.readers import Reader
from lrs_bridge.storage.people import person_key

AHEAD = ("renewable", "expiring", "becoming_overdue")
AT_THE_END = ("compliant", "missing", "overdue", "exempt", "rate", "overdue_rate")


def trend_table(bridge: Bridge, who: Reader, query: FiguresQuery, when: When) -> Table:
    """One row a day, of those in the scope on ``as_of``, each day by all that is known."""
    first, last = query.first_day(when.as_of), when.as_of
    query.refuse_days(first, last)
    people = members(bridge, who, query, when)
    with bridge.database.reading() as connection:
        programme = programme_of(connection, [query.requirement], when.known_at)
        timelines = []
        for record, facts in records_of(connection, people, when.known_at):
            judge = judge_of(programme, record, facts, when.known_at)
            timelines.append(list(timeline(_of(judge, query.requirement), first, last)))
    days = trend(timelines, first, last)
    return Table(("day", "people", *COUNTED), [{"day": day} | _figures(counts) for day, counts in days])


def _of(
    judge: Callable[[date], Mapping[str, ComplianceStatus]], requirement: str
) -> Callable[[date], ComplianceStatus]:
    return lambda day: judge(day)[requirement]


def _figures(counts: Counts) -> dict[str, Any]:
    """Of one requirement, of which everybody has one status."""
    people = _asked(counts)
    if 0 < people < LEAST:
        return {KEPT_BACK: True}
    return {"people": people, KEPT_BACK: False} | tally(counts)


def _asked(counts: Counts) -> int:
    return sum(number for (_, reason), number in counts.items() if reason not in NOT_ASKED)


def forecast_table(bridge: Bridge, rows: Sequence[FeedRow], query: FiguresQuery, when: When) -> Table:
    """One row a requirement and period. Only whose status changes before the end is evaluated again."""
    periods = periods_ahead(when.as_of, query.period, query.periods)
    horizon = periods[-1].last or when.as_of
    there = [row for row in rows if query.keeps(row)]
    moving = [row for row in there if row.next_change and row.next_change <= horizon]
    later = dict(_later(bridge, moving, when, horizon))
    timelines: dict[str, list[list[Stretch]]] = {}
    for row in there:
        last = min(row.next_change - DAY, horizon) if row.next_change else horizon
        now = Stretch(when.as_of, max(last, when.as_of), (Status(row.status), Reason(row.reason)))
        timelines.setdefault(row.requirement, []).append([now, *later.get((row.employee_id, row.requirement), ())])
    return Table(
        columns=("requirement", "first_day", "last_day", "people", *AHEAD, *AT_THE_END),
        rows=[
            {"requirement": requirement} | _ahead(ahead)
            for requirement, lines in sorted(timelines.items())
            if any(stretch.is_asked for line in lines for stretch in line)
            for ahead in forecast(lines, periods)
        ],
    )


def _later(
    bridge: Bridge, rows: Sequence[FeedRow], when: When, horizon: date
) -> Iterator[tuple[tuple[str, str], list[Stretch]]]:
    """What comes after the status of each row, by person and requirement."""
    wanted: dict[UUID, dict[str, date]] = {}
    for row in rows:
        first = max(row.next_change or horizon, plus_days(when.as_of, 1))
        wanted.setdefault(person_key(row.employee_id), {})[row.requirement] = first
    with bridge.database.reading() as connection:
        programmes = {
            requirement: programme_of(connection, [requirement], when.known_at)
            for requirement in {row.requirement for row in rows}
        }
        for record, facts in records_of(connection, wanted, when.known_at):
            for requirement, first in wanted[record.person_id].items():
                judge = _of(judge_of(programmes[requirement], record, facts, when.known_at), requirement)
                yield (record.employee_id, requirement), list(timeline(judge, first, horizon))


def _ahead(ahead: Ahead) -> dict[str, Any]:
    found: dict[str, Any] = {"first_day": ahead.period.first, "last_day": ahead.period.last}
    figures = _figures(ahead.counts)
    if figures[KEPT_BACK]:
        return found | figures
    late = sum(number for (_, reason), number in ahead.counts.items() if reason in LATE)
    return found | figures | {name: getattr(ahead, name) for name in AHEAD} | {"overdue": late}
