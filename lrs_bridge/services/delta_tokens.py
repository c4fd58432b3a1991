"""From where a delta goes on: a signed token that names the reader, the filter, the scope and the instant."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from lrs_bridge.errors import Gone, Problem, RequestRefused
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.feed_scope import Scope
from lrs_bridge.services.readers import Reader
from lrs_bridge.storage.feed_revisions import keep_scope, scope_digest, scope_given
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND

LIFETIME = timedelta(days=30)
"""A client that comes back later loads everything again; until then the scope of its token is remembered."""
GIVEN_AGAIN = timedelta(days=1)
FILTERS = (
    "requirement", "manager", "employee", "status", "reason", "progress", "department", "country", "location",
    "due_from", "due_until",
)  # fmt: skip
LOAD_AGAIN = "Ask again without delta, put what you get in place of what you have, and go on with its delta"


@dataclass(frozen=True, slots=True)
class DeltaToken:
    """``since`` and ``given`` are microseconds of UTC; ``scope`` is empty where everybody is seen."""

    since: int
    given: int
    day: str
    reader: str
    filter: str
    scope: str

    @property
    def instant(self) -> datetime:
        return EPOCH + self.since * MICROSECOND

    @property
    def local_day(self) -> date:
        return date.fromisoformat(self.day)


def give_token(bridge: Bridge, who: Reader, query: FeedQuery, people: Scope, *, through: datetime, at: datetime) -> str:
    """A token for what changes after ``through`` among ``people``, whom it remembers."""
    scope = b"" if people is None else scope_digest(people)
    if people is not None:
        with bridge.database.reading() as connection:
            given = scope_given(connection, scope)
        if given is None or given < at - GIVEN_AGAIN:
            with bridge.database.writing() as connection:
                keep_scope(connection, people, at=at, forget=at - LIFETIME - 2 * GIVEN_AGAIN)
    token = DeltaToken(_micros(through), _micros(at), at.date().isoformat(), _name(who), _filter(query), scope.hex())
    return _signer(bridge).dumps(list(asdict(token).values()))


def take_token(bridge: Bridge, who: Reader, query: FeedQuery, *, at: datetime) -> DeltaToken:
    """The token of ``query``; RequestRefused for one that is damaged or of another filter, Gone for an old one."""
    try:
        values: Any = _signer(bridge).loads(query.delta)
    except BadSignature as error:
        raise _refused("is damaged, or was given by another server", LOAD_AGAIN) from error
    token = DeltaToken(*values)
    if token.reader != _name(who):
        raise Gone("This delta was given to a reader with another scope", remedy=LOAD_AGAIN)
    if token.filter != _filter(query):
        raise _refused("was given for other filters", "Send it with the filters that it came with, or load again")
    if token.given < _micros(at - LIFETIME):
        raise Gone(
            f"This delta is older than {LIFETIME.days} days; changes are told no longer than that", remedy=LOAD_AGAIN
        )
    return token


def _refused(reason: str, remedy: str) -> RequestRefused:
    return RequestRefused("The feed cannot be asked like this", problems=[Problem("delta", reason, remedy)])


def _name(who: Reader) -> str:
    """A reader who has another role or place sees other people: a difference cannot say that."""
    return sha256(f"{who.id} {who.role} {who.employee_id}".encode()).hexdigest()[:16]


def _filter(query: FeedQuery) -> str:
    return sha256(repr([getattr(query, name) for name in FILTERS]).encode()).hexdigest()[:16]


def _micros(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND


def _signer(bridge: Bridge) -> URLSafeSerializer:
    return URLSafeSerializer(bridge.signing_key, salt="feed delta")
