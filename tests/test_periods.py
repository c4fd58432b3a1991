"""Whole local dates."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from lrs_bridge.domain.periods import (
    Period,
    add_months,
    bridged,
    covering,
    intersection,
    last_valid_day,
    local_date,
    overlap,
    plus_days,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(text: str) -> Period:
    first, _, last = text.partition("..")
    return Period(day(first), day(last) if last else None)


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2024-01-31", 1, "2024-03-01"),
        ("2023-01-28", 1, "2023-02-28"),
        ("2024-01-29", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-03-01"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2024-12-31", 2, "2025-03-01"),
        ("2024-11-30", 1, "2024-12-30"),
        ("2024-12-15", 0, "2024-12-15"),
        ("2025-03-31", -1, "2025-03-01"),
        ("2025-01-15", -1, "2024-12-15"),
        ("2025-01-15", -13, "2023-12-15"),
    ],
)
def test_add_months(anchor: str, months: int, expected: str) -> None:
    assert add_months(day(anchor), months) == day(expected)


@pytest.mark.parametrize(
    ("done", "months", "expected"),
    [
        ("2023-02-12", 12, "2024-02-11"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-28"),
        ("2024-03-01", 12, "2025-02-28"),
        ("2023-03-01", 12, "2024-02-29"),
    ],
)
def test_last_valid_day(done: str, months: int, expected: str) -> None:
    assert last_valid_day(day(done), months) == day(expected)


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        ("2025-03-31T23:59:00-10:00", "Pacific/Honolulu", "2025-03-31"),
        ("2025-03-31T23:59:00-10:00", "UTC", "2025-04-01"),
        ("2025-03-31T18:31:00+00:00", "Asia/Kolkata", "2025-04-01"),
        ("2025-03-30T00:30:00+00:00", "Europe/London", "2025-03-30"),
        ("2025-06-30T23:00:00+00:00", "Europe/London", "2025-07-01"),
    ],
)
def test_local_date(instant: str, zone: str, expected: str) -> None:
    assert local_date(datetime.fromisoformat(instant), zone) == day(expected)


@pytest.mark.parametrize(
    ("periods", "gap", "expected"),
    [
        ([], 7, []),
        (["2025-01-01..2025-01-20", "2025-01-22.."], 7, ["2025-01-01.."]),
        (["2025-01-22..", "2025-01-01..2025-01-20"], 0, ["2025-01-01..2025-01-20", "2025-01-22.."]),
        (["2025-01-01..2025-01-20", "2025-01-21..2025-02-01"], 0, ["2025-01-01..2025-02-01"]),
        (["2025-01-01..2025-03-01", "2025-01-10..2025-02-01"], 0, ["2025-01-01..2025-03-01"]),
        (["2025-01-01..", "2025-01-10..2025-02-01"], 0, ["2025-01-01.."]),
        (["2025-01-01..2025-01-20", "2025-01-28.."], 7, ["2025-01-01.."]),
        (["2025-01-01..2025-01-20", "2025-01-29.."], 7, ["2025-01-01..2025-01-20", "2025-01-29.."]),
        (["2025-01-01..9999-12-31", "2025-02-01..2025-02-03"], 0, ["2025-01-01..9999-12-31"]),
    ],
)
def test_bridged(periods: list[str], gap: int, expected: list[str]) -> None:
    assert bridged([span(text) for text in periods], gap) == [span(text) for text in expected]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2025-01-01..2025-01-31", "2025-01-31..", "2025-01-31..2025-01-31"),
        ("2025-01-01..2025-01-31", "2025-02-01..", None),
        ("2025-01-01..", "2025-02-01..", "2025-02-01.."),
        ("2025-01-01..2025-12-31", "2025-02-01..2025-03-01", "2025-02-01..2025-03-01"),
    ],
)
def test_overlap(one: str, other: str, expected: str | None) -> None:
    found = span(expected) if expected else None
    assert overlap(span(one), span(other)) == overlap(span(other), span(one)) == found


def test_intersection_keeps_each_stretch() -> None:
    jobs = [span("2025-01-01..2025-06-30")]
    spells = [span("2024-01-01..2025-01-31"), span("2025-03-01..")]
    assert intersection(jobs, spells) == [span("2025-01-01..2025-01-31"), span("2025-03-01..2025-06-30")]


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2025-01-01", 30, "2025-01-31"),
        ("2025-01-01", -1, "2024-12-31"),
        ("9999-12-31", 1, "9999-12-31"),
        ("9999-12-31", 30, "9999-12-31"),
    ],
)
def test_plus_days_stops_at_the_end_of_the_calendar(start: str, days: int, expected: str) -> None:
    assert plus_days(day(start), days) == day(expected)


def test_covering_is_the_first_that_does() -> None:
    periods = [span("2025-01-01..2025-01-31"), span("2025-01-31..")]
    assert covering(periods, day("2025-01-31")) == periods[0]
    assert covering(periods, day("2024-12-31")) is None
