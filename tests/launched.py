"""A training company that launches units which speak to the server themselves, and those units' side of the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from lxml import html
from werkzeug.test import TestResponse

from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.install_package import InstalledPackage, install_package
from lrs_bridge.services.readers import create_reader
from tests.callers import Caller, bridge_of
from tests.training_company import opened_bridge, roster

CONTENT = "http://127.0.0.1:5000"


@dataclass(frozen=True)
class Launcher:
    """The LMS of a company in which the only requirement is to pass the first unit of ``package``."""

    app: Flask
    caller: Caller
    package: InstalledPackage
    token: str

    def launch(self, employee_id: str = "011", **body: Any) -> Launched:
        wanted = {"package": str(self.package.id), "employee_id": employee_id} | body
        made = self.caller.call("POST", "/launches", json=wanted)
        assert made.status_code == 201, made.text
        begun = self.get(urlsplit(made.get_json()["launch_url"]).path)
        assert begun.status_code == 303, begun.text
        return Launched(self, made.get_json(), urlsplit(begun.location).path)

    def get(self, path: str, host: str = CONTENT) -> TestResponse:
        return self.app.test_client().get(path, base_url=host, buffered=True)

    def row(self, employee_id: str = "011") -> dict[str, Any]:
        """Their row of the feed."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.app.test_client().get("/feeds/compliance.json", headers=headers)
        return next(row for row in answer.get_json()["rows"] if row["employee_id"] == employee_id)

    def statements(self, launched: Launched) -> list[dict[str, Any]]:
        found = self.caller.get(registration=launched.made["registration"], ascending="true").get_json()
        statements: list[dict[str, Any]] = found["statements"]
        return statements


@dataclass(frozen=True)
class Launched:
    launcher: Launcher
    made: dict[str, Any]
    path: str

    @property
    def page(self) -> TestResponse:
        return self.launcher.get(self.path)

    @property
    def address(self) -> str:
        """Of the unit inside the page."""
        page = self.page  # each time it is loaded, an xAPI course is handed another credential
        assert page.status_code == 200, page.text
        return str(html.fromstring(page.text).get_element_by_id("content").get("src"))

    @property
    def told(self) -> dict[str, str]:
        """The parameters of the launch, as the unit reads them."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.address).query).items()}

    @property
    def sid(self) -> str:
        return self.path.split("/")[2]

    def hacp(self, command: str, text: str = "", **more: Any) -> str:
        form = {"command": command, "version": "4.0", "session_id": self.sid, "aicc_data": text} | more
        answer = self.launcher.app.test_client().post("/runtime/hacp", base_url=CONTENT, data=form)
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        return answer.text

    def error(self, command: str, text: str = "", **more: Any) -> int:
        first, _ = self.hacp(command, text, **more).split("\r\n", 1)
        return int(first.removeprefix("error="))

    def verbs(self) -> list[str]:
        return [statement["verb"]["id"].rsplit("/", 1)[1] for statement in self.launcher.statements(self)]


@contextmanager
def opened_launcher(folder: Path, package: Path, database_url: str = "") -> Iterator[Launcher]:
    with opened_bridge(folder, database_url) as app:
        bridge = bridge_of(app)
        import_roster(bridge, roster(), source="roster.csv")
        installed = install_package(bridge, package)
        requirement = f"""
            [[requirement]]
            id = "lifting"
            title = "Lifting"
            due = {{ fixed = 2027-06-30 }}
            [[requirement.module]]
            activity = "{installed.units[0].activity}"
            needs = "passed"
            mastery = 0.8
        """
        import_requirements(bridge, requirement.encode(), source="requirements.toml")
        _, token = create_reader(bridge, "Hr", role="hr")
        yield Launcher(app, Caller.of(app, "all", "launches", "packages"), installed, token)
