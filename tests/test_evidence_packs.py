"""Evidence packs: what is in them, for whom, and that the same question has the same bytes after any correction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from lxml import html
from werkzeug.test import TestResponse

from lrs_bridge.services.exemptions import ExemptionQuery, list_exemptions, withdraw_exemption
from lrs_bridge.services.import_absences import import_absences
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.install_package import remove_package
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.database import now
from lrs_bridge.storage.evidence_packs import settled_through
from lrs_bridge.storage.schema.compliance import lease
from tests.callers import Caller, bridge_of
from tests.proven_company import COURSE, Proven, files_of, listing, opened_proven
from tests.servers import PostgreSQL
from tests.statements import HOME_PAGE, recorder, voiding
from tests.training_company import ABSENCES, TODAY, opened_bridge, roster


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proven]:
    with opened_proven(tmp_path_factory.mktemp("packs")) as opened:
        yield opened


@pytest.fixture
def proven_on_each(tmp_path: Path, database_url: str) -> Iterator[Proven]:
    with opened_proven(tmp_path, database_url) as opened:
        yield opened


def ask(proven: Proven, who: str, query: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {proven.company.readers[who][1]}"}
    return proven.company.app.test_client().get(f"/evidence-packs?{query}", headers=headers, buffered=True)


# --- what is in it


def test_a_status_with_the_statements_that_show_it(proven: Proven) -> None:
    pack = proven.pack(person="011")
    files = files_of(pack)
    (status,) = [one for one in listing(pack, "statuses") if one["requirement"] == "course"]
    (module,) = status["modules"]
    assert (status["status"], status["requirement_version"], module["judged_by"]) == ("compliant", 1, 1)
    assert (module["title"], module["done"]) == ("The module", TODAY.isoformat())
    version = json.loads(files["requirements/course/1.json"])
    assert version["modules"][0]["mastery"] == 0.8
    told = {one["id"]: one for one in listing(pack, "statements")}
    assert len(told) == 3  # the course, and two of security
    caller = Caller.of(proven.company.app)
    for key, one in told.items():
        assert one["employee_id"] == "011"
        assert files[one["file"]] == caller.get(statementId=key).data.rstrip(b"\n")


def test_whose_the_statements_are(proven: Proven) -> None:
    (known,) = listing(proven.pack(person="011"), "identities")
    assert (known["employee_id"], known["ifi"], known["tier"]) == ("011", f"{HOME_PAGE} 011", "A")
    assert listing(proven.pack(person="012"), "identities") == []  # who has shown nothing


def test_log_on_evidence(proven: Proven) -> None:
    (launch,) = listing(proven.pack(requirement="course"), "launches")
    made = proven.launch
    expected = {
        "employee_id": "011", "activity": made["activity"], "registration": made["registration"],
        "launch": made["launch"], "requested_by": made["asked_by"], "package": "M1",
        "package_sha256": proven.package.sha256, "actor": made["actor"],
    }  # fmt: skip
    assert {name: launch[name] for name in expected} == expected
    first, last = launch["commits"]
    assert launch["asked"] < launch["started"] < first["received"] < last["received"] == launch["ended"]
    assert (first["sha256"], last["final"]) == (sha256(b"{}").hexdigest(), True)
    assert first["sha256"] != last["sha256"]
    assert first["statements"]
    assert last["statements"]


def test_packages_rosters_and_exemptions(proven: Proven) -> None:
    pack = proven.pack(manager="001")
    (package,) = listing(pack, "packages")
    assert (package["sha256"], package["in_force"]) == (proven.package.sha256, True)
    assert package["activities"] == [proven.launch["activity"]]
    (file,) = listing(pack, "rosters")
    assert (file["sha256"], file["source"]) == (sha256(roster()).hexdigest(), "roster.csv")
    assert (file["is_last"], file["gates"], len(file["changed"])) == (True, [], 9)
    away, waived = listing(pack, "exemptions")
    assert (away["employee_id"], away["kind"], away["reason"], away["in_force"]) == ("013", "absence", "long", True)
    told = ("employee_id", "kind", "approver", "reason", "last_day")
    assert [waived[name] for name in told] == ["014", "waiver", "HR", "confidential", waived["last_day"]]


def test_reasons_are_told_to_hr_only(proven: Proven) -> None:
    for who in ("auditor", "ann"):
        pack = ask(proven, who, "manager=010").data
        away, waived = listing(pack, "exemptions")
        assert (away["reason"], waived["reason"], waived["approver"]) == ("away", None, "HR")
        assert b"confidential" not in b"".join(files_of(pack).values())
        assert listing(pack, "pack")["reasons"] is False


def test_whom_a_requirement_does_not_mean_is_counted_and_listed_for_programs_only(proven: Proven) -> None:
    pack = proven.pack(requirement="selling")
    page = html.fromstring(files_of(pack)["index.html"])
    people = [row.text_content() for row in page.xpath("//h2[starts-with(.,'Statuses')]/following::tbody[1]/tr")]
    assert len(people) == 3
    counts = [cell.text_content() for cell in page.xpath("(//table)[1]/tbody/tr/td")]
    assert counts == ["Fair selling selling", "1", "2", "0", "0", "1 of 3 (33.3%)", "8"]
    assert len(listing(pack, "statuses")) == 11


def test_the_index_is_for_people_without_scripts_or_a_network(proven: Proven) -> None:
    for query in ({"person": "021"}, {"requirement": "course"}, {"manager": "001"}):
        files = files_of(proven.pack(**query))
        text = files["index.html"].decode()
        page = html.fromstring(text)
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-")
        assert not page.xpath("//script | //img | //link | //iframe | //@style | //*[starts-with(name(@*), 'on')]")
        assert "<b>" not in text  # of the person's name, and of the course's
        links = {str(link) for link in page.xpath("//a/@href")}
        assert {unquote(link) for link in links if not link.startswith("#")} <= files.keys()
        assert {link[1:] for link in links if link.startswith("#")} <= set(page.xpath("//@id"))


# --- the same bytes


def test_the_same_question_has_the_same_bytes(proven_on_each: Proven) -> None:
    proven = proven_on_each
    for query in ({"person": "011"}, {"requirement": "security"}, {"manager": "001"}):
        pack = proven.pack(**query)
        known_at = json.loads(files_of(pack)["manifest.json"])["known_at"]
        assert ask(proven, "hr", "&".join(f"{k}={v}" for k, v in query.items()) + f"&known_at={known_at}").data == pack


def test_a_pack_comes_out_to_the_byte_after_corrections(proven_on_each: Proven) -> None:
    proven = proven_on_each
    bridge, known_at = proven.bridge, now()
    queries: list[dict[str, Any]] = [{"person": "011"}, {"requirement": "course"}, {"manager": "010"}]
    before = [proven.pack(**query, known_at=known_at) for query in queries]
    (status,) = listing(before[1], "statements")
    # the statement, the rule, the package, a name, an absence and a waiver
    record_statements(bridge, [voiding(status["id"])], by=recorder())
    import_requirements(bridge, COURSE.replace("0.8", "0.95").encode(), source="course.toml")
    remove_package(bridge, proven.package.id)
    import_roster(bridge, roster().replace(b"Zoe,Done", b"Zoe,Wed"), source="later.csv")
    import_absences(bridge, ABSENCES.replace(",,long", f",{TODAY},long").encode(), source="absences.csv")
    waiver = list_exemptions(bridge, ExemptionQuery("014"), Slice()).items[0]["id"]
    withdraw_exemption(bridge, waiver, who="Jo", because="forged")
    assert [proven.pack(**query, known_at=known_at) for query in queries] == before
    after = proven.pack(manager="010")
    assert [one["version"] for one in listing(after, "requirements") if one["requirement"] == "course"] == [1, 2]
    assert {one["source"] for one in listing(after, "rosters")} == {"roster.csv", "later.csv"}
    (package,) = listing(after, "packages")
    assert (bool(package["removed"]), package["in_force"]) == (True, False)
    (away,) = listing(after, "exemptions")
    assert away["last_day"] == TODAY.isoformat()
    (zoe,) = [
        one for one in listing(after, "statuses") if (one["employee_id"], one["requirement"]) == ("011", "course")
    ]
    assert (zoe["name"], zoe["status"]) == ("Zoe Wed", "missing")


def test_what_was_known_before_the_launch(proven: Proven) -> None:
    launch = listing(proven.pack(requirement="course"), "launches")[0]
    asked, first, last = launch["asked"], launch["commits"][0]["received"], launch["commits"][1]["received"]
    assert listing(proven.pack(requirement="course", known_at=_at(asked, -1)), "launches") == []
    (begun,) = listing(proven.pack(requirement="course", known_at=_at(first)), "launches")
    assert (begun["ended"], len(begun["commits"]), begun["started"]) == (None, 1, launch["started"])
    (ended,) = listing(proven.pack(requirement="course", known_at=_at(last)), "launches")
    assert ended["ended"] == last


def _at(text: str, more: int = 0) -> datetime:
    return datetime.fromisoformat(text) + timedelta(microseconds=more)


@pytest.mark.postgresql
def test_without_an_instant_it_is_one_that_nobody_still_writes_before(tmp_path: Path, postgresql: PostgreSQL) -> None:
    with opened_bridge(tmp_path, postgresql.new_database()) as app:
        database = bridge_of(app).database
        before = now()
        with database.writing() as writer:
            writer.execute(sa.insert(lease), {"name": "x", "holder": "x", "until": before})
            assert settled_through(database) < now()
            opened = writer.scalar(sa.text("SELECT now()"))
            assert settled_through(database) < opened
        assert settled_through(database) > before


# --- for whom

SCOPE = [
    ("hr", "person=011", 200),
    ("auditor", "person=090", 200),
    ("auditor", "requirement=security", 200),
    ("ann", "person=011", 200),
    ("ann", "person=021", 404),  # of another team
    ("ann", "person=010", 404),  # herself: her own leader answers for her
    ("ann", "person=999", 404),  # nobody at all looks the same
    ("hr", "person=999", 404),
    ("ann", "manager=010", 200),
    ("ann", "manager=020", 404),
    ("ann", "manager=001", 404),
    ("chief", "manager=020", 200),
    ("hr", "manager=011", 404),  # answers for nobody
    ("ann", "requirement=security", 200),
    ("admin", "requirement=security", 403),
    ("hr", "requirement=unknown", 400),
    ("hr", "", 400),
    ("hr", "person=011&requirement=security", 400),
    ("hr", "person=011&as_of=monday", 400),
    ("hr", "person=011&known_at=2999-01-01T00:00:00Z", 400),
    ("hr", "person=011&known_at=2001-01-01T00:00:00Z", 404),
    ("hr", "person=011&colour=red", 400),
]


@pytest.mark.parametrize(("who", "query", "code"), SCOPE, ids=[f"{who} {query}" for who, query, _ in SCOPE])
def test_who_is_given_what(proven: Proven, who: str, query: str, code: int) -> None:
    answer = ask(proven, who, query)
    assert answer.status_code == code, answer.text[:500]
    assert (answer.mimetype == "application/zip") == (code == 200)


def test_a_leader_is_told_of_their_own_people_and_the_pack_says_so(proven: Proven) -> None:
    answer = ask(proven, "ann", f"requirement=security&as_of={TODAY}")
    assert answer.headers["Content-Disposition"].endswith(f"evidence-requirement-security-{TODAY}.zip")
    assert answer.headers["Cache-Control"] == "private, no-store"
    people = {one["employee_id"] for one in listing(answer.data, "statuses")}
    assert people == {"011", "012", "013", "014", "015"}
    assert {name: listing(answer.data, "pack")[name] for name in ("seen_by", "leader")} == {
        "seen_by": "leader", "leader": "010",
    }  # fmt: skip


def test_without_a_token_there_is_nothing(proven: Proven) -> None:
    answer = proven.company.app.test_client().get("/evidence-packs?person=011")
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
