"""/xapi/statements over HTTP, as any xAPI client meets it."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask

from lrs_bridge.services.credentials import revoke_credential
from lrs_bridge.storage.schema.statements import quarantine, statement_repair
from lrs_bridge.xapi.instants import parse_timestamp
from tests.callers import STATEMENTS, VERSION, Caller, bridge_of
from tests.servers import BridgeServer
from tests.statements import COMPLETED, COURSE, FAILED, PASSED, passed, statement, voiding

THROUGH = "X-Experience-API-Consistent-Through"
JSON = "application/json"


@pytest.fixture
def lrs(app: Flask) -> Caller:
    return Caller.of(app, "all")


@pytest.fixture
def lrs_on_each(app_on_each: Flask) -> Caller:
    return Caller.of(app_on_each, "all")


def problems(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return [(problem["place"], problem.get("clause", "")) for problem in answer.get_json()["problems"]]


# --- versions and credentials


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.3", "1.0.9"])
def test_every_1_0_is_spoken(lrs: Caller, version: str) -> None:
    answer = lrs.call("GET", headers={"X-Experience-API-Version": version})
    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (200, "1.0.3")


@pytest.mark.parametrize("version", [None, "", "0.95", "1.1", "1.0.x", "3.0.0"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_other_versions_are_refused(lrs: Caller, version: str | None, method: str) -> None:
    headers = {} if version is None else {"X-Experience-API-Version": version}
    answer = lrs.call(method, headers=headers, json=passed() if method != "GET" else None)
    assert answer.status_code == 400
    assert answer.get_json()["problems"][0]["place"] == "X-Experience-API-Version"
    assert answer.headers["X-Experience-API-Version"].startswith("1.0")
    assert THROUGH in answer.headers


def test_about_needs_no_version_and_no_credential(app: Flask) -> None:
    answer = app.test_client().get("/xapi/about")
    assert answer.status_code == 200
    assert answer.get_json()["version"][:2] == ["1.0.0", "1.0.3"]


@pytest.mark.parametrize("authorization", [
    None, "Basic", "Basic !!!", "Basic " + base64.b64encode(b"key").decode(), "Bearer x", "Digest username=x",
    "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
])  # fmt: skip
def test_without_a_good_credential(app: Flask, authorization: str | None) -> None:
    headers = VERSION | ({"Authorization": authorization} if authorization else {})
    for method in ("GET", "POST"):
        answer = app.test_client().open(STATEMENTS, method=method, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert THROUGH in answer.headers


def test_a_nul_in_a_key_is_nobodys_on_each_database(app_on_each: Flask) -> None:
    assert Caller(app_on_each.test_client(), "a\0b", "c").get().status_code == 401


def test_wrong_secret_and_revoked_credential(app: Flask, lrs: Caller) -> None:
    assert Caller(lrs.client, lrs.key, lrs.secret + "x").get().status_code == 401
    assert Caller(lrs.client, "nobody", lrs.secret).get().status_code == 401
    assert lrs.get().status_code == 200
    revoke_credential(bridge_of(app), lrs.key)
    assert lrs.get().status_code == 401


@pytest.mark.parametrize(
    ("scope", "get", "post"),
    [
        ("all", 200, 200),
        ("all/read", 200, 403),
        ("statements/read", 200, 403),
        ("statements/read/mine", 200, 403),
        ("statements/write", 403, 200),
        ("packages", 403, 403),
        ("launches", 403, 403),
    ],
)
def test_scopes(app: Flask, scope: str, get: int, post: int) -> None:
    caller = Caller.of(app, scope)
    one = passed()
    assert caller.get().status_code == get
    assert caller.post(one).status_code == post
    assert caller.put(one, one["id"]).status_code == (204 if post == 200 else 403)


# --- storing


def test_one_a_batch_and_none(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    one, batch = passed(), [passed() for _ in range(5)]
    assert lrs.post(one).get_json() == [one["id"]]
    assert lrs.post(batch).get_json() == [item["id"] for item in batch]
    empty = lrs.post([])
    assert (empty.status_code, empty.get_json()) == (200, [])
    assert lrs.found(ascending="true") == [one["id"], *(item["id"] for item in batch)]


def test_an_id_is_given_to_what_has_none(lrs: Caller) -> None:
    (given,) = lrs.post({key: value for key, value in passed().items() if key != "id"}).get_json()
    assert lrs.get(statementId=given).get_json()["id"] == given


def test_what_we_set_ourselves(app: Flask, lrs: Caller) -> None:
    forged = {"objectType": "Agent", "mbox": "mailto:somebody@example.com"}
    one = passed(authority=forged, stored="2001-01-01T00:00:00Z")
    without_time = {key: value for key, value in passed().items() if key != "timestamp"}
    before = datetime.now(UTC)
    assert lrs.post([one, without_time]).status_code == 200
    kept, timed = (lrs.get(statementId=item["id"]).get_json() for item in (one, without_time))
    assert kept["authority"]["account"] == {"homePage": bridge_of(app).settings.public_url, "name": lrs.key}
    stored = parse_timestamp(kept["stored"])
    assert stored is not None
    assert before <= stored <= datetime.now(UTC) + timedelta(seconds=1)
    assert kept["timestamp"] == one["timestamp"]
    assert timed["timestamp"] == timed["stored"]
    assert kept["version"].startswith("1.0.")


def test_every_fault_has_its_pointer_and_clause_and_nothing_is_stored(lrs: Caller) -> None:
    good = passed()
    answer = lrs.post([good, {"actor": {"mbox": "x"}, "verb": {}, "object": {"id": "x"}}, passed(timestamp="soon")])
    found = problems(answer)
    assert {place for place, _ in found} == {"/1/actor/mbox", "/1/verb/id", "/1/object/id", "/2/timestamp"}
    assert all(clause for _, clause in found)
    assert lrs.found() == []
    assert [place for place, _ in problems(lrs.post(passed(timestamp="soon")))] == ["/timestamp"]


def test_an_id_that_stands_twice_in_a_batch(lrs: Caller) -> None:
    one = passed()
    (place, clause), *more = problems(lrs.post([passed(), one, passed(), one, one | {"id": one["id"].upper()}]))
    assert (place, [also for also, _ in more]) == ("/3/id", ["/4/id"])
    assert "2.1.2" in clause
    assert lrs.found() == []


def test_the_same_again_is_fine_and_changes_nothing(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    one = passed()
    assert lrs.post(one).status_code == 200
    first = lrs.get(statementId=one["id"]).data
    again = lrs.post([passed(), one])
    assert (again.status_code, again.get_json()[1]) == (200, one["id"])
    assert lrs.put(one, one["id"]).status_code == 204
    assert lrs.get(statementId=one["id"]).data == first


def test_another_statement_under_a_known_id_is_a_conflict(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    one = passed()
    assert lrs.post(one).status_code == 200
    other = one | {"verb": {"id": FAILED}, "result": {"success": False}}
    answer = lrs.post([passed(), other, passed()])
    assert answer.status_code == 409
    assert one["id"] in answer.get_json()["error"]
    assert lrs.put(other, one["id"]).status_code == 409
    assert lrs.found() == [one["id"]]
    assert lrs.get(statementId=one["id"]).get_json()["verb"]["id"] == PASSED


def test_put(lrs: Caller) -> None:
    one = passed()
    without_id = {key: value for key, value in one.items() if key != "id"}
    answer = lrs.put(without_id, one["id"])
    assert (answer.status_code, answer.data) == (204, b"")
    assert lrs.found() == [one["id"]]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({}, "statementId"),
        ({"statementId": "17"}, "statementId"),
        ({"statementid": str(uuid4())}, "statementid"),
        ({"statementId": str(uuid4()), "verb": PASSED}, "verb"),
        ({"statementId": [str(uuid4()), str(uuid4())]}, "statementId"),
    ],
)
def test_put_by_a_wrong_parameter(lrs: Caller, query: dict[str, Any], place: str) -> None:
    answer = lrs.call("PUT", json=passed(), query_string=query)
    assert place in {found for found, _ in problems(answer)}
    assert lrs.found() == []


def test_put_names_another_id_than_the_statement(lrs: Caller) -> None:
    assert problems(lrs.put(passed(), str(uuid4())))[0][0] == "/id"
    assert lrs.put([passed()], str(uuid4())).status_code == 400
    assert lrs.found() == []


def test_post_takes_no_parameter(lrs: Caller) -> None:
    one = passed()
    answer = lrs.post(one, f"{STATEMENTS}?statementId={one['id']}")
    assert answer.status_code == 400
    assert "PUT" in answer.get_json()["remedy"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
def test_wrong_content_type(lrs: Caller, kind: str | None) -> None:
    for method, query in (("POST", {}), ("PUT", {"statementId": str(uuid4())})):
        answer = lrs.call(method, data=orjson.dumps(passed()), content_type=kind, query_string=query)
        assert answer.status_code == 400
        assert JSON in answer.get_json()["remedy"]


def test_a_parameter_of_the_content_type_does_no_harm(lrs: Caller) -> None:
    assert lrs.call("POST", data=orjson.dumps(passed()), content_type=f"{JSON}; charset=utf-8").status_code == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "line 1, column 1"),
        (b'[{"actor":\n  nobody}]', "line 2, column 3"),
        (b'{"result": {"score": {"raw": NaN}}}', "line 1, column 30"),
        (b'\xef\xbb\xbf{"id": "x"}', "line 1, column 1"),
        (b'{"id":\n "\xff"}', "line 2, byte 3"),
        (b'{"verb": {}, "verb": {}}', "/verb"),
    ],
)
def test_broken_json_is_shown_where_it_breaks(lrs: Caller, body: bytes, place: str) -> None:
    answer = lrs.call("POST", data=body, content_type=JSON)
    assert [found for found, _ in problems(answer)] == [place]


@pytest.mark.parametrize("body", ["statement", 7, None, True])
def test_json_that_is_no_statement(lrs: Caller, body: Any) -> None:
    assert lrs.call("POST", data=orjson.dumps(body), content_type=JSON).status_code == 400


def test_a_nul_in_a_text_is_kept_on_each_database(lrs_on_each: Caller) -> None:
    one = passed()
    one["result"]["response"] = "a\0b"
    one["actor"]["name"] = "N\0"
    assert lrs_on_each.post(one).status_code == 200
    kept = lrs_on_each.get(statementId=one["id"]).get_json()
    assert (kept["result"]["response"], kept["actor"]["name"]) == ("a\0b", "N\0")


# --- voiding


def test_voiding(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    one, other = passed(), passed()
    assert lrs.post([one, other]).status_code == 200
    void = voiding(one["id"])
    assert lrs.post(void).status_code == 200
    assert lrs.get(statementId=one["id"]).status_code == 404
    assert lrs.get(voidedStatementId=one["id"]).get_json()["id"] == one["id"]
    assert lrs.get(voidedStatementId=other["id"]).status_code == 404
    assert lrs.get(statementId=void["id"]).status_code == 200
    assert set(lrs.found()) == {void["id"], other["id"]}


def test_voiding_before_its_target_arrives(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    one = passed()
    assert lrs.post(voiding(one["id"])).status_code == 200
    assert lrs.post(one).status_code == 200
    assert lrs.get(statementId=one["id"]).status_code == 404
    assert lrs.get(voidedStatementId=one["id"]).status_code == 200


def test_a_voiding_statement_cannot_be_voided(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    one = passed()
    void = voiding(one["id"])
    assert lrs.post([one, void]).status_code == 200
    assert lrs.post(voiding(void["id"])).status_code in {200, 400}
    assert lrs.get(statementId=void["id"]).status_code == 200
    assert lrs.get(statementId=one["id"]).status_code == 404


# --- finding

AN_ID = "6f1c2b7e-0d3a-4c58-9e21-5b8a7d4f3c10"
REGISTRATION = str(uuid4())
OTHER_COURSE = "https://learn.example.com/courses/other"
MAIL = {"mbox": "mailto:Ann@Example.com"}
SHA1 = {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"}
OPENID = {"openid": "https://id.example.com/ann"}
ACCOUNT = {"account": {"homePage": "https://lms.example.com", "name": "47"}}
GROUP = {"objectType": "Group", "mbox": "mailto:team@example.com"}


def filed() -> dict[str, dict[str, Any]]:
    """One statement for each thing to find, in the order of posting."""
    return {
        "mbox": statement(actor=MAIL),
        "sha1": statement(actor=SHA1),
        "openid": statement(actor=OPENID),
        "account": statement(),
        "member": statement(actor={"objectType": "Group", "member": [OPENID]}),
        "group": statement(actor=GROUP),
        "object": statement(actor=SHA1) | {"object": {"objectType": "Agent", **MAIL}},
        "instructor": statement(actor=SHA1, context={"instructor": MAIL}),
        "parent": statement(account="48", context={"contextActivities": {"parent": [{"id": OTHER_COURSE}]}}),
        "registered": statement(COMPLETED, account="48", context={"registration": REGISTRATION}),
        "other": statement(COMPLETED, account="48") | {"object": {"id": OTHER_COURSE}},
    }


def as_json(actor: dict[str, Any]) -> str:
    return orjson.dumps(actor).decode()


FOUND: list[tuple[dict[str, str], str]] = [
    ({"agent": as_json(MAIL)}, "mbox object"),
    ({"agent": as_json({"objectType": "Agent", "name": "A", "mbox": "mailto:Ann@EXAMPLE.com"})}, "mbox object"),
    ({"agent": as_json(MAIL), "related_agents": "true"}, "mbox object instructor"),
    ({"agent": as_json(SHA1)}, "sha1 object instructor"),
    ({"agent": as_json(OPENID)}, "openid member"),
    ({"agent": as_json(ACCOUNT)}, "account"),
    ({"agent": as_json(GROUP)}, "group"),
    ({"agent": as_json({"mbox": "mailto:nobody@example.com"})}, ""),
    ({"verb": COMPLETED}, "registered other"),
    ({"verb": "https://example.com/never"}, ""),
    ({"activity": OTHER_COURSE}, "other"),
    ({"activity": OTHER_COURSE, "related_activities": "true"}, "parent other"),
    ({"activity": COURSE, "verb": COMPLETED}, "registered"),
    ({"registration": REGISTRATION}, "registered"),
    ({"registration": REGISTRATION.upper()}, "registered"),
    ({"registration": str(uuid4())}, ""),
    ({"limit": "2", "ascending": "true"}, "mbox sha1"),
    ({"limit": "1"}, "other"),
]  # fmt: skip


def test_filters(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    statements = filed()
    assert lrs.post(list(statements.values())).status_code == 200
    names = {item["id"]: name for name, item in statements.items()}
    for params, expected in FOUND:
        found = [
            names[key] for key in lrs.found(**({"ascending": "true"} | params if "limit" not in params else params))
        ]
        assert found == expected.split(), params
    assert [names[key] for key in lrs.found()] == list(reversed(statements))
    assert [names[key] for key in lrs.found(limit="0", ascending="true")] == list(statements)


def test_since_and_until_go_by_stored(lrs_on_each: Caller) -> None:
    lrs = lrs_on_each
    batch = [passed() for _ in range(3)]
    ids = lrs.post(batch).get_json()
    middle = lrs.get(statementId=ids[1]).get_json()["stored"]
    assert lrs.found(since=middle, ascending="true") == [ids[2]]
    assert lrs.found(until=middle, ascending="true") == ids[:2]
    assert lrs.found(since=middle, until=middle) == []
    assert lrs.found(since="2999-01-01T00:00:00Z") == []
    assert lrs.found(until="2999-01-01T00:00:00%2B00:00".replace("%2B", "+")) == list(reversed(ids))


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("statementId=x", ["statementId"]),
        ("colour=red", ["colour"]),
        ("Verb=https://example.com/v", ["Verb"]),
        ("verb=passed&activity=x&registration=1&since=soon", ["verb", "activity", "registration", "since"]),
        ("limit=-1&ascending=yes&related_agents=1", ["limit", "ascending", "related_agents"]),
        ("agent=ann", ["agent, line 1, column 1"]),
        ('agent={"mbox":"ann"}', ["agent/mbox"]),
        ("verb=https://example.com/v&verb=https://example.com/w", ["verb"]),
        (f"statementId={AN_ID}&voidedStatementId={AN_ID}", ["voidedStatementId"]),
        (f"statementId={AN_ID}&verb=https://example.com/v", ["verb"]),
        ("since=2026-01-01T00:00:00+00:00", ["since"]),
    ],
)
def test_wrong_queries_are_told_whole(lrs: Caller, query: str, places: list[str]) -> None:
    answer = lrs.call("GET", f"{STATEMENTS}?{query}")
    assert [place for place, _ in problems(answer)] == places
    assert THROUGH in answer.headers


def pages(lrs: Caller, path: str) -> Iterator[list[dict[str, Any]]]:
    while path:
        result = lrs.call("GET", path).get_json()
        yield result["statements"]
        path = result["more"]


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_more_shows_each_once_while_others_write(lrs_on_each: Caller, ascending: str) -> None:
    lrs = lrs_on_each
    ids = lrs.post([passed() for _ in range(7)]).get_json()
    lrs.post([statement(FAILED) for _ in range(3)])
    seen = []
    for page in pages(lrs, f"{STATEMENTS}?verb={PASSED}&limit=3&ascending={ascending}"):
        assert len(page) <= 3
        seen += [item["id"] for item in page]
        late = lrs.post(passed()).get_json() if len(seen) == 3 else []
        ids += late if ascending == "true" else []
    assert seen == (ids if ascending == "true" else list(reversed(ids)))


def damaged_tokens(token: str) -> list[str]:
    def token_of(value: Any) -> str:
        return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")

    return [
        token[:-3],
        token[: len(token) // 2],
        "x",
        "%00",
        "\N{GREEK SMALL LETTER ALPHA}",
        token_of(7),
        token_of([]),
        token_of([{}, "soon", "x"]),
        token_of([{}, 2**62, uuid4().hex]),
        token_of([{"verb": "no iri"}, 5, uuid4().hex]),
        token_of([["verb"], 5, uuid4().hex]),
    ]


def test_a_damaged_more_link_is_refused(lrs: Caller) -> None:
    lrs.post([passed() for _ in range(3)])
    more = lrs.get(limit="1").get_json()["more"]
    token = urlsplit(more).query.removeprefix("more=")
    assert lrs.call("GET", more).status_code == 200
    for damaged in damaged_tokens(token):
        assert lrs.get(more=damaged).status_code == 400, damaged


def test_mine_sees_own_statements_only(app_on_each: Flask) -> None:
    writer = Caller.of(app_on_each, "statements/write", "statements/read/mine")
    other = Caller.of(app_on_each, "all")
    own = writer.post([passed() for _ in range(3)]).get_json()
    foreign, gone = other.post([passed(), passed()]).get_json()
    other.post(voiding(gone))
    assert writer.found(ascending="true") == own
    assert [item["id"] for page in pages(writer, f"{STATEMENTS}?limit=2") for item in page] == own[::-1]
    assert writer.get(statementId=own[0]).status_code == 200
    assert writer.get(statementId=foreign).status_code == 404
    assert writer.get(voidedStatementId=gone).status_code == 404
    # somebody else's link shows no more than one's own
    more = other.get(limit="1").get_json()["more"]
    shown = [item["id"] for page in pages(writer, more) for item in page]
    assert set(shown) <= set(own)
    assert writer.found(agent=as_json(ACCOUNT), ascending="true") == own


# --- what every answer carries


def test_the_watermark_is_on_every_answer_and_holds_what_was_stored(lrs: Caller) -> None:
    one = passed()
    answers = [
        lrs.post(one),
        lrs.put(one, one["id"]),
        lrs.get(),
        lrs.get(statementId=one["id"]),
        lrs.get(statementId=str(uuid4())),
        lrs.get(limit="x"),
        lrs.post({}),
        lrs.post(one | {"verb": {"id": FAILED}}),
        lrs.call("HEAD"),
        lrs.client.get(STATEMENTS),
    ]
    assert [answer.status_code for answer in answers] == [200, 204, 200, 200, 404, 400, 400, 409, 200, 400]
    stored = parse_timestamp(lrs.get(statementId=one["id"]).get_json()["stored"])
    assert stored is not None
    for answer in answers:
        through = parse_timestamp(answer.headers[THROUGH])
        assert through is not None
        assert through >= stored


def test_head_says_what_get_says(lrs: Caller) -> None:
    lrs.post([passed(), passed()])
    head, get = lrs.call("HEAD"), lrs.get()
    assert (head.status_code, head.data) == (200, b"")
    assert THROUGH in head.headers
    for name in ("Content-Type", "Content-Length", "X-Experience-API-Version"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_methods_that_are_not_there(lrs: Caller, method: str) -> None:
    answer = lrs.call(method)
    assert answer.status_code == 405
    assert {"GET", "HEAD", "POST", "PUT"} <= set(answer.headers["Allow"].split(", "))


# --- a credential of a system that writes what it should not


def rows(app: Flask, table: sa.Table) -> list[Any]:
    with bridge_of(app).database.reading() as connection:
        return list(connection.execute(sa.select(table)))


def test_compat_repairs_null_and_says_so(app_on_each: Flask) -> None:
    compat = Caller.of(app_on_each, "all", compat=True)
    one = passed()
    one["result"]["response"] = None
    answer = compat.post(one)
    assert (answer.status_code, answer.get_json()) == (200, [one["id"]])
    assert "response" not in compat.get(statementId=one["id"]).get_json()["result"]
    (repair,) = rows(app_on_each, statement_repair)
    assert str(repair.statement_id) == one["id"]
    assert [problem["place"] for problem in repair.problems] == ["/result/response"]
    assert compat.post(one).status_code == 200
    assert len(rows(app_on_each, statement_repair)) == 1
    assert Caller.of(app_on_each).post(one | {"id": str(uuid4())}).status_code == 400


def test_compat_holds_back_what_no_repair_mends_and_stores_the_rest(app_on_each: Flask) -> None:
    compat = Caller.of(app_on_each, "all", compat=True)
    good, also, hopeless = passed(), passed(), passed(timestamp="soon")
    answer = compat.post([good, hopeless, "text", also, good])
    assert (answer.status_code, answer.get_json()) == (200, [good["id"], also["id"]])
    assert compat.found(ascending="true") == [good["id"], also["id"]]
    held = [
        (orjson.loads(row.raw), [found["place"] for found in row.problems]) for row in rows(app_on_each, quarantine)
    ]
    expected = [(hopeless, ["/1/timestamp"]), ("text", ["/2"]), (good, ["/4/id"])]
    assert len(held) == 3
    assert all(item in held for item in expected)


# --- as proxies and odd clients write requests


def answered(server: BridgeServer, request: str) -> str:
    with socket.create_connection(("localhost", server.port), timeout=10) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        reply = b""
        while part := connection.recv(65536):
            reply += part
    return reply.decode()


def test_an_absolute_request_target(server: BridgeServer) -> None:
    host = f"localhost:{server.port}"
    asked = f"GET http://{host}{{path}} HTTP/1.1\nHost: {host}\nX-Experience-API-Version: 1.0.3\nConnection: close\n\n"
    assert answered(server, asked.format(path="/xapi/about")).startswith("HTTP/1.1 200")
    assert answered(server, asked.format(path="/xapi/statements?limit=1")).startswith("HTTP/1.1 401")
    assert answered(server, asked.format(path="/nowhere")).startswith("HTTP/1.1 404")
