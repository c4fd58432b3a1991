"""How many are compliant, missing and exempt by team, department, country, location or requirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lrs_bridge.domain.compliance import Reason, Status
from lrs_bridge.domain.suppression import Hidden, Key, hidden_groups, hidden_sums
from lrs_bridge.domain.tallies import COUNTED, Counts, tally
from lrs_bridge.feeds.figures import KEPT_BACK
from lrs_bridge.feeds.relation import FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.figures_people import leader_names
from lrs_bridge.services.figures_query import FiguresQuery, Table, When
from lrs_bridge.services.team_picture import is_asked

COLUMN_OF = {"team": "manager_id"}
"""Of a row or job, what a grouping goes by, where it is called otherwise."""


def rate_table(bridge: Bridge, rows: Sequence[FeedRow], query: FiguresQuery, when: When) -> Table:
    asked = asked_rows(rows, query)
    names = query.groupings
    groups: dict[Key, list[FeedRow]] = {}
    for row in asked:
        groups.setdefault(group_of(row, names), []).append(row)
    hidden = _hidden(asked, names)
    labels = group_labels(bridge, groups, names, when)
    return Table(
        columns=(*label_columns(names), "people", *COUNTED),
        rows=[labels[key] | _figures(found, hidden=key in hidden.groups) for key, found in sorted(groups.items())],
        whole=_figures(asked, hidden=hidden.whole),
    )


def _hidden(rows: Iterable[FeedRow], names: Sequence[str]) -> Hidden:
    """Requirement by requirement: the same people are asked for several, and each can be asked about by itself."""
    places = [name for name in names if name != "requirement"]
    parts: dict[str, dict[Key, set[str]]] = {}
    for row in rows:
        part = parts.setdefault(row.requirement, {})
        part.setdefault(group_of(row, places), set()).add(row.employee_id)
    sums = hidden_sums(parts.values())
    if "requirement" not in names:
        return sums
    at = names.index("requirement")
    hidden = ((key, requirement) for requirement, part in parts.items() for key in hidden_groups(part).groups)
    return Hidden(frozenset((*key[:at], requirement, *key[at:]) for key, requirement in hidden), sums.whole)


def asked_rows(rows: Iterable[FeedRow], query: FiguresQuery) -> list[FeedRow]:
    """Without those whom a requirement does not mean, and those elsewhere."""
    return [row for row in rows if is_asked(row) and query.keeps(row)]


def counts_of(rows: Iterable[FeedRow]) -> Counts:
    return Counter((Status(row.status), Reason(row.reason)) for row in rows)


def _figures(rows: Sequence[FeedRow], *, hidden: bool) -> dict[str, Any]:
    if hidden:
        return {KEPT_BACK: True}
    people = len({row.employee_id for row in rows})
    return {"people": people, KEPT_BACK: False} | tally(counts_of(rows))


def group_of(place: Any, names: Sequence[str]) -> Key:
    return tuple(getattr(place, COLUMN_OF.get(name, name)) for name in names)


def label_columns(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(column for name in names for column in ((name, "team_name") if name == "team" else (name,)))


def group_labels(bridge: Bridge, keys: Iterable[Key], names: Sequence[str], when: When) -> Mapping[Key, dict[str, Any]]:
    """What each group is called; a team by its leader's employee id, and by name."""
    labels = {key: dict(zip(names, key, strict=True)) for key in keys}
    if "team" in names:
        leaders = leader_names(bridge, {label["team"] for label in labels.values()}, when)
        for label in labels.values():
            label["team_name"] = leaders.get(label["team"], "")
    return labels
