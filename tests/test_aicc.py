"""AICC descriptors, by the book and as tools really write them."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pytest

from lrs_bridge.courseware.archive import open_archive
from lrs_bridge.courseware.course import Course, LaunchableUnit, Section
from lrs_bridge.courseware.preflight import preflight
from lrs_bridge.courseware.standards import read_course
from lrs_bridge.errors import PackageRefused, Problem
from tests.packages import manifest, zipped
from tests.self_speaking_courses import AU, CRS, CST, DES, aicc_course, aicc_files

HEAD = AU.splitlines()[0]


def read(path: Path) -> tuple[Course, list[Problem]]:
    with open_archive(path) as archive:
        return read_course(archive)


def au(**cells: str) -> str:
    """An .au of one unit A1."""
    told = {"system_id": "A1", "file_name": "index.html"} | cells
    return f"{HEAD}\r\n" + ",".join(f'"{told.get(name, "")}"' for name in HEAD.split(",")) + "\r\n"


def unit(folder: Path, **cells: str) -> LaunchableUnit:
    course, _ = read(aicc_course(folder, au=au(**cells)))
    return course.units[0]


def warnings(folder: Path, **files: str) -> str:
    return "\n".join(map(str, read(aicc_course(folder, **files))[1]))


def refusal(folder: Path, **files: str) -> str:
    with pytest.raises(PackageRefused) as caught:
        read(aicc_course(folder, **files))
    assert all(problem.reason and (problem.remedy or problem.severity != "error") for problem in caught.value.problems)
    return "\n".join(map(str, [caught.value.reason, *caught.value.problems]))


def test_a_course_by_the_book(tmp_path: Path) -> None:
    course, problems = read(aicc_course(tmp_path))
    assert problems == []
    assert (course.identifier, course.title, course.standard) == ("Own/LIFT", "Safe lifting", "AICC")
    assert course.structure == (Section("Lift, safely", "A1"),)
    assert course.units == (
        LaunchableUnit(
            identifier="A1",
            title="Lift, safely",
            href="index.html",
            parameters="?page=1&lang=en",
            mastery_score=0.8,
            mastery_raw="80",
            max_time_allowed="00:20:00",
            time_limit_action="continue,no message",
            launch_data="colour=blue",
            files=("index.html",),
            max_score=20.0,
        ),
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.upper(),
        lambda text: text.replace("\r\n", "\n"),
        lambda text: text.replace("\r\n", "\r"),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: text + "\r\n\r\n",
        lambda text: text.replace(",", " , "),
    ],
    ids=["capitals", "LF", "CR", "BOM", "UTF-16", "blank lines", "blanks"],
)
def test_as_tools_write_it(tmp_path: Path, change: Any) -> None:
    plain = {"crs": CRS, "au": au(), "des": "System_ID,Title\r\nA1,One\r\n", "cst": CST}
    course, _ = read(aicc_course(tmp_path, **{ending: change(text) for ending, text in plain.items()}))
    (one,) = course.units
    assert (one.identifier, one.title.lower(), one.href) == ("A1", "one", "index.html")
    assert course.title.lower() == "safe lifting"


def test_names_in_windows_1252_and_any_case(tmp_path: Path) -> None:
    files = dict(
        aicc_files(des='SYSTEM_ID,TITLE\r\na1,"Heben – für „alle“"\r\n'.encode("cp1252"), au=au(file_name="INDEX.HTML"))
    )
    named = {name.upper() if name.startswith("Lift") else name: content for name, content in files.items()}
    course, problems = read(zipped(tmp_path, named))
    assert course.units[0].title == "Heben – für „alle“"
    assert course.units[0].href == "index.html"
    assert "differs in case" in str(problems[0])


@pytest.mark.parametrize(
    ("cells", "name", "expected"),
    [
        ({"mastery_score": "70"}, "mastery_raw", "70"),
        ({"mastery_score": "70"}, "mastery_score", 0.7),
        ({"mastery_score": "7", "max_score": "10"}, "mastery_raw", "70"),
        ({"mastery_score": "80", "max_score": "20"}, "mastery_raw", "80"),
        ({"mastery_score": "", "max_score": "20"}, "mastery_score", None),
        ({"mastery_score": "most"}, "mastery_score", None),
        ({"mastery_score": "170"}, "mastery_score", None),
        ({"mastery_score": "-1"}, "mastery_score", None),
        ({"max_score": "0"}, "max_score", None),
        ({"max_time_allowed": "0:30:00"}, "max_time_allowed", "00:30:00"),
        ({"max_time_allowed": "00:00:00"}, "max_time_allowed", ""),
        ({"max_time_allowed": "half an hour"}, "max_time_allowed", ""),
        ({"time_limit_action": "exit,message"}, "time_limit_action", "exit,message"),
        ({"time_limit_action": "N,E"}, "time_limit_action", "exit,no message"),
        ({"time_limit_action": "c"}, "time_limit_action", "continue"),
        ({"time_limit_action": "shout"}, "time_limit_action", ""),
        ({"core_vendor": "a=1\r\nb=2"}, "launch_data", "a=1\r\nb=2"),
        ({"web_launch": "a=1&b=x y"}, "parameters", "?a=1&b=x%20y"),
        ({"web_launch": "?a=1", "file_name": "index.html?z=0#top"}, "parameters", "?z=0&a=1#top"),
        ({"file_name": "./sub/../index.html"}, "href", "index.html"),
        ({"file_name": ".\\\\index.html".replace("\\\\", "\\")}, "href", "index.html"),
        ({"file_name": "https://content.example.com/a/start.asp?x=1", "web_launch": "y=2"}, "address",
         "https://content.example.com/a/start.asp?x=1&y=2"),
        ({"file_name": "https://content.example.com/a"}, "href", ""),
    ],
)  # fmt: skip
def test_cells(tmp_path: Path, cells: dict[str, str], name: str, expected: Any) -> None:
    assert getattr(unit(tmp_path, **cells), name) == expected


BLOCKS = """block,member,member,member
root,B1,A3
b1,A1,B2
B2,a2
"""
THREE = f"{HEAD}\n" + "".join(f"{name},,,,,index.html,,,,,,\n" for name in ("A1", "A2", "A3"))


def titles(sections: tuple[Section, ...]) -> list[Any]:
    return [(section.title, titles(section.children)) if section.children else section.title for section in sections]


@pytest.mark.parametrize(
    ("cst", "expected", "words"),
    [
        (BLOCKS, [("Lifting", ["A1", ("B2", ["A2"])]), "A3"], ""),
        ("block,member\nroot,A1\nroot,A2\nroot,A3\n", ["A1", "A2", "A3"], ""),
        ("block,member,member\nB1,A1,A2\n", ["A1", "A2", "A3"], "no block called root"),
        ("block,member\nroot,A1\n", ["A1", "A2", "A3"], "units that no block holds stand at the end: A2, A3"),
        ("block,member,member\nroot,A1,A9\n", ["A1", "A2", "A3"], "A9, which is neither unit nor block"),
        ("block,member,member\nroot,A1,A1\n", ["A1", "A2", "A3"], "holds A1 a second time"),
        ("block,member,member\nroot,B1,A3\nB1,A1,root,B1,A2\n", [("Lifting", ["A1", "A2"]), "A3"], "a second time"),
        ("", ["A1", "A2", "A3"], ""),
    ],
)
def test_structure(tmp_path: Path, cst: str, expected: list[Any], words: str) -> None:
    path = aicc_course(tmp_path, cst=cst, au=THREE, des="system_id,title\nB1,Lifting\n")
    course, problems = read(path)
    assert titles(course.structure) == expected
    assert words in "\n".join(map(str, problems))
    assert [one.identifier for one in course.units] == ["A1", "A2", "A3"]


def test_companions(tmp_path: Path) -> None:
    files = {"au": THREE, "cst": BLOCKS, "pre": "structure_element,prerequisite\nA2,A1\n", "ort": "a,b\n", "cmp": "a\n"}
    course, problems = read(aicc_course(tmp_path, **files))
    assert [one.prerequisites for one in course.units] == ["", "A1", ""]
    assert "completion rules are not applied" in "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"crs": CRS.replace("Course_ID=LIFT", "")}, "has no Course_ID"),
        ({"au": au(mastery_score="most")}, "mastery_score is 'most'"),
        ({"au": au(mastery_score="80", max_score="20")}, "above max_score 20"),
        ({"au": au(max_time_allowed="long")}, "max_time_allowed is 'long'"),
        ({"au": au(time_limit_action="shout")}, "time_limit_action is 'shout'"),
        ({"au": au(file_name="https://content.example.com/")}, "another server"),
    ],
)
def test_warnings(tmp_path: Path, files: dict[str, str], words: str) -> None:
    assert words in warnings(tmp_path, **files)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"au": au(file_name="")}, "names no file to start"),
        ({"au": au(file_name="gone.html")}, "gone.html, which is not in the package"),
        ({"au": au(file_name="../../etc/passwd")}, "outside the package"),
        ({"au": au(file_name="..\\..\\secret_key")}, "outside the package"),
        ({"au": au(file_name="javascript:alert(1)")}, "no page"),
        ({"au": au(file_name="file:///etc/passwd")}, "no page"),
        ({"au": au(file_name="C:/index.html")}, "no page"),
        ({"au": au(file_name="//evil.example.com/x")}, "no whole web address"),
        ({"au": au(file_name="https://a;script-src *")}, "no whole web address"),
        ({"au": au(file_name="https://me:pass@example.com/")}, "no whole web address"),
        ({"au": au(file_name="https:index.html")}, "no whole web address"),
        ({"au": au(system_id="")}, "has no system_id"),
        ({"au": THREE + "a1,,,,,index.html,,,,,,\n"}, "a second unit has the system_id a1"),
        ({"au": f"{HEAD}\r\n"}, "lists no unit"),
        ({"au": ""}, "lists no unit"),
        ({"au": 'system_id\r\n"' + "x" * 200_000 + '"'}, "is not a table"),
        ({"cst": "block,member\nroot,B0\n" + "".join(f"B{n},B{n + 1}\n" for n in range(40))}, "more than 30 deep"),
        ({"crs": "x" * (5 * 1024 * 1024)}, "larger than 4 MiB"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, files: dict[str, str], words: str) -> None:
    assert words in refusal(tmp_path, **files)


@pytest.mark.parametrize(
    ("files", "words"),
    [({"Lift.crs": CRS}, "no file of units"), ({"Lift.des": DES, "Lift.au": AU}, "no course file (.crs)")],
)
def test_a_course_of_which_half_is_missing(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        read(zipped(tmp_path, {**files, "index.html": "x"}))
    assert words in str(caught.value.problems[0])


def test_descriptors_under_other_names(tmp_path: Path) -> None:
    course, problems = read(zipped(tmp_path, {"a.crs": CRS, "units.AU": au(), "index.html": "x"}))
    assert [one.title for one in course.units] == ["A1"]
    assert "has no .des file" in str(problems[0])
    assert "has no .cst file" in str(problems[1])


def test_a_sound_file_is_no_descriptor(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="no course package"):
        read(zipped(tmp_path, {"bell.au": b".snd", "index.html": "x"}))


def test_an_imsmanifest_comes_first(tmp_path: Path) -> None:
    course, _ = read(zipped(tmp_path, {**aicc_files(), "imsmanifest.xml": manifest()}))
    assert course.standard == "SCORM 1.2"


@pytest.mark.parametrize(
    ("page", "words"), [("<p>AICC_URL</p>", ""), ("<p>Only words.</p>", "speaks AICC")], ids=["speaks", "silent"]
)
def test_preflight_says_whether_anything_is_reported(tmp_path: Path, page: str, words: str) -> None:
    files = dict(aicc_files(des=DES)) | {"index.html": f'<!doctype html><html lang="en"><title>x</title>{page}</html>'}
    with open_archive(zipped(tmp_path, files)) as archive:
        found = [str(problem) for problem in preflight(archive, read_course(archive)[0])]
    assert any(words in problem for problem in found) if words else found == []


def test_preflight_of_a_course_that_is_elsewhere(tmp_path: Path) -> None:
    with open_archive(aicc_course(tmp_path, au=au(file_name="https://content.example.com/"))) as archive:
        course, _ = read_course(archive)
        assert preflight(archive, course) == []
