"""What was held true of the people of an evidence pack: whose accounts, and what excused them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.identities import HOW_WE_KNOW
from lrs_bridge.feeds.evidence_pack import AWAY, PackExemption, PackIdentity
from lrs_bridge.services.evidence_pack_asked import Asked
from lrs_bridge.storage.identities import identity_rows_of
from lrs_bridge.storage.listings import Wanted, absence_rows, exemption_rows
from lrs_bridge.storage.merges import records_of
from lrs_bridge.storage.people import PENDING


def identities(
    connection: sa.Connection, employee_ids: Mapping[UUID, str], merged: Mapping[UUID, UUID], asked: Asked
) -> list[PackIdentity]:
    rows = identity_rows_of(connection, people=records_of(employee_ids, merged), known_at=asked.known_at)
    found = [
        PackIdentity(
            employee_id=employee_ids[merged.get(row.person_id, row.person_id)],
            ifi=row.ifi,
            tier=row.tier,
            how=HOW_WE_KNOW[row.tier] if row.instead_of is None else "split from another person by hand",
            since=row.since,
            until=row.until,
            recorded=row.recorded,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.employee_id, one.ifi, one.since or date.min, one.recorded))


def exemptions(connection: sa.Connection, records: Collection[UUID], asked: Asked) -> list[PackExemption]:
    wanted = Wanted(records, known_at=asked.known_at)
    approved = [row for row in exemption_rows(connection, wanted) if _is_about(row, asked.requirement)]
    away = [row for row in absence_rows(connection, wanted) if row["first_day"] <= asked.as_of]
    found = [_exemption(row, asked) for row in (*approved, *map(_as_exemption, away))]
    return sorted(
        found, key=lambda one: (one.employee_id, one.kind, one.first_day or one.due or date.min, one.recorded)
    )


def _is_about(row: Mapping[str, Any], requirement: str) -> bool:
    return not requirement or row["requirement_id"] in ("", requirement)


def _as_exemption(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {"kind": "absence", "reason": row["kind"], "requirement_id": "", "approver": "", "due": None}
    return dict(row) | said


def _exemption(row: Mapping[str, Any], asked: Asked) -> PackExemption:
    untold = AWAY if row["kind"] == "absence" else None
    state = row.get("state", "")
    return PackExemption(
        employee_id=row["employee_id"],
        kind=row["kind"],
        requirement=row["requirement_id"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        due=row["due"],
        reason=row["reason"] if asked.reasons else untold,
        approver=row["approver"],
        state=state,
        entered_by=row["who"],
        recorded=row["recorded"],
        in_force=state != PENDING and _covers(row, asked.as_of),
    )


def _covers(row: Mapping[str, Any], day: date) -> bool:
    """An own due date has no days: it beats every rule for good."""
    first, last = row["first_day"], row["last_day"]
    return first is None or (first <= day and (last is None or day <= last))
