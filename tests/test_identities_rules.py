"""Whose a statement is, and what two records of one person say together: tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from lrs_bridge.domain.actors import ActorKey, actor_key_of
from lrs_bridge.domain.identities import Identity, Tier, free_stretch, person_of
from lrs_bridge.domain.merges import counts_for, is_circular, united, without
from lrs_bridge.domain.people import Absence, EmploymentSpell, Extension, JobAssignment, PersonRecord, Waiver
from lrs_bridge.domain.periods import Period

ANN, BOB, CAT, KEY = (UUID(int=number) for number in (1, 2, 3, 9))
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = NOON.date()


def is_(person: UUID | None, tier: Tier = "C", since: str = "", until: str = "", **more: UUID | None) -> Identity:
    first, last = (date.fromisoformat(text) if text else None for text in (since, until))
    return Identity(KEY, person, tier, first, last, **more)


CASES: list[tuple[str, list[Identity], UUID | None, UUID | None]] = [
    ("nobody", [], None, None),
    ("a launch of ours", [], BOB, BOB),
    ("an account", [is_(ANN, "A")], None, ANN),
    ("an account before a launch", [is_(ANN, "A")], BOB, ANN),
    ("an address", [is_(ANN)], None, ANN),
    ("a launch before an address", [is_(ANN)], BOB, BOB),
    ("HR before a hand", [is_(ANN, "D"), is_(BOB)], None, BOB),
    ("a hand", [is_(ANN, "D")], None, ANN),
    ("two addresses", [is_(ANN), is_(BOB)], None, None),
    ("two addresses and a hand", [is_(ANN), is_(BOB), is_(CAT, "D")], None, None),
    ("two accounts", [is_(ANN, "A"), is_(BOB, "A")], None, None),
    ("two accounts, and a launch", [is_(ANN, "A"), is_(BOB, "A")], CAT, CAT),
    ("twice the same", [is_(ANN, "A"), is_(ANN, "A", "2026-01-01")], None, ANN),
    ("from this day", [is_(ANN, since="2026-03-10")], None, ANN),
    ("to this day", [is_(ANN, until="2026-03-10")], None, ANN),
    ("from tomorrow: elsewhere it is tomorrow", [is_(ANN, since="2026-03-11")], None, ANN),
    ("to yesterday: elsewhere it is yesterday", [is_(ANN, until="2026-03-09")], None, ANN),
    ("from the day after", [is_(ANN, since="2026-03-12")], None, None),
    ("to the day before yesterday", [is_(ANN, until="2026-03-08")], None, None),
    ("passed on", [is_(ANN, until="2026-03-09"), is_(BOB, since="2026-03-10")], None, BOB),
    ("passed on tomorrow", [is_(ANN, until="2026-03-10"), is_(BOB, since="2026-03-11")], None, ANN),
    ("passed on over a gap of a day", [is_(ANN, until="2026-03-09"), is_(BOB, since="2026-03-11")], None, None),
    ("merged", [is_(ANN, counts_for=BOB)], None, BOB),
    ("of both records", [is_(ANN, counts_for=BOB), is_(BOB)], None, BOB),
    ("of both records of two", [is_(ANN), is_(BOB)], None, None),
    ("split", [is_(ANN, "A"), is_(BOB, "D", instead_of=ANN)], None, BOB),
    ("split to nobody", [is_(ANN, "A"), is_(None, "D", instead_of=ANN)], None, None),
    ("split to nobody, a launch", [is_(ANN, "A"), is_(None, "D", instead_of=ANN)], BOB, BOB),
    ("split to nobody, accepted", [is_(ANN), is_(None, "D", instead_of=ANN), is_(CAT, "D")], None, CAT),
    ("split from tomorrow", [is_(ANN, "A"), is_(BOB, "D", "2026-03-11", instead_of=ANN)], None, ANN),
    ("split from today", [is_(ANN, "A"), is_(BOB, "D", "2026-03-10", instead_of=ANN)], None, BOB),
    ("split to nobody from today", [is_(ANN, "A"), is_(None, "D", "2026-03-10", instead_of=ANN)], None, None),
    ("split to somebody merged", [is_(ANN), is_(BOB, "D", instead_of=ANN, counts_for=CAT)], None, CAT),
    ("split from another", [is_(ANN), is_(BOB, "D", instead_of=CAT)], None, ANN),
    ("split after its end", [is_(ANN, until="2026-02-01"), is_(BOB, "D", "2026-03-01", instead_of=ANN)], None, None),
    ("split, and HR gave it on", [is_(ANN, "A", until="2026-03-01"), is_(CAT, "A", "2026-03-02"),
                                  is_(BOB, "D", "2026-02-01", instead_of=ANN)], None, CAT),
    ("each other's", [is_(ANN), is_(BOB, until="2026-03-01"), is_(BOB, "D", instead_of=ANN),
                      is_(ANN, "D", instead_of=BOB)], None, BOB),
]  # fmt: skip


@pytest.mark.parametrize(("identities", "launched", "whose"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_whose_a_statement_is(identities: list[Identity], launched: UUID | None, whose: UUID | None) -> None:
    assert person_of(identities, NOON, launched) == whose
    assert person_of(identities[::-1], NOON, launched) == whose


STRETCHES: list[tuple[str, list[Identity], str, tuple[str, str] | None]] = [
    ("nobody else", [], "", ("", "")),
    ("nobody else, since", [], "2026-01-01", ("2026-01-01", "")),
    ("after somebody", [is_(BOB, until="2025-12-31")], "", ("2026-01-01", "")),
    ("after everybody", [is_(BOB, until="2025-12-31"), is_(CAT, until="2019-12-31")], "", ("2026-01-01", "")),
    ("before somebody", [is_(BOB, since="2026-01-01")], "", ("", "2025-12-31")),
    ("before everybody", [is_(BOB, since="2026-01-01"), is_(CAT, since="2019-01-01", until="2020-01-01")], "",
     ("", "2018-12-31")),
    ("no room", [is_(BOB)], "", None),
    ("between", [is_(BOB, since="2026-01-01"), is_(CAT, until="2020-01-01")], "2020-01-02",
     ("2020-01-02", "2025-12-31")),
    ("taken", [is_(BOB, since="2026-01-01")], "2026-01-01", None),
]  # fmt: skip


@pytest.mark.parametrize(("others", "since", "expected"), [c[1:] for c in STRETCHES], ids=[c[0] for c in STRETCHES])
def test_when_an_actor_is_nobody_elses(others: list[Identity], since: str, expected: tuple[str, str] | None) -> None:
    found = free_stretch(others, date.fromisoformat(since) if since else None)
    if isinstance(found, Identity):
        assert (expected, found in others) == (None, True)
    else:
        assert tuple(str(day or "") for day in found) == expected


ACTORS = [
    ("mailto:ada@example.com", ActorKey("mbox", "mailto:ada@example.com")),
    ("ada@Example.com", ActorKey("mbox", "mailto:ada@example.com")),
    ("https://lms.example.com|58", ActorKey("account", "58", "https://lms.example.com")),
    ("https://lms.example.com 58", ActorKey("account", "58", "https://lms.example.com")),
    ("https://lms.example.com|Ann Lead", ActorKey("account", "Ann Lead", "https://lms.example.com")),
    ("https://lms.example.com|a@b", ActorKey("account", "a@b", "https://lms.example.com")),
    ("4A" * 20, ActorKey("mbox_sha1sum", "4a" * 20)),
    ("https://id.example.com/ann", ActorKey("openid", "https://id.example.com/ann")),
]


@pytest.mark.parametrize(("text", "key"), ACTORS)
def test_how_people_write_an_actor(text: str, key: ActorKey) -> None:
    assert actor_key_of(text) == key


PERIODS = [
    ("2020-01-01..", [], ["2020-01-01.."]),
    ("2020-01-01..", ["2021-01-01.."], ["2020-01-01..2020-12-31"]),
    ("2020-01-01..2020-12-31", ["2021-01-01.."], ["2020-01-01..2020-12-31"]),
    ("2022-01-01..", ["2020-01-01..2020-12-31"], ["2022-01-01.."]),
    ("2020-01-01..", ["2019-01-01..2020-06-30"], ["2020-07-01.."]),
    ("2020-01-01..", ["2020-03-01..2020-06-30"], ["2020-01-01..2020-02-29", "2020-07-01.."]),
    ("2020-01-01..2020-12-31", ["2019-01-01.."], []),
    ("2020-01-01..2020-12-31", ["2020-01-01..2020-12-31"], []),
    ("2020-01-01..2020-12-31", ["2020-03-01..2020-03-01", "2020-06-01.."],
     ["2020-01-01..2020-02-29", "2020-03-02..2020-05-31"]),
]  # fmt: skip


def period(text: str) -> Period:
    first, last = text.split("..")
    return Period(date.fromisoformat(first), date.fromisoformat(last) if last else None)


@pytest.mark.parametrize(("whole", "taken", "left"), PERIODS)
def test_what_is_left_of_a_period(whole: str, taken: list[str], left: list[str]) -> None:
    assert without(period(whole), map(period, taken)) == list(map(period, left))


def test_two_records_together() -> None:
    own = PersonRecord(
        ANN, "1", "Europe/Oslo",
        spells=(EmploymentSpell(period("2021-01-01.."), "employee"),),
        jobs=(JobAssignment(period("2021-01-01.."), department="Sales"),),
        absences=(Absence(period("2022-05-01..2022-06-01"), "long"),),
        extensions=(Extension("security", date(2026, 1, 1)),),
    )  # fmt: skip
    other = PersonRecord(
        BOB, "2", "Europe/Paris",
        spells=(EmploymentSpell(period("2018-01-01..2021-06-30"), "contractor"),),
        jobs=(JobAssignment(period("2018-01-01..2021-06-30"), department="Service"),),
        absences=(Absence(period("2019-05-01..2019-06-01"), "long"),),
        waivers=(Waiver(period("2019-01-01..2019-12-31"), "security"),),
        extensions=(Extension("security", date(2027, 1, 1)), Extension("selling", date(2026, 2, 2))),
    )  # fmt: skip
    both = united(own, [other])
    assert (both.person_id, both.employee_id, both.zone) == (ANN, "1", "Europe/Oslo")
    earlier = period("2018-01-01..2020-12-31")
    assert both.spells == (EmploymentSpell(earlier, "contractor"), *own.spells)
    assert both.jobs == (replace(other.jobs[0], period=earlier), *own.jobs)
    assert both.absences == (*other.absences, *own.absences)
    assert both.waivers == other.waivers
    assert both.extensions == (own.extensions[0], other.extensions[1])
    assert united(own, []) == own


def test_chains_of_merges() -> None:
    merges = {ANN: BOB, BOB: CAT}
    assert counts_for(merges) == {ANN: CAT, BOB: CAT}
    assert [is_circular(merges, *pair) for pair in ((CAT, ANN), (CAT, CAT), (KEY, ANN))] == [True, True, False]
