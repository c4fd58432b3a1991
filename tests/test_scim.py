"""SCIM 2.0: scim2-tester whole, the habits of Okta and Entra ID, and what a push makes of a person."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import SCIMException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.service import ScimService
from scim2_tester import Status, check_server
from werkzeug.test import TestResponse

from lrs_bridge.domain.periods import Period
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import create_credential
from lrs_bridge.services.import_roster import import_roster, roster_history
from lrs_bridge.services.scim_models import scim_provider
from lrs_bridge.services.scim_quirks import put_right
from lrs_bridge.services.scim_users import ScimUsers
from lrs_bridge.storage.people import person_key, person_records
from lrs_bridge.storage.rosters import known_people
from tests.callers import bridge_of

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
EMPLOYMENT = "urn:lrs-bridge:scim:schemas:extension:employment:1.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()


def user(number: str = "000123", **more: Any) -> dict[str, Any]:
    name = {"givenName": "Ann", "familyName": "Able"}
    return {"schemas": [CORE], "userName": f"u{number}@example.com", "name": name, "active": True,
            ENTERPRISE: {"employeeNumber": number}} | more  # fmt: skip


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


class Provider:
    """An identity provider that pushes into a bridge, on a day of the test's choosing."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge, self.at, self.service = bridge, NOW, ScimService(scim_provider())

    def send(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """What is answered; a refusal as its status and words."""
        asked = ScimRequest(method, "https://bridge.example.com/scim/v2", path, query)
        asked.body = put_right(orjson.dumps(body)) if body is not None else b""
        users = ScimUsers(self.bridge, "SCIM okta", at=self.at, writes=method != "GET")
        try:
            return ScimHandler(self.service, users).handle(asked).body
        except SCIMException as error:
            return error.status, str(error)

    def make(self, number: str = "000123", **more: Any) -> Any:
        return self.send("POST", "/Users", user(number, **more))

    def change(self, *operations: dict[str, Any], number: str = "000123") -> Any:
        refused = self.send("PATCH", f"/Users/{number}", patch(*operations))
        return refused or self.get(number)

    def get(self, number: str = "000123") -> Any:
        return self.send("GET", f"/Users/{number}")

    def person(self, number: str = "000123") -> Any:
        with self.bridge.database.reading() as connection:
            return known_people(connection).get(number)

    def spells(self, number: str = "000123") -> list[Period]:
        return [spell.period for spell in self.person(number).spells]

    def absences(self, known_at: datetime | None = None) -> list[tuple[date, date | None, str]]:
        key = person_key("000123")
        with self.bridge.database.reading() as connection:
            found = person_records(connection, [key], known_at=known_at)[key].absences
        return [(absence.period.first, absence.period.last, absence.kind) for absence in found]


@pytest.fixture
def provider(bridge: Bridge) -> Provider:
    return Provider(bridge)


@pytest.fixture
def on_sqlite(app: Flask) -> Provider:
    """For tables of what is read, which no database changes."""
    return Provider(bridge_of(app))


# --- the whole of it, over HTTP


def test_scim2_tester_is_content(app: Flask) -> None:
    made, secret = create_credential(bridge_of(app), "tester", ["scim"])
    headers = {"Authorization": f"Bearer {made.key}.{secret}"}
    client = WSGISCIMClient(app=app, base_url="http://localhost:5000/scim/v2", headers=headers)
    results = check_server(client)
    assert [result for result in results if result.status is not Status.SUCCESS] == []
    assert len(results) > 90


def ask(app: Flask, method: str, path: str, authorization: str = "", **more: Any) -> TestResponse:
    headers = {"Authorization": authorization} if authorization else {}
    return app.test_client().open(f"/scim/v2{path}", method=method, headers=headers, **more)


def doors(app: Flask) -> Iterator[tuple[str, str, int]]:
    """Who may come in: in words, the header, the status."""
    made, secret = create_credential(bridge_of(app), "okta", ["scim"])
    other, other_secret = create_credential(bridge_of(app), "lms", ["all", "packages"])
    yield "nobody", "", 401
    yield "bearer", f"Bearer {made.key}.{secret}", 200
    yield "wrong secret", f"Bearer {made.key}.{secret}x", 401
    yield "no secret", f"Bearer {made.key}", 401
    yield "another scope", f"Bearer {other.key}.{other_secret}", 403


def test_only_a_credential_with_its_own_scope_comes_in(app: Flask) -> None:
    for words, authorization, status in doors(app):
        answer = ask(app, "GET", "/Users", authorization)
        assert (words, answer.status_code) == (words, status)
        assert answer.mimetype == "application/scim+json"
        if status != 200:
            assert answer.get_json()["status"] == str(status)
            assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert ask(app, "GET", "/ServiceProviderConfig").status_code == 200, "what it can do, anybody may read"
    made, secret = create_credential(bridge_of(app), "basic", ["scim"])
    assert app.test_client().get("/scim/v2/Users", auth=(made.key, secret)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/Groups", None, 404),
        ("GET", "/Users/nobody", None, 404),
        ("DELETE", "/Users", None, 405),
        ("GET", "/Me", None, 501),
        ("POST", "/Users", b"{", 400),
        ("POST", "/Users", b"[]", 400),
        ("POST", "/Users", b'{"schemas":["%s"]}' % CORE.encode(), 400),
        ("GET", "/Users?filter=userName%20is%20x", None, 400),
        ("PATCH", "/Users/nobody", orjson.dumps(patch({"op": "remove", "path": "title"})), 404),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_scim(
    app: Flask, method: str, path: str, body: bytes | None, status: int
) -> None:
    made, secret = create_credential(bridge_of(app), "okta", ["scim"])
    answer = ask(app, method, path, f"Bearer {made.key}.{secret}", data=body, content_type="application/scim+json")
    assert (answer.status_code, answer.mimetype) == (status, "application/scim+json")
    assert answer.get_json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_etags(app: Flask) -> None:
    made, secret = create_credential(bridge_of(app), "okta", ["scim"])
    client = app.test_client()
    auth = {"auth": (made.key, secret)}
    created = client.post("/scim/v2/Users", json=user(), **auth)
    assert (created.status_code, created.headers["Location"]) == (201, "http://localhost:5000/scim/v2/Users/000123")
    tag = created.headers["ETag"]
    assert client.get("/scim/v2/Users/000123", headers={"If-None-Match": tag}, **auth).status_code == 304
    other = patch({"op": "replace", "path": "title", "value": "Adviser"})
    assert client.patch("/scim/v2/Users/000123", json=other, headers={"If-Match": tag}, **auth).status_code == 204
    assert client.patch("/scim/v2/Users/000123", json=other, headers={"If-Match": tag}, **auth).status_code == 412
    import_roster(bridge_of(app), b"employee_id,given_name,family_name,hire_date,job_title\n"
                  b"000123,Ann,Able,2020-01-06,Lead\n", source="r.csv", kind="delta")  # fmt: skip
    fresh = client.get("/scim/v2/Users/000123", headers={"If-None-Match": tag}, **auth)
    assert (fresh.status_code, fresh.get_json()["title"]) == (200, "Lead"), "a roster changes the User too"


# --- what becomes of a person


def test_a_push_reaches_every_column(provider: Provider) -> None:
    provider.make("000068")
    made = provider.make(
        title="Adviser",
        userType="employee",
        timezone="Europe/London",
        emails=[{"value": "old@example.com"}, {"value": "Ann@Example.COM", "type": "work"}],
        **{
            ENTERPRISE: {"employeeNumber": "000123", "department": "Sales", "manager": {"value": "000068"}},
            EMPLOYMENT: {"hireDate": "2020-01-06", "terminationDate": "2026-12-31", "jobCode": "ADV01",
                         "location": "Leeds", "country": "gb", "lmsAccount": "58"},
        },
    )  # fmt: skip
    assert made["id"] == "000123"
    assert made[ENTERPRISE]["manager"] == {"value": "000068"}
    person = provider.person()
    assert (person.name, person.email, person.lms_account) == ("Ann Able", "Ann@example.com", "58")
    assert person.time_zone == "Europe/London"
    job = person.job
    assert (job.manager_id, job.department, job.job_code, job.job_title) == ("000068", "Sales", "ADV01", "Adviser")
    assert (job.location, job.country, job.worker_type) == ("Leeds", "GB", "employee")
    assert provider.spells() == [Period(date(2020, 1, 6), date(2026, 12, 31))]
    newest = roster_history(provider.bridge)[0]
    assert (newest.source, newest.kind, newest.outcome, newest.problems) == ("SCIM okta", "push", "applied", [])


def test_leaving_and_coming_back(provider: Provider) -> None:
    provider.make(**{EMPLOYMENT: {"hireDate": "2020-01-06"}})
    off, on = ({"op": "replace", "path": "active", "value": value} for value in (False, True))
    assert provider.change(off)["active"] is False
    first = Period(date(2020, 1, 6), TODAY)
    assert provider.spells() == [first]
    assert provider.change(on)["active"] is True
    assert provider.spells() == [Period(date(2020, 1, 6))], "on the same day it was a slip"
    provider.change(off)
    provider.at += 30 * DAY
    assert provider.change(on)["active"] is True
    assert provider.spells() == [first, Period(TODAY + 30 * DAY)], "later it is a new employment"
    provider.at += DAY
    assert provider.send("DELETE", "/Users/000123") is None
    assert provider.get()[0] == 404
    assert provider.spells() == [first, Period(TODAY + 30 * DAY, TODAY + 31 * DAY)], "the history stays"
    provider.at += DAY
    assert provider.make()["id"] == "000123", "the same person under the same id"
    assert len(provider.spells()) == 3


def test_an_account_made_before_the_first_day(provider: Provider) -> None:
    provider.make(active=False)
    assert provider.person() is None
    provider.change({"op": "replace", "path": f"{EMPLOYMENT}:hireDate", "value": "2026-04-01"})
    assert provider.spells() == [Period(date(2026, 4, 1))]
    assert provider.get()["active"] is False
    provider.change({"op": "replace", "path": "active", "value": True})
    provider.change({"op": "replace", "path": "active", "value": False})
    assert provider.spells() == [], "cancelled: they never worked here"


def test_absences(provider: Provider) -> None:
    away = [{"firstDay": "2026-03-02", "lastDay": "2026-03-06", "kind": "sick"},
            {"firstDay": "2026-06-01", "kind": "maternity leave"}]  # fmt: skip
    made = provider.make(**{EMPLOYMENT: {"absences": away}})
    assert [one["kind"] for one in made[EMPLOYMENT]["absences"]] == ["short", "long"], "why is HR's secret"
    both = [(date(2026, 3, 2), date(2026, 3, 6), "short"), (date(2026, 6, 1), None, "long")]
    assert provider.absences() == both
    provider.at += DAY
    provider.change({"op": "remove", "path": f'{EMPLOYMENT}:absences[firstDay eq "2026-03-02"]'})
    assert provider.absences() == both[1:]
    assert provider.absences(known_at=NOW) == both, "what was believed stays readable"


def test_a_roster_and_pushes_side_by_side(provider: Provider) -> None:
    rows = b"000123,Ann,Able,2020-01-06,Sales,000001,ann@example.com\n000001,Bo,Boss,2015-01-05,,,\n"
    head = b"employee_id,given_name,family_name,hire_date,department,manager_id,email\n"
    import_roster(provider.bridge, head + rows, source="r.csv", as_of=TODAY - DAY)
    made = provider.send("POST", "/Users", {"schemas": [CORE], "userName": "ANN@example.com", "active": True,
                                            "emails": [{"value": "ann@example.com", "primary": True}]})  # fmt: skip
    assert made["id"] == "000123", "recognised by the address, without a number"
    assert provider.person().job.department == "Sales", "what the provider leaves out stays"
    assert provider.person().name == "Ann Able"
    provider.change({"op": "replace", "path": "title", "value": "Adviser"})
    import_roster(provider.bridge, head + rows.replace(b"Sales", b"Support"), source="r.csv", as_of=TODAY)
    assert provider.get()[ENTERPRISE]["department"] == "Support"
    provider.at += DAY
    provider.change({"op": "replace", "path": "title", "value": "Lead"})
    assert (provider.person().job.department, provider.person().job.job_title) == ("Support", "Lead")
    left = rows.splitlines(keepends=True)[1]
    import_roster(provider.bridge, head + left, source="r.csv", as_of=TODAY, accept=["shrunk", "leavers"])
    provider.at += DAY
    assert provider.get()["active"] is False, "HR's file said that they left"


def test_lines_that_lead_nowhere_are_reported(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    provider.make("000068")
    provider.at += DAY
    provider.make(**{ENTERPRISE: {"employeeNumber": "000123", "manager": {"value": "nobody"}}})
    assert "is unowned: the manager nobody" in roster_history(provider.bridge)[0].problems[0]
    provider.at += DAY
    provider.change({"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": "u000068@EXAMPLE.com"}})
    assert provider.person().job.manager_id == "000068", "by what the manager signs in with"
    assert roster_history(provider.bridge)[0].problems == []
    provider.at += DAY
    provider.change({"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": "000123"}}, number="000068")
    (problem,) = roster_history(provider.bridge)[0].problems
    assert "the managers form a loop: 000068 → 000123 → 000068" in problem
    assert "SCIM okta/000068:manager_id" in caplog.text


REFUSED = [
    ({"timezone": "Mars/Phobos"}, 400, "is not a known time zone"),
    ({"emails": [{"value": "ann"}]}, 400, "is not an e-mail address"),
    ({EMPLOYMENT: {"country": "Germany", "hireDate": "03/04/2026"}}, 400, "country code.*which part is the day"),
    ({EMPLOYMENT: {"hireDate": "2026-02-01", "terminationDate": "2026-01-01"}}, 400, "is before hireDate"),
    ({EMPLOYMENT: {"absences": [{"firstDay": "2026-03-02", "lastDay": "2026-03-01", "kind": "sick"}]}}, 400,
     "before it starts"),
    ({EMPLOYMENT: {"absences": [{"firstDay": "2026-03-02", "kind": "long"},
                                {"firstDay": "2026-04-02", "kind": "long"}]}}, 400, "overlap"),
    ({ENTERPRISE: {"employeeNumber": "1,23E+05"}}, 400, "cannot be the id"),
    ({ENTERPRISE: {"employeeNumber": "a/b"}}, 400, "cannot be the id"),
    ({EMPLOYMENT: {"lmsAccount": "58"}}, 409, "lmsAccount 58 is that of 000068"),
    ({"userName": "U000068@example.com"}, 409, "is that of another User"),
    ({ENTERPRISE: {"employeeNumber": "000068"}}, 409, "There is a User 000068"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "status", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_a_push_that_cannot_be_is_refused_whole(
    on_sqlite: Provider, more: dict[str, Any], status: int, words: str
) -> None:
    on_sqlite.make("000068", **{EMPLOYMENT: {"lmsAccount": "58"}})
    refused = on_sqlite.make(**more)
    assert refused[0] == status
    assert re.search(words, refused[1]), refused[1]
    assert on_sqlite.person() is None
    assert on_sqlite.get()[0] == 404


def test_another_number_makes_nobody_another(provider: Provider) -> None:
    provider.make("000068")
    provider.make()
    refused = provider.change({"op": "replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "000068"})
    assert (refused[0], "merge the two" in refused[1]) == (409, True)
    changed = provider.change({"op": "replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "000999"})
    assert (changed["id"], changed[ENTERPRISE]["employeeNumber"]) == ("000123", "000999")
    assert (provider.person("000999"), provider.person().employee_id) == (None, "000123")


# --- the habits of providers

ENTRA_OFF = {"op": "Replace", "path": "active", "value": "False"}
QUIRKS = {
    "Entra ID: active as a text": ([ENTRA_OFF], {"active": False}),
    "Entra ID: active as a text, without a path": (
        [{"op": "Replace", "value": {"active": "False"}}], {"active": False}
    ),
    "Entra ID: an address that is not there yet": (
        [{"op": "Add", "path": 'emails[type eq "work"].value', "value": "new@example.com"}],
        {"emails": [{"type": "work", "value": "new@example.com"}]},
    ),
    "Entra ID: primary as a text": (
        [{"op": "Add", "path": "emails", "value": [{"value": "new@example.com", "primary": "True"}]}],
        {"emails": [{"value": "new@example.com", "primary": True}]},
    ),
    "Entra ID: a manager as a bare id": (
        [{"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "000068"}],
        {ENTERPRISE: {"employeeNumber": "000123", "manager": {"value": "000068"}}},
    ),
    "Entra ID: paths as names of members": (
        [{"op": "Replace", "value": {"name.familyName": "Baker", f"{ENTERPRISE}:department": "Sales"}}],
        {"name": {"givenName": "Ann", "familyName": "Baker"},
         ENTERPRISE: {"employeeNumber": "000123", "department": "Sales"}},
    ),
    "Entra ID: attributes that are not kept": (
        [{"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "555"},
         {"op": "Add", "path": 'addresses[type eq "work"].formatted', "value": "x"},
         {"op": "Replace", "path": "title", "value": "Lead"}],
        {"title": "Lead"},
    ),
    "Entra ID: an attribute of our own extension": (
        [{"op": "Add", "path": f"{EMPLOYMENT}:country", "value": "DE"}], {EMPLOYMENT: {"country": "DE"}},
    ),
    "Okta: active, without a path": ([{"op": "replace", "value": {"active": False}}], {"active": False}),
    "Okta: many at once, without a path": (
        [{"op": "replace", "value": {"title": "Lead", "name": {"familyName": "Baker"}, "groups": [], "password": "x"}}],
        {"title": "Lead", "name": {"givenName": "Ann", "familyName": "Baker"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("operations", "expected"), QUIRKS.values(), ids=QUIRKS)
def test_habits_of_providers(on_sqlite: Provider, operations: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    on_sqlite.make("000068")
    on_sqlite.make()
    changed = on_sqlite.change(*operations)
    assert {name: changed.get(name) for name in expected} == expected


def test_a_put_of_okta(on_sqlite: Provider) -> None:
    on_sqlite.make(**{EMPLOYMENT: {"lmsAccount": "58"}})
    whole = user(title="Lead", active="true", locale="en-US", groups=[], phoneNumbers=[{"value": "1"}], id="000123")
    put = on_sqlite.send("PUT", "/Users/000123", whole)
    assert (put["title"], put["active"], "phoneNumbers" in put) == ("Lead", True, False)
    assert on_sqlite.person().lms_account == "58", "an account that is left out is kept: others may need it"


def test_bulk(provider: Provider) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("000001", active="True")},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("000002", timezone="Mars")},
        {"method": "POST", "path": "/Users", "bulkId": "c",
         "data": user(**{ENTERPRISE: {"employeeNumber": "000123", "manager": {"value": "bulkId:a"}}})},
        {"method": "PATCH", "path": "/Users/000001", "data": patch(ENTRA_OFF)},
    ]  # fmt: skip
    schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    answered = provider.send("POST", "/Bulk", {"schemas": [schema], "Operations": operations})
    assert [one["status"] for one in answered["Operations"]] == ["201", "400", "201", "200"]
    assert provider.person().job.manager_id == "000001"
    assert provider.spells("000001") == [Period(TODAY, TODAY)]


FILTERS = [
    ('userName eq "U000001@example.com"', ["000001"]),
    ('externalId eq "x-2"', ["000002"]),
    ('externalId eq "X-2"', []),
    (f'{ENTERPRISE}:employeeNumber eq "000003"', ["000003"]),
    ('emails[type eq "work" and value co "two"]', ["000002"]),
    ('emails.value eq "two@example.com"', ["000002"]),
    ('userName sw "u00000" and active eq false', ["000003"]),
    ('userName sw "u00000" and not (active eq false)', ["000001", "000002"]),
    ('title pr or name.familyName co "BL"', ["000001", "000002", "000003"]),
    ("title pr", ["000002"]),
    ('userName eq "nobody"', []),
    (f'{EMPLOYMENT}:country eq "DE"', ["000002"]),
]


def staffed(provider: Provider) -> Provider:
    provider.make("000001")
    provider.make("000002", externalId="x-2", title="Lead", emails=[{"type": "work", "value": "two@example.com"}],
                  **{EMPLOYMENT: {"country": "DE"}})  # fmt: skip
    provider.make("000003", active=False)
    return provider


def test_filters(provider: Provider) -> None:
    staffed(provider)
    for wanted, expected in FILTERS:
        found = provider.send("GET", "/Users", filter=wanted)
        assert (wanted, [one["id"] for one in found.get("Resources", [])]) == (wanted, expected)
        assert found["totalResults"] == len(expected)


PAGES: list[tuple[dict[str, str], int, list[str]]] = [
    ({}, 3, ["000001", "000002", "000003"]),
    ({"startIndex": "2", "count": "1"}, 3, ["000002"]),
    ({"count": "0"}, 3, []),
    ({"startIndex": "9"}, 3, []),
    ({"sortBy": "userName", "sortOrder": "descending", "count": "2"}, 3, ["000003", "000002"]),
    ({"filter": "name pr", "startIndex": "2", "count": "5"}, 3, ["000002", "000003"]),
]


def test_pages_and_order(on_sqlite: Provider) -> None:
    provider = staffed(on_sqlite)
    for query, total, expected in PAGES:
        found = provider.send("GET", "/Users", **query)
        assert (query, [one["id"] for one in found.get("Resources", [])]) == (query, expected)
        assert found["totalResults"] == total
