"""Credentials: who may call the LRS and the admin API, and for what."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import NotAllowed, NotAuthenticated, NotFound, Problem, RequestRefused, Unavailable
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.database import now
from lrs_bridge.storage.schema.statements import credential
from lrs_bridge.xapi.bounds import Bounds

# xAPI Communication 4.2
LRS_SCOPES = {
    "statements/write": "post statements",
    "statements/read": "read every statement",
    "statements/read/mine": "read the statements that this credential wrote",
    "state": "read and write state documents",
    "define": "let statements define activities",
    "profile": "read and write activity and agent profile documents",
    "all/read": "read everything in the LRS",
    "all": "read and write everything in the LRS",
}
# and our own for the rest of the server, which no bearer token carries
SCOPES = LRS_SCOPES | {
    "packages": "install and list packages",
    "launches": "make launches for learners",
    "metrics": "read the metrics of the server",
    "scim": "push people, as an identity provider does",
    "evidence": "record, read and withdraw evidence beside statements",
    "identities": "decide whose results are whose",
}
IMPLIED: Mapping[str, frozenset[str]] = {
    "all": frozenset(LRS_SCOPES),
    "all/read": frozenset({"statements/read", "statements/read/mine"}),
    "statements/read": frozenset({"statements/read/mine"}),
}
UNBOUNDED = Bounds()
USE_NOTED_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who calls: a stored credential, or for one request what a bearer token proves.

    ``home_page`` and ``key`` are the account that stands for it in ``authority``; ``user`` is the person for whom an
    application acts (three-legged OAuth). ``bounds`` keep a launch's credential to its own learner and course.
    """

    id: UUID
    name: str
    key: str
    scopes: frozenset[str]
    compat: bool
    created: datetime
    home_page: str
    revoked: datetime | None = None
    expires: datetime | None = None
    used: datetime | None = None
    bounds: Bounds = UNBOUNDED
    user: ActorKey | None = None

    @property
    def authority(self) -> dict[str, Any]:
        """xAPI Data 2.4.9: an Agent, or of three-legged OAuth a Group of the application and the user."""
        application = ActorKey.of_account(self.home_page, self.key).as_actor(self.name)
        if self.user is None:
            return application
        return {"objectType": "Group", "member": [application, self.user.as_actor()]}

    def allows(self, scope: str) -> bool:
        return any(scope == held or scope in IMPLIED.get(held, ()) for held in self.scopes)

    def require(self, *scopes: str) -> None:
        """Any one of ``scopes`` will do."""
        if not any(self.allows(scope) for scope in scopes):
            held = f"the scope {', '.join(sorted(self.scopes))}" if self.scopes else "no scope"
            raise NotAllowed(
                f"The credential {self.name or self.key!r} has {held}; this needs {' or '.join(scopes)}",
                remedy="Make a credential with that scope: lrs-bridge credentials create NAME --scope …",
            )

    def require_within(
        self, *, actor: ActorKey | None = None, activity: str | None = None, registration: UUID | None = None
    ) -> None:
        """Refuse a document outside the bounds; give what the request names."""
        refuse_outside(self.bounds.document_problems(actor=actor, activity=activity, registration=registration))


def refuse_outside(problems: Sequence[Problem]) -> None:
    """Raises NotAllowed where there are ``problems`` with the bounds of a credential."""
    if problems:
        raise NotAllowed("This credential belongs to one launch, and this is outside it", problems=problems)


def create_credential(
    bridge: Bridge,
    name: str,
    scopes: Sequence[str],
    *,
    compat: bool = False,
    bounds: Bounds = UNBOUNDED,
    lifetime: timedelta | None = None,
) -> tuple[Credential, str]:
    """Returns the credential and its secret, which is stored as a digest only and never shown again."""
    with bridge.database.writing() as connection:
        return create_within(connection, bridge, name, scopes, compat=compat, bounds=bounds, lifetime=lifetime)


def create_within(
    connection: sa.Connection,
    bridge: Bridge,
    name: str,
    scopes: Sequence[str],
    *,
    compat: bool = False,
    bounds: Bounds = UNBOUNDED,
    lifetime: timedelta | None = None,
) -> tuple[Credential, str]:
    """The same inside a transaction that the caller has open: a launch and its credential are made together."""
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise RequestRefused(f"Unknown scope: {', '.join(unknown)}", remedy=f"Choose among {', '.join(SCOPES)}")
    at, secret = now(), secrets.token_urlsafe(32)
    made = Credential(
        id=uuid4(),
        name=name,
        key=secrets.token_hex(8),
        scopes=frozenset(scopes),
        compat=compat,
        created=at,
        home_page=bridge.settings.public_url,
        expires=at + lifetime if lifetime else None,
        bounds=bounds,
    )
    connection.execute(sa.insert(credential), _values(made) | {"secret_digest": _digest(secret)})
    return made, secret


def list_credentials(bridge: Bridge, *, launches: bool = False) -> list[Credential]:
    """Those that people made; those of launches, of which there is one a launch, only where asked."""
    query = sa.select(credential).order_by(credential.c.created)
    if not launches:
        query = query.where(credential.c.bound_actor.is_(None), credential.c.bound_registration.is_(None))
    with bridge.database.reading() as connection:
        return [_of_row(row, bridge) for row in connection.execute(query)]


def revoke_credential(bridge: Bridge, key: str) -> None:
    """End a credential: in this process at once, in others within RECENT_SECONDS."""
    update = sa.update(credential).where(credential.c.key == key, credential.c.revoked.is_(None))
    with bridge.database.writing() as connection:
        if not connection.execute(update.values(revoked=now())).rowcount:
            raise NotFound(f"No live credential has the key {key!r}", remedy="lrs-bridge credentials list")
    bridge.authenticated.forget()


def authenticate(bridge: Bridge, key: str, secret: str) -> Credential:
    """The credential of a key and secret; raises NotAuthenticated without saying which of the two was wrong.

    One indexed lookup, and for a second after it none: only what was found good is remembered.
    """
    digest = _digest(secret)
    known = bridge.authenticated.get((key, digest))
    if known is not None:
        return known
    live = credential.c.revoked.is_(None) & (credential.c.expires.is_(None) | (credential.c.expires > now()))
    with bridge.database.reading() as connection:
        row = connection.execute(sa.select(credential).where(credential.c.key == key, live)).one_or_none()
    if not hmac.compare_digest(row.secret_digest if row else b"", digest) or row is None:
        raise NotAuthenticated(
            "The key or the secret is not known, was revoked or has expired",
            remedy="Check both: lrs-bridge credentials list",
        )
    found = _of_row(row, bridge)
    _note_use(bridge, found, now())
    bridge.authenticated.keep((key, digest), found, at_most=_seconds_left(found))
    return found


def _note_use(bridge: Bridge, found: Credential, at: datetime) -> None:
    """About once a day, so that the doctor can name what nobody uses any more."""
    if found.used is not None and at - found.used < USE_NOTED_EVERY:
        return
    update = sa.update(credential).where(credential.c.id == found.id).values(used=at)
    with suppress(Unavailable), bridge.database.writing() as connection:  # a full disk does not forbid reading
        connection.execute(update)


def credential_of_id(bridge: Bridge, connection: sa.Connection, credential_id: UUID) -> Credential | None:
    """By its id, revoked or not: whoever sent a statement sent it."""
    row = connection.execute(sa.select(credential).where(credential.c.id == credential_id)).one_or_none()
    return _of_row(row, bridge) if row else None


def _seconds_left(found: Credential) -> float | None:
    return (found.expires - now()).total_seconds() if found.expires else None


def _digest(secret: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess (DESIGN 4.6)
    return sha256(secret.encode()).digest()


def _values(made: Credential) -> dict[str, Any]:
    plain = ("id", "name", "key", "compat", "created", "expires")
    return {name: getattr(made, name) for name in plain} | {
        "scopes": sorted(made.scopes),
        "bound_actor": made.bounds.actor.as_actor() if made.bounds.actor else None,
        "bound_registration": made.bounds.registration,
        "bound_activity": made.bounds.activity or None,
        "bound_session": made.bounds.session,
    }


def _of_row(row: Any, bridge: Bridge) -> Credential:
    actor = ActorKey.of_actor(row.bound_actor) if row.bound_actor else None
    return Credential(
        id=row.id,
        name=row.name,
        key=row.key,
        scopes=frozenset(row.scopes),
        compat=row.compat,
        created=row.created,
        home_page=bridge.settings.public_url,
        revoked=row.revoked,
        expires=row.expires,
        used=row.used,
        bounds=Bounds(actor, row.bound_registration, row.bound_activity or "", row.bound_session),
    )
