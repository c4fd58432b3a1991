"""What a new version changes, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from lrs_bridge.domain.requirement_changes import changes_in_words
from lrs_bridge.domain.requirements import (
    AbsenceRule,
    AudienceClause,
    Criterion,
    DueRule,
    Equivalent,
    FollowUp,
    LookBack,
    Module,
    Renewal,
    Requirement,
)

ONE, TWO = Module("https://x.example/1", "Passwords", mastery=0.7), Module("https://x.example/2")
OLD = Requirement("r", "R", (ONE, TWO))
SALES = (AudienceClause({"department": ("Sales", "IT"), "country": ("GB",)}), AudienceClause({"job_code": ("ADV*",)}))

TABLE: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"version": 7}, []),
    ({"title": "R2"}, ["title: R → R2"]),
    ({"audience": SALES}, ["audience: everybody → department Sales or IT, and country GB; job_code ADV*"]),
    ({"due": (DueRule(fixed=date(2026, 3, 31)), DueRule(days=5, after="hire"))},
     ["due: 30 days after assignment → 2026-03-31; 5 days after hire"]),
    ({"renewal": Renewal(12, "expiry")},
     ["renewal: once for all → every 12 months by expiry, window 1 months, grace 0 days, at least 6 months active"]),
    ({"absence": AbsenceRule(10, 20)},
     ["absence: from 14 days, 30 days after the return → from 10 days, 20 days after the return"]),
    ({"min_notice_days": 9}, ["min_notice_days: 7 → 9"]),
    ({"in_force_from": date(2026, 1, 1)}, ["in_force_from: since ever → 2026-01-01"]),
    ({"modules_needed": 1}, ["modules_needed: all → 1"]),
    ({"requires": ("a", "b")}, ["requires: none → a; b"]),
    ({"look_back": LookBack(months=6)}, ["look_back: none → 6 months"]),
    ({"look_back": LookBack(days=9)}, ["look_back: none → 9 days"]),
    ({"follow_up": FollowUp("a", 90)}, ["follow_up: none → 90 days after a"]),
    ({"retake": True}, ["retake: no → yes"]),
    ({"retake": date(2026, 9, 30)}, ["retake: no → 2026-09-30"]),
    ({"correction": "a slip"}, ["correction: none → a slip"]),
    ({"competencies": ("First aid",)}, ["competencies: none → First aid"]),
    ({"modules": (replace(ONE, mastery=0.8), TWO)}, ['module "Passwords": mastery: 0.7 → 0.8']),
    ({"modules": (ONE, replace(TWO, needs="completed", after=("https://x.example/1",)))},
     ["module https://x.example/2: needs: passed → completed",
      "module https://x.example/2: after: none → https://x.example/1"]),
    ({"modules": (ONE, replace(TWO, equivalents=(Equivalent("urn:x:1", mastery=0.6),)))},
     ["module https://x.example/2: equivalents: none → urn:x:1 passed with 0.6"]),
    ({"modules": (ONE, replace(TWO, criteria=(Criterion("greets", weight=2, minimum=0.5),)))},
     ["module https://x.example/2: criteria: none → greets weight 2 minimum 0.5"]),
    ({"modules": (ONE,)}, ["module removed: https://x.example/2"]),
    ({"modules": (ONE, TWO, Module("https://x.example/3", "Late", after=("https://x.example/1",)))},
     ['module added: "Late" https://x.example/3, passed, after https://x.example/1']),
    ({"modules": (TWO, ONE)}, ['order of modules: https://x.example/2, "Passwords"']),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), TABLE, ids=[" ".join(row[0]) or "nothing" for row in TABLE])
def test_changes(changes: dict[str, Any], words: list[str]) -> None:
    assert changes_in_words(OLD, replace(OLD, **changes)) == words


def test_a_new_one_is_told_by_what_it_says() -> None:
    assert changes_in_words(None, replace(OLD, min_notice_days=3)) == [
        "audience: everybody",
        "due: 30 days after assignment",
        "min_notice_days: 3",
        'module added: "Passwords" https://x.example/1, passed with 0.7',
        "module added: https://x.example/2, passed",
    ]
