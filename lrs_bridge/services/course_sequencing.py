"""Where a learner stands in a sequenced course (SCORM 2004): told to the player, and kept as the player says.

The sequencer runs in the player. What it decides is which unit comes next, never what a learner has achieved: that is
judged here from the commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lrs_bridge.courseware.runtime_wire import SequencingMessage
from lrs_bridge.storage import packages
from lrs_bridge.storage.sequencing import find_sequencing, save_sequencing


def player_terms(connection: sa.Connection, attempt: Any, package: Any) -> dict[str, Any]:
    """What the sequencer starts with; empty for a course without an activity tree.

    ``state`` is empty at the start of a new attempt at the course; objectives and shared data outlive attempts.
    """
    if not package.activity_tree:
        return {}
    found = find_sequencing(connection, attempt.actor_key, package.identifier)
    same_tree = found is not None and found.package_id == package.id
    return {
        "tree": package.activity_tree,
        "state": found.state if same_tree else "",
        "objectives": found.objectives if found else {},
        "shared_data": found.shared_data if found else {},
        "units": {row.identifier: str(row.id) for row in packages.units_of(connection, package.id)},
    }


def keep(connection: sa.Connection, attempt: Any, package: Any, message: SequencingMessage, *, at: datetime) -> None:
    """Of a session that has ended only what the manifest makes global to the system is kept (SN 3.10.3)."""
    ended, tree = not message.state, package.activity_tree
    values = {
        "package_id": package.id,
        "state": message.state,
        "objectives": _lasting(message.objectives, tree.get("objectivesGlobalToSystem", True), ended=ended),
        "shared_data": _lasting(message.shared_data, tree.get("sharedDataGlobalToSystem", True), ended=ended),
    }
    save_sequencing(connection, attempt.actor_key, package.identifier, values, at=at)


def _lasting(values: Mapping[str, Any], is_global: bool, *, ended: bool) -> dict[str, Any]:
    return dict(values) if is_global or not ended else {}
