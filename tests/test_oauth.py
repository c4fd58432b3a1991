"""Bearer tokens of a real issuer on this machine: keys fetched over HTTP, tokens signed as issuers sign them."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from werkzeug.test import TestResponse

from lrs_bridge.app import create_app
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import NotAllowed, NotAuthenticated, SettingInvalid, Unavailable
from lrs_bridge.outbound.jwks import KeySource
from lrs_bridge.services.credentials import authenticate, create_credential, list_credentials, revoke_credential
from lrs_bridge.services.oauth import credential_of_token
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.settings import Settings
from lrs_bridge.web.access import bridge as bridge_here
from lrs_bridge.xapi.bounds import Bounds
from tests.callers import VERSION, bridge_of
from tests.statements import COURSE, HOME_PAGE, statement, voiding
from tests.training_company import opened_bridge

ISSUER = "https://login.example.com/realms/company"
AUDIENCE = "https://bridge.example.com"


KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048)


class Issuer:
    """An issuer of tokens, whose keys are published on a port of this machine."""

    def __init__(self) -> None:
        self.key = KEY
        self.published: bytes | None = b""
        self.asked = 0
        self.publish(self.key)
        issuer = self

        class Published(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                self.send_response(503 if issuer.published is None else 200)
                self.end_headers()
                self.wfile.write(issuer.published or b"")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Not on the screen of the tests."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/keys"

    def publish(self, *keys: RSAKey | ECKey | OKPKey, **more: Any) -> None:
        listed = KeySet(list(keys)).as_dict(private=False)["keys"] if keys else []
        self.published = json.dumps({"keys": [*listed, {"kty": "from-the-future", "kid": "x"}]} | more).encode()

    def token(self, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        key = key or self.key
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "exp": now + 300, "iat": now, "client_id": "course-player"}
        head = {"alg": "RS256", "kid": "first"} | (header or {})
        kept = {name: value for name, value in (usual | {"scope": "all"} | claims).items() if value is not None}
        return jwt.encode({k: v for k, v in head.items() if v is not None}, kept, key, algorithms=[head["alg"]])


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def app(tmp_path: Path, issuer: Issuer) -> Iterator[Flask]:
    given = {
        "OAUTH_ISSUER": ISSUER,
        "OAUTH_AUDIENCE": AUDIENCE,
        "OAUTH_JWKS_URL": issuer.url,
        "DATA_DIR": str(tmp_path),
    }
    opened = create_app(Settings.from_environment({f"LRS_BRIDGE_{name}": value for name, value in given.items()}))
    yield opened
    opened.extensions["lrs_bridge_close"]()


def call(app: Flask, token: str, method: str = "GET", **more: Any) -> TestResponse:
    headers = VERSION | {"Authorization": f"Bearer {token}"}
    return app.test_client().open("/xapi/statements", method=method, headers=headers, **more)


APPLICATION = {"objectType": "Agent", "account": {"homePage": ISSUER, "name": "course-player"}}
ANA = {"objectType": "Agent", "account": {"homePage": ISSUER, "name": "ana"}}
TOGETHER = {"objectType": "Group", "member": [APPLICATION, ANA]}


@pytest.mark.parametrize(
    ("claims", "authority"),
    [
        ({}, APPLICATION),
        ({"sub": "course-player"}, APPLICATION),
        ({"sub": "ana"}, TOGETHER),
        ({"sub": "ana", "client_id": None, "azp": "course-player"}, TOGETHER),
        ({"sub": "ana", "client_id": None, "appid": "course-player"}, TOGETHER),
        ({"sub": "x@clients", "gty": "client-credentials"}, APPLICATION),
        ({"sub": "object-id", "idtyp": "app"}, APPLICATION),
        ({"sub": "ana", "client_id": None}, ANA),
    ],
)
def test_authority_is_the_application_and_the_user(
    app: Flask, issuer: Issuer, claims: dict[str, Any], authority: dict[str, Any]
) -> None:
    token = issuer.token(**claims)
    sent = statement()
    assert call(app, token, "POST", json=sent).get_json() == [sent["id"]]
    stored = call(app, token, query_string={"statementId": sent["id"]}).get_json()
    assert stored["authority"] == authority


def test_mine_are_those_of_application_and_user_together(app: Flask, issuer: Issuer) -> None:
    scope = "statements/write statements/read/mine"
    for subject in ("ana", "ben"):
        call(app, issuer.token(sub=subject, scope=scope), "POST", json=statement())
    found = call(app, issuer.token(sub="ana", scope=scope)).get_json()["statements"]
    assert [one["authority"] for one in found] == [TOGETHER]


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        ("statements/write", 403, 200),
        ("statements/read", 200, 403),
        ("openid email statements/read/mine", 200, 403),
        ("all/read", 200, 403),
        ("all", 200, 200),
        (["statements/write", "statements/read"], 200, 200),
        ("openid profile", 403, 403),
        ("packages launches", 403, 403),
        (None, 403, 403),
    ],
)
def test_scopes_are_those_of_the_token(app: Flask, issuer: Issuer, scope: Any, reads: int, writes: int) -> None:
    token = issuer.token(scope=scope)
    assert call(app, token).status_code == reads
    assert call(app, token, "POST", json=statement()).status_code == writes


def test_openid_profile_is_not_the_profile_of_xapi(app: Flask, issuer: Issuer) -> None:
    with app.app_context():
        assert credential_of_token(bridge_here(), issuer.token(scope="profile")).allows("profile")
        assert not credential_of_token(bridge_here(), issuer.token(scope="openid profile")).allows("profile")


LONG_AGO = int(time.time()) - 3600
AHEAD = int(time.time()) + 3600
BAD_CLAIMS = {
    "another issuer": ({"iss": "https://evil.example.com"}, "iss"),
    "no issuer": ({"iss": None}, "iss"),
    "another audience": ({"aud": "https://other.example.com"}, "aud"),
    "other audiences": ({"aud": ["a", "b"]}, "aud"),
    "no audience": ({"aud": None}, "aud"),
    "expired": ({"exp": LONG_AGO}, "expired"),
    "never expires": ({"exp": None}, "exp"),
    "expires in words": ({"exp": "never"}, "exp"),
    "not yet": ({"nbf": AHEAD}, "nbf"),
    "issued ahead": ({"iat": AHEAD}, "iat"),
    "for nobody": ({"client_id": None}, "sub"),
}


@pytest.mark.parametrize("case", BAD_CLAIMS)
def test_wrong_claims_are_refused_with_words(app: Flask, issuer: Issuer, case: str) -> None:
    claims, word = BAD_CLAIMS[case]
    answer = call(app, issuer.token(**claims))
    assert answer.status_code == 401
    assert word in json.dumps(answer.get_json()["problems"])


def test_every_fault_is_told_at_once(app: Flask, issuer: Issuer) -> None:
    answer = call(app, issuer.token(iss="x", aud="y", exp=LONG_AGO))
    assert [problem["place"] for problem in answer.get_json()["problems"]] == ["iss", "aud", "exp"]


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


HS256, NONE = encoded(b'{"alg":"HS256","kid":"first"}'), encoded(b'{"alg":"none","kid":"first"}')


def unsigned(issuer: Issuer) -> str:
    _, claims, _ = issuer.token().split(".")
    return f"{NONE}.{claims}."


def signed_by_the_public_key(issuer: Issuer) -> str:
    _, claims, _ = issuer.token().split(".")
    signed = f"{HS256}.{claims}"
    return f"{signed}.{encoded(hmac.digest(issuer.key.as_pem(private=False), signed.encode(), 'sha256'))}"


def signed_by_another(issuer: Issuer) -> str:
    return issuer.token(OTHER_KEY)


def with_other_claims(issuer: Issuer) -> str:
    head, _, signature = issuer.token().split(".")
    return f"{head}.{issuer.token(sub='admin').split('.')[1]}.{signature}"


BAD_SIGNATURES = {
    "alg none": (unsigned, "alg"),
    "alg HS256 by the public key": (signed_by_the_public_key, "alg"),
    "another key under the same kid": (signed_by_another, "signature"),
    "claims changed": (with_other_claims, "signature"),
    "an unknown kid": (lambda issuer: issuer.token(header={"kid": "unknown"}), "kid"),
    "no JWT": (lambda issuer: "not.a.jwt", "no signed JWT"),
    "not even that": (lambda issuer: "token", "no signed JWT"),
    "nothing": (lambda issuer: "", "no signed JWT"),
    "far too long": (lambda issuer: "a" * 20_000, "no signed JWT"),
}


@pytest.mark.parametrize("case", BAD_SIGNATURES)
def test_wrong_signatures_are_refused_with_words(app: Flask, issuer: Issuer, case: str) -> None:
    make, word = BAD_SIGNATURES[case]
    answer = call(app, make(issuer))
    assert answer.status_code == 401
    assert word in answer.get_json()["error"]
    assert "Bearer" in answer.headers.getlist("WWW-Authenticate")[-1]


def test_keys_are_fetched_once_and_again_when_they_rotate(issuer: Issuer) -> None:
    source = KeySource(issuer.url, again_seconds=0)
    assert source.key("first") is not None
    assert source.key("first") is not None
    assert issuer.asked == 1
    second = ECKey.generate_key("P-256", {"kid": "second"})
    issuer.publish(issuer.key, second)
    assert source.key("second") is not None
    assert issuer.asked == 2


def test_unknown_keys_do_not_ask_the_issuer_each_time(issuer: Issuer) -> None:
    source = KeySource(issuer.url)
    assert [source.key(f"made up {number}") for number in range(20)] == [None] * 20
    assert issuer.asked == 1


def test_keys_are_kept_while_the_issuer_is_down(issuer: Issuer) -> None:
    source = KeySource(issuer.url, again_seconds=0)
    assert source.key("first") is not None
    issuer.published = None
    assert source.key("another") is None
    assert source.key("first") is not None


@pytest.mark.parametrize("published", [None, b"<html>", b"[]", b'{"keys": 1}', b'{"keys": []}', b"x" * 2_000_000])
def test_without_keys_the_answer_is_to_try_again(app: Flask, issuer: Issuer, published: bytes | None) -> None:
    issuer.published = published
    assert call(app, issuer.token()).status_code == 503
    with pytest.raises(Unavailable, match="keys of the token issuer"):
        KeySource(issuer.url).key("first")


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519", "PS256"])
def test_other_public_key_algorithms(app: Flask, issuer: Issuer, algorithm: str) -> None:
    key: Any = {"ES256": lambda: ECKey.generate_key("P-256"), "Ed25519": lambda: OKPKey.generate_key("Ed25519")}.get(
        algorithm, lambda: OTHER_KEY
    )()
    issuer.publish(key)
    token = issuer.token(key, {"alg": algorithm, "kid": None})  # the one key there is need not be named
    assert call(app, token).status_code == 200


def test_a_server_without_an_issuer_takes_none(tmp_path: Path, issuer: Issuer) -> None:
    with opened_bridge(tmp_path) as plain:
        assert call(plain, issuer.token()).status_code == 401
        assert b"oauth2" not in plain.test_client().get("/plugin_manifest.xml").data


def test_the_manifest_names_bearer_tokens_where_they_are_taken(app: Flask) -> None:
    assert b">oauth2<" in app.test_client().get("/plugin_manifest.xml").data


def test_the_admin_api_takes_no_bearer_token(app: Flask, issuer: Issuer) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(scope='all packages')}"}
    assert app.test_client().get("/packages", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"OAUTH_ISSUER": ISSUER}, {"OAUTH_AUDIENCE", "OAUTH_JWKS_URL"}),
        ({"OAUTH_ISSUER": "x", "OAUTH_AUDIENCE": "y", "OAUTH_JWKS_URL": "https://k"}, {"OAUTH_ISSUER"}),
        ({"OAUTH_ISSUER": ISSUER, "OAUTH_AUDIENCE": "y", "OAUTH_JWKS_URL": "http://k"}, {"OAUTH_JWKS_URL"}),
    ],
)
def test_half_a_setting_stops_the_start(given: dict[str, str], named: set[str]) -> None:
    with pytest.raises(SettingInvalid) as refused:
        Settings.from_environment({f"LRS_BRIDGE_{name}": value for name, value in given.items()})
    assert {problem.place for problem in refused.value.problems} == {f"LRS_BRIDGE_{name}" for name in named}


# credentials of our own, and those of launches


def test_a_credential_is_looked_up_once_a_second_and_revoked_at_once(app: Flask) -> None:
    bridge = bridge_of(app)
    made, secret = create_credential(bridge, "lms", ["statements/write"])
    assert authenticate(bridge, made.key, secret) == authenticate(bridge, made.key, secret) == made
    for wrong in ((made.key, "wrong"), ("wrong", secret), (made.key, "")):
        with pytest.raises(NotAuthenticated):
            authenticate(bridge, *wrong)
    revoke_credential(bridge, made.key)
    with pytest.raises(NotAuthenticated):
        authenticate(bridge, made.key, secret)


REGISTRATION = uuid4()
LEARNER = ActorKey.of_account(HOME_PAGE, "47")
BOUNDS = Bounds(LEARNER, REGISTRATION, COURSE)
HERE: dict[str, Any] = {"context": {"registration": str(REGISTRATION)}}
GROUPED = {"context": HERE["context"] | {"contextActivities": {"grouping": [{"id": COURSE}]}}}
ELSEWHERE = {"object": {"id": "https://learn.example.com/other"}}


@pytest.mark.parametrize(
    ("given", "outside"),
    [
        (statement(**HERE), []),
        (statement(**HERE, object={"id": f"{COURSE}/question-3"}), []),
        (statement(**GROUPED, **ELSEWHERE), []),
        (statement(**HERE, **ELSEWHERE), ["/object"]),
        (statement(**HERE, object={"id": f"{COURSE}0"}), ["/object"]),
        (statement(**HERE, account="48"), ["/actor"]),
        (statement(), ["/context/registration"]),
        (statement(account="48", context={"registration": str(uuid4())}), ["/actor", "/context/registration"]),
        (voiding(str(uuid4())) | HERE, ["/actor", "/object"]),
    ],
)
def test_a_launch_writes_about_itself_only(app: Flask, given: dict[str, Any], outside: list[str]) -> None:
    bridge = bridge_of(app)
    made, secret = create_credential(bridge, "launch", ["statements/write"], bounds=BOUNDS)
    found = authenticate(bridge, made.key, secret)
    assert found.bounds == BOUNDS
    by = Recorder(found.id, found.authority, bounds=found.bounds)
    if not outside:
        assert len(record_statements(bridge, [given], by=by)) == 1
        return
    with pytest.raises(NotAllowed) as refused:
        record_statements(bridge, [given], by=by)
    assert [problem.place for problem in refused.value.problems] == outside
    answer = app.test_client().post("/xapi/statements", json=given, headers=VERSION, auth=(made.key, secret))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("request_", "places"),
    [
        ({"actor": LEARNER, "activity": COURSE, "registration": REGISTRATION}, []),
        ({"actor": LEARNER, "activity": COURSE}, []),
        ({"actor": LEARNER}, []),
        ({"actor": ActorKey.of_account(HOME_PAGE, "48"), "activity": COURSE}, ["agent"]),
        ({"activity": "https://learn.example.com/other", "registration": uuid4()}, ["activityId", "registration"]),
    ],
)
def test_documents_of_a_launch(request_: dict[str, Any], places: list[str]) -> None:
    assert [problem.place for problem in BOUNDS.document_problems(**request_)] == places


def test_launches_do_not_fill_the_list(app: Flask) -> None:
    bridge = bridge_of(app)
    create_credential(bridge, "launch", ["statements/write"], bounds=BOUNDS)
    create_credential(bridge, "lms", ["statements/write"])
    assert [one.name for one in list_credentials(bridge)] == ["lms"]
    assert len(list_credentials(bridge, launches=True)) == 2
