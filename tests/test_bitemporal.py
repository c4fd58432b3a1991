"""Last quarter's feed comes out byte for byte after any correction; the correction shows in the new one only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
import pytest

from lrs_bridge.domain.periods import DAY, Period
from lrs_bridge.feeds import csv_feed, json_feed
from lrs_bridge.services.absence_list import AbsenceQuery, list_absences
from lrs_bridge.services.absences import confirm_absence, refuse_absence, report_absence, withdraw_absence
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.delegations import DelegationQuery, end_delegation, list_delegations, name_delegate
from lrs_bridge.services.exemptions import ExemptionQuery, list_exemptions, withdraw_exemption
from lrs_bridge.services.hr_scope import Asker
from lrs_bridge.services.import_absences import import_absences, import_exemptions
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.listings import Slice
from lrs_bridge.services.organisation import people_below, reporting_lines
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import person_key
from tests.statements import COURSE

FIRST, QUARTER = date(2026, 1, 5), date(2026, 3, 31)
HEADER = "employee_id,given_name,family_name,manager_id,department,hire_date,termination_date\n"
STAFF = """\
001,Top,Chief,,Board,2015-01-01,
010,Ann,Lead,001,Sales,2015-01-01,
020,Bob,Lead,001,Service,2015-01-01,
011,Zoe,Away,010,Sales,2020-01-01,
012,Yan,Waived,010,Sales,2020-01-01,
013,Xia,Extended,010,Sales,2020-01-01,
014,Wim,Leaver,010,Sales,2020-01-01,
015,Vic,Mover,010,Sales,2020-01-01,
016,Una,Reported,010,Sales,2020-01-01,
017,Tom,Erred,010,Sales,2020-01-01,
"""
REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
audience = [ {{ department = ["Sales"] }} ]
due = {{ fixed = 2026-02-28 }}
min_notice_days = 0
[[requirement.module]]
activity = "{COURSE}"
"""
ABSENCES = "employee_id,first_day,last_day,kind\n"
EXEMPTIONS = "employee_id,requirement_id,first_day,last_day,reason,approver,due\n"
ANN = Asker("010", "010")
NOT_ASKED = {"out_of_scope", "not_employed"}


def roster(bridge: Bridge, rows: str, **more: Any) -> None:
    import_roster(bridge, (HEADER + rows).encode(), source="roster.csv", as_of=FIRST, **more)


def absences(bridge: Bridge, rows: str) -> None:
    import_absences(bridge, (ABSENCES + rows).encode(), source="absences.csv")


def exemptions(bridge: Bridge, rows: str) -> None:
    import_exemptions(bridge, (EXEMPTIONS + rows).encode(), source="exemptions.csv")


def report(bridge: Bridge, employee_id: str) -> None:
    said = {"employee_id": employee_id, "first_day": "2026-02-01", "last_day": "2026-05-31", "kind": "parental"}
    report_absence(bridge, said, ANN)


def absence_of(bridge: Bridge, employee_id: str) -> Any:
    return list_absences(bridge, AbsenceQuery(employee_id), Slice()).items[0]["id"]


def exemption_of(bridge: Bridge, employee_id: str) -> Any:
    return list_exemptions(bridge, ExemptionQuery(employee_id), Slice()).items[0]["id"]


@pytest.fixture
def company(bridge: Bridge) -> Bridge:
    roster(bridge, STAFF)
    import_requirements(bridge, REQUIREMENT.encode(), source="requirements.toml")
    absences(bridge, "011,2026-02-01,2026-05-31,parental\n017,2026-02-01,2026-05-31,parental\n")
    exemptions(bridge, "012,security,2026-01-01,2026-06-30,No system,001,\n013,security,,,Project,001,2026-05-31\n")
    report(bridge, "016")
    name_delegate(bridge, "010", "020", Period(date(2026, 3, 1), date(2026, 4, 30)), who="010")
    return bridge


def feed(bridge: Bridge, known_at: datetime | None, **more: Any) -> bytes:
    found = compliance_feed(bridge, OPERATOR, FeedQuery(as_of=QUARTER, known_at=known_at, **more))
    return json_feed.render(found) if not more else csv_feed.render(found)


def states(bridge: Bridge, known_at: datetime | None = None) -> dict[str, str]:
    rows = orjson.loads(feed(bridge, known_at))["rows"]
    asked = {row["employee_id"]: f"{row['reason']} {row['due']}" for row in rows if row["reason"] not in NOT_ASKED}
    return {row["employee_id"]: row["reason"] for row in rows} | asked


BELIEVED = {
    "001": "out_of_scope", "010": "overdue 2026-02-28", "020": "out_of_scope", "011": "absent 2026-06-30",
    "012": "waiver 2026-02-28", "013": "upcoming 2026-05-31", "014": "overdue 2026-02-28",
    "015": "overdue 2026-02-28", "016": "overdue 2026-02-28", "017": "absent 2026-06-30",
}  # fmt: skip
Correction = tuple[str, str, Callable[[Bridge], object]]
# whom it is about, what the last quarter says of them from then on, and what HR does
CORRECTIONS: list[Correction] = [
    ("011", "overdue 2026-02-28",
     lambda bridge: absences(bridge, "011,2026-02-01,2026-02-05,sick\n")),
    ("017", "overdue 2026-02-28",
     lambda bridge: withdraw_absence(bridge, absence_of(bridge, "017"), who="Jo", because="another person")),
    ("016", "absent 2026-06-30",
     lambda bridge: confirm_absence(bridge, absence_of(bridge, "016"), who="Jo")),
    ("012", "overdue 2026-02-28",
     lambda bridge: withdraw_exemption(bridge, exemption_of(bridge, "012"), who="Jo", because="forged")),
    ("013", "overdue 2026-03-15",
     lambda bridge: exemptions(bridge, "013,security,,,Project,001,2026-03-15\n")),
    ("014", "not_employed",
     lambda bridge: roster(bridge, "014,Wim,Leaver,010,Sales,2020-01-01,2026-02-15\n", kind="delta")),
    ("015", "out_of_scope",
     lambda bridge: roster(bridge, "015,Vic,Mover,020,Service,2020-01-01,\n", kind="delta")),
]  # fmt: skip


def test_last_quarters_feed_reproduces_to_the_byte_after_every_correction(company: Bridge) -> None:
    assert states(company) == BELIEVED
    told: list[tuple[datetime, bytes, bytes]] = []
    expected = dict(BELIEVED)
    for person, after, correct in CORRECTIONS:
        known_at = now()
        told.append((known_at, feed(company, known_at), feed(company, known_at, manager="010")))
        correct(company)
        expected[person] = after
        assert states(company) == expected, person
    for known_at, whole, team in told:
        assert feed(company, known_at) == whole
        assert feed(company, known_at, manager="010") == team
    assert feed(company, now(), manager="010") != told[-1][2]  # 015 is no longer of that team


def test_a_refused_report_is_known_as_it_was(company: Bridge) -> None:
    before = now()
    refuse_absence(company, absence_of(company, "016"), who="Jo", because="was at work")
    asked = AbsenceQuery("016", known_at=before)
    assert [row["state"] for row in list_absences(company, asked, Slice()).items] == ["pending"]
    assert list_absences(company, replace(asked, known_at=None), Slice()).total == 0


def test_what_was_reported_stands_at_once_where_the_setting_says_so(company: Bridge) -> None:
    before = now()
    stands = replace(company, settings=replace(company.settings, reported_absences_stand=True))
    report(stands, "014")
    assert states(company)["014"] == "absent 2026-06-30"
    assert states(company, before)["014"] == "overdue 2026-02-28"
    # what was reported under the old setting waits on
    assert states(stands)["016"] == "overdue 2026-02-28"
    refuse_absence(company, absence_of(company, "014"), who="Jo", because="was at work")
    assert states(company)["014"] == "overdue 2026-02-28"


def test_lists_and_trees_are_known_as_they_were(company: Bridge) -> None:
    zoe, before = person_key("011"), now()
    assert zoe in people_below(company, "020", QUARTER)  # Bob is Ann's delegate
    withdraw_exemption(company, exemption_of(company, "012"), who="Jo", because="forged")
    roster(company, "011,Zoe,Away,001,Sales,2020-01-01,\n", kind="delta")
    for known_at, number in ((before, 1), (None, 0)):
        assert list_exemptions(company, ExemptionQuery("012", known_at=known_at), Slice()).total == number
        assert (zoe in people_below(company, "020", QUARTER, known_at=known_at)) == bool(number)


def test_a_delegation_that_ends_early_keeps_its_days_until_then(company: Bridge) -> None:
    today = now().date()
    period = Period(today - 5 * DAY, today + 5 * DAY)
    made = name_delegate(company, "010", "001", period, who="010")
    before = now()
    end_delegation(company, made, who="010", because="back")
    (row,) = [row for row in list_delegations(company, DelegationQuery(), Slice()).items if row["delegate_id"] == "001"]
    assert (row["first_day"], row["last_day"]) == (period.first, today - DAY)
    asked = DelegationQuery(on=today, known_at=before)
    assert [row["last_day"] for row in list_delegations(company, asked, Slice()).items] == [period.last]


def test_reporting_lines_are_read_anew_only_after_a_change(company: Bridge) -> None:
    lines = reporting_lines(company)
    assert reporting_lines(company) is lines
    absences(company, "014,2026-02-01,2026-02-05,sick\n")
    assert reporting_lines(company) is lines
    roster(company, "011,Zoe,Away,001,Sales,2020-01-01,\n", kind="delta")
    assert reporting_lines(company) is not lines
