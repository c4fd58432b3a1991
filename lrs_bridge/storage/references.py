"""Statements that are found because of what they refer to (xAPI Communication 2.1.3, "Filter Conditions for
StatementRefs"): one that targets a matching statement matches too, over any number of steps.

A chain crosses the statements of a cluster in any direction, so it is walked here in steps that each ask one table.
References are rare and chains short: the walk begins at whichever end is smaller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.schema.statements import statement_reference as reference
from lrs_bridge.storage.statement_search import Filters, Found, Shape, Window, matching, read_statements, some_matching
from lrs_bridge.storage.statements import Cursor

FEW = 2000


def find_referring(connection: sa.Connection, filters: Filters, window: Window, *, limit: int) -> list[Found]:
    """At most ``limit`` statements of ``window`` whose target matches ``filters``, directly or through others."""
    if filters.is_open:
        return []
    places = _referring_in(connection, window)
    if len(places) <= FEW:
        return _read(connection, _leading_to(connection, filters, places), filters, window, limit)
    targets = some_matching(connection, filters, limit=FEW + 1)
    if len(targets) <= FEW:
        return _read(connection, _referring_to(connection, targets), filters, window, limit)
    return _stretch_by_stretch(connection, filters, window, places, limit)


def _stretch_by_stretch(
    connection: sa.Connection, filters: Filters, window: Window, places: list[Cursor], limit: int
) -> list[Found]:
    found: list[Found] = []
    while places and len(found) < limit:
        leading = _leading_to(connection, filters, places)
        found += _read(connection, leading, filters, window, limit - len(found))
        window = replace(window, after=places[-1])
        places = _referring_in(connection, window)
    return found


def _read(
    connection: sa.Connection, ids: Collection[UUID], filters: Filters, window: Window, limit: int
) -> list[Found]:
    visible = Filters(authorities=filters.authorities)  # a reader of its own statements sees no others this way either
    found: list[Found] = []
    for piece in _pieces(ids):
        found += read_statements(connection, piece, visible, window, limit=limit)
    found.sort(key=lambda item: (item[0].stored, item[0].id), reverse=not window.ascending)
    return found[:limit]


def _referring_in(connection: sa.Connection, window: Window) -> list[Cursor]:
    """The first places in the window where a statement refers to another: one more than few, if there are as many."""
    found = connection.execute(_places_query(window.shape), window.values() | {"most": FEW + 1})
    return [Cursor(row.stored, row.statement_id) for row in found]


@lru_cache
def _places_query(shape: Shape) -> sa.Select[tuple[datetime, UUID]]:
    columns = (reference.c.stored, reference.c.statement_id)
    return (
        sa.select(*columns)
        .where(*shape.conditions(*columns))
        .order_by(*shape.order(*columns))
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )


def _leading_to(connection: sa.Connection, filters: Filters, places: Iterable[Cursor]) -> set[UUID]:
    """Those of the referring statements from which a chain leads to a match: walk from them to their targets."""
    starts = {place.id for place in places}
    targets_of: dict[UUID, set[UUID]] = {}
    ahead = starts
    while ahead:
        steps = _steps(connection, reference.c.statement_id, ahead)
        for statement_id, target in steps:
            targets_of.setdefault(statement_id, set()).add(target)
        ahead = {target for _, target in steps} - targets_of.keys()
    reached = {target for targets in targets_of.values() for target in targets}
    matched = {key for piece in _pieces(reached) for key in matching(connection, filters, piece)}
    return {key for key in starts if _reaches(key, targets_of, matched)}


def _reaches(start: UUID, targets_of: Mapping[UUID, set[UUID]], matched: Collection[UUID]) -> bool:
    seen: set[UUID] = set()
    ahead = set(targets_of.get(start, ()))
    while ahead:
        if not ahead.isdisjoint(matched):
            return True
        seen |= ahead
        ahead = {target for key in ahead for target in targets_of.get(key, ())} - seen
    return False


def _referring_to(connection: sa.Connection, targets: set[UUID]) -> set[UUID]:
    """Every statement from which a chain leads to one of the targets: walk back from them."""
    found: set[UUID] = set()
    ahead = targets
    while ahead:
        ahead = {statement_id for statement_id, _ in _steps(connection, reference.c.target_id, ahead)} - found
        found |= ahead
    return found


def _steps(connection: sa.Connection, column: sa.Column[UUID], keys: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    query = sa.select(reference.c.statement_id, reference.c.target_id)
    return [
        (row.statement_id, row.target_id)
        for piece in _pieces(keys)
        for row in connection.execute(query.where(column.in_(piece)))
    ]


def _pieces(keys: Collection[UUID]) -> Iterable[list[UUID]]:
    """The number of parameters of a query is bounded."""
    listed = list(keys)
    return (listed[start : start + FEW] for start in range(0, len(listed), FEW))
