"""Readers: who may pull feeds and open the pages, by a token of their own, and which people they see."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from lrs_bridge.errors import NotAuthenticated, NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.organisation import people_below
from lrs_bridge.storage.database import now
from lrs_bridge.storage.people import person_key
from lrs_bridge.storage.schema.base import EPOCH
from lrs_bridge.storage.schema.people import person
from lrs_bridge.storage.schema.statements import reader
from lrs_bridge.storage.survivors import surviving_id

ROLES = ("leader", "hr", "auditor", "admin")
SIGN_IN_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Reader:
    """A ``leader`` sees their own tree; ``hr`` and ``auditor`` see everybody; an ``admin`` looks after the bridge,
    and sees nobody's status."""

    id: UUID
    name: str
    role: str
    employee_id: str
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None

    @property
    def sees_everybody(self) -> bool:
        return self.role in {"hr", "auditor"}


OPERATOR = Reader(UUID(int=0), "operator", "hr", "", EPOCH)
"""Whoever holds the command line holds the database, and sees everybody."""


def create_reader(
    bridge: Bridge, name: str, *, role: str = "leader", employee_id: str = "", days: int | None = None
) -> tuple[Reader, str]:
    """Returns the reader and the token, which is stored as a digest only and never shown again."""
    if role not in ROLES or (role == "leader") != bool(employee_id):
        raise RequestRefused(
            f"A reader is a leader with an employee id, or one of {', '.join(ROLES[1:])} without",
            remedy="lrs-bridge readers create NAME --manager EMPLOYEE_ID, or --role hr",
        )
    token = secrets.token_urlsafe(32)
    created = now()
    made = Reader(uuid4(), name, role, employee_id, created, created + timedelta(days=days) if days else None)
    with bridge.database.writing() as connection:
        known = sa.select(person.c.id).where(person.c.id == person_key(employee_id))
        if employee_id and connection.scalar(known) is None:
            raise NotFound(f"Nobody has the employee id {employee_id!r}", remedy="Ids are text: 000123 is not 123")
        connection.execute(sa.insert(reader), _values(made) | {"token_digest": _digest(token)})
    return made, token


def list_readers(
    bridge: Bridge, *, role: str = "", live: bool = False, limit: int | None = None, offset: int = 0
) -> list[Reader]:
    """In the order in which they were made, never their tokens. ``live``: neither revoked nor expired."""
    query = sa.select(reader).order_by(reader.c.created, reader.c.id).limit(limit).offset(offset)
    if role:
        query = query.where(reader.c.role == role)
    if live:
        query = query.where(_is_live())
    with bridge.database.reading() as connection:
        return [_of_row(row) for row in connection.execute(query)]


def revoke_reader(bridge: Bridge, reader_id: UUID) -> None:
    update = sa.update(reader).where(reader.c.id == reader_id, reader.c.revoked.is_(None)).values(revoked=now())
    with bridge.database.writing() as connection:
        if not connection.execute(update).rowcount:
            raise NotFound(f"No live reader has the id {reader_id}", remedy="lrs-bridge readers list")


def reader_of_token(bridge: Bridge, token: str) -> Reader:
    """The reader of a bearer token; raises NotAuthenticated."""
    return _live(bridge, reader.c.token_digest == _digest(token))


def reader_of_session(bridge: Bridge, reader_id: str) -> Reader:
    """The reader that a signed session names, if still live."""
    return _live(bridge, reader.c.id == UUID(reader_id))


def sign_in_code(bridge: Bridge, who: Reader) -> str:
    """A signed code that opens the pages for ``who`` within twelve hours; revoking the reader ends it too."""
    return _signer(bridge).dumps(str(who.id))


def reader_of_sign_in_code(bridge: Bridge, code: str) -> Reader:
    try:
        reader_id = _signer(bridge).loads(code, max_age=int(SIGN_IN_LIFETIME.total_seconds()))
    except SignatureExpired as error:
        raise NotAuthenticated("This sign-in link has expired", remedy="Ask for a new one") from error
    except BadSignature as error:
        raise NotAuthenticated("This sign-in link is damaged", remedy="Copy it whole, or ask for a new one") from error
    return reader_of_session(bridge, reader_id)


def people_seen(bridge: Bridge, who: Reader, day: date) -> set[UUID] | None:
    """Whom the reader sees on ``day``, without themselves: those below, those they act or stand in for; or None."""
    if who.sees_everybody:
        return None
    return people_below(bridge, who.employee_id, day) if who.employee_id else set()


def _live(bridge: Bridge, condition: sa.ColumnElement[bool]) -> Reader:
    with bridge.database.reading() as connection:
        row = connection.execute(sa.select(reader).where(condition, _is_live())).one_or_none()
        if row is None:
            raise NotAuthenticated(
                "This reader's token is not known, was revoked or has expired", remedy="Ask for a new one"
            )
        found = _of_row(row)
        # whose record was merged asks as the person that they are
        employee_id = surviving_id(connection, found.employee_id) if found.employee_id else ""
        return replace(found, employee_id=employee_id)


def _is_live() -> sa.ColumnElement[bool]:
    return reader.c.revoked.is_(None) & (reader.c.expires.is_(None) | (reader.c.expires > now()))


def _signer(bridge: Bridge) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(bridge.signing_key, salt="reader sign-in")


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _values(made: Reader) -> dict[str, Any]:
    return {name: getattr(made, name) for name in ("id", "name", "role", "employee_id", "created", "expires")}


def _of_row(row: Any) -> Reader:
    return Reader(row.id, row.name, row.role, row.employee_id, row.created, row.expires, row.revoked)
