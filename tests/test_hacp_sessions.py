"""AICC over HTTP: launch, GetParam, PutParam, ExitAU, and what somebody hostile would try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from lrs_bridge.courseware.hacp_wire import BODY_LIMIT
from lrs_bridge.storage.schema.courseware import attempt, runtime_commit
from tests.callers import bridge_of
from tests.launched import CONTENT, Launched, Launcher, opened_launcher
from tests.packages import package
from tests.self_speaking_courses import AU, CST, DES, aicc_course

PASS = "[Core]\r\nLesson_Location=2\r\nLesson_Status=P\r\nScore=18\r\nTime=00:03:00\r\n[Core_Lesson]\r\npage=2\r\n"
HALF = "[Core]\r\nLesson_Location=1\r\nLesson_Status=I\r\nScore=3\r\nTime=00:01:00\r\n[Core_Lesson]\r\npage=1\r\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """For cases that each take a learner of their own."""
    folder = tmp_path_factory.mktemp("lms")
    with opened_launcher(folder, aicc_course(folder)) as opened:
        yield opened


@pytest.fixture
def lms(tmp_path: Path) -> Iterator[Launcher]:
    two = {"au": AU + "A2,lesson,,,,index.html,,,,,,\r\n", "cst": CST + "root,A2\r\n", "des": DES + "A2,,Carry,\r\n"}
    with opened_launcher(tmp_path, aicc_course(tmp_path, **two)) as opened:
        yield opened


@pytest.fixture
def lms_on_each(tmp_path: Path, database_url: str) -> Iterator[Launcher]:
    with opened_launcher(tmp_path, aicc_course(tmp_path), database_url) as opened:
        yield opened


def rows(lms: Launcher, table: sa.Table) -> list[Any]:
    with bridge_of(lms.app).database.reading() as connection:
        return list(connection.execute(sa.select(table)))


def core(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.split("\r\n") if "=" in line)


def test_a_result_makes_its_learner_compliant(lms_on_each: Launcher) -> None:
    lms = lms_on_each
    assert lms.row()["status"] == "missing"
    running = lms.launch()
    assert running.told == {
        "AICC_SID": running.sid, "AICC_URL": f"{CONTENT}/runtime/hacp", "page": "1", "lang": "en",
    }  # fmt: skip
    started = core(running.hacp("GetParam"))
    assert (started["Student_ID"], started["Student_Name"]) == ("011", "Done, Zoe")
    assert (started["Lesson_Status"], started["Mastery_Score"]) == ("not attempted,ab-initio", "16")
    assert running.error("PutParam", PASS) == 0
    assert running.error("ExitAU") == 0
    assert running.verbs() == ["initialized", "scored", "completed", "passed", "terminated"]
    for statement in lms.statements(running):
        assert statement["actor"] == running.made["actor"]
        assert statement["object"]["id"] == running.made["activity"]
        assert statement["authority"]["account"]["name"] == "lrs-bridge"
    row = lms.row()
    assert (row["status"], row["modules_met"]) == ("compliant", 1)


def test_leaving_in_the_middle_and_going_on(lms: Launcher) -> None:
    first = lms.launch()
    first.hacp("GetParam")
    first.hacp("PutParam", HALF)
    first.hacp("ExitAU")
    second = lms.launch()
    assert second.made["registration"] == first.made["registration"]
    text = second.hacp("GetParam")
    assert "[Core_Lesson]\r\npage=1\r\n" in text
    assert core(text).items() >= {"Lesson_Location": "1", "Lesson_Status": "incomplete,resume", "Score": "3"}.items()
    assert core(text)["Time"] == "0000:01:00.00"
    second.hacp("PutParam", PASS)
    second.hacp("ExitAU")
    assert second.verbs() == [
        "initialized", "scored", "suspended", "resumed", "scored", "completed", "passed", "terminated",
    ]  # fmt: skip
    assert lms.launch().made["registration"] != first.made["registration"]


@pytest.mark.parametrize(
    ("learner", "messages", "verdicts"),
    [
        ("001", ["[Core]\nlesson_status=P\nscore=15"], ["failed"]),  # the mastery score has the last word
        ("010", ["[Core]\nlesson_status=C\nscore=17"], ["completed", "passed"]),
        ("011", ["[Core]\nlesson_status=F\nscore=17"], ["completed", "passed"]),
        ("012", ["[Core]\nlesson_status=I\nscore=3"], []),
        ("013", ["[Core]\nscore=3"], []),
        ("014", [], []),
        ("015", ["[Core]\nlesson_status=P"], ["completed", "passed"]),
        ("020", [PASS, "[Core]\nlesson_status=F\nscore=1"], ["completed", "passed"]),
        ("021", [PASS, PASS, PASS], ["completed", "passed"]),
        ("022", ["[Core]\nlesson_status=nonsense"], []),
    ],
)
def test_verdicts(shared: Launcher, learner: str, messages: list[str], verdicts: list[str]) -> None:
    running = shared.launch(learner)
    running.hacp("GetParam")
    for message in messages:
        assert running.error("PutParam", message) == 0
    assert running.error("ExitAU") == 0
    assert [verb for verb in running.verbs() if verb in {"completed", "passed", "failed"}] == verdicts


def test_a_window_that_was_lost_is_gone_on_with(lms: Launcher) -> None:
    first = lms.launch()
    first.hacp("GetParam")
    first.hacp("PutParam", HALF)
    text = lms.launch().hacp("GetParam")
    assert core(text)["Lesson_Status"] == "incomplete,resume"
    assert first.verbs() == ["initialized", "scored", "suspended", "resumed"]


def test_a_session_that_only_ends_changes_no_verdict(lms: Launcher) -> None:
    first = lms.launch()
    first.hacp("PutParam", HALF)
    first.hacp("ExitAU")
    second = lms.launch()
    assert second.error("ExitAU") == 0
    assert second.verbs() == ["initialized", "scored", "suspended", "resumed", "suspended"]


def test_answers_and_objectives(lms: Launcher) -> None:
    running = lms.launch()
    answers = (
        '"interaction_id","time","type_interaction","student_response","result"\r\n"Q1","10:00:00","C","a","C"\r\n'
    )
    for _ in range(3):
        assert running.error("PutInteractions", answers) == 0
    assert running.error("PutObjectives", '"objective_id","score","status"\r\n"knees","80","P"\r\n') == 0
    assert running.verbs() == ["initialized", "responded", "scored", "passed"]
    assert lms.row()["status"] == "missing"  # an objective is not the unit


def test_everything_is_kept_as_it_came(lms: Launcher) -> None:
    running = lms.launch()
    running.hacp("GetParam")
    running.hacp("PutParam", PASS)
    for command in ("PutComments", "PutPath", "PutPerformance"):
        assert running.error(command, '"course_id","comment"\r\n"C","Well made"\r\n') == 0
    running.hacp("ExitAU")
    kept = sorted(rows(lms, runtime_commit), key=lambda row: row.sequence)
    assert [(row.sequence, row.cmi["hacp.command"], row.final) for row in kept] == [
        (1, "getparam", False), (2, "putparam", False), (3, "putcomments", False), (4, "putpath", False),
        (5, "putperformance", False), (6, "exitau", True),
    ]  # fmt: skip
    assert kept[1].cmi["hacp.aicc_data"] == PASS.replace("\r\n", "\n")
    assert any("90 of 100" in note for note in kept[1].notes)
    assert "Well made" in kept[2].cmi["hacp.aicc_data"]
    assert [len(row.statement_ids) for row in kept] == [1, 3, 0, 0, 0, 1]


# --- hostile


def test_identity_is_that_of_the_session(lms: Launcher) -> None:
    running = lms.launch()
    claim = "[Core]\r\nStudent_ID=001\r\nStudent_Name=Chief, Top\r\nLesson_Status=P\r\n"
    assert running.error("PutParam", claim, student_id="001", course_id="other", au_password="x") == 0
    actors = {statement["actor"]["account"]["name"] for statement in lms.statements(running)}
    assert actors == {"011"}
    assert lms.row("022")["status"] == "missing"


def test_a_session_is_over_after_exit(lms: Launcher) -> None:
    running = lms.launch()
    running.hacp("GetParam")
    running.hacp("ExitAU")
    before, kept = running.verbs(), rows(lms, runtime_commit)
    assert running.error("ExitAU") == 0  # its answer may have been lost
    for command in ("GetParam", "PutParam", "PutInteractions", "PutComments"):
        assert running.error(command, PASS) == 3
    assert (running.verbs(), rows(lms, runtime_commit)) == (before, kept)
    page = running.page
    assert (page.status_code, "Your work is saved" in page.text, "<iframe" in page.text) == (200, True, False)


def test_two_sessions_of_one_attempt(lms_on_each: Launcher) -> None:
    lms = lms_on_each
    first = lms.launch()
    first.hacp("GetParam")
    second = lms.launch()
    assert first.error("PutParam", HALF) == 0  # the second has not begun
    second.hacp("GetParam")
    second.hacp("PutParam", "[Core]\nlesson_status=I\n[Core_Lesson]\npage=5\n")
    assert first.error("GetParam") == 3
    assert first.error("PutParam", PASS) == 3  # told that it is over, and what it proves is kept
    assert first.error("ExitAU") == 0
    assert "passed" in second.verbs()
    (row,) = rows(lms, attempt)
    assert row.state["cmi"]["cmi.suspend_data"] == "page=5"
    assert row.state["open"]
    assert second.error("ExitAU") == 0


def test_sessions_of_two_people(lms: Launcher) -> None:
    zoe, carl = lms.launch("011"), lms.launch("022")
    zoe.hacp("PutParam", PASS)
    carl.hacp("PutParam", HALF)
    assert ("passed" in zoe.verbs(), "passed" in carl.verbs()) == (True, False)
    assert (lms.row("011")["status"], lms.row("022")["status"]) == ("compliant", "missing")


@pytest.mark.parametrize("sid", ["", "x", "../../etc/passwd", "a\0b", "é", "x" * 10_000, "e30.e30.e30"])
def test_no_session(shared: Launcher, sid: str) -> None:
    running, before = shared.launch("090"), len(rows(shared, runtime_commit))
    for command in ("GetParam", "PutParam", "ExitAU"):
        assert running.error(command, PASS, session_id=sid) == 3
    assert len(rows(shared, runtime_commit)) == before


def test_a_one_time_address_is_no_session(lms: Launcher) -> None:
    made = lms.caller.call("POST", "/launches", json={"package": "Own/LIFT", "employee_id": "011"}).get_json()
    once = urlsplit(made["launch_url"]).path.rsplit("/", 1)[1]
    assert lms.launch("012").error("GetParam", session_id=once) == 3


def test_unknown_commands_and_forms(lms: Launcher) -> None:
    running = lms.launch()
    assert running.error("Format C:") == 1
    assert running.error("") == 1
    form = f"command=GetParam&session_id={running.sid}"
    for body, kind, error in (
        (form, "text/plain", 0),
        (form, "", 0),
        (form, "application/json", 0),
        ('{"command": "GetParam"}', "application/json", 1),
        ("<command>GetParam</command>", "text/xml", 1),
        ("", "application/x-www-form-urlencoded", 1),
        (b"\xff\x00\xfe", "application/octet-stream", 1),
    ):
        answered = post(running, body, content_type=kind)
        assert (answered.status_code, answered.text.split("\r\n")[0]) == (200, f"error={error}")


def test_no_other_way_in(lms: Launcher) -> None:
    running = lms.launch()
    client = lms.app.test_client()
    form = {"command": "PutParam", "session_id": running.sid, "aicc_data": PASS}
    assert client.get("/runtime/hacp", base_url=CONTENT, query_string=form).status_code == 405
    assert client.post("/runtime/hacp", base_url=CONTENT, query_string=form).text.startswith("error=1")
    assert client.post("/runtime/hacp", data=form).status_code == 404  # not on the application's origin
    assert running.verbs() == []


def test_giant_bodies(lms: Launcher) -> None:
    running = lms.launch()
    form = f"command=PutParam&session_id={running.sid}&aicc_data=[Core_Lesson]%0D%0A"
    assert post(running, form + "x" * BODY_LIMIT).status_code == 413
    large = post(running, form + "x" * (BODY_LIMIT - 1000))
    assert large.text.startswith("error=0")
    (row,) = rows(lms, runtime_commit)
    assert "at most 64 KiB" in row.notes[0]
    assert running.error("PutParam", PASS) == 0


def test_a_unit_on_another_server_may_ask(lms: Launcher) -> None:
    answered = post(lms.launch(), "command=GetParam&session_id=x")
    assert answered.headers["Access-Control-Allow-Origin"] == "*"
    assert answered.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answered.headers


def post(running: Launched, body: str | bytes, **more: Any) -> TestResponse:
    kind = {"content_type": "application/x-www-form-urlencoded"} | more
    return running.launcher.app.test_client().post("/runtime/hacp", base_url=CONTENT, data=body, **kind)


def test_contents_and_another_unit(lms: Launcher) -> None:
    running = lms.launch(return_url="https://lms.example.com/course/7")
    running.hacp("PutParam", PASS)
    page = running.page
    assert "Carry" in page.text
    assert "passed" in page.text
    assert 'href="https://lms.example.com/course/7"' in page.text
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self' https://lms.example.com")
    link = page.text.split('<a href="')[1].split('"')[0]
    start = urlsplit(lms.get(link).location).path
    other = lms.get(start)
    assert urlsplit(other.location).path.endswith("/unit")
    second = Launched(lms, running.made, urlsplit(other.location).path)
    assert second.error("GetParam") == 0
    assert running.error("PutParam", PASS) == 0  # each unit has its own session


def test_a_launch_of_scorm_is_no_session_of_aicc(tmp_path: Path) -> None:
    with opened_launcher(tmp_path, package(tmp_path, {})) as lms:
        running = lms.launch()
        assert running.error("PutParam", PASS) == 3
        assert lms.get(f"/play/{running.sid}/unit").status_code == 403
