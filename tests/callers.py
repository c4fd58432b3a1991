"""Machines that call the bridge over HTTP with a credential of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import create_credential

STATEMENTS = "/xapi/statements"
VERSION = {"X-Experience-API-Version": "1.0.3"}


def bridge_of(app: Flask) -> Bridge:
    opened: Bridge = app.extensions["lrs_bridge"]
    return opened


@dataclass(frozen=True)
class Caller:
    client: FlaskClient
    key: str
    secret: str

    @classmethod
    def of(cls, app: Flask, *scopes: str, compat: bool = False) -> Caller:
        made, secret = create_credential(bridge_of(app), "tests", scopes or ("all",), compat=compat)
        return cls(app.test_client(), made.key, secret)

    def call(self, method: str, path: str = STATEMENTS, **more: Any) -> TestResponse:
        return self.client.open(path, method=method, auth=(self.key, self.secret), **{"headers": VERSION} | more)

    def post(self, statements: Any, path: str = STATEMENTS) -> TestResponse:
        return self.call("POST", path, json=statements)

    def put(self, statement: Any, statement_id: str) -> TestResponse:
        return self.call("PUT", json=statement, query_string={"statementId": statement_id})

    def get(self, **params: Any) -> TestResponse:
        return self.call("GET", query_string=params)

    def found(self, **params: Any) -> list[str]:
        """The ids of one page."""
        answer = self.get(**params)
        assert answer.status_code == 200, answer.text
        return [statement["id"] for statement in answer.get_json()["statements"]]
