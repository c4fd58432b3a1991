"""Two employee ids of one person: teams, tokens, launches, evidence and lists follow the merge; the past does not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import NotFound
from lrs_bridge.feeds import json_feed
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.services.absence_list import AbsenceQuery, list_absences
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.competencies import CompetencyQuery, competencies
from lrs_bridge.services.compliance_delta import compliance_delta
from lrs_bridge.services.compliance_feed import compliance_feed
from lrs_bridge.services.delegations import name_delegate
from lrs_bridge.services.evidence_records import EvidenceQuery, list_evidence, show_evidence
from lrs_bridge.services.explain_status import explain_statuses
from lrs_bridge.services.hr_scope import Asker
from lrs_bridge.services.identity_decisions import merge, undo
from lrs_bridge.services.import_absences import import_absences
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.launches import LaunchRequest, learner_of
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.organisation import people_below
from lrs_bridge.services.organisation_chart import OrganisationQuery, organisation_chart
from lrs_bridge.services.readers import OPERATOR, Reader, create_reader, people_seen, reader_of_token
from lrs_bridge.services.record_evidence import record_one
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import person_key
from tests.statements import COURSE

DAY = date(2026, 3, 31)
HEADER = "employee_id,given_name,family_name,email,manager_id,department,hire_date,termination_date\n"
# Ann was 800 until the end of 2025 and is 010 since; 011 still names the old id
STAFF = """\
001,Top,Chief,,,Board,2015-01-01,
800,Ann,Lead,,001,Sales,2015-01-01,2025-12-31
010,Ann,Lead,,001,Sales,2026-01-01,
011,Zoe,Old,,800,Sales,2020-01-01,
012,Yan,New,,010,Sales,2020-01-01,
020,Bob,Other,,001,Service,2015-01-01,
900,Yan,Newe,,020,Service,2018-01-01,2019-12-31
"""
REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
due = {{ fixed = 2026-02-28 }}
min_notice_days = 0
[[requirement.module]]
activity = "{COURSE}"
needs = "completed"
"""


@pytest.fixture
def company(bridge: Bridge) -> Bridge:
    import_roster(bridge, (HEADER + STAFF).encode(), source="roster.csv", as_of=date(2026, 1, 5))
    import_requirements(bridge, REQUIREMENT.encode(), source="requirements.toml")
    return bridge


def names(people: Any) -> set[str]:
    known = {person_key(one): one for one in ("001", "800", "010", "011", "012", "020", "900")}
    return {known[key] for key in people}


def seen(bridge: Bridge, who: Reader, **more: Any) -> list[tuple[str, str]]:
    feed = compliance_feed(bridge, who, FeedQuery(as_of=DAY, **more))
    return [(row.employee_id, row.manager_id) for row in feed.rows]


def workshop(bridge: Bridge, employee_id: str) -> Any:
    row = {"employee_id": employee_id, "kind": "workshop", "activity": COURSE, "title": "x", "date": "2019-05-05"}
    return record_one(bridge, row | {"outcome": "completed", "assessor": "001"}, source="tests", by="hr").ids[0]


def test_reports_of_the_id_that_was_given_up_belong_to_the_surviving_person(company: Bridge) -> None:
    tokens = {key: create_reader(company, key, employee_id=key)[1] for key in ("800", "010", "020")}
    name_delegate(company, "010", "020", Period(date(2026, 3, 1), date(2026, 4, 30)), who="hr")
    before, apart = now(), json_feed.render(compliance_feed(company, OPERATOR, FeedQuery(as_of=DAY, known_at=now())))
    assert names(people_below(company, "010", DAY)) == {"012"}
    made = merge(company, "800", "010", by="hr", because="hired again")
    for asked in ("800", "010"):
        assert names(people_below(company, asked, DAY)) == {"011", "012"}
        who = reader_of_token(company, tokens[asked])
        assert who.employee_id == "010"
        assert names(people_seen(company, who, DAY)) == {"011", "012"}
        assert seen(company, who) == [("011", "010"), ("012", "010")]
        assert seen(company, OPERATOR, manager=asked) == [("011", "010"), ("012", "010")]
        chart = organisation_chart(company, OrganisationQuery(asked, as_of=DAY), limit=9)
        assert [(line["employee_id"], line["span"]) for line in chart.lines] == [("010", 2)]
    assert names(people_below(company, "020", DAY)) == {"011", "012"}, "a delegate sees the joined team"
    assert names(people_below(company, "010", DAY, known_at=before)) == {"012"}
    then = compliance_feed(company, OPERATOR, FeedQuery(as_of=DAY, known_at=before))
    assert json_feed.render(then).partition(b"rows")[2] == apart.partition(b"rows")[2]
    undo(company, made.id, by="hr")
    assert names(people_below(company, "010", DAY)) == {"012"}
    assert reader_of_token(company, tokens["800"]).employee_id == "800"


def test_where_both_records_say_something_the_surviving_one_speaks(company: Bridge) -> None:
    merge(company, "012", "011", by="hr", because="entered twice")
    assert names(people_below(company, "010", DAY)) == set()
    assert names(people_below(company, "001", DAY)) == {"010", "011", "020"}, "for 800, who has left"


def test_a_leader_has_everything_of_the_joined_person(company: Bridge) -> None:
    token = create_reader(company, "Ann", employee_id="010")[1]
    old = workshop(company, "900")
    import_absences(company, b"employee_id,first_day,last_day,kind\n900,2019-03-01,2019-06-01,long\n", source="a.csv")
    merge(company, "900", "012", by="hr", because="the same Yan")
    who = reader_of_token(company, token)
    assert {record.id for record in list_evidence(company, who, EvidenceQuery()).items} == {old}
    assert show_evidence(company, who, old).employee_id == "900"
    assert list_absences(company, AbsenceQuery(), Slice(), by=Asker("Ann", "010")).total == 1
    assert seen(company, OPERATOR, employee="900") == [("012", "010")]


def test_evidence_and_launches_under_the_given_up_id_reach_the_person(company: Bridge) -> None:
    merge(company, "900", "012", by="hr", because="the same Yan")
    record = workshop(company, "900")
    (row,) = compliance_feed(company, OPERATOR, FeedQuery(employee="012", as_of=DAY)).rows
    assert (row.status, row.evidence) == ("compliant", (str(record),))
    with company.database.reading() as connection:
        learners = [learner_of(company, connection, LaunchRequest("any", employee_id=key)) for key in ("900", "012")]
    assert learners[0] == learners[1]
    assert learners[0].person_id == person_key("012")


def test_a_delta_tells_of_reports_who_have_another_manager_by_a_merge(company: Bridge) -> None:
    token = compliance_delta(company, OPERATOR, FeedQuery()).token
    merge(company, "800", "010", by="hr", because="hired again")
    changed = compliance_delta(company, OPERATOR, FeedQuery(delta=token))
    assert ("011", "010") in {(row.employee_id, row.manager_id) for row in changed.rows}
    assert "800" in {row.employee_id for row in changed.removed or ()}


def test_either_id_names_the_person_in_every_question(company: Bridge) -> None:
    merge(company, "900", "012", by="hr", because="the same Yan")
    assert [one.requirement.id for one in explain_statuses(company, "900")] == ["security"]
    assert competencies(company, CompetencyQuery(person="900")).total == 0  # and it is somebody
    feed = compliance_delta(company, OPERATOR, FeedQuery(employee="900"))
    assert [row.employee_id for row in feed.rows] == ["012"]
    assert compliance_delta(company, OPERATOR, FeedQuery(employee="900", delta=feed.token)).rows == []
    with pytest.raises(NotFound):
        compliance_feed(company, OPERATOR, FeedQuery(employee="999"))
