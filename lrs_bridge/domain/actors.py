"""ActorKey: one inverse functional identifier, normalised so that equal actors compare equal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha1
from typing import Any, Literal
from uuid import UUID

IfiKind = Literal["mbox", "mbox_sha1sum", "openid", "account"]


LONGEST_REMEMBERED = 300


def digest_key(text: str) -> UUID:
    """A 128-bit name for an IRI or IFI: one width for every index, computed without asking the database."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _digest(text)


def _digest(text: str) -> UUID:
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())


# the same few courses and people come again and again
_remembered = lru_cache(16384)(_digest)


@dataclass(frozen=True, slots=True)
class ActorKey:
    """One IFI. ``home_page`` is set for accounts only."""

    kind: IfiKind
    value: str
    home_page: str = ""

    @classmethod
    def of_mbox(cls, address: str) -> ActorKey:
        """From ``mailto:a@b`` or ``a@b``; the domain of an address has no case (RFC 5321 2.4)."""
        local, _, domain = address.removeprefix("mailto:").rpartition("@")
        return cls("mbox", f"mailto:{local}@{domain.lower()}")

    @classmethod
    def of_account(cls, home_page: str, name: str) -> ActorKey:
        return cls("account", name, home_page)

    @classmethod
    def of_actor(cls, actor: Mapping[str, Any]) -> ActorKey | None:
        """The IFI of a valid xAPI Agent or Group; None for an anonymous Group."""
        if mbox := actor.get("mbox"):
            return cls.of_mbox(mbox)
        if digest := actor.get("mbox_sha1sum"):
            return cls("mbox_sha1sum", digest.lower())
        if openid := actor.get("openid"):
            return cls("openid", openid)
        if account := actor.get("account"):
            return cls.of_account(account["homePage"], account["name"])
        return None

    def folded(self) -> ActorKey:
        """The same mailbox without capitals, by which people are found: RFC 5321 2.4 lets ``Ann@`` and ``ann@`` be two
        mailboxes, and no company has them. Any other key is itself."""
        return ActorKey("mbox", self.value.lower()) if self.kind == "mbox" else self

    @property
    def digest(self) -> UUID:
        return digest_key(f"{self.kind}\n{self.home_page}\n{self.value}")

    def sha1_equivalent(self) -> ActorKey | None:
        """The mbox_sha1sum that names the same mailbox (xAPI Data 2.4.2.1), for a mbox."""
        if self.kind != "mbox":
            return None
        return ActorKey("mbox_sha1sum", sha1(self.value.encode(), usedforsecurity=False).hexdigest())

    def as_actor(self, name: str = "") -> dict[str, Any]:
        """This key as an xAPI Agent."""
        ifi: Any = {"homePage": self.home_page, "name": self.value} if self.kind == "account" else self.value
        return {"objectType": "Agent"} | ({"name": name} if name else {}) | {self.kind: ifi}


def actor_key_of(text: str) -> ActorKey:
    """From how people write an actor: ``mailto:a@b`` or ``a@b``, ``homePage|name`` or ``homePage name`` of an account,
    the 40 digits of a mbox_sha1sum; whatever else it is is an openid."""
    home_page, _, name = re.sub(r"[ |]", "\n", text.strip(), count=1).partition("\n")
    if name:
        return ActorKey.of_account(home_page, name)
    if text.startswith("mailto:") or ("@" in text and "/" not in text):
        return ActorKey.of_mbox(text)
    if re.fullmatch(r"[0-9a-fA-F]{40}", text):
        return ActorKey("mbox_sha1sum", text.lower())
    return ActorKey("openid", text)
