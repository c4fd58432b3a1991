"""Which statements of a batch may be stored: validated, repaired where that is wanted, within the sender's bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from lrs_bridge.errors import Problem, StatementRefused
from lrs_bridge.services.activities import NOTHING_NEW, News, news_of
from lrs_bridge.services.credentials import UNBOUNDED, refuse_outside
from lrs_bridge.services.receive_attachments import Received, draft_of
from lrs_bridge.storage.activities import Remembered
from lrs_bridge.xapi.bounds import Bounds
from lrs_bridge.xapi.faults import Telling, under
from lrs_bridge.xapi.parsing_apart import Faulty
from lrs_bridge.xapi.repairs import repair_statement
from lrs_bridge.xapi.validation import validate_statement

Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who records. ``compat``: repair or quarantine what is wrong, and store the rest.

    ``defines``: what the statements tell of activities and agents becomes the LRS's own view of them
    (the scope ``define``, xAPI Communication 4.2). ``bounds``: what a launch's credential may write about.
    ``keeps_stamps``: the statements come from another LRS, whose ``stored`` and ``authority`` they keep.
    """

    credential_id: UUID
    authority: dict[str, Any]
    compat: bool = False
    version: str = "1.0.3"
    defines: bool = False
    bounds: Bounds = UNBOUNDED
    keeps_stamps: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """A valid statement under its id, with the repairs that made it so."""

    id: UUID
    statement: Statement
    repairs: tuple[Problem, ...] = ()
    news: News = NOTHING_NEW


@dataclass(frozen=True, slots=True)
class Quarantined:
    statement: Any
    problems: tuple[Problem, ...]


class Batch(NamedTuple):
    """What one sender sent, as far as it may be stored or must be held."""

    admitted: list[Admitted]
    refused: list[Quarantined]
    by: Recorder
    received: Received


def admit(statements: Sequence[Any], by: Recorder, remembered: Remembered, received: Received) -> Batch:
    """Raises StatementRefused with every fault of every statement, unless the recorder is ``compat``."""
    telling = Telling()
    admitted, refused = _admit(statements, by, remembered, received, telling)
    if refused and not by.compat:
        problems = [problem for item in refused for problem in item.problems] + list(telling.last_words())
        raise StatementRefused("The statements are not valid xAPI; none was stored", problems=problems)
    refuse_outside([problem for item in admitted for problem in by.bounds.statement_problems(item.statement)])
    if strays := received.strays(statements):  # of a compat sender: kept, though no statement has them
        refused.append(Quarantined(draft_of(strays), tuple(problem for each in strays for problem in each.problems)))
    return Batch(admitted, refused, by, received)


def _admit(
    statements: Sequence[Any], by: Recorder, remembered: Remembered, received: Received, telling: Telling
) -> tuple[list[Admitted], list[Quarantined]]:
    admitted: dict[UUID, Admitted] = {}
    refused: list[Quarantined] = []
    for position, given in enumerate(statements):
        pointer = f"/{position}" if len(statements) > 1 else ""
        if type(given) is Faulty:  # of a compat sender
            refused.append(Quarantined(given.kept, under(pointer, given.problems)))
            continue
        statement, repairs = repair_statement(given) if by.compat and isinstance(given, dict) else (given, [])
        problems = validate_statement(statement, version=by.version, pointer=pointer)
        if not problems:
            problems = list(under(pointer, tuple(received.problems(statement, version=by.version))))
            problems += received.part_problems(statement)
        statement_id = uuid4() if problems else _id_of(statement)
        if statement_id in admitted:
            problems = [_repeat(statement_id, pointer)]
        if problems:
            refused.append(Quarantined(given, tuple(problems if by.compat else telling.of(problems))))
            if telling.is_enough:
                break
        else:
            news = news_of(statement, remembered) if by.defines else NOTHING_NEW
            admitted[statement_id] = Admitted(statement_id, statement, tuple(repairs), news)
    return list(admitted.values()), refused


def _id_of(statement: Statement) -> UUID:
    return UUID(statement["id"]) if "id" in statement else uuid4()


def _repeat(statement_id: UUID, pointer: str) -> Problem:
    clause = "xAPI Communication 2.1.2"
    return Problem(
        f"{pointer}/id", f"{statement_id} stands more than once in the batch", "Send each statement once", clause
    )
