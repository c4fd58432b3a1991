"""The picture of a team: shares by team, the burn-up, its geometry, and a status in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lrs_bridge.domain.rates import Rate
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.team_picture import BurnUp, Step, burn_up, share, share_by_team
from lrs_bridge.web import charts
from lrs_bridge.web.status_words import days_left_words, status_words

TODAY = date(2026, 6, 15)
BLANK = FeedRow(
    employee_id="",
    name="",
    manager_id="",
    department="",
    location="",
    country="",
    requirement="r",
    requirement_version=1,
    status="missing",
    reason="due_soon",
    progress="not_started",
    due=None,
    last_valid_day=None,
    next_change=None,
    overdue_before_absence=False,
    modules_met=0,
    modules_total=1,
    evidence=(),
)
STATUS_OF = {
    "current": "compliant",
    "due_for_renewal": "compliant",
    "absent": "exempt",
    "waiver": "exempt",
    "out_of_scope": "exempt",
    "not_employed": "exempt",
}


def a_row(person: str, leader: str, reason: str, due: date | None = None) -> FeedRow:
    status = STATUS_OF.get(reason, "missing")
    return BLANK._replace(employee_id=person, name=person, manager_id=leader, reason=reason, status=status, due=due)


def rows_of(text: str) -> list[FeedRow]:
    """One row a line: person, leader ("-" for none), reason."""
    cells = [line.split() for line in text.strip().splitlines()]
    return [a_row(person, leader.strip("-"), reason) for person, leader, reason in cells]


COMPANY = """
    chief   -       current
    ann     chief   overdue
    bob     chief   current
    staff   chief   due_soon
    a1      ann     current
    a2      ann     overdue
    a3      ann     absent
    sub     ann     current
    s1      sub     overdue
    b1      bob     due_soon
    b2      bob     waiver
    b3      bob     out_of_scope
"""
UNDER_CHIEF = COMPANY.replace("chief   -       current", "").strip()
LOOP = """
    x  y  current
    y  x  overdue
    z  y  current
"""


@pytest.mark.parametrize(
    ("text", "top", "expected"),
    [
        pytest.param("", "chief", [], id="nobody"),
        pytest.param(
            UNDER_CHIEF,
            "chief",
            [("ann", Rate(2, 2, 1, 2)), ("bob", Rate(0, 1, 1, 0)), ("", Rate(1, 2, 0, 1))],
            id="a leader's page: two teams, most overdue first, and the direct reports themselves",
        ),
        pytest.param(
            COMPANY,
            "",
            [("ann", Rate(2, 2, 1, 2)), ("bob", Rate(0, 1, 1, 0)), ("", Rate(2, 2, 0, 1))],
            id="the whole company: below its only top, who counts among those at the top",
        ),
        pytest.param(
            "m - current\n n - current\n m1 m overdue\n n1 n current",
            "",
            [("m", Rate(0, 1, 0, 1)), ("n", Rate(1, 0, 0, 0)), ("", Rate(2, 0, 0, 0))],
            id="two tops: a team each",
        ),
        pytest.param("l1 gone current\n l2 gone overdue", "gone", [("", Rate(1, 1, 0, 1))], id="a leaf team"),
        pytest.param("o l out_of_scope\n p l not_employed", "l", [], id="nobody who is asked"),
        pytest.param(LOOP, "", [("x", Rate(1, 1, 0, 1)), ("y", Rate(1, 0, 0, 0))], id="a loop of leaders ends"),
    ],
)
def test_shares_by_team(text: str, top: str, expected: list[tuple[str, Rate]]) -> None:
    found = [(team.leader_id, team.share) for team in share_by_team(rows_of(text), top)]
    assert found == expected


def test_each_person_is_in_one_team() -> None:
    rows = rows_of(COMPANY)
    teams = [team.share for team in share_by_team(rows)]
    whole = share(rows)
    for count in ("compliant", "missing", "exempt", "overdue"):
        assert sum(getattr(team, count) for team in teams) == getattr(whole, count)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


@pytest.mark.parametrize(
    ("rows", "completed", "expected"),
    [
        pytest.param(
            [
                a_row("a", "", "current"),
                a_row("b", "", "current"),
                a_row("c", "", "current"),
                a_row("d", "", "due_soon", day(7)),
                a_row("e", "", "due_soon", day(7)),
                a_row("f", "", "upcoming", day(30)),
                a_row("g", "", "absent"),
            ],
            {"a": day(-10), "b": day(-3), "c": day(-3)},
            BurnUp(day(-11), TODAY, day(7), 0, (Step(day(-10), 1, 1), Step(day(-3), 2, 3)), 3, 3, day(7), 2, (day(7),)),
            id="most of the missing are due on one day",
        ),
        pytest.param(
            [a_row("a", "", "current"), a_row("b", "", "current"), a_row("c", "", "overdue", day(-4))],
            {"a": day(-200)},
            BurnUp(day(-14), TODAY, TODAY, 2, (), 2, 1, day(-4), 1, (day(-4),)),
            id="done long ago, or on a day that is not known: before the picture",
        ),
        pytest.param(
            [a_row(str(n), "", "upcoming", day(n)) for n in (3, 9, 80)],
            {},
            BurnUp(day(-14), TODAY, TODAY, 0, (), 0, 3, None, 0, ()),
            id="no day on which half are due",
        ),
        pytest.param(
            [a_row("a", "", "upcoming", day(300))],
            {},
            BurnUp(day(-14), TODAY, TODAY, 0, (), 0, 1, day(300), 1, ()),
            id="due far beyond the picture",
        ),
        pytest.param(
            [a_row("a", "", "current")],
            {"a": day(1)},
            BurnUp(day(-13), TODAY, day(1), 0, (Step(day(1), 1, 1),), 1, 0, None, 0, ()),
            id="it is tomorrow already where the person is",
        ),
        pytest.param([], {}, BurnUp(day(-14), TODAY, TODAY, 0, (), 0, 0, None, 0, ()), id="nobody"),
    ],
)
def test_burn_up(rows: list[FeedRow], completed: dict[str, date], expected: BurnUp) -> None:
    assert burn_up(rows, completed, TODAY) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Rate(0, 0, 0, 0), []),
        (Rate(3, 0, 0, 0), [("compliant", 3, 0, 100)]),
        (
            Rate(1, 2, 1, 1),
            [("compliant", 1, 0, 25), ("missing", 1, 25, 25), ("overdue", 1, 50, 25), ("exempt", 1, 75, 25)],
        ),
        (Rate(0, 2, 1, 2), [("overdue", 2, 0, 66.67), ("exempt", 1, 66.67, 33.33)]),
    ],
)
def test_bar(counts: Rate, expected: list[tuple[str, int, float, float]]) -> None:
    assert [(part.kind, part.count, part.x, part.width) for part in charts.bar(counts)] == expected


def test_line() -> None:
    picture = BurnUp(day(-15), TODAY, day(5), 1, (Step(day(-5), 2, 3),), 3, 1, day(5), 1, (day(5),))
    assert charts.line(picture) == charts.Line(
        line="M0 75 L50 75 L50 25 L75 25",
        area="M0 75 L50 75 L50 25 L75 25 L75 100 L0 100 Z",
        today=75,
        due=100,
        due_ticks=(100,),
        done=25,
    )


def worded(reason: str, **changes: object) -> str:
    row = a_row("p", "", reason)._replace(**changes)  # type: ignore[arg-type]
    return " – ".join(status_words(row, TODAY, waived_until=date(2027, 3, 3) if reason == "waiver" else None))


@pytest.mark.parametrize(
    ("reason", "changes", "words"),
    [
        ("overdue", {"due": day(-3), "progress": "failed"}, "Missing – overdue by 3 days – failed last attempt"),
        ("overdue", {"due": day(-1)}, "Missing – overdue by 1 day – not started"),
        ("expired", {"due": day(-12)}, "Missing – expired 12 days ago – not started"),
        ("in_grace", {"due": day(-2)}, "Missing – was due 2 days ago, in the grace period – not started"),
        ("due_soon", {"due": day(0), "progress": "in_progress"}, "Missing – due today – in progress"),
        ("due_soon", {"due": day(5)}, "Missing – due in 5 days – not started"),
        ("upcoming", {}, "Missing – no due date yet – not started"),
        ("current", {"last_valid_day": date(2027, 2, 11)}, "Compliant until 11 Feb 2027"),
        ("current", {}, "Compliant, does not expire"),
        ("due_for_renewal", {"last_valid_day": day(9)}, "Compliant until 24 Jun 2026 – renewal is open"),
        ("waiver", {}, "Waiver until 3 Mar 2027: not counted"),
        ("absent", {}, "Away until further notice: not counted"),
        ("absent", {"due": date(2026, 9, 1)}, "Away: not counted – due by 1 Sep 2026, after the return"),
        (
            "absent",
            {"due": day(-40), "overdue_before_absence": True},
            "Away: not counted – was overdue before going away",
        ),
        ("out_of_scope", {}, "Not asked of this person"),
        ("not_employed", {}, "Not employed"),
    ],
)
def test_status_in_words(reason: str, changes: dict[str, object], words: str) -> None:
    assert worded(reason, **changes) == words


@pytest.mark.parametrize(
    ("reason", "due", "words"),
    [
        ("due_soon", day(1), "1 day left"),
        ("due_soon", day(0), "today"),
        ("overdue", day(-3), "3 days overdue"),
        ("in_grace", day(-1), "1 day ago"),
        ("due_for_renewal", day(20), "20 days left"),
        ("current", day(300), ""),
        ("absent", day(3), ""),
        ("upcoming", None, ""),
    ],
)
def test_days_left(reason: str, due: date | None, words: str) -> None:
    assert days_left_words(a_row("p", "", reason, due), TODAY) == words
