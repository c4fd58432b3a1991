"""The organisation to be read: its tree with spans, acting managers and delegates, and those who belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.roster.chart import ChartLine, chart
from lrs_bridge.roster.organisation import Organisation, wide_span_problems
from lrs_bridge.roster.reporting_lines import Delegation
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.hr_scope import HR, require_seen
from lrs_bridge.services.listings import Page, Slice, page_of
from lrs_bridge.services.organisation import reporting_lines
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import people_details

UNOWNED_SORTS = ("employee_id", "name", "why")


@dataclass(frozen=True, slots=True)
class OrganisationQuery:
    """``everybody``: those who lead nobody, too."""

    manager: str = ""
    everybody: bool = False
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """``lines`` is one page of ``total``; ``warnings`` are of wide spans, ``unowned`` counts whom no leader sees."""

    as_of: date
    lines: list[dict[str, Any]]
    total: int
    employed: int
    unowned: int
    warnings: list[Problem]


def organisation_chart(bridge: Bridge, query: OrganisationQuery, *, limit: int, offset: int = 0) -> Chart:
    """From the top, each leader before their team; or from one manager, who may also be one that is vacant."""
    day = query.as_of or now().date()
    lines = reporting_lines(bridge, known_at=query.known_at)
    today, manager = lines.on(day), lines.meant.get(query.manager, query.manager)
    if manager:
        require_seen(bridge, manager, HR)
        _require_place(today, manager, day)
    # whose own line is broken leads their team all the same
    cut = [boss for boss in today.unowned if today.team_of(boss)]
    found = chart(today, [manager] if manager else [*today.tops, *cut])
    shown = [line for line in found if query.everybody or line.span or (manager and not line.level)]
    names = _names(bridge, query.known_at)
    delegates: dict[str, list[Delegation]] = {}
    for delegation in lines.delegations_on(day):
        delegates.setdefault(delegation.manager_id, []).append(delegation)
    page = [_line(line, names, delegates) for line in shown[offset : offset + limit]]
    warnings = wide_span_problems(today, {}, {line.employee_id for line in found})
    return Chart(day, page, len(shown), len(today.employed), len(today.unowned), warnings)


def unowned_people(bridge: Bridge, query: OrganisationQuery, part: Slice) -> Page:
    """Those whose line is broken, each with the reason in words."""
    today = reporting_lines(bridge, known_at=query.known_at).on(query.as_of or now().date())
    names = _names(bridge, query.known_at)
    rows = [{"employee_id": key, "name": names.get(key, ""), "why": why} for key, why in today.unowned.items()]
    return page_of(rows, part, UNOWNED_SORTS)


def _require_place(today: Organisation, manager: str, day: date) -> None:
    if not today.employs(manager):
        led = today.vacant_team_of(manager)
        remedy = (
            f"Their reports ({', '.join(led)}) are with the next manager above"
            if led
            else "Ask for a day with --as-of on which they are"
        )
        raise RequestRefused(f"{manager} is not employed on {day}", remedy=remedy)


def _names(bridge: Bridge, known_at: datetime | None) -> dict[str, str]:
    with bridge.database.reading() as connection:
        return {detail.employee_id: detail.name for detail in people_details(connection, known_at=known_at).values()}


def _line(line: ChartLine, names: Mapping[str, str], delegates: Mapping[str, list[Delegation]]) -> dict[str, Any]:
    named = [{"delegate_id": one.delegate_id, "until": one.period.last} for one in delegates.get(line.employee_id, ())]
    return asdict(line) | {"name": names.get(line.employee_id, ""), "delegates": named}
