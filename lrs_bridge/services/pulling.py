"""Pulling from another LRS by its cursor: oldest first, page by page, from where the last page ended.

What was seen is asked for again over the last seconds, because few LRSs promise that nothing is stored late below
a ``stored`` that they have shown. To record a statement twice does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import orjson

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.errors import NotFound, Problem, RequestRefused, SettingInvalid, StatementConflict, StatementRefused
from lrs_bridge.outbound.deliveries import Declined, Postponed
from lrs_bridge.outbound.remote_lrs import RemoteLrs
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.forwarding import StillOurs, pause_after
from lrs_bridge.services.receive_attachments import NOTHING_RECEIVED, Received, receive
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.services.sealing import seal, unseal
from lrs_bridge.services.targets import check_address, check_name
from lrs_bridge.storage import quarantine
from lrs_bridge.storage import sources as storage
from lrs_bridge.storage.database import now
from lrs_bridge.storage.statements import raw_statements
from lrs_bridge.xapi.attachments import declared
from lrs_bridge.xapi.equivalence import equivalent
from lrs_bridge.xapi.instants import parse_timestamp, render_instant
from lrs_bridge.xapi.lexical import is_uuid
from lrs_bridge.xapi.multipart import Multipart
from lrs_bridge.xapi.validation import validate_statement

OVERLAP = timedelta(seconds=10)
PAGE = 200
PAGES = 50
"""So many of one source before the next one has its turn."""
EVERY = timedelta(minutes=1)
VERSIONS = ("1.0.3", "2.0.0")


@dataclass(frozen=True, slots=True)
class SourceView:
    """What may be shown of a source: everything but its secret."""

    name: str
    url: str
    version: str
    authority: str
    pulled: int
    since: datetime | None
    state: str
    last_success: datetime | None
    next_attempt: datetime | None
    last_error: str


def add_source(  # noqa: PLR0913 - what a source is
    bridge: Bridge,
    name: str,
    url: str,
    *,
    key: str,
    secret: str,
    version: str = "1.0.3",
    keep_authority: bool = False,
    since: datetime | None = None,
) -> None:
    check_name(name)
    check_address(url)
    values = {
        "id": uuid4(),
        "name": name,
        "url": url,
        "key": key,
        "sealed_secret": seal(bridge, secret),
        "version": version,
        "keep_authority": keep_authority,
        "created": now(),
        "since": since,
        "more": "",
        "pulled": 0,
        "failures": 0,
        "last_error": "",
    }
    with bridge.database.writing() as connection:
        if not storage.add_source(connection, values):
            raise RequestRefused(f"There is a source {name!r} already", remedy="Choose another name")


def list_sources(bridge: Bridge) -> list[SourceView]:
    with bridge.database.reading() as connection:
        return [_view(row) for row in storage.sources(connection)]


def _view(row: Any) -> SourceView:
    state = "failing" if row.failures else "reading" if row.more else "up to date" if row.last_success else "new"
    return SourceView(
        name=row.name,
        url=row.url,
        version=row.version,
        authority="kept" if row.keep_authority else "ours",
        pulled=row.pulled,
        since=row.since,
        state=state,
        last_success=row.last_success,
        next_attempt=row.next_attempt,
        last_error=row.last_error,
    )


def remove_source(bridge: Bridge, name: str) -> None:
    """What was pulled stays."""
    source = _source(bridge, name)
    with bridge.database.writing() as connection:
        storage.remove_source(connection, source.id)


def pull_all(bridge: Bridge, *, still_ours: StillOurs = lambda: True) -> int:
    """Read every source whose time has come; returns how many statements were new."""
    at = now()
    with bridge.database.reading() as connection:
        due = [row for row in storage.sources(connection) if row.next_attempt is None or row.next_attempt <= at]
    return sum(pull(bridge, row.name, pages=PAGES, still_ours=still_ours) for row in due)


def pull(
    bridge: Bridge,
    name: str,
    *,
    pages: int | None = None,
    still_ours: StillOurs = lambda: True,
    tell: Callable[[int], None] = lambda _: None,
) -> int:
    """Read a source to its end, or for ``pages``; returns how many statements were new. A failure is recorded."""
    count = read = 0
    try:
        while still_ours() and (pages is None or read < pages):
            source = _source(bridge, name)
            new, ended = _page(bridge, source)
            count, read = count + new, read + 1
            tell(count)
            if ended:
                break
    except (Postponed, Declined, SettingInvalid) as error:
        _postpone(bridge, name, error)
    return count


def _page(bridge: Bridge, source: Any) -> tuple[int, bool]:
    """One page recorded, and then the place after it; what was recorded before a crash is a repeat after it."""
    lrs = RemoteLrs(source.url, source.key, unseal(bridge, source.sealed_secret), source.version)
    params = {"ascending": "true", "limit": str(PAGE)}
    if source.since:
        params["since"] = render_instant(source.since - OVERLAP)
    try:
        statements, more = lrs.page(source.more, params)
    except Declined:
        if not source.more:
            raise
        statements, more = lrs.page("", params)  # the link has expired: begin anew after what was seen
    fresh = _unseen(bridge, source, statements)
    _record(bridge, source, lrs, fresh)
    _move_on(bridge, source, statements, more, len(fresh))
    return len(fresh), not more


def _unseen(bridge: Bridge, source: Any, statements: Sequence[Any]) -> list[Any]:
    """Without what an earlier page brought: stored, or held in quarantine."""
    raws = {orjson.dumps(one).decode(): one for one in statements}
    ids = {UUID(one["id"]) for one in statements if isinstance(one, dict) and is_uuid(str(one.get("id", "")))}
    with bridge.database.reading() as connection:
        ours = {key: orjson.loads(raw) for key, raw in raw_statements(connection, ids).items()}
        held = storage.held_among(connection, source.id, list(raws))
    return [one for raw, one in raws.items() if raw not in held and not _is_repeat(one, ours, source.version)]


def _is_repeat(one: Any, ours: Mapping[UUID, dict[str, Any]], version: str) -> bool:
    """Stored already; another statement under the same id is none, but a conflict."""
    if not isinstance(one, dict) or not is_uuid(str(one.get("id", ""))):
        return False
    known = ours.get(UUID(one["id"]))
    return known is not None and not validate_statement(one, version=version) and equivalent(known, one)


def _record(bridge: Bridge, source: Any, lrs: RemoteLrs, statements: Sequence[Any]) -> None:
    """Those with attachments one by one, with their contents; the others together."""
    by = _recorder(bridge, source)
    plain = [one for one in statements if not _declares(one)]
    try:
        record_statements(bridge, plain, by=by)
    except StatementConflict:
        for one in plain:
            _record_one(bridge, one, by)
    for one in statements:
        if _declares(one):
            _record_one(bridge, one, by, _contents(bridge, lrs, one))


def _record_one(bridge: Bridge, one: Any, by: Recorder, received: Received = NOTHING_RECEIVED) -> None:
    try:
        record_statements(bridge, [one], by=by, received=received)
    except StatementConflict as error:
        problem = Problem("/id", error.reason, error.remedy, "xAPI Communication 2.1.1")
        with bridge.database.writing() as connection:
            quarantine.hold(
                connection, [(one, [problem])], credential_id=by.credential_id, at=now(), version=by.version
            )


def _declares(one: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("object"), dict) or not is_uuid(str(one.get("id", ""))):
        return False
    return "attachments" in one or "attachments" in one["object"]


def _contents(bridge: Bridge, lrs: RemoteLrs, one: dict[str, Any]) -> Received:
    """What is attached; nothing where the other side has it no more, which quarantine then says."""
    answer = lrs.with_attachments(UUID(one["id"]))
    kind, _, rest = answer.headers.get("Content-Type", "").partition(";")
    boundary = rest.partition("boundary=")[2].partition(";")[0].strip().strip('"')
    if kind.strip().lower() != "multipart/mixed" or not any(True for _ in declared(one)):
        return NOTHING_RECEIVED
    try:
        return receive(bridge, Multipart(BytesIO(answer.body).read, boundary), compat=True)[1]
    except (RequestRefused, StatementRefused):
        return NOTHING_RECEIVED


def _recorder(bridge: Bridge, source: Any) -> Recorder:
    authority = ActorKey.of_account(bridge.settings.public_url, f"pull:{source.name}").as_actor(source.name)
    return Recorder(
        source.id, authority, compat=True, version=source.version, defines=True, keeps_stamps=source.keep_authority
    )


def _move_on(bridge: Bridge, source: Any, statements: Sequence[Any], more: str, new: int) -> None:
    at = now()
    stamps = [parse_timestamp(str(one.get("stored", ""))) for one in statements if isinstance(one, dict)]
    since = max([stamp for stamp in (*stamps, source.since) if stamp], default=None)
    later = None if more else at + EVERY
    with bridge.database.writing() as connection:
        place = {"since": since, "more": more, "pulled": source.pulled + new, "next_attempt": later}
        storage.change_source(connection, source.id, **place, failures=0, last_success=at, last_error="")


def _postpone(bridge: Bridge, name: str, error: Postponed | Declined | SettingInvalid) -> None:
    source = _source(bridge, name)
    failures = source.failures + 1
    later = now() + pause_after(failures, getattr(error, "seconds", 0.0))
    with bridge.database.writing() as connection:
        storage.change_source(connection, source.id, failures=failures, next_attempt=later, last_error=error.reason)


def _source(bridge: Bridge, name: str) -> Any:
    with bridge.database.reading() as connection:
        source = storage.source_named(connection, name)
    if source is None:
        raise NotFound(f"No source is called {name!r}", remedy="lrs-bridge pull list")
    return source
