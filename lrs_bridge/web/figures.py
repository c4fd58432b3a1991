"""/feeds/aggregates: figures about groups of people, under a reader's token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from flask import Response, request
from werkzeug.datastructures import MultiDict

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.feeds import figures as figures_feed
from lrs_bridge.feeds import figures_xlsx
from lrs_bridge.feeds.figures import Figures
from lrs_bridge.services.figures import figures
from lrs_bridge.services.figures_query import FiguresQuery
from lrs_bridge.storage.schema.base import EPOCH, as_utc
from lrs_bridge.web.access import bridge
from lrs_bridge.web.feeds import bearer

PARAMETERS = tuple(FiguresQuery.__slots__)


@dataclass(frozen=True, slots=True)
class Format:
    media_type: str
    render: Callable[[Figures], bytes]
    download: bool = True


FORMATS = {
    "json": Format(figures_feed.JSON_TYPE, figures_feed.render_json, download=False),
    "csv": Format(figures_feed.CSV_TYPE, figures_feed.render_csv),
    "xlsx": Format(figures_xlsx.MEDIA_TYPE, figures_xlsx.render),
}


def get_figures(extension: str) -> Response:
    """One table. The ETag changes with what it says, not with the clock."""
    chosen = FORMATS[extension]
    found = figures(bridge(), bearer(), read_query(request.args))
    response = Response(chosen.render(found), content_type=chosen.media_type)
    said = figures_feed.render_json(replace(found, known_at=EPOCH))
    response.set_etag(sha256(extension.encode() + said).hexdigest()[:32], weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    if chosen.download:
        name = f"{found.figure}-{found.as_of}.{extension}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.make_conditional(request)
    return response


def read_query(params: MultiDict[str, str]) -> FiguresQuery:
    """RequestRefused with every wrong parameter."""
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
    query = FiguresQuery(**values)  # type: ignore[arg-type]  # each value was read by the table below
    if problems := [*problems, *query.problems()]:
        raise RequestRefused("The figures cannot be asked like this", problems=problems)
    return query


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


READ: dict[str, Callable[[str], object]] = {
    "group_by": _names,
    "since": date.fromisoformat,
    "as_of": date.fromisoformat,
    "known_at": lambda text: as_utc(datetime.fromisoformat(text)),
    "periods": _count,
    "limit": _count,
    "page": _count,
}
EXAMPLES = {
    **dict.fromkeys(("since", "as_of"), "a date: 2026-03-31"),
    **dict.fromkeys(("periods", "limit", "page"), "a whole number"),
    "known_at": "an instant: 2026-03-31T12:00:00Z",
}
