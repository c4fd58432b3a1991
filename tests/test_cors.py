"""Content on other origins: what a browser asks before it lets a page talk to the LRS, and what it then may read."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.callers import VERSION, Caller

ORIGIN = {"Origin": "https://content.example.net"}
PREFLIGHT = ORIGIN | {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type,x-experience-api-version,if-match",
}
RESOURCES = ("statements", "about", "activities", "agents", "activities/state", "activities/profile", "agents/profile")


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_preflight_needs_neither_credential_nor_version(app: Flask, resource: str) -> None:
    answer = app.test_client().options(f"/xapi/{resource}", headers=PREFLIGHT)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"get", "head", "put", "post", "delete"} <= words(answer.headers["Access-Control-Allow-Methods"])
    asked = words(PREFLIGHT["Access-Control-Request-Headers"])
    assert asked <= words(answer.headers["Access-Control-Allow-Headers"])
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_page_may_read_what_an_lrs_says_in_headers(app: Flask, signed_in: bool) -> None:
    caller = Caller.of(app)
    given = caller if signed_in else Caller(caller.client, caller.key, "wrong")
    answer = given.call("GET", headers=VERSION | ORIGIN)
    assert answer.status_code == (200 if signed_in else 401)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    wanted = {"etag", "last-modified", "x-experience-api-version", "x-experience-api-consistent-through"}
    assert wanted <= words(answer.headers["Access-Control-Expose-Headers"])


@pytest.mark.parametrize("path", ["/health/live", "/packages", "/launches", "/plugin_manifest.xml", "/xapiary"])
def test_nothing_else_opens_to_other_origins(app: Flask, path: str) -> None:
    for answer in (app.test_client().get(path, headers=ORIGIN), app.test_client().options(path, headers=PREFLIGHT)):
        assert "Access-Control-Allow-Origin" not in answer.headers
