"""Answering GET /xapi/statements: one statement, or pages of those that match."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from lrs_bridge.domain.actors import ActorKey, digest_key
from lrs_bridge.errors import NotAllowed, NotFound, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.storage.activities import definitions_of
from lrs_bridge.storage.attachments import KeptAttachment, attachments_of
from lrs_bridge.storage.references import find_referring
from lrs_bridge.storage.schema.base import EPOCH, MICROSECOND
from lrs_bridge.storage.statement_search import Filters, Found, Window, find_one, find_statements
from lrs_bridge.storage.statements import Cursor
from lrs_bridge.storage.watermark import announced_through, told_through
from lrs_bridge.xapi.formats import activity_ids, as_ids, canonical
from lrs_bridge.xapi.links import AgentUsage
from lrs_bridge.xapi.query import Format, StatementQuery, parse_query

LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A StatementResult as JSON text, or one statement, with the watermark it was read at.

    ``stored`` is the latest of the statements; ``attachments`` are set where they were asked for: those that are held.
    """

    body: str
    through: datetime
    stored: datetime | None = None
    attachments: Sequence[KeptAttachment] | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: ``mine`` is the authority of a credential that may read its own statements only.

    ``version`` is that of the request, ``languages`` its Accept-Language, for ``format=canonical``. ``registration`` is
    the only one that a launched unit of cmi5 may read of.
    """

    mine: dict[str, Any] | None = None
    version: str = "1.0.3"
    languages: str = ""
    registration: UUID | None = None

    def narrowed(self, query: StatementQuery) -> StatementQuery:
        """What of ``query`` this reader may see; NotAllowed where it asks for another registration."""
        if self.registration is None:
            return query
        if query.registration not in (None, self.registration):
            raise NotAllowed("A launched unit reads the statements of its own registration only")
        return replace(query, registration=self.registration)

    def may_see(self, raw: str) -> bool:
        if self.registration is None:
            return True
        given = orjson.loads(raw).get("context", {}).get("registration", "")
        return bool(given) and UUID(given) == self.registration


@dataclass(frozen=True, slots=True)
class Place:
    """What a ``more`` link carries: the query as it was asked, and how far it has come."""

    params: dict[str, str]
    after: Cursor | None = None

    def as_token(self) -> str:
        stored = (self.after.stored - EPOCH) // MICROSECOND if self.after else 0
        parts = [self.params, stored, self.after.id.hex if self.after else ""]
        return urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")

    @classmethod
    def of_token(cls, token: str) -> Place:
        try:
            params, stored, hex_id = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            after = Cursor(EPOCH + int(stored) * MICROSECOND, UUID(hex_id))
            return cls({str(key): str(value) for key, value in params.items()}, after)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise RequestRefused("The more link is damaged", remedy="Follow it exactly as it was given") from error


def watermark(bridge: Bridge) -> datetime:
    """For X-Experience-API-Consistent-Through of an answer that holds no page."""
    return told_through(bridge.database)


def find_statement(bridge: Bridge, query: StatementQuery, *, reader: Reader) -> Page:
    """The statement that ``statementId`` or ``voidedStatementId`` names; NotFound where there is none to be seen."""
    wanted, voided = (query.statement_id, False) if query.statement_id else (query.voided_statement_id, True)
    through = watermark(bridge)
    with bridge.database.reading() as connection:
        written_by = _written_by(reader.mine)
        found = find_one(connection, wanted, voided=voided, authorities=written_by) if wanted else None
        if found is None or not reader.may_see(found[1]):
            kind = "voided statement" if voided else "statement"
            raise NotFound(f"No {kind} has the id {wanted}")
        return Page(
            body=_rendered(connection, [found[1]], query.format, reader.languages)[0],
            through=through,
            stored=found[0].stored,
            attachments=attachments_of(connection, [found[0].id]) if query.attachments else None,
        )


def statement_page(bridge: Bridge, place: Place, *, more_path: str, reader: Reader) -> Page:
    """One page from ``place`` on, newest first unless the query says ``ascending``."""
    query = reader.narrowed(parse_query(place.params, reader.version))
    size = min(query.limit or LARGEST_PAGE, LARGEST_PAGE)
    through = announced_through(bridge.database)
    with bridge.database.reading() as connection:
        # up to what the header of the answer says, and no further: whoever goes on from there sees each once
        window = Window(through, query.since, query.until, place.after, query.ascending)
        found = _found(connection, _filters(query, reader.mine), window, limit=size + 1)
        page = found[:size]
        statements = ",".join(_rendered(connection, [raw for _, raw in page], query.format, reader.languages))
        more = f"{more_path}?more={Place(place.params, page[-1][0]).as_token()}" if len(found) > size else ""
        return Page(
            body=f'{{"statements":[{statements}],"more":{orjson.dumps(more).decode()}}}',
            through=through,
            stored=max((at.stored for at, _ in page), default=None),
            attachments=attachments_of(connection, [at.id for at, _ in page]) if query.attachments else None,
        )


def _found(connection: sa.Connection, filters: Filters, window: Window, *, limit: int) -> list[Found]:
    """What matches itself, and what refers to a match (xAPI Communication 2.1.3), in one order."""
    direct = find_statements(connection, filters, window, limit=limit)
    if len(direct) == limit:
        window = window.ending_at(direct[-1][0])
    referring = find_referring(connection, filters, window, limit=limit)
    if not referring:
        return direct
    both = {at.id: (at, raw) for at, raw in (*direct, *referring)}
    ordered = sorted(both.values(), key=lambda item: (item[0].stored, item[0].id), reverse=not window.ascending)
    return ordered[:limit]


def _rendered(connection: sa.Connection, raws: Sequence[str], format_: Format, languages: str) -> Sequence[str]:
    """The texts of statements in the format that was asked for; ``exact`` is what is stored."""
    if format_ == "exact" or not raws:
        return raws
    statements = [orjson.loads(raw) for raw in raws]
    if format_ == "ids":
        return [orjson.dumps(as_ids(one)).decode() for one in statements]
    keys = {activity: digest_key(activity) for one in statements for activity in activity_ids(one)}
    held = definitions_of(connection, list(keys.values()))
    definitions = {activity: held[key] for activity, key in keys.items() if key in held}
    return [orjson.dumps(canonical(one, definitions, languages)).decode() for one in statements]


def _filters(query: StatementQuery, mine: dict[str, Any] | None) -> Filters:
    return Filters(
        agent=(query.agent.digest, query.agent_usages) if query.agent else None,
        activity=(digest_key(query.activity), query.activity_usages) if query.activity else None,
        verb=digest_key(query.verb) if query.verb else None,
        registration=query.registration,
        authorities=_written_by(mine),
    )


def _written_by(mine: dict[str, Any] | None) -> tuple[tuple[UUID, frozenset[int]], ...]:
    """The authority as it is linked: a Group of application and user (xAPI Data 2.4.9) by each of its members."""
    actors = mine.get("member", [mine]) if mine else []
    usage = frozenset({int(AgentUsage.AUTHORITY)})
    return tuple((key.digest, usage) for actor in actors if (key := ActorKey.of_actor(actor)))
