"""/evidence-packs: signed proof for a regulator, and the public keys that it is checked by."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request, send_file
from werkzeug.datastructures import MultiDict

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.feeds.evidence_pack import PackHead
from lrs_bridge.feeds.evidence_pack_seal import as_jwks
from lrs_bridge.services.evidence_keys import verification_keys
from lrs_bridge.services.evidence_packs import PackQuery, write_pack
from lrs_bridge.storage.schema.base import as_utc
from lrs_bridge.web.access import bridge
from lrs_bridge.web.feeds import IN_MEMORY, bearer

bp = Blueprint("evidence_packs", __name__)
PARAMETERS = tuple(PackQuery.__slots__)


@bp.get("")
def get_pack() -> Response:
    """One zip. A pack that is larger than a little waits in a file: sending it takes no memory, however slowly."""
    who, query = bearer(), read_query(request.args)
    with ExitStack() as unless_whole:
        body: IO[bytes] = unless_whole.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        head = write_pack(bridge(), who, query, body)
        unless_whole.pop_all()
    size = body.tell()
    body.seek(0)
    response = send_file(body, mimetype="application/zip", as_attachment=True, download_name=_name(head))
    response.content_length = size
    response.call_on_close(body.close)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/keys.json")
def get_keys() -> Response:
    """Public: whoever was given a pack may check it. Old keys stay, for the packs that they signed."""
    return jsonify(as_jwks(verification_keys(bridge().settings)))


def _name(head: PackHead) -> str:
    return f"evidence-{head.kind}-{quote(head.subject, safe='')}-{head.as_of}.zip"


def read_query(params: MultiDict[str, str]) -> PackQuery:
    """RequestRefused with every wrong parameter."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, texts in params.lists():
        if name not in PARAMETERS:
            problems.append(Problem(name, "is not a parameter of a pack", f"Choose among {', '.join(PARAMETERS)}"))
        elif len(texts) > 1:
            problems.append(Problem(name, "is given more than once", "Give it once"))
        else:
            try:
                values[name] = READ.get(name, str)(texts[0])
            except ValueError:
                problems.append(Problem(name, f"is {texts[0]!r}", f"Write {EXAMPLES[name]}"))
    if problems:
        raise RequestRefused("The evidence pack cannot be asked for like this", problems=problems)
    return PackQuery(**values)


READ: dict[str, Callable[[str], Any]] = {
    "as_of": date.fromisoformat,
    "known_at": lambda text: as_utc(datetime.fromisoformat(text)),
}
EXAMPLES = {"as_of": "a date: 2026-03-31", "known_at": "an instant: 2026-03-31T12:00:00Z"}
