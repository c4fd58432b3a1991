"""Fixtures: databases of both kinds, an open bridge, a listening server, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from lrs_bridge.demo.learner import browser_path, headless_browser
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.settings import Settings
from tests.servers import BridgeServer, PostgreSQL, postgresql_cluster
from tests.training_company import opened_bridge


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with postgresql_cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bridge.db'}"
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    return cluster.new_database()


@pytest.fixture
def bridge(tmp_path: Path, database_url: str) -> Iterator[Bridge]:
    """An open bridge on a new database of each kind."""
    settings = Settings.from_environment(
        {
            "LRS_BRIDGE_DATA_DIR": str(tmp_path),
            "LRS_BRIDGE_DATABASE_URL": database_url,
            "LRS_BRIDGE_LMS_HOME_PAGES": "https://lms.example.com",
        }
    )
    opened = Bridge.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The real application on an empty SQLite database."""
    with opened_bridge(tmp_path) as opened:
        yield opened


@pytest.fixture
def app_on_each(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    """The real application on an empty database of each kind."""
    with opened_bridge(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BridgeServer]:
    """A listening bridge on SQLite."""
    running = BridgeServer(tmp_path / "data", {"LRS_BRIDGE_LMS_HOME_PAGES": "https://lms.example.com"}).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = browser_path()
    assert path is not None, "Chromium is missing: python -m tests.real_parts"
    with headless_browser(path) as running:
        yield running
