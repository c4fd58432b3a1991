"""The rules behind the figures: who is not shown, statuses over days, uptake, and hours of work."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs_bridge.domain.compliance import ComplianceStatus, Reason, Status
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.people import Absence
from lrs_bridge.domain.periods import Period
from lrs_bridge.domain.requirements import AbsenceRule, Bar
from lrs_bridge.domain.suppression import LEAST, Key, hidden_groups, hidden_sums
from lrs_bridge.domain.tallies import COUNTED, tally
from lrs_bridge.domain.timelines import Stretch, forecast, periods_ahead, timeline, trend
from lrs_bridge.domain.uptake import Use, funnel, is_abandoned, is_late_return, use_of
from lrs_bridge.domain.working_time import Moment, WorkingCalendar, time_spent
from lrs_bridge.errors import SettingInvalid
from lrs_bridge.services.uptake_figures import place_rows
from lrs_bridge.services.working_calendars import working_calendar
from lrs_bridge.settings import Settings
from lrs_bridge.xapi.durations import parse_duration
from lrs_bridge.xapi.places import Place, place_of

# --- groups that are not shown


def people_of(sizes: dict[Key, int]) -> dict[Key, set[Any]]:
    """Groups without a person in common."""
    return {key: {(key, number) for number in range(size)} for key, size in sizes.items()}


@pytest.mark.parametrize(
    ("sizes", "hidden", "whole"),
    [
        ({}, "", True),
        ({"a": 5}, "", False),
        ({"a": 4}, "a", True),
        ({"a": 5, "b": 6}, "", False),
        ({"a": 4, "b": 6}, "a b", False),
        ({"a": 4, "b": 6, "c": 9}, "a b", False),
        ({"a": 4, "b": 9, "c": 6}, "a c", False),
        ({"a": 1, "b": 1, "c": 5, "d": 8}, "a b c", False),
        ({"a": 2, "b": 3, "c": 5, "d": 8}, "a b", False),
        ({"a": 4, "b": 4, "c": 4}, "a b c", False),
        ({"a": 1, "b": 1}, "a b", True),
    ],
)
def test_groups_of_one_kind(sizes: dict[str, int], hidden: str, whole: bool) -> None:
    found = hidden_groups(people_of({(name,): size for name, size in sizes.items()}))
    assert (" ".join(sorted(key[0] for key in found.groups)), found.whole) == (hidden, whole)


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        # columns x, y, z; rows a, b, c …: a number is the people of that group, . stands for none
        pytest.param(["7 8 9", "6 5 7"], ["7 8 9", "6 5 7"], id="all are large enough"),
        pytest.param(["3 8 9", "6 5 7", "9 9 9"], ["- - 9", "- - 7", "9 9 9"], id="one small: a square goes with it"),
        pytest.param(["2 1 .", "9 9 9"], ["- - .", "- - -"], id="a small row takes the next row"),
        pytest.param(["3 3 9", "9 9 9"], ["- - 9", "- - 9"], id="two small in one row: their columns would tell them"),
        pytest.param(["6 . .", ". 6 .", ". . 6"], ["6 . .", ". 6 .", ". . 6"], id="one group a row and column"),
    ],
)
def test_groups_of_two_kinds(rows: list[str], shown: list[str]) -> None:
    sizes: dict[Key, int] = {}
    for name, row in zip("abc", rows, strict=False):
        for column, cell in zip("xyz", row.split(), strict=True):
            if cell != ".":
                sizes[name, column] = int(cell)
    hidden = hidden_groups(people_of(sizes)).groups
    drawn = [
        " ".join("-" if (name, column) in hidden else str(sizes.get((name, column), ".")) for column in "xyz")
        for name, _ in zip("abc", rows, strict=False)
    ]
    assert drawn == shown


@pytest.mark.parametrize(
    ("parts", "hidden", "whole"),
    [
        # requirement by requirement, the people asked in each team
        (["a=6 b=7", "a=6 b=7"], "", False),
        (["a=6 b=7", "a=3 b=7"], "a b", False),
        (["a=6 b=7 c=9", "a=3 b=7 c=9"], "a b", False),
        (["a=6 b=7 c=9", "c=9"], "", False),
        (["a=6 b=7 c=9", "a=2"], "a b", True),
        (["a=3 b=3", "a=3 b=3"], "a b", False),
        ([], "", True),
    ],
)
def test_sums_over_requirements(parts: list[str], hidden: str, whole: bool) -> None:
    """Who asks for the sum and for every requirement but one must not learn of that one."""
    read = [{(team,): int(size) for team, _, size in (one.partition("=") for one in part.split())} for part in parts]
    found = hidden_sums(map(people_of, read))
    assert (" ".join(sorted(key[0] for key in found.groups)), found.whole) == (hidden, whole)


tables = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), st.integers(1, 12), min_size=1)


@given(tables)
def test_what_is_not_shown_does_not_follow_from_what_is(sizes: dict[Key, int]) -> None:
    """In every row and column whose sum is shown, what is left out is two groups or more, of five people or more."""
    hidden = hidden_groups(people_of(sizes)).groups
    assert {key for key, size in sizes.items() if size < LEAST} <= hidden
    for axis in (0, 1):
        sums = Counter[str]()
        for key, size in sizes.items():
            sums[key[axis]] += size
        gone = {key[0] for key in hidden_groups(people_of({(name,): size for name, size in sums.items()})).groups}
        for name in sums.keys() - gone:
            line = [key for key in sizes if key[axis] == name]
            out = [key for key in line if key in hidden]
            if out and out != line:
                assert len(out) > 1
                assert sum(sizes[key] for key in out) >= LEAST


# --- what is counted


def test_a_tally_leaves_out_who_is_not_asked() -> None:
    counts = {
        (Status.COMPLIANT, Reason.CURRENT): 5,
        (Status.COMPLIANT, Reason.DUE_FOR_RENEWAL): 1,
        (Status.MISSING, Reason.IN_GRACE): 1,
        (Status.MISSING, Reason.OVERDUE): 2,
        (Status.MISSING, Reason.EXPIRED): 1,
        (Status.EXEMPT, Reason.WAIVER): 4,
        (Status.EXEMPT, Reason.ABSENT): 2,
        (Status.EXEMPT, Reason.OUT_OF_SCOPE): 70,
        (Status.EXEMPT, Reason.NOT_EMPLOYED): 90,
    }
    found = tally(counts)
    assert set(found) == set(COUNTED)
    assert {name: value for name, value in found.items() if value} == {
        "compliant": 6, "due_for_renewal": 1, "missing": 4, "in_grace": 1, "overdue": 2, "expired": 1,
        "exempt": 6, "waiver": 4, "absent": 2, "rate": 0.6, "overdue_rate": 0.3,
    }  # fmt: skip
    assert tally({(Status.EXEMPT, Reason.WAIVER): 3})["rate"] is None


# --- statuses over days

ON = date(2026, 1, 1)


def day(number: int) -> date:
    return ON + timedelta(days=number)


CURRENT, RENEW = (Status.COMPLIANT, Reason.CURRENT), (Status.COMPLIANT, Reason.DUE_FOR_RENEWAL)
EXPIRED, GRACE = (Status.MISSING, Reason.EXPIRED), (Status.MISSING, Reason.IN_GRACE)
SOON, OVERDUE = (Status.MISSING, Reason.DUE_SOON), (Status.MISSING, Reason.OVERDUE)
AWAY, LEFT = (Status.EXEMPT, Reason.ABSENT), (Status.EXEMPT, Reason.NOT_EMPLOYED)
Verdicts = list[tuple[int, tuple[Status, Reason]]]


def judged(changes: Verdicts) -> tuple[Any, list[date]]:
    """A judge that says each verdict from its day on, and the days it was asked about."""
    asked: list[date] = []

    def judge(on: date) -> ComplianceStatus:
        asked.append(on)
        index = max(i for i, (number, _) in enumerate(changes) if day(number) <= on)
        following = day(changes[index + 1][0]) if index + 1 < len(changes) else None
        return ComplianceStatus(*changes[index][1], 0, 1, 1, next_change=following)

    return judge, asked


def line(changes: Verdicts, first: int, last: int) -> list[Stretch]:
    return list(timeline(judged(changes)[0], day(first), day(last)))


def test_a_status_is_asked_once_for_each_change() -> None:
    judge, asked = judged([(0, SOON), (10, OVERDUE), (40, CURRENT), (90, EXPIRED)])
    found = list(timeline(judge, day(5), day(60)))
    assert found == [
        Stretch(day(5), day(9), SOON), Stretch(day(10), day(39), OVERDUE), Stretch(day(40), day(60), CURRENT),
    ]  # fmt: skip
    assert asked == [day(5), day(10), day(40)]
    assert list(timeline(judge, day(5), day(4))) == []


def test_a_trend_counts_each_person_on_each_day() -> None:
    lines = [line([(0, SOON), (2, CURRENT)], 0, 3), line([(0, SOON), (3, OVERDUE)], 0, 3), line([(0, LEFT)], 0, 3)]
    assert trend(lines, day(0), day(3)) == [
        (day(0), {SOON: 2, LEFT: 1}),
        (day(1), {SOON: 2, LEFT: 1}),
        (day(2), {CURRENT: 1, SOON: 1, LEFT: 1}),
        (day(3), {CURRENT: 1, OVERDUE: 1, LEFT: 1}),
    ]


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        ([(0, CURRENT), (3, RENEW), (9, EXPIRED)], [(1, 0, 0), (0, 1, 1)]),
        ([(0, CURRENT), (1, EXPIRED)], [(0, 1, 1), (0, 0, 0)]),
        ([(0, CURRENT), (7, GRACE), (8, EXPIRED)], [(0, 1, 0), (0, 0, 1)]),
        ([(0, SOON), (8, OVERDUE)], [(0, 0, 0), (0, 0, 1)]),
        ([(0, EXPIRED), (5, AWAY), (9, EXPIRED)], [(0, 0, 0), (0, 0, 1)]),
        ([(0, RENEW), (5, AWAY)], [(0, 1, 0), (0, 0, 0)]),
        ([(0, CURRENT), (5, LEFT)], [(0, 0, 0), (0, 0, 0)]),
    ],
)
def test_what_happens_ahead(changes: Verdicts, events: list[tuple[int, int, int]]) -> None:
    periods = [Period(day(1), day(7)), Period(day(8), day(14))]
    found = forecast([line(changes, 0, 14)], periods)
    assert [(ahead.renewable, ahead.expiring, ahead.becoming_overdue) for ahead in found] == events
    assert all(sum(ahead.counts.values()) == 1 for ahead in found)


@pytest.mark.parametrize(
    ("today", "span", "expected"),
    [
        (date(2026, 11, 25), "week", ["2026-11-26 2026-11-29", "2026-11-30 2026-12-06"]),
        (date(2026, 11, 29), "week", ["2026-11-30 2026-12-06", "2026-12-07 2026-12-13"]),
        (date(2026, 11, 25), "month", ["2026-11-26 2026-11-30", "2026-12-01 2026-12-31"]),
        (date(2026, 1, 31), "month", ["2026-02-01 2026-02-28", "2026-03-01 2026-03-31"]),
    ],
)
def test_periods_ahead(today: date, span: Any, expected: list[str]) -> None:
    assert [f"{period.first} {period.last}" for period in periods_ahead(today, span, 2)] == expected


# --- uptake

BARS = {"m": Bar("passed", 0.8), "other": Bar("completed", None)}


def facts_of(text: str) -> list[LearningFact]:
    """``0 started, 30 passed 0.9``: minute, outcome, score."""
    facts = []
    for number, words in enumerate(text.split(",") if text else []):
        minute, outcome, *score = words.split()
        happened = datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(minutes=int(minute))
        activity = "other" if outcome == "elsewhere" else "m"
        kind = Outcome.COMPLETED if outcome == "elsewhere" else Outcome(outcome)
        facts.append(LearningFact(UUID(int=number), activity, kind, happened, float(score[0]) if score else None))
    return facts


@pytest.mark.parametrize(
    ("facts", "expected", "minutes"),
    [
        ("", Use(), []),
        ("0 started", Use(True, False, False, True), []),
        ("0 started, 30 passed 0.9", Use(True, True, True, False), [30]),
        ("30 passed 0.9", Use(True, True, True, False), []),
        ("0 started, 30 passed 0.7", Use(True, True, False, True), []),
        ("0 started, 20 failed 0.3, 50 passed 0.8", Use(True, True, True, False), [50]),
        ("0 started, 20 completed", Use(True, True, False, True), []),
        ("0 started, 20 elsewhere", Use(True, True, True, False), [20]),
        ("0 started, 20 passed 0.9, 60 started, 90 passed 1", Use(True, True, True, False), [20, 30]),
        ("0 started, 20 passed 0.9, 60 started", Use(True, True, True, True), [20]),
        ("0 started, 9 waived", Use(True, True, True, False), [9]),
    ],
)
def test_the_use_of_a_module(facts: str, expected: Use, minutes: list[int]) -> None:
    found = use_of(reversed(facts_of(facts)), BARS)
    assert found.took == tuple(timedelta(minutes=number) for number in minutes)
    assert (found.started, found.completed, found.met, found.is_open) == (
        expected.started, expected.completed, expected.met, expected.is_open,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("use", "has_lapsed", "expected"),
    [
        (Use(started=True, is_open=True), False, True),
        (Use(started=True, is_open=True, met=True), False, False),
        (Use(started=True, is_open=True, met=True), True, True),
        (Use(started=True, met=True), True, False),
        (Use(), False, False),
    ],
)
def test_who_has_abandoned_a_module(use: Use, has_lapsed: bool, expected: bool) -> None:
    assert is_abandoned(use, has_lapsed=has_lapsed) is expected


def test_a_funnel() -> None:
    hours = [(1,), (2, 9), (4,)]
    uses = [Use(True, True, True, False, tuple(timedelta(hours=hour) for hour in took)) for took in hours]
    found = funnel([*uses, Use(started=True, is_open=True), Use()], abandoned=1)
    assert (found.assigned, found.started, found.completed, found.met, found.timed) == (5, 4, 3, 3, 4)
    assert (found.median_hours, found.started_share, found.met_share) == (3.0, 0.8, 0.6)
    assert funnel([], abandoned=0).started_share is None


@pytest.mark.parametrize(
    ("absences", "due", "as_of", "expected"),
    [
        ([(0, 30, "long")], 60, 61, True),  # back on the 31st, 30 days to do it, due on the 60th
        ([(0, 30, "long")], 60, 60, False),
        ([(0, 30, "long")], 90, 95, False),  # due later, for another reason
        ([(0, 30, "long")], -5, 61, True),  # overdue when they left, and still
        ([(0, None, "long")], 60, 99, False),
        ([(0, 9, "short")], 30, 99, False),
        ([(0, 13, "short")], 40, 44, True),
        ([], 60, 99, False),
    ],
)
def test_who_is_back_and_late(
    absences: list[tuple[int, int | None, Any]], due: int, as_of: int, expected: bool
) -> None:
    away = [Absence(Period(day(first), None if last is None else day(last)), kind) for first, last, kind in absences]
    assert is_late_return(away, AbsenceRule(14, 30), day(due), day(as_of)) is expected


A_QUESTION, A_PAGE = Place("question", "q1"), Place("page", "p1")


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([A_QUESTION] * 5, [("question", "q1", 5)]),
        ([A_QUESTION] * 4, [(None, None, None)]),
        ([A_QUESTION] * 6 + [A_PAGE] * 5, [("question", "q1", 6), ("page", "p1", 5)]),
        ([A_QUESTION] * 9 + [A_PAGE] * 8 + [Place("page", "p2")] * 2,
         [("other", "places with few people each", 10), ("question", "q1", 9)]),
    ],
)  # fmt: skip
def test_places_with_few_people_are_told_together(places: list[Place], expected: list[tuple[Any, ...]]) -> None:
    rows = list(place_rows({UUID(int=number): place for number, place in enumerate(places)}))
    assert [(row.get("kind"), row.get("place"), row.get("people")) for row in rows] == expected


CMI5_PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
VIDEO_PROGRESS = "https://w3id.org/xapi/video/extensions/progress"
ADL = "http://adlnet.gov/expapi"


@pytest.mark.parametrize(
    ("verb", "subject", "extensions", "expected"),
    [
        ("progressed", {"id": "u:m"}, {CMI5_PROGRESS: 43}, Place("progress", "40 %")),
        ("progressed", {"id": "u:m"}, {CMI5_PROGRESS: 1}, Place("progress", "0 %")),
        ("progressed", {"id": "u:m"}, {VIDEO_PROGRESS: 1}, Place("progress", "100 %")),
        ("progressed", {"id": "u:m"}, {CMI5_PROGRESS: "40"}, None),
        ("progressed", {"id": "u:m"}, {CMI5_PROGRESS: True}, None),
        ("progressed", {"id": "u:m"}, {CMI5_PROGRESS: 101}, None),
        ("initialized", {"id": "u:m"}, {}, None),
        ("responded", {"id": "u:m/q/7", "definition": {"type": f"{ADL}/activities/cmi.interaction"}}, {},
         Place("question", "7")),
        ("answered", {"id": "u:x", "definition": {"interactionType": "choice", "name": {"de": "Wie", "en-GB": "How"}}},
         {}, Place("question", "How")),
        ("experienced", {"id": "u:m/pages/3", "definition": {"name": {"de": "Seite 3"}}}, {}, Place("page", "Seite 3")),
        ("experienced", {"id": "u:m/pages/3/"}, {}, Place("page", "3")),
        ("experienced", {"id": "u:c", "definition": {"type": f"{ADL}/activities/course"}}, {}, None),
        ("passed", {"id": "u:m/pages/3"}, {}, None),
        ("responded", {"objectType": "StatementRef", "id": "u:s"}, {}, None),
    ],
)  # fmt: skip
def test_where_a_learner_is(
    verb: str, subject: dict[str, Any], extensions: dict[str, Any], expected: Place | None
) -> None:
    statement = {"verb": {"id": f"{ADL}/verbs/{verb}"}, "object": subject, "result": {"extensions": extensions}}
    assert place_of(statement, {"u:m"}) == expected


# --- hours of work

OFFICE = WorkingCalendar(time(8), time(18), frozenset({date(2026, 3, 28), date(2026, 3, 29)}))


@pytest.mark.parametrize(
    ("moments", "zone", "total", "in_hours"),
    [
        pytest.param([], "UTC", 0, 0, id="nothing"),
        pytest.param(["2026-03-25T10:00 30"], "UTC", 30, 30, id="the half hour before"),
        pytest.param(["2026-03-25T08:20 40"], "UTC", 40, 20, id="begun before the doors open"),
        pytest.param(["2026-03-25T17:00 60"], "Europe/Berlin", 60, 60, id="17 to 18 o'clock in Berlin"),
        pytest.param(["2026-03-25T17:30 60"], "Europe/Berlin", 60, 30, id="17:30 to 18:30 in Berlin"),
        pytest.param(["2026-03-25T17:30 60"], "America/New_York", 60, 60, id="an afternoon in New York"),
        pytest.param(["2026-03-28T10:00 60"], "UTC", 60, 0, id="a day off"),
        pytest.param(["2026-03-25T10:00 60", "2026-03-25T10:10 60"], "UTC", 70, 70, id="what overlaps counts once"),
        pytest.param(["2026-03-25T10:00 -", "2026-03-25T10:20 -", "2026-03-25T11:00 -"], "UTC", 20, 20,
                     id="statements without durations: 20 minutes between, then a pause"),
        pytest.param(["2026-03-25T10:00 - x", "2026-03-25T10:20 - y"], "UTC", 0, 0, id="two attempts are two sittings"),
        pytest.param(["2026-03-25T10:00 900"], "UTC", 0, 0, id="a window left open for 15 hours"),
        pytest.param(["2026-03-26T09:00 720"], "UTC", 720, 60, id="through the night"),
        pytest.param(["2026-03-30T08:00 600"], "Europe/Berlin", 600, 120, id="from a Sunday night to Monday at ten"),
    ],
)  # fmt: skip
def test_time_in_working_hours(moments: list[str], zone: str, total: int, in_hours: int) -> None:
    read = []
    for text in moments:
        at, minutes, *attempt = text.split()
        spent = None if minutes == "-" else timedelta(minutes=int(minutes))
        read.append(Moment(datetime.fromisoformat(at).replace(tzinfo=UTC), spent, attempt[0] if attempt else ""))
    found = time_spent(read, OFFICE, zone)
    assert (found.total, found.in_hours) == (timedelta(minutes=total), timedelta(minutes=in_hours))


def test_the_night_on_which_the_clocks_change() -> None:
    """In Berlin 29 March 2026 has 23 hours."""
    found = time_spent(
        [Moment(datetime(2026, 3, 29, 2, tzinfo=UTC), timedelta(hours=2), "")],
        WorkingCalendar(time(0), time(6)), "Europe/Berlin",
    )  # fmt: skip
    assert found.in_hours == timedelta(hours=2)


def settings(hours: str = "") -> Settings:
    return Settings.from_environment({"LRS_BRIDGE_WORKING_HOURS": hours} if hours else {})


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("", "DE", (time(8), time(18))),
        ("09:00-17:00", "DE", (time(9), time(17))),
        ("09:00-17:00 AE=07:00-15:30", "AE", (time(7), time(15, 30))),
        ("ae=07:00-15:30", "AE", (time(7), time(15, 30))),
        ("AE=07:00-15:30", "DE", (time(8), time(18))),
    ],
)
def test_working_hours_of_the_settings(text: str, country: str, expected: tuple[time, time]) -> None:
    calendar = working_calendar(settings(text), country, ON, ON)
    assert (calendar.opens, calendar.closes) == expected


@pytest.mark.parametrize(
    "text", ["8 to 18", "08:00", "18:00-08:00", "08:00-08:00", "DE=", "08:00Z-18:00Z", "08:00-24:00"]
)
def test_wrong_working_hours_stop_the_start(text: str) -> None:
    with pytest.raises(SettingInvalid, match="LRS_BRIDGE_WORKING_HOURS"):
        settings(text)


@pytest.mark.parametrize(
    ("country", "on", "is_free"),
    [
        ("DE", "2026-04-03", True),  # Good Friday
        ("FR", "2026-04-03", False),  # only in Alsace and Moselle
        ("GB", "2026-12-28", True),  # Boxing Day is a Saturday
        ("US", "2026-11-26", True),  # Thanksgiving
        ("IL", "2026-03-20", True),  # a Friday
        ("IL", "2026-03-22", False),  # a Sunday
        ("de ", "2026-04-03", True),
        ("", "2026-04-03", False),
        ("", "2026-04-04", True),
        ("Atlantis", "2026-12-25", False),
    ],
)
def test_the_calendar_of_a_country(country: str, on: str, is_free: bool) -> None:
    calendar = working_calendar(settings(), country, date(2026, 1, 1), date(2026, 12, 31))
    assert (date.fromisoformat(on) in calendar.free) is is_free
    assert (calendar.opens, calendar.closes) == (time(8), time(18))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT1H30M", 5400), ("PT0.5S", 0.5), ("PT0,5S", 0.5), ("P1D", 86400), ("P1W", 604800), ("P1Y", 31536000),
        ("P1DT1S", 86401), ("P", None), ("PT", None), ("1H", None), ("", None), ("P99999999999Y", None),
    ],
)  # fmt: skip
def test_durations(text: str, expected: float | None) -> None:
    found = parse_duration(text)
    assert (found.total_seconds() if found else None) == expected


def test_every_hour_of_a_week_is_either_in_or_out() -> None:
    """What is in working hours and what is not add up, whatever the zone."""
    for zone, hour in product(("Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"), range(0, 168, 5)):
        at = datetime(2026, 3, 23, tzinfo=UTC) + timedelta(hours=hour)
        found = time_spent([Moment(at, timedelta(hours=1), "")], WorkingCalendar(time(8), time(18)), zone)
        rest = time_spent(
            [Moment(at, timedelta(hours=1), "")], WorkingCalendar(time(18), time(23, 59, 59, 999999)), zone
        )
        early = time_spent([Moment(at, timedelta(hours=1), "")], WorkingCalendar(time(0), time(8)), zone)
        together = found.in_hours + rest.in_hours + early.in_hours
        assert timedelta(hours=1) - together <= timedelta(microseconds=1)
