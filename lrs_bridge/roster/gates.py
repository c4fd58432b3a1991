"""Gates: what holds a roster whole until a human looks. One wrong file must not end the employment of a department."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from lrs_bridge.errors import Problem
from lrs_bridge.roster.cells import without_zeros
from lrs_bridge.roster.plan import RosterPlan

ACCEPTABLE = ("empty", "duplicates", "shrunk", "leavers", "zeros", "managers", "older")
"""What ``--accept`` may name. An unknown header is no gate that opens: such a file is refused on reading."""

LEAST_LEAVERS = 5
LEAVERS_PERCENT = 5
SHRUNK_PERCENT = 90
MANAGERS_PERCENT = 20
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that holds. ``numbers`` are those that closed it."""

    name: str
    reason: str
    numbers: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def remedy(self) -> str:
        return f"Check the file; if it is right, import it again with --accept {self.name}."

    def as_problem(self, place: str) -> Problem:
        return Problem(place, f'held by the gate "{self.name}": {self.reason}', self.remedy)


def held_by(
    plan: RosterPlan,
    *,
    rows: int,
    last_rows: int | None = None,
    last_as_of: date | None = None,
    conflicts: Sequence[Problem] = (),
    accepted: Collection[str] = (),
) -> list[Gate]:
    """Every gate that holds this plan and is not accepted; ``last_…`` are those of the last applied roster, if any."""
    found = (*_of_file(plan, rows, last_rows, last_as_of, conflicts), *_of_people(plan))
    return [gate for gate in found if gate.name not in accepted]


def _of_file(
    plan: RosterPlan, rows: int, last_rows: int | None, last_as_of: date | None, conflicts: Sequence[Problem]
) -> Iterator[Gate]:
    if rows == 0:
        yield Gate("empty", "the file has a header but no rows", (0,))
    if conflicts:
        count = len(conflicts)
        reason = f"{count:,} row{'s repeat' if count > 1 else ' repeats'} an employee_id with different values"
        yield Gate("duplicates", reason, (count,), tuple(conflicts))
    # a delta is small by nature
    if plan.kind == "snapshot" and last_rows and rows * 100 < SHRUNK_PERCENT * last_rows:
        reason = f"{rows:,} rows, the last snapshot had {last_rows:,}: less than {SHRUNK_PERCENT} % of it"
        yield Gate("shrunk", reason, (rows, last_rows))
    if last_as_of is not None and plan.as_of < last_as_of:
        yield Gate("older", f"it is as of {plan.as_of}, but one as of {last_as_of} has been applied already")


def _of_people(plan: RosterPlan) -> Iterator[Gate]:
    employed = plan.employed_before
    leavers = len(plan.of_kind("leaver"))
    allowed = max(LEAST_LEAVERS, LEAVERS_PERCENT * employed // 100)
    if leavers > allowed:
        reason = f"{leavers:,} of {employed:,} people would leave; up to {allowed:,} pass unasked"
        yield Gate("leavers", reason, (leavers, employed))
    if shorter := _without_their_zeros(plan):
        told = ", ".join(f"{gone} as {come}" for gone, come in shorter[:SHOWN])
        count = len(shorter)
        who = "1 person would leave and join" if count == 1 else f"{count:,} people would leave and join"
        reason = f"{who} under the same id with other leading zeros: {told}{', …' if count > SHOWN else ''}"
        yield Gate("zeros", reason, (count,))
    moves = plan.manager_moves
    if moves * 100 > MANAGERS_PERCENT * employed:
        reason = f"{moves:,} of {employed:,} people would change manager: more than {MANAGERS_PERCENT} %"
        yield Gate("managers", reason, (moves, employed))


def _without_their_zeros(plan: RosterPlan) -> list[tuple[str, str]]:
    """Leavers, each with the joiner that a spreadsheet would make of them by taking the id for a number."""
    come = {without_zeros(change.employee_id): change.employee_id for change in plan.of_kind("joiner")}
    gone = sorted(change.employee_id for change in plan.of_kind("leaver"))
    return [(one, come[without_zeros(one)]) for one in gone if without_zeros(one) in come]
