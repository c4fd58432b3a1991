"""What is due now and then: old changes go and the newest of each stays; a match that was cut off is made."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.services import identity_decisions, upkeep
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.delta_tokens import LIFETIME
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.record_statements import record_within
from lrs_bridge.services.upkeep import KEPT, Upkeep, forget_old_changes, sweep_stragglers
from lrs_bridge.storage.database import now
from lrs_bridge.storage.identities import keys_changed_since
from lrs_bridge.storage.schema.compliance import compliance_change
from lrs_bridge.storage.schema.statements import unmatched
from tests.statements import passed, recorder

DAY = timedelta(days=1)
ROSTER = b"employee_id,given_name,family_name,email,hire_date\n001,Ann,Lead,ann@example.com,2020-01-01\n"


def change(bridge: Bridge, person: object, requirement: str, recorded: datetime, status: str) -> None:
    said = {"from_status": "", "from_reason": "", "to_status": status, "to_reason": ""}
    row = {"person_id": person, "requirement_id": requirement, "recorded": recorded} | said
    with bridge.database.writing() as connection:
        connection.execute(sa.insert(compliance_change), row)


def test_old_changes_go_and_the_newest_of_each_status_stays(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob, at = uuid4(), uuid4(), now()
    ages = {
        (ann, "security"): (400, 200, 100),  # the newest is old, too: it stays
        (ann, "safety"): (400, 70, 1),
        (bob, "security"): (61, 59, 2),
        (bob, "gone"): (300, 200),
    }
    for (person, requirement), days in ages.items():
        for age in days:
            change(
                bridge, person, requirement, at - age * DAY, "" if requirement == "gone" and age == 200 else "missing"
            )
    monkeypatch.setattr("lrs_bridge.storage.old_changes.CHUNK", 1)
    assert forget_old_changes(bridge, before=at - KEPT) == 6
    with bridge.database.reading() as connection:
        left = {(row.person_id, row.requirement_id, (at - row.recorded).days) for row in connection.execute(
            sa.select(compliance_change)
        )}  # fmt: skip
    assert left == {
        (ann, "security", 100), (ann, "safety", 1), (bob, "security", 59), (bob, "security", 2), (bob, "gone", 200),
    }  # fmt: skip
    assert forget_old_changes(bridge, before=at - KEPT) == 0
    assert KEPT > LIFETIME, "a delta that is answered is told every change since"


def test_a_match_that_was_cut_off_is_made_by_the_sweep(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process died between the commit of the identity and what looks for those who could not see it."""
    import_roster(bridge, ROSTER, source="roster.csv", as_of=date(2026, 1, 1))
    began = now()
    late = ActorKey("mbox", "mailto:late@example.org")
    with bridge.database.writing() as connection:
        record_within(connection, [passed() | {"actor": late.as_actor()}], by=recorder())
        if bridge.database.is_sqlite:
            return  # one writer at a time: there is no such moment
        monkeypatch.setattr(identity_decisions, "match_stragglers", lambda *_: 0)
        identity_decisions.accept(bridge, late, "001", by="hr")
    assert waiting(bridge) == 1
    with bridge.database.reading() as connection:
        assert late.digest in keys_changed_since(connection, began)
        assert keys_changed_since(connection, now() + DAY) == set()
    assert sweep_stragglers(bridge, since=now() + DAY) == 0
    assert sweep_stragglers(bridge, since=began, still=lambda: False) == 0
    assert sweep_stragglers(bridge, since=began) == 1
    assert (waiting(bridge), sweep_stragglers(bridge, since=began)) == (0, 0)


def waiting(bridge: Bridge) -> int:
    with bridge.database.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(unmatched)) or 0


def test_each_is_done_at_its_own_interval(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    clock = [1000.0]
    monkeypatch.setattr(upkeep, "monotonic", lambda: clock[0])
    monkeypatch.setattr(
        upkeep, "sweep_stragglers", lambda *_, **more: done.append(f"sweep {now() - more['since'] > DAY}")
    )
    monkeypatch.setattr(upkeep, "forget_old_changes", lambda *_, **__: done.append("forget"))
    job = Upkeep()
    for seconds in (1000.0, 1001.0, 1900.0, 1000.0 + 86_400.0):
        clock[0] = seconds
        job.turn(bridge, lambda: True)
    assert done == ["sweep True", "forget", "sweep False", "sweep False", "forget"]
