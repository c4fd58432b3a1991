"""Retention: what a rule names goes, unless a status, a hold, a target or a voiding rests on it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa

from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.legal_holds import hold, list_holds, release
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.services.retention import RetentionRun, add_rule, history, list_rules, remove_rule, run_retention
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.services.targets import add_target
from lrs_bridge.storage.database import now
from lrs_bridge.storage.schema.compliance import learning_fact
from lrs_bridge.storage.schema.statements import statement as table
from lrs_bridge.storage.schema.statements import statement_activity, statement_agent, statement_reference
from tests.servers import BridgeServer
from tests.statements import COURSE, FAILED, HOME_PAGE, PASSED, passed, recorder, statement, voiding

OPENED = "http://activitystrea.ms/schema/1.0/open"
EVERYTHING = StatementFilter()
ROSTER = "employee_id,given_name,family_name,lms_account,hire_date\n000047,Ada,Ampere,47,2020-01-01\n"
REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
due = {{ fixed = 2026-12-31 }}
[[requirement.module]]
activity = "{COURSE}"
title = "One"
needs = "passed"
"""


def record(bridge: Bridge, *statements: dict[str, Any]) -> list[UUID]:
    return record_statements(bridge, statements, by=recorder())


def in_days(days: int) -> datetime:
    return now() + timedelta(days=days)


def run(bridge: Bridge, *, apply: bool = True, days: int = 100) -> RetentionRun:
    return run_retention(bridge, apply=apply, who="tests", at=in_days(days))


def left(bridge: Bridge) -> set[UUID]:
    with bridge.database.reading() as connection:
        return set(connection.scalars(sa.select(table.c.id)))


def train(bridge: Bridge) -> UUID:
    import_roster(bridge, ROSTER.encode(), source="r.csv")
    import_requirements(bridge, REQUIREMENT.encode(), source="r.toml")
    happened = (now() - timedelta(days=1)).isoformat()
    return record(bridge, passed(timestamp=happened))[0]


def test_a_dry_run_changes_nothing_and_is_recorded(bridge: Bridge) -> None:
    ids = record(bridge, *(statement(OPENED) for _ in range(7)), statement())
    add_rule(bridge, "clicks", 30, StatementFilter(verbs=(OPENED,)))
    done = run(bridge, apply=False)
    assert (done.outcome, done.deleted, len(done.examples)) == ("dry run", 7, 5)
    assert done.examples[0]["verb"] == OPENED
    assert left(bridge) == set(ids)
    assert [(found.outcome, found.deleted, found.who) for found in history(bridge)] == [("dry run", 7, "tests")]


def test_applied_it_deletes_what_is_old_enough_with_its_links(bridge: Bridge) -> None:
    ids = record(bridge, *(statement(OPENED) for _ in range(7)), statement())
    add_rule(bridge, "clicks", 30, StatementFilter(verbs=(OPENED,)))
    assert run(bridge, days=29).deleted == 0
    assert run(bridge).deleted == 7
    assert run(bridge).deleted == 0
    assert left(bridge) == {ids[7]}
    with bridge.database.reading() as connection:
        for links in (statement_agent, statement_activity, statement_reference):
            assert set(connection.scalars(sa.select(links.c.statement_id))) <= {ids[7]}
    assert [found.outcome for found in history(bridge)] == ["applied"] * 3


def test_evidence_of_a_current_status_stays_and_facts_outlive_their_statements(bridge: Bridge) -> None:
    evidence = train(bridge)
    record(bridge, statement(FAILED, timestamp=(now() - timedelta(days=2)).isoformat()))
    add_rule(bridge, "all", 30, EVERYTHING)
    done = run(bridge)
    assert (done.deleted, dict(done.kept)) == (1, {"evidence": 1})
    assert left(bridge) == {evidence}
    with bridge.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(learning_fact)) == 2


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("person", "000047", 2),
        ("agent", f"{HOME_PAGE}|47", 2),
        ("agent", f"{HOME_PAGE}|48", 1),
        ("requirement", "security", 2),
    ],
)
def test_a_legal_hold_keeps_until_it_is_released(bridge: Bridge, kind: Any, value: str, kept: int) -> None:
    train(bridge)
    elsewhere = {"id": "https://learn.example.com/other"}
    record(bridge, statement(FAILED), statement(account="48") | {"object": elsewhere})
    add_rule(bridge, "all", 30, EVERYTHING)
    hold_id = hold(bridge, kind, value, reason="Case 17", who="Legal")
    done = run(bridge, apply=False)
    assert done.kept["legal hold"] + done.kept["evidence"] == kept + (value.endswith("|48"))
    release(bridge, hold_id, reason="closed", who="Legal")
    assert run(bridge, apply=False).kept["legal hold"] == 0
    (found,) = list_holds(bridge)
    assert (found.reason, found.who, found.released_because) == ("Case 17", "Legal", "closed")
    with pytest.raises(NotFound):
        release(bridge, hold_id, reason="again", who="Legal")


def test_what_voids_stays_so_that_the_voided_cannot_come_back(bridge: Bridge) -> None:
    wrong = statement()
    (first,) = record(bridge, wrong)
    (voider,) = record(bridge, voiding(wrong["id"]))
    add_rule(bridge, "all", 30, EVERYTHING)
    done = run(bridge)
    assert (done.deleted, dict(done.kept), left(bridge)) == (1, {"voiding": 1}, {voider})
    record(bridge, wrong)
    with bridge.database.reading() as connection:
        assert connection.scalar(sa.select(table.c.voided).where(table.c.id == first)) is True


def test_what_a_target_has_not_got_yet_stays(bridge: Bridge) -> None:
    record(bridge, statement())
    add_target(bridge, "lrs", "other", "http://127.0.0.1:9/xapi", key="k", secret="s", from_now=True)
    record(bridge, statement())
    add_rule(bridge, "all", 30, EVERYTHING)
    done = run(bridge)
    assert (done.deleted, dict(done.kept)) == (1, {"not forwarded": 1})


def test_rules_are_listed_removed_and_checked(bridge: Bridge) -> None:
    add_rule(bridge, "clicks", 30, StatementFilter(verbs=(PASSED,)))
    assert [(rule.name, rule.days, rule.wanted.verbs) for rule in list_rules(bridge)] == [("clicks", 30, (PASSED,))]
    for name, days, wanted in (("clicks", 30, EVERYTHING), ("x", 0, EVERYTHING), ("y", 1, StatementFilter(("no",)))):
        with pytest.raises(RequestRefused):
            add_rule(bridge, name, days, wanted)
    remove_rule(bridge, "clicks")
    with pytest.raises(RequestRefused, match="no rules"):
        run(bridge)
    with pytest.raises(NotFound):
        hold(bridge, "person", "999", reason="slip", who="Legal")


def test_the_command_line(tmp_path: Path) -> None:
    bridge = BridgeServer(tmp_path / "data")

    def says(*arguments: str) -> Any:
        done = bridge.run(*arguments, "--format", "json")
        assert done.returncode == 0, done.stderr
        return orjson.loads(done.stdout)

    assert bridge.run("retention", "add", "old", "--days", "30", "--verb", OPENED).returncode == 0
    assert says("retention", "rules") == [{"name": "old", "days": 30, "filter": {"verbs": [OPENED]}}]
    assert says("retention", "run")["outcome"] == "dry run"
    assert says("retention", "run", "--apply", "--who", "me")["outcome"] == "applied"
    assert says("retention", "history")[0]["who"] == "me"
    held = says("retention", "hold", "agent", "mailto:ada@example.com", "--reason", "Case 17")
    assert bridge.run("retention", "release", held["id"], "--reason", "closed").returncode == 0
    assert says("retention", "holds")[0]["released_because"] == "closed"
    secret = says("webhooks", "add", "hr", "http://127.0.0.1:9/hook", "--verb", OPENED)["secret"]
    assert secret not in json.dumps(says("webhooks", "list"))
    for command in ("pause", "resume", "retry", "remove"):
        assert bridge.run("webhooks", command, "hr").returncode == 0
    refused = bridge.run("forward", "add", "x", "nowhere", "--key", "k", "--secret", "s")
    assert refused.returncode == 1
    assert "Not a web address" in refused.stderr
