"""The alternate request syntax of xAPI 1.0.3 (Communication 1.3), over HTTP."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.callers import Caller
from tests.statements import COURSE, statement

VERSION = "X-Experience-API-Version"
AGENT = json.dumps({"mbox": "mailto:ana@example.com"})
STATE = {"activityId": COURSE, "agent": AGENT, "stateId": "bookmark"}


class OldBrowser:
    """One that can send nothing but a POST of a form, without a header of its own."""

    def __init__(self, app: Flask) -> None:
        self.caller = Caller.of(app)
        basic = b64encode(f"{self.caller.key}:{self.caller.secret}".encode()).decode()
        self.fields = {"Authorization": f"Basic {basic}", VERSION: "1.0.3"}

    def send(self, method: str, resource: str, fields: dict[str, Any], **more: Any) -> TestResponse:
        path = f"/xapi/{resource}?method={method}"
        return self.caller.client.post(path, data=self.fields | fields, **more)


@pytest.fixture
def old(app: Flask) -> OldBrowser:
    return OldBrowser(app)


def test_statements_are_put_posted_and_read(old: OldBrowser) -> None:
    put, posted = statement(), statement(account="Zoë & Ünal=1")
    sent = {"statementId": put["id"], "content": json.dumps(put), "Content-Type": "application/json"}
    assert old.send("PUT", "statements", sent).status_code == 204
    answer = old.send("POST", "statements", {"content": json.dumps([posted])})
    assert answer.get_json() == [posted["id"]]
    found = old.send("GET", "statements", {"statementId": posted["id"]}).get_json()
    assert found["actor"] == posted["actor"]
    page = old.send("GET", "statements", {"limit": "1", "ascending": "true"}).get_json()
    assert [one["id"] for one in page["statements"]] == [put["id"]]


def test_documents_and_their_conditions(old: OldBrowser) -> None:
    sent = STATE | {"content": "Seite ü", "Content-Type": "text/plain", "If-None-Match": "*"}
    assert old.send("PUT", "activities/state", sent).status_code == 204
    read = old.send("GET", "activities/state", STATE)
    assert (read.get_data(as_text=True), read.mimetype) == ("Seite ü", "text/plain")
    stale = STATE | {"content": "x", "Content-Type": "text/plain", "If-Match": '"no such tag"'}
    assert old.send("PUT", "activities/state", stale).status_code == 412
    assert old.send("DELETE", "activities/state", STATE | {"If-Match": read.headers["ETag"]}).status_code == 204
    assert old.send("GET", "activities/state", STATE).status_code == 404


def test_headers_may_stand_where_they_belong(old: OldBrowser) -> None:
    headers = {"Authorization": old.fields["Authorization"], VERSION: "1.0.3"}
    answer = old.caller.client.post("/xapi/statements?method=GET", data={"limit": "1"}, headers=headers)
    assert answer.status_code == 200


REFUSED = {
    "no content": ("PUT", "statements", {"statementId": str(uuid4())}, "content"),
    "no JSON": ("POST", "statements", {"content": "{"}, ""),
    "an old version": ("GET", "statements", {VERSION: "0.8"}, VERSION),
    "a later version": ("GET", "statements", {VERSION: "2.0.0"}, "method"),
    "no such method": ("PATCH", "statements", {}, "method"),
    "two methods": ("GET&method=PUT", "statements", {}, "method"),
    "more in the query": ("GET&limit=1", "statements", {}, "limit"),
    "an unknown parameter": ("GET", "statements", {"unknown": "1"}, "unknown"),
    "a header of two lines": ("GET", "statements", {"If-Match": "a\r\nX-Evil: 1"}, "If-Match"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_refused_with_words(old: OldBrowser, case: str) -> None:
    method, resource, fields, place = REFUSED[case]
    answer = old.send(method, resource, fields)
    assert answer.status_code == 400
    assert place in json.dumps(answer.get_json())
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_version_of_a_header_counts_too(old: OldBrowser) -> None:
    headers = {"Authorization": old.fields["Authorization"], VERSION: "2.0.0"}
    assert old.caller.client.post("/xapi/statements?method=GET", data={}, headers=headers).status_code == 400


def test_content_that_is_no_form_is_refused(old: OldBrowser) -> None:
    headers = {"Authorization": old.fields["Authorization"], VERSION: "1.0.3"}
    body = json.dumps({"content": statement()})
    path = f"/xapi/statements?method=PUT&statementId={uuid4()}"
    for content_type in ("application/x-www-form-urlencoded", "application/json"):
        sent = {"data": body, "content_type": content_type, "headers": headers}
        assert old.caller.client.post("/xapi/statements?method=PUT", **sent).status_code == 400
        assert old.caller.client.post(path, **sent).status_code == 400


def test_only_a_post_is_unfolded(old: OldBrowser) -> None:
    headers = {"Authorization": old.fields["Authorization"], VERSION: "1.0.3"}
    answer = old.caller.client.put("/xapi/statements?method=POST", data={"content": "{}"}, headers=headers)
    assert answer.status_code == 400


def test_nothing_but_the_lrs_knows_it(app: Flask) -> None:
    assert app.test_client().post("/health/live?method=GET", data={}).status_code == 405
