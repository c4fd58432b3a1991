"""The sample course: its source, and the package that is built from it."""

from __future__ import annotations

import re
import shutil
import tomllib
import zipfile
from pathlib import Path
from typing import cast

import pytest
from lxml import etree

from lrs_bridge.courseware.archive import open_archive
from lrs_bridge.courseware.preflight import preflight
from lrs_bridge.courseware.standards import read_course as read_bridge_course
from lrs_bridge.errors import PackageRefused
from scorm_packages.build import STANDARDS, answers, build, main
from scorm_packages.course_source import SOURCE, read_course

MODULES = ["passwords-and-phishing", "handling-information", "incidents-and-duties"]
NAMES = {
    "cp": "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
    "adlcp": "http://www.adlnet.org/xsd/adlcp_rootv1p2",
    "md": "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def manifest(package: Path) -> etree._Element:
    with zipfile.ZipFile(package) as archive:
        return etree.fromstring(archive.read("imsmanifest.xml"))


def texts(manifest: etree._Element, path: str) -> list[str]:
    found = cast(list[str], manifest.xpath(path, namespaces=NAMES))
    return [str(value) for value in found]


# --- the package ------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cp:manifest/@identifier", ["information-security-essentials"]),
        ("/cp:manifest/@version", ["1.0.0"]),
        ("/cp:manifest/cp:metadata/cp:schema/text()", ["ADL SCORM"]),
        ("/cp:manifest/cp:metadata/cp:schemaversion/text()", ["1.2"]),
        ("//md:general/md:title/md:langstring/text()", ["Information security essentials"]),
        ("//cp:organization/@identifier", ["organization"]),
        ("//cp:organizations/@default", ["organization"]),
        ("//cp:item/@identifier", MODULES),
        ("//cp:item/adlcp:masteryscore/text()", ["80", "80", "80"]),
        ("//cp:resource[@adlcp:scormtype='sco']/@href", [f"{name}.html" for name in MODULES]),
        ("//cp:resource[@adlcp:scormtype='sco']/cp:dependency/@identifierref", ["shared"] * 3),
    ],
)
def test_manifest_says(manifest: etree._Element, path: str, expected: list[str]) -> None:
    assert texts(manifest, path) == expected


def test_items_point_to_scos_in_order(manifest: etree._Element) -> None:
    scos = texts(manifest, "//cp:resource[@adlcp:scormtype='sco']/@identifier")
    assert texts(manifest, "//cp:item/@identifierref") == scos


def test_every_file_is_listed_once_and_every_listed_file_is_there(package: Path, manifest: etree._Element) -> None:
    with zipfile.ZipFile(package) as archive:
        held = [name for name in archive.namelist() if name != "imsmanifest.xml"]
    assert sorted(texts(manifest, "//cp:file/@href")) == held


def test_every_link_of_a_page_is_in_the_package(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        for name in MODULES:
            page = archive.read(f"{name}.html").decode()
            links = set(re.findall(r'(?:src|href)="([^"#]+)"', page))
            assert links
            assert links <= set(archive.namelist())


def test_pages_run_under_a_strict_policy(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        for name in MODULES:
            page = archive.read(f"{name}.html").decode()
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:|https?://[^<]*\"", page)


def test_same_source_same_bytes(package: Path, tmp_path: Path) -> None:
    assert build(tmp_path).read_bytes() == package.read_bytes()


def test_one_command_builds_every_standard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(tmp_path)]) == 0
    printed = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert printed == [tmp_path / f"information-security-essentials-{standard}.zip" for standard in STANDARDS]
    assert all(zipfile.is_zipfile(path) for path in printed)


def test_command_builds_one_standard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(tmp_path), "--standard", "scorm2004"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "information-security-essentials-scorm2004.zip")


@pytest.mark.parametrize(("standard", "mastery"), [("cmi5", 0.8), ("xapi", None)])
def test_the_bridge_reads_it_where_ids_are_the_publishers(standard: str, mastery: float | None, tmp_path: Path) -> None:
    with open_archive(build(tmp_path, standard)) as archive:
        course, _ = read_bridge_course(archive)
    base = "https://lrs-bridge.dev/courses/information-security-essentials"
    assert [(unit.identifier, unit.mastery_score) for unit in course.units] == [
        (f"{base}/{name}", mastery) for name in MODULES
    ]


@pytest.mark.parametrize("standard", ["scorm12", "scorm2004"])
def test_the_bridge_reads_the_same_course_in_each_standard(standard: str, tmp_path: Path) -> None:
    with open_archive(build(tmp_path, standard)) as archive:
        course, problems = read_bridge_course(archive)
        found = [*problems, *preflight(archive, course)]
    assert (course.identifier, course.title) == ("information-security-essentials", "Information security essentials")
    assert [(unit.identifier, unit.mastery_score) for unit in course.units] == [(name, 0.8) for name in MODULES]
    assert {problem.severity for problem in found} <= {"info"}


# --- the source -------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_answers_are_those_of_the_source(module: str) -> None:
    table = tomllib.loads((SOURCE / "modules" / f"{module}.toml").read_text(encoding="utf-8"))
    assert answers(module) == {item["id"]: set(item["right"]) for item in table["item"]}


@pytest.mark.parametrize("number", range(3))
def test_each_module_is_a_real_one(number: int) -> None:
    module = read_course().modules[number]
    assert 10 <= len(module.pages) <= 11
    assert len(module.items) >= 12
    assert {item.kind for item in module.items} == {"single", "multiple", "true-false"}
    assert sum(bool(page.ask) for page in module.pages) >= 3
    assert "{" not in "".join(page.body + page.answer for page in module.pages), "a word that is not filled in"


def test_answers_of_an_unknown_module() -> None:
    with pytest.raises(KeyError):
        answers("cooking")


FAULTS = [
    ('right = ["c"]', 'right = ["z"]', "item reuse-breach: no right answer among the options"),
    ('right = ["c"]', "right = []", "item reuse-breach: no right answer among the options"),
    ('right = ["c"]', 'right = ["b", "c"]', "item reuse-breach: 2 right answers"),
    ('page = "reuse"', 'page = "gone"', "item reuse-breach: there is no page gone"),
    ('id = "padlock"', 'id = "reuse-breach"', "item ids: reuse-breach is used 2 times"),
    ('id = "links"', 'id = "reuse"', "page: reuse is used 2 times"),
    ('kind = "multiple"', 'kind = "essay"', "item manager-benefits: unknown kind essay"),
    ("<p>Few attackers", "<p onclick='x()'>Few attackers", 'page why-you: onclick="x()" is not allowed on <p>'),
    ("<p>Few attackers", "<script>x()</script><p>Few attackers", "page why-you: <script> is not allowed"),
    ("<p>Few attackers", "<p>Few & attackers", "page why-you: the markup is not well-formed"),
    ("<p>Few attackers", "<p>" + "word " * 200, "page why-you: 3"),
    ("[[item]]", "[[spare]]", "passwords-and-phishing.toml: 'item' is missing"),
    ("minutes = 11", "minutes = eleven", "passwords-and-phishing.toml: "),
]


@pytest.mark.parametrize(("old", "new", "problem"), FAULTS)
def test_a_faulty_source_is_refused_with_its_place(old: str, new: str, problem: str, tmp_path: Path) -> None:
    folder = shutil.copytree(SOURCE, tmp_path / "source")
    path = folder / "modules" / "passwords-and-phishing.toml"
    source = path.read_text(encoding="utf-8")
    assert old in source
    times = -1 if old == "[[item]]" else 1
    path.write_text(source.replace(old, new, times), encoding="utf-8")
    with pytest.raises(PackageRefused) as refused:
        read_course(folder)
    assert any(problem in str(found) for found in refused.value.problems), refused.value.problems


def test_a_pool_that_is_too_small_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(SOURCE, tmp_path / "source")
    path = folder / "modules" / "handling-information.toml"
    pieces = path.read_text(encoding="utf-8").split("[[item]]")
    path.write_text("[[item]]".join(pieces[:5]), encoding="utf-8")
    with pytest.raises(PackageRefused) as refused:
        read_course(folder)
    assert [str(found) for found in refused.value.problems] == [
        "handling-information.toml: the pool holds 4 items. Write at least 12"
    ]


def test_a_missing_module_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(SOURCE, tmp_path / "source")
    (folder / "modules" / "handling-information.toml").unlink()
    with pytest.raises(PackageRefused) as refused:
        read_course(folder)
    assert "handling-information.toml: the file is not there" in str(refused.value.problems[0])
