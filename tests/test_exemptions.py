"""Waivers and individual due dates: listed, withdrawn, and refused without an approver or an end."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from lrs_bridge.errors import NotFound, RequestRefused, RosterRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.exemptions import ExemptionQuery, exemption_history, list_exemptions, withdraw_exemption
from lrs_bridge.services.import_absences import import_exemptions
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.listings import Page, Slice
from lrs_bridge.storage.people import person_key, person_records
from tests.training_company import roster

HEAD = "employee_id,requirement_id,first_day,last_day,reason,approver,due\n"
ROWS = (
    "011,security,2026-01-01,2026-06-30,No system,001,",
    "012,,2026-02-01,2026-02-28,Seconded,HR,",
    "013,security,,,Project,001,2026-05-31",
    "021,selling,2026-03-01,2026-12-31,Certificate,001,",
)


@pytest.fixture
def staffed(bridge: Bridge) -> Bridge:
    import_roster(bridge, roster(), source="roster.csv")
    load(bridge, *ROWS)
    return bridge


def load(bridge: Bridge, *lines: str) -> None:
    import_exemptions(bridge, (HEAD + "\n".join(lines) + "\n").encode(), source="e.csv", who="Jo")


def listed(bridge: Bridge, part: Slice | None = None, **query: Any) -> Page:
    return list_exemptions(bridge, ExemptionQuery(**query), part or Slice())


QUERIES: list[tuple[dict[str, Any], str]] = [
    ({}, "011 012 013 021"),
    ({"employee_id": "012"}, "012"),
    ({"manager": "010"}, "011 012 013"),
    ({"requirement": "security"}, "011 012 013"),  # who is waived from all is waived from this
    ({"kind": "extension"}, "013"),
    ({"kind": "waiver"}, "011 012 021"),
    ({"approver": "001"}, "011 013 021"),
    ({"on": date(2026, 2, 28)}, "011 012"),
    ({"on": date(2026, 3, 1)}, "011 021"),
    ({"withdrawn": True}, ""),
]


def test_the_list_is_filtered_sorted_and_paged(staffed: Bridge) -> None:
    for query, expected in QUERIES:
        assert " ".join(row["employee_id"] for row in listed(staffed, **query).items) == expected, query
    first = listed(staffed).items[0]
    assert {name: first[name] for name in ("kind", "name", "requirement_id", "reason", "approver", "who", "due")} == {
        "kind": "waiver", "name": "Zoe Done", "requirement_id": "security", "reason": "No system", "approver": "001",
        "who": "Jo", "due": None,
    }  # fmt: skip
    page = listed(staffed, Slice("-last_day", 2, 1))
    assert ([row["employee_id"] for row in page.items], page.total) == (["011", "012"], 4)
    assert [row["employee_id"] for row in listed(staffed, Slice("due")).items] == ["013", "011", "012", "021"]
    with pytest.raises(RequestRefused, match="cannot be sorted"):
        listed(staffed, Slice("reason"))
    with pytest.raises(NotFound):
        listed(staffed, employee_id="11")


def test_withdrawn_is_held_no_longer_and_kept(staffed: Bridge) -> None:
    for employee_id, kind in (("011", "waiver"), ("013", "extension")):
        (row,) = listed(staffed, employee_id=employee_id).items
        withdraw_exemption(staffed, row["id"], who="Jo", because="forged")
        assert listed(staffed, employee_id=employee_id).total == 0
        assert [one["id"] for one in listed(staffed, employee_id=employee_id, withdrawn=True).items] == [row["id"]]
        said = [(one["subject"], one["action"], one["because"]) for one in exemption_history(staffed, employee_id)]
        assert said == [(kind, "recorded", "the file e.csv"), (kind, "withdrawn", "forged")]
        with pytest.raises(RequestRefused, match="was withdrawn or replaced"):
            withdraw_exemption(staffed, row["id"], who="Jo", because="again")
    with staffed.database.reading() as connection:
        found = person_records(connection, [person_key("011"), person_key("013")])
    assert [(one.waivers, one.extensions) for one in found.values()] == [((), ()), ((), ())]
    with pytest.raises(NotFound, match="No exemption has the id"):
        withdraw_exemption(staffed, uuid4(), who="Jo", because="x")
    with pytest.raises(RequestRefused, match="why"):
        withdraw_exemption(staffed, uuid4(), who="Jo", because="")


def test_one_wrong_row_takes_the_whole_file_with_it(staffed: Bridge) -> None:
    before = listed(staffed)
    with pytest.raises(RosterRefused) as refused:
        load(staffed, "015,security,2026-01-01,2026-06-30,Fine,001,", "014,security,2026-01-01,,No end,,")
    assert {problem.place: problem.reason for problem in refused.value.problems} == {
        "e.csv:3:approver": "approver is empty",
        "e.csv:3:last_day": "the waiver has no end",
    }
    assert listed(staffed) == before
