"""Which statements a target, a webhook or a rule of retention is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey, digest_key
from lrs_bridge.errors import RequestRefused
from lrs_bridge.xapi.lexical import is_iri
from lrs_bridge.xapi.links import AGENT_FILTER, AgentUsage, links_of


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Any of each list, and all lists that are not empty. An agent is ``mailto:…`` or ``homePage|name``."""

    verbs: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()

    @classmethod
    def of_json(cls, stored: dict[str, Sequence[str]]) -> StatementFilter:
        return cls(**{name: tuple(values) for name, values in stored.items()})

    def as_json(self) -> dict[str, list[str]]:
        return {name: list(values) for name, values in asdict(self).items() if values}

    def check(self) -> StatementFilter:
        if wrong := [iri for iri in (*self.verbs, *self.activities) if not is_iri(iri)]:
            raise RequestRefused(f"Not an IRI: {', '.join(wrong)}", remedy="Write the whole IRI, with its scheme")
        for agent in (*self.agents, *self.authorities):
            agent_key(agent)
        return self

    def keeps(self, statement: dict[str, Any]) -> bool:
        """``statement`` is as it is stored."""
        links = links_of(statement)
        about = {key for key, usage in links.activities if usage == 1}
        people = {key for key, usage in links.agents if usage in AGENT_FILTER}
        writers = {key for key, usage in links.agents if usage == AgentUsage.AUTHORITY}
        return (
            _any(map(digest_key, self.verbs), {links.verb_key})
            and _any(map(digest_key, self.activities), about)
            and _any((agent_key(agent).digest for agent in self.agents), people)
            and _any((agent_key(agent).digest for agent in self.authorities), writers)
        )


def _any(wanted: Any, there: Collection[UUID]) -> bool:
    keys = set(wanted)
    return not keys or not keys.isdisjoint(there)


def agent_key(text: str) -> ActorKey:
    """From ``mailto:a@b`` or ``https://lms.example.com|000123``."""
    home_page, bar, name = text.rpartition("|")
    if bar and is_iri(home_page) and name:
        return ActorKey.of_account(home_page, name)
    if text.startswith("mailto:") and "@" in text:
        return ActorKey.of_mbox(text)
    raise RequestRefused(f"{text!r} names no agent", remedy="Write mailto:ada@example.com or homePage|account name")
