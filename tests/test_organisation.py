"""The organisation in the service and on the command line: charts, vacancies, delegates, and who belongs to nobody."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from lrs_bridge.domain.periods import DAY, Period
from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.delegations import DelegationQuery, end_delegation, list_delegations, name_delegate
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.organisation import people_below
from lrs_bridge.services.organisation_chart import OrganisationQuery, organisation_chart, unowned_people
from lrs_bridge.services.readers import create_reader
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import person_key
from tests.training_company import REQUIREMENTS

FIRST, TODAY = date(2026, 1, 5), now().date()
HEADER = "employee_id,given_name,family_name,manager_id,department,hire_date,termination_date\n"
STAFF = """\
001,Top,Chief,,Board,2015-01-01,
010,Ann,Left,001,Sales,2015-01-01,2026-01-31
020,Bob,Lead,001,Service,2015-01-01,
011,Zoe,Under,010,Sales,2020-01-01,
012,Yan,Under,010,Sales,2020-01-01,
013,Xia,Below,012,Sales,2020-01-01,
021,Wim,Under,020,Service,2020-01-01,
030,Lu,Lost,999,Sales,2020-01-01,
031,Lo,Loop,032,Sales,2020-01-01,
032,Li,Loop,031,Sales,2020-01-01,
033,La,Beside,031,Sales,2020-01-01,
"""
WIDE = "".join(f"1{number:02},Any,Body,020,Service,2020-01-01,\n" for number in range(12))
THEN, AFTER = date(2026, 1, 31), date(2026, 2, 1)


@pytest.fixture
def staffed(bridge: Bridge) -> Bridge:
    import_roster(bridge, (HEADER + STAFF).encode(), source="roster.csv", as_of=FIRST)
    return bridge


def lines(bridge: Bridge, **query: object) -> list[str]:
    found = organisation_chart(bridge, OrganisationQuery(everybody=True, **query), limit=100)  # type: ignore[arg-type]
    return [
        f"{line['level']} {line['employee_id']} {line['span']}/{line['below']} {line['acting_for']}".rstrip()
        for line in found.lines
    ]


def test_the_tree_is_that_of_the_day(staffed: Bridge) -> None:
    loop = ["0 031 1/1", "1 033 0/0"]
    assert lines(staffed, as_of=THEN) == [
        "0 001 2/6", "1 010 2/3", "2 011 0/0", "2 012 1/1", "3 013 0/0", "1 020 1/1", "2 021 0/0", *loop,
    ]  # fmt: skip
    assert lines(staffed, as_of=AFTER) == [
        "0 001 3/5", "1 011 0/0 010", "1 012 1/1 010", "2 013 0/0", "1 020 1/1", "2 021 0/0", *loop,
    ]  # fmt: skip
    assert lines(staffed, as_of=AFTER, manager="012") == ["0 012 1/1 010", "1 013 0/0"]
    leaders = organisation_chart(staffed, OrganisationQuery(as_of=AFTER), limit=2, offset=1)
    assert [line["employee_id"] for line in leaders.lines] == ["012", "020"]
    assert (leaders.total, leaders.employed, leaders.unowned) == (4, 10, 3)


def test_who_is_vacant_or_unknown_has_no_tree(staffed: Bridge) -> None:
    with pytest.raises(RequestRefused, match="010 is not employed on 2026-02-01") as refused:
        organisation_chart(staffed, OrganisationQuery("010", as_of=AFTER), limit=9)
    assert refused.value.remedy == "Their reports (011, 012) are with the next manager above"
    with pytest.raises(NotFound):
        organisation_chart(staffed, OrganisationQuery("999"), limit=9)


def test_broken_lines_are_unowned_with_the_reason(staffed: Bridge) -> None:
    page = unowned_people(staffed, OrganisationQuery(as_of=AFTER), Slice())
    loop = "the managers form a loop: 031 → 032 → 031"
    assert [(row["employee_id"], row["name"], row["why"]) for row in page.items] == [
        ("030", "Lu Lost", "the manager 999 is not employed on this date or in no roster"),
        ("031", "Lo Loop", loop),
        ("032", "Li Loop", loop),
    ]
    assert people_below(staffed, "031", AFTER) == {person_key("033")}


def test_the_roster_tells_of_loops_and_unknown_managers_and_not_of_vacancies(bridge: Bridge) -> None:
    report = import_roster(bridge, (HEADER + STAFF + WIDE).encode(), source="r.csv", as_of=AFTER)
    told = [problem.reason.partition(":")[0] for problem in report.file.problems]
    assert told == []
    words = [line for line in report.summary.lines if "unowned" in line or "more than" in line]
    assert [line.split(" is ")[0].split(" has ")[0].split(": ")[1] for line in words] == ["030", "031", "032", "020"]


def test_a_span_above_twelve_warns(staffed: Bridge) -> None:
    import_roster(staffed, (HEADER + WIDE).encode(), source="roster.csv", kind="delta", as_of=AFTER)
    for manager, told in (("", True), ("020", True), ("012", False)):
        warnings = organisation_chart(staffed, OrganisationQuery(manager, as_of=AFTER), limit=9).warnings
        expected = [("020 has 13 direct reports, more than 12", "warning")] if told else []
        assert [(problem.reason, problem.severity) for problem in warnings] == expected


# --- delegates


def test_a_delegate_sees_and_answers_for_the_team_while_it_lasts(staffed: Bridge) -> None:
    import_requirements(staffed, REQUIREMENTS.encode(), source="requirements.toml")
    reader, _ = create_reader(staffed, "Wim", employee_id="021")

    def seen() -> set[str]:
        return {row.employee_id for row in compliance_feed(staffed, reader, FeedQuery()).rows}

    assert seen() == set()
    made = name_delegate(staffed, "012", "021", Period(TODAY, TODAY + DAY), who="012")
    assert seen() == {"013"}
    assert [line["delegates"] for line in organisation_chart(staffed, OrganisationQuery("012"), limit=9).lines] == [
        [{"delegate_id": "021", "until": TODAY + DAY}]
    ]
    assert people_below(staffed, "021", TODAY + 2 * DAY) == set()
    end_delegation(staffed, made, who="012", because="back")
    assert seen() == set()
    (row,) = list_delegations(staffed, DelegationQuery(withdrawn=True), Slice()).items
    assert (row["id"], row["employee_id"], row["delegate_id"], row["who"]) == (made, "012", "021", "012")
    with pytest.raises(NotFound, match="No delegation that is to come or in force"):
        end_delegation(staffed, made, who="012", because="back")


WRONG = [
    ("020", "020", FIRST, THEN, "delegate", "020 cannot stand in for themselves"),
    ("020", "001", THEN, FIRST, "until", "the delegation ends on 2026-01-05, before it starts on 2026-01-31"),
    ("020", "001", FIRST, date(9999, 12, 31), "until", "the delegation has no end: 9999-12-31 stands for none"),
    ("021", "001", FIRST, THEN, "manager", "nobody reports to 021 on 2026-01-05: there is nothing to see"),
]


def test_a_delegation_that_cannot_be_is_refused(staffed: Bridge) -> None:
    for manager, delegate, first, last, place, words in WRONG:
        with pytest.raises(RequestRefused) as refused:
            name_delegate(staffed, manager, delegate, Period(first, last), who="HR")
        assert [(problem.place, problem.reason) for problem in refused.value.problems] == [(place, words)]
    for manager, delegate in (("999", "001"), ("020", "999")):
        with pytest.raises(NotFound, match="has the employee id '999'"):
            name_delegate(staffed, manager, delegate, Period(FIRST, THEN), who="HR")
    made: UUID = name_delegate(staffed, "020", "001", Period(FIRST, THEN), who="HR")
    with pytest.raises(RequestRefused, match="001 is the delegate of 020 already, from 2026-01-05 until 2026-01-31"):
        name_delegate(staffed, "020", "001", Period(THEN, AFTER), who="HR")
    with pytest.raises(RequestRefused, match="It is not said who said so"):
        name_delegate(staffed, "020", "011", Period(FIRST, THEN), who=" ")
    assert [row["id"] for row in list_delegations(staffed, DelegationQuery(), Slice()).items] == [made]
    with pytest.raises(NotFound):
        end_delegation(staffed, uuid4(), who="HR", because="x")
