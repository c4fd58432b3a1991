"""Who reports to whom and who stands in for whom, over time; asked for any date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.periods import Period
from lrs_bridge.roster.organisation import Organisation, last_managers, managers_on, tree

DAYS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Delegation:
    """The delegate sees and answers for the manager's team over the period. It cannot be passed on."""

    manager_id: str
    delegate_id: str
    period: Period


@dataclass(frozen=True)
class ReportingLines:
    """Spells, jobs and delegations of everybody, as believed at one moment."""

    people: tuple[PersonRecord, ...]
    delegations: tuple[Delegation, ...] = ()
    meant: Mapping[str, str] = field(default_factory=dict)
    """Employee ids of records that were merged → whose they are."""
    _days: dict[date, Organisation] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def ids(self) -> dict[str, UUID]:
        return {person.employee_id: person.person_id for person in self.people}

    def on(self, day: date) -> Organisation:
        """Kept for the few days that are asked for again and again."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= DAYS_KEPT:
                self._days.clear()
            found = self._days[day] = tree(managers_on(self.people, day), last_managers(self.people, day))
        return found

    def delegations_on(self, day: date) -> list[Delegation]:
        return [delegation for delegation in self.delegations if delegation.period.covers(day)]


def tree_of(organisation: ReportingLines, manager: str, on: date) -> frozenset[str]:
    """Whom ``manager`` sees and answers for on the day, by employee id, without themselves.

    Everybody below them; the teams of vacant managers for whom they act; the trees of those who named them delegate.
    """
    today, manager = organisation.on(on), organisation.meant.get(manager, manager)
    seen = today.with_all_below(today.team_of(manager))
    for delegation in organisation.delegations_on(on):
        if delegation.delegate_id == manager and today.employs(manager):
            boss = delegation.manager_id
            seen |= today.with_all_below(today.team_of(boss) or today.vacant_team_of(boss))
    return frozenset(seen - {manager})
