"""Fetching the player's library: what the lock file pins, and the words when the registry cannot be reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lrs_bridge.errors import Unavailable
from scorm_packages.fetch_player import PACKAGE, PLAYER, fetch


def test_the_lock_pins_version_and_hash_and_names_no_address() -> None:
    wanted = json.loads((PLAYER / "package.json").read_text())["dependencies"]
    packages = json.loads((PLAYER / "package-lock.json").read_text())["packages"]
    library = packages[f"node_modules/{PACKAGE}"]
    assert wanted == {PACKAGE: library["version"]}
    assert library["integrity"].startswith("sha512-")
    assert not any("resolved" in package for package in packages.values())


def test_no_registry_is_said_in_words_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("PATH", "/nowhere")  # no Node.js but the wheel's
    with pytest.raises(Unavailable) as caught:
        fetch(tmp_path / "vendor")
    assert "scorm-again is missing" in caught.value.reason
    assert "refuses connections" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []
