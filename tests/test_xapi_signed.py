"""Signed statements (xAPI Data 2.6)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from lrs_bridge.xapi.contexts import SIGNATURE_USAGE
from lrs_bridge.xapi.signatures import signature_problems
from tests.callers import Caller
from tests.multiparts import MIXED, attachment, multipart, part, statements_part
from tests.statements import passed

OCTETS = "application/octet-stream"
KEY, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())
REGISTRY = jws.JWSRegistry(algorithms=["RS256", "RS384", "RS512", "HS256"])
REGISTRY.max_header_length = 64_000


def certificate(key: Any) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example")])
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC)).sign(key, SHA256())
    )  # fmt: skip
    return base64.b64encode(built.public_bytes(Encoding.DER)).decode()


def signed(payload: Any, algorithm: str = "RS256", **header: Any) -> bytes:
    key = OctKey.import_key("x" * 32) if algorithm == "HS256" else RSAKey.import_key(KEY)
    text = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return jws.serialize_compact({"alg": algorithm, **header}, text, key, registry=REGISTRY).encode()


GIVEN = passed()
LATER = GIVEN | {"timestamp": "2026-03-02T10:00:00Z"}


@pytest.mark.parametrize(
    "signature",
    [
        signed(GIVEN),
        signed(GIVEN, "RS384"),
        signed(GIVEN, "RS512"),
        signed(GIVEN, x5c=[certificate(KEY)]),
        signed(GIVEN, x5c=[certificate(KEY), certificate(OTHER)]),
        signed({name: value for name, value in GIVEN.items() if name not in ("id", "timestamp")}),
        signed(GIVEN | {"version": "1.0.0", "stored": "2026-03-01T10:00:00Z"}),
        signed(GIVEN | {"timestamp": "2026-03-01T11:00:00+01:00"}),
        signed(orjson.dumps(GIVEN, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)),
        signed(GIVEN) + b"\n",
    ],
)
def test_good_signatures(signature: bytes) -> None:
    assert signature_problems(GIVEN, signature, place="/attachments/0", version="1.0.3") == []


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (b"", "compact serialization"),
        (b"a.b", "compact serialization"),
        (orjson.dumps({"payload": "", "signatures": []}), "compact serialization"),
        (b"*." + signed(GIVEN).partition(b".")[2], "header of the JWS is not base64url"),
        (b"e30." + signed(GIVEN).partition(b".")[2], "RS256, RS384 or RS512, but is missing"),
        (signed(GIVEN, "HS256"), "RS256, RS384 or RS512, but is 'HS256'"),
        (signed(GIVEN, crit=["b64"], b64=True), "critical"),
        (signed(orjson.dumps(GIVEN).replace(b'"', b"'", 1)), "payload of the JWS is no JSON"),
        (signed([GIVEN]), "payload of the JWS must be a JSON object"),
        (signed({"id": GIVEN["id"]}), "no valid statement"),
        (signed(LATER), "another statement"),
        (signed(passed()), "another statement"),
        (signed(GIVEN | {"result": {"success": False}}), "another statement"),
        (signed(GIVEN, x5c=[certificate(OTHER)]), "not made with the key"),
        (signed(GIVEN, x5c=[certificate(CURVE)]), "not for an RSA key"),
        (signed(GIVEN, x5c=["bm9uZQ=="]), "X.509"),
        (signed(GIVEN, x5c=[certificate(KEY)])[:-4] + b"AAAA", "not made with the key"),
    ],
)  # fmt: skip
def test_malformed_signatures(signature: bytes, words: str) -> None:
    (problem,) = signature_problems(GIVEN, signature, place="/attachments/0", version="1.0.3")
    assert words in problem.reason
    assert (problem.place, problem.clause) == ("/attachments/0", "xAPI Data 2.6")


@pytest.mark.parametrize("header", [{"x5c": value} for value in ([], "text", [1], None, {})])
def test_strange_certificate_chains(header: dict[str, Any]) -> None:
    head = base64.urlsafe_b64encode(orjson.dumps({"alg": "RS256"} | header)).rstrip(b"=")
    signature = head + b"." + signed(GIVEN).partition(b".")[2]
    (problem,) = signature_problems(GIVEN, signature, place="", version="1.0.3")
    assert "X.509" in problem.reason


@pytest.mark.parametrize(
    ("signature", "content_type", "status"),
    [
        (signed(GIVEN, x5c=[certificate(KEY)]), OCTETS, 200),
        (signed(GIVEN), "text/plain", 400),
        (signed(LATER), OCTETS, 400),
        (b"no signature", OCTETS, 400),
    ],
)
def test_over_http(app: Flask, signature: bytes, content_type: str, status: int) -> None:
    lrs = Caller.of(app, "all")
    described = attachment(signature, usageType=SIGNATURE_USAGE, contentType=content_type)
    body = multipart(statements_part(GIVEN | {"attachments": [described]}), part(signature, Content_Type=content_type))
    answer = lrs.call("POST", data=body, headers=MIXED)
    assert answer.status_code == status, answer.text
    assert len(lrs.found()) == (status == 200)
    if status == 400:
        assert answer.get_json()["problems"][0]["clause"] == "xAPI Data 2.6"
