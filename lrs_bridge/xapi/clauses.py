"""Where IEEE 9274.1.1 (xAPI 2.0) says what a clause of xAPI 1.0.3 says.

The checks that both versions share name the clause of 1.0.3. Whoever sent 2.0 is pointed to the standard of 2.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lrs_bridge.errors import Problem

IEEE = "IEEE 9274.1.1"

_DATA = {
    "4.2": ("2.3", "2.3.1"),
    "4.2.1": ("2.2",),
    "4.2.2": ("2.4", "2.4.1", "2.4.7", "2.4.8", "2.4.9", "2.4.10"),
    "4.2.2.1": ("2.4.2", "2.4.2.1", "2.4.2.2", "2.4.2.3", "2.4.2.4"),
    "4.2.2.2": ("2.4.3",),
    "4.2.2.3": ("2.4.4", "2.4.4.1", "2.4.4.2", "2.4.4.3"),
    "4.2.2.4": ("2.4.5", "2.4.5.1"),
    "4.2.2.5": ("2.4.6", "2.4.6.1", "2.4.6.2"),
    "4.2.2.6": ("2.4.11",),
    "4.2.5": ("2.3.2",),
    "4.2.6": ("2.6",),
    "4.2.7": ("3.1", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6"),
}
_COMMUNICATION = {
    "4.1.2": ("1.4",),
    "4.1.3": ("1.5", "1.5.1", "1.5.2"),
    "4.1.4": ("3.1",),
    "4.1.5": ("3.2",),
    "4.1.6": ("2.2",),
    "4.1.6.1": ("2.1", "2.1.1", "2.1.2", "2.1.3"),
    "4.1.6.2": ("2.3",),
    "4.1.6.3": ("2.4",),
    "4.1.6.4": ("2.5",),
    "4.1.6.5": ("2.6",),
    "4.1.6.6": ("2.7",),
    "4.1.6.7": ("2.8",),
    "4.1.7": ("3.3",),
}
_IN_2_0 = {
    f"xAPI {part} {old}": f"{IEEE} {new}"
    for part, table in (("Data", _DATA), ("Communication", _COMMUNICATION))
    for new, olds in table.items()
    for old in olds
}


def clause_in(version: str, clause: str) -> str:
    """The clause as ``version`` numbers it; what 2.0 has no clause for, and what is 2.0's already, stays as it is."""
    if version.startswith("1."):
        return clause
    return "; ".join(dict.fromkeys(_IN_2_0.get(one, one) for one in clause.split("; ")))


def cited(problems: Iterable[Problem], version: str, *, of_parameters: bool = False) -> Iterator[Problem]:
    """The problems, each with the clause of the version that was spoken.

    What Data 2.2 says of all values, 2.0 says twice: of statements in 4.2.1, of parameters in 4.1.6.
    """
    for problem in problems:
        clause = clause_in(version, problem.clause)
        if of_parameters and clause == f"{IEEE} 4.2.1":
            clause = f"{IEEE} 4.1.6"
        yield replace(problem, clause=clause)
