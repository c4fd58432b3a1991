"""cmi5 packages: what is read of a course structure, and what is refused, by the clauses of chapters 13 and 14."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs_bridge.courseware import cmi5, iris
from lrs_bridge.courseware.bare_structure import BareStructure, open_package
from lrs_bridge.courseware.cmi5_course import Block, Cmi5Course, Cmi5Unit
from lrs_bridge.courseware.standards import read_course
from lrs_bridge.errors import PackageRefused, Problem
from lrs_bridge.services.install_package import check_package
from lrs_bridge.xapi.lexical import is_iri
from tests.cmi5_courses import COURSE, NAMESPACE, PAGE, UNIT, au, block, package, structure, texts

ELSEWHERE = "https://content.example.com/start.html"
OBJECTIVE = f"{COURSE}/objectives/1"
OBJECTIVES = f'<objectives><objective id="{OBJECTIVE}">{texts("Goal")}</objective></objectives>'
REFERENCE = f'<objectives><objective idref="{OBJECTIVE}"/></objectives>'


def read(path: Path) -> tuple[Cmi5Course, list[Problem]]:
    with open_package(path) as archive:
        assert cmi5.recognises(archive)
        return cmi5.read(archive)


def refused(path: Path) -> list[Problem]:
    with pytest.raises(PackageRefused) as caught:
        read(path)
    problems = list(caught.value.problems)
    assert all(problem.reason and problem.place for problem in problems)
    return problems


def bare(folder: Path, xml: str | bytes) -> Path:
    path = folder / "anything.xml"
    path.write_bytes(xml if isinstance(xml, bytes) else xml.encode())
    return path


# --- what is read


def test_everything_that_a_structure_says(tmp_path: Path) -> None:
    unit = au(
        url=" index.html?a=1#top ",
        attributes='moveOn="CompletedAndPassed" masteryScore=" 0.75 " launchMethod="OwnWindow" '
        'activityType="http://adlnet.gov/expapi/activities/media" x:level="3"',
        inside=REFERENCE,
        after="<launchParameters> a=1 </launchParameters><entitlementKey> k </entitlementKey>"
        "<x:keyword>rocks</x:keyword>",
    )
    members = (block("outer", block("inner", unit, inside=REFERENCE)), au(2, ELSEWHERE))
    xml = structure(*members, objectives=OBJECTIVES).replace(" xmlns=", ' xmlns:x="urn:example:x" xmlns=', 1)
    course, problems = read(package(tmp_path, xml))
    assert problems == []
    assert (course.identifier, course.title, course.language, course.standard) == (COURSE, "Course", "en", "cmi5")
    first, second = course.units
    assert isinstance(first, Cmi5Unit)
    assert isinstance(second, Cmi5Unit)
    assert (first.identifier, first.href, first.parameters, first.address) == (UNIT, "index.html", "?a=1#top", "")
    assert (first.move_on, first.mastery_score, first.launch_method) == ("CompletedAndPassed", 0.75, "OwnWindow")
    assert (first.launch_parameters, first.entitlement_key) == ("a=1", "k")
    assert first.activity_type == "http://adlnet.gov/expapi/activities/media"
    assert first.titles == {"en": "One", "de": "One (de)"}
    assert first.objectives == (OBJECTIVE,)
    assert "rocks" in first.extensions[0]
    assert first.foreign == {"{urn:example:x}level": "3"}
    assert (second.href, second.address, second.move_on, second.launch_method) == (
        "", ELSEWHERE, "NotApplicable", "AnyWindow",
    )  # fmt: skip
    assert (second.mastery_score, second.launch_parameters, second.entitlement_key) == (None, None, None)
    assert [one.identifier for one in course.objectives] == [OBJECTIVE]
    assert course.tree is not None
    assert [one.identifier.rsplit("/", 1)[1] for one in course.tree.blocks] == ["inner", "outer"]
    assert course.tree.units == (UNIT, f"{COURSE}/units/2")
    assert [section.title for one in course.structure for section in one.walk()] == ["outer", "inner", "One", "One"]
    assert Block.of_json(course.tree.as_json()) == course.tree


def test_a_bare_structure(tmp_path: Path) -> None:
    course, _ = read(bare(tmp_path, structure(au(1, ELSEWHERE))))
    assert course.units[0].address == ELSEWHERE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_bare_structure_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    xml = structure(au(1, ELSEWHERE)).replace("UTF-8", "utf-16" if encoding == "utf-16" else "UTF-8")
    assert len(read(bare(tmp_path, xml.encode(encoding)))[0].units) == 1


def test_a_64_bit_zip(tmp_path: Path) -> None:
    path = tmp_path / "course.zip"
    with ZipFile(path, "w", ZIP_STORED) as target:
        for name, content in {"cmi5.xml": structure(), "index.html": PAGE}.items():
            with target.open(name, "w", force_zip64=True) as stream:
                stream.write(content.encode())
    assert b"\x01\x00\x10\x00" in path.read_bytes()  # the extra field of 64-bit sizes
    assert len(read(path)[0].units) == 1


def test_more_than_a_thousand_units(tmp_path: Path) -> None:
    course, _ = read(package(tmp_path, structure(block("all", *(au(number) for number in range(1200))))))
    assert len(course.units) == 1200


def test_the_list_of_standards_has_it(tmp_path: Path) -> None:
    with open_package(package(tmp_path)) as archive:
        assert read_course(archive)[0].standard == "cmi5"


def test_the_check_of_a_package_that_speaks(tmp_path: Path) -> None:
    page = PAGE.replace(
        "/* cmi5 */", 'fetch(endpoint + "statements", {headers: {"X-Experience-API-Version": "1.0.3"}})'
    )
    checked = check_package(package(tmp_path, files={"index.html": page}))
    assert [str(problem) for problem in checked.problems if problem.severity != "info"] == []


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (structure(au(inside=REFERENCE)), "does not describe"),
        (structure(au(attributes='masteryScore="0.66667"')), "told 0.6667"),
        (structure(au(url="INDEX.html")), "differs in case"),
    ],
)
def test_what_is_suspicious_only(tmp_path: Path, xml: str, words: str) -> None:
    _, problems = read(package(tmp_path, xml))
    assert [problem.severity for problem in problems] == ["warning"]
    assert words in problems[0].reason


# --- what is refused

NO_TITLE = structure().replace("<title>", "<x>").replace("</title>", "</x>")
SCHEMA_FAULTS = {
    "no unit": structure("<x/>").replace("<x/>", ""),
    "no title": NO_TITLE,
    "no description": structure(au().replace("<description>", "<!--").replace("</description>", "-->")),
    "no langstring": structure(au().replace('<langstring lang="en">About One</langstring>', "")),
    "no id": structure(au().replace(f'id="{UNIT}"', "")),
    "no url": structure(au().replace("<url>index.html</url>", "")),
    "empty url": structure(au(url="")),
    "moveOn": structure(au(attributes='moveOn="Passd"')),
    "launchMethod": structure(au(attributes='launchMethod="Popup"')),
    "mastery above 1": structure(au(attributes='masteryScore="1.5"')),
    "mastery below 0": structure(au(attributes='masteryScore="-0.1"')),
    "mastery in words": structure(au(attributes='masteryScore="high"')),
    "an attribute of nobody": structure(au(attributes='level="3"')),
    "an element of nobody": structure(au(after="<keyword/>")),
    "an empty block": structure(block("b")),
    "the order": structure(au(after="<entitlementKey>k</entitlementKey><launchParameters>a</launchParameters>")),
    "another namespace": structure().replace(NAMESPACE, "urn:example:other"),
    "no namespace": structure().replace(f' xmlns="{NAMESPACE}"', ""),
    "two courses": structure(au(after="")).replace("<au ", f'<course id="urn:x:y">{texts()}</course><au ', 1),
    "an objective without a title": structure(objectives=f'<objectives><objective id="{OBJECTIVE}"/></objectives>'),
}  # fmt: skip


@pytest.mark.parametrize("xml", SCHEMA_FAULTS.values(), ids=SCHEMA_FAULTS)
def test_what_the_schema_refuses(tmp_path: Path, xml: str) -> None:
    problems = refused(package(tmp_path, xml))
    assert all(problem.place.startswith("cmi5.xml:") for problem in problems)
    assert {problem.clause.split()[0] for problem in problems} == {"cmi5"}
    assert not any("{http" in problem.reason for problem in problems)


def twice(kind: str) -> str:
    doubled = {
        "au": structure(au(1), au(1)),
        "block": structure(block("b", au(1)), block("b", au(2))),
        "nested": structure(block("b", block("b", au(1)))),
        "objective": structure(objectives=OBJECTIVES.replace("</objectives>", OBJECTIVES[12:])),
        "au and course": structure(au().replace(UNIT, COURSE)),
        "au and block": structure(block("b", au()).replace(UNIT, f"{COURSE}/blocks/b")),
    }
    return doubled[kind]


@pytest.mark.parametrize("kind", ["au", "block", "nested", "objective", "au and course", "au and block"])
def test_ids_are_unique(tmp_path: Path, kind: str) -> None:
    (problem,) = refused(package(tmp_path, twice(kind)))
    assert "already used" in problem.reason
    assert problem.clause.startswith("cmi5 13.1")


@pytest.mark.parametrize("identifier", ["one", "/units/1", "http:", "https://", "urn:x", "a b:c", "http://a b/", ""])
@pytest.mark.parametrize("where", [COURSE, UNIT, f"{COURSE}/blocks/b", OBJECTIVE])
def test_ids_are_whole_iris(tmp_path: Path, identifier: str, where: str) -> None:
    xml = structure(block("b", au()), objectives=OBJECTIVES).replace(f'id="{where}"', f'id="{identifier}"')
    reasons = [problem.reason for problem in refused(package(tmp_path, xml)) if problem.severity == "error"]
    assert any("no whole IRI" in reason or "anyURI" in reason for reason in reasons)


def test_an_activity_type_is_an_iri(tmp_path: Path) -> None:
    (problem,) = refused(package(tmp_path, structure(au(attributes='activityType="lesson"'))))
    assert "activityType" in problem.reason


@pytest.mark.parametrize(
    ("url", "clause"),
    [
        ("missing.html", "cmi5 14.1"),
        ("../index.html", "cmi5 14.1"),
        ("//content.example.com/x", "cmi5 13.1.4 url"),
        ("javascript:alert(1)", "cmi5 13.1.4 url"),
        ("data:text/html,x", "cmi5 13.1.4 url"),
        ("file:///etc/passwd", "cmi5 13.1.4 url"),
        ("mailto:a@example.com", "cmi5 13.1.4 url"),
        ("https://", "cmi5 13.1.4 url"),
        ("https://content.example.com:x/", "cmi5 13.1"),
        ("index.html?endpoint=1", "cmi5 8.1"),
        ("index.html?a=1&amp;fetch", "cmi5 8.1"),
        ("index.html?act%6Fr=1", "cmi5 8.1"),
        (f"{ELSEWHERE}?registration=1", "cmi5 8.1"),
        (f"{ELSEWHERE}?activityId=1#x", "cmi5 8.1"),
    ],
)
def test_urls_that_are_refused(tmp_path: Path, url: str, clause: str) -> None:
    assert clause in {problem.clause for problem in refused(package(tmp_path, structure(au(url=url))))}


@pytest.mark.parametrize("url", [ELSEWHERE, f"{ELSEWHERE}?a=1", "app://unit/1", "index.html?Endpoint=1#fetch=2"])
def test_urls_that_are_taken(tmp_path: Path, url: str) -> None:
    assert read(package(tmp_path, structure(au(url=url))))[1] == []


def test_relative_urls_need_a_zip(tmp_path: Path) -> None:
    (problem,) = refused(bare(tmp_path, structure()))
    assert problem.clause == "cmi5 14.2"


@pytest.mark.parametrize("name", ["course/cmi5.xml", "CMI5.xml"])
def test_the_structure_is_at_the_root_under_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "course.zip"
    with ZipFile(path, "w") as target:
        target.writestr(name, structure())
        target.writestr(name.replace("CMI5.xml", "index.html").replace("cmi5.xml", "index.html"), PAGE)
    (problem,) = refused(path)
    assert problem.clause in {"cmi5 14", "cmi5 14.1"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda xml: xml[:-20],
        lambda xml: xml.replace("?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1),
    ],
    ids=["cut off", "entities"],
)
def test_xml_that_is_broken_or_dangerous(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    refused(package(tmp_path, spoil(structure())))
    refused(bare(tmp_path, spoil(structure(au(1, ELSEWHERE)))))


def test_every_fault_at_once(tmp_path: Path) -> None:
    xml = structure(au(1, "missing.html"), au(1, "javascript:1"), block("b", au(2).replace("https://", "")))
    assert len([one for one in refused(package(tmp_path, xml)) if one.severity == "error"]) == 4


def test_a_bare_structure_is_an_archive_of_one(tmp_path: Path) -> None:
    path = bare(tmp_path, structure(au(1, ELSEWHERE)))
    with open_package(path) as archive:
        assert isinstance(archive, BareStructure)
        assert archive.names == ("cmi5.xml",)
        assert "cmi5.xml" in archive
        assert archive.like("imsmanifest.xml") is None
        assert archive.size("cmi5.xml") == path.stat().st_size


@given(st.from_regex(r"[a-z]{1,5}:[ -~\u00e0-\u00ff]{0,12}", fullmatch=True))
def test_an_iri_of_a_package_is_one_for_the_lrs(text: str) -> None:
    """Ids go into statements: what the import takes, the LRS must not refuse at the launch."""
    assert not iris.is_iri(text) or is_iri(text)


@pytest.mark.parametrize("text", [COURSE, "urn:uuid:0b7", "http://[::1]/x", "https://ex.com/ü?q=1#f", "tag:x,2020:y"])
def test_usual_iris(text: str) -> None:
    assert iris.is_iri(text)
    assert is_iri(text)


def test_blanks_around_what_is_said_are_taken_off(tmp_path: Path) -> None:
    """cmi5 13.1."""
    attributes = 'moveOn=" Passed " launchMethod=" OwnWindow" masteryScore=" 1 " activityType=" urn:example:lesson "'
    xml = structure(au(attributes=attributes, inside=REFERENCE), objectives=OBJECTIVES)
    for identifier in (COURSE, UNIT, OBJECTIVE):
        xml = xml.replace(f'"{identifier}"', f'"\n {identifier} "')
    xml = xml.replace(">Course<", ">\n  Course  <")
    course, problems = read(package(tmp_path, xml))
    (unit,) = course.units
    assert isinstance(unit, Cmi5Unit)
    assert problems == []
    assert (course.identifier, course.title, unit.identifier) == (COURSE, "Course", UNIT)
    assert (unit.move_on, unit.launch_method, unit.mastery_score) == ("Passed", "OwnWindow", 1.0)
    assert (unit.activity_type, unit.objectives) == ("urn:example:lesson", (OBJECTIVE,))
