"""Groups too small to be shown: under five people a figure of a group is a figure of somebody.

A group that is not shown must not follow from those that are. So wherever a sum is known (the whole, and in a table of
two groupings the sum of each row and column), what is left out of it is at least two groups with five people together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set
from typing import NamedTuple, TypeVar

LEAST = 5
"""People in a group from which on its figures are shown."""

P = TypeVar("P", bound=Hashable)
Key = tuple[str, ...]
"""The values of one grouping or of two."""


class Hidden(NamedTuple):
    """Which groups are not to be shown, and whether the whole is not either."""

    groups: frozenset[Key]
    whole: bool


def hidden_groups(groups: Mapping[Key, Set[P]], gone: Set[Key] = frozenset(), least: int = LEAST) -> Hidden:
    """``groups``: the people of each, nobody in two. ``gone``: those that are hidden for another reason too."""
    whole = len(_together(groups.values())) < least
    if not groups or len(next(iter(groups))) < 2:
        return Hidden(frozenset(_completed(groups, gone, least)), whole)
    return Hidden(frozenset(_hidden_cells(groups, gone, least)), whole)


def hidden_sums(parts: Iterable[Mapping[Key, Set[P]]], least: int = LEAST) -> Hidden:
    """Of sums over ``parts``, each of which is shown by itself where it can be: the same groups, by requirement.

    A sum is shown where all its parts are, or it would tell the one that is not.
    """
    sums: dict[Key, set[P]] = {}
    gone: set[Key] = set()
    whole = False
    for part in parts:
        hidden = hidden_groups(part, least=least)
        gone |= hidden.groups
        whole = whole or hidden.whole
        for key, people in part.items():
            sums.setdefault(key, set()).update(people)
    together = hidden_groups(sums, gone, least)
    return Hidden(together.groups, whole or together.whole)


def _hidden_cells(groups: Mapping[Key, Set[P]], gone: Set[Key], least: int) -> set[Key]:
    """Of a table: with each row and column that would be hidden alone, for whose sum one could ask instead."""
    hidden = set(gone)
    lines: list[list[Key]] = []
    for axis in (0, 1):
        sums = _sums(groups, axis)
        without = _completed({(value,): people for value, people in sums.items()}, set(), least)
        hidden |= {key for key in groups if (key[axis],) in without}
        lines += [[key for key in groups if key[axis] == value] for value in sums if (value,) not in without]
    while True:
        before = len(hidden)
        for line in lines:
            hidden |= _completed({key: groups[key] for key in line}, hidden, least)
        if len(hidden) == before:
            return hidden


def _sums(groups: Mapping[Key, Set[P]], axis: int) -> dict[str, set[P]]:
    sums: dict[str, set[P]] = {}
    for key, people in groups.items():
        sums.setdefault(key[axis], set()).update(people)
    return sums


def _completed(line: Mapping[Key, Set[P]], hidden: Set[Key], least: int) -> set[Key]:
    """Those of one line to be hidden: the small, those ``hidden`` already, and the next smallest until nobody can be
    told from the rest of the sum."""
    gone = {key for key, people in line.items() if key in hidden or len(people) < least}
    others = sorted(line.keys() - gone, key=lambda key: (-len(line[key]), key))
    while gone and others and (len(gone) < 2 or len(_together(line[key] for key in gone)) < least):
        gone.add(others.pop())
    return gone


def _together(groups: Iterable[Set[P]]) -> set[P]:
    return set[P]().union(*groups)
