"""A client of the xAPI over the application itself, for tests of its resources."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from lrs_bridge.app import create_app
from lrs_bridge.services.credentials import create_credential
from lrs_bridge.settings import Settings

STATE = "/xapi/activities/state"
ACTIVITY_PROFILE = "/xapi/activities/profile"
AGENT_PROFILE = "/xapi/agents/profile"
ACTIVITY = "https://learn.example.com/courses/security/1"
AGENT = {"mbox": "mailto:mia@example.com"}


def parameters(path: str, **more: str) -> dict[str, str]:
    """What names one document of ``path``, called ``notes`` unless ``more`` says otherwise."""
    whose = {"agent": json.dumps(AGENT)} if path != ACTIVITY_PROFILE else {}
    about = {"activityId": ACTIVITY} if path != AGENT_PROFILE else {}
    return about | whose | {"stateId" if path == STATE else "profileId": "notes"} | more


def listed(path: str, **more: str) -> dict[str, str]:
    """What names all documents of the same scope."""
    return {name: value for name, value in parameters(path, **more).items() if name not in ("stateId", "profileId")}


@dataclass(frozen=True)
class Client:
    """Calls with one credential and in one version."""

    app: Flask
    version: str = "1.0.3"
    authorization: str = field(default="", repr=False)

    def with_scopes(self, *scopes: str) -> Client:
        made, secret = create_credential(self.app.extensions["lrs_bridge"], "tests", scopes)
        return Client(self.app, self.version, "Basic " + b64encode(f"{made.key}:{secret}".encode()).decode())

    def in_version(self, version: str) -> Client:
        return Client(self.app, version, self.authorization)

    def call(self, method: str, path: str, query: dict[str, str] | None = None, **options: Any) -> TestResponse:
        own = {"X-Experience-API-Version": self.version, "Authorization": self.authorization}
        headers = own | options.pop("headers", {})
        return self.app.test_client().open(path, method=method, query_string=query, headers=headers, **options)

    def send(self, method: str, path: str, body: bytes, kind: str = "application/json", **headers: str) -> TestResponse:
        """PUT or POST the document that ``parameters`` names."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call(method, path, parameters(path), data=body, content_type=kind, headers=named)

    def get(self, path: str, query: dict[str, str] | None = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("GET", path, query or parameters(path), headers=named)


@contextmanager
def xapi_client(data_dir: str, database_url: str) -> Iterator[Client]:
    """A client with the scope ``all`` on an application with that database."""
    settings = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": data_dir, "LRS_BRIDGE_DATABASE_URL": database_url})
    app = create_app(settings)
    try:
        yield Client(app).with_scopes("all")
    finally:
        app.extensions["lrs_bridge_close"]()
