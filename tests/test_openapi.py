"""/openapi.json says what is mounted: every route, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from lrs_bridge.app import create_app
from lrs_bridge.manifest import default_manifest_path
from lrs_bridge.settings import Settings
from lrs_bridge.web.api_operations import OPERATIONS
from lrs_bridge.web.openapi import offered


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path)}))
    yield made
    made.extensions["lrs_bridge_close"]()


def description(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_every_route_has_an_entry_and_every_entry_a_route(app: Flask) -> None:
    routes = {rule.endpoint for rule, _ in offered(app)}
    assert routes - set(OPERATIONS) == set(), "write an entry in web/api_operations.py"
    assert set(OPERATIONS) - routes == set()


@pytest.mark.parametrize(
    ("path", "method", "codes"),
    [
        ("/xapi/statements", "post", {"200", "400", "401", "403", "409", "413", "503"}),
        ("/xapi/statements", "get", {"200", "400", "401", "403", "404", "503"}),
        ("/packages/{package_id}", "delete", {"204", "400", "401", "403", "404", "503"}),
        ("/feeds/compliance.csv", "get", {"200", "304", "400", "401", "403", "404", "503"}),
        ("/health/live", "get", {"200", "503"}),
        ("/play/{token}/", "get", {"200", "403", "404", "503"}),
    ],
)
def test_what_a_route_answers(app: Flask, path: str, method: str, codes: set[str]) -> None:
    assert set(description(app)["paths"][path][method]["responses"]) == codes


def test_every_reference_leads_somewhere(app: Flask) -> None:
    whole = description(app)
    named = {value.rpartition("/")[2] for value in references(whole)}
    assert named <= set(whole["components"]["schemas"])
    assert {"Error", "Statement", "Feed", "Launch", "Package"} <= named


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from references(item)


def test_what_the_manifest_does_not_declare_is_not_described(tmp_path: Path) -> None:
    text = default_manifest_path().read_text()
    manifest = tmp_path / "plugin_manifest.xml"
    manifest.write_text(text.replace('    <endpoint name="metrics" path="/metrics"/>\n', ""))
    settings = {"LRS_BRIDGE_DATA_DIR": str(tmp_path), "LRS_BRIDGE_MANIFEST": str(manifest)}
    app = create_app(Settings.from_environment(settings))
    try:
        assert "/metrics" not in description(app)["paths"]
        assert app.test_client().get("/metrics").status_code == 404
    finally:
        app.extensions["lrs_bridge_close"]()
