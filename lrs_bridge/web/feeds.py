"""/feeds/compliance in the formats that the manifest declares, under a reader's token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from flask import Response, request
from werkzeug.datastructures import MultiDict

from lrs_bridge.errors import NotAuthenticated, Problem, RequestRefused
from lrs_bridge.feeds import atom_feed, calendar_feed, csv_feed, json_feed, xlsx_feed
from lrs_bridge.feeds.relation import Feed
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_changes import compliance_changes
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.readers import Reader, reader_of_token
from lrs_bridge.storage.schema.base import EPOCH, as_utc
from lrs_bridge.web.access import bridge

PARAMETERS = tuple(FeedQuery.__slots__)


@dataclass(frozen=True, slots=True)
class Format:
    media_type: str
    render: Callable[[Feed], bytes]
    ask: Callable[[Bridge, Reader, FeedQuery], Feed] = compliance_feed
    download: bool = False


FORMATS = {
    "json": Format(json_feed.MEDIA_TYPE, json_feed.render),
    "csv": Format(csv_feed.MEDIA_TYPE, csv_feed.render, download=True),
    "xlsx": Format(xlsx_feed.MEDIA_TYPE, xlsx_feed.render, download=True),
    "atom": Format(atom_feed.MEDIA_TYPE, atom_feed.render, compliance_changes),
    "ics": Format(calendar_feed.MEDIA_TYPE, calendar_feed.render),
}


def get_feed(extension: str) -> Response:
    """One page of the relation. The ETag changes with the rows, not with the clock."""
    chosen = FORMATS[extension]
    feed = chosen.ask(bridge(), bearer(), read_query(request.args))
    response = Response(chosen.render(feed), content_type=chosen.media_type)
    response.set_etag(_digest(feed, extension), weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    if chosen.download:
        response.headers["Content-Disposition"] = f'attachment; filename="compliance-{feed.as_of}.{extension}"'
    response.make_conditional(request)
    return response


def _digest(feed: Feed, extension: str) -> str:
    """Of what is said and in which format. known_at is the moment of asking, and no difference between two answers."""
    said = json_feed.render(replace(feed, known_at=EPOCH)) + repr(feed.changes).encode()
    return sha256(extension.encode() + said).hexdigest()[:32]


def bearer() -> Reader:
    """The reader whose token came as Bearer; raises NotAuthenticated."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise NotAuthenticated(
            "This needs a reader's token: Authorization: Bearer …",
            remedy="Make one: lrs-bridge readers create NAME --manager EMPLOYEE_ID",
        )
    return reader_of_token(bridge(), given.token)


def read_query(params: MultiDict[str, str]) -> FeedQuery:
    """The query of a feed's parameters; RequestRefused with every wrong one."""
    problems: list[Problem] = []
    values: dict[str, object] = {}
    for name, texts in params.lists():
        if name not in PARAMETERS:
            problems.append(Problem(name, "is not a parameter of this feed", f"Choose among {', '.join(PARAMETERS)}"))
        elif len(texts) > 1:
            problems.append(Problem(name, "is given more than once", "Give it once"))
        else:
            try:
                values[name] = READ.get(name, str)(texts[0])
            except ValueError:
                problems.append(Problem(name, f"is {texts[0]!r}", f"Write {EXAMPLES[name]}"))
    query = FeedQuery(**values)  # type: ignore[arg-type]  # each value was read by the table below
    if problems := [*problems, *query.problems()]:
        raise RequestRefused("The feed cannot be asked like this", problems=problems)
    return query


def _instant(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))


def _count(text: str) -> int:
    if not text.isdigit():
        raise ValueError(text)
    return int(text)


READ: dict[str, Callable[[str], object]] = {
    "due_by": date.fromisoformat,
    "as_of": date.fromisoformat,
    "known_at": _instant,
    "limit": _count,
    "offset": _count,
}
EXAMPLES = {
    "due_by": "a date: 2026-03-31",
    "as_of": "a date: 2026-03-31",
    "known_at": "an instant: 2026-03-31T12:00:00Z",
    "limit": "a whole number",
    "offset": "a whole number",
}
