"""Requirements from a file to people's statuses: the difference before it applies, versions, links, the past."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lrs_bridge.domain.effects import Transition
from lrs_bridge.domain.requirement_files import read_requirements
from lrs_bridge.domain.requirement_json import requirement_as_json
from lrs_bridge.errors import NotFound, RequestRefused, RequirementRefused
from lrs_bridge.feeds import json_feed
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.competencies import CompetencyQuery, competencies
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.explain_status import explain_statuses
from lrs_bridge.services.import_requirements import import_requirements, list_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.plan_requirements import RequirementPlan, plan_requirements
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.requirements import insert_version
from tests.statements import HOME_PAGE, recorder
from tests.test_cli import Terminal

TODAY = datetime.now(UTC).date()
ROSTER = """\
employee_id,given_name,family_name,lms_account,department,hire_date
001,Ann,Able,ann,Sales,2020-01-01
002,Bob,Best,bob,Sales,2020-01-01
003,Cem,Cole,cem,IT,2020-01-01
"""
VERBS = "http://adlnet.gov/expapi/verbs"
BASIC, TALK, LAW, OLD_LAW = (f"https://learn.example.com/{name}" for name in ("basic", "talk", "law", "law-2019"))
REQUIREMENT = f"""
[[requirement]]
id = "basic"
title = "Basic"
audience = [ {{ department = ["Sales"] }} ]
due = {{ fixed = {TODAY + timedelta(days=60)} }}
renewal = {{ months = 12 }}
[[requirement.module]]
title = "Basics"
activity = "{BASIC}"
mastery = 0.7
"""
LINKED = f"""
[[requirement]]
id = "talk"
title = "Talk a month later"
follow_up = {{ of = "basic", days = 10 }}
due = {{ days = 14, after = "follow_up" }}
min_notice_days = 0
competencies = ["Coaching"]
[[requirement.module]]
activity = "{TALK}"

[[requirement]]
id = "adviser"
title = "Adviser"
modules_needed = 1
requires = ["basic"]
competencies = ["Advice"]
[[requirement.module]]
activity = "{LAW}"
equivalents = [ {{ activity = "{OLD_LAW}" }}, {{ certificate = "Lawyer" }} ]
competencies = ["Law"]
[[requirement.module]]
activity = "{TALK}"
"""


def on(days_ago: int) -> date:
    return TODAY - timedelta(days=days_ago)


def done(account: str, activity: str, days_ago: int, verb: str = "passed", **result: Any) -> dict[str, Any]:
    return {
        "actor": {"account": {"homePage": HOME_PAGE, "name": account}},
        "verb": {"id": f"{VERBS}/{verb}"},
        "object": {"id": activity},
        "timestamp": f"{on(days_ago)}T12:00:00Z",
        "result": result,
    }


def scored(account: str, scaled: float, days_ago: int = 20) -> dict[str, Any]:
    return done(account, BASIC, days_ago, score={"scaled": scaled})


def filled(bridge: Bridge, text: str = "", statements: Sequence[dict[str, Any]] = ()) -> None:
    import_roster(bridge, ROSTER.encode(), source="roster.csv")
    if text:
        import_requirements(bridge, text.encode(), source="requirements.toml")
    if statements:
        record_statements(bridge, list(statements), by=recorder())


def statuses(bridge: Bridge, **query: Any) -> dict[tuple[str, str], str]:
    feed = compliance_feed(bridge, OPERATOR, FeedQuery(**query))
    return {
        (row.employee_id, row.requirement): f"{row.status} {row.reason} v{row.requirement_version}" for row in feed.rows
    }


def planned(bridge: Bridge, text: str) -> RequirementPlan:
    return plan_requirements(bridge, text.encode(), source="new.toml")


def moved(plan: RequirementPlan) -> dict[str, list[str]]:
    """``basic: missing upcoming → compliant current`` with the people it names."""

    def words(side: Any) -> str:
        return " ".join(side) if side else "nothing"

    def told(one: Transition) -> str:
        return f"{one.requirement_id}: {words(one.before)} → {words(one.after)}" + (" due" if one.is_due_moved else "")

    changes = {one: group for one, group in plan.effect.groups.items() if one.is_change}
    return {
        told(one): [plan.named[person_id].employee_id for person_id in group.first] for one, group in changes.items()
    }


# the difference, before it applies ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "changes", "gained", "lost"),
    [
        ("", REQUIREMENT,
         {"basic: nothing → compliant current": ["001"], "basic: nothing → missing upcoming": ["002"],
          "basic: nothing → exempt out_of_scope": ["003"]}, 2, 0),
        (REQUIREMENT, REQUIREMENT, {}, 0, 0),
        (REQUIREMENT, REQUIREMENT.replace('"Sales"', '"IT"'),
         {"basic: compliant current → exempt out_of_scope": ["001"],
          "basic: missing upcoming → exempt out_of_scope": ["002"],
          "basic: exempt out_of_scope → missing upcoming": ["003"]}, 1, 2),
        (REQUIREMENT, REQUIREMENT.replace("mastery = 0.7", "mastery = 0.9"),
         {"basic: compliant current → missing upcoming": ["001"]}, 0, 0),
        (REQUIREMENT, REQUIREMENT.replace(f"{TODAY + timedelta(days=60)}", f"{TODAY + timedelta(days=90)}"),
         {"basic: missing upcoming → missing upcoming due": ["002"]}, 0, 0),
        (REQUIREMENT, REQUIREMENT.replace("mastery = 0.7", 'mastery = 0.7\nequivalents = [{ certificate = "x" }]'),
         {}, 0, 0),
    ],
    ids=["a new one", "the same", "another audience", "a higher mastery", "a later date", "an equivalent"],
)  # fmt: skip
def test_a_plan_says_what_changes_and_records_nothing(
    bridge: Bridge, before: str, after: str, changes: dict[str, list[str]], gained: int, lost: int
) -> None:
    filled(bridge, before, [scored("ann", 0.8)])
    known = list_requirements(bridge)
    plan = planned(bridge, after)
    assert moved(plan) == changes
    assert (plan.effect.gained("basic").people, plan.effect.lost("basic").people) == (gained, lost)
    assert list_requirements(bridge) == known
    import_requirements(bridge, after.encode(), source="new.toml", planned_on=plan.planned_on)
    now_so = statuses(bridge)
    for words, people in changes.items():
        verdict = words.partition("→ ")[2].removesuffix(" due")
        assert all(now_so[employee_id, "basic"].startswith(verdict) for employee_id in people)


def test_a_plan_of_an_announced_version_is_that_of_its_day(bridge: Bridge) -> None:
    filled(bridge, REQUIREMENT, [scored("ann", 0.8)])
    soon = TODAY + timedelta(days=30)
    plan = planned(bridge, REQUIREMENT.replace("due =", f"in_force_from = {soon}\nretake = true\ndue ="))
    assert plan.as_of == soon
    assert moved(plan) == {"basic: compliant current → missing upcoming": ["001"]}


def test_what_depends_on_it_is_in_the_plan(bridge: Bridge) -> None:
    filled(bridge, REQUIREMENT + LINKED, [scored("ann", 0.8), done("ann", LAW, 5)])
    plan = planned(bridge, REQUIREMENT.replace("mastery = 0.7", "mastery = 0.9"))
    assert plan.affected == ["basic", "adviser", "talk"]
    assert moved(plan) == {
        "basic: compliant current → missing upcoming": ["001"],
        "talk: missing due_soon → exempt out_of_scope": ["001"],
        "adviser: compliant current → missing overdue": ["001"],
    }


def test_what_was_imported_since_refuses_the_plan(bridge: Bridge) -> None:
    filled(bridge, REQUIREMENT)
    plan = planned(bridge, REQUIREMENT.replace("months = 12", "months = 6"))
    import_requirements(bridge, REQUIREMENT.replace("months = 12", "months = 9").encode(), source="other.toml")
    with pytest.raises(RequirementRefused, match="imported while the difference was worked out"):
        import_requirements(bridge, REQUIREMENT.encode(), source="new.toml", planned_on=plan.planned_on)
    assert [item.version for item in list_requirements(bridge)] == [2]


def test_warnings(bridge: Bridge) -> None:
    filled(bridge, statements=[scored("ann", 0.8)])
    text = REQUIREMENT.replace('"Sales"', '"sales"') + LINKED
    told = [(problem.place, problem.reason) for problem in planned(bridge, text).warnings]
    never = "no installed package and no statement ever named"
    assert told == [
        ("new.toml: requirement[0].audience", "the audience of basic matches nobody, by any job that the roster has"),
        ("new.toml: requirement[1].module[0].activity", f"{never} {TALK}"),
        ("new.toml: requirement[2].module[0].activity", f"{never} {LAW}"),
        ("new.toml: requirement[2].module[0].equivalents", f"{never} {OLD_LAW}"),
        ("new.toml: requirement[2].module[1].activity", f"{never} {TALK}"),
    ]
    import_requirements(bridge, text.encode(), source="new.toml")
    assert planned(bridge, text).warnings == ()


def test_a_link_may_name_what_was_imported_before_and_close_no_circle(bridge: Bridge) -> None:
    filled(bridge, REQUIREMENT)
    import_requirements(bridge, LINKED.encode(), source="linked.toml")
    circle = REQUIREMENT.replace("renewal =", 'requires = ["adviser"]\nrenewal =')
    with pytest.raises(RequirementRefused) as refused:
        import_requirements(bridge, circle.encode(), source="circle.toml")
    assert [problem.reason for problem in refused.value.problems] == ["it depends on itself: basic → adviser → basic"]


# statuses -------------------------------------------------------------------------------------------------------


def test_statuses_follow_links_equivalents_and_n_of_m(bridge: Bridge) -> None:
    record = [scored("ann", 0.8), done("ann", OLD_LAW, 5), scored("bob", 0.8, 5), done("bob", LAW, 10)]
    filled(bridge, REQUIREMENT + LINKED, record)
    assert statuses(bridge) == {
        ("001", "basic"): "compliant current v1",
        ("001", "talk"): "missing due_soon v1",
        ("001", "adviser"): "compliant current v1",
        ("002", "basic"): "compliant current v1",
        ("002", "talk"): "exempt out_of_scope v1",
        ("002", "adviser"): "missing overdue v1",
        ("003", "basic"): "exempt out_of_scope v1",
        ("003", "talk"): "exempt out_of_scope v1",
        ("003", "adviser"): "missing overdue v1",
    }


def recorded(bridge: Bridge, text: str, version: int, at: datetime) -> None:
    """As if it had been imported then."""
    (requirement,) = read_requirements(text, source="then.toml", resolve_unit=lambda _package, _unit: None)
    body = requirement_as_json(requirement) | {"version": version}
    with bridge.database.writing() as connection:
        insert_version(connection, requirement.id, body, source="then.toml", at=at)


def test_each_row_names_the_version_by_which_it_was_judged(bridge: Bridge) -> None:
    recorded(bridge, REQUIREMENT, 1, now() - timedelta(days=400))
    recorded(bridge, REQUIREMENT.replace("mastery = 0.7", "mastery = 0.9"), 2, now() - timedelta(days=10))
    filled(bridge, statements=[scored("ann", 0.8, 20), scored("bob", 0.8, 5)])
    assert statuses(bridge, requirement="basic", department="Sales") == {
        ("001", "basic"): "compliant current v2",
        ("002", "basic"): "missing upcoming v2",
    }
    assert statuses(bridge, requirement="basic", department="Sales", as_of=on(15)) == {
        ("001", "basic"): "compliant current v1",
        ("002", "basic"): "missing upcoming v1",
    }


def test_a_correction_shows_in_the_new_report_and_the_old_one_stays_to_the_byte(bridge: Bridge) -> None:
    recorded(bridge, REQUIREMENT, 1, now() - timedelta(days=400))
    filled(bridge, statements=[scored("ann", 0.8, 100), scored("bob", 0.6, 100)])
    quarter, then = on(80), now()

    def report(known_at: datetime) -> bytes:
        return json_feed.render(compliance_feed(bridge, OPERATOR, FeedQuery(as_of=quarter, known_at=known_at)))

    before = report(then)
    correction = REQUIREMENT.replace("mastery = 0.7", "mastery = 0.9").replace(
        "renewal =", 'correction = "0.7 was typed for 0.9"\nrenewal ='
    )
    import_requirements(bridge, correction.encode(), source="correction.toml")
    assert report(then) == before
    assert statuses(bridge, as_of=quarter, known_at=then, department="Sales") == {
        ("001", "basic"): "compliant current v1",
        ("002", "basic"): "missing upcoming v1",
    }
    assert statuses(bridge, as_of=quarter, known_at=now(), department="Sales") == {
        ("001", "basic"): "missing upcoming v2",
        ("002", "basic"): "missing upcoming v2",
    }
    later = correction.replace("months = 12", "months = 6")
    import_requirements(bridge, later.encode(), source="later.toml")
    assert report(then) == before


def test_what_the_lms_said_of_a_waiver_is_kept(bridge: Bridge) -> None:
    reason = {"https://w3id.org/xapi/cmi5/result/extensions/reason": "Administrative"}
    waived = done("ann", BASIC, 5, extensions=reason) | {"verb": {"id": "https://w3id.org/xapi/adl/verbs/waived"}}
    filled(bridge, REQUIREMENT, [waived])
    with bridge.database.reading() as connection:
        (fact,) = facts_of_people(connection, [person_key("001")])[person_key("001")]
    assert (fact.waived_reason, fact.kind, fact.expires) == ("Administrative", "", None)
    ((module,),) = (one.modules for one in explain_statuses(bridge, "001"))
    assert module.marks == ("waived: Administrative",)
    assert statuses(bridge)["001", "basic"] == "compliant current v1"


def test_an_explanation_says_what_counts_and_what_was_left_out(bridge: Bridge) -> None:
    text = REQUIREMENT.replace("renewal =", "late_days = 3\nrenewal =")
    lone = done("ann", BASIC, 5)
    ahead = done("ann", BASIC, -9)
    filled(bridge, text + LINKED, [lone, ahead, done("ann", OLD_LAW, 1)])
    (basic,) = explain_statuses(bridge, "001", requirement="basic")
    ((module,), (gone,)) = basic.modules, basic.left_out
    assert (module.title, module.done, module.judged_by, module.marks) == ("Basics", on(5), 1, ("stored_late",))
    assert (gone.activity, gone.because) == (BASIC, "future")
    (adviser,) = explain_statuses(bridge, "001", requirement="adviser")
    assert [(one.activity, one.evidence is None, one.marks) for one in adviser.modules] == [
        (LAW, False, ()), (TALK, True, ()),
    ]  # fmt: skip
    assert [one.requirement.id for one in explain_statuses(bridge, "003")] == ["adviser", "basic", "talk"]
    for person, requirement in (("999", ""), ("001", "x")):
        with pytest.raises(NotFound):
            explain_statuses(bridge, person, requirement=requirement)


# competencies ---------------------------------------------------------------------------------------------------


def test_competencies(bridge: Bridge) -> None:
    filled(bridge, REQUIREMENT + LINKED, [scored("ann", 0.8), done("ann", LAW, 5)])

    def told(**asked: Any) -> list[tuple[str, str, bool, tuple[str, ...], int]]:
        found = competencies(bridge, CompetencyQuery(**asked)).items
        return [(*(row[name] for name in ("employee_id", "competency", "held", "asked_by")), len(row["evidence"]))
                for row in found]  # fmt: skip

    ann = [
        ("001", "Advice", True, ("adviser",), 1),
        ("001", "Coaching", False, ("talk",), 0),
        ("001", "Law", True, ("adviser",), 1),
    ]
    assert told(person="001") == ann
    assert told(person="001", requirement="talk") == [ann[1]]
    assert told(person="001", as_of=on(8)) == [
        (*ann[0][:2], False, ("adviser",), 0), ann[1], (*ann[2][:2], False, ("adviser",), 0),
    ]  # fmt: skip
    assert told(person="003") == [("003", "Advice", False, ("adviser",), 0), ("003", "Law", False, ("adviser",), 0)]
    assert [row[:3] for row in told(requirement="adviser")] == [
        ("001", "Advice", True), ("001", "Law", True),
        ("002", "Advice", False), ("002", "Law", False),
        ("003", "Advice", False), ("003", "Law", False),
    ]  # fmt: skip
    wrongs: tuple[tuple[dict[str, Any], type[Exception]], ...] = (
        ({"person": "999"}, NotFound), ({"requirement": "x"}, NotFound), ({}, RequestRefused),
    )  # fmt: skip
    for wrong, error in wrongs:
        with pytest.raises(error):
            competencies(bridge, CompetencyQuery(**wrong))
    page = competencies(bridge, CompetencyQuery(requirement="adviser", is_not_held=True), Slice("-employee_id", 1, 1))
    assert (page.total, [row["employee_id"] for row in page.items]) == (4, ["003"])


# the command line -----------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LRS_BRIDGE_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "roster.csv").write_text(ROSTER)
    (tmp_path / "basic.toml").write_text(REQUIREMENT)
    (tmp_path / "wider.toml").write_text(REQUIREMENT.replace('["Sales"]', '["Sales", "IT"]') + LINKED)
    terminal = Terminal(capfd, monkeypatch)
    assert terminal("roster", "import", tmp_path / "roster.csv").code == 0
    return terminal


def test_requirements_on_the_command_line(run: Terminal, tmp_path: Path) -> None:
    first = run("requirements", "import", tmp_path / "basic.toml", "--dry-run")
    assert first.code == 0
    for words in ("basic is added, version 1: Basic", "due: ", "audience: department Sales", "missing / upcoming",
                  "001 Ann Able, 002 Bob Best", "Nothing was imported: this is a dry run."):  # fmt: skip
        assert words in first.out
    assert f"no statement ever named {BASIC}" in first.err
    assert run("requirements", "list", "--format", "json").json == []
    assert "Imported." in run("requirements", "import", tmp_path / "basic.toml").out
    again = run("requirements", "import", tmp_path / "basic.toml")
    assert "basic is unchanged, version 1" in again.out
    assert "Nothing was imported: it is all known already." in again.out
    told = run("requirements", "import", tmp_path / "wider.toml", "--format", "json").json
    assert told["applied"] is True
    assert told["people"] == 3
    assert [(one["id"], one["change"], one["version"]) for one in told["requirements"]] == [
        ("basic", "changed", 2), ("talk", "added", 1), ("adviser", "added", 1),
    ]  # fmt: skip
    basic = told["requirements"][0]
    assert basic["differences"] == ["audience: department Sales → department Sales or IT"]
    assert basic["gained"] == {"people": 1, "first": [{"employee_id": "003", "name": "Cem Cole"}]}
    assert basic["lost"] == {"people": 0, "first": []}
    assert told["transitions"][0] == {
        "requirement": "basic",
        "before": {"status": "exempt", "reason": "out_of_scope"},
        "after": {"status": "missing", "reason": "upcoming"},
        "due_moved": False,
        "people": 1,
        "first": [{"employee_id": "003", "name": "Cem Cole"}],
    }
    assert {warning["severity"] for warning in told["warnings"]} == {"warning"}
    versions = run("requirements", "list", "basic", "--format", "json").json
    assert [(one["version"], one["source"]) for one in versions] == [(1, "basic.toml"), (2, "wider.toml")]
    assert run("requirements", "show", "basic", "--version", "1").json["audience"] == [{"department": ["Sales"]}]


def test_competencies_on_the_command_line(run: Terminal, tmp_path: Path) -> None:
    run("requirements", "import", tmp_path / "wider.toml")
    found = run("competencies", "--person", "003", "--format", "json").json["items"]
    assert [(one["competency"], one["held"], one["asked_by"]) for one in found] == [
        ("Advice", False, ["adviser"]), ("Law", False, ["adviser"]),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(run("competencies", "--requirement", "adviser", "--format", "csv").out)))
    assert [(row["name"], row["competency"], row["held"]) for row in rows[:2]] == [
        ("Ann Able", "Advice", "no"), ("Ann Able", "Law", "no"),
    ]  # fmt: skip
    assert "Advice" in run("competencies", "--person", "003").out
    explained = run("explain", "003")
    assert "adviser: missing / " in explained.out
    assert TALK in explained.out
    assert [one["requirement"] for one in run("explain", "003", "--format", "json").json] == [
        "adviser", "basic", "talk",
    ]  # fmt: skip
    assert run("explain", "999").code == 1
    assert run("competencies").code == 2
    assert run("competencies", "--person", "999").code == 1
