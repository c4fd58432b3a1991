"""Whose results wait because nobody knows the person, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.identities import Identity
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.identities import identities_of
from lrs_bridge.storage.unmatched import count_waiting, waiting_actors

PAGE = 100


@dataclass(frozen=True, slots=True)
class Unmatched:
    """One actor whose statements are kept and wait for a person. ``reason`` and ``remedy`` are for an operator."""

    actor: dict[str, Any]
    statements: int
    first: datetime
    last: datetime
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class UnmatchedPage:
    items: list[Unmatched]
    actors: int
    statements: int


def list_unmatched(bridge: Bridge, *, limit: int = PAGE, offset: int = 0) -> UnmatchedPage:
    """Those with the most statements first, with how many actors and statements wait altogether."""
    with bridge.database.reading() as connection:
        waiting = waiting_actors(connection, limit=limit, offset=offset)
        known = identities_of(connection, {one.actor_key for one in waiting})
        actors, statements = count_waiting(connection)
    items = []
    for one in waiting:
        actor = orjson.loads(one.actor)
        reason, remedy = why_unmatched(actor, known.get(one.actor_key, []), bridge.settings.lms_home_pages)
        items.append(Unmatched(actor, one.statements, one.first, one.last, reason, remedy))
    return UnmatchedPage(items, actors, statements)


def why_unmatched(actor: dict[str, Any], known: list[Identity], home_pages: tuple[str, ...]) -> tuple[str, str]:
    if any(identity.instead_of for identity in known):
        return "It was split from the person whom the roster names", "Decide whose it is: lrs-bridge identities accept"
    if len({identity.whose for identity in known}) > 1:
        return "More than one person has had this identifier", "Tell them apart in the roster by lms_account"
    if known:
        return "It belonged to nobody on the day of the statement", "Check since when the roster knows this person"
    key = ActorKey.of_actor(actor)
    if key is None or key.kind == "openid":
        return "Nobody is known by this kind of identifier", "Send the account of the LMS as the actor"
    if key.kind == "account" and key.home_page not in home_pages:
        reason = f"Accounts at {key.home_page} belong to no LMS that is known here"
        return reason, "If it is yours, add it to LRS_BRIDGE_LMS_HOME_PAGES and import the roster again"
    column = "lms_account" if key.kind == "account" else "email"
    remedy = "Import a roster that has, or decide whose it is: lrs-bridge identities review"
    return f"Nobody in the roster has this as {column}", remedy
