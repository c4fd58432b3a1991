"""cmi5 courses made in a test, and a unit that speaks to the LMS as the specification has it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lrs_bridge.xapi.cmi5_terms import CMI5_CATEGORY, MASTERY_SCORE, MOVE_ON_CATEGORY, VERBS
from tests.callers import VERSION, Caller
from tests.statements import HOME_PAGE

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
COURSE = "https://publisher.example.com/courses/one"
UNIT = f"{COURSE}/units/1"
PAGE = "<!doctype html><html lang='en'><title>One</title><script>/* cmi5 */</script></html>"


def learner(name: str = "") -> dict[str, Any]:
    """One of the roster, or somebody whom no other test knows."""
    return {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": name or uuid4().hex}}


def texts(title: str = "One") -> str:
    return (
        f'<title><langstring lang="en">{title}</langstring><langstring lang="de">{title} (de)</langstring></title>'
        f'<description><langstring lang="en">About {title}</langstring></description>'
    )


def au(number: int = 1, url: str = "index.html", attributes: str = "", inside: str = "", after: str = "") -> str:
    return f'<au id="{COURSE}/units/{number}" {attributes}>{texts()}{inside}<url>{url}</url>{after}</au>'


def block(name: str, *members: str, inside: str = "") -> str:
    return f'<block id="{COURSE}/blocks/{name}">{texts(name)}{inside}{"".join(members)}</block>'


def structure(*members: str, objectives: str = "", after: str = "", course: str = COURSE) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><courseStructure xmlns="{NAMESPACE}"><course id="{course}">'
        f"{texts('Course')}</course>{objectives}{''.join(members) or au()}{after}</courseStructure>"
    )


def package(folder: Path, xml: str = "", files: Mapping[str, str] | None = None, name: str = "course.zip") -> Path:
    path = folder / name
    with ZipFile(path, "w", ZIP_DEFLATED) as target:
        for entry, content in {"cmi5.xml": xml or structure(), "index.html": PAGE, **(files or {})}.items():
            target.writestr(entry, content)
    return path


@dataclass
class Unit:
    """A launched unit: what it read from its launch URL, and the credential that it fetched."""

    client: FlaskClient
    launch: dict[str, Any]
    headers: dict[str, str] = field(default_factory=lambda: dict(VERSION))
    clock: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def launched(cls, app: Flask, launch: dict[str, Any]) -> Unit:
        unit = cls(app.test_client(), launch)
        token = unit.fetch().get_json()["auth-token"]
        assert base64.b64decode(token)
        unit.headers["Authorization"] = f"Basic {token}"
        return unit

    @property
    def parameters(self) -> dict[str, str]:
        query = parse_qs(urlsplit(self.launch["launch_url"]).query, strict_parsing=True)
        return {name: values[0] for name, values in query.items()}

    @property
    def actor(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.parameters["actor"])
        return found

    def fetch(self) -> TestResponse:
        return self.client.post(urlsplit(self.parameters["fetch"]).path)

    def call(self, method: str, resource: str, **more: Any) -> TestResponse:
        headers = self.headers | more.pop("headers", {})
        return self.client.open(f"/xapi/{resource}", method=method, headers=headers, **more)

    @property
    def state(self) -> dict[str, str]:
        return {
            "activityId": self.parameters["activityId"],
            "agent": self.parameters["actor"],
            "registration": self.parameters["registration"],
            "stateId": "LMS.LaunchData",
        }

    def launch_data(self) -> dict[str, Any]:
        answer = self.call("GET", "activities/state", query_string=self.state)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def statement(
        self, verb: str, *, defined: bool = True, at: datetime | None = None, **result: Any
    ) -> dict[str, Any]:
        """As the specification wants it; each a second after the last."""
        self.clock += timedelta(seconds=1)
        context = json.loads(json.dumps(self.launch_data()["contextTemplate"]))
        context["registration"] = self.parameters["registration"]
        made = {
            "id": str(uuid4()),
            "actor": self.actor,
            "verb": {"id": VERBS.get(verb, verb)},
            "object": {"objectType": "Activity", "id": self.parameters["activityId"]},
            "timestamp": (at or self.clock).isoformat().replace("+00:00", "Z"),
            "context": context,
        }
        if defined:
            self._define(made, verb, result)
        return made

    def _define(self, made: dict[str, Any], verb: str, result: dict[str, Any]) -> None:
        known: dict[str, Any] = {
            "completed": {"completion": True}, "passed": {"success": True}, "failed": {"success": False},
        }.get(verb, {})  # fmt: skip
        said = known | ({"duration": "PT1S"} if verb != "initialized" else {}) | result
        categories = [CMI5_CATEGORY] + ([MOVE_ON_CATEGORY] if known else [])
        made["context"]["contextActivities"]["category"] = [{"id": one} for one in categories]
        if "score" in said and "masteryScore" in self.launch_data():
            made["context"]["extensions"][MASTERY_SCORE] = self.launch_data()["masteryScore"]
        if said:
            made["result"] = said

    def post(self, *statements: dict[str, Any]) -> TestResponse:
        return self.call("POST", "statements", json=list(statements) if len(statements) > 1 else statements[0])

    def say(self, *verbs: str, **result: Any) -> None:
        """One after the other; ``result`` is that of the last."""
        for verb in verbs:
            answer = self.post(self.statement(verb, **(result if verb == verbs[-1] else {})))
            assert answer.status_code == 200, answer.text


@dataclass
class Lms:
    """An LMS with a credential for launches, the learner whom it launches, and the course installed last."""

    app: Flask
    caller: Caller
    actor: dict[str, Any] = field(default_factory=learner)
    course: str = COURSE

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        return self.caller.call(method, f"/cmi5/{path}", **more)

    def install(self, path: Path) -> dict[str, Any]:
        with path.open("rb") as stream:
            answer = self.caller.call("POST", "/packages", data={"file": (stream, path.name)})
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.get_json()
        self.course = found["id"]
        return found

    def asked(self, **body: Any) -> TestResponse:
        return self.call("POST", "launches", json={"course": self.course, "actor": self.actor} | body)

    def launch(self, **body: Any) -> Unit:
        answer = self.asked(**body)
        assert answer.status_code == 201, answer.text
        return Unit.launched(self.app, answer.get_json())

    def statements(self, registration: str) -> list[dict[str, Any]]:
        answer = self.caller.get(registration=registration, ascending="true")
        found: list[dict[str, Any]] = answer.get_json()["statements"]
        return found

    def verbs(self, registration: str) -> list[str]:
        return [one["verb"]["id"].rsplit("/", 1)[1] for one in self.statements(registration)]
