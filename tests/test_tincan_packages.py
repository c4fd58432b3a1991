"""tincan.xml, by the book and as tools really write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrs_bridge.courseware.archive import open_archive
from lrs_bridge.courseware.course import Course, DescribedActivity, LaunchableUnit, Section
from lrs_bridge.courseware.launch_addresses import launch_address
from lrs_bridge.courseware.preflight import preflight
from lrs_bridge.courseware.standards import read_course
from lrs_bridge.errors import PackageRefused, Problem
from tests.packages import zipped
from tests.self_speaking_courses import ACTIVITY, TINCAN, xapi_package

COURSE = "http://adlnet.gov/expapi/activities/course"


def read(path: Path) -> tuple[Course, list[Problem]]:
    with open_archive(path) as archive:
        return read_course(archive)


def described(activities: str, namespace: str = "http://projecttincan.com/tincan.xsd") -> str:
    return f'<tincan xmlns="{namespace}"><activities>{activities}</activities></tincan>'


def activity(launch: str = "index.html", iri: str = ACTIVITY, name: str = "<name>Lifting</name>") -> str:
    return f'<activity id="{iri}" type="{COURSE}">{name}<launch>{launch}</launch></activity>'


def made(folder: Path, text: str | bytes, **files: str) -> tuple[Course, list[Problem]]:
    return read(zipped(folder, {"tincan.xml": text, "index.html": "<p>sendStatement</p>", **files}))


def test_a_package_by_the_book(tmp_path: Path) -> None:
    course, problems = read(xapi_package(tmp_path))
    assert problems == []
    assert course == Course(
        identifier=ACTIVITY,
        title="Safe lifting",
        version="",
        standard="xAPI",
        units=(
            LaunchableUnit(
                identifier=ACTIVITY,
                title="Safe lifting",
                href="index.html",
                files=("index.html",),
                activity=ACTIVITY,
                activity_type=COURSE,
            ),
        ),
        structure=(Section("Safe lifting", ACTIVITY),),
        description="How to lift.",
        language="en-GB",
        activities=(
            DescribedActivity(ACTIVITY, COURSE, {"en-GB": "Safe lifting"}, {"en-GB": "How to lift."}),
            DescribedActivity(
                f"{ACTIVITY}/knees", "http://adlnet.gov/expapi/activities/question", {"en-GB": "Knees"}, {}
            ),
        ),
    )


@pytest.mark.parametrize(
    ("launch", "url"),
    [
        ("index.html", "index.html"),
        (" ./index.html ", "index.html"),
        ("index.html?tincan=true", "index.html?tincan=true"),
        ("index.html?a=1&amp;b=2#/start", "index.html?a=1&b=2#/start"),
        ("story%20one/a.html", "story%20one/a.html"),
        ("story one\\a.html", "story%20one/a.html"),
        ("INDEX.html", "index.html"),
    ],
)
def test_launch_of_a_file(tmp_path: Path, launch: str, url: str) -> None:
    course, _ = made(tmp_path, described(activity(launch)), **{"story one/a.html": "x"})
    assert (course.units[0].url, course.units[0].address) == (url, "")


@pytest.mark.parametrize("address", ["https://content.example.com/a?x=1#y", "http://content.example.com:8080"])
def test_launch_on_another_server(tmp_path: Path, address: str) -> None:
    course, problems = made(tmp_path, described(activity(address)))
    assert (course.units[0].href, course.units[0].address) == ("", address)
    assert "content.example.com" in str(problems[0])
    assert "which learns who starts it" in str(problems[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (described(activity("gone.html")), "gone.html, which is not in the package"),
        (described(activity("../../etc/passwd")), "outside the package"),
        (described(activity("javascript:alert(1)")), "no page"),
        (described(activity("data:text/html,x")), "no page"),
        (described(activity("//evil.example.com/")), "no whole web address"),
        (described(activity("https://a;script-src%20*/")), "no whole web address"),
        (described(activity("https://me:pass@example.com/")), "no whole web address"),
        (described(activity(iri="lifting")), "no IRI"),
        (described(activity(iri="")), "no IRI"),
        (described(activity(iri="https://courses.example.com/a b")), "no IRI"),
        (described(f'<activity id="{ACTIVITY}"/>'), "no activity that can be launched"),
        (described(activity("")), "no activity that can be launched"),
        ("<tincan/>", "no activity that can be launched"),
        ("<course/>", "not with <tincan>"),
        ("<tincan>", "not well-formed"),
        ('<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><tincan>&x;</tincan>', "DOCTYPE"),
    ],
)
def test_refusals(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        made(tmp_path, text)
    assert words in "\n".join(map(str, caught.value.problems))
    assert all(problem.remedy for problem in caught.value.problems if problem.severity == "error")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (described(activity(), namespace="http://example.com/other"), "tincan"),
        (described(activity() + '<lesson id="x"/>'), "lesson"),
        (described(activity(name="")), "has no name"),
        (described(activity() + activity(iri=ACTIVITY)), "a second activity"),
        (described(activity() + activity(iri=ACTIVITY + "/2")), "launches 2 activities"),
        (described(activity() + '<activity id="https://other.example.com/q"/>'), "not below that of the one launched"),
        (described(activity() + '<activity id="lifting"/>'), "no IRI"),
    ],
)
def test_warnings(tmp_path: Path, text: str, words: str) -> None:
    course, problems = made(tmp_path, text)
    assert course.units[0].activity == ACTIVITY
    assert words in "\n".join(map(str, problems))
    assert {problem.severity for problem in problems} == {"warning"}


def test_names_and_languages_as_tools_write_them(tmp_path: Path) -> None:
    names = '<name></name><name xml:lang="de">Heben &amp; Tragen</name><name lang="en">Lifting</name>'
    course, problems = made(tmp_path, ("\ufeff" + described(activity(name=names))).encode("utf-8"))
    assert (course.title, course.language) == ("Heben & Tragen", "de")
    assert course.activities[0].names == {"de": "Heben & Tragen", "en": "Lifting"}
    assert problems == []
    wrapped, _ = read(zipped(tmp_path, {"My course/TinCan.xml": TINCAN, "My course/index.html": "x"}, "w.zip"))
    assert wrapped.title == "Safe lifting"


@pytest.mark.parametrize(
    ("page", "words"),
    [("ADL.XAPIWrapper.sendStatement(x)", ""), ('headers["X-Experience-API-Version"]', ""), ("", "speaks xAPI")],
)
def test_preflight_says_whether_anything_is_reported(tmp_path: Path, page: str, words: str) -> None:
    text = f'<!doctype html><html lang="en"><title>x</title><script>{page}</script></html>'
    with open_archive(xapi_package(tmp_path, **{"index.html": text})) as archive:
        found = [str(problem) for problem in preflight(archive, read_course(archive)[0])]
    assert any(words in problem for problem in found) if words else found == []


@pytest.mark.parametrize(
    ("unit", "address"),
    [
        ({"href": "a b.html"}, "a%20b.html?endpoint=https%3A%2F%2Flrs%2F&auth=Basic%20x%3D"),
        ({"href": "a.html", "parameters": "?x=1#/top"},
         "a.html?endpoint=https%3A%2F%2Flrs%2F&auth=Basic%20x%3D&x=1#/top"),
        # what a package says of our own parameters never reaches its page
        ({"href": "a.html", "parameters": "?Endpoint=https://evil&au%74h=x&y=2"},
         "a.html?endpoint=https%3A%2F%2Flrs%2F&auth=Basic%20x%3D&y=2"),
        ({"href": "", "address": "https://c.example.com/s?y=2#f"},
         "https://c.example.com/s?endpoint=https%3A%2F%2Flrs%2F&auth=Basic%20x%3D&y=2#f"),
    ],
)  # fmt: skip
def test_launch_address(unit: dict[str, str], address: str) -> None:
    told = {"endpoint": "https://lrs/", "auth": "Basic x="}
    assert launch_address(LaunchableUnit("u", "U", **unit), told) == address  # type: ignore[arg-type]


def test_a_package_describes_its_own_activities_only(tmp_path: Path) -> None:
    others = '<activity id="https://other.example.com/q"><name>Fake</name></activity>'
    own = f'<activity id="{ACTIVITY}/q" type="odd"><name lang="no tag">Knees</name></activity>'
    course, _ = made(tmp_path, described(others + activity() + own))
    assert [(one.id, one.type, one.names) for one in course.activities] == [
        (ACTIVITY, COURSE, {"und": "Lifting"}),
        (f"{ACTIVITY}/q", "", {"und": "Knees"}),
    ]
