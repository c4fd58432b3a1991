"""Evidence on each database: one record, one statement, one fact; corrected, withdrawn, and known when it was known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import NotFound, RequestRefused, RosterRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.evidence_records import EvidenceQuery, EvidenceRecord, list_evidence, withdraw_evidence
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.services.record_evidence import EvidenceReport, import_evidence
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.schema.base import MICROSECOND
from lrs_bridge.storage.schema.compliance import learning_fact
from lrs_bridge.storage.schema.statements import statement, unmatched
from tests.statements import recorder, voiding

M1, M2, CALL = (f"https://learn.example.com/{name}" for name in ("m1", "m2", "call"))
ROSTER = b"""\
employee_id,given_name,family_name,lms_account,manager_id,department,time_zone,hire_date
001,Ada,Boss,1,,Board,Europe/London,2010-01-04
000123,Sam,Okoro,58,001,Sales,Asia/Tokyo,2020-02-03
000124,Li,Wei,,001,Sales,,2020-02-03
"""
REQUIREMENTS = f"""
[[requirement]]
id = "security"
title = "Security"
due = {{ fixed = 2026-03-31 }}
min_notice_days = 0
renewal = {{ months = 12 }}
[[requirement.module]]
activity = "{M1}"
equivalents = [ {{ certificate = "ISO 27001" }} ]

[[requirement]]
id = "calls"
title = "First call"
due = {{ fixed = 2026-03-31 }}
min_notice_days = 0
[[requirement.module]]
activity = "{CALL}"
mastery = 0.7
criteria = [ {{ id = "greeting", minimum = 0.5 }}, {{ id = "law", weight = 3 }} ]
""".encode()
HEADER = "employee_id,kind,activity,date,outcome,score,criteria,assessor,valid_until,external_id,title"
WORKSHOP = f"000123,workshop,{M1},2026-03-02,passed,80%,,Dr Ray Lee,,,Passwords"
CERTIFICATE = "000124,certificate,ISO 27001,2026-01-15,,,,,2026-06-30,C-9,"
ASSESSED = f"000123,assessment,{CALL},2026-03-03,,,greeting=0.8;law=0.7,001,,,"


@pytest.fixture
def company(bridge: Bridge) -> Bridge:
    import_roster(bridge, ROSTER, source="roster.csv")
    import_requirements(bridge, REQUIREMENTS, source="requirements.toml")
    return bridge


def load(bridge: Bridge, *rows: str) -> EvidenceReport:
    return import_evidence(bridge, "\n".join([HEADER, *rows]).encode(), source="evidence.csv", by="HR office")


def counts(report: EvidenceReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.left_out


def records(bridge: Bridge, **wanted: Any) -> list[EvidenceRecord]:
    return list_evidence(bridge, OPERATOR, EvidenceQuery(**wanted)).items


def statement_of(bridge: Bridge, record_id: UUID) -> dict[str, Any]:
    with bridge.database.reading() as connection:
        found: dict[str, Any] = orjson.loads(
            connection.scalar(sa.select(statement.c.raw).where(statement.c.id == record_id)) or b"{}"
        )
    return found


def rows(bridge: Bridge, table: sa.Table) -> list[Any]:
    with bridge.database.reading() as connection:
        return list(connection.execute(sa.select(table)))


def status(bridge: Bridge, employee_id: str, requirement: str = "security", **query: Any) -> tuple[str, str, Any]:
    feed = compliance_feed(bridge, OPERATOR, FeedQuery(requirement=requirement, **query))
    (row,) = [row for row in feed.rows if row.employee_id == employee_id]
    return row.status, ",".join(row.evidence), row.last_valid_day


def test_a_record_is_one_statement_and_one_fact(company: Bridge) -> None:
    report = load(company, WORKSHOP, CERTIFICATE, ASSESSED)
    assert counts(report) == (3, 0, 0, 0)
    assert report.problems == ()
    workshop, certificate, assessed = (statement_of(company, key) for key in report.ids)
    assert workshop["actor"]["account"] == {"homePage": "https://lms.example.com", "name": "58"}
    assert workshop["timestamp"] == "2026-03-02T03:00:00.000Z"  # noon in Tokyo
    assert workshop["verb"]["id"].endswith("/passed")
    assert workshop["result"] == {"completion": True, "success": True, "score": {"scaled": 0.8}}
    assert workshop["context"]["instructor"]["account"]["name"] == "Dr Ray Lee"
    kinds = [one["context"]["contextActivities"]["category"][0]["id"] for one in (workshop, certificate, assessed)]
    assert [kind.rpartition("/")[2] for kind in kinds] == ["workshop", "certificate", "assessment"]
    assert certificate["actor"]["account"]["name"] == "000124"  # a house account: the LMS knows none
    assert certificate["object"]["id"] == "urn:lrs-bridge:certificate:ISO%2027001"
    ours = "https://lrs-bridge.dev/xapi/extensions"
    assert certificate["result"]["extensions"] == {f"{ours}/valid-until": "2026-06-30"}
    assert assessed["context"]["instructor"]["account"]["name"] == "1"
    assert assessed["result"]["extensions"][f"{ours}/criteria"] == [
        {"criterion": "greeting", "grade": 0.8},
        {"criterion": "law", "grade": 0.7},
    ]
    facts = {fact.statement_id: fact for fact in rows(company, learning_fact)}
    assert set(facts) == set(report.ids)
    assert rows(company, unmatched) == []
    assert {(fact.kind, fact.outcome, fact.expires) for fact in facts.values()} == {
        ("workshop", "passed", None),
        ("certificate", "passed", date(2026, 6, 30)),
        ("assessment", "passed", None),
    }
    assert facts[report.ids[2]].score_scaled == pytest.approx(0.725)


def test_it_counts_in_the_feed_and_a_certificate_ends_when_it_says(company: Bridge) -> None:
    workshop, certificate, assessed = load(company, WORKSHOP, CERTIFICATE, ASSESSED).ids
    on = {"as_of": date(2026, 3, 20)}
    assert status(company, "000123", **on) == ("compliant", str(workshop), date(2027, 3, 1))
    assert status(company, "000123", "calls", **on) == ("compliant", str(assessed), None)
    assert status(company, "000124", **on) == ("compliant", str(certificate), date(2026, 6, 30))
    assert status(company, "000124", as_of=date(2026, 7, 1))[0] == "missing"


def test_imported_again_it_changes_nothing(company: Bridge) -> None:
    first = load(company, WORKSHOP, CERTIFICATE, ASSESSED)
    before = len(rows(company, statement))
    again = load(company, ASSESSED, WORKSHOP, CERTIFICATE)
    assert counts(again) == (0, 0, 3, 0)
    assert set(again.ids) == set(first.ids)
    assert (len(rows(company, statement)), len(records(company))) == (before, 3)


def test_a_changed_row_withdraws_the_old_record_and_records_the_new(company: Bridge) -> None:
    (old,) = load(company, WORKSHOP).ids
    report = load(company, WORKSHOP.replace("passed,80%", "failed,40%"))
    assert counts(report) == (0, 1, 0, 0)
    (standing,) = records(company)
    assert (standing.id, standing.outcome) == (report.ids[0], "failed")
    (gone,) = [one for one in records(company, withdrawn=True) if one.id == old]
    assert (gone.replaced_by, gone.because, gone.withdrawn_by) == (standing.id, "replaced by evidence.csv", "HR office")
    assert status(company, "000123")[0] == "missing"
    back = load(company, WORKSHOP)  # right after all: a third record, not the first one again
    assert counts(back) == (0, 1, 0, 0)
    assert back.ids[0] not in {old, standing.id}
    assert status(company, "000123", as_of=date(2026, 3, 20))[:2] == ("compliant", str(back.ids[0]))


def test_an_external_id_names_the_record_whatever_else_changes(company: Bridge) -> None:
    load(company, CERTIFICATE)
    report = load(company, CERTIFICATE.replace("000124", "000123").replace("2026-01-15", "2026-01-16"))
    assert counts(report) == (0, 1, 0, 0)
    assert [(one.employee_id, one.day) for one in records(company)] == [("000123", date(2026, 1, 16))]


def test_withdrawn_it_stays_readable_and_is_not_imported_again(company: Bridge) -> None:
    (record_id,) = load(company, WORKSHOP).ids
    assert status(company, "000123", as_of=date(2026, 3, 20))[0] == "compliant"
    gone = withdraw_evidence(company, OPERATOR, record_id, because="wrong list", by="Ada, HR")
    assert (gone.because, gone.withdrawn_by, gone.replaced_by) == ("wrong list", "Ada, HR", None)
    assert gone.withdrawn
    assert status(company, "000123", as_of=date(2026, 3, 20))[0] == "missing"
    again = load(company, WORKSHOP)
    assert counts(again) == (0, 0, 0, 1)
    assert "was withdrawn by Ada, HR: wrong list" in again.problems[0].reason
    assert records(company) == []
    before = gone.withdrawn - MICROSECOND
    assert [one.id for one in records(company, known_at=before)] == [record_id]
    assert status(company, "000123", as_of=date(2026, 3, 20), known_at=before)[0] == "compliant"
    with pytest.raises(RequestRefused, match="is withdrawn already: wrong list"):
        withdraw_evidence(company, OPERATOR, record_id, because="again", by="HR")
    with pytest.raises(NotFound):
        withdraw_evidence(company, OPERATOR, uuid4(), because="none such", by="HR")
    with pytest.raises(RequestRefused):
        withdraw_evidence(company, OPERATOR, record_id, because=" ", by="HR")


def test_voiding_the_statement_withdraws_the_evidence(company: Bridge) -> None:
    (record_id,) = load(company, WORKSHOP).ids
    record_statements(company, [voiding(str(record_id))], by=recorder())
    assert records(company) == []
    assert records(company, withdrawn=True)[0].because == "Its statement was voided"
    assert status(company, "000123")[0] == "missing"


def test_what_was_learned_late_counts_from_then_on(company: Bridge) -> None:
    before = datetime.now(UTC)
    (record_id,) = load(company, WORKSHOP).ids
    recorded = records(company)[0].recorded
    on = date(2026, 3, 20)
    assert recorded >= before
    for known_at, expected in (
        (before, "missing"),
        (recorded - MICROSECOND, "missing"),
        (recorded, "compliant"),
        (recorded + timedelta(days=1), "compliant"),
    ):
        assert status(company, "000123", as_of=on, known_at=known_at)[0] == expected, known_at
        listed = [one.id for one in records(company, known_at=known_at)]
        assert listed == ([record_id] if expected == "compliant" else [])


def test_a_house_account_belongs_to_nobody_else(company: Bridge) -> None:
    """Somebody else's statement under that name is not that person's."""
    load(company, CERTIFICATE)
    actor = ActorKey.of_account(company.settings.public_url, "000124").as_actor()
    other = {"actor": actor, "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}, "object": {"id": M1}}
    record_statements(company, [other | {"timestamp": "2026-03-01T10:00:00Z"}], by=recorder())
    assert len(rows(company, learning_fact)) == 1


TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date()
BAD = [
    (WORKSHOP.replace("000123", "123"), "employee_id", "123 is in no roster; 000123 may be meant"),
    (WORKSHOP.replace("2026-03-02", str(TOMORROW)), "date", f"{TOMORROW} is still to come"),
    (WORKSHOP.replace("passed", ""), "outcome", "outcome is empty, and there are no grades that decide it"),
    (ASSESSED.replace("greeting=0.8;law=0.7", ""), "criteria", "the grades are missing: greeting, law"),
    (ASSESSED.replace("law=0.7", "speed=0.7"), "criteria", "speed is not a criterion of this assessment"),
    (ASSESSED.replace(",,,greeting=0.8", ",passed,,greeting=0.4"), "outcome", "below the required level: greeting"),
    (ASSESSED.replace(",,,greeting=0.8", ",passed,,greeting=0.6").replace("law=0.7", "law=0.5"), "outcome",
     "says passed, but the grades come to failed: 0.525 is below the mastery of 0.7"),
    (ASSESSED.replace(",,,greeting", ",,0.9,greeting"), "score", "is 0.9, but the grades come to 0.725"),
]  # fmt: skip


def numbered(row: str, number: int) -> str:
    cells = row.split(",")
    return ",".join([*cells[:9], f"X-{number}", *cells[10:]])


def test_bad_rows_are_told_at_once_and_nothing_is_half_applied(company: Bridge) -> None:
    with pytest.raises(RosterRefused) as caught:
        load(company, CERTIFICATE, *(numbered(row, number) for number, (row, _, _) in enumerate(BAD)))
    assert [problem.place for problem in caught.value.problems if problem.severity == "error"] == [
        f"evidence.csv:{number}:{column}" for number, (_, column, _) in enumerate(BAD, 3)
    ]
    for problem, (_, _, words) in zip(caught.value.problems, BAD, strict=True):
        assert words in problem.reason
    assert (records(company), rows(company, statement)) == ([], [])


def test_what_nobody_asks_for_is_a_warning(company: Bridge) -> None:
    report = load(company, WORKSHOP.replace(M1, M2).replace("Dr Ray Lee", "000999"))
    assert [(one.severity, one.place) for one in report.problems] == [
        ("warning", "evidence.csv:2:activity"),
        ("warning", "evidence.csv:2:assessor"),
    ]
    assert f"no requirement asks for {M2}" in report.problems[0].reason
    assert "000999 is in no roster, and was taken for a name" in report.problems[1].reason


def test_lists_filter_page_and_sort(company: Bridge) -> None:
    load(company, WORKSHOP, CERTIFICATE, ASSESSED)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["assessment", "workshop", "certificate"]),
        ({"sort": "kind"}, ["assessment", "certificate", "workshop"]),
        ({"sort": "employee_id", "kind": "certificate"}, ["certificate"]),
        ({"employee_id": "000123"}, ["assessment", "workshop"]),
        ({"activity": M1}, ["workshop"]),
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 2)}, ["workshop"]),
        ({"limit": 1, "offset": 1}, ["workshop"]),
    ]
    for wanted, kinds in cases:
        assert [one.kind for one in records(company, **wanted)] == kinds, wanted
    assert list_evidence(company, OPERATOR, EvidenceQuery(limit=1)).total == 3
    with pytest.raises(RequestRefused) as caught:
        records(company, kind="seminar", sort="name", limit=0, offset=-1)
    assert [problem.place for problem in caught.value.problems] == ["kind", "sort", "limit", "offset"]
