"""What HR says, applied on each database: people, spells, jobs, identities, absences, exemptions, requirements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from lrs_bridge.domain.people import Absence, Extension
from lrs_bridge.domain.periods import Period
from lrs_bridge.errors import NotFound, RequirementRefused, RosterHeld, RosterRefused
from lrs_bridge.roster.cells import EARLIEST
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.import_absences import import_absences, import_exemptions
from lrs_bridge.services.import_requirements import import_requirements, list_requirements, show_requirement
from lrs_bridge.services.import_roster import ImportReport, import_roster, roster_history
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.people import PersonDetail, people_details, person_key, person_records
from lrs_bridge.storage.schema.compliance import dirty_person, learning_fact
from lrs_bridge.storage.schema.people import identity, person
from lrs_bridge.storage.schema.statements import unmatched
from tests.statements import COURSE, passed, recorder

HEADER = (
    "employee_id,given_name,family_name,email,lms_account,manager_id,department,time_zone,hire_date,termination_date"
)
STAFF = {
    "001": "Top,Chief,top@example.com,top,,Board,Europe/Oslo,2010-01-01,",
    "002": "Ann,Lead,ann@example.com,ann,001,Sales,Europe/Paris,2015-02-01,",
    "003": "Bob,Able,bob@example.com,bob,002,Sales,,2020-03-01,",
    "004": "Cat,Best,cat@example.com,,002,Sales,,2021-04-01,2026-12-31",
    "0005": "Dan,Cole,,dan,002,Service,,2022-05-01,",
}
DAY_1, DAY_2, DAY_3 = date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 10)


def csv_of(staff: dict[str, str]) -> bytes:
    return "\n".join([HEADER, *(f"{key},{rest}" for key, rest in staff.items()), ""]).encode()


def load(bridge: Bridge, as_of: date = DAY_1, accept: Sequence[str] = (), **changed: str | None) -> ImportReport:
    """The staff with rows replaced (``_003``) or taken out (None)."""
    staff: dict[str, str | None] = {**STAFF, **{key.removeprefix("_"): row for key, row in changed.items()}}
    present = {key: row for key, row in staff.items() if row is not None}
    return import_roster(bridge, csv_of(present), source="roster.csv", as_of=as_of, accept=accept)


def detail(bridge: Bridge, employee_id: str, known_at: datetime | None = None) -> PersonDetail | None:
    key = person_key(employee_id)
    with bridge.database.reading() as connection:
        return people_details(connection, [key], known_at=known_at).get(key)


def record(bridge: Bridge, employee_id: str, known_at: datetime | None = None) -> Any:
    key = person_key(employee_id)
    with bridge.database.reading() as connection:
        return person_records(connection, [key], known_at=known_at).get(key)


def rows(bridge: Bridge, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> list[Any]:
    with bridge.database.reading() as connection:
        return list(connection.execute(sa.select(table).where(*conditions)))


def holders(bridge: Bridge, value: str) -> list[tuple[str, date | None, date | None]]:
    """Who is believed to hold an account or address, one line a period."""
    names = {person_key(key): key for key in STAFF}
    found = rows(bridge, identity, identity.c.value == value, identity.c.withdrawn.is_(None))
    return sorted({(names[row.person_id], row.since, row.until) for row in found}, key=str)


def dirty(bridge: Bridge) -> set[str]:
    names = {person_key(key): key for key in STAFF}
    return {names[row.person_id] for row in rows(bridge, dirty_person)}


def clean(bridge: Bridge) -> None:
    with bridge.database.writing() as connection:
        connection.execute(sa.delete(dirty_person))


# --- rosters


def test_a_roster_becomes_people(bridge: Bridge) -> None:
    report = load(bridge)
    assert report.summary.counts["joiner"] == 5
    assert {row.employee_id for row in rows(bridge, person)} == set(STAFF)
    ann, cat = record(bridge, "002"), record(bridge, "004")
    assert (ann.zone, record(bridge, "003").zone) == ("Europe/Paris", "UTC")
    assert [spell.period for spell in ann.spells] == [Period(date(2015, 2, 1), None)]
    assert [spell.period for spell in cat.spells] == [Period(date(2021, 4, 1), date(2026, 12, 31))]
    assert (ann.jobs[-1].manager_id, ann.jobs[-1].department) == ("001", "Sales")
    assert {row.kind: row.tier for row in rows(bridge, identity)} == {"lms_account": "A", "email": "C"}
    assert len(rows(bridge, identity, identity.c.value == "ann")) == 1
    assert len(rows(bridge, identity, identity.c.value == "ann@example.com")) == 2  # the address and its SHA-1
    assert dirty(bridge) == set(STAFF)


def test_the_same_file_again_changes_nothing(bridge: Bridge) -> None:
    load(bridge)
    clean(bridge)
    tables = (person, identity)
    before = [sorted(rows(bridge, table), key=str) for table in tables]
    report = load(bridge, DAY_2)
    assert not any(report.summary.counts.get(kind) for kind in ("joiner", "leaver", "name", "email", "account", "job"))
    assert [sorted(rows(bridge, table), key=str) for table in tables] == before
    assert dirty(bridge) == set()
    assert [row.outcome for row in roster_history(bridge)] == ["applied", "applied"]


CHANGES = [
    ("003", "Robert,Able,bob@example.com,bob,002,Sales,,2020-03-01,", "name", "Robert Able"),
    ("003", "Bob,Able,robert@example.com,bob,002,Sales,,2020-03-01,", "email", "robert@example.com"),
    ("003", "Bob,Able,bob@example.com,robert,002,Sales,,2020-03-01,", "lms_account", "robert"),
    ("003", "Bob,Able,bob@example.com,bob,002,Sales,Asia/Tokyo,2020-03-01,", "time_zone", "Asia/Tokyo"),
]


def test_details_change(bridge: Bridge) -> None:
    load(bridge)
    for number, (employee_id, row, column, value) in enumerate(CHANGES, 1):
        clean(bridge)
        load(bridge, date(2026, 2, number), **{f"_{employee_id}": row})
        assert getattr(detail(bridge, employee_id), column) == value
        assert dirty(bridge) == {employee_id}
    # a first account was always theirs; it went on the third of February and came back the day after
    assert holders(bridge, "bob") == [("003", EARLIEST, date(2026, 2, 2)), ("003", date(2026, 2, 4), None)]


def test_manager_and_department_change_from_the_day_of_the_file(bridge: Bridge) -> None:
    load(bridge)
    load(bridge, DAY_2, _0005="Dan,Cole,,dan,001,Support,,2022-05-01,", accept=["managers"])
    old, new = record(bridge, "0005").jobs
    assert (old.manager_id, old.department, old.period) == (
        "002",
        "Service",
        Period(date(2022, 5, 1), date(2026, 2, 9)),
    )
    assert (new.manager_id, new.department, new.period) == ("001", "Support", Period(DAY_2, None))


def test_a_leaver_by_termination_and_one_who_is_not_listed(bridge: Bridge) -> None:
    load(bridge)
    load(bridge, DAY_2, _003="Bob,Able,bob@example.com,bob,002,Sales,,2020-03-01,2026-01-31")
    assert record(bridge, "003").spells[-1].period == Period(date(2020, 3, 1), date(2026, 1, 31))
    load(
        bridge,
        DAY_3,
        _003="Bob,Able,bob@example.com,bob,002,Sales,,2020-03-01,2026-01-31",
        _0005=None,
        accept=["shrunk"],
    )
    assert record(bridge, "0005").spells[-1].period == Period(date(2022, 5, 1), date(2026, 3, 9))


@pytest.mark.parametrize(
    ("gate", "changed", "as_of"),
    [
        ("shrunk", {"_003": None, "_004": None}, DAY_2),
        ("managers", {"_003": "Bob,Able,bob@example.com,bob,001,Sales,,2020-03-01,",
                      "_0005": "Dan,Cole,,dan,001,Service,,2022-05-01,"}, DAY_2),
        ("older", {}, date(2025, 12, 31)),
        ("empty", dict.fromkeys(["_001", "_002", "_003", "_004", "_0005"]), DAY_2),
    ],
)  # fmt: skip
def test_a_gate_holds_the_file_whole_until_it_is_accepted(
    bridge: Bridge, gate: str, changed: dict[str, str | None], as_of: date
) -> None:
    load(bridge)
    before = {key: record(bridge, key) for key in STAFF}
    clean(bridge)
    with pytest.raises(RosterHeld) as caught:
        load(bridge, as_of, **changed)
    assert any(
        f'gate "{gate}"' in problem.reason and f"--accept {gate}" in problem.remedy for problem in caught.value.problems
    )
    assert {key: record(bridge, key) for key in STAFF} == before
    assert dirty(bridge) == set()
    held = roster_history(bridge)[0]
    assert (held.outcome, gate in held.gates, held.accepted) == ("held", True, [])
    load(bridge, as_of, held.gates, **changed)
    accepted = roster_history(bridge)[0]
    assert (accepted.outcome, accepted.gates, accepted.accepted) == ("applied", held.gates, sorted(held.gates))


def test_accepting_one_gate_does_not_open_another(bridge: Bridge) -> None:
    load(bridge)
    with pytest.raises(RosterHeld) as caught:
        load(bridge, date(2025, 12, 31), ["older"], _003=None, _004=None)
    assert [problem.reason.split('"')[1] for problem in caught.value.problems] == ["shrunk"]


def test_a_file_that_cannot_be_read_changes_nothing(bridge: Bridge) -> None:
    load(bridge)
    with pytest.raises(RosterRefused) as caught:
        load(bridge, DAY_2, _002="Ann,Lead,no-address,ann,001,Sales,Mars/Base,soon,", _006="New,One,,,,,,2026-01-01,")
    assert {problem.place.rsplit(":", 1)[1] for problem in caught.value.problems} >= {"email", "time_zone", "hire_date"}
    assert len(rows(bridge, person)) == 5
    assert len(roster_history(bridge)) == 1


def test_an_account_handed_over_belongs_to_each_in_their_time(bridge: Bridge) -> None:
    load(bridge)
    load(
        bridge,
        DAY_2,
        _003="Bob,Able,bob@example.com,,002,Sales,,2020-03-01,",
        _0005="Dan,Cole,,bob,002,Service,,2022-05-01,",
    )
    assert holders(bridge, "bob") == [("0005", DAY_2, None), ("003", EARLIEST, date(2026, 2, 9))]
    old = passed("bob", timestamp="2026-02-01T10:00:00Z")
    new = passed("bob", timestamp="2026-02-20T10:00:00Z")
    record_statements(bridge, [old, new], by=recorder())
    owners = {str(row.statement_id): row.person_id for row in rows(bridge, learning_fact)}
    assert owners == {old["id"]: person_key("003"), new["id"]: person_key("0005")}


# --- statements that came before the people


def test_waiting_statements_are_replayed_on_match(bridge: Bridge) -> None:
    waiting, stranger = passed("dan"), passed("nobody")
    by_mail = passed() | {"actor": {"mbox": "mailto:cat@EXAMPLE.com"}}
    record_statements(bridge, [waiting, stranger, by_mail], by=recorder())
    assert len(rows(bridge, unmatched)) == 3
    assert rows(bridge, learning_fact) == []
    before = datetime.now(UTC)
    assert load(bridge).replayed == 2
    facts = {str(row.statement_id): row for row in rows(bridge, learning_fact)}
    assert {key: row.person_id for key, row in facts.items()} == {
        waiting["id"]: person_key("0005"),
        by_mail["id"]: person_key("004"),
    }
    assert all(row.recorded < before <= row.matched for row in facts.values())
    assert [str(row.statement_id) for row in rows(bridge, unmatched)] == [stranger["id"]]
    clean(bridge)
    late = passed("new-account")
    record_statements(bridge, [late], by=recorder())
    report = load(bridge, date(2026, 2, 1), _003="Bob,Able,bob@example.com,new-account,002,Sales,,2020-03-01,")
    assert report.replayed == 1
    assert dirty(bridge) == {"003"}


# --- absences and exemptions

ABSENCES = "employee_id,first_day,last_day,kind\n"
EXEMPTIONS = "employee_id,requirement_id,first_day,last_day,reason,approver,due\n"


def absences(bridge: Bridge, *lines: str, kind: Any = "delta") -> tuple[int, int, int, int]:
    text = ABSENCES + "".join(f"{line}\n" for line in lines)
    report = import_absences(bridge, text.encode(), source="absences.csv", kind=kind)
    return report.added, report.changed, report.ended, report.unchanged


def exemptions(bridge: Bridge, *lines: str, kind: Any = "delta") -> tuple[int, int, int, int]:
    text = EXEMPTIONS + "".join(f"{line}\n" for line in lines)
    report = import_exemptions(bridge, text.encode(), source="exemptions.csv", kind=kind)
    return report.added, report.changed, report.ended, report.unchanged


def test_absences_as_delta_and_as_snapshot(bridge: Bridge) -> None:
    load(bridge)
    clean(bridge)
    assert absences(bridge, "002,2026-01-01,2026-02-01,maternity", "003,2026-03-01,,sick") == (2, 0, 0, 0)
    assert dirty(bridge) == {"002", "003"}
    clean(bridge)
    assert absences(bridge, "002,2026-01-01,2026-02-01,maternity") == (0, 0, 0, 1)
    assert dirty(bridge) == set()
    assert absences(bridge, "002,2026-01-01,2026-04-01,maternity") == (0, 1, 0, 0)
    assert record(bridge, "002").absences == (Absence(Period(date(2026, 1, 1), date(2026, 4, 1)), "long"),)
    assert record(bridge, "003").absences == (Absence(Period(date(2026, 3, 1), None), "short"),)
    assert absences(bridge, "0005,2026-05-01,2026-05-09,holiday", kind="snapshot") == (1, 0, 2, 0)
    assert record(bridge, "002").absences == record(bridge, "003").absences == ()
    assert dirty(bridge) == {"002", "003", "0005"}


def test_exemptions_as_delta_and_as_snapshot(bridge: Bridge) -> None:
    load(bridge)
    clean(bridge)
    waiver, more_time = "002,security,2026-01-01,2026-06-30,No system,001,", "003,security,,,Project,001,2026-05-31"
    assert exemptions(bridge, waiver, more_time) == (2, 0, 0, 0)
    assert exemptions(bridge, waiver, more_time) == (0, 0, 0, 2)
    assert [(w.requirement_id, w.reason, w.approver) for w in record(bridge, "002").waivers] == [
        ("security", "No system", "001")
    ]
    assert record(bridge, "003").extensions == (Extension("security", date(2026, 5, 31)),)
    assert exemptions(bridge, more_time.replace("05-31", "06-15")) == (0, 1, 0, 0)
    assert record(bridge, "003").extensions == (Extension("security", date(2026, 6, 15)),)
    assert exemptions(bridge, waiver, kind="snapshot") == (0, 0, 1, 1)
    assert record(bridge, "003").extensions == ()
    assert dirty(bridge) == {"002", "003"}


def test_absences_of_nobody_are_refused_whole(bridge: Bridge) -> None:
    load(bridge)
    with pytest.raises(RosterRefused) as caught:
        absences(bridge, "002,2026-01-01,,maternity", "5,2026-01-01,,maternity", "099,2026-01-01,,sick")
    assert [problem.place.split(":")[1] for problem in caught.value.problems] == ["3", "4"]
    assert record(bridge, "002").absences == ()
    with pytest.raises(RosterRefused):
        exemptions(bridge, "099,,2026-01-01,,x,001,")


# --- what was believed before


def test_what_was_believed_before_a_correction_is_still_answered(bridge: Bridge) -> None:
    load(bridge)
    absences(bridge, "002,2026-01-01,2026-02-01,maternity")
    exemptions(bridge, "003,security,,,Project,001,2026-05-31")
    then = datetime.now(UTC)
    before = {key: (record(bridge, key), detail(bridge, key)) for key in STAFF}
    load(
        bridge,
        DAY_2,
        _003="Rob,Able,rob@example.com,rob,001,Support,,2020-03-01,2026-01-31",
        _006="New,One,,,,,,2026-01-01,",
    )
    absences(bridge, "002,2026-01-01,2026-12-01,maternity", kind="snapshot")
    exemptions(bridge, kind="snapshot")
    assert {key: (record(bridge, key, then), detail(bridge, key, then)) for key in STAFF} == before
    assert record(bridge, "006", then) is None
    assert record(bridge, "002") != before["002"][0]
    assert record(bridge, "003") != before["003"][0]
    assert record(bridge, "001", datetime(2020, 1, 1, tzinfo=UTC)) is None


# --- requirements

REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
due = {{ days = 30, after = "hire" }}
[[requirement.module]]
activity = "{COURSE}"
"""


def requirements(bridge: Bridge, text: str) -> list[tuple[str, int, bool]]:
    imported = import_requirements(bridge, text.encode(), source="requirements.toml")
    return [(item.requirement.id, item.requirement.version, item.is_new_version) for item in imported]


def test_a_requirement_that_differs_is_a_new_version(bridge: Bridge) -> None:
    load(bridge)
    clean(bridge)
    assert requirements(bridge, REQUIREMENT) == [("security", 1, True)]
    assert dirty(bridge) == set(STAFF)
    clean(bridge)
    assert requirements(bridge, "# a remark\n" + REQUIREMENT) == [("security", 1, False)]
    assert dirty(bridge) == set()
    assert requirements(bridge, REQUIREMENT.replace("days = 30", "days = 60")) == [("security", 2, True)]
    assert requirements(bridge, REQUIREMENT) == [("security", 3, True)]
    assert [show_requirement(bridge, "security", version=n).due[0].days for n in (1, 2, 3)] == [30, 60, 30]
    assert [(item.id, item.version) for item in list_requirements(bridge)] == [("security", 3)]
    for version in (0, 4):
        with pytest.raises(NotFound):
            show_requirement(bridge, "security", version=version)


def test_a_wrong_requirement_takes_the_whole_file_with_it(bridge: Bridge) -> None:
    wrong = REQUIREMENT.replace('"security"', '"fraud"').replace("days = 30", 'days = "soon"').replace("title", "titel")
    with pytest.raises(RequirementRefused) as caught:
        requirements(bridge, REQUIREMENT + wrong)
    assert len(caught.value.problems) >= 2
    assert list_requirements(bridge) == []
