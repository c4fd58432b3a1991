"""How a check answers: with the problems it found, their places relative to the value that was checked.

Nothing is known of the place while a value is good, so a valid statement costs no path; each level puts its own
key in front of what its children found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from lrs_bridge.errors import Problem

Faults = tuple[Problem, ...]
Check = Callable[[Any], Faults]
OK: Faults = ()

FORMAT = "xAPI Data 2.2"

MOST = 1000
"""Problems listed at once. A hostile body can hold millions; each costs far more to describe than to send."""
MOST_NAMED = 10_000
"""Faulty statements of one batch that are named."""
MOST_FOUND = 100 * MOST
"""Problems of one batch after which nobody looks on."""
LONGEST_KEY = 200
"""Characters of one key that a pointer shows: it is repeated for everything below that key."""


def fault(reason: str, clause: str = FORMAT, *, remedy: str = "", place: str = "") -> Faults:
    return (Problem(place, reason, remedy, clause),)


def pointer(*keys: str | int) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + _short(str(key)).replace("~", "~0").replace("/", "~1") for key in keys)


def _short(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else key[: LONGEST_KEY - 1] + "…"


def capped(problems: Iterable[Problem]) -> list[Problem]:
    """The first ``MOST`` of them; where there are more, a last one says so. A generator is not read to its end."""
    remaining = iter(problems)
    listed = list(islice(remaining, MOST))
    if next(remaining, None) is not None:
        reason = f"there are more problems; only the first {MOST:,} are listed"
        listed.append(Problem("", reason, "Correct these and send it again"))
    return listed


class Telling:
    """What is told of a batch: all problems up to ``MOST``, and beyond that the first of each faulty statement.

    So a sender learns of every faulty statement at once, and a hostile batch costs no more than it has to.
    """

    def __init__(self) -> None:
        self._told = 0
        self._found = 0
        self._named = 0

    def of(self, problems: Sequence[Problem]) -> Sequence[Problem]:
        """Of the problems of one more faulty statement, those that are told."""
        room = max(1, MOST - self._told)
        self._found += len(problems)
        self._named += 1
        self._told += min(room, len(problems))
        return problems[:room]

    @property
    def is_enough(self) -> bool:
        """Whether the rest of the batch need not be looked at."""
        return self._named >= MOST_NAMED or self._found >= MOST_FOUND

    def last_words(self) -> Faults:
        """A last problem where something was left out."""
        if self.is_enough:
            reason = f"the first {self._named:,} faulty statements are named; the rest was not looked at"
        elif self._found > self._told:
            reason = f"of {self._found:,} problems {self._told:,} are listed, of every faulty statement at least one"
        else:
            return OK
        return fault(reason, "", remedy="Correct these and send it again")


def under(prefix: str, faults: Faults) -> Faults:
    """The same faults, seen from further up: ``prefix`` is a pointer."""
    return tuple(replace(problem, place=prefix + problem.place) for problem in faults)


def wrong_type(value: Any, expected: str, clause: str = FORMAT) -> Faults:
    if value is None:
        return fault("null is allowed in extensions only", remedy=f"Leave it out, or give {expected}")
    return fault(f"must be {expected}, not {kind_of(value)}", clause)


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "null")


def shown(text: str) -> str:
    """A value as it may stand in a message: quoted and not longer than a line."""
    return repr(text if len(text) <= 80 else text[:77] + "…")
