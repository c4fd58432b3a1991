"""What an author is told about a course that can be installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from zipfile import ZIP_STORED, ZipFile

import pytest

from lrs_bridge.courseware.archive import open_archive
from lrs_bridge.courseware.pages import named_files, read_page
from lrs_bridge.courseware.preflight import preflight
from lrs_bridge.courseware.standards import read_course
from lrs_bridge.errors import Problem
from tests.packages import PAGE, RESOURCE, manifest, package

NEVER = "No file of this package ever reports a completion: learners would never become compliant"


def page(body: str, head: str = "<title>One</title>", lang: str = ' lang="en"') -> str:
    return f"<!doctype html><html{lang}><head>{head}</head><body>{body}</body></html>"


def found(folder: Path, files: Mapping[str, str | bytes]) -> list[Problem]:
    with open_archive(package(folder, files)) as archive:
        course, _ = read_course(archive)
        return preflight(archive, course)


def test_a_good_package_gets_no_advice(tmp_path: Path) -> None:
    assert found(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"index.html": page("Hello")}, NEVER),
        ({"index.html": page("<script>API_1484_11.Initialize('')</script>")}, "speak SCORM 2004, though"),
        ({"index.html": page("<script src='https://cdn.example.com/a.js'></script>")}, "loads from cdn.example.com"),
        ({"index.html": page("<script>API.LMSInitialize('')</script>")}, "no file of it ever names a completion"),
        ({"index.html": page("Hi"), "big.js": Random(1).randbytes((16 << 20) + 1)}, "too large to be read: big.js"),
    ],
)
def test_packages_that_never_report(tmp_path: Path, files: dict[str, str | bytes], words: str) -> None:
    assert words in str(found(tmp_path, files)[0])


@pytest.mark.parametrize(
    ("body", "files"),
    [
        ("<script src='js/api.js'></script>", {"js/api.js": "LMSSetValue('cmi.core.lesson_status','passed')"}),
        ("<iframe src='inner.html'></iframe>", {"inner.html": PAGE}),
        ("<a href='next.html'>Next</a>", {"next.html": PAGE}),
        ("<script>frame.src = '../' + 'part/next.html?x=1'</script>", {"part/next.html": PAGE}),
        ("<script src='js/a.js'></script>", {"js/a.js": "load('b.js')", "js/b.js": "s('cmi.core.lesson_status')"}),
    ],
)
def test_a_report_is_found_where_the_unit_leads(tmp_path: Path, body: str, files: dict[str, str | bytes]) -> None:
    assert not [problem for problem in found(tmp_path, {"index.html": page(body), **files}) if "report" in str(problem)]


def test_the_unit_that_never_reports(tmp_path: Path) -> None:
    items = "".join(f'<item identifier="I{n}" identifierref="R{n}"><title>Unit {n}</title></item>' for n in (1, 2))
    resources = RESOURCE + RESOURCE.replace("R1", "R2").replace("index", "mute")
    files = {"imsmanifest.xml": manifest(items, resources), "mute.html": page("Only text")}
    (problem,) = found(tmp_path, files)
    assert "may never be done: Unit 2." in str(problem)


@pytest.mark.parametrize(
    ("files", "severity", "words"),
    [
        ({"a.html": page("<img src='no.png' alt=''>")}, "warning", "files that are not in the package: no.png"),
        ({"a.css": "b { background: url(no.png) }"}, "warning", "a.css: refers to files"),
        ({"d/a.html": page("<a href='../../../x.html'>x</a>")}, "warning", "leads outside the package: "),
        ({"a.html": page("<a href='B.html'>x</a>"), "b.html": page("")}, "warning", "differs in case from the file"),
        ({"a.html": page("<a href='b\\c.html'>x</a>"), "b/c.html": page("")}, "warning", "written with backslashes"),
        ({"a.html": page("<script src='https://x.example/y.js'></script>")}, "info", "needs other servers"),
        ({"film.swf": "x"}, "warning", "holds Flash or Silverlight, which no browser plays: film.swf"),
        ({"a.js": "window.showModalDialog('x')"}, "warning", "a.js: opens windows with showModalDialog"),
        ({"a.js": "document.domain = 'x.org'"}, "warning", "sets document.domain"),
        ({"a.html": page("<applet code='x'></applet>")}, "warning", "Java applets"),
        ({"a.js": "window.onunload = f; r.open('POST', url, false)"}, "warning", "while the page closes"),
        ({"index.html": PAGE.replace("Read", "word " * 4300)}, "warning", "takes about 22 minutes to read"),
        ({"index.html": PAGE.replace("Read", "word " * 1000)}, "info", "takes about 5 minutes to read"),
        ({"a.html": page("x", lang="")}, "info", "a.html: no language is given"),
        ({"a.html": page("x", head="")}, "info", "a.html: no title is given"),
        ({"a.html": page("<img src='data:,'>")}, "info", "an image has no text"),
        ({"a.html": page("<video src='v.mp4'></video>"), "v.mp4": "x"}, "info", "a video has no captions"),
    ],
)  # fmt: skip
def test_advice(tmp_path: Path, files: dict[str, str | bytes], severity: str, words: str) -> None:
    assert [(problem.severity, words in str(problem)) for problem in found(tmp_path, files)] == [(severity, True)]


def test_mixed_content(tmp_path: Path) -> None:
    insecure, hosts = found(tmp_path, {"a.html": page("<script src='http://x.example/y.js'></script>")})
    assert "a.html: loads without encryption, which browsers block on a secure page: http://x.example" in str(insecure)
    assert "needs other servers while it runs: x.example" in str(hosts)


@pytest.mark.parametrize(
    "body",
    [
        "<a href='#top'>x</a><a href='mailto:a@example.com'>x</a><a href='javascript:void(0)'>x</a>",
        "<a href='https://example.com/'>a link is not loaded</a><a href='?page=2'>x</a><a href='b/'>x</a>",
        "<img src='{{ picture }}' alt=''><img src='${x}.png' alt=''><img alt='' src='data:image/png;base64,AA=='>",
        "<img src='a%20b.png' alt=''><img src='pic.png?v=1' alt=''><img role='presentation' src='pic.png'>",
        "<video src='pic.png'><track src='pic.png'></video>",
    ],
)
def test_what_is_no_fault(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, {"a.html": page(body), "a b.png": "", "pic.png": "", "b/c.txt": ""}) == []


def test_minutes_are_those_of_the_unit_alone(tmp_path: Path) -> None:
    items = "".join(f'<item identifier="I{n}" identifierref="R{n}"><title>Unit {n}</title></item>' for n in (1, 2))
    text = manifest(items, RESOURCE + RESOURCE.replace("R1", "R2").replace("index", "next"))
    long = PAGE.replace("Read this.", "word " * 1000 + "<a href='index.html'>Back</a>")
    (problem,) = found(tmp_path, {"imsmanifest.xml": text, "next.html": long})
    assert "Unit 2: takes about 5 minutes to read (1,002 words" in str(problem)


def test_a_large_unit(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 4096  # 1 MiB that shrinks, though not like a bomb
    path = package(tmp_path, {"index.html": PAGE.replace("Read", "<video src=v.mp4><track></video>")})
    with ZipFile(path, "a") as target:
        target.writestr("v.mp4", noise * 51, ZIP_STORED)
    with open_archive(path) as archive:
        course, _ = read_course(archive)
        assert "One: has files of 51 MiB" in str(preflight(archive, course)[0])


@pytest.mark.parametrize(
    "text", ["", "   ", "plain", "<", "\x00\x00", "<!-- -->", "<a" * 5000, "<div>" * 5000, "\ud800"]
)
def test_any_text_is_read(text: str) -> None:
    read_page(text)


def test_words_of_languages_without_spaces() -> None:
    found_page = read_page("<p>情報を守る方法</p><p>two words</p><script>not these</script>")
    assert found_page is not None
    assert found_page.words == 2 + 3


def test_named_files() -> None:
    assert named_files("""a("x/y.html?z"); b = 'c.js'; d = `e.htm#f`; "no.png"; 'js'""") == (
        "x/y.html",
        "c.js",
        "e.htm",
    )
