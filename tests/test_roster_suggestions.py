"""Who an unmatched actor may be: one line a case, with the clues that it is suggested by."""

from __future__ import annotations

from datetime import date

import pytest

from lrs_bridge.roster.suggestions import CLOSE, Colleague, HeldAddress, Roll, Stranger, with_courses

COURSE = "https://learn.example.com/1"


def address(value: str, since: date | None = None, until: date | None = None) -> HeldAddress:
    return HeldAddress(value, since, until)


STAFF = (
    Colleague("000123", "Ann Lead", "Sales", (address("ann.lead@example.com", date(2020, 1, 1)),),
              (HeldAddress("58"),)),
    Colleague("002", "Robert Able", "Service", (address("bob@example.com", date(2018, 1, 1), date(2019, 12, 31)),
                                               address("robert.able@example.com", date(2020, 1, 1)))),
    Colleague("003", "Jürgen Groß-Weber", "Sales", (address("shared@example.com"),)),
    Colleague("004", "Lead Ann", "Service"),
    Colleague("005", "Li Wei", "Sales", accounts=(HeldAddress("liwei"),)),
)  # fmt: skip
ROLL = Roll(STAFF)

CASES: list[tuple[str, Stranger, list[tuple[str, list[str]]]]] = [
    ("nothing known", Stranger(), []),
    ("nobody like it", Stranger(address="zoe@example.com", names=("Zoe Zenith",)), []),
    ("a former address", Stranger(address="bob@example.com"), [("002", ["address"])]),
    ("a former address with capitals", Stranger(address="Bob@example.com"), [("002", ["address"])]),
    ("an address in a row that identifies nobody", Stranger(address="shared@example.com"), [("003", ["address"])]),
    ("an alias at another domain", Stranger(address="robert.able@old.example.org"), [("002", ["alias", "name"])]),
    ("a label in the mailbox", Stranger(address="bob+lms@example.com"), [("002", ["alias"])]),
    ("a close name", Stranger(names=("Robert Abel",)), [("002", ["name"])]),
    ("the family name first", Stranger(names=("Able, Robert",)), [("002", ["name"])]),
    ("signs and capitals", Stranger(names=("JÜRGEN GROSS WEBER",)), [("003", ["name"])]),
    ("one word is no name", Stranger(names=("Robert",)), []),
    ("a name in the address", Stranger(address="robert_able@mail.example"), [("002", ["name"])]),
    ("two of one name", Stranger(names=("Ann Lead",)), [("000123", ["name"]), ("004", ["name"])]),
    ("two of one name, one department", Stranger(names=("Ann Lead",), departments=("SALES",)),
     [("000123", ["name", "department"]), ("004", ["name"])]),
    ("a department alone", Stranger(departments=("Sales",)), []),
    ("the employee id as account", Stranger(account="000123"), [("000123", ["account"])]),
    ("the employee id without its zeros", Stranger(account="123"), [("000123", ["account"])]),
    ("the account of another LMS", Stranger(account="58"), [("000123", ["account"])]),
    ("an account with capitals", Stranger(account="LiWei"), [("005", ["account"])]),
    ("an address as account", Stranger(account="ann.lead@example.com"), [("000123", ["account"])]),
    ("half an address as account", Stranger(account="ann.lead"), [("000123", ["account"])]),
    ("account and name", Stranger(account="58", names=("Anne Lead",)),
     [("000123", ["account", "name"]), ("004", ["name"])]),
]  # fmt: skip


@pytest.mark.parametrize(("stranger", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_suggestions(stranger: Stranger, expected: list[tuple[str, list[str]]]) -> None:
    found = ROLL.suggestions(stranger)
    assert [(one.employee_id, [clue.kind for clue in one.clues]) for one in found] == expected
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 < one.score < 100 for one in found)


WORDS = [
    (Stranger(address="bob@example.com", days=(date(2021, 3, 1), date(2021, 4, 1))),
     "bob@example.com was theirs from 2018-01-01 to 2019-12-31; the statements are of 2021-03-01 to 2021-04-01"),
    (Stranger(address="ann.lead@example.com", days=(date(2019, 3, 1), date(2019, 3, 1))),
     "ann.lead@example.com is theirs from 2020-01-01; the statements are of 2019-03-01"),
    (Stranger(address="shared@example.com"), "shared@example.com is the address in their row"),
    (Stranger(address="bob@old.example"), "bob@old.example and bob@example.com differ only after the @"),
    (Stranger(account="58"), "the account 58 is their account (58)"),
    (Stranger(names=("Robert Abel",)), '"Robert Abel" is 91 % like "Robert Able"'),
]  # fmt: skip


@pytest.mark.parametrize(("stranger", "words"), WORDS)
def test_the_words_say_what_speaks_for_it(stranger: Stranger, words: str) -> None:
    assert ROLL.suggestions(stranger)[0].clues[0].words == words


def test_whoever_had_the_very_actor_is_suggested() -> None:
    held = HeldAddress("robert@example.com", date(2020, 1, 1), date(2021, 1, 1))
    (found,) = ROLL.suggestions(Stranger(held={"002": held, "gone": held}))
    assert (found.employee_id, found.score) == ("002", 90)
    assert found.clues[0].words == "robert@example.com was theirs from 2020-01-01 to 2021-01-01"


def test_a_course_that_is_missing_decides_between_two_of_one_name() -> None:
    found = with_courses(ROLL.suggestions(Stranger(names=("Ann Lead",))), {"004": COURSE})
    assert [(one.employee_id, len(one.clues)) for one in found] == [("004", 2), ("000123", 1)]
    assert found[0].clues[-1].words == f"{COURSE} is required of them and missing"


def test_a_rejected_pair_is_not_suggested_again() -> None:
    stranger = Stranger(names=("Ann Lead",))
    assert [one.employee_id for one in ROLL.suggestions(stranger, without=frozenset({"000123"}))] == ["004"]


@pytest.mark.parametrize(
    ("one", "other", "is_close"),
    [("Jon Smith", "John Smith", True), ("Ann Lead", "Ada Lead", False), ("Jon Smith", "Jane Smythe", False)],
)
def test_what_is_close(one: str, other: str, is_close: bool) -> None:
    assert bool(Roll([Colleague("1", one)]).suggestions(Stranger(names=(other,)))) is is_close
    assert CLOSE > 80
