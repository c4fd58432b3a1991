"""imsmanifest.xml of SCORM 1.2, by the book and as tools really write it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from lrs_bridge.courseware.archive import open_archive
from lrs_bridge.courseware.course import Course, LaunchableUnit
from lrs_bridge.courseware.preflight import preflight
from lrs_bridge.courseware.references import with_parameters
from lrs_bridge.courseware.standards import read_course
from lrs_bridge.errors import PackageRefused, Problem
from tests.packages import ADL, CP, ITEM, PAGE, RESOURCE, manifest, package, resource

SAMPLES = Path(__file__).parent / "samples" / "packages"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


def read(path: Path) -> tuple[Course, list[Problem]]:
    with open_archive(path) as archive:
        course, problems = read_course(archive)
        return course, [*archive.warnings, *problems]


def made(folder: Path, text: str | bytes, **files: str) -> tuple[Course, list[Problem]]:
    return read(package(folder, {"imsmanifest.xml": text, **{name.replace("__", "/"): x for name, x in files.items()}}))


def unit(folder: Path, item: str = ITEM, resources: str = RESOURCE, **files: str) -> LaunchableUnit:
    course, _ = made(folder, manifest(item, resources), **files)
    return course.units[0]


def refusal(path: Path) -> str:
    with pytest.raises(PackageRefused) as caught:
        read(path)
    return "\n".join(map(str, [caught.value.reason, *caught.value.problems]))


def outcome(path: Path) -> str:
    try:
        with open_archive(path) as archive:
            course, problems = read_course(archive)
            found = [*archive.warnings, *problems, *preflight(archive, course)]
    except PackageRefused as error:
        return "reject" if all(problem.reason and problem.remedy for problem in error.problems) else "reject in silence"
    return "accept-with-warning" if any(problem.severity == "warning" for problem in found) else "accept"


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples(name: str) -> None:
    expected = EXPECTED[name]["expect"].replace("-or-no-expansion", "")
    assert outcome(SAMPLES / name) == expected, EXPECTED[name]["why"]


def test_multi_sco() -> None:
    course, _ = read(SAMPLES / "multi-sco.zip")
    assert [(unit.identifier, unit.title, unit.href, unit.order) for unit in course.units] == [
        ("I0", "S0", "s0.html", 0),
        ("I1", "S1", "s1.html", 1),
        ("I2", "S2", "s2.html", 2),
    ]


def test_parameters_of_items() -> None:
    course, _ = read(SAMPLES / "parameters.zip")
    assert [unit.url for unit in course.units] == ["index.html?a=1&b=x%20y", "index.html#frag", "index.html?c=3"]


@pytest.mark.parametrize(
    ("suffix", "parameters", "expected"),
    [
        ("", "", ""),
        ("", "a=1", "?a=1"),
        ("", "?a=1", "?a=1"),
        ("", "&a=1", "?a=1"),
        ("", "?&?a=1&", "?a=1"),
        ("?x=0", "a=1", "?x=0&a=1"),
        ("?x=0", "?a=1#top", "?x=0&a=1#top"),
        ("?x=0", "#top", "?x=0#top"),
        ("#/start", "?a=1", "?a=1#/start"),
        ("#/start", "#other", "#/start"),
        ("", "name=a b&q=\"><script>", "?name=a%20b&q=%22%3E%3Cscript%3E"),
        ("", "url=http%3A%2F%2Fx", "?url=http%3A%2F%2Fx"),
    ],
)  # fmt: skip
def test_with_parameters(suffix: str, parameters: str, expected: str) -> None:
    assert with_parameters(suffix, parameters) == expected


@pytest.mark.parametrize(
    ("href", "entry", "url"),
    [
        ("a%20b/start%201.html", "a b/start 1.html", "a%20b/start%201.html"),
        ("a b/start.html", "a b/start.html", "a%20b/start.html"),
        ("a\\start.html", "a/start.html", "a/start.html"),
        ("./a/../a/start.html?x=1#y", "a/start.html", "a/start.html?x=1#y"),
        ("/a/start.html", "a/start.html", "a/start.html"),
        ("A/Start.HTML", "a/start.html", "a/start.html"),
        ("100%.html", "100%.html", "100%25.html"),
        ("%DCbung.html", "Übung.html", "%C3%9Cbung.html"),
        ("%C3%9Cbung.html", "U\u0308bung.html", "%C3%9Cbung.html"),
        ("what#1.html", "what#1.html", "what%231.html"),
    ],
)
def test_href_meets_its_file(tmp_path: Path, href: str, entry: str, url: str) -> None:
    path = package(tmp_path, {"imsmanifest.xml": manifest(resources=resource(href)), entry: PAGE})
    course, problems = read(path)
    assert course.units[0].url == url
    forgiven = "\\" in href or href.startswith(("/", "A/"))
    assert any("others may not" in problem.reason for problem in problems) == forgiven


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        (resource("../../index.html"), "starts outside the package"),
        (resource("javascript:alert(1)"), "javascript:alert(1), which is no file"),
        (resource(" JavaScript:alert(1)"), "which is no file"),
        (resource("java&#10;script:alert(1)"), "control characters"),
        (resource("data:text/html,x"), "which is no file"),
        (resource("file:///etc/passwd"), "which is no file"),
        (resource("https://example.com/course/"), "starts on another server"),
        (resource("//example.com/course/"), "starts on another server"),
        (resource("\\\\example.com\\x"), "starts on another server"),
        (resource("index.html", base=' xml:base="https://example.com/"'), "starts on another server"),
        (resource(""), "names no file"),
        (resource("none.html"), "none.html, which is not in the package"),
        (resource("%2e%2e/%2e%2e/etc/passwd"), "which is not in the package"),
        (RESOURCE.replace('"R1"', '"R2"'), "refers to the resource R1, which is not there"),
    ],
)
def test_units_that_cannot_start(tmp_path: Path, resources: str, words: str) -> None:
    assert words in refusal(package(tmp_path, {"imsmanifest.xml": manifest(resources=resources)}))


def test_all_faults_are_said_with_their_lines(tmp_path: Path) -> None:
    items = '\n<item identifier="A" identifierref="X"/>\n<item identifier="A" identifierref="Y"/>'
    words = refusal(package(tmp_path, {"imsmanifest.xml": manifest(items)}))
    assert "imsmanifest.xml:2: A refers to the resource X" in words
    assert "imsmanifest.xml:3: a second item has the identifier A" in words
    assert "imsmanifest.xml:3: A refers to the resource Y" in words


@pytest.mark.parametrize("items", ["", "<item identifier='I1'><title>Only a heading</title></item>"])
def test_nothing_to_launch(tmp_path: Path, items: str) -> None:
    assert "no item that can be launched" in refusal(package(tmp_path, {"imsmanifest.xml": manifest(items)}))


def test_what_an_item_says(tmp_path: Path) -> None:
    item = ITEM.replace(
        "<title>One</title>",
        "<title>One\n  long title</title><adlcp:prerequisites type='aicc_script'>I0</adlcp:prerequisites>"
        "<adlcp:maxtimeallowed>01:30:00</adlcp:maxtimeallowed>"
        "<adlcp:timelimitaction>Exit, no message</adlcp:timelimitaction>"
        "<adlcp:datafromlms>a=1\nb=2</adlcp:datafromlms><adlcp:masteryscore>80</adlcp:masteryscore>",
    )
    found = unit(tmp_path, item)
    assert (found.title, found.prerequisites, found.launch_data) == ("One long title", "I0", "a=1\nb=2")
    assert (found.max_time_allowed, found.time_limit_action) == ("01:30:00", "exit,no message")
    assert (found.mastery_score, found.mastery_raw) == (0.8, "80")


@pytest.mark.parametrize(
    ("name", "raw", "score", "words"),
    [
        ("masteryscore", "eighty", None, "masteryscore is 'eighty'"),
        ("masteryscore", "120", None, "masteryscore is '120'"),
        ("masteryscore", "nan", None, "masteryscore is 'nan'"),
        ("masteryscore", "0.8", 0.008, "Write 80 if 80% is meant"),
        ("maxtimeallowed", "90 minutes", None, "maxtimeallowed is '90 minutes'"),
        ("timelimitaction", "explode", None, "timelimitaction is 'explode'"),
    ],
)
def test_values_that_are_questioned(tmp_path: Path, name: str, raw: str, score: float | None, words: str) -> None:
    item = ITEM.replace("</item>", f"<adlcp:{name}>{raw}</adlcp:{name}></item>")
    course, problems = made(tmp_path, manifest(item))
    assert course.units[0].mastery_score == score
    assert (course.units[0].max_time_allowed, course.units[0].time_limit_action) == ("", "")
    assert any(words in str(problem) for problem in problems)


def test_structure(tmp_path: Path) -> None:
    items = (
        '<item identifier="A"><title>Part</title><item identifier="B" identifierref="R1"><title>Lesson</title></item>'
        '<item identifier="C" identifierref="R1" isvisible="false"><title>Hidden</title></item></item>'
    )
    course, problems = made(tmp_path, manifest(items))
    (part,) = course.structure
    assert [(line.title, line.unit, line.visible) for line in part.walk()] == [
        ("Part", "", True),
        ("Lesson", "B", True),
        ("Hidden", "C", False),
    ]
    assert [unit.visible for unit in course.units] == [True, False]
    assert [problem.severity for problem in problems] == ["info"]


def test_dependencies_bring_their_files(tmp_path: Path) -> None:
    needs = '<dependency identifierref="S"/>'
    shared = (
        '<resource identifier="S" type="webcontent" adlcp:scormtype="asset"><file href="js/api.js"/>'
        '<dependency identifierref="R1"/><dependency identifierref="gone"/></resource>'
    )
    resources = resource("index.html", "index.html", inside=needs) + shared
    course, problems = made(tmp_path, manifest(resources=resources), js__api="x", **{"js/api.js": "x"})
    assert course.units[0].files == ("index.html", "js/api.js")
    assert ["depends on the resource gone" in str(problem) for problem in problems] == [True]


def test_xml_base(tmp_path: Path) -> None:
    text = manifest(
        resources=resource("start.html", "pic.png", base=' xml:base="c/"'),
        base=' xml:base="b"',  # without its slash: a folder to its author, though not to the RFC
        root=' xml:base="a/"',
    )
    course, _ = made(tmp_path, text, **{"a/b/c/start.html": PAGE, "a/b/c/pic.png": "x"})
    assert (course.units[0].href, course.units[0].files) == ("a/b/c/start.html", ("a/b/c/start.html", "a/b/c/pic.png"))


def test_the_default_organization(tmp_path: Path) -> None:
    text = manifest().replace(
        "<organizations default=\"O1\">",
        '<organizations default="O1"><organization identifier="O0"><title>Other</title></organization>',
    )  # fmt: skip
    course, problems = made(tmp_path, text)
    assert course.title == "Course"
    assert "has 2 organizations" in str(problems[0])
    course, problems = made(tmp_path, manifest().replace('default="O1"', 'default="O9"'))
    assert "default organization O9 is not there" in str(problems[0])


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        (manifest().encode("utf-16"), ""),
        (manifest(head='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"), ""),
        (manifest(head='<?xml version="1.0" encoding="utf-16"?>').encode(), "says it is UTF-16 but is not"),
        (manifest(head='<?xml version="1.0" encoding="utf-8"?>').encode("utf-8-sig"), ""),
        (manifest(head='<?xml version="1.0" encoding="ISO-8859-1"?>').replace("One", "Übung").encode("latin-1"), ""),
        (manifest().replace("scormtype", "scormType"), ""),
        (manifest().replace("adlcp:scormtype", "scormtype"), ""),
        (manifest().replace('"sco"', '"SCO"'), ""),
        (manifest().replace(CP, "http://www.imsglobal.org/xsd/imscp_v1p1"), "does not use the namespace"),
        (manifest().replace(ADL, "http://www.adlnet.org/xsd/adlcp_rootv1p1"), "does not use the namespace"),
        (manifest().replace(f' xmlns="{CP}"', ""), "does not use the namespace"),
        (manifest().replace("<schemaversion>1.2</schemaversion>", ""), "does not say which version"),
        (manifest().replace(">1.2<", ">1.1<"), "calls its version 1.1"),
        (manifest().replace('"sco"', '"webapp"'), "read as SCOs: One"),
        (manifest().replace('"sco"', '"asset"'), "never report a completion: One"),
        (manifest().replace(' identifier="I1"', ""), "it is called item-1"),
    ],
)
def test_manifests_as_tools_write_them(tmp_path: Path, text: str | bytes, warned: str) -> None:
    course, problems = made(tmp_path, text)
    assert (course.standard, course.identifier, len(course.units)) == ("SCORM 1.2", "M1", 1)
    assert [problem.severity for problem in problems] == (["warning"] if warned else [])
    assert warned in " ".join(map(str, problems))


CARTRIDGE = manifest().replace("ADL SCORM", "IMS Common Cartridge").replace(">1.2<", ">1.1.0<")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (manifest(head=f'<!DOCTYPE manifest [<!ENTITY l0 "ha">{LAUGHS}]>').replace("Course", "&l9;"), ""),
        (manifest(head=f'<!DOCTYPE manifest [<!ENTITY l0 "ha">{LAUGHS}]>').replace('"M1"', '"&l9;"'), ""),
        (manifest(head='<!DOCTYPE manifest SYSTEM "http://127.0.0.1:1/x.dtd">'), "DOCTYPE"),
        (manifest(head='<!DOCTYPE m [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>'), "DOCTYPE"),
        (manifest(head="<!DOCTYPE manifest>").encode("utf-16"), "DOCTYPE"),
        (manifest().replace("Course", "&nbsp;"), "not well-formed XML: Entity 'nbsp' not defined"),
        (manifest().replace("</item>", ""), "imsmanifest.xml:1: is not well-formed"),
        (
            manifest(head='<?xml version="1.0" encoding="utf-8"?>').replace("One", "Übung").encode("cp1252"),
            "save it as UTF-8",
        ),
        ("", "not well-formed"),
        ("<html/>", "begins with <html>"),
        (Random(1).randbytes(10 * 1024 * 1024 + 1), "larger than 10 MiB"),
    ],
)
def test_manifests_that_cannot_be_read(tmp_path: Path, text: str | bytes, words: str) -> None:
    found = refusal(package(tmp_path, {"imsmanifest.xml": text}))
    assert "its manifest cannot be read" in found
    assert words in found


def test_nothing_of_an_entity_is_said(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret")
    head = f'<!DOCTYPE m [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    text = manifest(head=head).replace("Course", "&x;").replace('"I1" ', '"I1" parameters="&x;" ')
    assert "s3cret" not in refusal(package(tmp_path, {"imsmanifest.xml": text}))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"imsmanifest.xml": CARTRIDGE}, "IMS Common Cartridge 1.1.0, which this version of"),
        ({"index.html": PAGE, "x.css": ""}, "none of imsmanifest.xml, cmi5.xml, tincan.xml, AICC files"),
        ({}, "it holds no file"),
        ({"course.zip": "PK", "readme.txt": ""}, "another zip, course.zip: unpack once"),
        ({"course/imsmanifest.xml": manifest(), "readme.txt": ""}, "course/imsmanifest.xml lies in a folder"),
    ],
)
def test_other_kinds(tmp_path: Path, files: dict[str, str], words: str) -> None:
    path = tmp_path / "other.zip"
    package(tmp_path, files, path.name)
    if "imsmanifest.xml" not in files:
        _without_manifest(path, files)
    assert words in refusal(path)


def _without_manifest(path: Path, files: dict[str, str]) -> None:
    with ZipFile(path, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)


def test_a_manifest_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "capitals.zip"
    _without_manifest(path, {"IMSMANIFEST.XML": manifest(), "index.html": PAGE})
    course, problems = read(path)
    assert course.identifier == "M1"
    assert "should be called imsmanifest.xml" in str(problems[0])


def test_metadata(tmp_path: Path) -> None:
    description = "<description><langstring xml:lang='en'>What it is about</langstring></description>"
    lom = f"<lom><general><title><langstring>Other</langstring></title><language>en-GB</language>{description}"
    lom += "</general></lom>"
    course, _ = made(tmp_path, manifest().replace("</metadata>", lom + "</metadata>"))
    assert (course.title, course.version, course.language) == ("Course", "1.0", "en-GB")
    assert course.description == "What it is about"
