"""/feeds/compliance in the formats that the manifest declares, under a reader's token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import urlencode

import orjson
from flask import Response, request

from lrs_bridge.errors import NotAuthenticated, Problem
from lrs_bridge.feeds import atom_feed, calendar_feed, csv_feed, json_feed, parquet_feed, xlsx_feed
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.feeds.relation import Feed, FeedLinks, FeedRow
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_changes import compliance_changes
from lrs_bridge.services.compliance_delta import compliance_delta
from lrs_bridge.services.compliance_feed import compliance_export, feed_problems, refuse
from lrs_bridge.services.readers import Reader, reader_of_token
from lrs_bridge.web.access import bridge
from lrs_bridge.web.feed_query import read_query

IN_MEMORY = 4 * 1024 * 1024
"""What is larger waits in a file: an export takes no more memory than this, whoever takes it how slowly."""
PIECE = 256 * 1024
ROWS_AT_ONCE = 256
Pieces = Callable[[Feed], Iterable[bytes]]


def whole(render: Callable[[Feed], bytes]) -> Pieces:
    return lambda feed: (render(feed),)


@dataclass(frozen=True, slots=True)
class Format:
    media_type: str
    pieces: Pieces
    ask: Callable[[Bridge, Reader, FeedQuery], Feed] = compliance_export
    download: bool = False


FORMATS = {
    "json": Format(json_feed.MEDIA_TYPE, json_feed.pieces, compliance_delta),
    "csv": Format(csv_feed.MEDIA_TYPE, csv_feed.pieces, download=True),
    "xlsx": Format(xlsx_feed.MEDIA_TYPE, whole(xlsx_feed.render), download=True),
    "parquet": Format(parquet_feed.MEDIA_TYPE, whole(parquet_feed.render), download=True),
    "atom": Format(atom_feed.MEDIA_TYPE, whole(atom_feed.render), compliance_changes),
    "ics": Format(calendar_feed.MEDIA_TYPE, whole(calendar_feed.render)),
}


def get_feed(extension: str) -> Response:
    """One page of the relation, or all of it. The ETag changes with the rows, not with the clock."""
    chosen = FORMATS[extension]
    who = _puller()
    feed = chosen.ask(bridge(), who, _query(extension))
    feed = replace(feed, links=_links(feed))
    body, etag = _rendered(feed, chosen, extension)
    response = _response(body, chosen.media_type)
    response.headers["Cache-Control"] = "private, no-cache"
    if feed.links.next_page:
        response.headers["Link"] = f'<{feed.links.next_page}>; rel="next"'
    if chosen.download:
        response.headers["Content-Disposition"] = f'attachment; filename="compliance-{feed.as_of}.{extension}"'
    return _conditional(response, feed, etag)


def _puller() -> Reader:
    """As ``bearer``, or with the token as the password of Basic: calendars and Excel send no other header.

    For reading only: a browser sends a password by itself, with the forms of other sites too.
    """
    given = request.authorization
    if given is not None and given.type == "basic" and given.password:
        return reader_of_token(bridge(), given.password)
    return bearer()


def _query(extension: str) -> FeedQuery:
    query, problems = read_query(request.args)
    if query.delta and extension != "json":
        problems.append(Problem("delta", "is told as JSON only", "Ask for /feeds/compliance.json"))
    refuse([*problems, *feed_problems(bridge(), query)])
    return query


def _links(feed: Feed) -> FeedLinks:
    given = {
        name: value for name, value in request.args.items() if name not in {"page", "after", "limit", "sort", "delta"}
    }
    page = {name: value for name, value in request.args.items() if name not in {"page", "after"}}
    return FeedLinks(
        next_page=_address(page | dict(feed.following)) if feed.following else "",
        delta=_address(given | {"delta": feed.token}) if feed.token else "",
    )


def _address(parameters: dict[str, str]) -> str:
    return f"{bridge().settings.public_url}{request.path}?{urlencode(parameters)}"


def _rendered(feed: Feed, chosen: Format, extension: str) -> tuple[IO[bytes], str]:
    """The body, and the digest of what is said: known_at is the moment of asking, and no difference between two."""
    digest = sha256(extension.encode())

    def said(rows: Iterable[FeedRow]) -> Iterator[FeedRow]:
        taken = iter(rows)
        while some := list(islice(taken, ROWS_AT_ONCE)):
            digest.update(orjson.dumps([tuple(row) for row in some]))
            yield from some

    with ExitStack() as unless_rendered:
        body: IO[bytes] = unless_rendered.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        for piece in chosen.pieces(replace(feed, rows=said(feed.rows))):
            body.write(piece)
        unless_rendered.pop_all()
    once = (feed.as_of, feed.roster, dict(feed.titles), feed.total, feed.counts, feed.following, list(feed.changes))
    digest.update(orjson.dumps(once, default=tuple))
    return body, digest.hexdigest()[:32]


def _response(body: IO[bytes], media_type: str) -> Response:
    size = body.tell()
    body.seek(0)
    if size <= IN_MEMORY:
        with body:
            return Response(body.read(), content_type=media_type)
    response = Response(_taken(body), content_type=media_type)
    response.content_length = size
    response.call_on_close(body.close)
    return response


def _taken(body: IO[bytes]) -> Iterator[bytes]:
    with body:
        while piece := body.read(PIECE):
            yield piece


def _conditional(response: Response, feed: Feed, etag: str) -> Response:
    """By ETag alone: a date of whole seconds would call an answer unchanged that changed within one of them."""
    if feed.modified:
        response.last_modified = feed.modified
    if feed.removed is None:  # a delta that says nothing still brings the next token
        response.set_etag(etag, weak=True)
        if request.if_none_match:
            response.make_conditional(request)
    return response


def bearer() -> Reader:
    """The reader whose token came as Bearer; raises NotAuthenticated."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise NotAuthenticated(
            "This needs a reader's token: Authorization: Bearer …",
            remedy="Make one: lrs-bridge readers create NAME --manager EMPLOYEE_ID",
        )
    return reader_of_token(bridge(), given.token)
