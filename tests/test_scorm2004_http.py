"""SCORM 2004 over HTTP, without a browser: where the sequencer stands, and the State documents of an attempt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lrs_bridge.services.install_package import install_package
from lrs_bridge.storage.schema.courseware import runtime_commit, sequencing
from tests.callers import bridge_of
from tests.packages2004 import manifest, package
from tests.test_launches import Lms, Started, opened_lms

PROFILE = "https://w3id.org/xapi/scorm"
SUSPEND_DATA = f"{PROFILE}/types/adl-suspend-data"
STANDS = {"state": '{"at": "B"}', "objectives": {"first-passed": {"satisfiedStatus": True}}, "shared_data": {"n": "1"}}
LOCAL = ' xmlns:seq="http://www.adlnet.org/xsd/adlseq_v1p3" seq:objectivesGlobalToSystem="false"'


@contextmanager
def opened_with_both(folder: Path, database_url: str = "") -> Iterator[Lms]:
    with opened_lms(folder, database_url) as opened:
        install_package(bridge_of(opened.app), package(folder))
        yield opened


@pytest.fixture
def lms(tmp_path: Path) -> Iterator[Lms]:
    with opened_with_both(tmp_path) as opened:
        yield opened


@pytest.fixture
def lms_on_each(tmp_path: Path, database_url: str) -> Iterator[Lms]:
    with opened_with_both(tmp_path, database_url) as opened:
        yield opened


def started(lms: Lms, **body: Any) -> Started:
    return lms.started(**({"package": "S1"} | body))


def page(running: Started) -> Any:
    """What the player's script reads."""
    text = running.lms.get(f"/play/{running.token}/").get_data(as_text=True)
    return json.loads(text.partition('id="launch">')[2].partition("</script>")[0])


def document(running: Started, activity: str, state_id: str) -> Any:
    where = {"activityId": activity, "agent": json.dumps(running.made["actor"]), "stateId": state_id}
    answer = running.lms.caller.call("GET", "/xapi/activities/state", query_string=where)
    if answer.status_code == 404:
        return None
    return answer.get_json() if answer.is_json else answer.get_data(as_text=True)


def attempt_of(running: Started) -> str:
    return f"{running.made['activity']}?attemptId={running.made['registration']}"


def test_the_page_holds_the_tree_and_the_first_cmi(lms: Lms) -> None:
    found = page(started(lms))
    assert found["activity"] == "A"
    assert found["cmi"]["cmi.scaled_passing_score"] == "0.8"
    told = found["sequencing"]
    assert (told["state"], told["objectives"], told["shared_data"]) == ("", {}, {})
    assert [child["id"] for child in told["tree"]["children"]] == ["A", "B"]
    assert set(told["units"]) == {"A", "B"}


def test_where_the_sequencer_stands_is_kept_across_units_and_attempts(lms_on_each: Lms) -> None:
    lms = lms_on_each
    first = started(lms)
    assert first.commit(1, {}, sequencing=STANDS).status_code == 200
    told = page(started(lms, unit="B"))["sequencing"]
    assert {name: told[name] for name in STANDS} == STANDS
    assert page(started(lms, employee_id="012"))["sequencing"]["state"] == "", "another learner's is another's"
    ended = STANDS | {"state": ""}
    assert first.commit(2, {"cmi.completion_status": "completed"}, final=True, sequencing=ended).status_code == 200
    told = page(started(lms))["sequencing"]
    assert (told["state"], told["objectives"]) == ("", STANDS["objectives"])


def test_objectives_of_one_attempt_only(lms: Lms, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    local = manifest(organization=LOCAL).replace('"S1"', '"S2"')
    install_package(bridge_of(lms.app), package(tmp_path / "local", local))
    running = started(lms, package="S2")
    running.commit(1, {}, sequencing=STANDS)
    assert page(started(lms, package="S2"))["sequencing"]["objectives"] == STANDS["objectives"]
    later = started(lms, package="S2")
    later.commit(1, {}, final=True, sequencing=STANDS | {"state": ""})
    told = page(started(lms, package="S2"))["sequencing"]
    assert (told["objectives"], told["shared_data"]) == ({}, {"n": "1"})


def test_a_commit_of_the_sequencer_alone_says_nothing_of_the_learner(lms: Lms) -> None:
    running = started(lms)
    assert running.commit(1, {}, session=False, sequencing=STANDS).get_json() == {"acknowledged": 1}
    assert running.verbs() == []
    assert [row.statement_ids for row in lms.rows(runtime_commit)] == [[]]
    assert len(lms.rows(sequencing)) == 1


def test_a_replay_is_told_where_the_sequencer_stands_now(lms: Lms) -> None:
    running = started(lms)
    answer = running.commit(1, {"cmi.location": "3"}, replay=True, sequencing=STANDS).get_json()
    assert answer["sequencing"]["state"] == STANDS["state"]
    assert answer["cmi"]["cmi.location"] == "3"


def test_a_launch_that_is_over_does_not_move_the_sequencer(lms: Lms) -> None:
    old = started(lms)
    old.commit(1, {}, sequencing=STANDS)
    started(lms).commit(1, {}, sequencing=STANDS | {"state": "newer"})
    late = old.commit(2, {"cmi.completion_status": "completed"}, sequencing=STANDS | {"state": "older"})
    assert late.status_code == 409
    (row,) = lms.rows(sequencing)
    assert row.state == "newer"


@pytest.mark.parametrize(
    "wrong",
    ["x", [], {"state": ""}, STANDS | {"state": 1}, STANDS | {"objectives": []}, STANDS | {"state": "a\0"},
     STANDS | {"more": 1}, STANDS | {"state": "x" * (2 * 1024 * 1024 + 1)}],
)  # fmt: skip
def test_a_sequencer_that_cannot_be_understood(lms: Lms, wrong: Any) -> None:
    answer = started(lms).commit(1, {}, sequencing=wrong)
    assert (answer.status_code, answer.get_json()["refused"]) == (400, 1)
    assert lms.rows(sequencing) == []


def test_state_documents_of_the_profile(lms: Lms) -> None:
    running = started(lms)
    unit, attempt = running.made["activity"], attempt_of(running)
    running.commit(1, {})
    assert document(running, unit, f"{PROFILE}/activity-state") == {"attempts": [attempt]}
    plain = {"credit": "credit", "mode": "normal", "total_time": "PT0S"}
    assert document(running, attempt, f"{PROFILE}/attempt-state") == plain
    assert document(running, attempt, SUSPEND_DATA) is None
    left = {"cmi.suspend_data": "p=4;ü", "cmi.location": "4", "cmi.session_time": "PT90S", "cmi.exit": "suspend"}
    running.commit(2, left, final=True)
    told = plain | {"location": "4", "total_time": "PT1M30S"}
    assert document(running, attempt, f"{PROFILE}/attempt-state") == told
    assert document(running, attempt, SUSPEND_DATA) == "p=4;ü"


def test_state_documents_of_scorm_12_and_of_a_second_attempt(lms_on_each: Lms) -> None:
    lms = lms_on_each
    first = lms.started()
    first.commit(1, {"cmi.suspend_data": "here", "cmi.core.lesson_location": "9"})
    assert document(first, attempt_of(first), SUSPEND_DATA) == "here"
    assert document(first, attempt_of(first), f"{PROFILE}/attempt-state")["location"] == "9"
    first.commit(2, {"cmi.core.lesson_status": "passed"}, final=True)
    second = lms.started()
    second.commit(1, {})
    listed = document(second, second.made["activity"], f"{PROFILE}/activity-state")
    assert listed == {"attempts": [attempt_of(first), attempt_of(second)]}


def test_answers_and_comments_as_statements_of_the_profile(lms: Lms) -> None:
    running = started(lms)
    answer = {"id": "q 1", "type": "true-false", "learner_response": "true", "description": "{lang=en}Is it?"}
    said = {f"cmi.interactions.0.{name}": value for name, value in answer.items()}
    running.commit(1, said | {"cmi.comments_from_learner.0.comment": "Good", "cmi.progress_measure": "0.5"})
    made = running.lms.caller.get(registration=running.made["registration"], ascending="true").get_json()
    _, answered, commented, progressed = made["statements"]
    assert answered["object"]["id"] == f"{running.made['activity']}/interaction/q%201"
    assert answered["object"]["definition"]["description"] == {"en": "Is it?"}
    assert answered["result"] == {"response": "true"}
    assert commented["verb"]["id"] == "http://adlnet.gov/expapi/verbs/commented"
    assert (commented["object"]["id"], commented["result"]) == (running.made["activity"], {"response": "Good"})
    assert (progressed["verb"]["id"].rpartition("/")[2], progressed["result"]["score"]) == (
        "progressed",
        {"scaled": 0.5},
    )
    grouping = [one["id"] for one in progressed["context"]["contextActivities"]["grouping"]]
    assert attempt_of(running) in grouping
