"""Signing in to the pages: by token, by link, and only by our own form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from lxml import html

from lrs_bridge.services.readers import create_reader, revoke_reader, sign_in_code
from tests.training_company import HTML, ORIGIN, Company, opened_company


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with opened_company(tmp_path_factory.mktemp("bridge")) as opened:
        yield opened


def test_no_page_is_kept_by_a_cache(company: Company) -> None:
    assert company.signed_in("ann").get("/manage/").headers["Cache-Control"] == "private, no-store"


def test_without_session_a_browser_is_sent_to_sign_in_and_a_machine_is_told(company: Company) -> None:
    client = company.app.test_client()
    answer = client.get("/manage/", headers=HTML)
    assert (answer.status_code, answer.location) == (302, "/manage/sign-in")
    refused = client.get("/manage/team.csv", headers={"Accept": "application/json"})
    assert refused.status_code == 401
    assert refused.json["error"] == "You are not signed in"


def test_sign_in_by_token_and_sign_out(company: Company) -> None:
    client = company.app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "before"
    answer = client.post("/manage/sign-in", data={"token": f" {company.readers['ann'][1]}\n"}, headers=ORIGIN)
    assert (answer.status_code, answer.location) == (303, "/manage/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with client.session_transaction() as session:
        assert set(session) == {"reader", "_permanent"}
    assert client.get("/manage/").status_code == 200
    assert client.post("/manage/sign-out", headers=ORIGIN).status_code == 303
    assert "You are signed out" in client.get("/manage/sign-in").text
    assert client.get("/manage/", headers=HTML).status_code == 302


@pytest.mark.parametrize("token", ["", "wrong", "ann"])
def test_a_wrong_token_is_refused_in_words(company: Company, token: str) -> None:
    answer = company.app.test_client().post("/manage/sign-in", data={"token": token}, headers={**ORIGIN, **HTML})
    assert answer.status_code == 401
    alert = html.fromstring(answer.text).xpath("string(//*[@role='alert'])")
    assert "is not known, was revoked or has expired. Ask for a new one." in " ".join(alert.split())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "cross-site", **ORIGIN}, 403),
        ({"Sec-Fetch-Site": "same-site", **ORIGIN}, 403),
        (ORIGIN, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "http://127.0.0.1:5000"}, 403),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 303),
    ],
)
def test_only_our_own_form_signs_in(company: Company, headers: dict[str, str], status: int) -> None:
    token = company.readers["ann"][1]
    for address in ("/manage/sign-in", "/manage/sign-out"):
        answer = company.app.test_client().post(address, data={"token": token}, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(("change", "words"), [("x", "damaged"), (".", "damaged")])
def test_a_damaged_link_is_refused(company: Company, change: str, words: str) -> None:
    code = sign_in_code(company.bridge, company.readers["ann"][0])
    answer = company.app.test_client().get(f"/manage/enter/{code}{change}", headers=HTML)
    assert answer.status_code == 401
    assert words in html.fromstring(answer.text).xpath("string(//*[@role='alert'])")
    assert "Set-Cookie" not in answer.headers


class HoursAgo(TimestampSigner):
    """Signs as `sign_in_code` does, a little more than twelve hours ago."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - 12 * 3600 - 60


def test_an_old_link_is_refused(company: Company) -> None:
    signer = URLSafeTimedSerializer(company.bridge.signing_key, salt="reader sign-in", signer=HoursAgo)
    code = signer.dumps(str(company.readers["ann"][0].id))
    answer = company.app.test_client().get(f"/manage/enter/{code}", headers=HTML)
    assert answer.status_code == 401
    assert "has expired" in answer.text


def test_revoking_a_reader_ends_session_and_link(company: Company) -> None:
    reader, token = create_reader(company.bridge, "Leaver", employee_id="010")
    code = sign_in_code(company.bridge, reader)
    client = company.app.test_client()
    assert client.get(f"/manage/enter/{code}").status_code == 303
    revoke_reader(company.bridge, reader.id)
    answer = client.get("/manage/", headers=HTML)
    assert (answer.status_code, answer.location) == (302, "/manage/sign-in")
    assert "was revoked" in client.get("/manage/sign-in").text
    assert client.get(f"/manage/enter/{code}", headers=HTML).status_code == 401
    assert client.post("/manage/sign-in", data={"token": token}, headers=ORIGIN).status_code == 401


def test_the_page_is_not_on_the_content_host(company: Company) -> None:
    assert company.app.test_client().get("/manage/", base_url="http://127.0.0.1:5000").status_code == 404
