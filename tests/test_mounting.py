"""What plugin_manifest.xml declares is what the server mounts, and a wrong one stops the start."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from lxml import etree

from lrs_bridge.app import create_app
from lrs_bridge.errors import ManifestInvalid
from lrs_bridge.manifest import default_manifest_path
from lrs_bridge.manifest.document import OURS
from lrs_bridge.settings import Settings
from tests.callers import VERSION

WHOLE = default_manifest_path().read_text()
# one address of each entry, and how it answers while it is mounted
ROUTES = {
    "/xapi/about": 200,
    "/xapi/statements": 401,
    "/packages": 401,
    "/feeds/compliance.json": 401,
    "/feeds/compliance.csv": 401,
    "/feeds/aggregates.json": 401,
    "/manage/sign-in": 200,
    "/admin/sign-in": 200,
    "/launches": 405,
    "/evidence": 401,
    "/evidence-packs": 401,
    "/evidence-packs/keys.json": 200,
    "/identities/review": 401,
    "/scim/v2/ServiceProviderConfig": 200,
    "/scim/v2/Users": 401,
    "/health/live": 200,
    "/plugin_manifest.xml": 200,
}
ON_CONTENT = {"/play/x/": 403, "/content/x/index.html": 403, "/runtime/x/commit": 405}
CONTENT = "http://127.0.0.1:8000"

WITHOUT = [
    (r"\s*<feed .*</feed>", ["/feeds/compliance.json", "/feeds/compliance.csv", "/feeds/aggregates.json"]),
    (r"\s*<feed name=\"aggregates\".*?</feed>", ["/feeds/aggregates.json"]),
    (r"\s*<format>csv</format>(?=.*<format>atom)", ["/feeds/compliance.csv"]),
    (r"\s*<format>json</format>(?=.*<format>atom)", ["/feeds/compliance.json"]),
    (r"\s*<xapi .*?</xapi>", ["/xapi/about", "/xapi/statements"]),
    (r"\s*<page name=\"manage\"[^>]*/>", ["/manage/sign-in"]),
    (r"\s*<page name=\"admin\"[^>]*/>", ["/admin/sign-in"]),
    (r"\s*<packages .*?</packages>", ["/packages"]),
    (r"\s*<endpoint name=\"launches\"[^>]*/>", ["/launches"]),
    (r"\s*<endpoint name=\"evidence\"[^>]*/>", ["/evidence"]),
    (r"\s*<endpoint name=\"evidence-packs\"[^>]*/>", ["/evidence-packs", "/evidence-packs/keys.json"]),
    (r"\s*<endpoint name=\"identities\"[^>]*/>", ["/identities/review"]),
    (r"\s*<endpoint name=\"health\"[^>]*/>", ["/health/live"]),
    (r"\s*<endpoint name=\"scim\"[^>]*/>", ["/scim/v2/ServiceProviderConfig", "/scim/v2/Users"]),
    (r"\s*<endpoint name=\"player\"[^>]*/>", ["/play/x/"]),
    (r"\s*<endpoint name=\"content\"[^>]*/>", ["/content/x/index.html"]),
    (r"\s*<endpoint name=\"runtime\"[^>]*/>", ["/runtime/x/commit"]),
]


def without(pattern: str) -> str:
    left, count = re.subn(pattern, "", WHOLE, flags=re.DOTALL)
    assert count == 1, pattern
    return left


@contextmanager
def opened(folder: Path, manifest: str) -> Iterator[Flask]:
    path = folder / "plugin_manifest.xml"
    path.write_text(manifest)
    settings = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder), "LRS_BRIDGE_MANIFEST": str(path)})
    app = create_app(replace(settings, public_url="http://localhost:8000", content_url=CONTENT))
    yield app
    app.extensions["lrs_bridge_close"]()


def answers(app: Flask) -> dict[str, int]:
    client = app.test_client()
    public = {path: client.get(path, headers=VERSION).status_code for path in ROUTES}
    return public | {path: client.get(path, base_url=CONTENT).status_code for path in ON_CONTENT}


def test_the_whole_manifest_mounts_everything(tmp_path: Path) -> None:
    with opened(tmp_path, WHOLE) as app:
        assert answers(app) == ROUTES | ON_CONTENT


@pytest.mark.parametrize(("pattern", "gone"), WITHOUT, ids=[" ".join(gone) for _, gone in WITHOUT])
def test_what_is_taken_away_has_no_route_and_the_rest_works(tmp_path: Path, pattern: str, gone: list[str]) -> None:
    with opened(tmp_path, without(pattern)) as app:
        assert answers(app) == ROUTES | ON_CONTENT | dict.fromkeys(gone, 404)


def test_a_path_may_be_another(tmp_path: Path) -> None:
    with opened(tmp_path, WHOLE.replace('path="/feeds/compliance"', 'path="/training"')) as app:
        client = app.test_client()
        assert client.get("/training.json").status_code == 401
        assert client.get("/feeds/compliance.json").status_code == 404


WRONG = [
    (WHOLE.replace("</plugin>", ""), "is not well-formed XML"),
    (WHOLE.replace('<feed name="compliance"', '<feed name="secrets"'), "'secrets' is not served by this version"),
    (WHOLE.replace('path="/launches"', 'path="launches"'), "launches"),
    (WHOLE.replace("<cartridge_basiclti_link", "<!DOCTYPE x>\n<cartridge_basiclti_link"), "document type declaration"),
    (WHOLE.replace('name="player" path="/play" origin="content"', 'name="player" path="/play"'), "content origin"),
]


@pytest.mark.parametrize(("manifest", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_manifest_stops_the_start_and_names_the_line(tmp_path: Path, manifest: str, words: str) -> None:
    with pytest.raises(ManifestInvalid) as caught, opened(tmp_path, manifest):
        pass
    found = [problem for problem in caught.value.problems if words in problem.reason]
    assert found
    assert all(re.fullmatch(r"plugin_manifest\.xml:\d+", problem.place) for problem in caught.value.problems)
    assert not (tmp_path / "lrs_bridge.db").exists()


@pytest.mark.parametrize("manifest", [WRONG[1][0], None])
def test_serve_refuses_in_words(tmp_path: Path, manifest: str | None) -> None:
    path = tmp_path / "plugin_manifest.xml"
    if manifest:
        path.write_text(manifest)
    done = subprocess.run(
        [sys.executable, "-m", "lrs_bridge", "serve", "--port", "1"],
        env={"LRS_BRIDGE_DATA_DIR": str(tmp_path / "data"), "LRS_BRIDGE_MANIFEST": str(path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "plugin_manifest.xml" in done.stderr
    assert "Traceback" not in done.stderr
    assert ("is not served by this version" if manifest else "cannot be read") in done.stderr


def test_the_served_manifest_has_absolute_addresses(tmp_path: Path) -> None:
    with opened(tmp_path, WHOLE) as app:
        answer = app.test_client().get("/plugin_manifest.xml")
    assert answer.mimetype == "application/xml"
    root = etree.fromstring(answer.data)
    urls = {element.get("path"): element.get("url") for element in root.iter(f"{OURS}*") if element.get("url")}
    own = {
        "/xapi": "http://localhost:8000/xapi",
        "/packages": "http://localhost:8000/packages",
        "/feeds/compliance": "http://localhost:8000/feeds/compliance",
        "/manage": "http://localhost:8000/manage",
        "/admin": "http://localhost:8000/admin",
        "/launches": "http://localhost:8000/launches",
        "/health": "http://localhost:8000/health",
        "/play": f"{CONTENT}/play",
        "/content": f"{CONTENT}/content",
        "/runtime": f"{CONTENT}/runtime",
    }
    assert urls | own == urls
    assert all(url.removesuffix(path) in {"http://localhost:8000", CONTENT} for path, url in urls.items())
    assert b"bridge.invalid" not in answer.data
