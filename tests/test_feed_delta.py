"""The delta of the feed: what changed since a token, what has to go, and that nothing is ever left out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.delta_tokens import LIFETIME, give_token
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import create_reader, people_seen
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage.database import now
from lrs_bridge.storage.feed_revisions import keep_scope, note_people, open_revision, revised_through
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.schema.feeds import feed_scope
from lrs_bridge.storage.schema.statements import reader
from tests.feed_bodies import ask
from tests.statements import recorder, voiding
from tests.training_company import ACTIVITIES, REQUIREMENTS, TODAY, Company, opened_company, result, roster

Key = tuple[str, str]


@pytest.fixture
def company(tmp_path: Path, database_url: str) -> Iterator[Company]:
    with opened_company(tmp_path, database_url) as opened:
        yield opened


@dataclass
class Poller:
    """A client that keeps a copy of the feed by its deltas alone."""

    company: Company
    reader: str
    params: dict[str, str] = field(default_factory=dict)
    copy: dict[Key, dict[str, Any]] = field(default_factory=dict)
    link: str = ""

    def load(self) -> Poller:
        answer = ask(self.company, "json", self.reader, **self.params)
        assert answer.status_code == 200, answer.text
        self.copy = {key_of(row): row for row in answer.get_json()["rows"]}
        self.link = answer.get_json()["delta"]
        return self

    def poll(self) -> tuple[set[Key], set[Key]]:
        """The keys of the rows that came, and of those that went."""
        answer = ask(self.company, "json", self.reader, **dict(parse_qsl(urlsplit(self.link).query)))
        assert answer.status_code == 200, answer.text
        said = answer.get_json()
        gone = {key_of(row) for row in said["removed"]}
        for key in gone:
            self.copy.pop(key, None)
        self.copy |= {key_of(row): row for row in said["rows"]}
        self.link = said["delta"]
        return {key_of(row) for row in said["rows"]}, gone

    def is_whole(self) -> bool:
        return self.copy == Poller(self.company, self.reader, self.params).load().copy


def key_of(row: dict[str, Any]) -> Key:
    return row["employee_id"], row["requirement"]


def pass_all(company: Company, *people: str) -> None:
    found = [result(person, activity, "passed", 0) for person in people for activity in ACTIVITIES]
    record_statements(company.bridge, found, by=recorder())


def change_roster(company: Company, *swaps: tuple[str, str]) -> None:
    raw = roster().decode()
    for old, new in swaps:
        assert old in raw
        raw = raw.replace(old, new)
    import_roster(company.bridge, raw.encode(), source="changed.csv", accept=("managers", "leavers", "rows"))


def of(person: str, *requirements: str) -> set[Key]:
    return {(person, requirement) for requirement in requirements or ("security", "selling")}


def add_requirement(company: Company) -> None:
    more = REQUIREMENTS.partition('[[requirement]]\nid = "selling"')[0].replace('"security"', '"fire"')
    import_requirements(company.bridge, more.encode(), source="more.toml")


RENAMED = ("Yan,Late", "Yan,Renamed")
MOVED = (",021,020,Sales,", ",021,010,Sales,")
OF_ANOTHER_KIND = (",021,020,Sales,", ",021,010,Legal,")
AT_THE_TOP = (",010,001,", ",010,,")
EVERYBODY = ["001", "010", "011", "012", "013", "014", "015", "020", "021", "022", "090"]
ANNS = set().union(*(of(person) for person in ["011", "012", "013", "014", "015", "021"]))
NOTHING: set[Key] = set()
Said = tuple[str, dict[str, str], set[Key], set[Key]]
Step = Callable[[Company], object]
# what is done, one after the other, and what each reader is told of it: the rows that come, and those that go. A row
# that changed and is not in the filter is named as gone: whether it was there before is not remembered
STEPS: list[tuple[Step, list[Said]]] = [
    (lambda company: None, [("hr", {}, NOTHING, NOTHING), ("bob", {"status": "missing"}, NOTHING, NOTHING)]),
    (
        lambda company: pass_all(company, "012"),
        [
            ("hr", {}, of("012"), NOTHING),
            ("auditor", {"employee": "012"}, of("012"), NOTHING),
            ("bob", {}, NOTHING, NOTHING),
            ("ann", {"status": "missing"}, NOTHING, of("012")),
            ("ann", {"status": "compliant"}, of("012", "security"), of("012", "selling")),
            ("ann", {"requirement": "selling"}, of("012", "selling"), NOTHING),
            ("ann", {"employee": "011"}, NOTHING, NOTHING),
        ],
    ),
    (
        lambda company: change_roster(company, RENAMED),
        [
            ("ann", {}, of("012"), NOTHING),
            ("bob", {}, NOTHING, NOTHING),
            ("hr", {"progress": "failed"}, NOTHING, of("012")),
        ],
    ),
    (
        lambda company: change_roster(company, RENAMED, MOVED),
        [
            ("ann", {}, of("021"), NOTHING),
            ("bob", {}, NOTHING, of("021")),
            ("bob", {"employee": "021", "requirement": "selling"}, NOTHING, of("021", "selling")),
            ("hr", {"manager": "020"}, NOTHING, of("021")),
            ("hr", {"department": "Sales"}, of("021"), NOTHING),
        ],
    ),
    (
        lambda company: change_roster(company, RENAMED, OF_ANOTHER_KIND),
        [("hr", {"department": "Sales"}, NOTHING, of("021")), ("chief", {"department": "Legal"}, of("021"), NOTHING)],
    ),
    (
        lambda company: change_roster(company, RENAMED, OF_ANOTHER_KIND, AT_THE_TOP),
        [
            ("chief", {}, NOTHING, ANNS | of("010")),
            ("chief", {"manager": "010"}, NOTHING, ANNS),
            ("ann", {}, NOTHING, NOTHING),
            ("hr", {}, of("010"), NOTHING),
        ],
    ),
    (add_requirement, [("hr", {}, {(person, "fire") for person in EVERYBODY}, NOTHING)]),
]  # fmt: skip


def test_what_changed_and_what_went(company: Company) -> None:
    company.readers["auditor"] = create_reader(company.bridge, "Auditor", role="auditor")
    for number, (step, said) in enumerate(STEPS):
        pollers = [Poller(company, name, params).load() for name, params, _, _ in said]
        step(company)
        for poller, (name, params, rows, removed) in zip(pollers, said, strict=True):
            assert poller.poll() == (rows, removed), (number, name, params)
            assert poller.poll() == (NOTHING, NOTHING), (number, name, params)
            if {"manager", "employee"} & set(params) and removed:
                continue  # who left the scope is asked for in vain
            assert poller.is_whole(), (number, name, params)


def test_a_result_that_is_voided_comes_again(company: Company) -> None:
    poller = Poller(company, "ann", {"status": "compliant"}).load()
    one, two = (result("012", activity, "passed", 0) for activity in ACTIVITIES)
    record_statements(company.bridge, [one, two], by=recorder())
    poller.poll()
    first = poller.link
    record_statements(company.bridge, [voiding(one["id"])], by=recorder())
    assert poller.poll()[1] == of("012")
    poller.link = first  # the answer was lost: the same token says the same again
    assert poller.poll()[1] == of("012")
    assert poller.is_whole()


def test_a_job_that_begins_by_itself_is_told(company: Company) -> None:
    """Nothing is recorded on the day on which it begins: the token is of the day before."""
    bridge = company.bridge
    change_roster(company, OF_ANOTHER_KIND)
    Poller(company, "hr").load()
    who, query = company.readers["hr"][0], FeedQuery()
    with bridge.database.reading() as connection:
        through = revised_through(connection)
    yesterday = now() - timedelta(days=1)
    poller = Poller(company, "hr")
    poller.link = f"?delta={give_token(bridge, who, query, None, through=through, at=yesterday)}"
    assert poller.poll() == (of("021"), NOTHING)


# --- where a delta cannot go on


def token(company: Company, name: str = "ann", *, at: datetime, **params: str) -> str:
    who, query = company.readers[name][0], FeedQuery(**params)  # type: ignore[arg-type]
    people = people_seen(company.bridge, who, now().date())
    with company.bridge.database.reading() as connection:
        through = revised_through(connection)
    return give_token(company.bridge, who, query, people, through=through, at=at)


def test_where_a_delta_cannot_go_on(company: Company) -> None:
    fresh = token(company, at=now())
    late = token(company, "bob", at=now() - LIFETIME - timedelta(hours=1))
    cases = [
        ("ann", {"delta": fresh}, 200, ""),
        ("ann", {"delta": token(company, at=now() - LIFETIME + timedelta(hours=1))}, 200, ""),
        ("bob", {"delta": late}, 410, "older than 30 days"),
        ("bob", {"delta": fresh}, 410, "another scope"),
        ("ann", {"delta": fresh, "status": "missing"}, 400, "other filters"),
        ("ann", {"delta": fresh + "x"}, 400, "damaged"),
        ("ann", {"delta": "x"}, 400, "damaged"),
        ("ann", {"delta": fresh, "as_of": str(TODAY), "limit": "5"}, 400, "no place beside delta"),
    ]
    for name, params, status, words in cases:
        answer = ask(company, "json", name, **params)
        assert (answer.status_code, words in answer.text) == (status, True), (name, params, answer.text)
        if status == 410:
            assert "Ask again without delta" in answer.get_json()["remedy"]
    assert ask(company, "csv", "ann", delta=fresh).status_code == 400


def test_a_reader_whose_role_changed_begins_again(company: Company) -> None:
    given = token(company, at=now())
    _set(company.bridge, sa.update(reader).where(reader.c.name == "Ann").values(role="hr", employee_id=""))
    assert ask(company, "json", "ann", delta=given).status_code == 410


def test_scopes_are_forgotten_with_the_last_token_that_needs_them(company: Company) -> None:
    bridge = company.bridge
    given = token(company, at=now())
    with bridge.database.writing() as connection:
        keep_scope(connection, {person_key("021")}, at=now(), forget=now() + timedelta(days=1))
    answer = ask(company, "json", "ann", delta=given)
    assert (answer.status_code, "no longer known" in answer.text) == (410, True)
    assert ask(company, "json", "ann").status_code == 200
    assert ask(company, "json", "ann", delta=token(company, at=now())).status_code == 200


def test_the_same_scope_is_kept_once(company: Company) -> None:
    for _ in range(3):
        Poller(company, "ann").load().poll()
        Poller(company, "hr").load().poll()
    with company.bridge.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(feed_scope)) == 1


def _set(bridge: Bridge, statement: sa.Update) -> None:
    with bridge.database.writing() as connection:
        assert connection.execute(statement).rowcount == 1


# --- nothing is ever left out


def test_a_change_that_is_not_committed_yet_is_not_passed_over(bridge: Bridge) -> None:
    """A stamp that was taken first and committed last stays above what a reader is given in between."""
    people = [person_key("1"), person_key("2")]
    with bridge.database.writing() as connection:
        first = open_revision(connection)
        note_people(connection, people[:1], at=first)
        if not bridge.database.is_sqlite:  # where two can write at once
            with bridge.database.writing() as other:
                later = open_revision(other)
                note_people(other, people[1:], at=later)
            assert later > first
        with bridge.database.reading() as reading:
            between = revised_through(reading)
        assert between < first
    with bridge.database.reading() as reading:
        after = revised_through(reading)
    assert after >= first
    with bridge.database.writing() as connection:
        assert open_revision(connection) > after


def test_a_poller_between_writers_misses_nothing(company: Company) -> None:
    pollers = [
        Poller(company, "hr").load(),
        Poller(company, "ann", {"status": "missing"}).load(),
        Poller(company, "bob", {"requirement": "selling"}).load(),
        Poller(company, "hr", {"department": "Sales"}).load(),
    ]
    failed: list[BaseException] = []
    writers = [
        threading.Thread(target=_guarded(failed, work, company)) for work in (_pass_and_void, _pass_and_void, _move)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        for poller in pollers:
            poller.poll()
    assert failed == []
    for poller in pollers:
        poller.poll()
        assert poller.is_whole(), poller.params


def _guarded(failed: list[BaseException], work: Step, company: Company) -> Callable[[], None]:
    def run() -> None:
        try:
            work(company)
        except BaseException as error:  # noqa: BLE001 - a thread has nobody else to tell
            failed.append(error)

    return run


def _pass_and_void(company: Company) -> None:
    for person in ("012", "015", "021", "020", "001"):
        found = [result(person, activity, "passed", 0) for activity in ACTIVITIES]
        record_statements(company.bridge, found, by=recorder())
        if person != "021":
            record_statements(company.bridge, [voiding(found[0]["id"])], by=recorder())


def _move(company: Company) -> None:
    for swaps in ((RENAMED,), (RENAMED, MOVED), (OF_ANOTHER_KIND,), (), (MOVED,)):
        change_roster(company, *swaps)
