"""When an assignable unit, a block and a course are satisfied (cmi5 9.3.9, 13.1.4 moveOn)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """What was said of a unit in one registration."""

    completed: bool = False
    passed: bool = False
    waived: bool = False


class Group(NamedTuple):
    """A block or the course, with every unit in it, however deep."""

    identifier: str
    units: Sequence[str]


def is_met(move_on: str, standing: UnitStanding) -> bool:
    """A waived unit counts as met, whatever it asks (cmi5 9.3.9)."""
    completed, passed = standing.completed, standing.passed
    return (
        standing.waived
        or {
            "Completed": completed,
            "Passed": passed,
            "CompletedAndPassed": completed and passed,
            "CompletedOrPassed": completed or passed,
            "NotApplicable": True,
        }[move_on]
    )


def newly_satisfied(groups: Sequence[Group], met: Collection[str], known: Collection[str]) -> list[Group]:
    """The groups whose units are all met and that are not ``known`` to be satisfied, in the order of ``groups``."""
    done = set(met)
    return [group for group in groups if group.identifier not in known and done.issuperset(group.units)]
