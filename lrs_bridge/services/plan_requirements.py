"""The difference that a requirements file would make to people and statuses, before it is imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.effects import Effect, effect_of, first_day_in_force
from lrs_bridge.domain.evidence import is_certificate
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.histories import RequirementHistory, history_of
from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.requirement_changes import changes_in_words
from lrs_bridge.domain.requirements import Requirement
from lrs_bridge.errors import Problem
from lrs_bridge.services.backup import Progress, unseen
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.import_requirements import (
    ImportedRequirement,
    newest_requirements,
    read_file,
    version_numbers,
)
from lrs_bridge.services.refresh_compliance import histories_at
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import facts_of_people
from lrs_bridge.storage.people import PersonDetail, all_people, chunks, people_details, person_records
from lrs_bridge.storage.requirements import activities_named


@dataclass(frozen=True, slots=True)
class RequirementPlan:
    """``effect`` is that on ``as_of``: today, or the day on which the last of the new versions begins.

    ``named`` are the people that ``effect`` names, ``planned_on`` the versions that it was worked out from.
    """

    source: str
    as_of: date
    items: tuple[ImportedRequirement, ...]
    effect: Effect
    people: int
    named: Mapping[UUID, PersonDetail]
    warnings: tuple[Problem, ...]
    planned_on: Mapping[str, int]

    def words_of(self, item: ImportedRequirement) -> list[str]:
        """What differs in it."""
        return changes_in_words(item.before, item.requirement) if item.is_new_version else []

    @property
    def is_change(self) -> bool:
        return any(item.is_new_version for item in self.items)

    @property
    def affected(self) -> list[str]:
        """The requirements to which something happens, those that are not in the file but depend on it too."""
        in_file = [item.requirement.id for item in self.items]
        return list(dict.fromkeys((*in_file, *(transition.requirement_id for transition in self.effect.groups))))


def plan_requirements(bridge: Bridge, text: bytes, *, source: str, on_progress: Progress = unseen) -> RequirementPlan:
    """RequirementRefused with every problem of the file; nothing is recorded."""
    at = now()
    with bridge.database.reading() as connection:
        newest = newest_requirements(connection)
        items = read_file(connection, text, newest, source=source)
        changed = [item.requirement for item in items if item.is_new_version]
        old = histories_at(connection)
        new = _with_versions(old, changed, at)
        as_of = first_day_in_force([history for history in new if history.newest in changed], at.date())
        people = all_people(connection) if changed else []
        effect = effect_of(old, new, _records(connection, people, on_progress), as_of=as_of)
        first = {person_id for group in effect.groups.values() for person_id in group.first}
        named = people_details(connection, sorted(first))
        unknown = _unknown_activities(connection, items)
    return RequirementPlan(
        source=source,
        as_of=as_of,
        items=tuple(items),
        effect=effect,
        people=len(people),
        named=named,
        warnings=(*_warnings_of_audiences(source, items, effect), *_warnings_of_activities(source, items, unknown)),
        planned_on=version_numbers(newest),
    )


def _with_versions(
    histories: Sequence[RequirementHistory], changed: Iterable[Requirement], at: datetime
) -> list[RequirementHistory]:
    """As they will be when ``changed`` have been recorded."""
    by_id = {history.newest.id: history for history in histories}
    for requirement in changed:
        before = by_id[requirement.id].versions if requirement.id in by_id else ()
        by_id[requirement.id] = history_of([*before, (requirement, at)])
    return list(by_id.values())


def _records(
    connection: sa.Connection, people: Sequence[UUID], on_progress: Progress
) -> Iterator[tuple[PersonRecord, Sequence[LearningFact]]]:
    done = 0
    for part in chunks(people):
        facts = facts_of_people(connection, part)
        for record in sorted(person_records(connection, part).values(), key=lambda record: record.employee_id):
            yield record, facts.get(record.person_id, ())
        done += len(part)
        on_progress(done, len(people))


def _warnings_of_audiences(source: str, items: Sequence[ImportedRequirement], effect: Effect) -> Iterator[Problem]:
    for number, item in enumerate(items):
        if item.is_new_version and item.requirement.id not in effect.matched:
            yield Problem(
                f"{source}: requirement[{number}].audience",
                f"the audience of {item.requirement.id} matches nobody, by any job that the roster has",
                "Compare its words with those of the roster; capitals count, and * stands for any text",
                severity="warning",
            )


def _unknown_activities(connection: sa.Connection, items: Sequence[ImportedRequirement]) -> set[str]:
    asked = {activity for item in items if item.is_new_version for activity in item.requirement.activities}
    asked = {activity for activity in asked if not is_certificate(activity)}
    return asked - activities_named(connection, asked)


def _warnings_of_activities(source: str, items: Sequence[ImportedRequirement], unknown: set[str]) -> Iterator[Problem]:
    for number, item in enumerate(items):
        for position, module in enumerate(item.requirement.modules):
            others = [("equivalents", other.activity) for other in module.equivalents]
            for key, activity in (("activity", module.activity), *others):
                if item.is_new_version and activity in unknown:
                    yield Problem(
                        f"{source}: requirement[{number}].module[{position}].{key}",
                        f"no installed package and no statement ever named {activity}",
                        "Check it letter by letter against the course, or install its package; nobody can meet it else",
                        severity="warning",
                    )
