"""Uptake of each module: assigned, started, completed, met; how long it took, and where people stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.domain.compliance import Status
from lrs_bridge.domain.deeds import impossible_because
from lrs_bridge.domain.facts import LearningFact
from lrs_bridge.domain.people import PersonRecord
from lrs_bridge.domain.periods import local_date
from lrs_bridge.domain.requirements import Module, Requirement
from lrs_bridge.domain.suppression import LEAST, Key, hidden_groups
from lrs_bridge.domain.uptake import Use, bars_of, funnel, is_abandoned, is_late_return, use_of
from lrs_bridge.feeds.figures import KEPT_BACK
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.figures_people import programme_of, records_of
from lrs_bridge.services.figures_query import FiguresQuery, Table, When
from lrs_bridge.services.rate_figures import asked_rows
from lrs_bridge.services.told_statements import told_statements
from lrs_bridge.storage.learning_statements import attempts_at
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.schema.base import EPOCH
from lrs_bridge.xapi.places import LONGEST_NAME, Place, place_of

FUNNEL = ("assigned", "started", "started_share", "completed", "met", "met_share", "abandoned", "timed", "median_hours")
LABELS = ("requirement", "module", "module_title")
BOOKMARKS = ("cmi.core.lesson_location", "cmi.location")
UNKNOWN = Place("start", "opened, and nothing more is known")
OTHER = Place("other", "places with few people each")


@dataclass(slots=True)
class ModuleUse:
    """What everybody who is asked did with one module; ``stopped``: who began it and did not come through."""

    requirement: Requirement
    module: Module
    uses: list[Use] = field(default_factory=list)
    stopped: list[UUID] = field(default_factory=list)

    @property
    def activities(self) -> frozenset[str]:
        return frozenset(bars_of(self.requirement.bars, self.module.activity))

    @property
    def labels(self) -> dict[str, Any]:
        return dict(zip(LABELS, (self.requirement.id, self.module.activity, self.module.title), strict=True))


@dataclass(slots=True)
class Uptake:
    """One requirement by its modules, and how many are back from an absence and late."""

    requirement: Requirement
    modules: list[ModuleUse]
    late_returns: int = 0

    @classmethod
    def of(cls, requirement: Requirement) -> Uptake:
        return cls(requirement, [ModuleUse(requirement, module) for module in requirement.modules])

    def count(self, row: FeedRow, record: PersonRecord, facts: Sequence[LearningFact], when: When) -> None:
        has_lapsed = row.last_valid_day is not None and row.last_valid_day < when.as_of
        for part in self.modules:
            use = use_of(facts, bars_of(self.requirement.bars, part.module.activity))
            part.uses.append(use)
            if is_abandoned(use, has_lapsed=has_lapsed):
                part.stopped.append(record.person_id)
        if row.status == Status.MISSING and is_late_return(
            record.absences, self.requirement.absence, row.due, when.as_of
        ):
            self.late_returns += 1


def uptake_table(bridge: Bridge, rows: Sequence[FeedRow], query: FiguresQuery, when: When) -> Table:
    """A row for each requirement (without a module) with the late returns, then one for each of its modules."""
    with bridge.database.reading() as connection:
        uptakes = _uptakes(connection, asked_rows(rows, query), when)
    found = [row for uptake in uptakes for row in _uptake_rows(uptake)]
    return Table((*LABELS, *FUNNEL, "late_returns"), found)


def _uptake_rows(uptake: Uptake) -> Iterator[dict[str, Any]]:
    whole = {"requirement": uptake.requirement.id, "module": "", "module_title": ""}
    assigned = len(uptake.modules[0].uses)
    if assigned < LEAST:
        yield from (labels | {KEPT_BACK: True} for labels in (whole, *(part.labels for part in uptake.modules)))
        return
    yield whole | {"assigned": assigned, "late_returns": uptake.late_returns, KEPT_BACK: False}
    for part in uptake.modules:
        found = funnel(part.uses, len(part.stopped))
        yield part.labels | {name: getattr(found, name) for name in FUNNEL} | {KEPT_BACK: False}


def _uptakes(connection: sa.Connection, rows: Iterable[FeedRow], when: When) -> list[Uptake]:
    asked: dict[UUID, list[FeedRow]] = {}
    for row in rows:
        asked.setdefault(person_key(row.employee_id), []).append(row)
    ids = {row.requirement for found in asked.values() for row in found}
    histories = programme_of(connection, ids, when.known_at).histories
    in_force = {one.newest.id: one.edition.in_force_on(when.as_of) for one in histories if one.newest.id in ids}
    uptakes = {requirement_id: Uptake.of(requirement) for requirement_id, requirement in sorted(in_force.items())}
    for record, facts in records_of(connection, asked, when.known_at):
        known = [fact for fact in facts if _counts(fact, record.zone, when)]
        for row in asked[record.person_id]:
            uptakes[row.requirement].count(row, record, known, when)
    return list(uptakes.values())


def _counts(fact: LearningFact, zone: str, when: When) -> bool:
    """Whether it was known, can have happened at all, and had happened."""
    possible = fact.known_at(when.known_at) and impossible_because(fact) is None
    return possible and local_date(fact.happened, zone) <= when.as_of


def abandoned_table(bridge: Bridge, rows: Sequence[FeedRow], query: FiguresQuery, when: When) -> Table:
    """For each module, at which place those who began and did not come through were seen last."""
    found: list[dict[str, Any]] = []
    with bridge.database.reading() as connection:
        for uptake in _uptakes(connection, asked_rows(rows, query), when):
            for part in uptake.modules:
                places = last_places(connection, part, when)
                found += (part.labels | row for row in (place_rows(places) if places else ()))
    return Table((*LABELS, "kind", "place", "people"), found)


def place_rows(places: Mapping[UUID, Place]) -> Iterator[dict[str, Any]]:
    """Most people first. Places with too few are told together."""
    groups: dict[Key, set[UUID]] = {}
    for person_id, place in places.items():
        groups.setdefault(_key(place), set()).add(person_id)
    hidden = hidden_groups(groups)
    if hidden.whole:
        yield {KEPT_BACK: True}
        return
    counts = Counter(OTHER if _key(place) in hidden.groups else place for place in places.values())
    for place, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield {"kind": place.kind, "place": place.name, "people": number, KEPT_BACK: False}


def _key(place: Place) -> Key:
    return ("\n".join(place),)


def last_places(connection: sa.Connection, part: ModuleUse, when: When) -> dict[UUID, Place]:
    """Where each of those who stopped was seen last, by statements and by the bookmarks of the runtime."""
    newest = dict.fromkeys(part.stopped, (EPOCH, UNKNOWN))
    for person_id, at, place in _seen(connection, part, when):
        if at >= newest[person_id][0]:
            newest[person_id] = (at, place)
    return {person_id: place for person_id, (_, place) in newest.items()}


def _seen(connection: sa.Connection, part: ModuleUse, when: When) -> Iterator[tuple[UUID, datetime, Place]]:
    activities, people = part.activities, set(part.stopped)
    told = told_statements(connection, people, activities, since=EPOCH, known_at=when.known_at)
    for person_id, at, statement in told:
        place = place_of(statement, activities)
        if place is not None and at.astimezone(UTC).date() <= when.as_of:
            yield person_id, at, place
    if when.known_at is None:  # an attempt keeps its newest bookmark only
        for row in attempts_at(connection, people, activities):
            cmi = row.state.get("cmi", {})
            bookmark = next((cmi[name] for name in BOOKMARKS if cmi.get(name)), "")
            if bookmark and row.updated.date() <= when.as_of:
                yield row.person_id, row.updated, Place("page", bookmark[:LONGEST_NAME])
