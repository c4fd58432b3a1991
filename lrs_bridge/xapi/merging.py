"""What a POST to a document makes of two JSON objects (xAPI Communication 2.2)."""

from __future__ import annotations

import json
import re

import orjson

from lrs_bridge.errors import Problem, Refused, RequestRefused
from lrs_bridge.xapi.faults import kind_of
from lrs_bridge.xapi.parsing import parse_json

CLAUSE = "xAPI Communication 2.2"
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def require_object(body: bytes, what: str) -> None:
    """Raises RequestRefused when ``body`` is no JSON object; ``what`` names it in the words of the refusal."""
    try:
        value = parse_json(body)
    except Refused as error:
        raise RequestRefused(f"{what} is no JSON that can be merged", problems=error.problems) from error
    if type(value) is not dict:
        reason = f"{what} must be a JSON object to be merged, and is {kind_of(value)}"
        remedy = "Replace the document with PUT"
        raise RequestRefused(reason, remedy=remedy, problems=[Problem("", reason, remedy, CLAUSE)])


def merge_objects(stored: bytes, posted: bytes) -> bytes:
    """Each property of ``posted`` set on ``stored``, on the top level only.

    The values are taken over as the text they came in, so that no number is rounded and no value reformatted.
    """
    require_object(stored, "The stored document")
    require_object(posted, "The posted document")
    members = _members(stored.decode()) | _members(posted.decode())
    return b"{" + b",".join(orjson.dumps(name) + b":" + text.encode() for name, text in members.items()) + b"}"


def _members(text: str) -> dict[str, str]:
    """The properties of a valid JSON object, each with the text of its value."""
    members: dict[str, str] = {}
    place = _after(text, text.index("{") + 1)
    while text[place] != "}":
        name, place = _DECODER.raw_decode(text, place)
        start = _after(text, _after(text, place) + 1)  # behind the colon
        _, end = _DECODER.raw_decode(text, start)
        members[name] = text[start:end]
        place = _after(text, end)
        if text[place] == ",":
            place = _after(text, place + 1)
    return members


def _after(text: str, place: int) -> int:
    """Where the blanks end that begin at ``place``."""
    blank = _BLANK.match(text, place)
    return blank.end() if blank else place
