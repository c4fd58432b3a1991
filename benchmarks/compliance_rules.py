"""How fast the rules alone judge 8,000 people × 50 requirements, beside a floor: the same loop with a two-line rule.

    python benchmarks/compliance_rules.py [--people 8000] [--requirements 50]

Most people are asked for a fifth of the requirements, have a history of passes and failures, and some of them an
absence. One process; no database.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from time import perf_counter
from uuid import UUID

from lrs_bridge.domain.compliance import Status
from lrs_bridge.domain.facts import LearningFact, Outcome
from lrs_bridge.domain.histories import history_of
from lrs_bridge.domain.people import Absence, EmploymentSpell, JobAssignment, PersonRecord
from lrs_bridge.domain.periods import Period
from lrs_bridge.domain.programmes import Programme
from lrs_bridge.domain.requirements import AudienceClause, DueRule, Module, Renewal, Requirement

TODAY = date(2026, 6, 1)
DEPARTMENTS = tuple(f"Department {number}" for number in range(10))
ZONES = ("Europe/London", "Europe/Berlin", "Asia/Kolkata", "America/New_York")


def requirement(number: int) -> Requirement:
    modules = tuple(Module(f"https://learn.example.com/{number}/{part}", mastery=0.8) for part in range(1 + number % 3))
    audience = (
        () if number % 10 == 0 else (AudienceClause({"department": (DEPARTMENTS[number % 10], "Department 1?")}),)
    )
    renewal = Renewal(12, ("completion", "expiry")[number % 2])
    due = (DueRule(fixed=date(2026, 3, 31)), DueRule(days=30, after="hire"))
    return Requirement(f"r{number}", f"R{number}", modules, audience=audience, due=due, renewal=renewal)


def person(number: int, requirements: list[Requirement], random: Random) -> tuple[PersonRecord, list[LearningFact]]:
    hired = date(2015, 1, 1) + timedelta(random.randrange(4000))
    job = JobAssignment(Period(hired), department=random.choice(DEPARTMENTS), country="GB")
    away = (Absence(Period(date(2026, 2, 1), date(2026, 5, 1)), "long"),) if random.random() < 0.05 else ()
    record = PersonRecord(
        UUID(int=number), f"{number:06}", random.choice(ZONES), (EmploymentSpell(Period(hired)),), (job,), away
    )
    asked = [one for one in requirements if one.covers(job)]
    return record, [fact for one in asked for fact in facts(one, random)]


def facts(asked: Requirement, random: Random) -> Iterator[LearningFact]:
    for module in asked.modules:
        for _ in range(random.randrange(3)):
            done = datetime(2024, 6, 1, 9, tzinfo=UTC) + timedelta(days=random.randrange(730))
            outcome = Outcome.PASSED if random.random() < 0.8 else Outcome.FAILED
            yield LearningFact(UUID(int=random.getrandbits(128)), module.activity, outcome, done, recorded=done)


def floor(people: list[tuple[PersonRecord, list[LearningFact]]], requirements: list[Requirement]) -> int:
    """Whether everything asked for was ever passed: no dates, no audience, no reasons."""
    count = 0
    for _, learned in people:
        passed = {fact.activity for fact in learned if fact.outcome is Outcome.PASSED}
        count += sum(all(module.activity in passed for module in one.modules) for one in requirements)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8000)
    parser.add_argument("--requirements", type=int, default=50)
    asked = parser.parse_args()
    random = Random(4)
    requirements = [requirement(number) for number in range(asked.requirements)]
    people = [person(number, requirements, random) for number in range(asked.people)]
    programme = Programme.of(history_of([(one, None)]) for one in requirements)

    began = perf_counter()
    floor(people, requirements)
    least = perf_counter() - began

    counts: Counter[Status] = Counter()
    began = perf_counter()
    for record, learned in people:
        counts.update(status.status for _, status in programme.evaluate(record, learned, as_of=TODAY))
    took = perf_counter() - began

    total = asked.people * asked.requirements
    print(f"{total:,} statuses of {asked.people:,} people: {took:.2f} s, {took / total * 1e6:.1f} µs each")
    print(f"floor (passed ever?): {least:.2f} s, {least / total * 1e6:.2f} µs each")
    print(", ".join(f"{status} {count:,}" for status, count in counts.items()))


if __name__ == "__main__":
    main()
