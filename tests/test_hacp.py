"""HACP messages as units really send them, and what they mean; no server."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from lrs_bridge.courseware.attempt_state import Learner
from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.hacp_groups import given, leaving, taken
from lrs_bridge.courseware.hacp_tables import taken_interactions, taken_objectives
from lrs_bridge.courseware.hacp_wire import HacpRequest, answer, read_request
from lrs_bridge.courseware.scorm12_runtime import first_cmi
from lrs_bridge.courseware.scorm12_values import believed

UNIT = LaunchableUnit("A1", "Lifting", "index.html")
CORE = "cmi.core."
EXIT, STATUS, RAW = "cmi.core.exit", "cmi.core.lesson_status", "cmi.core.score.raw"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (urlencode({"command": "GetParam", "session_id": "S", "version": "4.0"}), HacpRequest("getparam", "S")),
        (urlencode({"COMMAND": " PUTPARAM ", "Session_ID": "S", "AICC_Data": "[Core]\r\na=1"}),
         HacpRequest("putparam", "S", "[Core]\na=1")),
        ("command=exitau&session_id=S", HacpRequest("exitau", "S")),
        ("session_id=S&session_id=T&command=GetParam", HacpRequest("getparam", "S")),
        ("command=PutParam&session_id=S&aicc_data=a%3D1%0D%0Ab%3D%E4%F6", HacpRequest("putparam", "S", "a=1\nb=äö")),
        ("command=PutParam&session_id=S&aicc_data=" + quote("größe=1"), HacpRequest("putparam", "S", "größe=1")),
        ("command=PutParam&session_id=S&aicc_data=a%00b+c", HacpRequest("putparam", "S", "ab c")),
        ("command=PutParam&session_id=S&aicc_data=a%zz", HacpRequest("putparam", "S", "a%zz")),
        ("", HacpRequest("", "")),
        ('{"command": "GetParam"}', HacpRequest("", "")),
        ('--x\r\nContent-Disposition: form-data; name="command"\r\n\r\nGetParam\r\n--x--', HacpRequest("", "")),
        ("&" * 10_000 + "command=GetParam", HacpRequest("", "")),
    ],
)  # fmt: skip
def test_requests(body: str, expected: HacpRequest) -> None:
    assert read_request(body.encode()) == expected


def test_answers() -> None:
    assert answer() == "error=0\r\nerror_text=Successful\r\nversion=4.0\r\n"
    assert answer(1).startswith("error=1\r\nerror_text=Invalid Command\r\n")
    assert answer(3).startswith("error=3\r\nerror_text=Invalid Session ID\r\n")
    assert answer(text="[Core]\na=1").endswith("\r\naicc_data=[Core]\r\na=1\r\n")


def put(text: str, unit: LaunchableUnit = UNIT, known: dict[str, str] | None = None) -> dict[str, str]:
    """What a PutParam means; all of it must be what the runtime believes."""
    found = taken(text, unit, known or {})
    assert believed(found.cmi)[0].keys() <= found.cmi.keys()
    return found.cmi


@pytest.mark.parametrize(
    ("told", "status", "leaving_by"),
    [
        ("passed", "passed", ""),
        ("P", "passed", ""),
        ("Completed", "completed", ""),
        ("c,", "completed", ""),
        ("f", "failed", ""),
        ("Incomplete, Suspend", "incomplete", "suspend"),
        ("I,S", "incomplete", "suspend"),
        ("i , time-out", "incomplete", "time-out"),
        ("b,l", "browsed", "logout"),
        ("not attempted, ab-initio", "not attempted", ""),
        ("n,a", "not attempted", ""),
        ('"passed"', "passed", ""),
        ("incomplete,resume,s", "incomplete", "suspend"),
        ("", None, ""),
        ("unknown", None, ""),
        (",suspend", None, "suspend"),
    ],
)
def test_lesson_status(told: str, status: str | None, leaving_by: str) -> None:
    found = put(f"[Core]\nLesson_Status={told}")
    assert (found.get(STATUS), found[EXIT]) == (status, leaving_by)


@pytest.mark.parametrize(
    ("told", "max_score", "raw", "noted"),
    [
        ("90", None, "90", False),
        ("90,100,0", None, "90", False),
        ("18,20", None, "90", True),
        ("18, 20 , 0", None, "90", True),
        ("15,20,10", None, "50", True),
        ("18", 20.0, "90", True),
        ("90", 100.0, "90", False),
        ("45", 50.0, "90", True),
        ("85 %", None, "85", False),
        ("0", None, "0", False),
        ("33.3333333", None, "33.3333", False),
        ("90,20", None, "90", True),
        ("500", 100.0, "500", True),
        ("ninety", None, None, True),
        (",100", None, None, True),
        ("", None, None, False),
        ("90,100,0,7", None, "90", False),
        ("1e3", None, None, True),
    ],
)
def test_score(told: str, max_score: float | None, raw: str | None, noted: bool) -> None:
    found = taken(f"[core]\nSCORE={told}", LaunchableUnit("A1", "x", "x", max_score=max_score), {})
    assert found.cmi.get(RAW) == raw
    assert bool(found.notes) == noted


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ("00:03:00", "00:03:00"),
        ("0:3:5", "00:03:05"),
        ("0012:00:00.125", "12:00:00.12"),
        ("1:00:00.5", "01:00:00.5"),
        ("three minutes", None),
        ("00:03", None),
    ],
)
def test_time(told: str, time: str | None) -> None:
    assert believed(put(f"[Core]\nTime={told}"))[0].get("cmi.core.session_time") == time


@pytest.mark.parametrize(
    ("text", "element", "value"),
    [
        ("[CORE]\n lesson_location = page 7 \n", "cmi.core.lesson_location", "page 7"),
        ("[Core]\n;lesson_location=1\nlesson_location=2", "cmi.core.lesson_location", "2"),
        ("[Core_Lesson]\na=1\n\nb=2\n", "cmi.suspend_data", "a=1\n\nb=2"),
        ("[core_lesson]\n[page]=[2]\n[x]\n[Core]\nlesson_status=p", "cmi.suspend_data", "[page]=[2]\n[x]"),
        ("[Core_Lesson]\n  a=[Core]\n", "cmi.suspend_data", "  a=[Core]"),
        ("[Core_Lesson]", "cmi.suspend_data", ""),
        ("[Core]\nlesson_status=p", "cmi.suspend_data", None),
        ("[Comments]\n<1>Good<e.1>", "cmi.comments", "<1>Good<e.1>"),
        ("[Student_Preferences]\nAudio=10\nLanguage=de", "cmi.student_preference.language", "de"),
        ("lesson_status=passed", STATUS, None),
        ("[Core]\nlesson_status=incomplete\n[Core]\nlesson_status=passed", STATUS, "incomplete"),
        ("[Core]\nstudent_id=001\ncredit=no-credit", "cmi.core.student_id", None),
        ("[Student_Data]\nmastery_score=1", "cmi.student_data.mastery_score", None),
    ],
)
def test_groups(text: str, element: str, value: str | None) -> None:
    assert put(text).get(element) == value


def test_objectives_keep_their_rows() -> None:
    text = "[Objectives_Status]\nJ_ID.1=knees\nJ_Status.1=P\nJ_Score.1=8,10\nJ_ID.5=back\nJ_Status.5=f\nJ_Score.9=1"
    known = {"cmi.objectives.0.id": "head", "cmi.objectives.1.id": "back", "cmi.objectives.1.status": "passed"}
    assert put(text, known=known) == {
        "cmi.objectives.2.id": "knees",
        "cmi.objectives.2.status": "passed",
        "cmi.objectives.2.score.raw": "80",
        "cmi.objectives.2.score.min": "0",
        "cmi.objectives.2.score.max": "100",
        "cmi.objectives.1.id": "back",
        "cmi.objectives.1.status": "failed",
    }


HEAD = '"course_id","student_id","lesson_id","date","time","interaction_id","objective_id","type_interaction",'
HEAD += '"correct_response","student_response","result","weighting","latency"\n'
ROW = '"C","evil","A1","2026/03/02","09:30:01","Q1","O1","C","{a,b}","a","W","1","0:00:09"\n'


def test_interactions() -> None:
    found = taken_interactions(HEAD + ROW, {"cmi.interactions.4.id": "Q0"})
    assert found.notes == []
    assert {name.removeprefix("cmi.interactions.5."): value for name, value in found.cmi.items()} == {
        "id": "Q1",
        "time": "09:30:01",
        "type": "choice",
        "objectives.0.id": "O1",
        "correct_responses.0.pattern": "{a,b}",
        "student_response": "a",
        "result": "wrong",
        "weighting": "1",
        "latency": "00:00:09",
    }


def test_interactions_sent_twice_count_once() -> None:
    first = taken_interactions(HEAD + ROW, {}).cmi
    assert taken_interactions(HEAD + ROW, first).cmi == {}
    again = taken_interactions(HEAD + ROW + ROW + ROW.replace("09:30:01", "09:31:00"), first).cmi
    assert {name.split(".")[2] for name in again} == {"1"}


@pytest.mark.parametrize(
    ("text", "rows", "noted"),
    [
        ("", 0, False),
        ("nonsense\nmore\n", 0, True),
        (HEAD + '"C"\n', 0, False),
        (HEAD + ROW.replace('"Q1"', '""'), 0, False),
        (HEAD + ROW.replace('"W"', '"0.5"'), 1, False),
        (HEAD + ROW.replace('"W"', '"perhaps"'), 1, True),
        (HEAD + ROW.replace('"C",', '"Z",'), 1, False),
        (HEAD + ROW.replace("Q1", "x" * 300), 0, True),
        (HEAD + ROW.replace('"a"', '"' + "x" * 200_000 + '"'), 0, True),
        (HEAD + ROW.replace('"a"', '"unclosed'), 1, True),
        (HEAD.replace("_", " ").upper() + ROW, 1, False),
        (HEAD + "".join(ROW.replace("Q1", f"Q{n}") for n in range(3000)), 2000, False),
    ],
)
def test_odd_interactions(text: str, rows: int, noted: bool) -> None:
    found = taken_interactions(text, {})
    assert len({name.split(".")[2] for name in found.cmi}) == rows
    assert bool(found.notes) == noted


def test_put_objectives() -> None:
    text = '"course_id","objective_id","score","status"\n"C","knees","80","P"\n"C","","1","P"\n'
    assert taken_objectives(text, {}).cmi == {
        "cmi.objectives.0.id": "knees",
        "cmi.objectives.0.status": "passed",
        "cmi.objectives.0.score.raw": "80",
    }


@pytest.mark.parametrize(
    ("cmi", "expected"),
    [
        ({}, "suspend"),
        ({STATUS: "incomplete"}, "suspend"),
        ({STATUS: "incomplete", EXIT: ""}, "suspend"),
        ({STATUS: "browsed"}, "suspend"),
        ({STATUS: "incomplete", EXIT: "time-out"}, None),
        ({STATUS: "completed"}, None),
        ({STATUS: "failed"}, None),
    ],
)
def test_leaving(cmi: dict[str, str], expected: str | None) -> None:
    assert leaving(cmi).get(EXIT) == expected


def lines(unit: LaunchableUnit = UNIT, learner: Learner | None = None, **more: Any) -> dict[str, str]:
    cmi = first_cmi(unit, learner or Learner("011", "Done", "Zoe")) | more
    return dict(line.split("=", 1) for line in given(cmi, unit, "Own/LIFT").split("\n") if "=" in line)


def test_given() -> None:
    unit = LaunchableUnit(
        "A1", "x", "x", mastery_raw="80", mastery_score=0.8, max_score=20.0, launch_data="colour=blue"
    )
    told = lines(unit, **{RAW: "90", "cmi.suspend_data": "page=2", "cmi.objectives.3.id": "knees"})
    assert told == {
        "Student_ID": "011",
        "Student_Name": "Done, Zoe",
        "Lesson_Location": "",
        "Credit": "credit",
        "Lesson_Status": "not attempted,ab-initio",
        "Score": "18",
        "Time": "0000:00:00.00",
        "Lesson_Mode": "normal",
        "page": "2",
        "colour": "blue",
        "Course_ID": "{Own/LIFT}",
        "Mastery_Score": "16",
        "J_ID.1": "knees",
    }


def test_a_name_writes_no_keyword_of_its_own() -> None:
    told = lines(learner=Learner("011", "Done\r\nLesson_Status=passed\r\n[Core_Lesson]", "Zoe"))
    assert told["Student_Name"] == "Done Lesson_Status=passed [Core_Lesson], Zoe"
    assert told["Lesson_Status"] == "not attempted,ab-initio"


def test_what_is_given_comes_back_as_it_was() -> None:
    cmi = {STATUS: "incomplete", "cmi.suspend_data": "a=1\n[b]\n\nc", "cmi.core.lesson_location": "7", RAW: "90"}
    whole = first_cmi(UNIT, Learner("011", "Done", "Zoe")) | cmi
    assert put(given(whole, UNIT, "C")).items() >= cmi.items()
