"""State, activity profile and agent profile documents (xAPI Communication 2.2, 2.3, 2.6, 2.7, 3.1)."""

from __future__ import annotations

import http.client
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from lrs_bridge.errors import RequestRefused
from lrs_bridge.web.xapi_documents import LARGEST_DOCUMENT
from lrs_bridge.xapi.concurrency import Precondition, put_demand
from lrs_bridge.xapi.documents import parse_document_query
from lrs_bridge.xapi.merging import merge_objects
from tests.servers import BridgeServer
from tests.xapi_clients import ACTIVITY, ACTIVITY_PROFILE, AGENT, AGENT_PROFILE, STATE, Client, listed, xapi_client
from tests.xapi_clients import parameters as named

SAMPLES = Path(__file__).parent / "samples" / "moodle" / "tincanlaunch"
PATHS = [STATE, ACTIVITY_PROFILE, AGENT_PROFILE]
PROFILES = [ACTIVITY_PROFILE, AGENT_PROFILE]
REGISTRATION = "3b153f31-a5d3-486f-babb-69a3024cad93"
every_path = pytest.mark.parametrize("path", PATHS)


@pytest.fixture
def lrs(tmp_path: Path, database_url: str) -> Iterator[Client]:
    with xapi_client(str(tmp_path), database_url) as client:
        yield client


@pytest.fixture
def sqlite_lrs(tmp_path: Path) -> Iterator[Client]:
    with xapi_client(str(tmp_path), f"sqlite:///{tmp_path / 'bridge.db'}") as client:
        yield client


def etag(body: bytes) -> str:
    return f'"{sha1(body).hexdigest()}"'


NEW_ONLY = {"If_None_Match": "*"}
FRESH = {"If-None-Match": "*"}

# One document


@every_path
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"a": 1.0,  "b": 1e2}', "application/json"),
        (b"[]", "application/json"),
        (b"{broken", "application/json"),
        ("grün".encode("latin-1"), "text/plain; charset=ISO-8859-1"),
        (bytes(range(256)) * 4, "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_a_document_comes_back_byte_for_byte(lrs: Client, path: str, body: bytes, kind: str) -> None:
    assert lrs.send("PUT", path, body, kind, **NEW_ONLY).status_code == 204
    answer = lrs.get(path)
    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, body, kind)
    assert answer.headers["ETag"] == etag(body)
    assert answer.last_modified is not None
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"
    head = lrs.call("HEAD", path, named(path))
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", etag(body))
    assert lrs.call("DELETE", path, named(path)).status_code == 204
    assert lrs.get(path).status_code == 404
    assert lrs.call("DELETE", path, named(path)).status_code == 204


def test_a_document_of_no_stated_type_is_bytes(sqlite_lrs: Client) -> None:
    assert sqlite_lrs.call("PUT", STATE, named(STATE), data=b"\0\1").status_code == 204
    assert sqlite_lrs.get(STATE).headers["Content-Type"] == "application/octet-stream"


def test_a_browser_runs_nothing_that_a_document_holds(sqlite_lrs: Client) -> None:
    sqlite_lrs.send("PUT", STATE, b"<script>alert(1)</script>", "text/html")
    headers = sqlite_lrs.get(STATE).headers
    assert (headers["Content-Security-Policy"], headers["X-Content-Type-Options"], headers["Cache-Control"]) == (
        "default-src 'none'; sandbox",
        "nosniff",
        "private, no-cache",
    )


@pytest.mark.parametrize("chunked", [False, True])
def test_a_document_that_is_too_large_is_refused_in_words(sqlite_lrs: Client, chunked: bool) -> None:
    most = b"x" * LARGEST_DOCUMENT
    assert sqlite_lrs.send("PUT", STATE, most, "text/plain").status_code == 204
    headers = {"Transfer-Encoding": "chunked"} if chunked else {}
    options: dict[str, Any] = {"environ_base": {"wsgi.input_terminated": True}} if chunked else {}
    answer = sqlite_lrs.call("PUT", STATE, named(STATE), data=most + b"x", headers=headers, **options)
    assert answer.status_code == 413
    assert answer.json is not None
    assert answer.json["error"] == "The document is larger than 16 MiB, the most that is kept"
    assert len(sqlite_lrs.get(STATE).data) == LARGEST_DOCUMENT


# Concurrency headers: (what is there, If-Match, If-None-Match) → status, by resource and version

OLD, NEW, OTHER = b'{"old":1}', b'{"new":1}', etag(b"other")
PUT_TABLE = [
    # stored, If-Match, If-None-Match, state 1.0.3, profile 1.0.3, any 2.0
    (True, None, None, 204, 409, 409),
    (True, etag(OLD), None, 204, 204, 204),
    (True, sha1(OLD).hexdigest(), None, 204, 204, 204),
    (True, "W/" + etag(OLD), None, 204, 204, 204),
    (True, f"{OTHER}, {etag(OLD)}", None, 204, 204, 204),
    (True, "*", None, 204, 204, 204),
    (True, OTHER, None, 412, 412, 412),
    (False, OTHER, None, 412, 412, 412),
    (False, "*", None, 412, 412, 412),
    (False, None, "*", 204, 204, 204),
    (True, None, "*", 412, 412, 412),
    (True, None, etag(OLD), 412, 412, 412),
    (True, None, OTHER, 204, 204, 204),
    (True, etag(OLD), "*", 412, 412, 412),
    (True, "", None, 412, 412, 412),
]


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@every_path
@pytest.mark.parametrize(("stored", "if_match", "if_none_match", "state", "profile", "later"), PUT_TABLE)
def test_put_under_conditions(
    client_of_all: Client,
    path: str,
    version: str,
    stored: bool,
    if_match: str | None,
    if_none_match: str | None,
    state: int,
    profile: int,
    later: int,
) -> None:
    client, query = client_of_all.in_version(version), named(path) | ids(path)
    if stored:
        put = client.call("PUT", path, query, data=OLD, content_type="application/json", headers=FRESH)
        assert put.status_code == 204
    given = {"If-Match": if_match, "If-None-Match": if_none_match}
    headers = {name: value for name, value in given.items() if value is not None}
    answer = client.call("PUT", path, query, data=NEW, content_type="application/json", headers=headers)
    expected = later if version == "2.0.0" else state if path == STATE else profile
    assert answer.status_code == expected, answer.data
    after = client.get(path, query)
    assert after.data == (NEW if expected == 204 else OLD) if stored or expected == 204 else after.status_code == 404
    if expected == 409:
        assert answer.json is not None
        assert (
            answer.json["remedy"] == "Check its current state with GET, then set If-Match to the ETag that it has now"
        )


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [(STATE, "1.0.3", 204), (STATE, "2.0.0", 204)]
    + [(path, version, 400) for path in PROFILES for version in ("1.0.3", "2.0.0")],
)
def test_put_of_a_new_document_without_conditions(
    client_of_all: Client, path: str, version: str, expected: int
) -> None:
    client, query = client_of_all.in_version(version), named(path) | ids(path)
    assert client.call("PUT", path, query, data=NEW).status_code == expected
    assert client.get(path, query).status_code == (200 if expected == 204 else 404)


def ids(path: str) -> dict[str, str]:
    return {"stateId" if path == STATE else "profileId": uuid4().hex}


@pytest.fixture(scope="module")
def client_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One application for the large tables; each case has ids of its own."""
    folder = tmp_path_factory.mktemp("documents")
    with xapi_client(str(folder), f"sqlite:///{folder / 'bridge.db'}") as client:
        yield client


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@every_path
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 204),
        ({"If-Match": etag(OLD)}, 204),
        ({"If-Match": OTHER}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-None-Match": OTHER}, 204),
    ],
)
def test_post_and_delete_under_conditions(
    client_of_all: Client, path: str, version: str, method: str, headers: dict[str, str], expected: int
) -> None:
    client, query = client_of_all.in_version(version), named(path) | ids(path)
    client.call("PUT", path, query, data=OLD, content_type="application/json", headers=FRESH)
    body = {"data": NEW, "content_type": "application/json"} if method == "POST" else {}
    assert client.call(method, path, query, headers=headers, **body).status_code == expected
    if expected == 412:
        assert client.get(path, query).data == OLD


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        ({"If-None-Match": etag(OLD)}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": OTHER}, 200),
        ({"If-Match": etag(OLD)}, 200),
        ({"If-Match": OTHER}, 412),
    ],
)
def test_get_under_conditions(sqlite_lrs: Client, headers: dict[str, str], expected: int) -> None:
    sqlite_lrs.send("PUT", STATE, OLD)
    for query in (named(STATE), listed(STATE)):
        if query == listed(STATE):
            headers = {name: value.replace(etag(OLD), etag(b'["notes"]')) for name, value in headers.items()}
        answer = sqlite_lrs.call("GET", STATE, query, headers=headers)
        assert answer.status_code == expected
        assert (answer.data == b"") == (expected == 304)


@pytest.mark.parametrize(
    ("resource", "version", "needed"),
    [
        ("state", "1.0.3", "never"),
        ("agent_profile", "1.0.3", "always"),
        ("activity_profile", "1.0.3", "always"),
        ("state", "2.0.0", "to replace"),
        ("agent_profile", "2.0.0", "always"),
        ("activity_profile", "2.0.0", "always"),
    ],
)
def test_where_a_put_must_say_what_it_replaces(resource: str, version: str, needed: str) -> None:
    assert put_demand(resource, version) == needed


def test_a_condition_that_did_not_come_holds() -> None:
    assert not Precondition.of_headers(None, None).given
    assert Precondition.of_headers(None, None).judge(None, demand="to replace") == "go"


# Merging

BIG = b'{"n":123456789012345678901234567890,"x":1.10,"s":"\\u00e9\xc3\xa9","o":{"a":1}}'


@pytest.mark.parametrize(
    ("stored", "posted", "merged"),
    [
        (b'{"x":"foo","y":"bar"}', b'{"x":"bash","z":"faz"}', b'{"x":"bash","y":"bar","z":"faz"}'),
        (b'{"a":{"b":1,"c":2}}', b'{"a":{"b":3}}', b'{"a":{"b":3}}'),
        (b"{}", b"{}", b"{}"),
        (b' {\n "a" : [ 1,2 ] , "b":null}\n', b"\t{ }", b'{"a":[ 1,2 ],"b":null}'),
        (BIG, b'{"o":2}', BIG.replace(b'{"a":1}', b"2")),
        (b'{"a\\"}":1}', b'{"a\\u0022}":2, "b":"}"}', b'{"a\\"}":2,"b":"}"}'),
        (b'{"a":-0.0,"b":1E+2,"c":true}', b'{"":""}', b'{"a":-0.0,"b":1E+2,"c":true,"":""}'),
    ],
)
def test_merge(stored: bytes, posted: bytes, merged: bytes) -> None:
    assert merge_objects(stored, posted) == merged


@pytest.mark.parametrize(
    "posted",
    [b"", b"[]", b"1", b"null", b'{"a":1}{', b'{"a":1,"a":2}', b"\xef\xbb\xbf{}", b'{"a":NaN}', b'{"a":"\xff"}'],
)
def test_what_is_no_object_is_not_merged(posted: bytes) -> None:
    for pair in ((b"{}", posted), (posted, b"{}")):
        with pytest.raises(RequestRefused) as refused:
            merge_objects(*pair)
        assert refused.value.problems


@every_path
def test_post_merges(lrs: Client, path: str) -> None:
    assert lrs.send("POST", path, b'{"x":"foo","y":{"deep":1}}').status_code == 204
    answer = lrs.send("POST", path, b'{"x":"bash","y":{"new":2},"z":1}', "application/json; charset=utf-8")
    assert answer.status_code == 204
    assert lrs.get(path).json == {"x": "bash", "y": {"new": 2}, "z": 1}


@every_path
@pytest.mark.parametrize(
    ("stored", "stored_kind", "posted", "posted_kind", "place"),
    [
        (b'{"a":1}', "application/json", b'{"b":1}', "text/plain", "Content-Type"),
        (b'{"a":1}', "text/plain", b'{"b":1}', "application/json", "Content-Type"),
        (b"[]", "application/json", b'{"b":1}', "application/json", ""),
        (b"{broken", "application/json", b'{"b":1}', "application/json", "line 1, column 2"),
        (b'{"a":1}', "application/json", b"[]", "application/json", ""),
        (b'{"a":1}', "application/json", b'{"b":1', "application/json", "line 1, column 7"),
    ],
)
def test_post_that_cannot_merge_changes_nothing(
    client_of_all: Client, path: str, stored: bytes, stored_kind: str, posted: bytes, posted_kind: str, place: str
) -> None:
    query = named(path) | ids(path)
    client_of_all.call("PUT", path, query, data=stored, content_type=stored_kind, headers=FRESH)
    answer = client_of_all.call("POST", path, query, data=posted, content_type=posted_kind)
    assert answer.status_code == 400
    assert answer.json is not None
    assert [problem.get("place", "") for problem in answer.json["problems"]] == [place]
    after = client_of_all.get(path, query)
    assert (after.data, after.headers["Content-Type"]) == (stored, stored_kind)


@pytest.mark.parametrize(
    ("posted", "kind", "expected"),
    [
        (b"plain", "text/plain", 204),
        (b'{"a":1}', "application/json", 204),
        (b"[]", "application/json", 400),
        (b"{broken", "application/json", 400),
    ],
)
def test_post_where_nothing_is_stores(sqlite_lrs: Client, posted: bytes, kind: str, expected: int) -> None:
    assert sqlite_lrs.send("POST", STATE, posted, kind).status_code == expected
    assert sqlite_lrs.get(STATE).status_code == (200 if expected == 204 else 404)


# Lists of ids


@every_path
def test_ids_and_those_that_changed_since(lrs: Client, path: str) -> None:
    name = "stateId" if path == STATE else "profileId"
    assert lrs.get(path, listed(path)).json == []
    for document_id in ("b", "a", "ü"):
        lrs.call("PUT", path, named(path, **{name: document_id}), data=b"1", headers=FRESH)
    every = lrs.get(path, listed(path))
    assert every.json == ["a", "b", "ü"]
    assert every.headers["ETag"] == etag(every.data)
    assert every.last_modified is not None
    lrs.call("POST", path, named(path, **{name: "c"}), data=b"{}", content_type="application/json")
    document = next(iter(changed(lrs, path, "2020-01-01T00:00:00Z")))
    assert document == "a"
    assert changed(lrs, path, "2099-01-01T00:00:00+01:00") == []


def changed(lrs: Client, path: str, since: str) -> list[str]:
    answer = lrs.get(path, listed(path, since=since))
    assert answer.status_code == 200, answer.data
    assert answer.json is not None
    return list(answer.json)


def test_since_is_exclusive_to_the_microsecond(sqlite_lrs: Client) -> None:
    from lrs_bridge.xapi.instants import render_instant

    for document_id in ("a", "b"):
        sqlite_lrs.call("PUT", STATE, named(STATE, stateId=document_id), data=b"1")
    bridge = sqlite_lrs.app.extensions["lrs_bridge"]
    with bridge.database.reading() as connection:
        from lrs_bridge.storage.schema.documents import document

        times = {row.document_id: row.updated for row in connection.execute(document.select())}
    assert changed(sqlite_lrs, STATE, render_instant(times["a"])) == ["b"]
    assert changed(sqlite_lrs, STATE, render_instant(times["b"])) == []


def test_state_without_a_registration_is_a_scope_of_its_own(lrs: Client) -> None:
    other = str(uuid4())
    for more in ({}, {"registration": REGISTRATION}, {"registration": other}):
        lrs.call("PUT", STATE, named(STATE, **more), data=json.dumps(more).encode())
    assert lrs.get(STATE, named(STATE, registration=REGISTRATION.upper())).data.decode().count(REGISTRATION) == 1
    assert lrs.call("DELETE", STATE, listed(STATE, registration=REGISTRATION)).status_code == 204
    assert lrs.get(STATE, listed(STATE, registration=REGISTRATION)).json == []
    assert lrs.get(STATE, listed(STATE, registration=other)).json == ["notes"]
    assert lrs.call("DELETE", STATE, listed(STATE)).status_code == 204
    assert lrs.get(STATE, listed(STATE)).json == []
    assert lrs.get(STATE, listed(STATE, registration=other)).json == ["notes"]


def test_all_state_is_deleted_only_as_it_was_seen(sqlite_lrs: Client) -> None:
    sqlite_lrs.send("PUT", STATE, b"1")
    seen = sqlite_lrs.get(STATE, listed(STATE)).headers["ETag"]
    sqlite_lrs.call("PUT", STATE, named(STATE, stateId="later"), data=b"1")
    assert sqlite_lrs.call("DELETE", STATE, listed(STATE), headers={"If-Match": seen}).status_code == 412
    assert sqlite_lrs.get(STATE, listed(STATE)).json == ["later", "notes"]
    now = sqlite_lrs.get(STATE, listed(STATE)).headers["ETag"]
    assert sqlite_lrs.call("DELETE", STATE, listed(STATE), headers={"If-Match": now}).status_code == 204


def test_one_agent_however_it_is_written(sqlite_lrs: Client) -> None:
    sqlite_lrs.send("PUT", AGENT_PROFILE, b"1", **NEW_ONLY)
    same = {"objectType": "Agent", "name": "Mia", "mbox": "mailto:mia@EXAMPLE.com"}
    assert sqlite_lrs.get(AGENT_PROFILE, named(AGENT_PROFILE, agent=json.dumps(same))).data == b"1"
    other = {"mbox": "mailto:Mia@example.com"}
    assert sqlite_lrs.get(AGENT_PROFILE, named(AGENT_PROFILE, agent=json.dumps(other))).status_code == 404


# Parameters

GROUP = json.dumps({"objectType": "Group", "mbox": "mailto:team@example.com"})
NOBODY = json.dumps({"objectType": "Agent", "name": "Nobody"})


@pytest.mark.parametrize(
    ("resource", "method", "changes", "places"),
    [
        ("state", "GET", {}, []),
        ("state", "GET", {"stateId": None}, []),
        ("state", "GET", {"stateId": None, "since": "2026-03-31T09:30:00Z"}, []),
        ("state", "GET", {"since": "2026-03-31T09:30:00Z"}, ["since"]),
        ("state", "PUT", {"stateId": None}, ["stateId"]),
        ("state", "POST", {"stateId": None, "agent": None, "activityId": None}, ["activityId", "agent", "stateId"]),
        ("state", "DELETE", {"stateId": None}, []),
        ("state", "DELETE", {"stateId": None, "since": "2026-03-31T09:30:00Z"}, ["since"]),
        ("state", "PUT", {"since": "2026-03-31T09:30:00Z"}, ["since"]),
        ("state", "GET", {"stateId": ""}, ["stateId"]),
        ("state", "DELETE", {"stateId": ""}, ["stateId"]),
        ("state", "GET", {"stateId": "a\0b"}, ["stateId"]),
        ("state", "GET", {"registration": "47"}, ["registration"]),
        ("state", "GET", {"registration": REGISTRATION}, []),
        ("state", "GET", {"activityId": "no-iri"}, ["activityId"]),
        ("state", "GET", {"agent": "{"}, ["agent, line 1, column 2"]),
        ("state", "GET", {"agent": "true"}, ["agent"]),
        ("state", "GET", {"agent": NOBODY}, ["agent"]),
        ("state", "GET", {"agent": GROUP}, ["agent/objectType"]),
        ("state", "GET", {"stateid": "x"}, ["stateid"]),
        ("state", "GET", {"StateId": "x", "profileId": "y"}, ["StateId", "profileId"]),
        ("state", "GET", {"stateId": None, "since": "yesterday"}, ["since"]),
        ("activity_profile", "GET", {}, []),
        ("activity_profile", "GET", {"profileId": None}, []),
        ("activity_profile", "DELETE", {"profileId": None}, ["profileId"]),
        ("activity_profile", "GET", {"agent": json.dumps(AGENT)}, ["agent"]),
        ("activity_profile", "GET", {"registration": REGISTRATION}, ["registration"]),
        ("agent_profile", "GET", {}, []),
        ("agent_profile", "DELETE", {"profileId": None}, ["profileId"]),
        ("agent_profile", "PUT", {"agent": None, "profileId": None}, ["agent", "profileId"]),
        ("agent_profile", "GET", {"activityId": ACTIVITY}, ["activityId"]),
    ],
)
def test_parameters(resource: Any, method: Any, changes: dict[str, str | None], places: list[str]) -> None:
    path = {"state": STATE, "activity_profile": ACTIVITY_PROFILE, "agent_profile": AGENT_PROFILE}[resource]
    query = {name: value for name, value in (named(path) | changes).items() if value is not None}
    assert problem_places(resource, method, query, "1.0.3") == places


def problem_places(resource: Any, method: Any, query: dict[str, str], version: str) -> list[str]:
    try:
        parse_document_query(resource, method, query, version)
    except RequestRefused as refused:
        return [problem.place for problem in refused.problems]
    return []


@pytest.mark.parametrize(("version", "places"), [("1.0.3", ["agent/objectType"]), ("2.0.0", [])])
def test_an_identified_group_has_documents_from_2_0_on(version: str, places: list[str]) -> None:
    assert problem_places("agent_profile", "GET", named(AGENT_PROFILE, agent=GROUP), version) == places


def test_scopes_of_documents_are_told_apart() -> None:
    def key(**more: str) -> UUID:
        return parse_document_query("state", "GET", named(STATE, **more)).scope.key

    keys = [
        key(),
        key(registration=REGISTRATION),
        key(activityId=ACTIVITY + "/2"),
        key(agent='{"openid":"https://a.b"}'),
    ]
    assert len(set(keys)) == 4
    assert key(stateId="other") == key()


def test_a_parameter_given_twice_is_refused(sqlite_lrs: Client) -> None:
    assert sqlite_lrs.call("GET", f"{STATE}?stateId=a&stateId=b", None).status_code == 400


def test_a_method_that_is_not_there(sqlite_lrs: Client) -> None:
    answer = sqlite_lrs.call("PATCH", STATE, named(STATE), data=b"{}")
    assert answer.status_code == 405
    assert {"GET", "HEAD", "PUT", "POST", "DELETE"} <= set(answer.headers["Allow"].split(", "))


# Who may


@pytest.mark.parametrize(
    ("scope", "path", "read", "write"),
    [
        ("state", STATE, 404, 204),
        ("state", AGENT_PROFILE, 403, 403),
        ("profile", AGENT_PROFILE, 404, 204),
        ("profile", ACTIVITY_PROFILE, 404, 204),
        ("profile", STATE, 403, 403),
        ("all/read", STATE, 404, 403),
        ("all/read", ACTIVITY_PROFILE, 404, 403),
        ("all", STATE, 404, 204),
        ("statements/write", STATE, 403, 403),
        ("statements/read", AGENT_PROFILE, 403, 403),
    ],
)
def test_scopes(client_of_all: Client, scope: str, path: str, read: int, write: int) -> None:
    client, query = client_of_all.with_scopes(scope), named(path) | ids(path)
    assert client.get(path, query).status_code == read
    for method in ("PUT", "POST", "DELETE"):
        body = {"data": b"{}", "content_type": "application/json"} if method != "DELETE" else {}
        headers = FRESH if method == "PUT" else {}
        assert client.call(method, path, query, headers=headers, **body).status_code == write


@every_path
def test_nobody_is_let_in_without_a_credential_or_version(sqlite_lrs: Client, path: str) -> None:
    assert sqlite_lrs.get(path, Authorization="").status_code == 401
    assert sqlite_lrs.get(path, X_Experience_API_Version="0.9").status_code == 400


# Concurrent writers

WRITERS, POSTS = 8, 6


@every_path
def test_concurrent_posts_lose_nothing(lrs: Client, path: str) -> None:
    expected = {f"{writer}-{post}": post for writer in range(WRITERS) for post in range(POSTS)}
    statuses: list[int] = []

    def write(writer: int) -> None:
        for post in range(POSTS):
            body = json.dumps({f"{writer}-{post}": post}).encode()
            statuses.append(lrs.send("POST", path, body).status_code)

    run_all(write)
    assert set(statuses) == {204}
    assert lrs.get(path).json == expected


@every_path
def test_one_of_many_creates(lrs: Client, path: str) -> None:
    statuses: list[int] = []

    def write(writer: int) -> None:
        statuses.append(lrs.send("PUT", path, str(writer).encode(), If_None_Match="*").status_code)

    run_all(write)
    assert sorted(statuses) == [204] + [412] * (WRITERS - 1)


def test_an_increment_under_if_match_is_never_lost(lrs: Client) -> None:
    lrs.send("PUT", AGENT_PROFILE, b"0", **NEW_ONLY)

    def add(writer: int) -> None:
        for _ in range(3):
            status = 412
            while status == 412:
                known = lrs.get(AGENT_PROFILE)
                more = str(int(known.data) + 1).encode()
                status = lrs.send("PUT", AGENT_PROFILE, more, If_Match=known.headers["ETag"]).status_code
            assert status == 204

    run_all(add)
    assert lrs.get(AGENT_PROFILE).data == str(WRITERS * 3).encode()


def run_all(work: Any) -> None:
    failures: list[BaseException] = []

    def guarded(writer: int) -> None:
        try:
            work(writer)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# What mod_tincanlaunch sends


def sample_requests() -> list[dict[str, Any]]:
    found = [json.loads(file.read_text()) for file in sorted(SAMPLES.glob("req-*.json"))]
    assert len(found) == 16
    return found


def test_the_requests_of_mod_tincanlaunch_replay_without_loss(server: BridgeServer) -> None:
    """As they stood on the wire: absolute-form target, version 1.0.0, one connection each."""
    made = json.loads(server.run("credentials", "create", "moodle", "--scope", "all", "--format", "json").stdout)
    secret = b64encode(f"{made['key']}:{made['secret']}".encode()).decode()
    statuses = [replay(server, request, f"Basic {secret}")[0] for request in sample_requests()]
    # The plugin was captured against a server that knew nothing: its second launch writes again what is there now
    # (412, the same bytes), and asks one vendor's own session API, which is not xAPI (404)
    assert statuses == [404, 204, 404, 204, 404, 204, 204, 404, 200, 200, 204, 200, 412, 200, 412, 204]
    for request in sample_requests():
        target = urlsplit(request["path"])
        if request["method"] == "PUT":
            again = request | {"method": "GET", "json": None, "headers": {"X-Experience-API-Version": "1.0.0"}}
            status, body = replay(server, again, f"Basic {secret}")
            assert status == 200
            expected = last_put(target.query)
            assert expected.items() <= json.loads(body).items() if expected else json.loads(body) == expected


def last_put(query: str) -> Any:
    puts = [request["json"] for request in sample_requests() if request["method"] == "PUT"]
    targets = [urlsplit(r["path"]).query for r in sample_requests() if r["method"] == "PUT"]
    return next(body for body, target in zip(reversed(puts), reversed(targets), strict=True) if target == query)


def replay(server: BridgeServer, request: dict[str, Any], authorization: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("localhost", server.port)
    target = request["path"].replace("http://127.0.0.1:8086/tcl", f"{server.url}/xapi")
    kept = ("X-Experience-API-Version", "Content-Type", "If-None-Match")
    headers = {name: value for name, value in request["headers"].items() if name in kept}
    headers |= {"Authorization": authorization, "Connection": "close"}
    body = json.dumps(request["json"]).encode() if request["json"] is not None else None
    connection.request(request["method"], target.replace("http://127.0.0.1:8086", server.url), body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found
