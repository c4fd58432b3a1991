"""Accept, reject, merge, split and undo on each database: whose results are whose, now and as it was known."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey, actor_key_of
from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.identity_decisions import accept, merge, reject, split, undo
from lrs_bridge.services.import_absences import import_absences, import_exemptions
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.record_evidence import record_one
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.services.refresh_compliance import refresh
from lrs_bridge.storage.attempts import insert_attempt
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import all_people, own_records, people_details, person_key, person_records
from lrs_bridge.storage.schema.compliance import compliance_status, dirty_person
from lrs_bridge.storage.schema.statements import statement as statements
from lrs_bridge.storage.schema.statements import unmatched
from tests.statements import COURSE, HOME_PAGE, passed, recorder, voiding

HEADER = "employee_id,given_name,family_name,email,lms_account,department,hire_date,termination_date\n"
STAFF = """\
001,Ann,Lead,ann@example.com,ann,Sales,2020-01-01,
002,Bob,Able,Bob.Able@example.com,bob,Sales,2021-01-01,
003,Cat,Best,cat@example.com,,Service,2022-01-01,
900,Ann,Leed,ann.old@example.com,old,Sales,2018-01-01,2019-12-31
"""
PEOPLE = ("001", "002", "003", "900")
HOME = "https://other-lms.example.com"
REGISTRATION = UUID(int=77)


@pytest.fixture
def company(bridge: Bridge) -> Bridge:
    import_roster(bridge, (HEADER + STAFF).encode(), source="roster.csv", as_of=date(2026, 1, 1))
    return bridge


def by_mail(address: str, day: str = "2026-03-01", **more: Any) -> dict[str, Any]:
    return passed(**more) | {"actor": {"mbox": f"mailto:{address}"}, "timestamp": f"{day}T10:00:00Z"}


def by_account(name: str, day: str = "2026-03-01", home_page: str = HOME_PAGE) -> dict[str, Any]:
    return passed(name, timestamp=f"{day}T10:00:00Z") | {"actor": {"account": {"homePage": home_page, "name": name}}}


def record(bridge: Bridge, *sent: dict[str, Any]) -> list[str]:
    return [str(key) for key in record_statements(bridge, list(sent), by=recorder())]


def owners(bridge: Bridge, known_at: datetime | None = None) -> dict[str, str]:
    """By statement, the employee id of whom a report would count it for; those that wait are not in it."""
    names = {person_key(employee_id): employee_id for employee_id in PEOPLE}
    with bridge.database.reading() as connection:
        facts = facts_of_people(connection, list(names))
    found = [(str(one.statement_id), names[key]) for key, of in facts.items() for one in of if one.known_at(known_at)]
    assert len(found) == len(dict(found)), "a statement is one person's"
    return dict(found)


def waiting(bridge: Bridge) -> set[str]:
    with bridge.database.reading() as connection:
        return {str(key) for key in connection.scalars(sa.select(unmatched.c.statement_id))}


def answers(bridge: Bridge, known_at: datetime | None = None) -> Any:
    """All that a report for this known_at rests on."""
    with bridge.database.reading() as connection:
        everybody = all_people(connection)
        details = people_details(connection, everybody, known_at=known_at)
        return details, person_records(connection, everybody, known_at=known_at), owners(bridge, known_at)


def clean(bridge: Bridge) -> None:
    with bridge.database.writing() as connection:
        connection.execute(sa.delete(dirty_person))


def dirty(bridge: Bridge) -> set[UUID]:
    with bridge.database.reading() as connection:
        return set(connection.scalars(sa.select(dirty_person.c.person_id)))


# --- the tiers as they are recorded

TIERS: list[tuple[str, Callable[[], dict[str, Any]], str | None]] = [
    ("A: the account", lambda: by_account("ann"), "001"),
    ("A: no capitals in accounts are the same", lambda: by_account("Ann"), None),
    ("A: another LMS", lambda: by_account("ann", home_page=HOME), None),
    ("C: the address", lambda: by_mail("ann@example.com"), "001"),
    ("C: capitals in the domain", lambda: by_mail("ann@EXAMPLE.com"), "001"),
    ("C: capitals in the statement", lambda: by_mail("ANN@example.com"), "001"),
    ("C: capitals in the roster", lambda: by_mail("bob.able@example.com"), "002"),
    ("C: before it was theirs", lambda: by_mail("ann@example.com", "2019-12-30"), None),
    ("C: the SHA-1", lambda: passed() | {"actor": sha1_of("ann@example.com")}, "001"),
    ("C: the SHA-1 as the roster writes it", lambda: passed() | {"actor": sha1_of("Bob.Able@example.com")}, "002"),
    ("C: the SHA-1 without capitals", lambda: passed() | {"actor": sha1_of("bob.able@example.com")}, "002"),
    ("E: nobody", lambda: by_mail("zoe@example.com"), None),
    ("E: an openid", lambda: passed() | {"actor": {"openid": "https://id.example.com/ann"}}, None),
]  # fmt: skip


def sha1_of(address: str) -> dict[str, Any]:
    key = ActorKey("mbox", f"mailto:{address}").sha1_equivalent()
    assert key is not None
    return key.as_actor()


def test_tiers(company: Bridge) -> None:
    sent = {name: make() for name, make, _ in TIERS}
    record(company, *sent.values())
    found = owners(company)
    assert {name: found.get(one["id"]) for name, one in sent.items()} == {name: whose for name, _, whose in TIERS}


def test_an_address_that_differs_in_capitals_only_is_shared(bridge: Bridge) -> None:
    text = HEADER + "001,Ann,Lead,A.Lead@example.com,,,2020-01-01,\n002,Al,Lead,a.lead@example.com,,,2020-01-01,\n"
    report = import_roster(bridge, text.encode(), source="roster.csv")
    assert "shared by 001, 002" in " ".join(problem.reason for problem in report.file.problems)
    (sent,) = record(bridge, by_mail("a.lead@example.com"))
    assert waiting(bridge) == {sent}


def test_an_address_that_was_passed_on_moves_what_came_before_the_roster_told(company: Bridge) -> None:
    early, late = record(company, by_mail("cat@example.com", "2026-01-20"), by_mail("cat@example.com", "2026-02-20"))
    told = now()
    assert owners(company) == {early: "003", late: "003"}
    staff = STAFF.replace("cat@example.com", "cat.best@example.com").replace("ann@example.com", "cat@example.com")
    import_roster(company, (HEADER + staff).encode(), source="roster.csv", as_of=date(2026, 2, 1))
    assert owners(company) == {early: "003", late: "001"}
    assert owners(company, told) == {early: "003", late: "003"}


# --- accept and reject


def test_what_waits_counts_from_the_day_of_the_match(company: Bridge) -> None:
    actor = actor_key_of("zoe@example.com")
    sent = record(
        company,
        by_mail("zoe@example.com"),
        by_mail("Zoe@example.com"),
        passed() | {"actor": sha1_of("zoe@example.com")},
    )
    clean(company)
    before = now()
    made = accept(company, actor, "003", by="hr")
    assert (made.results.replayed, made.results.moved, waiting(company)) == (3, 0, set())
    assert owners(company) == dict.fromkeys(sent, "003")
    assert owners(company, before) == {}
    assert dirty(company) == {person_key("003")}
    (later,) = record(company, by_mail("zoe@example.com"))
    assert owners(company)[later] == "003"
    matched = now()
    undone = undo(company, made.id, by="hr", because="a mistake")
    assert (undone.results.waiting_again, waiting(company), owners(company)) == (4, {*sent, later}, {})
    assert owners(company, matched) == dict.fromkeys([*sent, later], "003")


def test_accepted_since_a_day(company: Bridge) -> None:
    early, late = record(company, by_mail("zoe@example.com", "2025-05-05"), by_mail("zoe@example.com", "2026-05-05"))
    accept(company, actor_key_of("mailto:zoe@example.com"), "003", by="hr", since=date(2026, 1, 1))
    assert (owners(company), waiting(company)) == ({late: "003"}, {early})


def test_an_address_that_was_somebody_elses_before(company: Bridge) -> None:
    before, since = record(company, by_mail("ann@example.com", "2019-12-30"), by_mail("ann@example.com", "2020-01-01"))
    accept(company, actor_key_of("ann@example.com"), "900", by="hr")
    assert owners(company) == {before: "900", since: "001"}


def test_an_account_at_an_lms_that_is_not_known(company: Bridge) -> None:
    here, there = record(company, by_account("77"), by_account("77", home_page=HOME))
    accept(company, actor_key_of(f"{HOME}|77"), "003", by="hr")
    assert (owners(company), waiting(company)) == ({there: "003"}, {here})


def test_a_roster_that_brings_the_address_is_believed_before_a_hand(company: Bridge) -> None:
    early, late = record(company, by_mail("zoe@example.com", "2025-05-05"), by_mail("zoe@example.com", "2026-05-05"))
    accept(company, actor_key_of("zoe@example.com"), "003", by="hr")
    staff = STAFF.replace("ann@example.com", "zoe@example.com")
    import_roster(company, (HEADER + staff).encode(), source="roster.csv", as_of=date(2026, 3, 1))
    assert owners(company) == {early: "003", late: "001"}


def refused(words: str, action: Callable[..., Any], *args: Any, **more: Any) -> None:
    with pytest.raises((RequestRefused, NotFound)) as caught:
        action(*args, **more)
    assert words in caught.value.reason
    assert caught.value.remedy


def test_what_cannot_be_decided(company: Bridge) -> None:
    zoe, ann = actor_key_of("zoe@example.com"), actor_key_of("ann@example.com")
    before = answers(company)
    refused("Nobody has the employee id '1'", accept, company, zoe, "1", by="hr")
    refused("Nobody is named", accept, company, zoe, "001", by=" ")
    since = date(2021, 1, 1)
    refused("It belongs to 001 from 2020-01-01 until today", accept, company, ann, "003", by="hr", since=since)
    account = actor_key_of(f"{HOME_PAGE}|ann")
    refused("It belongs to 001 until today", accept, company, account, "003", by="hr")
    refused("No reason", reject, company, zoe, "001", by="hr", because="")
    refused("001 counts for 001", merge, company, "001", "001", by="hr", because="same")
    refused("does not belong to 003", split, company, "003", ann, by="hr", because="no")
    refused("one person", split, company, "001", ann, into="001", by="hr", because="no")
    refused("There is no decision", undo, company, UUID(int=5), by="hr")
    assert answers(company) == before
    first = accept(company, zoe, "003", by="hr")
    refused("is accepted as this person already", accept, company, zoe, "003", by="hr")
    refused("is accepted as this person", reject, company, zoe, "003", by="hr", because="no")
    digest = actor_key_of(sha1_of("zoe@example.com")["mbox_sha1sum"])
    refused("is accepted as this person already", accept, company, digest, "003", by="hr")
    undo(company, first.id, by="hr")
    refused("It was undone", undo, company, first.id, by="hr")
    reject(company, zoe, "003", by="hr", because="another Zoe")
    refused("was rejected as this person", accept, company, zoe, "003", by="hr")
    merge(company, "900", "001", by="hr", because="same person")
    refused("was merged already", merge, company, "900", "002", by="hr", because="same")
    refused("900 counts for 001", merge, company, "001", "900", by="hr", because="same")


# --- merge and split


def test_a_merge_counts_everything_for_one_and_undoes_exactly(company: Bridge) -> None:
    import_absences(company, b"employee_id,first_day,last_day,kind\n900,2019-05-01,2019-06-01,long\n", source="a.csv")
    waivers = "employee_id,requirement_id,first_day,last_day,reason,approver,due\n900,,2018-01-01,2018-06-01,x,002,\n"
    import_exemptions(company, waivers.encode(), source="w.csv")
    old, new = record(company, by_account("old", "2019-03-01"), by_account("ann"))
    then, before = now(), answers(company)
    clean(company)
    made = merge(company, "900", "001", by="hr", because="hired again under a new number")
    assert owners(company) == {old: "001", new: "001"}
    details, records, _ = merged = answers(company)
    assert person_key("900") not in details
    assert person_key("900") not in records
    one = records[person_key("001")]
    assert [(spell.period.first, spell.period.last) for spell in one.spells] == [
        (date(2018, 1, 1), date(2019, 12, 31)),
        (date(2020, 1, 1), None),
    ]
    assert (len(one.jobs), len(one.absences), len(one.waivers)) == (2, 1, 1)
    assert dirty(company) == {person_key("001"), person_key("900")}
    (during,) = record(company, by_account("old", "2019-04-01"))
    assert owners(company)[during] == "001"
    in_between = now()
    undo(company, made.id, by="hr", because="two people after all")
    assert owners(company) == {old: "900", new: "001", during: "900"}
    assert answers(company)[:2] == before[:2]
    assert answers(company, then) == before
    assert answers(company, in_between)[:2] == merged[:2]
    assert owners(company, in_between) == {old: "001", new: "001", during: "001"}


def test_the_roster_goes_on_with_both_records_of_a_merge(company: Bridge) -> None:
    merge(company, "900", "001", by="hr", because="same person")
    clean(company)
    staff = STAFF.replace("900,Ann,Leed", "900,Ann,Lead-Old")
    report = import_roster(company, (HEADER + staff).encode(), source="roster.csv", as_of=date(2026, 2, 1))
    assert report.summary.counts["name"] == 1
    assert dirty(company) == {person_key("001"), person_key("900")}
    with company.database.reading() as connection:
        assert set(people_details(connection)) == {person_key(name) for name in ("001", "002", "003")}
        assert len(own_records(connection, all_people(connection))) == 4


REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
due = {{ days = 30, after = "hire" }}
[[requirement.module]]
activity = "{COURSE}"
"""


def statuses(bridge: Bridge) -> dict[str, str]:
    refresh(bridge)
    names = {person_key(employee_id): employee_id for employee_id in PEOPLE}
    with bridge.database.reading() as connection:
        rows = connection.execute(sa.select(compliance_status.c.person_id, compliance_status.c.status))
        return {names[row.person_id]: row.status for row in rows}


def test_statuses_follow_a_merge(company: Bridge) -> None:
    import_requirements(company, REQUIREMENT.encode(), source="requirements.toml")
    record(company, by_account("old", "2019-03-01"))
    apart = {"001": "missing", "002": "missing", "003": "missing", "900": "exempt"}
    assert statuses(company) == apart
    made = merge(company, "900", "001", by="hr", because="same person")
    assert statuses(company) == {"001": "compliant", "002": "missing", "003": "missing"}
    undo(company, made.id, by="hr")
    assert statuses(company) == apart


def test_what_was_recorded_by_hand_and_launched_follows_a_merge_too(company: Bridge) -> None:
    key = ActorKey.of_account(HOME, "900")
    with company.database.writing() as connection:  # as a launch of ours binds it
        same = {"actor_key": key.digest, "actor": key.as_actor(), "person_id": person_key("900")}
        nothing = {"unit_id": uuid4(), "package_id": uuid4(), "state": {}, "opened": now(), "updated": now()}
        insert_attempt(connection, {"registration": REGISTRATION} | same | nothing)

    def launched() -> dict[str, Any]:
        return by_account("900", home_page=HOME) | {"context": {"registration": str(REGISTRATION)}}

    row = {"employee_id": "900", "kind": "workshop", "activity": COURSE, "title": "x", "date": "2019-05-05"}
    (by_hand,) = record_one(company, row | {"outcome": "completed", "assessor": "002"}, source="tests", by="hr").ids
    (before,) = record(company, launched())
    made = merge(company, "900", "001", by="hr", because="same")
    (during,) = record(company, launched())
    assert owners(company) == dict.fromkeys((str(by_hand), before, during), "001")
    undo(company, made.id, by="hr")
    assert owners(company) == dict.fromkeys((str(by_hand), before, during), "900")


def test_merges_in_a_chain_are_undone_in_any_order(company: Bridge) -> None:
    (old,) = record(company, by_account("old", "2019-03-01"))
    first = merge(company, "900", "001", by="hr", because="same")
    second = merge(company, "001", "002", by="hr", because="same")
    assert owners(company) == {old: "002"}
    undo(company, first.id, by="hr")
    assert owners(company) == {old: "900"}
    undo(company, second.id, by="hr")
    assert owners(company) == {old: "900"}


def test_a_split_gives_an_account_to_another_from_a_day_on(company: Bridge) -> None:
    early, late, mail = record(
        company, by_account("ann", "2026-01-10"), by_account("ann", "2026-03-10"), by_mail("ann@example.com")
    )
    then, before = now(), answers(company)
    actor = actor_key_of(f"{HOME_PAGE}|ann")
    made = split(company, "001", actor, into="003", since=date(2026, 2, 1), by="hr", because="Cat used it")
    assert owners(company) == {early: "001", late: "003", mail: "001"}
    refused("was split from this person already", split, company, "001", actor, by="hr", because="again")
    staff = STAFF.replace("001,Ann,Lead", "001,Anna,Lead")  # HR goes on saying that it is hers
    import_roster(company, (HEADER + staff).encode(), source="roster.csv", as_of=date(2026, 4, 1))
    assert owners(company) == {early: "001", late: "003", mail: "001"}
    undo(company, made.id, by="hr")
    assert owners(company) == before[2]
    assert answers(company, then) == before


def test_what_is_split_off_to_nobody_waits_and_may_be_accepted(company: Bridge) -> None:
    plain, digest = record(company, by_mail("ann@example.com"), passed() | {"actor": sha1_of("ann@example.com")})
    split(company, "001", actor_key_of("ann@example.com"), by="hr", because="a shared desk")
    assert (owners(company), waiting(company)) == ({}, {plain, digest})
    accept(company, actor_key_of("ann@example.com"), "003", by="hr")
    assert owners(company) == {plain: "003", digest: "003"}


def test_a_voided_statement_never_comes_back(company: Bridge) -> None:
    sent = by_account("old", "2019-03-01")
    record(company, sent)
    made = merge(company, "900", "001", by="hr", because="same")
    record(company, voiding(sent["id"]))
    undo(company, made.id, by="hr")
    assert (owners(company), waiting(company)) == ({}, set())


def test_facts_whose_statement_retention_deleted_follow_too(company: Bridge) -> None:
    (sent,) = record(company, by_mail("ann@example.com"))
    with company.database.writing() as connection:
        connection.execute(sa.delete(statements))
    made = split(company, "001", actor_key_of("ann@example.com"), by="hr", because="not hers")
    assert (owners(company), waiting(company)) == ({}, {sent})
    undo(company, made.id, by="hr")
    assert (owners(company), waiting(company)) == ({sent: "001"}, set())


# --- any sequence, against a fresh look at what stands


@pytest.mark.parametrize("seed", [1, 2])
def test_any_sequence_of_decisions_is_as_if_only_those_that_stand_had_been_made(company: Bridge, seed: int) -> None:
    model = Model(company, Random(seed))
    told: list[tuple[datetime, Any]] = []
    for number in range(40):
        model.step()
        assert (owners(company), waiting(company)) == model.expected()
        if number % 4 == 0:
            told.append((now(), answers(company)))
    for instant, answer in told:
        assert answers(company, instant) == answer
    for decision in list(model.standing):
        undo(company, decision, by="hr")
    model.standing.clear()
    assert (owners(company), waiting(company)) == model.expected()


ACCOUNTS = {"ann": "001", "bob": "002", "old": "900"}
STRANGERS = ("x1", "x2", "x3")


class Model:
    """The rules said another way: each statement's actor, who has it by HR or by hand, and where merges lead."""

    def __init__(self, bridge: Bridge, random: Random) -> None:
        self.bridge = bridge
        self.random = random
        self.sent: dict[str, tuple[str, date]] = {}
        self.standing: dict[UUID, tuple[str, ...]] = {}
        self.send()

    def step(self) -> None:
        action = self.random.choice(
            [self.send, self.accept, self.accept, self.merge, self.merge, self.split, self.undo]
        )
        with suppress(RequestRefused):  # a contradiction to what stands: nothing is changed
            action()

    def send(self) -> None:
        said = [
            (name, date(2026, 1, 1) + timedelta(days=self.random.randrange(60))) for name in (*ACCOUNTS, *STRANGERS)
        ]
        keys = record(self.bridge, *(by_account(name, day.isoformat()) for name, day in said))
        self.sent |= dict(zip(keys, said, strict=True))

    def accept(self) -> None:
        name, whose = self.random.choice(STRANGERS), self.random.choice(PEOPLE)
        made = accept(self.bridge, actor_key_of(f"{HOME_PAGE}|{name}"), whose, by="hr")
        self.standing[made.id] = ("accept", name, whose)

    def merge(self) -> None:
        given_up, into = self.random.sample(PEOPLE, 2)
        made = merge(self.bridge, given_up, into, by="hr", because="same")
        self.standing[made.id] = ("merge", given_up, into)

    def split(self) -> None:
        name, day = self.random.choice(list(ACCOUNTS)), date(2026, 2, self.random.randrange(1, 20))
        into = self.random.choice([*PEOPLE, ""])
        actor = actor_key_of(f"{HOME_PAGE}|{name}")
        made = split(self.bridge, ACCOUNTS[name], actor, into=into, since=day, by="hr", because="not theirs")
        self.standing[made.id] = ("split", name, day.isoformat(), into)

    def undo(self) -> None:
        if self.standing:
            decision = self.random.choice(list(self.standing))
            undo(self.bridge, decision, by="hr")
            del self.standing[decision]

    def expected(self) -> tuple[dict[str, str], set[str]]:
        found = {key: self.owner(*sent) for key, sent in self.sent.items()}
        return {key: whose for key, whose in found.items() if whose}, {key for key, whose in found.items() if not whose}

    def owner(self, name: str, day: date) -> str:
        whose = ACCOUNTS.get(name, "")
        for action, *about in self.standing.values():
            if action == "accept" and about[0] == name:
                whose = about[1]
            if action == "split" and about[0] == name and day.isoformat() >= about[1]:
                whose = about[2]
        merges = {about[0]: about[1] for action, *about in self.standing.values() if action == "merge"}
        while whose in merges:
            whose = merges[whose]
        return whose
