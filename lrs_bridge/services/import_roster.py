"""A roster file: read, compared, held by gates or applied in one transaction (DESIGN 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.errors import RosterHeld
from lrs_bridge.roster.column_names import OURS, ColumnNames
from lrs_bridge.roster.gates import Gate, held_by
from lrs_bridge.roster.plan import KnownPerson, PlanSummary, RosterKind, RosterPlan
from lrs_bridge.roster.reading import RosterFile, read_roster
from lrs_bridge.roster.reconcile import reconcile
from lrs_bridge.services.apply_roster import Tell, apply_plan, complete_accounts
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.rematch import match_stragglers, rematch
from lrs_bridge.storage import rosters
from lrs_bridge.storage.database import now


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an applied file did, in words for HR. ``replayed``: waiting statements that now belong to somebody."""

    summary: PlanSummary
    file: RosterFile
    replayed: int


def import_roster(  # noqa: PLR0913 - all that a caller may say of a file
    bridge: Bridge,
    raw: bytes,
    *,
    source: str,
    kind: RosterKind = "snapshot",
    as_of: date | None = None,
    accept: Collection[str] = (),
    names: ColumnNames = OURS,
    tell: Tell | None = None,
) -> ImportReport:
    """Apply a roster whole, or raise: RosterRefused for what cannot be read, RosterHeld with the gates that hold it.

    ``accept`` names the gates that a human overrides; both the gate and the override are recorded. ``tell`` is told how
    many changes are written and how many there are.
    """
    file = read_roster(raw, source=source, names=names, kind=kind)
    at = now()
    day = as_of or at.date()
    with bridge.database.writing() as connection:
        rosters.one_at_a_time(connection)
        known = rosters.known_people(connection)
        plan = reconcile(known, file.entries, kind=kind, as_of=day, leaver_after_days=bridge.settings.leaver_after_days)
        gates = _gates(connection, plan, file)
        holding = [gate for gate in gates if gate.name not in accept]
        import_id = rosters.record_import(
            connection,
            plan,
            source=source,
            sha256=sha256(raw).hexdigest(),
            rows=file.rows,
            gates=[gate.name for gate in gates],
            accepted=sorted(accept),
            outcome="held" if holding else "applied",
            problems=file.problems,
            at=at,
        )
        keys = set() if holding else _apply(bridge, connection, plan, known, import_id, at, tell)
        replayed = rematch(connection, keys, at=at).replayed
    if holding:
        raise _held(source, holding, plan)
    replayed += match_stragglers(bridge.database, keys)
    return ImportReport(plan.summary(), file, replayed)


def roster_history(
    bridge: Bridge, *, source: str = "", outcome: str = "", limit: int = 0, offset: int = 0
) -> list[Any]:
    """What was applied or held, newest first; of one ``source`` or ``outcome`` only, all of it or ``limit`` of it."""
    with bridge.database.reading() as connection:
        return rosters.imports(connection, source=source, outcome=outcome, limit=limit, offset=offset)


def _gates(connection: sa.Connection, plan: RosterPlan, file: RosterFile) -> list[Gate]:
    last_snapshot = rosters.last_applied(connection, kind="snapshot")
    return held_by(
        plan,
        rows=file.rows,
        last_rows=last_snapshot.rows if last_snapshot else None,
        last_as_of=rosters.newest_day(connection, files_only=True),
        conflicts=file.conflicts,
    )


def _held(source: str, gates: list[Gate], plan: RosterPlan) -> RosterHeld:
    problems = [problem for gate in gates for problem in (gate.as_problem(source), *gate.problems)]
    return RosterHeld(
        f"The roster was held whole; nothing was changed. {plan.summary().lines[0]}",
        remedy="Correct the file, or accept by name what is meant",
        problems=problems,
    )


def _apply(
    bridge: Bridge,
    connection: sa.Connection,
    plan: RosterPlan,
    known: Mapping[str, KnownPerson],
    import_id: UUID,
    at: datetime,
    tell: Tell | None,
) -> set[UUID]:
    keys = apply_plan(bridge, connection, plan, known, import_id, at=at, tell=tell)
    return keys | complete_accounts(bridge, connection, at=at)
