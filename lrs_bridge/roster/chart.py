"""The tree of an organisation, line by line from the top: each leader before their team, with the width of the team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lrs_bridge.roster.organisation import Organisation


@dataclass(frozen=True, slots=True)
class ChartLine:
    """``span``: direct reports. ``below``: everybody under them. ``acting_for``: whose place their leader fills."""

    level: int
    employee_id: str
    manager_id: str
    acting_for: str
    span: int
    below: int


def chart(organisation: Organisation, tops: Iterable[str]) -> list[ChartLine]:
    """Everybody from ``tops`` down, each team in the order of its ids."""
    placed = _placed(organisation, tops)
    below = dict.fromkeys((person for _, person, _ in placed), 0)
    for _, person, boss in reversed(placed):
        if boss in below:
            below[boss] += below[person] + 1
    return [
        ChartLine(
            level, person, boss, organisation.acting.get(person, ""), len(organisation.team_of(person)), below[person]
        )
        for level, person, boss in placed
    ]


def _placed(organisation: Organisation, tops: Iterable[str]) -> list[tuple[int, str, str]]:
    """Level, person and leader. A stack and no recursion: nobody promises how deep a company is."""
    leaders = {person: boss for boss, team in organisation.reports.items() for person in team}
    waiting = [(0, person, leaders.get(person, "")) for person in sorted(tops, reverse=True)]
    placed = []
    while waiting:
        level, person, boss = waiting.pop()
        placed.append((level, person, boss))
        waiting += [(level + 1, report, person) for report in reversed(organisation.team_of(person))]
    return placed
